"""What is remembered of filed articles to notice that they changed, and which of them are due to be read again.

Rule: a poll writes what the feed says (`notice`), a re-read what became of the post (`save`); the two may run at
once, so neither writes the other's columns, and what was noticed during a re-read is not lost with its end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select, update

from ..batches import batches
from ..memory import Watch
from ..model import Job, Validators
from ..packing import pack, unpack
from ..urls import key as key_of
from .queries import AT_WORK, Ask, of_working, speaking
from .schema import REVISED, WAITS, host, source, url, watch
from .shards import within
from .writes import CHUNK

#: Of the columns, those that have a value of their own in `Watch`.
PLAIN = (
    "read",
    "written",
    "said",
    "updated",
    "due",
    "reads",
    "tries",
    "revised",
    "is_feeds",
    "is_over",
    "keeps_head",
    "error",
)


def watched(conn: Connection, keys: Sequence[bytes], origin: bytes | None) -> dict[bytes, Watch]:
    """Return what is remembered of some articles, of one source where it is given; any number of keys.

    Of the source the rows are asked here: SQLite, told of it, would go through all that the source ever brought.
    """
    found: dict[bytes, Watch] = {}
    for chunk in batches(keys, CHUNK):
        query = (
            select(watch, url.c.file_hash, url.c.done_at, url.c.source)
            .join_from(watch, url, url.c.key == watch.c.article)
            .where(watch.c.article.in_(chunk))
        )
        found |= {row.article: _watch(row) for row in conn.execute(query) if origin in (None, row.source)}
    return found


def _watch(row: Row[Any]) -> Watch:
    return Watch(
        **{name: getattr(row, name) for name in PLAIN},
        filed=row.done_at,
        file_hash=row.file_hash or b"",
        next_hash=row.next_hash or b"",
        entry=row.entry and unpack(row.entry),
        validators=Validators(row.etag, row.modified),
    )


WATCH = insert(watch)  # made once, as in `filing`


def begin(conn: Connection, begun: Sequence[tuple[bytes, Watch]], watched: Collection[bytes]) -> None:
    """Watch some articles from now on; those that are watched already, anew."""
    if watched:
        conn.execute(delete(watch).where(watch.c.article.in_(watched)))
    rows = [{"article": key, "said": new.said, "updated": new.updated} | _outcome(new) for key, new in begun]
    if rows:
        conn.execute(WATCH, rows)


def notice(conn: Connection, key: bytes, new: Watch) -> None:
    """Save what the feed says of an article now, and when it is read again for it."""
    noticed = {"said": new.said, "updated": new.updated, **_cause(new)}
    conn.execute(update(watch).where(watch.c.article == key).values(noticed))


def save(conn: Connection, key: bytes, new: Watch) -> None:
    """Save what a re-read has come to; what the feed said meanwhile stays noticed."""
    row = conn.execute(select(watch.c.said, watch.c.updated).where(watch.c.article == key)).first()
    if row is None:
        raise KeyError(key.hex())
    values = _outcome(new)
    if not new.is_over and (row.said, row.updated) != (new.said, new.updated):
        values = {name: value for name, value in values.items() if name not in ("due", "entry")}
    conn.execute(update(watch).where(watch.c.article == key).values(values))
    conn.execute(update(url).where(url.c.key == key).values(file_hash=new.file_hash or None))


def _cause(new: Watch) -> dict[str, Any]:
    return {"due": new.due, "entry": None if new.entry is None else pack(new.entry)}


def _outcome(new: Watch) -> dict[str, Any]:
    plain = {name: getattr(new, name) for name in PLAIN if name not in ("said", "updated")}
    validators = {"etag": new.validators.etag, "modified": new.validators.modified}
    return plain | validators | {"next_hash": new.next_hash or None} | _cause(new)


#: Whether any is due at all: most often not, which the index says at once, and no planner need think about.
IS_ANY_DUE = select(watch.c.article).where(watch.c.due <= bindparam("now", type_=watch.c.due.type)).limit(1)


def is_any_due(conn: Connection, now: datetime) -> bool:
    """Tell whether any filed article is to be read again."""
    return conn.scalar(IS_ANY_DUE, {"now": now}) is not None


def shards_due(now: datetime) -> Select[Any]:
    """The shards of the filed articles that are to be read again."""
    rows = select(host.c.shard).join_from(watch, url, url.c.key == watch.c.article)
    rows = rows.join(host, host.c.name == url.c.host).join(source, source.c.key == url.c.source)
    return rows.where(WAITS, watch.c.due <= now, AT_WORK, speaking(now)).distinct()


def checks_due(conn: Connection, ask: Ask) -> Iterator[Job]:
    """Yield the filed articles to read again, the longest overdue first."""
    if is_any_due(conn, ask.now):
        for r in conn.execute(_checks_due(ask)):
            yield Job(r.key, "recheck", r.url, r.host, r.source, r.tries, r.path or "")


def _checks_due(ask: Ask) -> Select[tuple[Any, ...]]:
    wanted = [watch.c.due <= ask.now, AT_WORK, speaking(ask.now), *within(ask.shard)]
    if ask.sources is not None:
        wanted.append(source.c.key.in_([key_of(u) for u in ask.sources]))
    if ask.busy_hosts:
        wanted.append(url.c.host.not_in(ask.busy_hosts))
    return (
        select(url.c.key, url.c.url, url.c.host, watch.c.tries, url.c.path, source.c.url.label("source"))
        .join_from(watch, url, url.c.key == watch.c.article)
        .join(source, source.c.key == url.c.source)
        .outerjoin(host, host.c.name == url.c.host)
        .where(*wanted)
        .order_by(watch.c.due, watch.c.article)
        .limit(ask.limit)
    )


def next_check(now: datetime) -> Select[tuple[datetime | None]]:
    """When the first filed article of a speaking host is read again."""
    silent = select(host.c.name).where(host.c.not_before > now).scalar_subquery()
    return (
        select(watch.c.due)
        .join_from(watch, url, url.c.key == watch.c.article)
        .where(WAITS, of_working(), url.c.host.not_in(silent))
        .order_by(watch.c.due)
        .limit(1)
    )


def next_word(now: datetime) -> Select[tuple[datetime | None]]:
    """When the first silenced host that has an article to be read again may be asked."""
    return (
        select(func.min(host.c.not_before))
        .join_from(watch, url, url.c.key == watch.c.article)
        .join(host, host.c.name == url.c.host)
        .where(WAITS, of_working(), host.c.not_before > now)
    )


def revised(conn: Connection) -> dict[bytes, int]:
    """Return how many articles of each source were rewritten since they were filed."""
    query = (
        select(url.c.source, func.count())
        .join_from(watch, url, url.c.key == watch.c.article)
        .where(REVISED, url.c.source.is_not(None))
        .group_by(url.c.source)
    )
    return {row[0]: row[1] for row in conn.execute(query)}
