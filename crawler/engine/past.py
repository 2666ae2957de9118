"""Backfills worked to their end, and meanwhile what is due, so that no news waits for the past; or looked on.

Rule: knows when slices are run and how long it is worth to wait; what is read next is `slices.backfill`'s business.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..model import Tally
from ..slices import Pass, Shop, Want, next_due, run_slice, tick
from .local import goes_on, nap

log = logging.getLogger(__name__)

#: A backfill that waits in vain so long ends, and says so; it goes on when it is asked for again.
PATIENCE = timedelta(minutes=30)
#: Seconds after which a run that has nothing to do looks for addresses that were named meanwhile.
LOOK_AGAIN_S = 1.0
#: Seconds without any worker after which nobody looks on any longer; to start all of them anew takes less.
ALONE_S = 60.0


async def run_past(shop: Shop, want: Want, naming: asyncio.Task[Any] | None = None) -> Tally:
    """Work the backfills of `want` until they end, `want.limit` is reached, or nothing comes of waiting.

    Args:
        shop: the parts.
        want: which ones; and of which sources stubs are refreshed.
        naming: puts addresses into the backlog meanwhile; the end is not looked for before its own. To be awaited by
            the caller, who wants to know what came of it.
    """
    from ..slices.backlog import next_past

    await tick(shop)
    going, backfills, patience = Pass(want), shop.state.backfills, Patience()
    while goes_on(shop, going):
        going.begin_anew()
        begun = shop.clock.monotonic()
        is_idle = await run_slice(shop, going)
        ended = shop.clock.monotonic()
        await shop.threads.database(backfills.add_worked, want.backfills, timedelta(seconds=ended - begun))
        await shop.beat()
        if is_idle and naming is not None and not naming.done():
            await asyncio.wait((naming,), timeout=LOOK_AGAIN_S)  # which heeds a stop
            continue
        if not is_idle or shop.stop.is_set():
            continue
        due = await next_past(shop, going)
        progress = await shop.threads.database(backfills.progress, want.backfills)
        if due is None or not patience.lasts(due - shop.clock.now(), progress):
            break
        await nap(shop, due if not want.polls else min(due, await next_due(shop) or due))
        patience.waited += timedelta(seconds=shop.clock.monotonic() - ended)
    return going.tally


async def watch_past(shop: Shop, want: Want, naming: asyncio.Task[Any] | None = None) -> Tally:
    """Look on while workers work the backfills of `want`, until these end or no worker is left; see `run_past`."""
    backfills = shop.state.backfills
    archived = await _archived(shop, want)
    tally, seen = Tally(), shop.clock.monotonic()
    while not shop.stop.is_set():
        if naming is None or naming.done():
            await _end_named(shop, want)
            found = [await shop.threads.database(backfills.get, number) for number in want.backfills]
            if all(one.state != "going" for one in found):
                break
        if await shop.threads.database(shop.state.many.workers):
            seen = shop.clock.monotonic()
        elif shop.clock.monotonic() - seen > ALONE_S:
            log.warning("no worker is there any more: the rest waits for one, or for this command to be given again")
            break
        await nap(shop, shop.clock.now() + timedelta(seconds=LOOK_AGAIN_S))
        tally = Tally(archived=await _archived(shop, want) - archived)
        shop.saw(tally)
        await shop.beat()
    return tally


async def _end_named(shop: Shop, want: Want) -> None:
    """End the backfills that we named addresses for, once these are worked: until then nobody else could know."""
    from ..slices.backfill import go_on

    for number in want.backfills:
        one = await shop.threads.database(shop.state.backfills.get, number)
        if one.is_named and not await shop.threads.database(shop.state.backfills.has_more, number):
            await go_on(shop, number)


async def _archived(shop: Shop, want: Want) -> int:
    found = [await shop.threads.database(shop.state.backfills.get, number) for number in want.backfills]
    return sum(one.counts.archived for one in found)


@dataclass(slots=True)
class Patience:
    """How long it is worth to wait while nothing comes of it: `PATIENCE` in all, and anew after each success."""

    waited: timedelta = timedelta()
    progress: int = -1

    def lasts(self, wait: timedelta, progress: int) -> bool:
        """Tell whether to wait so long; `progress` is a number that grows with whatever succeeds."""
        if progress != self.progress:
            self.progress, self.waited = progress, timedelta()
        return self.waited + wait <= PATIENCE
