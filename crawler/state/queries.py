"""The questions to the tables that need more than a line: what is due, what next, who holds what.

Rule: statements only; nothing here opens, commits or decides.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Update,
    and_,
    func,
    or_,
    select,
    update,
)

from ..urls import key
from .schema import DEAD, PENDING, backfill, backlog, host, source, step, url

#: Switched-on sources of the configuration.
ACTIVE: ColumnElement[bool] = source.c.active.is_(True)
#: Those of them that nobody paused: polls and articles of a paused one wait, and are counted all the same.
AT_WORK: ColumnElement[bool] = and_(ACTIVE, source.c.paused.is_(None))
#: A source that was switched off has no time of its next poll, unless it was hurried; any other without one is due.
HAS_TURN: ColumnElement[bool] = or_(source.c.off.is_(False), source.c.next_poll.is_not(None))
#: What `model.Job` takes of an article; join `source`.
JOB = (
    url.c.key, url.c.url, url.c.host, url.c.tries, url.c.path, url.c.entry, url.c.backfill,
    source.c.url.label("source"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for of what is due."""

    now: datetime
    limit: int
    sources: Collection[str] | None = None  #: urls; None: all
    busy_hosts: Collection[str] = ()  #: to be left out
    shard: int | None = None  #: None: all


def speaking(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """A host that has not asked for silence; true also where we have no row of it."""
    return or_(host.c.not_before.is_(None), host.c.not_before <= now)


def article_job(key_: bytes) -> Select[tuple[bytes, ...]]:
    """The columns of `Job` for one article that is not done."""
    return (
        select(*JOB)
        .join_from(url, source, source.c.key == url.c.source)
        .where(url.c.key == key_, url.c.state.in_(("pending", "dead")))
    )


def hurries(now: datetime, sources: Collection[str] | None) -> tuple[Update, ...]:
    """Make sources and their pending articles due at once; of all sources those that failed, not those held back."""
    keys = None if sources is None else [key(u) for u in sources]
    polls = update(source).where(ACTIVE).values(next_poll=now)
    articles = update(url).where(PENDING, of_active(), url.c.due > now).values(due=now)
    if keys is None:
        return polls, articles.where(url.c.held.is_not(True))
    return polls.where(source.c.key.in_(keys)), articles.where(url.c.source.in_(keys))


def of_active() -> ColumnElement[bool]:
    """An article whose source is configured."""
    return select(source.c.key).where(source.c.key == url.c.source, ACTIVE).correlate(url).exists()


def of_working() -> ColumnElement[bool]:
    """An article whose source is configured and not paused."""
    return select(source.c.key).where(source.c.key == url.c.source, AT_WORK).correlate(url).exists()


def next_poll(now: datetime) -> Select[tuple[datetime | None]]:
    """When the first switched-on source is due, hosts' silence aside; none: at once."""
    return (
        select(source.c.next_poll)
        .outerjoin_from(source, host, host.c.name == source.c.host)
        .where(AT_WORK, HAS_TURN, speaking(now))
        .order_by(source.c.next_poll.nulls_first())
        .limit(1)
    )


def next_article(now: datetime) -> Select[tuple[datetime]]:
    """When the first article of a speaking host is due."""
    silent = select(host.c.name).where(host.c.not_before > now).scalar_subquery()
    return select(url.c.due).where(PENDING, of_working(), url.c.host.not_in(silent)).order_by(url.c.due).limit(1)


def next_word(now: datetime) -> Select[tuple[datetime | None]]:
    """When the first silenced host that has work for us may be asked again."""
    article = select(url.c.key).where(url.c.host == host.c.name, PENDING, of_working()).exists()
    poll = select(source.c.key).where(source.c.host == host.c.name, AT_WORK, source.c.off.is_(False)).exists()
    return select(func.min(host.c.not_before)).where(and_(host.c.not_before > now, or_(article, poll)))


def addresses(origin: bytes, limit: int) -> Select[tuple[str]]:
    """The addresses of a source's posts, the newest first."""
    posts = (url.c.source == origin, url.c.state == "done", url.c.path_key.is_not(None), url.c.url != "")
    return select(url.c.url).where(*posts).order_by(url.c.done_at.desc()).limit(limit)


def dead(origin: bytes, but: int, after: bytes, limit: int) -> Select[tuple[bytes, str, bytes | None, str, datetime]]:
    """Articles of a source that were given up, but for those that one backfill brought."""
    others = or_(url.c.backfill.is_(None), url.c.backfill != but)
    rows = select(url.c.key, url.c.url, url.c.entry, url.c.error, url.c.first_seen)
    return (
        rows.where(url.c.source == origin, DEAD, url.c.url != "", url.c.key > after, others)
        .order_by(url.c.key)
        .limit(limit)
    )


def shards_due(now: datetime) -> tuple[tuple[int, Select[Any]], ...]:
    """The shards that have polls, articles or documents due, by priority (DESIGN §1), some of them more than once."""
    ours = select(host.c.shard).where(speaking(now)).distinct()
    is_due = or_(and_(source.c.next_poll.is_(None), HAS_TURN), source.c.next_poll <= now)
    polls = ours.join_from(host, source, source.c.host == host.c.name).where(AT_WORK, is_due)
    waits = select(url.c.key).where(url.c.host == host.c.name, PENDING, url.c.due <= now, of_working())
    steps = ours.join_from(step, host, host.c.name == step.c.host).join(backfill, backfill.c.id == step.c.backfill)
    return (0, polls), (1, ours.where(waits.exists())), (5, steps.where(GOING, step.c.due <= now))


#: Backfills that workers are at.
GOING: ColumnElement[bool] = backfill.c.state == "going"


def shards_owing(number: int, now: datetime) -> Select[Any]:
    """The shards with articles in the backlog of a backfill.

    Its hosts are found by a step through the index for each, however many articles they have: see `_waiting_hosts`.
    """
    mine = backlog.c.backfill == number
    hosts = select(func.min(backlog.c.host).label("name")).where(mine).cte("owing", recursive=True)
    after = select(func.min(backlog.c.host)).where(mine, backlog.c.host > hosts.c.name).correlate(hosts)
    hosts = hosts.union_all(select(after.scalar_subquery()).where(hosts.c.name.is_not(None)))
    return select(host.c.shard).join_from(hosts, host, host.c.name == hosts.c.name).where(speaking(now)).distinct()
