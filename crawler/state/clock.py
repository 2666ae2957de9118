"""After a clock that ran ahead: times that cannot be, found and set right.

Rule: which waits are too long is the scheduler's to say; here are the statements. Small tables are looked through each
time; the large ones by their index, or only where the small ones tell that the clock was set back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Select, or_, select, update

from ..batches import batches
from ..urls import key
from .queries import ACTIVE
from .schema import COMING, PENDING, album, fingerprint, host, picture, run, source, url, watch
from .writes import CHUNK

#: What happened, and so cannot be yet to come.
SOURCE_MEMORIES: tuple[Column[Any], ...] = (
    source.c.first_seen,
    source.c.last_success,
    source.c.last_new,
    source.c.moved_since,
    source.c.rhythm_since,
    source.c.empty_since,
)
RUN_MEMORIES: tuple[Column[Any], ...] = (run.c.started, run.c.seen, run.c.ended)
#: Without an index of their own.
ARTICLE_MEMORIES: tuple[Column[Any], ...] = (
    url.c.first_seen,
    url.c.done_at,
    fingerprint.c.taken,
    watch.c.read,
    watch.c.written,
)
#: Moments by which clocks are set now and then, and by which one thread's now is behind another's.
GRACE = timedelta(minutes=1)


def sleepers(now: datetime, beyond: datetime) -> Select[Any]:
    """All columns of the active sources whose times may be wrong."""
    return select(source).where(ACTIVE, or_(source.c.next_poll > beyond, source.c.last_success > now))


def set_memories_right(conn: Connection, now: datetime) -> None:
    """Let nothing have happened later than now: what is new would seem old beside it, and silence go unnoticed."""
    if _not_after(conn, (*SOURCE_MEMORIES, *RUN_MEMORIES), now):
        conn.execute(update(watch).where(watch.c.read > now + GRACE, watch.c.due > now).values(due=now))
        _not_after(conn, ARTICLE_MEMORIES, now)


def _not_after(conn: Connection, columns: Sequence[Column[Any]], now: datetime) -> int:
    """Return how many rows were set right."""
    return sum(conn.execute(update(c.table).where(c > now + GRACE).values({c.key: now})).rowcount for c in columns)


def make_due(conn: Connection, polls: Collection[str], now: datetime) -> None:
    """Make sources due."""
    for chunk in batches([key(one) for one in polls], CHUNK):
        conn.execute(update(source).where(source.c.key.in_(chunk)).values(next_poll=now))


def end_waits(conn: Connection, retries: Sequence[datetime], now: datetime) -> int:
    """Make articles and pictures due that wait too long for their number of tries; returns how many articles."""
    ended = 0
    for tries, latest in enumerate(retries):
        for table, waits in ((url, PENDING), (picture, COMING)):
            so_often = table.c.tries >= tries if tries == len(retries) - 1 else table.c.tries == tries
            made = conn.execute(update(table).where(waits, table.c.due > latest, so_often).values(due=now)).rowcount
            ended += made if table is url else 0
    conn.execute(update(album).where(album.c.due > now + GRACE).values(due=now))
    return ended


def end_silence(conn: Connection, latest: datetime) -> int:
    """Let hosts speak that would be silent beyond a time; returns how many."""
    return conn.execute(update(host).where(host.c.not_before > latest).values(not_before=None)).rowcount
