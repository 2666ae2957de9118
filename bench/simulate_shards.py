"""What a shard has waiting, and what is picked of it: the rules of `slices.due`, told again in memory.

Polls by their time; articles in the frontier, of each host the first ones by priority and time, of all hosts the first
by priority, rank and time; then the past, host after host in the order of their names (`state.turns.hosts`).
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from bench.simulate_plan import Plan
from bench.simulate_world import Site
from crawler.slices.due import POLLS_AT_ONCE
from crawler.slices.going import JOBS_A_TURN

#: Whoever had a shard before anyone did.
NOBODY: object = object()
#: Priorities (DESIGN §1).
NEWS, PAST = 1, 5
POLL = 0


@dataclass(slots=True, eq=False)
class Job:
    """One request to be made; two that look alike are two."""

    due: float
    prio: int
    tries: int = 0

    @property
    def is_poll(self) -> bool:
        return self.prio == POLL

    @property
    def is_past(self) -> bool:
        return self.prio == PAST


class Host:
    """One host, as the state and politeness know it."""

    __slots__ = (
        "backfill", "backlog", "frontier", "has_failed", "known", "next_poll", "past", "ready", "shard", "site",
        "was_polled",
    )  # fmt: skip

    def __init__(self, site: Site, shard: Shard, backfill: int) -> None:
        self.site, self.shard, self.backfill = site, shard, backfill
        self.past = self.backlog = site.past  # not filed; of these: not in the frontier
        self.frontier: list[Job] = []  # due
        self.known, self.was_polled, self.has_failed = 0, False, False
        self.next_poll, self.ready = site.first_s, float("-inf")


class Turn:
    """Some jobs of one host, the last one first."""

    __slots__ = ("begun", "host", "is_poll", "job", "jobs", "slice")

    def __init__(self, slice_: Slice, host: Host, jobs: list[Job]) -> None:
        self.slice, self.host, self.jobs = slice_, host, jobs
        self.is_poll = any(job.is_poll for job in jobs)
        self.job: Job | None = None  # under way
        self.begun = 0.0

    def put_back(self, now: float) -> None:
        """Leave to later slices what was not begun, and what was cut off."""
        for job in (*self.jobs, *([self.job] if self.job else [])):
            if job.is_poll:
                self.host.shard.await_poll(self.host)
            else:
                self.host.shard.put(self.host, job)
        self.jobs, self.job = [], None


class Slice:
    """A slice under way."""

    __slots__ = (
        "again", "asked", "ends", "hand", "is_asking", "is_ending", "is_left", "is_over", "is_woken", "node", "polled",
        "quiet", "shard", "token", "turns",
    )  # fmt: skip

    def __init__(self, shard: Shard, node: Any) -> None:
        self.shard, self.node = shard, node
        self.ends = float("inf")
        self.turns: dict[Host, Turn] = {}
        self.hand: dict[Host, float] = {}  # polls in hand
        self.polled: set[Host] = set()
        self.again: list[Host] = []  # due once more in this slice, which polls each source once
        self.asked = float("-inf")
        self.is_asking = self.is_woken = self.is_left = self.is_ending = self.is_over = False
        self.token = self.quiet = 0

    def take_polls(self, hosts: int, busy: Collection[Host] | None = None) -> list[Turn]:
        """Return turns for polls in hand, of hosts that have none."""
        if not self.hand or hosts <= 0:
            return []
        busy = self.turns if busy is None else busy
        free = list(itertools.islice((host for host in self.hand if host not in busy), hosts))
        return [Turn(self, host, [Job(self.hand.pop(host), POLL)]) for host in free]


class Shard:
    """What waits in one shard."""

    __slots__ = (
        "_numbers",
        "_plan",
        "has_slice",
        "hosts",
        "later",
        "number",
        "owner",
        "past",
        "polls",
        "taken",
        "waiting",
    )

    def __init__(self, number: int, plan: Plan) -> None:
        self.number, self._plan = number, plan
        self.hosts: list[Host] = []
        self.polls: list[tuple[float, int, Host]] = []
        self.later: list[tuple[float, int, Host, Job]] = []  # articles by when they are due
        self.waiting: dict[Host, None] = {}  # with articles that are due
        self.past: list[Host] = []  # with a backlog, in the order in which it is taken
        self.has_slice, self.owner = False, NOBODY
        self.taken = float("-inf")
        self._numbers = itertools.count()

    def add(self, host: Host) -> None:
        """Take a host in."""
        self.hosts.append(host)
        self.await_poll(host)

    def arrange(self) -> None:
        """Put the past in its order: by backfill, then by name."""
        self.past = sorted((h for h in self.hosts if h.backlog), key=lambda h: (h.backfill, h.site.name))

    def await_poll(self, host: Host) -> None:
        """Poll a host's source when it is due."""
        heapq.heappush(self.polls, (host.next_poll, next(self._numbers), host))

    def enter(self, host: Host, new: int, now: float) -> None:
        """Put new articles of a feed into the frontier."""
        for _ in range(new):
            self.put(host, Job(now, NEWS))

    def put(self, host: Host, job: Job) -> None:
        """Put an article into the frontier."""
        heapq.heappush(self.later, (job.due, next(self._numbers), host, job))

    def due(self, now: float) -> int | None:
        """Return the priority of what is due; None where nothing is. Articles in the frontier are all 1 there."""
        if self.polls and self.polls[0][0] <= now:
            return POLL
        if self.waiting or (self.later and self.later[0][0] <= now):
            return NEWS
        return PAST if self.past else None

    def find(self, slice_: Slice, now: float, free: int, room: int, busy: set[Host]) -> list[Turn]:
        """Return turns for what is due, the most urgent first: of so many hosts, of `room` at most for articles."""
        turns = {turn.host: turn for turn in self._polls(slice_, now, free, busy)}
        polled = set(turns)
        self._ripen(now)
        room = min(free, room)
        for host, jobs in self._frontier(room, busy):
            jobs = [job for job in jobs if not (job.is_past and host in polled)]
            if jobs:
                host.frontier = [job for job in host.frontier if job not in jobs]
                jobs.reverse()  # the last one is first
                turn = turns.setdefault(host, Turn(slice_, host, []))
                turn.jobs = jobs + turn.jobs
        busy = busy | set(turns)
        room -= sum(not turn.is_poll for turn in turns.values()) if self._plan.fixed else 0
        return [*turns.values(), *self._past(slice_, now, room, busy)]

    def _polls(self, slice_: Slice, now: float, free: int, busy: set[Host]) -> list[Turn]:
        most = max(free, POLLS_AT_ONCE)
        while self.polls and self.polls[0][0] <= now and most:
            due, _, host = heapq.heappop(self.polls)
            if host in slice_.polled:
                slice_.again.append(host)
            else:
                slice_.hand[host] = due
                most -= 1
        return slice_.take_polls(free, busy)

    def _ripen(self, now: float) -> None:
        while self.later and self.later[0][0] <= now:
            _, _, host, job = heapq.heappop(self.later)
            host.frontier.append(job)
            self.waiting[host] = None

    def _frontier(self, room: int, busy: set[Host]) -> Iterator[tuple[Host, list[Job]]]:
        """Yield hosts and the articles that are picked of each."""
        picked: list[tuple[int, int, float, int, Host, Job]] = []
        for host in [host for host in self.waiting if host not in busy]:
            if not host.frontier:
                del self.waiting[host]
                continue
            first = heapq.nsmallest(JOBS_A_TURN, host.frontier, key=lambda job: (job.prio, job.due))
            picked += [(job.prio, rank, job.due, id(job), host, job) for rank, job in enumerate(first)]
        by_host: dict[Host, list[Job]] = {}
        for *_, host, job in sorted(picked)[: max(0, room) * JOBS_A_TURN]:
            by_host.setdefault(host, []).append(job)
        yield from by_host.items()

    def _past(self, slice_: Slice, now: float, room: int, busy: set[Host]) -> Iterator[Turn]:
        """Yield turns of hosts whose backlog is taken; see `Backfills.take`."""
        most, share = room * JOBS_A_TURN, max(1, JOBS_A_TURN // self._plan.backfills)
        taken: list[Host] = []
        for host in self.past:
            if most <= 0:
                break
            if host in busy:
                continue
            count = min(share, host.backlog, most)
            host.backlog, most = host.backlog - count, most - count
            taken.append(host)
            yield Turn(slice_, host, [Job(now, PAST) for _ in range(count)])
        self._put_behind(taken)

    def _put_behind(self, taken: list[Host]) -> None:
        """Forget hosts without a backlog; let those wait that had a turn."""
        gone = set(taken)
        self.past = [h for h in self.past if h not in gone] + [h for h in taken if h.backlog]
