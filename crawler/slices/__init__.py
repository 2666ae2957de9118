"""Slices: "own the shard for at most 60 s and work its due URLs". The only place that knows the order of things.

tick        the configuration's sources into the state
set_right   waits that a wrong clock set, in the module `clock`
run_slice   due jobs, grouped by host → one turn a host, many hosts at once
host_turn   the jobs of one host, one after another (or as many at once as politeness allows)
poll / work_article / reread / work_step / bring / hang   one job each, in the modules that `WORK` names

A slice is bounded in time and memory whatever is due: the frontier stays in the state, and a few jobs a host are
taken at a time, so that a slow host or a huge feed never holds back the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module

from ..model import Job, Tally
from .clock import set_right
from .due import PAUSE_S, due, keepers
from .going import Pass
from .hosts import note_host, note_silenced
from .poll import save_quiet
from .shop import Shop, Threads, Want

__all__ = ["Pass", "Shop", "Threads", "Want", "finish", "host_turn", "next_due", "run_slice", "tick"]

#: How long a shard is worked before its owner is asked anew (DESIGN §1).
SLICE = timedelta(seconds=60)
#: Seconds after which a turn at the past gives way, since a poll of its host may be due.
PAST_S = 3.0
#: Seconds after which a slice looks for jobs that came due while all its turns are waiting.
LOOK_AGAIN_S = 1.0
#: Seconds that running jobs get to finish after a stop; a stop must be over within 10 s (SPEC).
GRACE_S = 4.0
#: What a job is about → module and name of its function; most runs need but the first.
WORK: Mapping[str, tuple[str, str]] = {
    "feed": ("poll", "poll"),
    "article": ("article", "work_article"),
    "recheck": ("reread", "reread"),
    "step": ("step", "work_step"),
    "picture": ("gallery", "bring"),
    "album": ("gallery", "hang"),
}


@cache
def worker(kind: str) -> Callable[[Shop, Job], Awaitable[Tally]]:
    """Return the function that works jobs of a kind."""
    module, name = WORK[kind]
    work: Callable[[Shop, Job], Awaitable[Tally]] = getattr(import_module(f"{__name__}.{module}"), name)
    return work


async def tick(shop: Shop) -> None:
    """Tell the state which sources there are."""
    await shop.threads.database(shop.state.sync_sources, tuple(shop.sources.values()), shop.clock.now())


async def run_slice(shop: Shop, going: Pass) -> bool:
    """Work what is due for at most `SLICE`.

    Returns:
        True when nothing was left to start; False when the time was up, or a stop or a pause was asked for.

    Raises:
        StateError, ArchiveError: the run cannot go on; running jobs are cancelled first.
    """
    ends = shop.clock.monotonic() + SLICE.total_seconds()
    if going.heeds_clock:
        await set_right(shop)
    try:
        while not (shop.stop.is_set() or shop.wake.is_set()) and shop.clock.monotonic() < ends:
            await _start_turns(shop, going, ends)
            if not going.turns:
                await save_quiet(shop)
                return True
            await _some_turn(shop, going)
    except BaseException:
        await _cancel(going.turns)
        raise
    if shop.stop.is_set():
        await _wind_up(going.turns)
    await save_quiet(shop)
    return False


async def _start_turns(shop: Shop, going: Pass, ends: float) -> None:
    """Start a turn for each host that has something due and no turn yet."""
    for host, jobs in _by_host(await due(shop, going)).items():
        if len(going.turns) >= shop.concurrency:
            return
        going.turns[host] = asyncio.create_task(host_turn(shop, going, host, jobs, ends))


def _by_host(jobs: Iterable[Job]) -> dict[str, list[Job]]:
    grouped: dict[str, list[Job]] = {}
    for job in jobs:
        grouped.setdefault(job.host, []).append(job)
    return grouped


async def host_turn(shop: Shop, going: Pass, host: str, jobs: list[Job], ends: float) -> None:
    """Work some jobs of one host; what is not begun when the slice is to end, or the host wants silence, stays due.

    The next one begins when the one before has asked all that it asks of the host; what is left of that is only to be
    saved.
    """
    waiting, gives_way = iter(jobs), shop.clock.monotonic() + PAST_S

    async def lane() -> None:
        for job in waiting:
            if shop.stop.is_set() or shop.wake.is_set() or shop.clock.monotonic() >= ends:
                return
            if until := shop.politeness.silent_until(host):
                # Another host of its site may have asked: unless the state knows, these jobs come round and round.
                await note_host(shop, host, not_before=until)
                return
            if job.backfill and shop.clock.monotonic() >= gives_way:
                return
            if job.kind in ("article", "recheck") and not going.may_start():
                return
            if job.kind == "feed":
                going.polled.add(job.key)  # not before: what is not begun is to be asked for again
            asked = asyncio.Event()
            lanes.create_task(worked(job, asked))
            await asked.wait()
            await note_silenced(shop)

    async def worked(job: Job, asked: asyncio.Event) -> None:
        try:
            tally = await worker(job.kind)(replace(shop, asked=asked.set), job)
        finally:
            asked.set()
        going.tally += tally  # not in one: the left side is read before the others have run
        shop.saw(going.tally)

    async with asyncio.TaskGroup() as lanes:
        for _ in range(max(1, min(shop.connections, len(jobs)))):
            lanes.create_task(lane())
    await note_silenced(shop)


async def _some_turn(shop: Shop, going: Pass) -> None:
    """Wait until a turn ends, a stop is asked for, or it is time to look for new jobs."""
    stop = asyncio.create_task(shop.stop.wait())
    patience = PAUSE_S if going.is_put_off else max(LOOK_AGAIN_S, going.patience_s)
    try:
        await asyncio.wait((stop, *going.turns.values()), timeout=patience, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()
    _collect(going.turns)


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


async def finish(shop: Shop, going: Pass) -> None:
    """Let the turns that outlast a slice end by themselves, each with what it is about; raises as `run_slice`.

    A stop waits for them no longer than for those of a slice. What they leave to be saved together is saved.
    """
    stop = asyncio.create_task(shop.stop.wait())
    try:
        while going.turns and not shop.stop.is_set():
            await asyncio.wait((stop, *going.turns.values()), return_when=asyncio.FIRST_COMPLETED)
            _collect(going.turns)
        await _wind_up(going.turns)
    except BaseException:
        await _cancel(going.turns)
        raise
    finally:
        stop.cancel()
    await save_quiet(shop)


async def _cancel(turns: dict[str, asyncio.Task[None]]) -> None:
    """Stop turns; what ended them is not asked, since something else ends the slice."""
    for task in turns.values():
        task.cancel()
    await asyncio.gather(*turns.values(), return_exceptions=True)
    turns.clear()


async def next_due(shop: Shop) -> datetime | None:
    """Return when something is due next, for the loop of `serve`."""
    found, sources = [await shop.threads.database(shop.state.next_due, shop.clock.now())], keepers(shop)
    if sources is None or sources:
        from .gallery import next_picture

        found.append(await next_picture(shop, sources))
    return min(filter(None, found), default=None)
