"""Posts and the pictures that they show: what is still to be brought home, and which posts can show it by now.

Rule: each function works inside the caller's transaction. A post is rewritten once each of its pictures was tried, and
again whenever one comes later: so a post is written twice as a rule, however many pictures it has.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)

from .. import assets
from ..batches import batches
from ..memory import Shows
from ..urls import host as host_of
from ..urls import key as key_of
from .queries import ACTIVE, AT_WORK, Ask, speaking
from .schema import COMING, RIPE, album, host, picture, shown, source, url
from .shards import within
from .writes import CHUNK, meet_hosts


def enroll(conn: Connection, article: bytes, shows: Shows, now: datetime) -> None:
    """Note which pictures a post shows from elsewhere, in place of what was noted before; those are forgotten.

    Who settles one of these pictures meanwhile looks for the posts that show it, and must find this one: so pictures
    that are there stay as they are until the end, and are waited for where another owner is about to settle them.
    """
    named = {assets.key(address, shows.folder): address for address in shows.addresses}
    known_ones = select(picture.c.key).where(picture.c.key.in_(named)).order_by(picture.c.key)
    there = set(conn.scalars(known_ones.with_for_update(read=True))) if named else set()
    forget(conn, article)
    if not named:
        return
    new = {key: address for key, address in named.items() if key not in there}
    if new:
        meet_hosts(conn, {host_of(address) for address in new.values()})
        referer = conn.scalar(select(url.c.url).where(url.c.key == article)) or ""
        facts = {"folder": shows.folder, "referer": referer, "state": "pending", "due": now, "tries": 0, "error": ""}
        rows = [{"key": key, "url": address, "host": host_of(address)} | facts for key, address in new.items()]
        conn.execute(insert(picture), rows)
    conn.execute(insert(shown), [{"article": article, "picture": key} for key in named])
    conn.execute(insert(album).values(article=article, due=None, next_hash=None))
    ripen(conn, select(literal(article)), now)


def forget(conn: Connection, article: bytes) -> None:
    """Leave a post as it is."""
    conn.execute(delete(shown).where(shown.c.article == article))
    conn.execute(delete(album).where(album.c.article == article))


def ripen(conn: Connection, articles: Select[Any], now: datetime) -> None:
    """Make those of some posts due that can show something new, once each of their pictures was tried."""
    these = album.c.article.in_(articles)
    # Two pictures of one post may be settled at once: who comes second must see what became of the first.
    conn.execute(select(album.c.article).where(these).order_by(album.c.article).with_for_update()).all()
    untried = _shows(COMING, picture.c.tries == 0)
    conn.execute(update(album).where(these, album.c.due.is_(None), _shows(DONE), ~untried).values(due=now))
    conn.execute(delete(album).where(these, ~_shows(or_(COMING, DONE))))


DONE: ColumnElement[bool] = picture.c.state == "done"


def _shows(*wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """A post that shows such a picture from elsewhere."""
    rows = select(shown.c.picture).join(picture, picture.c.key == shown.c.picture)
    return rows.where(shown.c.article == album.c.article, *wanted).correlate(album).exists()


def hung(conn: Connection, article: bytes, file_hash: bytes, addresses: Collection[str], now: datetime) -> None:
    """Note that a post shows pictures, by their addresses, from the archive; it is known as it is now."""
    conn.execute(update(url).where(url.c.key == article).values(file_hash=file_hash))
    home = select(picture.c.key).where(DONE, picture.c.url.in_(addresses))
    conn.execute(delete(shown).where(shown.c.article == article, shown.c.picture.in_(home)))
    conn.execute(update(album).where(album.c.article == article).values(due=None, next_hash=None))
    ripen(conn, select(literal(article)), now)


def ours(sources: Collection[str] | None, at: ColumnElement[bool] = AT_WORK) -> CTE:
    """The keys of these sources, or of all, that are at work; once in a statement, however often it is asked for."""
    named = [] if sources is None else [source.c.key.in_([key_of(one) for one in sources])]
    return select(source.c.key, source.c.url, source.c.name).where(at, *named).cte("ours")


def wanted(mine: CTE) -> ColumnElement[bool]:
    """A picture that an article of some sources shows."""
    rows = select(shown.c.article).join(url, url.c.key == shown.c.article).join(mine, mine.c.key == url.c.source)
    return rows.where(shown.c.picture == picture.c.key).correlate(picture).exists()


def pictures_due(ask: Ask, per_host: int) -> Select[Any]:
    """Key, url, host, tries and source of the pictures to fetch; found host by host, as in `due.articles`."""
    mine = ours(ask.sources)
    hosts = (
        _waiting_hosts() if ask.shard is None else select(host.c.name).where(host.c.shard == ask.shard).cte("waiting")
    )
    names = select(hosts.c.name).outerjoin_from(hosts, host, host.c.name == hosts.c.name)
    names = names.where(speaking(ask.now), hosts.c.name.is_not(None), hosts.c.name.not_in(ask.busy_hosts))
    waits = (COMING, picture.c.due <= ask.now, wanted(mine))
    first = select(picture.c.key).where(picture.c.host == hosts.c.name, *waits).correlate(hosts)
    ready = names.where(first.exists()).cte("ready")  # the others are looked through once, not for each rank
    waiting = select(picture.c.key).where(picture.c.host == ready.c.name, *waits)
    nth = waiting.order_by(picture.c.due, picture.c.key).limit(1).correlate(ready)
    ranks = [
        select(nth.offset(rank).scalar_subquery().label("key"), literal(rank).label("rank")).select_from(ready)
        for rank in range(per_host)
    ]
    found = union_all(*ranks).subquery()
    whose = source_of(mine, mine.c.url).label("source")
    columns = (picture.c.key, picture.c.url, picture.c.host, picture.c.tries, whose)
    joined = select(*columns).join_from(found, picture, picture.c.key == found.c.key)
    return joined.order_by(found.c.rank, picture.c.due, picture.c.key).limit(ask.limit)


def _waiting_hosts() -> CTE:
    """The names of the hosts that pictures are waited for from, and NULL at last; see `due.articles`."""
    hosts = select(func.min(picture.c.host).label("name")).where(COMING).cte("waiting", recursive=True)
    after = select(func.min(picture.c.host)).where(COMING, picture.c.host > hosts.c.name).correlate(hosts)
    return hosts.union_all(select(after.scalar_subquery()).where(hosts.c.name.is_not(None)))


#: Whether any picture is awaited, or any post to be rewritten for one: where none is kept, nobody need look further.
IS_ANY_AWAY = select(or_(select(picture.c.key).where(COMING).exists(), select(album.c.article).where(RIPE).exists()))


def is_any_away(conn: Connection) -> bool:
    """Tell whether there are pictures to fetch, or posts to rewrite for them, now or later."""
    return bool(conn.scalar(IS_ANY_AWAY))


def shards_due(now: datetime) -> tuple[Select[Any], ...]:
    """The shards with pictures to fetch or posts to rewrite: those of their own hosts, and of their articles'."""
    mine = ours(None)
    waits = select(picture.c.key).where(picture.c.host == host.c.name, COMING, picture.c.due <= now, wanted(mine))
    posts = select(host.c.shard).join_from(album, url, url.c.key == album.c.article)
    posts = posts.join(host, host.c.name == url.c.host).join(mine, mine.c.key == url.c.source)
    return (
        select(host.c.shard).where(speaking(now), waits.exists()).distinct(),
        posts.where(RIPE, album.c.due <= now).distinct(),
    )


def source_of(mine: CTE, column: ColumnElement[str]) -> ScalarSelect[str]:
    """What is said of a source whose articles show a picture; of several any one, each time the same."""
    rows = select(func.min(column)).join_from(shown, url, url.c.key == shown.c.article)
    rows = rows.join(mine, mine.c.key == url.c.source).where(shown.c.picture == picture.c.key)
    return rows.correlate(picture).scalar_subquery()


def albums_due(now: datetime, limit: int, sources: Collection[str] | None, shard: int | None) -> Select[Any]:
    """Key, address, path and source of the posts to rewrite, the longest overdue first."""
    mine = ours(sources)
    return (
        select(url.c.key, url.c.url, url.c.path, mine.c.url.label("source"))
        .join_from(album, url, url.c.key == album.c.article)
        .join(mine, mine.c.key == url.c.source)
        .join(host, host.c.name == url.c.host)
        .where(RIPE, album.c.due <= now, *within(shard))
        .order_by(album.c.due, album.c.article)
        .limit(limit)
    )


def next_due(
    conn: Connection, now: datetime, sources: Collection[str] | None
) -> tuple[datetime | None, datetime | None]:
    """Return when a post, or a picture of a host that speaks, is due next, and when the first silent one speaks."""
    mine = ours(sources)
    joined = select(album.c.due).join_from(album, url, url.c.key == album.c.article)
    posts = joined.join(mine, mine.c.key == url.c.source).where(RIPE).order_by(album.c.due).limit(1)
    rows = select(picture.c.due).outerjoin_from(picture, host, host.c.name == picture.c.host)
    pictures = rows.where(COMING, wanted(mine), speaking(now)).order_by(picture.c.due).limit(1)
    words = select(func.min(host.c.not_before)).where(host.c.not_before > now, _has_coming(mine))
    due = min(filter(None, (conn.scalar(posts), conn.scalar(pictures))), default=None)
    return due, conn.scalar(words)


def _has_coming(mine: CTE) -> ColumnElement[bool]:
    rows = select(picture.c.key).where(picture.c.host == host.c.name, COMING, wanted(mine))
    return rows.correlate(host).exists()


def hurry(conn: Connection, now: datetime, sources: Collection[str] | None) -> None:
    """Make the pictures due at once that the articles of these sources show."""
    conn.execute(update(picture).where(COMING, picture.c.due > now, wanted(ours(sources, ACTIVE))).values(due=now))


def known(conn: Connection, addresses: Collection[str], folder: str) -> dict[str, str]:
    """Return where pictures lie that were brought home, by address; any number of them."""
    found: dict[str, str] = {}
    for chunk in batches(list(addresses), CHUNK):
        keys = {assets.key(address, folder): address for address in chunk}
        rows = conn.execute(select(picture.c.key, picture.c.path).where(picture.c.key.in_(keys), DONE))
        found |= {keys[row.key]: row.path for row in rows}
    return found
