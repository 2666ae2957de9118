"""When a backfill has something to do, and how much: the questions that are asked between any two of its articles.

Rule: each function reads inside the caller's transaction and changes nothing; its time does not grow with the backlog.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, select

from .schema import IN_HAND, backfill, backlog, host, step, url


def left(conn: Connection, numbers: Collection[int]) -> int:
    """Return how many articles wait in the backlogs of some backfills."""
    waiting = select(func.sum(backfill.c.owed - backfill.c.taken)).where(backfill.c.id.in_(numbers))
    return conn.scalar(waiting) or 0


def has_more(conn: Connection, number: int) -> bool:
    """Tell whether a backfill has documents to read, or articles in its backlog or in hand."""
    held = select(url.c.key).where(IN_HAND, url.c.backfill == backfill.c.id).exists()
    reads = select(step.c.id).where(step.c.backfill == backfill.c.id, step.c.due.is_not(None)).exists()
    owed = select(backlog.c.id).where(backlog.c.backfill == backfill.c.id).exists()
    query = select(backfill.c.id).where(backfill.c.id == number, or_(reads, owed, held))
    return conn.scalar(query) is not None


def progress(conn: Connection, numbers: Collection[int]) -> int:
    """Return a number that grows with each document read and each article that needs no more work."""
    made = backfill.c.steps + backfill.c.archived + backfill.c.outside + backfill.c.known
    return conn.scalar(select(func.sum(made)).where(backfill.c.id.in_(numbers))) or 0


def of_steps(conn: Connection, numbers: Collection[int]) -> datetime | None:
    """Return when the first document of some backfills is due, its host's silence minded; None for none."""
    query = select(func.min(_spoken(step.c.due))).select_from(step.outerjoin(host, host.c.name == step.c.host))
    due: datetime | None = conn.scalar(query.where(step.c.backfill.in_(numbers), step.c.due.is_not(None)))
    return due


def of_taken(conn: Connection, number: int) -> datetime | None:
    """Return when the first article in hand is due, its host's silence minded; None for none."""
    query = select(func.min(_spoken(url.c.due))).select_from(url.join(host, host.c.name == url.c.host))
    due: datetime | None = conn.scalar(query.where(IN_HAND, url.c.backfill == number))
    return due


def of_backlog(conn: Connection, number: int, now: datetime) -> datetime | None:
    """Return when the first article can leave the backlog: now, or when its host may be asked; None for none."""
    if next(hosts(conn, number, now, (), None, ""), None) is not None:
        return now
    waits = select(backlog.c.id).where(backlog.c.backfill == number, backlog.c.host == host.c.name).exists()
    word: datetime | None = conn.scalar(select(func.min(host.c.not_before)).where(host.c.not_before > now, waits))
    return word


def hosts(
    conn: Connection, number: int, now: datetime, busy: Collection[str], shard: int | None, after: str
) -> Iterator[str]:
    """Yield the hosts with articles in a backlog that may be asked, those behind a name first, then the rest.

    The index is leapt through from host to host.
    """
    for begin, end in ((after, ""), ("", after)) if after else (("", ""),):
        last = begin
        while name := conn.scalar(_behind(number, last, shard)):
            if end and name > end:
                break
            last = name
            silent = conn.scalar(select(host.c.not_before).where(host.c.name == name))
            if name not in busy and not (silent and silent > now):
                yield name


def _behind(number: int, last: str, shard: int | None) -> Select[Any]:
    if shard is None:
        query = select(backlog.c.host).where(backlog.c.backfill == number, backlog.c.host > last)
        return query.order_by(backlog.c.host).limit(1)
    waits = select(backlog.c.id).where(backlog.c.backfill == number, backlog.c.host == host.c.name).exists()
    return select(host.c.name).where(host.c.shard == shard, host.c.name > last, waits).order_by(host.c.name).limit(1)


def _spoken(due: ColumnElement[datetime | None]) -> ColumnElement[datetime | None]:
    """The later of a time and of its host's next word."""
    return case((host.c.not_before > due, host.c.not_before), else_=due)
