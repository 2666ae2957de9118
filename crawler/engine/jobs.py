"""Many machines: slices are jobs of procrastinate, in the same PostgreSQL as the state.

Rule: jobs are slices, never addresses (DESIGN §1); all that a job says is the number of its shard, so any may be lost.
A stalled slice is finished as failed, never retried in its place: where its successor waits already, to retry it would
break the rule of one waiting job a shard, and leave the shard stuck. A fresh one is deferred instead. No tick looks for
stalled jobs, since a tick may be one of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.worker import Worker as JobWorker
from psycopg import AsyncConnection

from ..errors import StateError
from ..wording import counted
from .cluster import Worker
from .lease import BEAT_S, RESCUE_S

log = logging.getLogger(__name__)

#: Each two seconds some worker looks what is due; a sixth field of cron is the second (croniter).
TICKS = "* * * * * */2"
#: Queues of a process: slices, and ticks, which must not wait for a slot. Each counts as a worker of the engine.
QUEUES = 2
WORKERS = (
    "SELECT count(*) AS workers FROM procrastinate_workers"
    " WHERE last_heartbeat > now() - (%(seconds)s || ' SECOND')::INTERVAL"
)
#: What is due → priority of its slice: the higher goes first.
PRIORITIES = {0: 10, 1: 5, 5: 0}
#: Seconds after which a worker that is gone is forgotten; before that, `status` tells of it.
FORGET_S = 60
#: Seconds until a database that does not answer is asked again.
AGAIN_S = 1.0
#: Connections of the engine in a process: who listens for jobs, who beats, and the slices' ends.
CONNECTIONS = 6


class Jobs:
    """The engine of one worker.

    Args:
        worker: whose slices are run.
        address: of the database.
        slots: slices at once.
        set_clock: told the database's time at each sign of life.
    """

    def __init__(self, worker: Worker, address: str, slots: int, set_clock: Callable[[datetime], None]) -> None:
        self._worker, self._slots, self._set_clock = worker, slots, set_clock
        self._address = address
        self._before: list[int] = []  # numbers that the engine knew us by, and does not know yet that we are gone

    async def run(self) -> None:
        """Work until `shop.stop` is set, through failures of the database.

        Raises:
            CrawlerError: the archive cannot be written; any other error is a bug.
        """
        stop = self._worker.shop.stop
        asyncio.get_running_loop().set_exception_handler(_unheard)
        while not stop.is_set() and self._worker.failed is None:
            try:
                async with _opened(self._address) as app:
                    self._set_clock(await _now(app))  # before a slice or a tick goes by our own, which may be wrong
                    await self._until_stopped(app)
            except (ConnectorException, StateError) as e:
                log.warning("the database cannot be reached: %s", _first_line(e))
                await self._worker.shop.clock.sleep(AGAIN_S)
        if self._worker.failed is not None:
            raise self._worker.failed

    async def _until_stopped(self, app: App) -> None:
        """Work until a stop, or until the database is away for too long; ends when the last slice has."""
        self._define(app)
        begun = self._worker.shop.clock.monotonic()
        await self._disown(app)
        self._worker.lease.renew(begun)  # slices of before have ended, and all that begin are new
        slices, ticks = self._job_worker(app, "slices", self._slots), self._job_worker(app, "ticks", 1)
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

    def _job_worker(self, app: App, queue: str, slots: int) -> JobWorker:
        never = 1e9  # the lease must know when a sign of life was sent: `_beat` gives them
        return JobWorker(
            app,
            queues=[queue],
            name=self._worker.name,
            concurrency=slots,
            delete_jobs="always",
            install_signal_handlers=False,
            fetch_job_polling_interval=2.0,
            update_heartbeat_interval=never if queue == "slices" else BEAT_S,
            stalled_worker_timeout=FORGET_S,
        )

    def _define(self, app: App) -> None:
        """Tell the engine what its jobs are."""

        @app.task(name="slice", queue="slices")
        async def work_slice(shard: int) -> None:
            with self._telling(f"the slice of shard {shard}"):
                await self._worker.work(shard)

        @app.periodic(cron=TICKS)
        @app.task(name="tick", queue="ticks", lock="tick", queueing_lock="tick")
        async def tick(timestamp: int) -> None:
            with self._telling("the tick"):
                busy = {job.lock for job in await app.job_manager.list_jobs_async(queue="slices")}
                for shard, due in (await self._worker.tick()).items():
                    if lock_of(shard) not in busy:  # who works it sees what is due, and its end is followed by a tick
                        await defer(app, shard, PRIORITIES[due])

    async def _share(self, app: App, worker_id: int) -> None:
        """Leave shards to workers that have fewer."""
        doing = [job.worker_id for job in await app.job_manager.list_jobs_async(queue="slices", status="doing")]
        waiting = await app.connector.execute_query_one_async(WORKERS, seconds=RESCUE_S)
        self._worker.leave(doing.count(worker_id) - fair_share(len(doing), waiting["workers"] // QUEUES))

    @contextmanager
    def _telling(self, job: str) -> Iterator[None]:
        """Tell what cut a job off; what no other worker could do either, a bug above all, ends this one, too.

        Nobody else tells: the engine's own log is silent, and the next job comes as if nothing had happened.
        """
        try:
            yield
        except (StateError, ConnectorException) as e:
            log.warning("%s was cut off: %s", job, _first_line(e))
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
        """Give one sign of life, heed the database's time, and see to the slices that others have, or had."""
        lease, sent = self._worker.lease, self._worker.shop.clock.monotonic()
        await app.job_manager.update_heartbeat(worker_id)
        self._set_clock(await _now(app))
        was_lost = lease.is_lost
        lease.renew(sent)
        if was_lost:
            raise StateError("this worker was not heard of for too long")
        await rescue(app)  # not in a tick: a tick may be what stalled, and then no other one begins
        await self._share(app, worker_id)
        await self._worker.heed()


def _unheard(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say nothing of jobs whose end could not be noted while the database was away: they are worked anew."""
    if not isinstance(context.get("exception"), ConnectorException):
        loop.default_exception_handler(context)


def _first_line(e: Exception) -> str:
    """Return why the database could not do something; one line, and what the engine says of it left out."""
    cause = e.__cause__ if isinstance(e, ConnectorException) else None
    return str(cause or e).strip().partition("\n")[0]


async def _now(app: App) -> datetime:
    """Return the database's time."""
    row = await app.connector.execute_query_one_async("SELECT extract(epoch FROM clock_timestamp()) AS now")
    return datetime.fromtimestamp(float(row["now"]), UTC)


async def _run(jobs: JobWorker) -> None:
    await jobs.run()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def _opened(address: str) -> AsyncIterator[App]:
    """Connect to the database, and make the engine's tables where they are missing."""
    options: dict[str, Any] = {"connect_timeout": 5, "tcp_user_timeout": int(RESCUE_S * 1000), "keepalives_idle": 5}
    options |= {"keepalives_interval": 2, "keepalives_count": 3, "application_name": "crawler"}
    pool: dict[str, Any] = {"min_size": 1, "max_size": CONNECTIONS, "timeout": 5, "configure": _each_alone}
    app = App(connector=PsycopgConnector(conninfo=address, kwargs=options, **pool))
    async with app.open_async():
        there = "SELECT to_regclass('procrastinate_jobs') IS NOT NULL AS there"
        if not (await app.connector.execute_query_one_async(there))["there"]:
            try:
                await app.schema_manager.apply_schema_async()
            except ConnectorException:  # another worker made them
                if not (await app.connector.execute_query_one_async(there))["there"]:
                    raise
        yield app


async def _each_alone(connection: AsyncConnection[Any]) -> None:
    """Let each statement be a transaction of its own, and no commit wait for the disk.

    All that the engine asks is one statement, which a frame would make three of; and any job may be lost.
    """
    await connection.set_autocommit(True)
    await connection.execute("SET synchronous_commit TO off")


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
