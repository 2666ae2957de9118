"""Posts without their text, which `backfill --refresh` has read again: entered among the watched ones, then theirs.

Rule: each function works inside the caller's transaction. A post enters with the hash of the bytes that were seen, so
that what a person edits from then on is known for theirs; one that we know by another hash was edited already.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from ..batches import batches
from ..memory import Watch
from ..reports import FailureReport
from ..urls import key as key_of
from .queries import ACTIVE, speaking
from .rows import Adopted
from .schema import FAILED, host, source, url, watch
from .watches import begin, watched
from .writes import CHUNK, adopt


def enlist(conn: Connection, origin: bytes, posts: Sequence[Adopted], now: datetime) -> int:
    """Have the stubs of one source read again now; return how many wait for it."""
    name = conn.scalar(select(source.c.name).where(source.c.key == origin))
    if name is None:
        raise KeyError(origin.hex())
    adopt(conn, [post for post in posts if name in post.names], now)
    return sum(_enlist(conn, origin, name, batch, now) for batch in batches(posts, CHUNK))


def _enlist(conn: Connection, origin: bytes, name: str, posts: Sequence[Adopted], now: datetime) -> int:
    by_place = {(key_of(post.url), post.path): post for post in posts}  # an article may have a second file
    keys = list(dict.fromkeys(key for key, _ in by_place))
    columns = (url.c.key, url.c.path, url.c.source, url.c.file_hash, url.c.done_at, source.c.active)
    query = select(*columns).outerjoin_from(url, source, source.c.key == url.c.source)
    rows = conn.execute(query.where(url.c.key.in_(keys), url.c.path_key.is_not(None))).all()
    there, found = watched(conn, keys, None), 0
    for row in rows:
        post, known = by_place.get((row.key, row.path)), there.get(row.key)
        if post is None or row.file_hash not in (None, post.file_hash):  # not its file, or edited
            continue
        is_ours = row.source == origin or (not row.active and name in post.names)
        if is_ours and (known is None or _waits(known, now)):
            conn.execute(update(url).where(url.c.key == row.key).values(source=origin, file_hash=post.file_hash))
            _begin(conn, row, post, known, now)
            found += 1
    return found


def _waits(known: Watch, now: datetime) -> bool:
    """Tell whether a watched stub's text is still to be had: what was read and brought no more is not read again."""
    if known.is_over or known.revised:
        return False
    if known.keeps_head:
        return known.error != "" or (known.due is not None and known.due <= now)
    return known.is_feeds and known.read == known.written


def _begin(conn: Connection, row: Any, post: Adopted, known: Watch | None, now: datetime) -> None:
    if known is not None:
        conn.execute(update(watch).where(watch.c.article == row.key).values(due=now, tries=0, keeps_head=True))
        return
    since = min(post.published or now, now)
    new = Watch(row.done_at or now, since, since, due=now, is_feeds=True, keeps_head=True)
    begin(conn, [(row.key, new)], ())


def next_due(conn: Connection, origins: Collection[bytes], now: datetime) -> datetime | None:
    """Return when the first waiting stub's host may be asked; None for none. One that failed is left to later runs."""
    waits = (watch.c.keeps_head.is_(True), watch.c.due <= now, url.c.source.in_(origins), ACTIVE)

    def about(column: Any) -> Select[Any]:
        joined = select(column).join_from(watch, url, url.c.key == watch.c.article)
        return (
            joined.join(source, source.c.key == url.c.source).outerjoin(host, host.c.name == url.c.host).where(*waits)
        )

    if conn.scalar(about(watch.c.article).where(speaking(now)).limit(1)) is not None:
        return now
    word: datetime | None = conn.scalar(about(func.min(host.c.not_before)))
    return word


def failures(conn: Connection, limit: int) -> tuple[FailureReport, ...]:
    """Return the stubs of active sources whose texts could not be had, those that are tried again first."""
    query = (
        select(source.c.name, url.c.url, watch.c.error, watch.c.tries, watch.c.due)
        .join_from(watch, url, url.c.key == watch.c.article)
        .join(source, source.c.key == url.c.source)
        .where(ACTIVE, FAILED)
        .order_by(watch.c.due.is_(None), watch.c.due, url.c.url)
        .limit(limit)
    )
    return tuple(
        FailureReport(r.name, r.url, "article", "pending" if r.due else "dead", r.error, r.tries, r.due)
        for r in conn.execute(query)
    )
