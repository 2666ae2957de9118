"""What `status` and `verify` read: counts by source, failures, the posts we believe in.

Rule: reads only; counts and copies, judges nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, and_, case, func, or_, select

from ..model import FailureReport, Fingerprint, HostState, SourceState, Tally, Validators
from . import Filed, RunRow, SourceRow
from .queries import ACTIVE, of_active
from .schema import DEAD, PENDING, fingerprint, run, source, url

DAY, WEEK = timedelta(days=1), timedelta(days=7)
#: A post of ours: what was left out on purpose and what is only another name of an article hold no path.
FILED = and_(url.c.state == "done", url.c.path_key.is_not(None))


def memory(row: RowMapping) -> SourceState:
    """Return what a row of `source` remembers."""
    plain = {f.name: row[f.name] for f in fields(SourceState) if f.name != "validators"}
    return SourceState(validators=Validators(row["etag"], row["modified"]), **plain)


def host_state(row: Row[Any]) -> HostState:
    """Return what a row of `host` remembers."""
    return HostState(row.name, row.not_before, row.fails, row.robots, row.robots_until)


def source_rows(conn: Connection, now: datetime) -> tuple[SourceRow, ...]:
    """Return the active sources with their counts."""
    counts = _counts(conn, now)
    rows = conn.execute(select(source).where(ACTIVE).order_by(source.c.position)).mappings()
    return tuple(
        SourceRow(
            row["name"], row["url"], row["first_seen"], memory(row), row["error"], *counts.get(row["key"], (0,) * 6)
        )
        for row in rows
    )


def _counts(conn: Connection, now: datetime) -> Mapping[bytes, tuple[int, ...]]:
    """Return posts of the day, of the week and of all time, pending, dead and held articles, by source."""

    def number(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    query = select(
        url.c.source,
        number(and_(FILED, url.c.done_at > now - DAY)),
        number(and_(FILED, url.c.done_at > now - WEEK)),
        number(FILED),
        number(PENDING),
        number(DEAD),
        number(url.c.held),
    ).group_by(url.c.source)
    return {row[0]: tuple(row[1:]) for row in conn.execute(query)}


def failures(conn: Connection, limit: int) -> tuple[FailureReport, ...]:
    """Return failing feeds, then articles: pending ones by their next try, dead ones by name."""
    feeds = conn.execute(select(source).where(ACTIVE, source.c.error != "").order_by(source.c.position).limit(limit))
    found = [
        FailureReport(r.name, r.url, "feed", "dead" if r.off else "pending", r.error, r.fails, r.next_poll)
        for r in feeds
    ]
    articles = (
        select(source.c.name, url.c.url, url.c.state, url.c.error, url.c.tries, url.c.due)
        .join_from(url, source, source.c.key == url.c.source)
        .where(ACTIVE, or_(DEAD, and_(PENDING, url.c.error != "")))
        .order_by(url.c.state.desc(), url.c.due, url.c.url)
        .limit(limit - len(found))
    )
    rows = conn.execute(articles)
    return (*found, *(FailureReport(r.name, r.url, "article", r.state, r.error, r.tries, r.due) for r in rows))


def frontier(conn: Connection) -> tuple[int, int]:
    """Return how many articles of active sources are pending and dead."""

    def count(condition: Any) -> int:
        return conn.scalar(select(func.count()).select_from(url).where(condition, of_active())) or 0

    return count(PENDING), count(DEAD)


def filed(conn: Connection, after: bytes, limit: int) -> tuple[Filed, ...]:
    """Return a batch of posts in the order of their keys."""
    query = (
        select(url.c.key, url.c.url, url.c.path, url.c.file_hash)
        .where(FILED, url.c.key > after)
        .order_by(url.c.key)
        .limit(limit)
    )
    return tuple(Filed(r.key, r.url, r.path, r.file_hash or b"") for r in conn.execute(query))


def fingerprints(conn: Connection, origin: bytes, but: bytes) -> tuple[Fingerprint, ...]:
    """Return what a source's last articles were made of, the newest first, but for one article's."""
    query = (
        select(fingerprint.c.blocks, fingerprint.c.refused)
        .where(fingerprint.c.source == origin, fingerprint.c.article != but)
        .order_by(fingerprint.c.taken.desc(), fingerprint.c.article)
    )
    return tuple(Fingerprint(row.blocks, row.refused) for row in conn.execute(query))


def last_run(conn: Connection) -> RunRow | None:
    """Return the newest row of `run`."""
    row = conn.execute(select(run).order_by(run.c.id.desc()).limit(1)).first()
    if row is None:
        return None
    return RunRow(row.id, row.kind, row.started, row.ended, _tally(row.tally))


def _tally(text: str) -> Tally:
    """Return the counts of a run; none where they rotted, for which nobody need lose the state."""
    try:
        return Tally(**json.loads(text))
    except (ValueError, TypeError):
        return Tally()
