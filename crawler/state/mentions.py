"""Who named which article, and by what: looked up, noted, and what follows from it for the articles' rows.

Rule: each function works inside the caller's transaction; what is one article is for `identity` to say.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, Select, and_, bindparam, func, insert, or_, select, update

from ..batches import batches, padded
from ..memory import Mention, Renaming, Sightings
from ..urls import key as key_of
from . import writes
from .schema import mention, source, url

#: Columns that tell articles apart, by the same names in `Mention`.
FACTS = ("guid", "place", "fragment", "title", "published")
#: Tries of an article that are made at once at a new address; and the wait of one that was given up at its old one.
AT_ONCE, DEAD_WAIT = 2, timedelta(days=1)


_ORIGIN: BindParameter[bytes] = bindparam("origin")
_ITSELF = source.alias("itself")
#: The sources of the same name as one that are configured no more; made once, as in `filing`.
FORMER = select(source.c.key).where(
    source.c.active.is_(False),
    source.c.key != _ORIGIN,
    source.c.name == select(_ITSELF.c.name).where(_ITSELF.c.key == _ORIGIN).scalar_subquery(),
)


def origins(conn: Connection, origin: bytes) -> tuple[bytes, ...]:
    """Return a source, and those of its name that are configured no more: the same one under former addresses."""
    return (origin, *conn.scalars(FORMER, {"origin": origin}))


def find(
    conn: Connection,
    origins: Sequence[bytes],
    keys: Collection[bytes],
    guids: Collection[bytes],
    places: Collection[bytes],
) -> tuple[Mention, ...]:
    """Return what a source said of these articles, and of any under these guids and paths, each article once.

    Args:
        conn: of the caller's transaction.
        origins: the source, and what it was before.
        keys: of articles.
        guids: hashes, like the next ones.
        places: paths with their queries.
    """
    found: dict[bytes, Mention] = {}
    for column, values in (("article", keys), ("guid", guids), ("place", places)):
        for chunk in batches(filter(None, values), writes.CHUNK):
            asked = {"now_origin": origins[0], "origins": padded(origins), "values": padded(chunk)}
            found |= {row.article: _read(row) for row in conn.execute(_by(column), asked)}
    return tuple(found.values())


@cache
def _by(column: str) -> Select[Any]:
    """The mentions that agree in a column, those of the source itself the last; made once, as in `filing`."""
    return (
        select(mention, url.c.host)
        .join_from(mention, url, url.c.key == mention.c.article)
        .where(
            mention.c.source.in_(bindparam("origins", expanding=True)),
            mention.c[column].in_(bindparam("values", expanding=True)),
        )
        .order_by(mention.c.source == bindparam("now_origin"), mention.c.seen)
    )


_GUIDS = select(mention.c.article, mention.c.source, mention.c.guid, mention.c.doubted).where(
    mention.c.source.in_(bindparam("origins", expanding=True)), mention.c.guid.in_(bindparam("guids", expanding=True))
)


def holders(conn: Connection, origins: Collection[bytes], guids: Collection[bytes]) -> Sequence[Any]:
    """Return which articles these sources know by these guids: article, source, guid, and whether it is doubted."""
    asked = {"origins": padded(sorted(origins)), "guids": padded(sorted(guids))}
    return conn.execute(_GUIDS, asked).all() if guids else ()


def _read(row: Row[Any]) -> Mention:
    facts = {name: getattr(row, name) for name in FACTS}
    return Mention(row.article, row.host, is_doubted=row.doubted, **facts)


def is_named(conn: Connection, key: bytes) -> bool:
    """Tell whether any source named an address."""
    return conn.scalar(select(mention.c.source).where(mention.c.article == key).limit(1)) is not None


def note(conn: Connection, origin: bytes, said: Sightings, now: datetime) -> None:
    """Save what a listing said, after its new articles are in the frontier."""
    for renaming in said.renamed:
        _name_also(conn, origin, renaming, now)
    for key, address in said.left:
        _leave(conn, key, address, now)
    _mention(conn, origin, said.mentions, now)
    for guid in said.doubted:
        doubt(conn, origin, guid)


def _leave(conn: Connection, key: bytes, address: str, now: datetime) -> None:
    """Let an article wait at its new address, with the tries it has had: else one that changes daily is asked for ever.

    The first tries of an article are made at once at each new address.
    """
    waits = (url.c.key == key, url.c.state != "done", url.c.path_key.is_(None))
    old = conn.execute(select(url.c.tries, url.c.due).where(*waits)).first()
    if old is None:
        return
    done = {"state": "done", "due": None, "entry": None, "held": False, "done_at": now}
    conn.execute(update(url).where(*waits).values(error=f"goes on at {address}", **done))
    due = now if old.tries <= AT_ONCE else old.due or now + DEAD_WAIT
    new = (url.c.key == key_of(address), url.c.state == "pending")
    conn.execute(update(url).where(*new).values(tries=old.tries, due=due))


def _name_also(conn: Connection, origin: bytes, renaming: Renaming, now: datetime) -> None:
    """Make an address known as another one of an article; it holds no path of its own."""
    new = renaming.admission
    path = conn.scalar(select(url.c.path).where(url.c.key == renaming.article))
    facts = {"key": new.key, "url": new.url, "host": new.host, "source": origin, "first_seen": now}
    writes.make_done(conn, facts | {"path": path, "done_at": now})


def _mention(conn: Connection, origin: bytes, mentions: Sequence[Mention], now: datetime) -> None:
    """Note new mentions, and of old ones what changed; of the same listing as before nothing is written."""
    there = _noted(conn, origin, [one.article for one in mentions])
    fresh = []
    for one in mentions:
        facts = {name: getattr(one, name) for name in FACTS} | {"doubted": one.is_doubted}
        if one.article not in there:
            fresh.append(facts | {"article": one.article, "source": origin, "seen": now})
        elif there[one.article] != facts:
            mine = (mention.c.article == one.article, mention.c.source == origin)
            conn.execute(update(mention).where(*mine).values(facts))
    if fresh:
        conn.execute(insert(mention), fresh)
        _take_over(conn, origin, [row["article"] for row in fresh])


def _take_over(conn: Connection, origin: bytes, articles: Sequence[bytes]) -> None:
    """Give a source the articles among these whose own source is configured no more; `inherit` does it for the rest."""
    gone = select(source.c.key).where(source.c.active.is_(False))
    for chunk in batches(articles, writes.CHUNK):
        conn.execute(update(url).where(url.c.key.in_(chunk), url.c.source.in_(gone)).values(source=origin))


def _noted(conn: Connection, origin: bytes, keys: Sequence[bytes]) -> Mapping[bytes, dict[str, Any]]:
    found: dict[bytes, dict[str, Any]] = {}
    for chunk in batches(keys, writes.CHUNK):
        rows = conn.execute(select(mention).where(mention.c.source == origin, mention.c.article.in_(chunk)))
        found |= {row.article: {name: getattr(row, name) for name in (*FACTS, "doubted")} for row in rows}
    return found


def doubt(conn: Connection, origin: bytes, guid: bytes) -> None:
    """Believe a guid no more in this source."""
    conn.execute(update(mention).where(mention.c.source == origin, mention.c.guid == guid).values(doubted=True))


def inherit(conn: Connection) -> None:
    """Give the articles of sources that are configured no more to the first configured one that names them, too.

    So what waits is still fetched, and what is archived is still counted. Where none names them it is the first one of
    the same name: the source itself, at another address. To be asked for when the configuration has changed, and
    when one that went brings more: it goes through all that was ever archived.
    """
    _inherit_by_name(conn)
    owner, heir = source.alias("owner"), source.alias("heir")
    first = (
        select(url.c.key, func.min(heir.c.position).label("position"))
        .join_from(owner, url, url.c.source == owner.c.key)
        .join(mention, mention.c.article == url.c.key)
        .join(heir, heir.c.key == mention.c.source)
        .where(owner.c.active.is_(False), heir.c.active.is_(True))
        .group_by(url.c.key)
    )
    active = conn.execute(select(source.c.position, source.c.key).where(source.c.active.is_(True)))
    heirs = {row.position: row.key for row in active}
    for row in conn.execute(first).all():
        conn.execute(update(url).where(url.c.key == row.key).values(source=heirs[row.position]))


def _inherit_by_name(conn: Connection) -> None:
    """Give articles that no configured source names to the first one of their source's name."""
    owner, heir = source.alias("owner"), source.alias("heir")
    same = select(owner.c.key, heir.c.key.label("heir")).join(heir, heir.c.name == owner.c.name)
    pairs = same.where(owner.c.active.is_(False), heir.c.active.is_(True)).order_by(heir.c.position.desc())
    namer = source.alias("namer")
    named = select(mention.c.article).join(namer, namer.c.key == mention.c.source).where(namer.c.active.is_(True))
    for old, new in {row.key: row.heir for row in conn.execute(pairs)}.items():  # the first is the last to be said
        conn.execute(update(url).where(url.c.source == old, url.c.key.not_in(named)).values(source=new))


def shared(conn: Connection) -> dict[bytes, int]:
    """Return how many archived articles each source names that are counted at another."""
    others = or_(url.c.source.is_(None), url.c.source != mention.c.source)
    archived = and_(url.c.state == "done", url.c.path_key.is_not(None))
    query = (
        select(mention.c.source, func.count())
        .join_from(mention, url, url.c.key == mention.c.article)
        .where(archived, others)
        .group_by(mention.c.source)
    )
    return {row[0]: row[1] for row in conn.execute(query)}
