"""What is due: the questions that are asked between any two turns of hosts.

Rule: each question is made once for each of its few forms, since to make one takes longer than to answer it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Connection,
    Integer,
    Row,
    Select,
    bindparam,
    func,
    literal,
    select,
    true,
    union_all,
)

from ..batches import padded
from ..urls import key
from .queries import AT_WORK, HAS_TURN, JOB, Ask, of_working, speaking
from .schema import PENDING, host, source, url

NOW: BindParameter[Any] = bindparam("now", type_=url.c.due.type)
MOST: BindParameter[Any] = bindparam("most", type_=Integer())
SHARD: BindParameter[Any] = bindparam("shard", type_=host.c.shard.type)
BUSY: BindParameter[Any] = bindparam("busy", type_=host.c.name.type, expanding=True)
WANTED: BindParameter[Any] = bindparam("wanted", type_=source.c.key.type, expanding=True)


def _values(ask: Ask) -> dict[str, Any]:
    """Return the values of a question."""
    values: dict[str, Any] = {"now": ask.now, "most": ask.limit, "busy": padded(sorted(ask.busy_hosts))}
    values |= {} if ask.sources is None else {"wanted": padded(sorted(key(one) for one in ask.sources))}
    return values | ({} if ask.shard is None else {"shard": ask.shard})


def polls(conn: Connection, ask: Ask) -> list[Any]:
    """Return the sources to poll, all columns: those that have no time of their next poll, then those overdue."""
    question = _polls(is_of_some=ask.sources is not None, is_of_shard=ask.shard is not None)
    return list(conn.execute(question, _values(ask)).mappings())


@cache
def _polls(*, is_of_some: bool, is_of_shard: bool) -> Select[Any]:
    """The question for the sources to poll.

    Two in one, since the index on the time of the next poll is of no use for "none, or before now".
    """
    wanted = [AT_WORK, speaking(NOW), source.c.host.not_in(BUSY)]
    wanted += [host.c.shard == SHARD] if is_of_shard else []
    wanted += [source.c.key.in_(WANTED)] if is_of_some else []
    rows = select(source).outerjoin_from(source, host, host.c.name == source.c.host).where(*wanted).limit(MOST)
    anew = rows.where(source.c.next_poll.is_(None), HAS_TURN).order_by(source.c.position)
    late = rows.where(source.c.next_poll <= NOW).order_by(source.c.next_poll, source.c.position)
    both = union_all(*(select(one.subquery()) for one in (anew, late))).subquery("both")
    return select(both).order_by(both.c.next_poll.nulls_first(), both.c.position).limit(MOST)


def articles(conn: Connection, ask: Ask, per_host: int, *, has_lateral: bool) -> list[Row[Any]]:
    """Return the columns of `Job` for the articles to fetch."""
    is_of_some, is_of_shard = ask.sources is not None, ask.shard is not None
    question = _articles(per_host, is_of_some=is_of_some, is_of_shard=is_of_shard, has_lateral=has_lateral)
    return list(conn.execute(question, _values(ask)))


@cache
def _articles(per_host: int, *, is_of_some: bool, is_of_shard: bool, has_lateral: bool) -> Select[Any]:
    """The question for the articles to fetch.

    For each host the index gives its first article, its second, and so on: the work grows with the hosts that wait,
    not with the frontier, so that a host with 10^6 waiting articles costs no more than one with ten.
    """
    work = [PENDING, url.c.due <= NOW, of_working(), *([url.c.source.in_(WANTED)] if is_of_some else [])]
    names = _hosts_with_work(work) if is_of_shard else _speaking_hosts()
    ready = names.where(names.selected_columns.name.not_in(BUSY)).cte("ready")
    picked = (_at_once if has_lateral else _one_by_one)(ready, work, per_host)
    return _ordered(picked)


def _one_by_one(ready: CTE, work: list[ColumnElement[bool]], per_host: int) -> CompoundSelect[Any]:
    """Key and rank of the first articles of hosts, for databases that know no LATERAL."""
    ranks: list[Select[Any]] = []
    for rank in range(per_host):
        first = select(url.c.key).where(url.c.host == ready.c.name, *work)
        nth = first.order_by(url.c.prio, url.c.due, url.c.key).limit(1).offset(rank).correlate(ready)
        ranks.append(select(nth.scalar_subquery().label("key"), literal(rank).label("rank")))
    return union_all(*(one.select_from(ready) for one in ranks))


def _at_once(ready: CTE, work: list[ColumnElement[bool]], per_host: int) -> Select[Any]:
    """The same, with one walk through the index for each host."""
    order = (url.c.prio, url.c.due, url.c.key)
    first = select(url.c.key, func.row_number().over(order_by=order).label("rank"))
    ranked = first.where(url.c.host == ready.c.name, *work).order_by(*order).limit(literal(per_host)).lateral("ranked")
    return select(ranked.c.key, ranked.c.rank).select_from(ready.join(ranked, true()))


def _speaking_hosts() -> Select[tuple[str]]:
    """The names of the hosts that have pending articles and may be asked."""
    hosts = _waiting_hosts()
    names = select(hosts.c.name).outerjoin_from(hosts, host, host.c.name == hosts.c.name)
    return names.where(speaking(NOW), hosts.c.name.is_not(None))


def _hosts_with_work(work: list[ColumnElement[bool]]) -> Select[tuple[str]]:
    """The names of a shard's hosts that have something due and may be asked; the rest are looked at once a question.

    No EXISTS, which may be planned as a join with all that is due in other shards.
    """
    first = select(url.c.key).where(url.c.host == host.c.name, *work).correlate(host)
    one = first.order_by(url.c.prio, url.c.due, url.c.key).limit(1).scalar_subquery()
    return select(host.c.name).where(host.c.shard == SHARD, speaking(NOW), one.is_not(None))


def _waiting_hosts() -> CTE:
    """The names of the hosts that have pending articles, and NULL at last, each found by a step through the index.

    Of the hosts that we know, few have any (https://wiki.postgresql.org/wiki/Loose_indexscan).
    """
    hosts = select(func.min(url.c.host).label("name")).where(PENDING).cte("waiting", recursive=True)
    after = select(func.min(url.c.host)).where(PENDING, url.c.host > hosts.c.name).correlate(hosts).scalar_subquery()
    return hosts.union_all(select(after).where(hosts.c.name.is_not(None)))


def _ordered(ranks: CompoundSelect[Any] | Select[Any]) -> Select[Any]:
    picked = ranks.subquery("picked")
    return (
        select(*JOB)
        .join_from(picked, url, url.c.key == picked.c.key)
        .join(source, source.c.key == url.c.source)
        .order_by(url.c.prio, picked.c.rank, url.c.due, url.c.key)
        .limit(MOST)
    )
