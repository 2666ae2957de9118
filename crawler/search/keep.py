"""Keep the index as the files are: read what changed, forget what is gone.

Files are the truth: what is here can be lost at any time. May touch the archive (read only) and the index.
Posts are read and cut into tokens before a transaction begins, so that others wait for none of that; what another
process wrote meanwhile is seen by its digest, and not written twice.
"""

from __future__ import annotations

import errno
import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ..archive import Archive, OpenArchive, Place, Stamp, facts, file_hash, open_archive
from ..batches import batches
from ..errors import ArchiveError, SearchAbsent, SearchDamaged
from ..moments import EPOCH
from . import database
from .texts import text_of
from .tokens import singles, tokens

log = logging.getLogger(__name__)

#: Files that are looked up at a time, and posts and bytes of them that are written in one transaction.
LOOKED_UP, BATCH, BATCH_BYTES = 500, 200, 8 * 1024 * 1024
#: The index is made anew once it holds so many posts that are gone, and more of them than others.
MANY_GONE = 1000
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Index:
    """Where the index is, and the posts that it is of. Nothing is open between two calls; use from any thread."""

    place: Path | None  #: its file; None: in memory, see `find.search_files`
    root: Place  #: where the archive is


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of keeping."""

    read: int = 0  #: posts that were new or changed
    gone: int = 0  #: posts that are there no more
    is_whole: bool = False  #: whether all files were looked at, now or by an earlier walk


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an index is."""

    walked: datetime | None = None  #: when all files were looked at last; None: never
    files: int = 0  #: it knows of, those that are no posts among them


@dataclass(frozen=True, slots=True)
class Row:
    """A post, ready to be written."""

    path: str
    stamp: Stamp
    digest: bytes
    url: str = ""  #: "": no post, and remembered so that it is not read again
    title: str = ""
    names: tuple[str, ...] = ()
    published: int | None = None  #: ms since 1970
    words: tuple[str, str] = ("", "")  #: tokens of title and text, with blanks between
    letters: str = ""


def never() -> bool:
    """Let the work go on."""
    return False


def nobody(_: int) -> None:
    """Nobody wants to know how far it is."""


def walk(index: Index, now: datetime, stop: Callable[[], bool] = never, saw: Callable[[int], None] = nobody) -> Kept:
    """Look at every file of the archive; an index that is damaged or holds too much that is gone is made anew.

    Args:
        index: made if there is none.
        now: when, for `walked`.
        stop: asked between two posts; what was read by then is kept, and the next walk goes on.
        saw: told how many posts were read so far.

    Raises:
        SearchError: the index cannot be written.
        ArchiveError: the archive cannot be read.
    """
    return _mending(index, lambda: _walk(index, now, stop, saw))


def update(index: Index, paths: Iterable[str]) -> Kept:
    """Look at some files, which may be gone. As `walk`; one that is made anew has no others until the next walk."""
    wanted = sorted(set(paths))
    return _mending(index, lambda: _update(index, wanted))


def standing(index: Index) -> Standing:
    """Return how far the index is; one that is damaged is as good as none.

    Raises:
        SearchError: it cannot be read.
    """
    if index.place is None:
        return Standing()
    try:
        with database.reading(index.place) as conn:
            return Standing(last_walk(conn), conn.execute("SELECT count(*) FROM post").fetchone()[0])
    except (SearchAbsent, SearchDamaged):
        return Standing()


def remove(index: Index) -> None:
    """Remove the index, so that the next walk makes it anew.

    Raises:
        SearchError: it is another program's, in use, or cannot be removed.
    """
    if index.place is not None:
        database.remove(index.place, database.removals(index.place))


def last_walk(conn: sqlite3.Connection) -> datetime | None:
    """Return when the last walk ended."""
    row = conn.execute("SELECT value FROM note WHERE name = 'walked'").fetchone()
    return EPOCH + row[0] * MILLISECOND if row and isinstance(row[0], int) else None


def _mending(index: Index, work: Callable[[], Kept]) -> Kept:
    """Work, and once more on an empty index where it turned out to be damaged."""
    seen = database.removals(index.place) if index.place is not None else 0
    try:
        return work()
    except SearchDamaged as e:
        if index.place is None:
            raise
        log.info("%s; it is made anew", e)
        database.remove(index.place, seen)
    return work()


def _walk(index: Index, now: datetime, stop: Callable[[], bool], saw: Callable[[int], None]) -> Kept:
    if index.place is not None:
        _remove_if_mostly_gone(index.place)
    with database.writing(index.place) as conn:
        return walk_into(conn, index.root, now, stop, saw)


def walk_into(
    conn: sqlite3.Connection, root: Place, now: datetime, stop: Callable[[], bool], saw: Callable[[int], None]
) -> Kept:
    """As `walk`, with an index that is open."""
    archive, read = open_archive(root), 0
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS seen (path TEXT PRIMARY KEY) WITHOUT ROWID")
    conn.execute("DELETE FROM seen")
    for batch in batches(archive.walk(), LOOKED_UP):
        conn.executemany("INSERT OR IGNORE INTO seen VALUES (?)", [(path,) for path, _ in batch])
        for rows in _filled(_changed(conn, archive, batch, stop)):
            read += _write(conn, rows)
            saw(read)
        if stop():
            return Kept(read, 0, last_walk(conn) is not None)
    gone = _forget_gone(conn, archive)
    with database.transaction(conn):
        _note(conn, "walked", (now - EPOCH) // MILLISECOND)
    return Kept(read, gone, is_whole=True)


def _update(index: Index, paths: list[str]) -> Kept:
    archive, read = open_archive(index.root), 0
    looks = [(path, archive.stamp(path)) for path in paths]
    gone, there = [path for path, seen in looks if seen is None], [(path, seen) for path, seen in looks if seen]
    with database.writing(index.place) as conn:
        for rows in _filled(_changed(conn, archive, there, never)):
            read += _write(conn, rows)
        return Kept(read, _forget(conn, gone), last_walk(conn) is not None)


def _remove_if_mostly_gone(place: Path) -> None:
    seen = database.removals(place)
    if _is_mostly_gone(place):
        database.remove(place, seen)


def _is_mostly_gone(place: Path) -> bool:
    try:
        with database.reading(place) as conn:
            gone = (conn.execute("SELECT value FROM note WHERE name = 'gone'").fetchone() or (0,))[0]
            return gone > MANY_GONE and gone > conn.execute("SELECT count(*) FROM post").fetchone()[0]
    except SearchAbsent:
        return False


def _changed(
    conn: sqlite3.Connection, archive: Archive, files: Sequence[tuple[str, Stamp]], stop: Callable[[], bool]
) -> Iterator[Row]:
    """Yield what is new of files, read and cut into tokens.

    How they look was seen before they are read: what changes in between is noticed by the next walk.
    """
    known: dict[str, Stamp] = {}
    for some in batches((path for path, _ in files), LOOKED_UP):
        marks = ",".join("?" * len(some))
        rows = conn.execute(f"SELECT path, size, changed FROM post WHERE path IN ({marks})", some)  # noqa: S608
        known |= {path: Stamp(size, changed) for path, size, changed in rows}
    for path, seen in files:
        if seen != known.get(path) and not stop():
            row = _read(archive, path, seen)
            if row is not None:
                yield row


def _read(archive: Archive, path: str, seen: Stamp) -> Row | None:
    """Read a post; None for one that cannot be read, which is tried again by each walk.

    Raises:
        ArchiveError: the machine has no more to give, so that no other could be read either.
    """
    try:
        data = archive.read(path)
    except ArchiveError as e:
        if isinstance(e.__cause__, OSError) and e.__cause__.errno in EXHAUSTED:
            raise
        log.debug("not indexed: %s", e)
        return None
    if data is None:
        return None
    known = facts(data)
    if known is None:
        return Row(path, seen, file_hash(data))
    text = text_of(data)
    published = (known.published - EPOCH) // MILLISECOND if known.published else None
    of_title, of_text = tokens(known.title), tokens(text)
    words, letters = (" ".join(of_title), " ".join(of_text)), " ".join(singles((*of_title, *of_text)))
    title = known.title.encode("utf-8", "replace").decode()  # YAML can write halves of characters
    return Row(path, seen, file_hash(data), known.url, title, known.names, published, words, letters)


def _filled(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Yield rows in lists that are worth a transaction and fit into memory."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += row.stamp.size
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _write(conn: sqlite3.Connection, rows: list[Row]) -> int:
    """Write rows; return how many of them are posts that are new or differ."""
    with database.transaction(conn):
        return sum(_write_one(conn, row) for row in rows)


def _write_one(conn: sqlite3.Connection, row: Row) -> bool:
    there = conn.execute("SELECT id, digest FROM post WHERE path = ?", (row.path,)).fetchone()
    if there and there[1] == row.digest:
        conn.execute(
            "UPDATE post SET size = ?, changed = ? WHERE id = ?", (row.stamp.size, row.stamp.changed, there[0])
        )
        return False
    if there:
        _forget_rows(conn, [there[0]])
    columns = "path, size, changed, digest, url, title, source, published"
    source = row.names[0] if row.names else ""
    values = (row.path, row.stamp.size, row.stamp.changed, row.digest, row.url, row.title, source, row.published)
    number = conn.execute(f"INSERT INTO post ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values).lastrowid  # noqa: S608
    if not row.url:
        return False
    conn.executemany("INSERT OR IGNORE INTO label VALUES (?, ?)", [(name, number) for name in row.names])
    conn.execute("INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)", (number, *row.words))
    conn.execute("INSERT INTO letters (rowid, letter) VALUES (?, ?)", (number, row.letters))
    return True


def _forget_gone(conn: sqlite3.Connection, archive: OpenArchive) -> int:
    """Forget the posts that the walk did not see, and that are no more; return how many."""
    forgotten, after = 0, 0
    while rows := conn.execute(
        "SELECT id, path FROM post WHERE id > ? AND path NOT IN (SELECT path FROM seen) ORDER BY id LIMIT ?",
        (after, LOOKED_UP),
    ).fetchall():
        after = rows[-1][0]
        forgotten += _forget(conn, [path for _, path in rows if archive.stamp(path) is None])
    return forgotten


def _forget(conn: sqlite3.Connection, paths: list[str]) -> int:
    if not paths:
        return 0
    with database.transaction(conn):
        found = [conn.execute("SELECT id FROM post WHERE path = ?", (path,)).fetchone() for path in paths]
        return _forget_rows(conn, [row[0] for row in found if row])


def _forget_rows(conn: sqlite3.Connection, numbers: list[int]) -> int:
    """Forget posts; what the index holds of their texts leads nowhere from now on."""
    conn.executemany("DELETE FROM post WHERE id = ?", [(number,) for number in numbers])
    gone = conn.execute("SELECT value FROM note WHERE name = 'gone'").fetchone() or (0,)
    _note(conn, "gone", gone[0] + len(numbers))
    return len(numbers)


def _note(conn: sqlite3.Connection, name: str, value: int) -> None:
    conn.execute("INSERT INTO note VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (name, value))
