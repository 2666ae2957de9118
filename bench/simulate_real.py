"""Some workers in one process and simulated time: what decides is the crawler's own code, from `Worker` down.

Real are the state (SQLite in memory, or PostgreSQL), `engine.cluster.Worker`, slices, politeness, scheduler, leases.
Simulated are the clock, the web, parsers, the time that the database takes, and the engine that hands out the slices:
by the rules of `engine.jobs`, whose constants and functions it takes.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from bench.simulate_clock import JumpLoop
from bench.simulate_load import Database, Server
from bench.simulate_meter import Meter
from bench.simulate_parts import Common, Shelf, SlowParsers, SlowThreads, Web
from bench.simulate_plan import TICK_S, Outcome, Plan
from bench.simulate_seen import shares
from bench.simulate_world import Site
from bench.soak_clock import EPOCH, LoopClock
from crawler import urls
from crawler.batches import batches
from crawler.engine.cluster import Worker
from crawler.engine.jobs import PRIORITIES
from crawler.engine.lease import BEAT_S, Lease
from crawler.engine.shares import fair_share
from crawler.fetcher import Politeness
from crawler.memory import PollOutcome, SourceState
from crawler.model import Entry, Source
from crawler.packing import pack
from crawler.past import Asked, Listed, Origin
from crawler.slices import Shop
from crawler.state import shards as shards_of
from crawler.state.opening import open_shared, open_state
from crawler.state.store import SqlState


async def _permitted(_: str) -> None:
    """Every page may be fetched."""


def simulate(plan: Plan, there: Sequence[Site], meter: Meter, state: str = "sqlite://") -> Outcome:
    """Run the crawler's own code for `plan.seconds` of simulated time; `meter` tells what was asked of the state."""
    loop = JumpLoop(0.0)
    with meter, asyncio.Runner(loop_factory=lambda: loop) as runner:
        opened = open_state(state) if state == "sqlite://" else open_shared(state)
        try:
            return runner.run(_simulate(plan, there, opened, LoopClock(loop), meter))
        finally:
            opened.close()


async def _simulate(plan: Plan, there: Sequence[Site], state: SqlState, clock: LoopClock, meter: Meter) -> Outcome:
    database, rng = Database(plan.costs), Random(plan.seed)  # noqa: S311
    common = Common({s.name: s for s in there}, plan.costs, database, meter, len(there) // plan.shards, rng)
    sources = _fill(common, state, there, plan)
    workers = [_worker(common, state, clock, sources, number) for number in range(plan.workers)]
    engine = Engine(workers, plan.slots, common)
    meter.costs.clear()
    tasks = [asyncio.create_task(one) for one in (engine.tick(), *map(engine.beat, range(plan.workers)))]
    ended = asyncio.create_task(clock.sleep(plan.seconds))
    await asyncio.wait((ended, *tasks), return_when=asyncio.FIRST_COMPLETED)
    for task in (*tasks, *engine.tasks):
        task.cancel()
    found = await asyncio.gather(*tasks, *engine.tasks, return_exceptions=True)
    for error in found:
        if isinstance(error, Exception):
            raise error
    equal = shares(common.seen, there, plan.seconds, plan.costs.delay_s)
    return Outcome(common.seen, database, equal, sum(common.left.values()))


def _fill(common: Common, state: SqlState, there: Sequence[Site], plan: Plan) -> dict[str, Source]:
    """Give the state its shards, sources with their first polls, and backfills with all addresses."""
    with state._engine.begin() as conn:
        shards_of.share(conn, plan.shards)
    sources = [Source(one.name, f"https://{one.name}/feed", every=timedelta(seconds=one.every_s)) for one in there]
    state.sync_sources(sources, EPOCH)
    first = [SourceState(next_poll=EPOCH + timedelta(seconds=one.first_s)) for one in there]
    outcomes = [PollOutcome(urls.key(s.url), memory) for s, memory in zip(sources, first, strict=True)]
    for some in batches(outcomes, 1000):
        state.remember_polls(some)
    common.planned.update({one.key: one.state.next_poll for one in outcomes})
    common.left.update({one.name: one.past for one in there})
    for number in range(plan.backfills):
        begun = state.backfills.begin(sources[number].url, Asked(("urls",)), Origin(), EPOCH)
        rows = itertools.chain.from_iterable(map(_listed, there[number :: plan.backfills]))
        for batch in batches(rows, 5000):
            state.backfills.add(begun, batch)
    return {one.url: one for one in sources}


def _listed(site: Site) -> Iterable[Listed]:
    for n in range(site.past):
        url = f"https://{site.name}/old/{n}"
        yield Listed(urls.key(url), url, site.name, pack(Entry(url=url)), None)


def _worker(common: Common, state: SqlState, clock: LoopClock, sources: dict[str, Source], number: int) -> Worker:
    processors = Server(common.costs.cores)
    politeness = Politeness(clock, timedelta(seconds=common.costs.delay_s))
    shelf: Any = Shelf()
    shop = Shop(
        sources=sources,
        rsshub=(),
        state=state,
        archive=shelf,
        revisions=shelf,
        fetcher=Web(common, politeness, processors),
        permit=_permitted,
        politeness=politeness,
        parsers=SlowParsers(common, processors, number),
        threads=SlowThreads(common),
        clock=clock,
        rng=common.rng,
        concurrency=common.costs.concurrency,
    )
    worker = Worker(shop, f"worker {number}", Lease(clock.monotonic))
    worker.share_hosts(politeness)
    return worker


@dataclass(slots=True)
class Engine:
    """Hands out slices by the rules of `engine.jobs`: one of a shard at a time, the most urgent first, to anyone."""

    workers: Sequence[Worker]
    slots: int
    common: Common
    waiting: list[tuple[int, int, int]] = field(default_factory=list)  #: less urgent, number, shard
    owners: dict[int, int] = field(default_factory=dict)  #: worker by shard at work
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def tick(self) -> None:
        """Look what is due, each two seconds; of the workers any one does it."""
        while True:
            begun = self.common.now()
            due = await self.common.rng.choice(self.workers).tick()
            there = {shard for _, _, shard in self.waiting} | set(self.owners)
            for shard, prio in due.items():
                if shard not in there:
                    heapq.heappush(self.waiting, (-PRIORITIES[prio], next(self.numbers), shard))
            self._hand_out()
            now = self.common.now()
            self.common.seen.ticks.append(now - begun)
            await asyncio.sleep(TICK_S - now % TICK_S)

    def _hand_out(self) -> None:
        doing = list(self.owners.values())
        free = [n for n in range(len(self.workers)) if doing.count(n) < self.slots]
        while self.waiting and free:
            worker = self.common.rng.choice(free)
            shard = heapq.heappop(self.waiting)[2]
            self.owners[shard] = worker
            task = asyncio.create_task(self._slice(worker, shard))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
            if list(self.owners.values()).count(worker) >= self.slots:
                free.remove(worker)

    async def _slice(self, worker: int, shard: int) -> None:
        self.common.seen.slices += 1
        await self.workers[worker].work(shard)
        del self.owners[shard]
        self._hand_out()

    async def beat(self, number: int) -> None:
        """Give signs of life, and leave shards to workers that have fewer."""
        worker = self.workers[number]
        while True:
            worker.lease.renew(self.common.now())
            doing = list(self.owners.values())
            worker.leave(doing.count(number) - fair_share(len(doing), len(self.workers)))
            await asyncio.sleep(BEAT_S)
