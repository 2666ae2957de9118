"""The archive as the state knows it, for people who read it: what was filed when, of which source.

Rule: as with `backfills`, each method is one transaction and errors become StateError. Reads only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, Row, Select, func, literal, select, type_coerce

from .kind import Connect
from .rows import Shelved
from .schema import EPOCH, FILED, MICROSECOND, fold, source, url, watch

#: The unit in which the database counts days, from 1970 on.
DAY_MICROSECONDS = timedelta(days=1) // MICROSECOND


class Shelf:
    """The posts of a state.

    Args:
        reading: opens a transaction that reads.
    """

    def __init__(self, reading: Connect) -> None:
        self._reading = reading

    def posts(
        self,
        limit: int,
        *,
        name: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        offset: int = 0,
        is_oldest_first: bool = False,
    ) -> tuple[Shelved, ...]:
        """Return some posts in the order in which they were filed, the last one first.

        Args:
            limit: at most so many.
            name: of the sources they came from, configured or not; "" for all.
            since: filed then or later.
            until: filed before.
            offset: so many are passed over.
            is_oldest_first: begin with the first one.
        """
        order = (url.c.done_at, url.c.key) if is_oldest_first else (url.c.done_at.desc(), url.c.key.desc())
        query = _shelved().where(*_wanted(name, since, until)).order_by(*order).limit(limit).offset(offset)
        with self._reading() as conn:
            return tuple(map(_row, conn.execute(query)))

    def count(self, *, name: str = "", since: datetime | None = None, until: datetime | None = None) -> int:
        """Return how many posts `posts` would find without a limit."""
        query = select(func.count()).select_from(url).where(*_wanted(name, since, until))
        with self._reading() as conn:
            return conn.scalar(query) or 0

    def at(self, path: str) -> Shelved | None:
        """Return the post at a path; None where the state knows of none there."""
        with self._reading() as conn:
            row = conn.execute(_shelved().where(FILED, url.c.path_key == fold(path))).first()
            return None if row is None else _row(row)

    def daily(self, since: datetime) -> Mapping[str, Mapping[date, int]]:
        """Return how many posts each source (its url) brought on each day (UTC); days without any are left out."""
        microseconds = type_coerce(url.c.done_at, BigInteger)
        day = microseconds.op("/")(literal(DAY_MICROSECONDS, BigInteger)).label("day")
        query = (
            select(source.c.url, day, func.count().label("posts"))
            .join_from(url, source, source.c.key == url.c.source)
            .where(FILED, url.c.done_at >= since)
            .group_by(source.c.url, day)
        )
        found: dict[str, dict[date, int]] = {}
        with self._reading() as conn:
            for row in conn.execute(query):
                found.setdefault(row.url, {})[(EPOCH + timedelta(days=row.day)).date()] = row.posts
        return found


def _wanted(name: str, since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [FILED]
    if name:
        wanted.append(url.c.source.in_(select(source.c.key).where(source.c.name == name)))
    if since is not None:
        wanted.append(url.c.done_at >= since)
    if until is not None:
        wanted.append(url.c.done_at < until)
    return wanted


def _shelved() -> Select[tuple[bytes, str, str, datetime, str | None, datetime | None, int | None]]:
    columns = (url.c.key, url.c.url, url.c.path, url.c.done_at, source.c.name, watch.c.written, watch.c.revised)
    return (
        select(*columns)
        .outerjoin_from(url, source, source.c.key == url.c.source)
        .outerjoin(watch, watch.c.article == url.c.key)
    )


def _row(row: Row[tuple[bytes, str, str, datetime, str | None, datetime | None, int | None]]) -> Shelved:
    filed = row.done_at or EPOCH
    return Shelved(row.key, row.url, row.path, filed, row.name or "", row.written if row.revised else None)
