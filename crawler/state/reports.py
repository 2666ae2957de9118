"""What `status` and `verify` read: counts by source, failures, the posts we believe in.

Rule: reads only; counts and copies, judges nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, func, or_, select, union_all

from ..model import Came, Entry, Fingerprint, Tally
from ..packing import unpack
from ..reports import FailureReport, RunSpan
from . import mentions, polls, queries
from .queries import ACTIVE, of_active
from .rows import Dead, Filed, RunRow, SourceRow
from .schema import DEAD, FILED, FROM_FEEDS, OPEN, PENDING, album, fingerprint, run, source, url, watch
from .watches import revised

DAY, WEEK = timedelta(days=1), timedelta(days=7)
#: What posts were made of.
TEXTS = {"paged": and_(FILED, url.c.origin == "page"), "fed": and_(FILED, url.c.origin == "feed")}
#: Articles by which it is judged whether a source still brings texts.
LATELY = 10
#: An article without a text, as far as one can tell: refused twice, or failed thrice, which takes over an hour.
LOST = and_(OPEN, or_(DEAD, url.c.tries >= 3, and_(url.c.held.is_(True), url.c.tries >= 2)))


def source_rows(conn: Connection, now: datetime, mixed: Collection[bytes] | None) -> tuple[SourceRow, ...]:
    """Return the active sources, with all counts, or with what health is judged by; see `State.source_rows`."""
    lately = _lately(conn)
    rows = conn.execute(select(source).where(ACTIVE).order_by(source.c.position)).mappings().all()
    if mixed is None:
        counts, rewritten, shared = _counts(conn, now), revised(conn), mentions.shared(conn)
    else:
        counts, rewritten, shared = _texts(conn, [key for key in mixed if _may_be_poorer(lately.get(key, ()))]), {}, {}
    return tuple(
        SourceRow(
            name=row["name"],
            url=row["url"],
            first_seen=row["first_seen"],
            memory=polls.memory(row),
            error=row["error"],
            revised=rewritten.get(row["key"], 0),
            shared=shared.get(row["key"], 0),
            lately=lately.get(row["key"], ()),
            told=row["told"],
            paused=row["paused"],
            **counts.get(row["key"], {}),
        )
        for row in rows
    )


def _counts(conn: Connection, now: datetime) -> Mapping[bytes, dict[str, int]]:
    """Return the counts of `SourceRow` by source."""
    sums = (func.sum(case((condition, 1), else_=0)).label(name) for name, condition in _counted(now).items())
    rows = conn.execute(select(url.c.source, *sums).group_by(url.c.source)).mappings()
    return {row["source"]: {name: row[name] for name in row if name != "source"} for row in rows}


def _may_be_poorer(came: tuple[Came, ...]) -> bool:
    """Tell whether `health` asks what all posts of a source were made of: not where most are made of pages."""
    return 3 * came.count("feed") > came.count("feed") + came.count("page")


def _texts(conn: Connection, sources: Collection[bytes]) -> Mapping[bytes, dict[str, int]]:
    """Return what all posts of some sources were made of."""
    sums = select(*(func.sum(case((condition, 1), else_=0)).label(name) for name, condition in TEXTS.items()))
    return {key: dict(conn.execute(sums.where(url.c.source == key)).mappings().one()) for key in sources}


def _counted(now: datetime) -> dict[str, ColumnElement[bool]]:
    return {
        "day": and_(FILED, url.c.done_at > now - DAY),
        "week": and_(FILED, url.c.done_at > now - WEEK),
        "all": FILED,
        "pending": PENDING,
        "dead": DEAD,
        "held": url.c.held.is_(True),
        **TEXTS,
    }


def _lately(conn: Connection) -> Mapping[bytes, tuple[Came, ...]]:
    """Return what became of the sources' last articles from their feeds; what was tried too seldom yet is left out."""
    ended: dict[bytes, list[tuple[datetime, Came]]] = {}
    for row in conn.execute(_last_filed()):
        ended.setdefault(row.source, []).append((row.done_at, row.origin))
    for row in conn.execute(_last_lost()):
        ended.setdefault(row.source, []).append((row.first_seen, "none"))
    last = {key: sorted(came, key=itemgetter(0), reverse=True)[:LATELY] for key, came in ended.items()}
    return {key: tuple(what for _, what in came) for key, came in last.items()}


def _last_filed() -> Select[Any]:
    """The last posts of each active source; found one after another, so that no source is read through."""
    ours = (url.c.source == source.c.key, url.c.state == "done", FROM_FEEDS)
    last = select(url.c.key).where(*ours).order_by(url.c.done_at.desc()).limit(1).correlate(source)
    ranks = [select(last.offset(rank).scalar_subquery().label("key")).where(ACTIVE) for rank in range(LATELY)]
    found = union_all(*ranks).subquery()
    return select(url.c.source, url.c.done_at, url.c.origin).join_from(found, url, url.c.key == found.c.key)


def _last_lost() -> Select[Any]:
    """The last articles of each source that came to nothing."""
    place = func.row_number().over(partition_by=url.c.source, order_by=url.c.first_seen.desc()).label("place")
    lost = select(url.c.source, url.c.first_seen, place).where(LOST, url.c.prio <= 1).subquery()
    return select(lost.c.source, lost.c.first_seen).where(lost.c.place <= LATELY)


def failures(conn: Connection, limit: int) -> tuple[FailureReport, ...]:
    """Return failing feeds, then articles: pending ones by their next try, dead ones by name."""
    feeds = conn.execute(select(source).where(ACTIVE, source.c.error != "").order_by(source.c.position).limit(limit))
    found = [
        FailureReport(r.name, r.url, "feed", "dead" if r.off else "pending", r.error, r.fails, r.next_poll)
        for r in feeds
    ]
    articles = (
        select(source.c.name, url.c.url, url.c.state, url.c.error, url.c.tries, url.c.due, url.c.held)
        .join_from(url, source, source.c.key == url.c.source)
        .where(ACTIVE, OPEN, or_(DEAD, and_(PENDING, url.c.error != "")))
        .order_by(url.c.state.desc(), url.c.due, url.c.url)
        .limit(limit - len(found))
    )
    rows = conn.execute(articles)
    return (*found, *(FailureReport(r.name, r.url, "article", r.state, r.error, r.tries, r.due, r.held) for r in rows))


def frontier(conn: Connection) -> tuple[int, int]:
    """Return how many articles of active sources are pending and dead."""
    query = select(url.c.state, func.count()).where(OPEN, of_active()).group_by(url.c.state)
    counts = {row[0]: row[1] for row in conn.execute(query)}
    return counts.get("pending", 0), counts.get("dead", 0)


def filed(conn: Connection, after: bytes, limit: int) -> tuple[Filed, ...]:
    """Return a batch of posts in the order of their keys."""
    query = (
        select(url.c.key, url.c.url, url.c.path, url.c.file_hash, watch.c.next_hash, album.c.next_hash.label("hung"))
        .outerjoin_from(url, watch, watch.c.article == url.c.key)
        .outerjoin(album, album.c.article == url.c.key)
        .where(FILED, url.c.key > after)
        .order_by(url.c.key)
        .limit(limit)
    )
    return tuple(
        Filed(r.key, r.url, r.path, r.file_hash or b"", tuple(filter(None, (r.next_hash, r.hung))))
        for r in conn.execute(query)
    )


PRINTS = (  # made once, as in `filing`
    select(fingerprint.c.article, fingerprint.c.blocks, fingerprint.c.refused)
    .where(fingerprint.c.source == bindparam("origin"))
    .order_by(fingerprint.c.taken.desc(), fingerprint.c.article)
)


def fingerprints(conn: Connection, origin: bytes) -> dict[bytes, Fingerprint]:
    """Return what a source's last articles were made of, by their keys, the newest first."""
    return {article: Fingerprint(*made) for article, *made in conn.execute(PRINTS, {"origin": origin})}


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
    rows = select(run.c.kind, run.c.started, run.c.seen, run.c.ended).where(run.c.kind.in_(kinds))
    found = conn.execute(rows.order_by(run.c.id.desc()).limit(limit))
    return tuple(
        RunSpan(r.started, r.seen or r.ended or r.started, r.ended, is_one_of_many=r.kind == "worker") for r in found
    )


def dead(conn: Connection, origin: bytes, but: int, after: bytes, limit: int) -> tuple[Dead, ...]:
    """Return articles that were given up; see `queries.dead`."""
    rows = conn.execute(queries.dead(origin, but, after, limit))
    return tuple(Dead(r.key, r.url, unpack(r.entry) if r.entry else Entry(), r.error, r.first_seen) for r in rows)
