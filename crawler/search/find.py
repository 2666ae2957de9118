"""Ask the index: posts for a query, the most relevant first.

May touch the index and, for snippets, the archive; both are read only.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from ..archive import Archive, Place, open_archive
from ..errors import ArchiveError, SearchDamaged, SearchError
from ..moments import EPOCH
from . import database
from .hits import Hit, Hits
from .keep import MILLISECOND, Index, last_walk, never, nobody, walk_into
from .query import Query, read_query
from .relevance import BY_DATE, BY_RANK, BY_TITLE, is_level
from .snippet import marked, snippet
from .texts import text_of

#: Hits on one page, and how far one may leaf: more is read by nobody, and each one costs a file.
MOST_HITS, FURTHEST = 1000, 1_000_000
#: Where hits are found and counted. SQLite is told both what to begin with and to leave the texts of a post alone:
#: there are thousands of hits, and one page of them is shown.
DATED = "post INDEXED BY post_dated"
FOUND = f"words CROSS JOIN {DATED} ON post.id = words.rowid"
COLUMNS = "post.path, post.url, post.title, post.source, post.published"

#: An SQL condition with what it is about.
Condition = tuple[str, tuple[object, ...]]


def search(
    index: Index,
    query: str,
    source: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 20,
    offset: int = 0,
) -> Hits:
    """Return a page of the posts that hold all words of a query.

    Args:
        index: read beside whoever writes it; a file in each call.
        query: as a person typed it; see `query.read_query`.
        source: only posts with that category or tag; "" for all.
        since: only posts published then or later; aware. Posts without a time are left out by either bound.
        until: only posts published before.
        limit: of hits on the page; MOST_HITS at most.
        offset: hits to leave out before it.

    Raises:
        QueryError: there is nothing to look for.
        SearchDamaged: the index was no sound database; it is removed, and a walk makes it anew.
        SearchAbsent: there is none yet.
        SearchError: it cannot be read.
    """
    wanted = read_query(query)
    assert index.place is not None  # noqa: S101 - see `search_files`
    conditions = filters(source, since, until)
    seen = database.removals(index.place)
    try:
        with database.reading(index.place) as conn:
            return find(conn, index.root, wanted, conditions, limit, offset)
    except SearchDamaged:
        with contextlib.suppress(SearchError):  # who may not remove it, may not make it either
            database.remove(index.place, seen)
        raise


def is_known(index: Index, source: str) -> bool:
    """Tell whether any post has that category or tag.

    Raises:
        SearchError: as `search`.
    """
    assert index.place is not None  # noqa: S101 - see `search_files`
    with database.reading(index.place) as conn:
        return conn.execute("SELECT 1 FROM label WHERE name = ? LIMIT 1", (source,)).fetchone() is not None


def search_files(
    root: Place, query: str, source: str = "", since: datetime | None = None, until: datetime | None = None,
    limit: int = 20, offset: int = 0, saw: Callable[[int], None] = nobody,
) -> Hits:  # fmt: skip
    """As `search`, where no index can be written: it is made in memory, which takes its time, and thrown away.

    Raises:
        QueryError: there is nothing to look for.
        ArchiveError: the archive cannot be read.
        SearchError: SQLite cannot search.
    """
    wanted = read_query(query)
    with database.writing(None) as conn:
        walk_into(conn, root, EPOCH, never, saw)
        return find(conn, root, wanted, filters(source, since, until), limit, offset)


def filters(source: str, since: datetime | None, until: datetime | None) -> tuple[Condition, ...]:
    """Return the conditions beside the words."""
    found: list[Condition] = []
    if source:
        found.append(("post.id IN (SELECT post FROM label WHERE name = ?)", (source,)))
    if since is not None:
        found.append(("post.published >= ?", (_ceiling(since),)))
    if until is not None:
        found.append(("post.published < ?", (_ceiling(until),)))
    return tuple(found)


def _ceiling(moment: datetime) -> int:
    return -((EPOCH - moment) // MILLISECOND)


def find(
    conn: sqlite3.Connection, root: Place, query: Query, conditions: tuple[Condition, ...], limit: int, offset: int
) -> Hits:
    """As `search`, with an index that is open."""
    where, values = _where(query, conditions)
    counted, searched = (FOUND, FOUND) if query.match else (DATED, "post")
    (total,) = conn.execute(f"SELECT count(*) FROM {counted} WHERE {where}", values).fetchone()  # noqa: S608
    order, first = _order(conn, query, total)
    limit, offset = max(0, min(limit, MOST_HITS)), max(0, min(offset, FURTHEST))
    page = conn.execute(
        f"SELECT post.id FROM {searched} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608
        (*values, *first, limit, offset),
    )
    rows = [conn.execute(f"SELECT {COLUMNS} FROM post WHERE id = ?", number).fetchone() for number in page]  # noqa: S608
    return Hits(tuple(_hits(root, query, rows)), total, last_walk(conn) is not None)


def _order(conn: sqlite3.Connection, query: Query, total: int) -> tuple[str, tuple[str, ...]]:
    """Return the order of so many posts in SQL, with its values."""
    if not query.match:
        return BY_TITLE, (query.singles[0],)
    (last,) = conn.execute("SELECT ifnull(max(rowid), 0) FROM words").fetchone()  # at once; a count takes its time
    return (BY_DATE if is_level(total, last, len(query.matches)) else BY_RANK), ()


def _where(query: Query, conditions: tuple[Condition, ...]) -> tuple[str, tuple[object, ...]]:
    parts = list(conditions)
    if query.match:
        parts.append(("words MATCH ?", (query.match,)))
    if query.singles:
        letters = " AND ".join(f'"{letter}"' for letter in query.singles)
        parts.append(("post.id IN (SELECT rowid FROM letters WHERE letters MATCH ?)", (letters,)))
    return " AND ".join(text for text, _ in parts), tuple(value for _, values in parts for value in values)


def _hits(root: Place, query: Query, rows: list[tuple[str, str, str, str, int | None]]) -> Iterator[Hit]:
    archive = open_archive(root)
    for path, url, title, source, published in rows:
        when = EPOCH + timedelta(milliseconds=published) if published is not None else None
        text = _text(archive, path)
        shown = snippet(text, query) if text else ()
        yield Hit(path, url, marked(title, query), source, when, shown)


def _text(archive: Archive, path: str) -> str:
    """Return a post's text as it is now; "" where it is gone or cannot be read, which the next walk will see."""
    try:
        return text_of(archive.read(path) or b"")
    except ArchiveError:
        return ""
