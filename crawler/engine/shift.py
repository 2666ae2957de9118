"""A worker's shift: from its start to a stop, through whatever befalls its database.

Rule: gives the signs of life that the lease counts, and sees to what others left behind. No tick looks for stalled
jobs, since a tick may be one of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import cycle

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker as JobWorker

from ..errors import StateError
from .cluster import Worker
from .jobs import PRIORITIES, QUEUES, defer, define, job_worker, lock_of, under_way
from .lease import BEAT_S
from .reach import first_line, now, opened, unheard
from .shares import surplus
from .stalled import rescue

log = logging.getLogger(__name__)

#: Seconds until a database that does not answer is asked again.
AGAIN_S = 1.0


class Shift:
    """What one worker does between its start and a stop.

    Args:
        worker: whose slices are run.
        address: of the database.
        slots: slices at once.
        set_clock: told the database's time at each sign of life.
    """

    def __init__(self, worker: Worker, address: str, slots: int, set_clock: Callable[[datetime], None]) -> None:
        self._worker, self._slots, self._set_clock = worker, slots, set_clock
        self._address = address
        self._turns = cycle((True, False))
        self._before: list[int] = []  # numbers that the engine knew us by, and does not know yet that we are gone

    async def run(self) -> None:
        """Work until `shop.stop` is set, through failures of the database.

        Raises:
            CrawlerError: the archive cannot be written; any other error is a bug.
        """
        stop = self._worker.shop.stop
        asyncio.get_running_loop().set_exception_handler(unheard)
        while not stop.is_set() and self._worker.failed is None:
            try:
                async with opened(self._address) as app:
                    self._set_clock(await now(app))  # before a slice or a tick goes by our own, which may be wrong
                    await self._until_stopped(app)
            except (ConnectorException, StateError) as e:
                log.warning("the database cannot be reached: %s", first_line(e))
                await self._worker.shop.clock.sleep(AGAIN_S)
        if self._worker.failed is not None:
            raise self._worker.failed

    async def _until_stopped(self, app: App) -> None:
        """Work until a stop, or until the database is away for too long; ends when the last slice has."""
        define(app, self._work, partial(self._tick, app))
        begun = self._worker.shop.clock.monotonic()
        await self._disown(app)
        self._worker.lease.renew(begun)  # slices of before have ended, and all that begin are new
        slices, ticks = (
            job_worker(app, queue, slots, self._worker.name)
            for queue, slots in zip(QUEUES, (self._slots, 1), strict=True)
        )
        works = [asyncio.create_task(_run(one)) for one in (slices, ticks)]
        beats = asyncio.create_task(self._beat(app, slices))
        stopping = asyncio.create_task(self._worker.shop.stop.wait())
        try:
            await asyncio.wait((*works, beats, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            for one in (slices, ticks):
                one.stop()  # type: ignore[no-untyped-call]
            self._worker.leave(self._slots)
            ended = await asyncio.gather(*works, return_exceptions=True)  # signs of life go on meanwhile
            beats.cancel()
            ended += await asyncio.gather(beats, return_exceptions=True)
            self._before += [one.worker_id for one in (slices, ticks) if one.worker_id is not None]
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _disown(self, app: App) -> None:
        """Sign off who we were before the database was away: none of those slices goes on, others may have them now."""
        while self._before:
            await app.job_manager.unregister_worker(self._before[-1])
            self._before.pop()

    async def _work(self, shard: int) -> None:
        with self._telling(f"the slice of shard {shard}"):
            await self._worker.work(shard)

    async def _tick(self, app: App) -> None:
        """Have the shards worked that have something due."""
        with self._telling("the tick"):
            busy = await under_way(app)
            for shard, due in (await self._worker.tick()).items():
                if lock_of(shard) not in busy:  # who works it sees what is due, and its end is followed by a tick
                    await defer(app, shard, PRIORITIES[due])

    @contextmanager
    def _telling(self, job: str) -> Iterator[None]:
        """Tell what cut a job off; what no other worker could do either, a bug above all, ends this one, too.

        Nobody else tells: the engine's own log is silent, and the next job comes as if nothing had happened.
        """
        try:
            yield
        except (StateError, ConnectorException) as e:
            log.warning("%s was cut off: %s", job, first_line(e))
        except Exception as e:  # noqa: BLE001 - of the archive, or a bug: the worker ends and raises it
            self._worker.failed = e
            self._worker.shop.stop.set()

    async def _beat(self, app: App, slices: JobWorker) -> None:
        """Give signs of life; ends where the lease was lost, to begin anew."""
        while True:
            if slices.worker_id is not None:
                try:
                    await self._sign(app, slices.worker_id)
                except ConnectorException:
                    if self._worker.lease.is_lost:
                        raise
            await asyncio.sleep(BEAT_S)

    async def _sign(self, app: App, worker_id: int) -> None:
        """Give one sign of life, heed the database's time, and see to the slices that others had, or have, in turn."""
        lease, sent = self._worker.lease, self._worker.shop.clock.monotonic()
        await app.job_manager.update_heartbeat(worker_id)
        self._set_clock(await now(app))
        was_lost = lease.is_lost
        lease.renew(sent)
        if was_lost:
            raise StateError("this worker was not heard of for too long")
        if next(self._turns):
            await rescue(app)  # not in a tick: a tick may be what stalled, and then no other one begins
        else:
            self._worker.leave(await surplus(app, worker_id))
            await self._worker.heed()


async def _run(jobs: JobWorker) -> None:
    await jobs.run()  # type: ignore[no-untyped-call]
