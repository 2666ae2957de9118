"""One machine: the single shard's slices run in this process, one after another.

`run_once` works what is due and ends (cron); `run_always` does so until it is told to stop (container).
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

from ..model import Tally
from ..slices import Pass, Shop, Want, next_due, run_slice, tick

#: Longest sleep between two looks at the frontier; wakes earlier when something is due.
LONGEST_NAP = timedelta(seconds=60)


async def run_once(shop: Shop, want: Want) -> Tally:
    """Work what is due until nothing is, or `shop.stop` is set; every source is polled once at most."""
    await tick(shop)
    if want.force:
        await shop.threads.database(shop.state.hurry, shop.clock.now(), sources=want.sources)
    going = Pass(want)
    while not shop.stop.is_set():
        if await run_slice(shop, going):
            break
        await shop.beat()
    return going.tally


async def run_always(shop: Shop) -> Tally:
    """Work each source on its own clock until `shop.stop` is set."""
    await tick(shop)
    going = Pass(Want())
    while not shop.stop.is_set():
        going.polled.clear()
        is_idle = await run_slice(shop, going)
        await shop.beat()
        if is_idle:
            await _nap(shop)
    return going.tally


async def _nap(shop: Shop) -> None:
    """Sleep until something is due or a stop is asked for."""
    due = await next_due(shop)
    wait = LONGEST_NAP if due is None else min(LONGEST_NAP, due - shop.clock.now())
    if wait <= timedelta():
        return
    sleeping = asyncio.create_task(shop.clock.sleep(wait.total_seconds()))
    stopping = asyncio.create_task(shop.stop.wait())
    _, waiting = await asyncio.wait((sleeping, stopping), return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
