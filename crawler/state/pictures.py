"""Pictures in tables: which are to be brought home, where those lie that were, which posts are to show them.

A picture is known by its address, so that one that a thousand articles show is fetched once.
As with `store`: each method is one transaction, every commit names the epoch, errors become StateError.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, func, select, update

from ..memory import Album, Picture, PictureOutcome, Shows
from ..model import Job
from ..reports import FailureReport
from ..urls import key as key_of
from . import albums
from .kind import Connect, whole
from .queries import ACTIVE, Ask
from .rows import Filed
from .schema import AWAY, COMING, FILED, LOST, album, picture, shown, url, watch


class Pictures:
    """The pictures of a state.

    Args:
        reading: opens a transaction that reads.
        writing: opens one that writes, as the shard's owner.
        flush: forces what was committed to the disk.
        shard: whose hosts are asked for; None: all.
    """

    def __init__(self, reading: Connect, writing: Connect, flush: Callable[[], None], shard: int | None = None) -> None:
        self._reading = reading
        self._writing = writing
        self._flush = flush
        self._shard = shard

    def known(self, addresses: Collection[str], folder: str) -> Mapping[str, str]:
        """Return where pictures lie that were brought into a folder, by address; others are left out."""
        with self._reading() as conn:
            return albums.known(conn, addresses, folder)

    def due(
        self,
        now: datetime,
        limit: int,
        *,
        sources: Collection[str] | None = None,
        busy_hosts: Collection[str] = (),
        per_host: int = 1,
    ) -> tuple[Job, ...]:
        """Return pictures to fetch that articles of active sources show, fairly by host; see `State.due_articles`."""
        with self._reading() as conn:
            rows = conn.execute(albums.pictures_due(Ask(now, limit, sources, busy_hosts, self._shard), per_host))
            return tuple(Job(r.key, "picture", r.url, r.host, r.source, r.tries) for r in rows)

    def of(self, article: bytes, now: datetime) -> tuple[Job, ...]:
        """Return the pictures to fetch that one article shows, in the order of their addresses; due ones."""
        rows = select(picture.c.key, picture.c.url, picture.c.host, picture.c.tries)
        rows = rows.join_from(shown, picture, picture.c.key == shown.c.picture).order_by(picture.c.url)
        with self._reading() as conn:
            found = conn.execute(rows.where(shown.c.article == article, COMING, picture.c.due <= now))
            return tuple(Job(r.key, "picture", r.url, r.host, "", r.tries) for r in found)

    def due_albums(self, now: datetime, limit: int, *, sources: Collection[str] | None = None) -> tuple[Job, ...]:
        """Return posts of active sources to rewrite, as pictures that they show are in the archive now.

        They are of no host: nobody is asked for anything.
        """
        with self._reading() as conn:
            rows = conn.execute(albums.albums_due(now, limit, sources, self._shard))
            return tuple(Job(r.key, "album", r.url, "", r.source, path=r.path or "") for r in rows)

    def next_due(self, now: datetime, sources: Collection[str] | None = None) -> datetime | None:
        """Return when `due` or `due_albums` next have something; may be early where a host is silent, never late."""
        with self._reading() as conn:
            return min(filter(None, albums.next_due(conn, now, sources)), default=None)

    def next_now(self, now: datetime, sources: Collection[str]) -> datetime | None:
        """Return the same without what failed and waits for its next try; that is left to later runs."""
        with self._reading() as conn:
            due, word = albums.next_due(conn, now, sources)
        return due if due is not None and due <= now else word

    @whole
    def hurry(self, now: datetime, sources: Collection[str] | None = None) -> None:
        """Make every waiting picture due at once that articles of these sources (urls; None: all) show."""
        with self._writing() as conn:
            albums.hurry(conn, now, sources)

    def picture(self, key: bytes) -> Picture:
        """Return the picture of a job."""
        with self._reading() as conn:
            row = conn.execute(select(picture).where(picture.c.key == key)).first()
            if row is None:
                raise KeyError(key.hex())
            return Picture(row.url, row.referer, row.folder)

    @whole
    def settle(self, outcome: PictureOutcome, now: datetime) -> None:
        """Record how a picture's job ended; posts that can show it by now become due."""
        values = {"state": outcome.state, "error": outcome.error, "tries": outcome.tries, "due": outcome.due}
        with self._writing() as conn:
            mine = picture.c.key == outcome.key
            if not conn.execute(update(picture).where(mine).values(**values, path=outcome.path or None)).rowcount:
                raise KeyError(outcome.key.hex())
            albums.ripen(conn, select(shown.c.article).where(shown.c.picture == outcome.key), now)

    def album(self, article: bytes) -> Album | None:
        """Return what a post can show by now; None where nothing of it is awaited any more."""
        columns = (album.c.next_hash, url.c.path, url.c.file_hash, watch.c.next_hash.label("reread"))
        rows = select(*columns).join_from(album, url, url.c.key == album.c.article)
        rows = rows.outerjoin(watch, watch.c.article == album.c.article)
        done = select(picture.c.url, picture.c.path).join_from(shown, picture, picture.c.key == shown.c.picture)
        with self._reading() as conn:
            row = conn.execute(rows.where(album.c.article == article)).first()
            there = conn.execute(done.where(shown.c.article == article, albums.DONE)).all()
        if row is None:
            return None
        hashes = frozenset(filter(None, (row.file_hash, row.next_hash, row.reread)))
        return Album(row.path or "", {one.url: one.path for one in there}, hashes, row.next_hash or b"")

    @whole
    def expect(self, article: bytes, next_hash: bytes) -> None:
        """Save which bytes are about to replace a post; on the disk when this returns."""
        with self._writing() as conn:
            conn.execute(update(album).where(album.c.article == article).values(next_hash=next_hash))
        self._flush()

    @whole
    def hung(self, article: bytes, file_hash: bytes, addresses: Collection[str], now: datetime) -> None:
        """Note that a post, of these bytes now, shows pictures, by their addresses, from the archive."""
        with self._writing() as conn:
            albums.hung(conn, article, file_hash, addresses, now)

    @whole
    def forget(self, article: bytes) -> None:
        """Leave a post as it is for good."""
        with self._writing() as conn:
            albums.forget(conn, article)

    def posts(self, source_url: str, after: bytes = b"", limit: int = 500) -> tuple[Filed, ...]:
        """Return one batch of a source's posts by key, but for those that are a person's; see `State.filed`."""
        query = select(url.c.key, url.c.url, url.c.path, url.c.file_hash).outerjoin_from(
            url, watch, watch.c.article == url.c.key
        )
        mine = and_(FILED, url.c.source == key_of(source_url), url.c.key > after, watch.c.is_over.is_not(True))
        with self._reading() as conn:
            rows = conn.execute(query.where(mine).order_by(url.c.key).limit(limit))
            return tuple(Filed(r.key, r.url, r.path, r.file_hash or b"") for r in rows)

    @whole
    def enlist(self, posts: Sequence[tuple[bytes, bytes, Shows]], now: datetime) -> int:
        """Have pictures of posts brought home; return of how many some are to come, which were not given up.

        Args:
            posts: each by key, the hash of its bytes, and what it shows. The bytes of one that was adopted are taken
                for ours from now on.
            now: pictures that are new are due then.
        """
        with self._writing() as conn:
            for article, file_hash, shows in posts:
                conn.execute(update(url).where(url.c.key == article).values(file_hash=file_hash))
                albums.enroll(conn, article, shows, now)
            keys = [article for article, _, _ in posts]
            return conn.scalar(select(func.count()).where(album.c.article.in_(keys))) or 0

    def counts(self) -> tuple[int, int]:
        """Return how many pictures are waited for and how many were given up, of those that active sources show."""
        counted = select(func.count()).select_from(picture).where(AWAY, albums.wanted(albums.ours(None, ACTIVE)))
        with self._reading() as conn:
            return conn.scalar(counted.where(COMING)) or 0, conn.scalar(counted.where(LOST)) or 0

    def failures(self, limit: int) -> tuple[FailureReport, ...]:
        """Return the pictures that failed last time: those that are tried again by their next try, then dead ones."""
        mine = albums.ours(None, ACTIVE)
        columns = (picture.c.url, picture.c.state, picture.c.error, picture.c.tries, picture.c.due)
        failed = (AWAY, picture.c.error != "", albums.wanted(mine))
        rows = select(*columns, albums.source_of(mine, mine.c.name).label("name")).where(*failed)
        rows = rows.order_by(picture.c.state.desc(), picture.c.due, picture.c.url).limit(limit)
        with self._reading() as conn:
            return tuple(
                FailureReport(r.name, r.url, "image", r.state, r.error, r.tries, r.due) for r in conn.execute(rows)
            )
