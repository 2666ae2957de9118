"""What becomes of articles, many at once: the names of their posts, and how their jobs ended.

Rule: as in `writes`. The number of statements hardly grows with the number of articles, since a statement costs more
than what it does for one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any, TypeAlias

from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    Select,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)

from ..batches import batches, padded
from ..errors import GuidHeld, StateError
from ..memory import KEEP_REFUSED, KEEP_TAKEN, ArticleOutcome, Reservation
from ..urls import host as host_of
from . import albums, mentions, watches
from .kind import Anew
from .schema import backfill, fingerprint, fold, url, watch
from .writes import BLANK, CHUNK, first_free, known, meet_hosts, put_in, taken

#: Statements of every article are made once: to make one takes SQLAlchemy longer than SQLite takes to work it.
KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
HELD = select(url.c.key, url.c.path, url.c.path_key).where(url.c.key.in_(KEYS))
_PRINT = select(fingerprint.c.taken).where(fingerprint.c.article == url.c.key, fingerprint.c.source == url.c.source)
_WATCH = select(watch.c.article).where(watch.c.article == url.c.key)
#: No EXISTS, which may be planned as a join with all fingerprints and watches that there are.
WORKED = select(
    url,
    _PRINT.scalar_subquery().is_not(None).label("has_print"),
    _WATCH.scalar_subquery().is_not(None).label("has_watch"),
).where(url.c.key.in_(KEYS))
CHANGE = update(url).where(url.c.key == bindparam("worked"))
FORGET_PRINT = delete(fingerprint).where(
    fingerprint.c.source == bindparam("origin"), fingerprint.c.article == bindparam("worked")
)
KEEP_PRINT = insert(fingerprint)


Write: TypeAlias = "Reservation | ArticleOutcome"
Former: TypeAlias = Callable[[Connection, bytes], Sequence[bytes]]


def repeatable(write: Write) -> Write:
    """Return a write that can be tried again."""
    return replace(write, paths=Anew(write.paths)) if isinstance(write, Reservation) else write


def record(
    conn: Connection, writes: Sequence[Write], now: datetime, former: Former
) -> dict[bytes, str | StateError | None]:
    """Reserve and settle; return the paths of the articles' posts, "" where one has none, None where no name is free.

    Args:
        conn: of the caller's transaction.
        writes: no article is named twice.
        now: the time.
        former: returns a source, and what it was before.

    Raises:
        KeyError: an article that nobody entered.
    """
    wanted = [one for one in writes if isinstance(one, Reservation)]
    outcomes = [one for one in writes if isinstance(one, ArticleOutcome)]
    held = _held(conn, wanted, former)
    paths = reserve(conn, [one for one in wanted if one.key not in held])
    settle(conn, outcomes, now)
    told: dict[bytes, str | StateError | None] = {one.key: paths.get(one.key) for one in wanted}
    return told | {one.key: one.path for one in outcomes} | held


# --- names ---


def _held(conn: Connection, wanted: Sequence[Reservation], former: Former) -> dict[bytes, GuidHeld]:
    """Return the articles whose sources know others by their guids, unless they are not believed."""
    origins = {one.key: former(conn, one.source) for one in wanted if one.guid}
    guids = {one.guid for one in wanted if one.guid}
    there = mentions.holders(conn, {origin for of_one in origins.values() for origin in of_one}, guids)
    held = dict[bytes, GuidHeld]()
    for one in wanted:
        same = [row for row in there if one.guid and row.guid == one.guid and row.source in origins[one.key]]
        if any(row.article != one.key for row in same) and not any(row.doubted for row in same):
            held[one.key] = GuidHeld("the guid is another article's")
    return held


def reserve(conn: Connection, wanted: Sequence[Reservation]) -> dict[bytes, str]:
    """Return the path of each article's post by its key: the one it holds, else the first that no other holds.

    An article of whose names none is free is left out.

    Raises:
        KeyError: an article that nobody entered.
    """
    held = _by_key(conn, HELD, [one.key for one in wanted])
    paths = {one.key: held[one.key].path for one in wanted if _is_good(held[one.key], one)}
    rest = [one for one in wanted if one.key not in paths]
    chosen = _chosen(conn, rest)
    places = sorted((fold(path), path, key) for key, path in chosen.items())  # so that two owners wait in one order
    if places:
        conn.execute(CHANGE, [{"worked": key, "path": path, "path_key": place} for place, path, key in places])
    return paths | chosen


def _by_key(conn: Connection, query: Select[Any], keys: Sequence[bytes]) -> dict[bytes, Row[Any]]:
    rows = {row.key: row for chunk in batches(keys, CHUNK) for row in conn.execute(query, {"keys": padded(chunk)})}
    for key in keys:
        if key not in rows:
            raise KeyError(key.hex())
    return rows


def _is_good(row: Row[Any], wanted: Reservation) -> bool:
    """Tell whether an article holds a path that was not found taken."""
    return row.path_key is not None and fold(row.path) not in {fold(path) for path in wanted.not_these}


def _chosen(conn: Connection, wanted: Sequence[Reservation]) -> dict[bytes, str]:
    """Choose a path for each article."""
    first = {one.key: next(_candidates(one, ()), None) for one in wanted}
    places = [fold(path) for path in first.values() if path is not None]
    held = taken(conn, padded(places)) if places else set()
    paths: dict[bytes, str] = {}
    for one in wanted:
        path = first[one.key]
        if path is None or fold(path) in held:
            path = first_free(conn, _candidates(one, held))
        if path is not None:
            paths[one.key] = path
            held.add(fold(path))
    return paths


def _candidates(wanted: Reservation, held: Collection[str]) -> Iterator[str]:
    refused = {fold(path) for path in wanted.not_these}
    return (path for path in wanted.paths if fold(path) not in refused and fold(path) not in held)


# --- ends ---


def settle(conn: Connection, outcomes: Sequence[ArticleOutcome], now: datetime) -> None:
    """Record how articles' jobs ended.

    A job that failed while a poll gave its article another address stays settled.

    Raises:
        KeyError: an article that nobody entered.
    """
    for group in _apart(outcomes):
        rows = _by_key(conn, WORKED, [one.key for one in group])
        ended = [(rows[one.key], one) for one in group if rows[one.key].state != "done" or one.state == "done"]
        _end(conn, ended, now)
        _count(conn, ended)
        _remember(conn, ended, now)
        _watch(conn, ended)
        for row, outcome in ended:
            _follow(conn, row, outcome, now)


def _apart(outcomes: Iterable[ArticleOutcome]) -> Iterator[list[ArticleOutcome]]:
    """Cut outcomes into groups in which no article is named twice, by its own key or as another's address."""
    group: list[ArticleOutcome] = []
    named: set[bytes] = set()
    for outcome in outcomes:
        if named & {outcome.key, *outcome.aliases}:
            yield group
            group, named = [], set()
        group.append(outcome)
        named |= {outcome.key, *outcome.aliases}
    if group:
        yield group


def _end(conn: Connection, ended: Sequence[tuple[Row[Any], ArticleOutcome]], now: datetime) -> None:
    """Change the articles' own rows; one statement for those in which the same columns change."""
    changes = [{"worked": row.key} | _changes(row, outcome, now) for row, outcome in ended]
    for _, alike in groupby(sorted(changes, key=tuple), key=tuple):
        conn.execute(CHANGE, list(alike))


def _changes(row: Row[Any], outcome: ArticleOutcome, now: datetime) -> dict[str, Any]:
    ended = {"state": outcome.state, "error": outcome.error, "tries": outcome.tries, "due": None, "held": outcome.held}
    if outcome.state == "pending":
        return ended | {"due": outcome.due}
    if outcome.state == "dead":
        return ended
    ended |= {"entry": None, "done_at": now, "file_hash": outcome.file_hash or None, "origin": outcome.origin}
    ended |= {"outside": outcome.outside}
    if outcome.path and outcome.path == row.path and row.path_key is not None:
        return ended
    place = fold(outcome.path) if outcome.path else None
    return ended | {"path": outcome.path or outcome.also or None, "path_key": place}


def _count(conn: Connection, ended: Iterable[tuple[Row[Any], ArticleOutcome]]) -> None:
    """Count articles for the backfills that brought them."""
    sums: dict[int, Counter[str]] = {}
    for row, outcome in ended:
        if row.backfill is not None and row.state != "done":
            sums.setdefault(row.backfill, Counter()).update(_counted(row, outcome))
    for number, changes in sorted(sums.items()):
        values = {name: backfill.c[name] + change for name, change in changes.items() if change}
        if values:
            conn.execute(update(backfill).where(backfill.c.id == number).values(values))


def _counted(row: Row[Any], outcome: ArticleOutcome) -> dict[str, int]:
    had_failed, is_done = row.tries > 0 or row.state == "dead", outcome.state == "done"
    return {
        "failed": int(not is_done) - int(had_failed),
        "archived": int(is_done and bool(outcome.path)),
        "outside": int(outcome.outside is not None),
        "known": int(is_done and not outcome.path and outcome.outside is None),
    }


def _remember(conn: Connection, ended: Sequence[tuple[Row[Any], ArticleOutcome]], now: datetime) -> None:
    """Keep what articles are made of, and forget the oldest of each source's beyond some."""
    kept = [(row, outcome) for row, outcome in ended if outcome.blocks and row.source is not None]
    if not kept:
        return
    again = [{"origin": row.source, "worked": row.key} for row, _ in kept if row.has_print]
    if again:
        conn.execute(FORGET_PRINT, again)
    prints = [
        {"source": row.source, "article": row.key, "taken": now, "refused": one.state != "done", "blocks": one.blocks}
        for row, one in kept
    ]
    conn.execute(KEEP_PRINT, prints)
    conn.execute(FORGET_OLD_PRINTS, {"keys": padded(sorted({row.source for row, _ in kept}))})


def _old_prints() -> Select[Any]:
    """Source and article of the fingerprints of some sources that are beyond those to be kept."""
    order = (fingerprint.c.taken.desc(), fingerprint.c.article)
    rank = func.row_number().over(partition_by=(fingerprint.c.source, fingerprint.c.refused), order_by=order)
    ranked = select(fingerprint.c.source, fingerprint.c.article, fingerprint.c.refused, rank.label("rank"))
    by_age = ranked.where(fingerprint.c.source.in_(KEYS)).subquery()
    most = case((by_age.c.refused, KEEP_REFUSED), else_=KEEP_TAKEN)
    return select(by_age.c.source, by_age.c.article).where(by_age.c.rank > most)


FORGET_OLD_PRINTS = delete(fingerprint).where(tuple_(fingerprint.c.source, fingerprint.c.article).in_(_old_prints()))


def _watch(conn: Connection, ended: Iterable[tuple[Row[Any], ArticleOutcome]]) -> None:
    """Watch articles from now on."""
    begun = [(row, outcome.watch) for row, outcome in ended if outcome.watch is not None]
    watches.begin(conn, [(row.key, new) for row, new in begun], {row.key for row, _ in begun if row.has_watch})


def _follow(conn: Connection, row: Row[Any], outcome: ArticleOutcome, now: datetime) -> None:
    """Do what follows from the end of few articles."""
    if outcome.state == "done" and row.url and row.host != host_of(row.url):
        _come_home(conn, row)
    for alias in outcome.aliases if outcome.state == "done" else ():
        _name_also(conn, alias, row, outcome, now)
    if row.source is not None and outcome.doubted:
        mentions.doubt(conn, row.source, outcome.doubted)
    if outcome.shows is not None:
        albums.enroll(conn, outcome.key, outcome.shows, now)


def _come_home(conn: Connection, row: Row[Any]) -> None:
    """Let an article that was had from a web archive belong to its own host: re-reads ask that one."""
    meet_hosts(conn, {host_of(row.url)})
    conn.execute(update(url).where(url.c.key == row.key).values(host=host_of(row.url)))


def _name_also(conn: Connection, alias: bytes, row: Row[Any], outcome: ArticleOutcome, now: datetime) -> None:
    """Make another key of an article known as done, unless it holds a path of its own."""
    done = {"state": "done", "due": None, "entry": None, "path": outcome.path or None, "done_at": now}
    if alias not in known(conn, (alias,)):
        facts = {"key": alias, "host": row.host, "url": "", "source": row.source, "first_seen": now}
        put_in(conn, [BLANK | facts | done])
    elif alias != outcome.key:
        free = (url.c.key == alias, url.c.state != "done", url.c.path_key.is_(None))
        conn.execute(update(url).where(*free).values(done))
