"""The tables as the queries see them, and the types of their columns.

Rule: one schema for SQLite and PostgreSQL. The tables are made by `migrations`, never from here; a test compares
the two. Times are stored as microseconds since 1970 UTC: exact, sortable, one type everywhere.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Dialect,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    and_,
    literal_column,
)
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored as microseconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Write one; a naive datetime is a bug and raises TypeError."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Read one back, in UTC."""
        return None if value is None else EPOCH + value * MICROSECOND


class Words(TypeDecorator[str]):
    """Text from outside: lone surrogates, which no database takes, and NUL, which PostgreSQL refuses, become "?"."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Write one."""
        return None if value is None else value.encode("utf-8", "replace").decode().replace("\0", "?")


class Span(TypeDecorator[timedelta]):
    """A length of time, stored as microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        """Write one."""
        return None if value is None else value // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        """Read one back."""
        return None if value is None else value * MICROSECOND


class Numbers(TypeDecorator[tuple[int, ...]]):
    """A few small numbers, stored as text with commas."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[int, ...] | None, dialect: Dialect) -> str:
        """Write them."""
        return ",".join(map(str, value or ()))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[int, ...]:
        """Read them back."""
        return tuple(map(int, value.split(","))) if value else ()


metadata = MetaData()

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

shard = Table(
    "shard",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("owner", Words, nullable=False),
    Column("taken", Moment, nullable=False),
)

host = Table(
    "host",
    metadata,
    Column("name", Words, primary_key=True),
    Column("shard", BigInteger, nullable=False),
    Column("not_before", Moment),
    Column("fails", Integer, nullable=False),
    Column("robots", LargeBinary),
    Column("robots_until", Moment),
)

source = Table(
    "source",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("position", Integer, nullable=False),  # in the configuration
    Column("name", Words, nullable=False),
    Column("url", Words, nullable=False),
    Column("host", Words, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("etag", Words, nullable=False),
    Column("modified", Words, nullable=False),
    Column("address", Words, nullable=False),
    Column("body_hash", LargeBinary, nullable=False),
    Column("fails", Integer, nullable=False),
    Column("off", Boolean, nullable=False),
    Column("moved_to", Words, nullable=False),
    Column("moved_since", Moment),
    Column("moved_polls", Integer, nullable=False),
    Column("last_success", Moment),
    Column("last_new", Moment),
    Column("next_poll", Moment),  # none: at once
    Column("ttl", Span),
    Column("skip_hours", Numbers, nullable=False),
    Column("skip_days", Numbers, nullable=False),
    Column("filters", LargeBinary, nullable=False),
    Column("error", Words, nullable=False),
    Column("next_why", Words, nullable=False),
    Column("fresh", Span),
    Column("rhythm", Numbers, nullable=False),
    Column("rhythm_since", Moment),
    Column("ttl_base", Moment),
    Column("empty_since", Moment),
    Column("told", Text, nullable=False),  # the trouble that `notify` told last; "" for none
    Column("paused", Moment),  # since when a person wants it left alone; none: it is worked
)

url = Table(
    "url",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("host", Words, ForeignKey("host.name"), nullable=False),
    Column("url", Words, nullable=False),  # "" for an alias that only a page named
    Column("source", LargeBinary, ForeignKey("source.key")),  # none: a post whose source is not configured
    Column("prio", Integer, nullable=False),
    Column("due", Moment),  # pending ones have it (checked)
    Column("state", Text, nullable=False),  # pending | done | dead
    Column("tries", Integer, nullable=False),
    Column("error", Words, nullable=False),
    Column("path", Words),  # an alias names the post of the other
    Column("path_key", Words),  # see `fold`; who has it holds the path
    Column("file_hash", LargeBinary),
    Column("entry", LargeBinary),  # see entries.py
    Column("first_seen", Moment, nullable=False),
    Column("done_at", Moment),
    Column("held", Boolean, nullable=False),  # a text was there, and not believed; pending and dead ones only
    Column("origin", Text, nullable=False),  # of a post's text: page | feed; "" when it is not known
    Column("backfill", BigInteger),  # that brought it, which may be forgotten; none: a poll or a person did
    Column("outside", Moment),  # when it was published, of a done one that a backfill's window left out: it is unknown
)

fingerprint = Table(
    "fingerprint",
    metadata,
    Column("source", LargeBinary, ForeignKey("source.key"), primary_key=True),
    Column("article", LargeBinary, ForeignKey("url.key"), primary_key=True),
    Column("taken", Moment, nullable=False),
    Column("refused", Boolean, nullable=False),
    Column("blocks", LargeBinary, nullable=False),
)

watch = Table(  # of filed articles, to notice that they changed; see `memory.Watch`
    "watch",
    metadata,
    Column("article", LargeBinary, ForeignKey("url.key"), primary_key=True),
    Column("read", Moment, nullable=False),
    Column("written", Moment, nullable=False),
    Column("next_hash", LargeBinary),
    Column("said", LargeBinary, nullable=False),
    Column("updated", Moment),
    Column("due", Moment),  # none: never, unless the feed says something new
    Column("entry", LargeBinary),  # see entries.py; none: the due time is one of the source's `recheck`
    Column("reads", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("revised", Integer, nullable=False),
    Column("is_feeds", Boolean, nullable=False),
    Column("is_over", Boolean, nullable=False),
    Column("etag", Words, nullable=False),
    Column("modified", Words, nullable=False),
    Column("keeps_head", Boolean, nullable=False),
    Column("error", Words, nullable=False),
    sqlite_with_rowid=False,
)

mention = Table(
    "mention",
    metadata,
    Column("article", LargeBinary, ForeignKey("url.key"), primary_key=True),
    Column("source", LargeBinary, ForeignKey("source.key"), primary_key=True),
    Column("guid", LargeBinary, nullable=False),  # hash, like the next three; empty where there is none
    Column("place", LargeBinary, nullable=False),
    Column("fragment", LargeBinary, nullable=False),
    Column("title", LargeBinary, nullable=False),
    Column("published", Moment),
    Column("doubted", Boolean, nullable=False),  # the guid
    Column("seen", Moment, nullable=False),  # when it was first named
)

backfill = Table(  # see `past.Backfill`
    "backfill",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("source", LargeBinary, ForeignKey("source.key"), nullable=False),
    Column("asked", Text, nullable=False),  # JSON, equal for equal wishes
    Column("origin", Words, nullable=False),  # JSON
    Column("method", Text, nullable=False),
    Column("state", Text, nullable=False),  # going | done | failed
    Column("took", Boolean, nullable=False),
    Column("said", Words, nullable=False),  # of the methods before
    Column("word", Words, nullable=False),  # the last that a document of the method at work had to say
    Column("started", Moment, nullable=False),
    Column("ended", Moment),
    Column("worked", Span, nullable=False),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("listed", "known", "outside", "unwanted", "owed", "taken", "archived", "failed", "steps")
    ),
)

step = Table(
    "step",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("backfill", BigInteger, ForeignKey("backfill.id"), nullable=False),
    Column("place", BigInteger, nullable=False),  # in the order of reading
    Column("method", Text, nullable=False),
    Column("host", Words, nullable=False),
    Column("url", Words, nullable=False),
    Column("cursor", Words, nullable=False),
    Column("guess", Boolean, nullable=False),
    Column("due", Moment),  # none: given up, until its backfill is asked for again
    Column("tries", Integer, nullable=False),
    Column("error", Words, nullable=False),
    Column("passing", Boolean, nullable=False),  # whether that failure may pass
)

backlog = Table(  # articles that a backfill found, before they enter the frontier
    "backlog",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),  # in the order found
    Column("key", LargeBinary, nullable=False),
    Column("backfill", BigInteger, ForeignKey("backfill.id"), nullable=False),
    Column("host", Words, nullable=False),
    Column("url", Words, nullable=False),
    Column("entry", LargeBinary, nullable=False),  # see packing.py
    Column("again", Boolean, nullable=False),  # whether it is tried again where it was given up
)

picture = Table(
    "picture",
    metadata,
    Column("key", LargeBinary, primary_key=True),  # see `assets.key`
    Column("folder", Text, nullable=False),  # of the archive, where it goes
    Column("host", Words, ForeignKey("host.name"), nullable=False),
    Column("url", Words, nullable=False),
    Column("referer", Words, nullable=False),  # the article that named it first
    Column("state", Text, nullable=False),  # pending | done | dead
    Column("due", Moment),  # pending ones have it (checked)
    Column("tries", Integer, nullable=False),
    Column("error", Words, nullable=False),
    Column("path", Text),  # done ones have it
)

shown = Table(  # which posts show which pictures from where they are; not those that were brought home
    "shown",
    metadata,
    Column("article", LargeBinary, ForeignKey("url.key"), primary_key=True),
    Column("picture", LargeBinary, ForeignKey("picture.key"), primary_key=True),
)

album = Table(  # posts with pictures that are still to be brought home
    "album",
    metadata,
    Column("article", LargeBinary, ForeignKey("url.key"), primary_key=True),
    Column("due", Moment),  # when the post is rewritten; none: its pictures are awaited
    Column("next_hash", LargeBinary),  # of the bytes that are about to replace it; kept when a run is cut off there
)

run = Table(
    "run",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),  # SQLite counts INTEGERs only
    Column("kind", Text, nullable=False),
    Column("started", Moment, nullable=False),
    Column("ended", Moment),
    Column("tally", Text, nullable=False),
    Column("seen", Moment),  # its last sign of life; none in runs of older versions
)

#: Spelled out, not bound: a planner takes a partial index only where it sees the index's own condition
#: (https://www.sqlite.org/partialindex.html §3, the same in PostgreSQL).
PENDING: ColumnElement[bool] = url.c.state == literal_column("'pending'")
DEAD: ColumnElement[bool] = url.c.state == literal_column("'dead'")

#: The same of articles that are pending or dead: few beside those that are done.
OPEN: ColumnElement[bool] = url.c.state != literal_column("'done'")

#: The same of posts that feeds brought, which tell how a source fares: few beside those of backfills (see `reports`).
FROM_FEEDS: ColumnElement[bool] = and_(url.c.prio <= literal_column("1"), url.c.path_key.is_not(None))
#: The same of posts of ours: what was left out on purpose and what is only another name of an article hold no path.
FILED: ColumnElement[bool] = and_(url.c.state == literal_column("'done'"), url.c.path_key.is_not(None))

#: The same of what a backfill took out of its backlog and nobody has tried yet.
IN_HAND: ColumnElement[bool] = and_(PENDING, url.c.tries == literal_column("0"), url.c.backfill.is_not(None))

#: The same of filed articles that are to be read again, and of those that were rewritten.
WAITS: ColumnElement[bool] = watch.c.due.is_not(None)
REVISED: ColumnElement[bool] = watch.c.revised > literal_column("0")
#: And of stubs whose texts could not be had.
FAILED: ColumnElement[bool] = watch.c.error != literal_column("''")

#: The same of pictures that wait to be brought home, of those that were given up, of both.
COMING: ColumnElement[bool] = picture.c.state == literal_column("'pending'")
LOST: ColumnElement[bool] = picture.c.state == literal_column("'dead'")
AWAY: ColumnElement[bool] = picture.c.state != literal_column("'done'")
#: And of posts that can show some by now.
RIPE: ColumnElement[bool] = album.c.due.is_not(None)


def fold(path: str) -> str:
    """Return what a file system blind to case and Unicode form takes a path for (Unicode §3.13, D145)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())
