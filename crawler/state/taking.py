"""Articles of the past on their way: what of a list needs work, and the step from the backlog into the frontier.

Rule: each function works inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from ..batches import batches
from ..model import Job
from ..packing import unpack
from ..past import Window
from . import accounts
from .schema import backfill, backlog, url
from .writes import BLANK, CHUNK, put_in

#: Priority of what a backfill brings: behind the articles of polls, which have 1 (DESIGN §1).
PRIO = 5
#: Backlog rows looked at in one taking, where those before were archived meanwhile: a bound on its time.
MOST_LOOKED_AT = 1000


def add_counts(conn: Connection, number: int, **more: int) -> None:
    """Count for a backfill."""
    values = {name: backfill.c[name] + count for name, count in more.items() if count}
    if values:
        conn.execute(update(backfill).where(backfill.c.id == number).values(values))


def refused(conn: Connection, number: int, keys: Sequence[bytes], window: Window, *, again: bool) -> set[bytes]:
    """Return which of these articles need no work: they wait in the backlog or the frontier, are done, or given up.

    What waits in the backlog of another backfill enters this one, too, for nobody may ever ask for that one again:
    whichever takes it first works it, and the other passes it over.
    """
    found: set[bytes] = set()
    for chunk in batches(keys, CHUNK):
        found |= set(conn.scalars(select(backlog.c.key).where(backlog.c.backfill == number, backlog.c.key.in_(chunk))))
        rows = conn.execute(select(url.c.key, url.c.state, url.c.outside).where(url.c.key.in_(chunk)))
        found |= {r.key for r in rows if not _is_open(r, window, again=again)}
    return found


def _is_open(row: Any, window: Window, *, again: bool) -> bool:
    """Tell whether a known article may be worked anew."""
    if row.outside is not None:
        return window.holds(row.outside)
    return again and row.state == "dead"


def taken(conn: Connection, mine: Row[Any], name: str, most: int, now: datetime) -> list[Job]:
    """Move a host's next articles into the frontier; those that became known meanwhile are passed over."""
    window, jobs, looked_at = accounts.wishes(mine.asked).window, list[Job](), 0
    where = (backlog.c.backfill == mine.id, backlog.c.host == name)
    while len(jobs) < most and looked_at < MOST_LOOKED_AT:
        rows = conn.execute(select(backlog).where(*where).order_by(backlog.c.id).limit(most - len(jobs))).all()
        if not rows:
            break
        looked_at += len(rows)
        conn.execute(delete(backlog).where(backlog.c.id.in_([row.id for row in rows])))
        closed = _closed(conn, rows, window)
        new = [row for row in rows if row.key not in closed]
        put_in(conn, [_pending(row, mine, now) for row in new])
        add_counts(conn, mine.id, taken=len(rows), known=len(rows) - len(new))
        jobs += [_job(row, mine) for row in new]
    return jobs


def _closed(conn: Connection, rows: Sequence[Row[Any]], window: Window) -> set[bytes]:
    """Return which articles of the backlog were archived, or found to be elsewhere, since they entered it."""
    again = {row.key: row.again for row in rows}
    known_rows = conn.execute(select(url.c.key, url.c.state, url.c.outside).where(url.c.key.in_(list(again))))
    return {row.key for row in known_rows if not _is_open(row, window, again=again[row.key])}


def _pending(row: Row[Any], mine: Row[Any], now: datetime) -> dict[str, Any]:
    facts = {"key": row.key, "url": row.url, "host": row.host, "entry": row.entry, "backfill": mine.id}
    rest = {"source": mine.source, "prio": PRIO, "state": "pending", "due": now, "first_seen": now}
    return BLANK | facts | rest


def _job(row: Row[Any], mine: Row[Any]) -> Job:
    return Job(row.key, "article", row.url, row.host, mine.source_url, entry=unpack(row.entry), backfill=mine.id)
