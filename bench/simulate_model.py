"""Many workers, by the same rules as the crawler's, in memory: fast enough for 10^7 addresses.

What can be imported is the crawler's own: which shard a host has, when polls and retries are due, priorities, the
fair share, all constants. What is bound to a database or to tasks is told again here, and
`tests/test_bench_simulate.py` holds it against the real code (`simulate_real`). Events are handled in the order of
their times; each turn of a host is in at most one of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from bench import simulate_costs as costs
from bench.simulate_costs import Work
from bench.simulate_load import Database, Server
from bench.simulate_plan import REPLACED_S, TICK_S, Outcome, Plan
from bench.simulate_seen import Seen, shares
from bench.simulate_shards import PAST, Host, Job, Shard, Slice, Turn
from bench.simulate_world import Site
from bench.soak_clock import EPOCH
from crawler import scheduler
from crawler.engine.cluster import LOOK_S
from crawler.engine.jobs import PRIORITIES
from crawler.engine.lease import BEAT_S, RESCUE_S
from crawler.engine.shares import fair_share
from crawler.memory import SourceState
from crawler.model import Failure, Source
from crawler.slices import PAST_S, SLICE
from crawler.slices.due import BUSY_TURNS, PAUSE_S
from crawler.slices.rounds import ROUND_S
from crawler.state.shards import shard_of

TIMEOUT = Failure("it took too long")
WELL = SourceState()


class Node:
    """A worker's machine."""

    __slots__ = ("database", "is_alive", "number", "processors", "round", "slices")

    def __init__(self, number: int, cores: int) -> None:
        self.number, self.processors, self.database = number, Server(cores), Server()
        self.slices: dict[int, Slice] = {}  # by shard, those that began first at first
        self.is_alive = True
        self.round = float("-inf")  # when the last one began


class Model:
    """The cluster."""

    def __init__(self, plan: Plan, there: Sequence[Site]) -> None:
        self.plan, self.costs = plan, plan.costs
        self.rng = Random(plan.seed)  # noqa: S311
        self.seen, self.database = Seen(), Database(plan.costs)
        self.nodes = [Node(n, plan.costs.cores) for n in range(plan.workers)]
        self.shards = [Shard(n, plan) for n in range(plan.shards)]
        self.hosts = [self._host(n, site) for n, site in enumerate(there)]
        self.waiting: list[tuple[int, int, int]] = []  # less urgent, number, shard
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._number = 0
        every = {site.every_s for site in there}
        self._per_slice = sum((one * len(there) for one in costs.PER_SOURCE.values()), Work())
        self._sources = {s: Source("", "https://simulated.example/", every=timedelta(seconds=s)) for s in every}
        for shard in self.shards:
            shard.arrange()

    def _host(self, number: int, site: Site) -> Host:
        shard = self.shards[shard_of(site.name, self.plan.shards)]
        host = Host(site, shard, number % self.plan.backfills)
        shard.add(host)
        return host

    def run(self) -> Outcome:
        """Simulate the plan's time."""
        self.at(0.0, self._tick)
        self.at(BEAT_S, self._beat)
        if self.plan.deaths_s:
            self.at(self.plan.deaths_s, self._die)
        events, ends = self._events, self.plan.seconds
        while events and events[0][0] <= ends:
            now, _, act, about = heapq.heappop(events)
            act(now, *about)
        equal = shares(self.seen, [host.site for host in self.hosts], ends, self.costs.delay_s)
        taken = max(node.database.busy_s for node in self.nodes) / ends
        return Outcome(self.seen, self.database, equal, sum(h.past for h in self.hosts), taken)

    def at(self, when: float, act: Callable[..., None], *about: Any) -> None:
        """Have something done at a time."""
        self._number += 1
        heapq.heappush(self._events, (when, self._number, act, about))

    def ask(self, now: float, node: Node, work: Work) -> float:
        """Return when a worker's database thread is done with some work."""
        return node.database.serve(now, self.database.work(now, work))

    # --- the engine: `engine.jobs` ---

    def _tick(self, now: float) -> None:
        node = self.rng.choice([n for n in self.nodes if n.is_alive])
        done = self.ask(now, node, self._tick_work())
        self.seen.ticks.append(done - now)
        self.at(done, self._defer)
        self.at(done + TICK_S - done % TICK_S, self._tick)

    def _tick_work(self) -> Work:
        """Return what a tick asks; as proposed, of the shards alone that have no slice."""
        pairs, doing = len(self.hosts) * self.plan.backfills, sum(shard.has_slice for shard in self.shards)
        looked_at = costs.TICK_HOST * len(self.hosts) + costs.TICK_PAIR * pairs
        if self.plan.fixed:
            looked_at *= 1 - doing / len(self.shards)
        return costs.TICK + looked_at + costs.PER_JOB * doing

    def _defer(self, now: float) -> None:
        """Have slices worked of the shards that have something due, and none yet."""
        for shard in self.shards:
            prio = None if shard.has_slice else shard.due(now)
            if prio is not None:
                shard.has_slice = True
                self._number += 1
                heapq.heappush(self.waiting, (-PRIORITIES[prio], self._number, shard.number))
        self._hand_out(now)

    def _hand_out(self, now: float) -> None:
        free = [n for n in self.nodes if n.is_alive and len(n.slices) < self.plan.slots]
        while self.waiting and free:
            node = self._whose(free)
            self._begin(now, node, self.shards[heapq.heappop(self.waiting)[2]])
            if len(node.slices) >= self.plan.slots:
                free.remove(node)

    def _whose(self, free: list[Node]) -> Node:
        """Return who is the first to take a job: anyone; as proposed, one that has no more than its part."""
        if self.plan.fixed:
            least = min(len(node.slices) for node in free)
            free = [node for node in free if len(node.slices) == least]
        return self.rng.choice(free)

    def _beat(self, now: float) -> None:
        """Leave shards to workers that have fewer; cost the engine's signs of life."""
        doing, alive = sum(len(n.slices) for n in self.nodes), [n for n in self.nodes if n.is_alive]
        for node in alive:
            self.database.work(now, costs.BEAT + costs.PER_JOB * doing)
            too_many = len(node.slices) - fair_share(doing, len(alive))
            for slice_ in list(node.slices.values())[: max(0, too_many)]:
                slice_.is_left = True
                self._wake(now, slice_)
        self.at(now + BEAT_S, self._beat)

    def _die(self, now: float) -> None:
        """End a worker; what it had is taken over by others, and another one comes in its place."""
        node = self.rng.choice([n for n in self.nodes if n.is_alive])
        node.is_alive = False
        for slice_ in node.slices.values():
            slice_.is_over = True
            self.at(now + RESCUE_S, self._rescue, slice_)
        self.at(now + REPLACED_S, self._replace, node)
        self.at(now + self.plan.deaths_s, self._die)

    def _rescue(self, now: float, slice_: Slice) -> None:
        slice_.shard.has_slice = False
        for turn in slice_.turns.values():
            turn.put_back(now)
        self._give_up_polls(now, slice_)

    def _replace(self, now: float, node: Node) -> None:
        fresh = Node(node.number, self.costs.cores)
        self.nodes[node.number] = fresh
        self._hand_out(now)

    # --- a slice: `engine.cluster`, `slices` ---

    def _begin(self, now: float, node: Node, shard: Shard) -> None:
        self.seen.slices += 1
        told = sum(n.is_alive for n in self.nodes)
        self.database.work(now, costs.JOB + costs.FETCH * told)
        slice_ = node.slices[shard.number] = Slice(shard, node)
        if shard.owner is not node:
            shard.owner, shard.taken = node, now
        self.at(self.ask(now, node, costs.TAKE), self._open, slice_)

    def _open(self, now: float, slice_: Slice) -> None:
        slice_.ends = now + SLICE.total_seconds()
        work = costs.SLICE + (self._per_slice if not self.plan.fixed else Work())
        self.at(self.ask(now, slice_.node, work), self._look, slice_, slice_.token)

    def _wake(self, now: float, slice_: Slice) -> None:
        """Have a slice look at once, unless it is about to."""
        if slice_.is_asking:
            slice_.is_woken = True
        else:
            slice_.token += 1
            self.at(now, self._look, slice_, slice_.token)

    def _look(self, now: float, slice_: Slice, token: int) -> None:
        """Go round `run_slice` once."""
        if token != slice_.token or slice_.is_over or slice_.is_ending:
            return
        if now >= slice_.ends or slice_.is_left:
            self._end(now, slice_)
            return
        free = self.costs.concurrency - len(slice_.turns)
        polls = slice_.take_polls(free)
        left = free - len(polls)
        is_put_off = left > 0 and len(slice_.turns) >= BUSY_TURNS and now - slice_.asked < PAUSE_S
        if left <= 0 or is_put_off:
            self._start(now, slice_, polls)
            self._wait(now, slice_, PAUSE_S if is_put_off else LOOK_S)
            return
        slice_.asked, slice_.is_asking = now, True
        self.seen.asks += 1
        work = self._ask_work(slice_)
        slice_.quiet = 0
        self.at(self.ask(now, slice_.node, work), self._asked, slice_, polls, left, set(slice_.turns))

    def _ask_work(self, slice_: Slice) -> Work:
        turns, past, each = len(slice_.turns), len(slice_.shard.past), costs.PER_HOST["due_articles"]
        room = min(self._room(slice_), self.costs.concurrency - turns)
        work = costs.ASK + each * len(slice_.shard.hosts) + costs.TAKE_HOST * max(0, min(room, past - turns))
        work = work if room > 0 else costs.POLLS
        return work + costs.QUIET if slice_.quiet else work

    def _wait(self, now: float, slice_: Slice, patience: float) -> None:
        slice_.token += 1
        self.at(now + patience, self._look, slice_, slice_.token)

    def _asked(self, now: float, slice_: Slice, polls: list[Turn], free: int, busy: set[Host]) -> None:
        if slice_.is_over:
            for turn in polls:
                turn.put_back(now)
            return
        slice_.is_asking = False
        busy.update(turn.host for turn in polls)
        polls += slice_.shard.find(slice_, now, free, self._room(slice_), busy)
        self._start(now, slice_, polls)
        if not slice_.turns:
            self._end(now, slice_)
        elif slice_.is_woken:
            slice_.is_woken = False
            self._wake(now, slice_)
        else:
            self._wait(now, slice_, LOOK_S)

    def _room(self, slice_: Slice) -> int:
        """Return for how many hosts' articles there is room: a worker's turns are shared by its slices."""
        return max(1, self.costs.concurrency // len(slice_.node.slices)) - len(slice_.turns)

    def _start(self, now: float, slice_: Slice, turns: list[Turn]) -> None:
        for turn in turns:
            if len(slice_.turns) >= self.costs.concurrency or turn.host in slice_.turns:
                turn.put_back(now)
                continue
            slice_.turns[turn.host], turn.begun = turn, now
            self._go_on(now, turn)

    def _end(self, now: float, slice_: Slice) -> None:
        """Let the turns that outlast the slice end; then it is over."""
        slice_.is_ending = True
        if not slice_.turns:
            self._finish(now, slice_)

    def _finish(self, now: float, slice_: Slice) -> None:
        self.ask(now, slice_.node, costs.QUIET)
        slice_.is_over = True
        self._give_up_polls(now, slice_)
        slice_.shard.has_slice = False
        del slice_.node.slices[slice_.shard.number]
        self._hand_out(now)

    def _give_up_polls(self, now: float, slice_: Slice) -> None:
        for turn in slice_.take_polls(len(slice_.hand), busy=()):
            turn.put_back(now)
        for host in slice_.again:
            slice_.shard.await_poll(host)

    # --- a turn: `slices.host_turn` ---

    def _go_on(self, now: float, turn: Turn) -> None:
        """Begin a turn's next job, where there is one and time for it."""
        slice_, host = turn.slice, turn.host
        is_over = turn.jobs and turn.jobs[-1].is_past and now >= turn.begun + PAST_S
        if not turn.jobs or now >= slice_.ends or is_over:
            self._end_turn(now, turn)
            return
        job = turn.jobs.pop()
        begins = max(now, host.ready, slice_.shard.taken + self.costs.delay_s)
        self.seen.requests += 1
        if job.is_poll:
            slice_.polled.add(host)
            site = host.site
            self.seen.polled(begins - job.due, is_realtime=site.is_realtime, has_past=host.past > 0)
        turn.job = job
        self.at(begins + host.site.answer_s, self._polled if job.is_poll else self._fetched, turn)

    def _end_turn(self, now: float, turn: Turn) -> None:
        slice_ = turn.slice
        del slice_.turns[turn.host]
        turn.put_back(now)
        if not slice_.is_ending:
            self._wake(now, slice_)
        elif not slice_.turns:
            self._finish(now, slice_)

    def _polled(self, now: float, turn: Turn) -> None:
        host, slice_ = turn.host, turn.slice
        if slice_.is_over:
            return
        host.ready, turn.job = now + self.costs.delay_s, None
        host.has_failed = self.rng.random() < host.site.failing
        count, slice_.quiet = host.site.published(now), slice_.quiet + 1
        slice_.node.processors.serve(now, self.costs.poll_s)
        if host.has_failed:
            self._plan_poll(host, now)
            self.at(self.ask(now, slice_.node, costs.UNREACHED), self._resume, turn)
        elif count == host.known and host.was_polled:
            self.seen.unchanged += 1
            self._plan_poll(host, now)
            self._go_on(now, turn)
        else:
            done = slice_.node.processors.serve(now, self.costs.listing_s)
            self.at(done, self._listed, turn, count)

    def _plan_poll(self, host: Host, now: float) -> None:
        """Have the scheduler say when a poll is due next."""
        source, at = self._sources[host.site.every_s], EPOCH + timedelta(seconds=now)
        if host.has_failed:
            plan = scheduler.after_failure(source, SourceState(fails=1), TIMEOUT, at, self.rng)
        else:
            plan = scheduler.next_poll(source, WELL, at, rng=self.rng)
        host.next_poll = (plan.due - EPOCH).total_seconds()
        host.shard.await_poll(host)

    def _listed(self, now: float, turn: Turn, count: int) -> None:
        host = turn.host
        if turn.slice.is_over:
            return
        done = self.ask(now, turn.slice.node, costs.CHANGED)
        host.shard.enter(host, count - host.known, now)
        host.known, host.was_polled = count, True
        self._plan_poll(host, now)
        self.at(done, self._resume, turn)

    def _fetched(self, now: float, turn: Turn) -> None:
        if turn.slice.is_over:
            return
        host, node = turn.host, turn.slice.node
        host.ready = now + self.costs.delay_s
        if self.rng.random() < host.site.failing:
            self._retry(now, turn)
            self._write(now, node, 1)
            self.at(now, self._resume, turn)
        else:
            self.at(node.processors.serve(now, self.costs.article_s), self._made, turn)

    def _retry(self, now: float, turn: Turn) -> None:
        job, turn.job = turn.job, None
        self.seen.failed += 1
        tries = job.tries + 1 if job else 1
        due = scheduler.article_retry(tries, TIMEOUT, EPOCH + timedelta(seconds=now), self.rng)
        if due is not None and job is not None:
            turn.host.shard.put(turn.host, Job((due - EPOCH).total_seconds(), job.prio, tries))

    def _made(self, now: float, turn: Turn) -> None:
        slice_, job = turn.slice, turn.job
        if slice_.is_over:
            return
        if job is not None and job.prio == PAST:
            turn.host.past -= 1
        turn.job = None
        self.seen.filed(now, turn.host.site.name, slice_.node.number)
        self._write(now, slice_.node, 2)
        self.at(self.ask(now, slice_.node, costs.ARTICLE), self._resume, turn)

    def _write(self, now: float, node: Node, number: int) -> None:
        """Save something in the round that goes on, or in the next one; nobody asks his host later for it."""
        work = costs.WRITE * number
        if now - node.round >= ROUND_S:
            node.round, work = now, work + costs.ROUND
        self.ask(now, node, work)

    def _resume(self, now: float, turn: Turn) -> None:
        if not turn.slice.is_over:
            self._go_on(now, turn)


def simulate(plan: Plan, there: Sequence[Site]) -> Outcome:
    """Run the model for `plan.seconds` of simulated time."""
    return Model(plan, there).run()
