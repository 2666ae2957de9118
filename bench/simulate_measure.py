"""What the questions of many machines cost PostgreSQL, by the number of hosts, of shards, of backfills, of workers.

    CRAWLER_TEST_POSTGRES=postgresql://… python -m bench.simulate_measure [--hosts 100000] [--backfills 1 10 100]

Fills schemas of their own (and drops none: the database is for tests), asks through the real `State`, and reads the CPU
time of the server's process. What it prints are the constants of `simulate_costs`.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from procrastinate import sql
from procrastinate.schema import SchemaManager

from bench.simulate_meter import Cost, Meter, cpu_of
from crawler import scheduler, urls
from crawler.batches import batches
from crawler.errors import StateError
from crawler.memory import PollOutcome, SourceState
from crawler.model import Entry, Source
from crawler.packing import pack
from crawler.past import Asked, Listed, Origin
from crawler.slices.going import JOBS_A_TURN
from crawler.state.opening import open_shared
from crawler.state.shards import MANY, shard_of
from crawler.state.store import SqlState
from tests import postgres

NOW = datetime(2026, 3, 2, tzinfo=UTC)
#: Seconds after which a question that does not come to an end is given up.
GIVEN_UP_S = 120
#: Times each question is asked, of as many shards.
TIMES = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print."""
    parser = argparse.ArgumentParser(description="Measure what questions of many machines cost PostgreSQL.")
    parser.add_argument("--hosts", type=int, default=100_000, metavar="N")
    parser.add_argument("--backfills", type=int, nargs="*", default=[1, 10, 100], metavar="N")
    parser.add_argument("--jobs", type=int, nargs="*", default=[64, 256, 1024], metavar="N")
    options = parser.parse_args(arguments)
    for jobs in options.jobs:
        print(*_engine(jobs), sep="\n", flush=True)
    for backfills in options.backfills:
        with Meter() as meter:
            print(*_questions(meter, options.hosts, backfills), sep="\n", flush=True)
    return 0


def _engine(jobs: int) -> Iterator[str]:
    """Tell what the engine's own statements cost while so many slices are worked."""
    with psycopg.connect(postgres.fresh(), autocommit=True) as conn:
        conn.execute(SchemaManager.get_schema())
        row = conn.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id").fetchone()
        worker = row[0] if row else 0
        conn.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, worker_id)"
            " SELECT 'slices', 'slice', 'shard-' || n, 'shard-' || n, '{}', 'doing', %s FROM generate_series(1, %s) n",
            (worker, jobs),
        )
        every: dict[str, None] = dict.fromkeys(
            ("id", "queue_name", "task_name", "status", "lock", "queueing_lock", "worker_id")
        )
        asked: dict[str, dict[str, Any]] = {
            "fetch_job": {"queues": ["slices"], "worker_id": worker},
            "update_heartbeat": {"worker_id": worker},
            "list_jobs": every | {"queue_name": "slices"},
        }
        for name, values in asked.items():
            began, cpu = time.perf_counter(), cpu_of(conn.info.backend_pid)
            for _ in range(100):
                conn.execute(sql.queries[name], values).fetchall()
            wall, cpu = time.perf_counter() - began, cpu_of(conn.info.backend_pid) - cpu
            yield f"{jobs} slices at work: {name}: {cpu * 10:.3f} ms of CPU, {wall * 10:.3f} ms"


def _questions(meter: Meter, hosts: int, backfills: int) -> Iterator[str]:
    """Tell what a tick, a slice's beginning and its questions cost where each host has a source and a backlog."""
    state = open_shared(f"{postgres.fresh()}%20-cstatement_timeout%3D{GIVEN_UP_S}s")
    try:
        sources = [Source(f"Site {n}", f"https://h{n}.example/feed", every=timedelta(hours=1)) for n in range(hosts)]
        _fill(state, sources, backfills)
        numbers = tuple(one.id for one in state.backfills.all(1000))
        yield f"{hosts} hosts, {MANY} shards, {backfills} backfills:"
        _ask(meter, state, numbers)
        yield from (f"  {name}: {_told(cost)}" for name, cost in meter.costs.items())
    finally:
        state.close()


def _fill(state: SqlState, sources: Sequence[Source], backfills: int) -> None:
    """Give each source a next poll within an hour, and its host three articles in the backlog of some backfill."""
    state.sync_sources(sources, NOW)
    for batch in batches(sources, 1000):
        state.remember_polls(
            [
                PollOutcome(urls.key(one.url), SourceState(next_poll=NOW + timedelta(minutes=1 + n % 59)))
                for n, one in enumerate(batch)
            ]
        )
    for number in range(backfills):
        mine = sources[number::backfills]
        begun = state.backfills.begin(mine[0].url, Asked(("urls",)), Origin(), NOW)
        for batch in batches(mine, 1000):
            state.backfills.add(begun, [row for one in batch for row in _listed(one)])
    with state._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("ANALYZE")


def _listed(source: Source) -> Iterator[Listed]:
    host = urls.host(source.url)
    for n in range(3):
        url = f"https://{host}/{n}"
        yield Listed(urls.key(url), url, host, pack(Entry(url=url)), None)


def _ask(meter: Meter, state: SqlState, numbers: tuple[int, ...]) -> None:
    """Ask what is asked at each tick, at the beginning of each slice, and within it."""
    for time_ in range(TIMES + 1):
        if time_ == 1:
            meter.costs.clear()  # the first time plans and caches are made
        shard = shard_of(f"h{time_}.example", MANY)
        view = state.of_shard(shard)
        meter.call(view.take_shard, "measure", NOW)
        meter.call(state.backfills.all, 1000)
        meter.call(view.sleeping, NOW, NOW + scheduler.MAX_SERVER_WAIT)
        retries, silence = scheduler.latest_retries(NOW), NOW + scheduler.MAX_RETRY_AFTER
        meter.call(view.set_right, NOW, polls=(), retries=retries, silence=silence)
        busy = frozenset(f"h{n}.example" for n in range(32))
        meter.call(view.due_polls, NOW, 512, busy_hosts=busy)
        meter.call(view.due_articles, NOW, JOBS_A_TURN, per_host=JOBS_A_TURN, busy_hosts=busy)
        meter.call(view.backfills.left, numbers)
        meter.call(view.backfills.due_steps, numbers, NOW, JOBS_A_TURN, busy_hosts=busy)
        meter.call(view.due_checks, NOW, JOBS_A_TURN, busy_hosts=busy)
        meter.call(view.backfills.take, numbers, NOW, JOBS_A_TURN, busy_hosts=busy, per_host=JOBS_A_TURN)
        if numbers:
            meter.call(state.backfills.has_more, numbers[0])
            meter.call(state.backfills.get, numbers[0])
        if time_ < 2:
            with contextlib.suppress(StateError):  # it takes too long: its time is told
                meter.call(state.many.due, NOW)


def _told(cost: Cost) -> str:
    each = 1000 / cost.calls
    return (
        f"{cost.cpu_s * each:.2f} ms of CPU, {cost.wall_s * each:.2f} ms, "
        f"{cost.statements / cost.calls:.1f} statements, {cost.commits / cost.calls:.1f} commits"
    )


if __name__ == "__main__":
    sys.exit(main())
