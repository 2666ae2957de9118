"""What one worker of many does, whoever hands out its jobs: a tick now and then, and slices of shards.

Rule: knows shards and leases; who says which slice is worked when and where is an engine beside it (`jobs`).
A slice owns its shard by an epoch, its hosts by the worker's lease. What another worker asked of a host a moment ago is
not known here, so each host of a shard that changed hands waits its delay anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from ..errors import StateError
from ..fetcher import Politeness
from ..model import Tally
from ..past import Backfill
from ..slices import Pass, Shop, Want, finish, run_slice, tick
from ..slices.backfill import go_on
from ..slices.clock import set_right
from .lease import ALWAYS, Lease
from .local import unchanged

log = logging.getLogger(__name__)

#: Seconds between two looks for waits that a wrong clock set: all sources and hosts are gone through.
CLOCK_S = 60.0
#: Seconds until a slice whose hosts all have turns looks what else is due: a tick looks no more often, see `jobs`.
LOOK_S = 2.0
#: Backfills looked after at a time.
MOST_BACKFILLS = 1000


@dataclass(slots=True)
class Worker:
    """One of many workers.

    Args:
        shop: the parts, with the state as a whole.
        name: of the worker, for people.
    """

    shop: Shop
    name: str
    lease: Lease
    tally: Tally = Tally()
    epochs: dict[int, int] = field(default_factory=dict)  #: of the shards that were ours last
    taken: dict[int, float] = field(default_factory=dict)  #: when they were last taken from others
    ends: dict[int, asyncio.Event] = field(default_factory=dict)  #: of the slices under way: set, they end soon
    clock_heeded: float = ALWAYS  #: when waits were last looked for that a wrong clock set
    renew: Callable[[Shop], Awaitable[Shop]] = unchanged  #: see `local.run_always`
    telling: asyncio.Task[None] | None = None  #: that we are alive
    failed: BaseException | None = None  #: what ended a slice that no other worker could work either

    def share_hosts(self, politeness: Politeness) -> None:
        """Have politeness ask before each request whether its host is still ours, and since when it is."""
        politeness.answer_to(self.lease.guard, self.lease.since)

    async def heed(self) -> None:
        """Go on by the configuration as it is now; slices that are under way end by the one they began with.

        That we are alive is told here, too: a worker to whom no slice falls is no dead one. Nobody waits for it, since
        the database's thread has other things to do, and the engine's own signs of life are not to come late.
        """
        if self.telling is None or self.telling.done():
            self.telling = asyncio.create_task(self._tell())
        before, self.shop = self.shop, await self.renew(self.shop)
        if self.shop is not before:
            await tick(self.shop)

    async def _tell(self) -> None:
        try:
            await self.shop.beat()
        except StateError as e:
            log.warning("no sign of life could be saved: %s", e)

    async def tick(self) -> Mapping[int, int]:
        """Return the shards that have something due, with their priorities; bring backfills to their ends.

        Those whose addresses a command names are its own to end, and those of sources that are not configured here are
        others': a new configuration comes to one worker after the other.
        """
        shop = self.shop
        for one in await self._backfills():
            is_ours = one.source in shop.sources and not one.is_named
            if is_ours and not await shop.threads.database(shop.state.backfills.has_more, one.id):
                await go_on(shop, one.id)
        if shop.clock.monotonic() - self.clock_heeded >= CLOCK_S:
            self.clock_heeded = shop.clock.monotonic()
            await set_right(shop)
        return await shop.threads.database(shop.state.many.due, shop.clock.now())

    async def work(self, shard: int) -> None:
        """Work one slice of a shard.

        Raises:
            StateError: the shard, the state or the lease was lost; what was not settled is worked anew by the next one.
        """
        shop = self.shop
        view = shop.state.of_shard(shard)
        epoch = await shop.threads.database(view.take_shard, self.name, shop.clock.now())
        if epoch != self.epochs.get(shard, 0) + 1:
            self.taken[shard] = shop.clock.monotonic()
        self.epochs[shard] = epoch
        self.lease.begin(self.taken.get(shard, ALWAYS))
        numbers, end = tuple(one.id for one in await self._backfills()), asyncio.Event()
        going = Pass(Want(backfills=numbers, again=True), heeds_clock=False, patience_s=LOOK_S)
        self.ends[shard] = end
        try:
            mine = replace(shop, state=view, quiet=[], wake=end, slices=lambda: len(self.ends))
            await run_slice(mine, going)
            await finish(mine, going)
            await shop.beat()
        except StateError:
            self.epochs.pop(shard, None)
            raise
        finally:
            self.ends.pop(shard, None)
            self.tally += going.tally

    def leave(self, number: int) -> None:
        """End some slices before their time, those that began first."""
        for end in list(self.ends.values())[: max(0, number)]:
            end.set()

    async def _backfills(self) -> list[Backfill]:
        """Return the backfills that are under way."""
        database, backfills = self.shop.threads.database, self.shop.state.backfills
        return [one for one in await database(backfills.all, MOST_BACKFILLS) if one.state == "going"]
