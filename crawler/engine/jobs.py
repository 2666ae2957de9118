"""Many machines: slices are jobs of procrastinate, in the same PostgreSQL as the state.

Rule: jobs are slices, never addresses (DESIGN §1); all that a job says is the number of its shard, so any may be lost.
A stalled slice is finished as failed, never retried in its place: where its successor waits already, to retry it would
break the rule of one waiting job a shard, and leave the shard stuck. A fresh one is deferred instead.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.worker import Worker as JobWorker

from ..wording import counted
from .lease import BEAT_S, RESCUE_S

log = logging.getLogger(__name__)

#: Each two seconds some worker looks what is due; a sixth field of cron is the second (croniter).
TICKS = "* * * * * */2"
#: Queues of a process: slices, and ticks, which must not wait for a slot. Each counts as a worker of the engine.
QUEUES = ("slices", "ticks")
WORKERS = (
    "SELECT count(*) AS workers FROM procrastinate_workers"
    " WHERE last_heartbeat > now() - (%(seconds)s || ' SECOND')::INTERVAL"
)
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


async def surplus(app: App, worker_id: int) -> int:
    """Return how many slices a worker is to leave to workers that have fewer."""
    doing = [job.worker_id for job in await app.job_manager.list_jobs_async(queue="slices", status="doing")]
    alive = await app.connector.execute_query_one_async(WORKERS, seconds=RESCUE_S)
    return doing.count(worker_id) - fair_share(len(doing), alive["workers"] // len(QUEUES))


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


def fair_share(slices: int, workers: int) -> int:
    """Return how many slices a worker may have before it leaves some to others: a quarter more than its part."""
    return 1 + -(-5 * slices // (4 * max(1, workers)))


async def rescue(app: App) -> None:
    """Give up the jobs of workers that fell silent, and have their shards worked by others.

    A job may be the tick that one of them was at; the next one comes by itself.
    """
    given_up = [
        job
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=RESCUE_S)
        if await _has_ended(app, job)
    ]
    if given_up:
        log.warning("a worker fell silent: %s given up", counted(len(given_up), "job"))
    for job in given_up:
        if job.task_name == "slice":
            await defer(app, int(job.task_kwargs["shard"]), job.priority)  # type: ignore[arg-type]  # we put it there
    await app.job_manager.prune_stalled_workers(FORGET_S)


async def _has_ended(app: App, job: Job) -> bool:
    """End a stalled job as failed; tells whether it was we who did."""
    try:
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
    except ConnectorException:  # it was ended meanwhile, by its worker or by another one's rescue
        return False
    return True
