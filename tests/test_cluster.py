"""Many machines, in small: workers and their engine over a real PostgreSQL."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from procrastinate import App
from procrastinate.exceptions import ConnectorException

from crawler.engine import reach
from crawler.engine.cluster import Worker
from crawler.engine.jobs import defer, lock_of
from crawler.engine.lease import Lease
from crawler.engine.shares import fair_share
from crawler.engine.shift import Shift
from crawler.engine.stalled import rescue
from crawler.errors import StateError
from crawler.slices import Shop
from crawler.state import postgres as remote
from crawler.state.opening import open_shared
from crawler.state.shards import MANY, shard_of
from tests import postgres
from tests.cluster import Cluster, Sites, running, wait_until
from tests.fakes import FEED, World, article, rss, stories

pytestmark = pytest.mark.skipif(postgres.ADDRESS not in os.environ, reason="needs a PostgreSQL server")

HOST = "http://a.example"
SHARD = 7
#: A worker that was never heard of again.
SILENT = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') RETURNING id"
HAS_BEGUN = "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE lock = %s AND status = 'todo'"
JOBS = "SELECT lock, status::text, priority FROM procrastinate_jobs WHERE status IN ('todo', 'doing') ORDER BY id"


@asynccontextmanager
async def engine(address: str) -> AsyncIterator[App]:
    """Open the engine on a database of its own, with its tables and a task that nobody works."""
    async with reach.opened(address) as app:

        @app.task(name="slice", queue="slices")
        async def work_slice(shard: int) -> None:
            raise AssertionError(shard)

        yield app


def stalled(conn: psycopg.Connection[Any], lock: str) -> None:
    """Have what waits under a lock been begun by a worker that fell silent."""
    number = conn.execute(SILENT).fetchone()
    assert number is not None
    assert conn.execute(HAS_BEGUN, (number[0], lock)).rowcount == 1


def there(conn: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return conn.execute(JOBS).fetchall()


def in_engine(job: Callable[[App, psycopg.Connection[Any]], Awaitable[None]]) -> None:
    address = postgres.fresh()

    async def work() -> None:
        async with engine(address) as app:
            with psycopg.connect(address, autocommit=True) as conn:
                await job(app, conn)

    asyncio.run(work())


class TestStalled:
    def test_a_slice_whose_successor_waits_is_ended_and_leaves_the_shard_free(self) -> None:
        """To retry it in its place would break the rule of one waiting job a shard, and nothing would be worked."""

        async def job(app: App, conn: psycopg.Connection[Any]) -> None:
            await defer(app, SHARD, 0)
            stalled(conn, lock_of(SHARD))
            await defer(app, SHARD, 5)
            assert there(conn) == [(lock_of(SHARD), "doing", 0), (lock_of(SHARD), "todo", 5)]
            dead = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=8))
            with pytest.raises(ConnectorException):
                await app.job_manager.retry_job(dead[0])
            await rescue(app)
            assert there(conn) == [(lock_of(SHARD), "todo", 5)]

        in_engine(job)

    def test_a_fresh_one_is_deferred_where_none_waits(self) -> None:
        async def job(app: App, conn: psycopg.Connection[Any]) -> None:
            await defer(app, SHARD, 5)
            stalled(conn, lock_of(SHARD))
            await rescue(app)
            assert there(conn) == [(lock_of(SHARD), "todo", 5)]
            await rescue(app)
            assert there(conn) == [(lock_of(SHARD), "todo", 5)]

        in_engine(job)

    def test_one_whose_worker_is_forgotten_is_ended_too(self) -> None:
        async def job(app: App, conn: psycopg.Connection[Any]) -> None:
            await defer(app, SHARD, 5)
            stalled(conn, lock_of(SHARD))
            conn.execute("DELETE FROM procrastinate_workers")
            await rescue(app)
            assert there(conn) == [(lock_of(SHARD), "todo", 5)]

        in_engine(job)

    def test_two_who_find_the_same_one_do_not_disturb_each_other(self) -> None:
        async def job(app: App, conn: psycopg.Connection[Any]) -> None:
            for shard in range(20):
                await defer(app, shard, 0)
                stalled(conn, lock_of(shard))
            await asyncio.gather(rescue(app), rescue(app), rescue(app))
            assert sorted(there(conn)) == sorted((lock_of(shard), "todo", 0) for shard in range(20))

        in_engine(job)

    def test_those_of_workers_that_are_heard_of_are_left_alone(self) -> None:
        async def job(app: App, conn: psycopg.Connection[Any]) -> None:
            await defer(app, SHARD, 0)
            stalled(conn, lock_of(SHARD))
            conn.execute("UPDATE procrastinate_workers SET last_heartbeat = now()")
            await rescue(app)
            assert there(conn) == [(lock_of(SHARD), "doing", 0)]

        in_engine(job)


@pytest.mark.parametrize(
    ("slices", "workers", "share"),
    [(0, 1, 1), (1, 1, 3), (100, 2, 64), (100, 1, 126), (100, 100, 3), (3, 2, 3), (5, 0, 8)],
)
def test_a_worker_may_have_a_quarter_more_than_its_part(slices: int, workers: int, share: int) -> None:
    assert fair_share(slices, workers) == share


def test_all_are_worked_though_one_of_two_has_fewer_than_none_to_spare() -> None:
    """The shares of any number of workers are enough for all slices."""
    assert all(fair_share(slices, workers) * workers >= slices for slices in range(300) for workers in range(1, 20))


def as_worker(world: World, address: str, happens: Callable[[Shop], Awaitable[None]]) -> None:
    """Run an engine until something has happened."""

    async def job(shop: Shop) -> None:
        shop.state.sync_sources(tuple(shop.sources.values()), shop.clock.now())
        worker = Worker(shop, "tests", Lease(shop.clock.monotonic))
        worker.share_hosts(shop.politeness)
        going = asyncio.create_task(Shift(worker, address, 8, _unheeded).run())
        try:
            await happens(shop)
        finally:
            shop.stop.set()
            await going

    world.work(job)


def _unheeded(now: datetime) -> None:
    """The clock is set by hand."""


def archived(world: World, number: int) -> Callable[[Shop], Awaitable[None]]:
    """Wait for posts."""

    async def happens(shop: Shop) -> None:
        async with asyncio.timeout(30):
            while len(tuple(world.archive.list())) < number:
                await asyncio.sleep(0.05)

    return happens


def test_a_tick_that_stalled_does_not_end_all_ticks(tmp_path: Path) -> None:
    """A worker that dies in the midst of one leaves its lock behind."""
    address = postgres.fresh()

    async def prepare() -> None:
        async with reach.opened(address) as app:

            @app.task(name="tick", queue="ticks", lock="tick", queueing_lock="tick")
            async def tick(timestamp: int) -> None:
                raise AssertionError(timestamp)

            await tick.defer_async(timestamp=0)

    asyncio.run(prepare())
    with psycopg.connect(address, autocommit=True) as conn:
        stalled(conn, "tick")
    world = World(tmp_path, {FEED: rss(*stories(HOST, 1)), f"{HOST}/1": article(1)}, state=open_shared(address))
    as_worker(world, address, archived(world, 1))
    assert world.froms == [f"{HOST}/1"]
    world.state.close()


def test_a_shard_whose_owner_fell_silent_is_worked_by_the_next(tmp_path: Path) -> None:
    """The trap again, with all of the engine: stalled, and its successor waits."""
    address = postgres.fresh()
    state = open_shared(address)
    shard = shard_of("a.example", state.many.count())

    async def prepare() -> None:
        async with engine(address) as app:
            with psycopg.connect(address, autocommit=True) as conn:
                await defer(app, shard, 0)
                stalled(conn, lock_of(shard))
                await defer(app, shard, 0)

    asyncio.run(prepare())
    world = World(tmp_path, {FEED: rss(*stories(HOST, 1)), f"{HOST}/1": article(1)}, state=state)
    as_worker(world, address, archived(world, 1))
    assert world.froms == [f"{HOST}/1"]
    state.close()


def test_a_worker_that_is_killed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    hosts, items, delay = 20, 6, 0.1
    due = hosts * items
    with Sites(hosts, items) as sites, running(Cluster(tmp_path, sites, postgres.fresh(), delay)) as cluster:
        first, _ = cluster.start(), cluster.start()
        wait_until(lambda: len(sites.pages) > due // 4, 60, "the first pages")
        first.kill()
        wait_until(lambda: len(cluster.posts) >= due, 60, "the last posts")
        codes = cluster.stop()
        assert len(cluster.posts) == len(set(cluster.posts)) == due
        assert sites.too_near(delay) == []
        assert codes == [-9, 143]
        assert "Traceback" not in cluster.said()


def test_a_database_that_is_away_for_a_moment_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with postgres.own() as server:
        state = open_shared(server.address)
        server.stop("immediate")

        async def work() -> int:
            asked = asyncio.create_task(asyncio.to_thread(state.many.count))
            await asyncio.to_thread(server.start)
            return await asked

        with pytest.raises(StateError):
            state.many.count()  # which finds out that the line is dead
        assert asyncio.run(work()) == MANY
        server.stop("immediate")
        monkeypatch.setattr(remote, "AWAY_S", 0.5)
        with pytest.raises(StateError):
            state.many.count()
        with pytest.raises(StateError, match="refused"):  # nor is it waited for for ever
            state.many.count()
        state.close()
