"""Many machines: slices are jobs of procrastinate, in the same PostgreSQL as the state.

Rule: jobs are slices, never addresses (DESIGN §1); all that a job says is the number of its shard, so any may be lost.
What becomes of those that stall is `stalled`'s business, how many a worker has `shares`'.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.worker import Worker as JobWorker

from .lease import BEAT_S

log = logging.getLogger(__name__)

#: Each two seconds some worker looks what is due; a sixth field of cron is the second (croniter).
TICKS = "* * * * * */2"
#: Queues of a process: slices, and ticks, which must not wait for a slot. Each counts as a worker of the engine.
QUEUES = ("slices", "ticks")
#: What is due → priority of its slice: the higher goes first.
PRIORITIES = {0: 10, 1: 5, 5: 0}
#: Seconds after which a worker that is gone is forgotten; before that, `status` tells of it.
FORGET_S = 60


def define(app: App, work: Callable[[int], Awaitable[None]], tick: Callable[[], Awaitable[None]]) -> None:
    """Tell the engine what its jobs are: the slice of a shard, and a look at what is due."""

    @app.task(name="slice", queue="slices")
    async def work_slice(shard: int) -> None:
        await work(shard)

    @app.periodic(cron=TICKS)
    @app.task(name="tick", queue="ticks", lock="tick", queueing_lock="tick")
    async def look(timestamp: int) -> None:
        await tick()


def job_worker(app: App, queue: str, slots: int, name: str) -> JobWorker:
    """Return what runs the jobs of a queue; of slices it gives no signs of life, see `sign`."""
    never = 1e9  # the lease must know when a sign of life was sent
    return JobWorker(
        app,
        queues=[queue],
        name=name,
        concurrency=slots,
        delete_jobs="always",
        install_signal_handlers=False,
        fetch_job_polling_interval=2.0,
        update_heartbeat_interval=never if queue == "slices" else BEAT_S,
        stalled_worker_timeout=FORGET_S,
    )


async def under_way(app: App) -> set[str | None]:
    """Return the locks of the slices that wait or are worked."""
    return {job.lock for job in await app.job_manager.list_jobs_async(queue="slices")}


def lock_of(shard: int) -> str:
    """Return what no two slices of a shard hold at once, waiting or working."""
    return f"shard-{shard}"


async def defer(app: App, shard: int, priority: int) -> None:
    """Have a slice of a shard worked, unless one waits already."""
    lock = lock_of(shard)
    slices = app.configure_task("slice", lock=lock, queueing_lock=lock, priority=priority, queue="slices")
    try:
        await slices.defer_async(shard=shard)
    except AlreadyEnqueued:
        log.debug("shard %d waits for its turn already", shard)
