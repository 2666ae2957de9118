"""One machine: the single shard's slices run in this process, one after another.

`run_once` works what is due and ends (cron); `run_always` does so until it is told to stop (container).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from ..model import Tally
from ..slices import Pass, Shop, Want, next_due, run_slice, tick

#: Longest sleep between two looks at the frontier; wakes earlier when something is due.
LONGEST_NAP = timedelta(seconds=60)


async def run_once(shop: Shop, want: Want) -> Tally:
    """Work what is due until nothing is, or `shop.stop` is set; every source is polled once at most."""
    await tick(shop)
    if want.force:
        await shop.threads.database(shop.state.hurry, shop.clock.now(), sources=want.sources)
        await shop.threads.database(shop.state.pictures.hurry, shop.clock.now(), want.sources)
    going = Pass(want)
    while goes_on(shop, going):
        if await run_slice(shop, going):
            break
        await shop.beat()
    return going.tally


def goes_on(shop: Shop, going: Pass) -> bool:
    """Tell whether another slice is wanted: until a stop, and once after one that came between two, to wind up."""
    return bool(going.turns) or not shop.stop.is_set()


async def unchanged(shop: Shop) -> Shop:
    """Heed nothing new."""
    return shop


async def run_always(shop: Shop, renew: Callable[[Shop], Awaitable[Shop]] = unchanged) -> Tally:
    """Work each source on its own clock until `shop.stop` is set.

    Args:
        shop: the parts.
        renew: asked between slices, and at once when `shop.wake` is set, which parts to go on with. Those that are
            shared by what is under way (stop, wake, threads, state, lists) stay the same ones.
    """
    await tick(shop)
    going = Pass(Want(again=True))
    while goes_on(shop, going):
        before, shop = shop, await renew(shop)
        if shop is not before:
            await tick(shop)
        going.begin_anew()
        is_idle = await run_slice(shop, going)
        await shop.beat()
        if is_idle:
            await nap(shop, await next_due(shop))
    return going.tally


async def nap(shop: Shop, due: datetime | None) -> None:
    """Sleep until something is due, a stop is asked for, or there is something to heed."""
    wait = LONGEST_NAP if due is None else min(LONGEST_NAP, due - shop.clock.now())
    if wait <= timedelta():
        return
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(shop.clock.sleep(wait.total_seconds()))]
    tasks += [asyncio.create_task(event.wait()) for event in (shop.stop, shop.wake)]
    _, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
