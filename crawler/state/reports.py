"""What `status` and `verify` read: counts by source, failures, the posts we believe in.

Rule: reads only; counts and copies, judges nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, or_, select

from ..memory import HostState
from ..model import Came, Fingerprint, Tally
from ..reports import FailureReport, RunSpan
from . import mentions, polls
from .queries import ACTIVE, of_active
from .rows import Filed, RunRow, SourceRow
from .schema import DEAD, PENDING, fingerprint, run, source, url, watch
from .watches import revised

DAY, WEEK = timedelta(days=1), timedelta(days=7)
#: A post of ours: what was left out on purpose and what is only another name of an article hold no path.
FILED = and_(url.c.state == "done", url.c.path_key.is_not(None))
#: Articles by which it is judged whether a source still brings texts.
LATELY = 10
#: The least urgent priority of what feeds bring; what a backfill finds says nothing of today.
FROM_FEEDS = 1
#: An article without a text, as far as one can tell: refused twice, or failed thrice, which takes over an hour.
#: The states are named once more in a form for which the index of a source's articles is good.
LOST = and_(
    url.c.state.in_(("pending", "dead")), or_(DEAD, url.c.tries >= 3, and_(url.c.held.is_(True), url.c.tries >= 2))
)


def host_state(row: Row[Any]) -> HostState:
    """Return what a row of `host` remembers."""
    return HostState(row.name, row.not_before, row.fails, row.robots, row.robots_until)


def source_rows(conn: Connection, now: datetime) -> tuple[SourceRow, ...]:
    """Return the active sources with their counts."""
    counts, rewritten, shared = _counts(conn, now), revised(conn), mentions.shared(conn)
    none = dict.fromkeys(_counted(now), 0)
    rows = conn.execute(select(source).where(ACTIVE).order_by(source.c.position)).mappings()
    return tuple(
        SourceRow(
            name=row["name"],
            url=row["url"],
            first_seen=row["first_seen"],
            memory=polls.memory(row),
            error=row["error"],
            revised=rewritten.get(row["key"], 0),
            shared=shared.get(row["key"], 0),
            lately=_lately(conn, row["key"]),
            told=row["told"],
            **counts.get(row["key"], none),
        )
        for row in rows
    )


def _counts(conn: Connection, now: datetime) -> Mapping[bytes, dict[str, int]]:
    """Return the counts of `SourceRow` by source."""
    sums = (func.sum(case((condition, 1), else_=0)).label(name) for name, condition in _counted(now).items())
    rows = conn.execute(select(url.c.source, *sums).group_by(url.c.source)).mappings()
    return {row["source"]: {name: row[name] for name in row if name != "source"} for row in rows}


def _counted(now: datetime) -> dict[str, ColumnElement[bool]]:
    return {
        "day": and_(FILED, url.c.done_at > now - DAY),
        "week": and_(FILED, url.c.done_at > now - WEEK),
        "all": FILED,
        "pending": PENDING,
        "dead": DEAD,
        "held": url.c.held.is_(True),
        "paged": and_(FILED, url.c.origin == "page"),
        "fed": and_(FILED, url.c.origin == "feed"),
    }


def _lately(conn: Connection, origin: bytes) -> tuple[Came, ...]:
    """Return what became of a source's last articles from its feed; what was tried too seldom yet is left out."""
    ours = (url.c.source == origin, url.c.prio <= FROM_FEEDS)
    done = select(url.c.done_at, url.c.origin).where(*ours, FILED).order_by(url.c.done_at.desc())
    lost = select(url.c.first_seen).where(*ours, LOST).order_by(url.c.first_seen.desc())
    ended = [(row.done_at, row.origin) for row in conn.execute(done.limit(LATELY))]
    ended += [(moment, "none") for moment in conn.scalars(lost.limit(LATELY))]
    ended.sort(key=lambda one: one[0], reverse=True)
    return tuple(came for _, came in ended[:LATELY])


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
        select(url.c.key, url.c.url, url.c.path, url.c.file_hash, watch.c.next_hash)
        .outerjoin_from(url, watch, watch.c.article == url.c.key)
        .where(FILED, url.c.key > after)
        .order_by(url.c.key)
        .limit(limit)
    )
    return tuple(Filed(r.key, r.url, r.path, r.file_hash or b"", r.next_hash or b"") for r in conn.execute(query))


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


def spans(conn: Connection, kinds: Collection[str], limit: int) -> tuple[RunSpan, ...]:
    """Return the newest runs of some kinds; of older versions' runs the start or the end is the last sign."""
    query = select(run.c.started, run.c.seen, run.c.ended).where(run.c.kind.in_(kinds)).order_by(run.c.id.desc())
    rows = conn.execute(query.limit(limit))
    return tuple(RunSpan(r.started, r.seen or r.ended or r.started, r.ended) for r in rows)
