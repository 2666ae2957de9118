"""The tables as the queries see them, and the indexes that the migrations are to have made for those."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Index, MetaData

from crawler.state.schema import (
    AWAY,
    COMING,
    FAILED,
    FILED,
    FROM_FEEDS,
    IN_HAND,
    OPEN,
    PENDING,
    REVISED,
    RIPE,
    WAITS,
    album,
    backlog,
    host,
    mention,
    metadata,
    picture,
    shown,
    source,
    step,
    url,
    watch,
)


@cache
def with_indexes() -> MetaData:
    """Return the tables with their indexes, which no query names and the product need not know."""
    Index("url_ready", url.c.host, url.c.prio, url.c.due, url.c.key, sqlite_where=PENDING, postgresql_where=PENDING)
    Index("url_due", url.c.due, sqlite_where=PENDING, postgresql_where=PENDING)
    ours = (url.c.source, url.c.first_seen, url.c.state, url.c.prio, url.c.tries, url.c.held)  # all that is counted
    Index("url_open", *ours, sqlite_where=OPEN, postgresql_where=OPEN)
    Index("url_lately", url.c.source, url.c.state, url.c.done_at, sqlite_where=FROM_FEEDS, postgresql_where=FROM_FEEDS)
    Index("host_shard", host.c.shard, host.c.name)
    Index("source_due", source.c.next_poll, source.c.position)
    Index("url_source", url.c.source, url.c.state, url.c.done_at)
    Index("url_filed", url.c.done_at, url.c.key, sqlite_where=FILED, postgresql_where=FILED)
    Index("url_path", url.c.path_key, unique=True)
    Index("watch_due", watch.c.due, sqlite_where=WAITS, postgresql_where=WAITS)
    Index("watch_revised", watch.c.article, sqlite_where=REVISED, postgresql_where=REVISED)
    Index("url_backfill", url.c.backfill, sqlite_where=IN_HAND, postgresql_where=IN_HAND)
    Index("watch_failed", watch.c.article, sqlite_where=FAILED, postgresql_where=FAILED)
    Index("backlog_key", backlog.c.backfill, backlog.c.key, unique=True)
    Index("backlog_next", backlog.c.backfill, backlog.c.host, backlog.c.id)
    Index("step_next", step.c.backfill, step.c.place)
    Index("step_due", step.c.backfill, step.c.due)
    Index("mention_guid", mention.c.source, mention.c.guid)
    Index("mention_place", mention.c.source, mention.c.place)
    Index("picture_waiting", picture.c.host, picture.c.due, picture.c.key, sqlite_where=COMING, postgresql_where=COMING)
    Index("picture_due", picture.c.due, sqlite_where=COMING, postgresql_where=COMING)
    Index("picture_open", picture.c.state, picture.c.due, sqlite_where=AWAY, postgresql_where=AWAY)
    Index("shown_picture", shown.c.picture)
    Index("album_due", album.c.due, sqlite_where=RIPE, postgresql_where=RIPE)
    return metadata
