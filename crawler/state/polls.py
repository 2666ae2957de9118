"""The rows of sources: what is remembered of each between polls, and which are configured.

Rule: each function works inside the caller's transaction; thousands of sources cost a statement or two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from ..memory import PollOutcome, SourceState
from ..model import Job, Source, Validators
from ..urls import host as host_of
from ..urls import key as key_of
from .schema import source
from .shards import ROUTES
from .writes import meet_hosts

#: Columns of `source` that are fields of its memory.
REMEMBERED = tuple(f.name for f in fields(SourceState) if f.name != "validators")
IS_ACTIVE = select(source.c.active).where(source.c.key == bindparam("asked"))  # made once, as in `filing`


def memory(row: RowMapping) -> SourceState:
    """Return what a row of `source` remembers."""
    return SourceState(validators=Validators(row["etag"], row["modified"]), **{name: row[name] for name in REMEMBERED})


def job(row: RowMapping) -> Job:
    """Return the job of polling the source of a row."""
    return Job(row["key"], "feed", row["url"], row["host"], row["url"], row["fails"], memory=memory(row))


def memory_values(state: SourceState) -> dict[str, Any]:
    """Return a source's memory as columns."""
    facts: dict[str, Any] = {name: getattr(state, name) for name in REMEMBERED}
    return facts | {"etag": state.validators.etag, "modified": state.validators.modified}


def remember(conn: Connection, outcomes: Sequence[PollOutcome]) -> None:
    """Save the memories of sources after their polls, and why polls failed."""
    rows = [memory_values(one.state) | {"error": one.error, "polled": one.key} for one in outcomes]
    columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "polled"}
    conn.execute(update(source).where(source.c.key == bindparam("polled")).values(columns), rows)


def is_active(conn: Connection, key: bytes) -> bool:
    """Tell whether a source is configured."""
    return conn.scalar(IS_ACTIVE, {"asked": key}) is True


def sync(conn: Connection, sources: Sequence[Source], now: datetime) -> bool:
    """Make the rows of the configured sources active, and rows for new ones; tells whether anything was written."""
    columns = (source.c.key, source.c.position, source.c.name, source.c.active)
    there = {row.key: (row.position, row.name, row.active) for row in conn.execute(select(*columns))}
    meant = {key_of(one.url): (position, one.name, True) for position, one in enumerate(sources)}
    off = [{"synced": key} for key, (_, _, active) in there.items() if active and key not in meant]
    if off:
        conn.execute(update(source).where(source.c.key == bindparam("synced")).values(active=False), off)
    changed = [_placed(*facts) | {"synced": key} for key, facts in meant.items() if there.get(key, facts) != facts]
    if changed:
        values: dict[str, Any] = {name: bindparam(name) for name in _placed(*next(iter(meant.values())))}
        conn.execute(update(source).where(source.c.key == bindparam("synced")).values(values), changed)
    nothing = memory_values(SourceState()) | {"first_seen": now, "error": "", "told": ""}
    fresh = [
        nothing | _placed(*meant[key]) | {"key": key, "url": one.url, "host": host_of(one.url)}
        for one in sources
        if (key := key_of(one.url)) not in there
    ]
    if fresh:
        for are_routes in (True, False):
            mine = (row for row in fresh if row["url"].startswith(ROUTES) is are_routes)
            meet_hosts(conn, {row["host"] for row in mine}, are_routes=are_routes)
        conn.execute(insert(source), fresh)
    return bool(off or changed or fresh)


def _placed(position: int, name: str, active: bool) -> dict[str, Any]:
    return {"position": position, "name": name, "active": active}
