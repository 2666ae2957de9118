"""Slices: "own the shard for at most 60 s and work its due URLs". The only place that knows the order of things.

tick        the configuration's sources into the state
set_right   waits that a wrong clock set, in the module `clock`
run_slice   due jobs, grouped by host → one turn a host, many hosts at once
host_turn   the jobs of one host, one after another (or as many at once as politeness allows)
poll / work_article / reread / work_step   one job each, in the modules of those names

A slice is bounded in time and memory whatever is due: the frontier stays in the state, and a few jobs a host are
taken at a time, so that a slow host or a huge feed never holds back the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest

from ..model import Job, Tally
from ..past import Backfill
from .article import draft_of, work_article
from .backfill import add, begin, go_on, work_step
from .clock import set_right
from .heal import heal
from .naming import Named, name_addresses
from .news import find_news
from .poll import ask, asked_by, note_host, poll
from .refresh import next_refresh, refresh
from .reread import reread
from .shop import Shop, Threads, Want

__all__ = [
    "Named",
    "Pass",
    "Shop",
    "Threads",
    "Want",
    "add",
    "ask",
    "asked_by",
    "begin",
    "draft_of",
    "find_news",
    "go_on",
    "heal",
    "name_addresses",
    "next_due",
    "next_past",
    "note_silenced",
    "refresh",
    "run_slice",
    "tick",
    "work_article",
]

#: How long a shard is worked before its owner is asked anew (DESIGN §1).
SLICE = timedelta(seconds=60)
#: Jobs taken for one host at a time: enough to keep a turn busy, few enough for fairness between priorities.
JOBS_A_TURN = 8
#: Articles in backlogs beyond which no more lists are read until some are fetched: twelve days' work at one a second,
#: half a gigabyte of state.
MOST_OWED = 1_000_000
#: Seconds after which a slice looks for jobs that came due while all its turns are waiting.
LOOK_AGAIN_S = 1.0
#: Seconds that running jobs get to finish after a stop; a stop must be over within 10 s (SPEC, README).
GRACE_S = 4.0
WORK: Mapping[str, Callable[[Shop, Job], Awaitable[Tally]]] = {
    "feed": poll,
    "article": work_article,
    "recheck": reread,
    "step": work_step,
}


@dataclass(slots=True)
class Pass:
    """One pass over what is due: what was asked, and how far it got."""

    want: Want
    tally: Tally = Tally()
    polled: set[bytes] = field(default_factory=set)  #: each source is polled once a pass
    started: int = 0  #: article jobs
    taken: int = 0  #: of a backlog
    turns: dict[str, asyncio.Task[None]] = field(default_factory=dict)  #: by host; may outlast a slice

    @property
    def is_full(self) -> bool:
        """Tell whether as many articles were started as the user wants; of a backfill those of the backlog count."""
        return self.want.limit is not None and self.counted >= self.want.limit

    @property
    def counted(self) -> int:
        """Return how many articles count for the limit."""
        return self.taken if self.want.backfills else self.started

    def may_start(self) -> bool:
        """Count one more article, if there is room for it."""
        if self.is_full and not self.want.backfills:
            return False
        self.started += 1
        return True


async def tick(shop: Shop) -> None:
    """Tell the state which sources there are."""
    await shop.threads.database(shop.state.sync_sources, tuple(shop.sources.values()), shop.clock.now())


async def run_slice(shop: Shop, going: Pass) -> bool:
    """Work what is due for at most `SLICE`.

    Returns:
        True when nothing was left to start; False when the time was up or a stop was asked for.

    Raises:
        StateError, ArchiveError: the run cannot go on; running jobs are cancelled first.
    """
    ends = shop.clock.monotonic() + SLICE.total_seconds()
    if not going.turns:
        shop.claims.clear()
    await set_right(shop)
    try:
        while not shop.stop.is_set() and shop.clock.monotonic() < ends:
            await _start_turns(shop, going, ends)
            if not going.turns:
                return True
            await _some_turn(shop, going.turns)
    except BaseException:
        await _cancel(going.turns)
        raise
    if shop.stop.is_set():
        await _wind_up(going.turns)
    return False


async def _start_turns(shop: Shop, going: Pass, ends: float) -> None:
    """Start a turn for each host that has something due and no turn yet."""
    for host, jobs in _by_host(await _due(shop, going, frozenset(going.turns))).items():
        if len(going.turns) >= shop.concurrency:
            return
        going.polled.update(job.key for job in jobs if job.kind == "feed")
        going.turns[host] = asyncio.create_task(host_turn(shop, going, host, jobs, ends))


async def _due(shop: Shop, going: Pass, busy: frozenset[str]) -> list[Job]:
    """Return due jobs of hosts that have no turn: polls, articles, the past; few a host.

    Filed articles are read again where no other job waits.
    """
    now, free = shop.clock.now(), shop.concurrency - len(busy)
    if free <= 0:
        return []
    ask_for = shop.threads.database
    jobs: list[Job] = []
    if going.want.polls:
        polls = await ask_for(shop.state.due_polls, now, free, sources=going.want.sources, busy_hosts=busy)
        jobs = [job for job in polls if job.key not in going.polled and job.source in shop.sources]
    if going.want.articles and (going.want.backfills or not going.is_full):
        articles = await ask_for(
            shop.state.due_articles,
            now,
            free * JOBS_A_TURN,
            per_host=JOBS_A_TURN,
            sources=going.want.sources,
            busy_hosts=busy,
        )
        polled = {job.host for job in jobs}  # what a poll brings goes before articles of the past
        jobs += [job for job in articles if job.source in shop.sources and not (job.backfill and job.host in polled)]
    if going.want.backfills:  # after the question above, which would find again what is taken here
        jobs += await due_past(shop, going, free, busy | {job.host for job in jobs})  # no news waits for the past
    if not going.want.articles or (going.is_full and not going.want.backfills):
        return jobs
    others = busy | {job.host for job in jobs}
    checks = await ask_for(
        shop.state.due_checks, now, free * JOBS_A_TURN, sources=going.want.sources, busy_hosts=others
    )
    return jobs + [job for job in checks if job.source in shop.sources]


async def due_past(shop: Shop, going: Pass, free: int, busy: frozenset[str]) -> list[Job]:
    """Return what backfills have to do: articles of the backlog, each followed by a document to read; the rest."""
    numbers, articles = going.want.backfills, tuple[Job, ...]()
    if going.want.articles and not going.is_full:
        articles = await _taken(shop, going, free * JOBS_A_TURN, busy)
    steps: tuple[Job, ...] = ()
    if await _reads_on(shop, going):
        ask_for, due = shop.threads.database, shop.state.backfills.due_steps
        steps = await ask_for(due, numbers, shop.clock.now(), JOBS_A_TURN, busy_hosts=busy)
    if not articles and going.want.articles:  # one a host, and look again: what it brings need not wait for the others
        steps = tuple({step.host: step for step in reversed(steps)}.values())
    pairs = zip_longest(articles, steps)
    return [job for pair in pairs for job in pair if job is not None and job.source in shop.sources]


async def _taken(shop: Shop, going: Pass, most: int, busy: frozenset[str]) -> tuple[Job, ...]:
    """Take articles out of the backlogs, as far as the user's limit goes."""
    if going.want.limit is not None:
        most = min(most, going.want.limit - going.taken)
    now, take = shop.clock.now(), shop.state.backfills.take
    articles = await shop.threads.database(take, going.want.backfills, now, most, busy_hosts=busy, per_host=JOBS_A_TURN)
    going.taken += len(articles)
    return articles


async def _reads_on(shop: Shop, going: Pass) -> bool:
    """Tell whether more lists are wanted: no more than the user takes this time, nor than is worth keeping."""
    owed = await shop.threads.database(shop.state.backfills.left, going.want.backfills)
    limit = going.want.limit
    return owed < (MOST_OWED if limit is None else min(limit - going.taken, MOST_OWED))


def _by_host(jobs: Iterable[Job]) -> dict[str, list[Job]]:
    grouped: dict[str, list[Job]] = {}
    for job in jobs:
        grouped.setdefault(job.host, []).append(job)
    return grouped


async def host_turn(shop: Shop, going: Pass, host: str, jobs: list[Job], ends: float) -> None:
    """Work some jobs of one host; what is not begun when the time is up, or the host wants silence, stays due."""
    waiting = iter(jobs)

    async def lane() -> None:
        for job in waiting:
            if shop.stop.is_set() or shop.clock.monotonic() >= ends:
                return
            if until := shop.politeness.silent_until(host):
                # Another host of its site may have asked: unless the state knows, these jobs come round and round.
                await note_host(shop, host, not_before=until)
                return
            if job.kind in ("article", "recheck") and not going.may_start():
                return
            tally = await WORK[job.kind](shop, job)
            going.tally += tally  # not in one: the left side is read before the other lanes have run
            shop.saw(going.tally)
            await note_silenced(shop)

    async with asyncio.TaskGroup() as lanes:
        for _ in range(max(1, min(shop.connections, len(jobs)))):
            lanes.create_task(lane())
    await note_silenced(shop)


async def note_silenced(shop: Shop) -> None:
    """Save at once which hosts asked for silence, at whatever hop: what the state knows, no later run asks."""
    for name, until in shop.politeness.take_silenced().items():
        await note_host(shop, name, not_before=until)


async def _some_turn(shop: Shop, turns: dict[str, asyncio.Task[None]]) -> None:
    """Wait until a turn ends, a stop is asked for, or it is time to look for new jobs."""
    stop = asyncio.create_task(shop.stop.wait())
    try:
        await asyncio.wait((stop, *turns.values()), timeout=LOOK_AGAIN_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()
    _collect(turns)


def _collect(turns: dict[str, asyncio.Task[None]]) -> None:
    """Take the turns that ended off the list, and raise what ended one."""
    for host in [host for host, task in turns.items() if task.done()]:
        _raise_first(turns.pop(host))


def _raise_first(task: asyncio.Task[None]) -> None:
    """Raise what ended a turn; of a group of errors the first, as the others follow from it."""
    try:
        task.result()
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None


async def _wind_up(turns: dict[str, asyncio.Task[None]]) -> None:
    """After a stop: let running jobs end for a moment, then stop what hangs; nothing half done is recorded."""
    patience = asyncio.get_running_loop().time() + GRACE_S
    try:
        while turns and (left := patience - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(turns.values(), timeout=left, return_when=asyncio.FIRST_COMPLETED)
            _collect(turns)
    finally:
        await _cancel(turns)


async def _cancel(turns: dict[str, asyncio.Task[None]]) -> None:
    for task in turns.values():
        task.cancel()
    if turns:
        await asyncio.wait(turns.values())
    turns.clear()


async def next_due(shop: Shop) -> datetime | None:
    """Return when something is due next, for the loop of `serve`."""
    return await shop.threads.database(shop.state.next_due, shop.clock.now())


async def next_past(shop: Shop, going: Pass) -> datetime | None:
    """Return when backfills have something to do next; None when they came to their end, or to the user's limit."""
    found: list[datetime | None] = []
    for number in going.want.backfills:
        backfill = await go_on(shop, number)
        if backfill.state == "going":
            reads_on = await _reads_on(shop, going)
            takes = going.want.articles and not going.is_full
            found += await shop.threads.database(_next_past, shop, backfill, reads_on=reads_on, takes=takes)
    if going.want.refreshed and going.want.articles and not going.is_full:
        found += await next_refresh(shop, going.want.refreshed)
    return min(filter(None, found), default=None)


def _next_past(shop: Shop, backfill: Backfill, *, reads_on: bool, takes: bool) -> list[datetime | None]:
    """Return when a backfill's documents, its articles in hand, and those of its backlog are due."""
    now, backfills = shop.clock.now(), shop.state.backfills
    found = [backfills.next_taken(backfill.id)]
    found += [backfills.next_step((backfill.id,))] if reads_on else []
    return found + ([backfills.next_owed(backfill.id, now)] if takes else [])
