"""A state that is worked by many: its shards, who has them, what waits in each.

Rule: as with `backfills`, each method is one transaction and errors become StateError. Reads only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select, text

from ..reports import ClusterReport
from . import albums, queries, shards, watches
from .kind import Connect
from .rows import Share
from .schema import backfill, host, source

#: Priority of whatever waits for news (DESIGN §1).
PAST = 5
#: How long a worker counts as one after its last sign of life.
ALIVE = timedelta(seconds=10)
#: What the engine's tables tell, if they are there; each worker has two queues there, see `engine.jobs.QUEUES`.
HAS_ENGINE = text("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")
NOW = text("SELECT extract(epoch FROM clock_timestamp())")
SLICES = text("SELECT status::text, (args->>'shard')::int AS shard FROM procrastinate_jobs WHERE task_name = 'slice'")
WORKERS = text("SELECT (count(*) + 1) / 2 FROM procrastinate_workers WHERE last_heartbeat > now() - :alive")


class Many:
    """The shards of a state.

    Args:
        reading: opens a transaction that reads.
    """

    def __init__(self, reading: Connect) -> None:
        self._reading = reading

    def count(self) -> int:
        """Return how many shards there are; see `shards.shard_of`."""
        with self._reading() as conn:
            return shards.count(conn)

    def now(self) -> datetime:
        """Return the time by the clock of the server."""
        with self._reading() as conn:
            return datetime.fromtimestamp(float(conn.execute(NOW).scalar_one()), UTC)

    def due(self, now: datetime) -> Mapping[int, int]:
        """Return the shards that have something due, each with its highest priority: 0 a poll, 1 news, 5 the past."""
        found: dict[int, int] = {}
        with self._reading() as conn:
            all_there_are = shards.count(conn)
            for prio, query in _questions(conn, now):
                for (number,) in conn.execute(query):
                    found.setdefault(number, prio)
                if len(found) == all_there_are:  # as after an outage, when to find all that is due takes seconds
                    break
        return found

    def shares(self) -> tuple[Share, ...]:
        """Return who owns which shard, or owned it last; those that were never owned are left out."""
        with self._reading() as conn:
            return shards.shares(conn)

    def workers(self) -> int:
        """Return how many workers were heard of lately."""
        with self._reading() as conn:
            return _workers(conn) if conn.scalar(HAS_ENGINE) else 0

    def report(self, now: datetime) -> ClusterReport | None:
        """Return how the work is shared now; None where one process does it all."""
        with self._reading() as conn:
            if shards.count(conn) == 1 or not conn.scalar(HAS_ENGINE):
                return None
            slices = conn.execute(SLICES).all()
            owners = {share.shard: share.owner for share in shards.shares(conn)}
            doing = Counter(owners.get(row.shard, "?") for row in slices if row.status == "doing")
            return ClusterReport(
                workers=_workers(conn),
                slices=tuple(sorted(doing.items())),
                waiting=sum(row.status == "todo" for row in slices),
                shards=shards.count(conn),
                late=_late(conn, now),
            )


def _workers(conn: Connection) -> int:
    return conn.scalar(WORKERS, {"alive": ALIVE}) or 0


def _questions(conn: Connection, now: datetime) -> Iterator[tuple[int, Select[Any]]]:
    """Yield the questions for shards that have something due, the most urgent first; none where there is nothing."""
    yield from queries.shards_due(now)
    if watches.is_any_due(conn, now):
        yield PAST, watches.shards_due(now)
    if albums.is_any_away(conn):
        yield from ((PAST, query) for query in albums.shards_due(now))
    for number in conn.scalars(select(backfill.c.id).where(queries.GOING)).all():
        yield PAST, queries.shards_owing(number, now)


def _late(conn: Connection, now: datetime) -> timedelta | None:
    """Return by how much the poll is late that waits the longest; None where none is due."""
    due = select(func.min(source.c.next_poll)).outerjoin_from(source, host, host.c.name == source.c.host)
    first: datetime | None = conn.scalar(due.where(queries.AT_WORK, queries.speaking(now), source.c.next_poll <= now))
    return None if first is None else now - first
