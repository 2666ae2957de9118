"""The loop of one of many workers, as `run.work` takes it; for `serve` and for `worker`.

Rule: builds the engine for many machines, which is not loaded before: one machine does without its libraries.
"""

from __future__ import annotations

import logging
import os
import socket

from ..model import Tally
from ..slices import Shop
from ..state.opening import conninfo
from .common import DatabaseClock
from .reload import Reload

log = logging.getLogger(__name__)

#: Slices at once: with two workers a shard seldom waits for a slot, though each lasts up to a minute.
SLOTS = 128


class Working:
    """The loop of a worker, as `work` takes it."""

    def __init__(self, reload: Reload, slots: int, clock: DatabaseClock) -> None:
        self._reload, self._slots, self._clock = reload, slots, clock

    async def __call__(self, shop: Shop) -> Tally:
        """Work slices until a stop."""
        from ..engine.cluster import Worker
        from ..engine.lease import Lease
        from ..engine.shift import Shift

        name = f"{socket.gethostname()}:{os.getpid()}"
        shards = await shop.threads.database(shop.state.many.count)
        one = Worker(shop, name, Lease(shop.clock.monotonic), renew=self._reload.renew)
        one.share_hosts(shop.politeness)
        for library in ("procrastinate", "psycopg"):  # what matters of it is told here
            logging.getLogger(library).setLevel(logging.CRITICAL)
        log.info("%s works %d shards, %d at once", name, shards, self._slots)
        await Shift(one, conninfo(self._reload.config.state), self._slots, self._clock.set_by).run()
        return one.tally
