"""The writes that take more than one statement: into the frontier, and back from the archive; out of it, see `filing`.

Rule: each function works inside the caller's transaction and commits nothing. What is there already is looked up
first, then only the missing is inserted: no dialect's ON CONFLICT is needed, since a shard has one owner.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, insert, select, update

from ..batches import batches
from ..memory import Admission, Known
from ..packing import pack
from ..urls import host as host_of
from ..urls import key as key_of
from . import shards
from .kind import Collided
from .rows import Adopted
from .schema import fold, host, source, url

T = TypeVar("T")

#: Values in one IN (…); SQLite takes 32,766 of them, before 3.32 only 999 (https://www.sqlite.org/limits.html §9).
CHUNK = 500
#: Candidates looked up at once when the first path is taken; a site that calls every story the same has hundreds.
CANDIDATES = 64


def known(conn: Connection, keys: Sequence[bytes]) -> dict[bytes, Known]:
    """Return what we remember of some articles; any number of keys.

    One that a backfill read and left out for its date is not known: whoever else names it may want it.
    """
    found: dict[bytes, Known] = {}
    for chunk in batches(keys, CHUNK):
        rows = conn.execute(
            select(url.c.key, url.c.state, url.c.path, url.c.path_key).where(
                url.c.key.in_(chunk), url.c.outside.is_(None)
            )
        ).all()
        holders = _holders(conn, {fold(r.path) for r in rows if r.path and r.path_key is None})
        articles = {r.key: holders.get(fold(r.path), b"") for r in rows if r.path and r.path_key is None}
        found |= {r.key: Known(r.key, r.state, r.path or "", articles.get(r.key, b"")) for r in rows}
    return found


def _holders(conn: Connection, places: Collection[str]) -> dict[str, bytes]:
    """Return whose post stands at some paths, as `fold` spells them."""
    query = select(url.c.path_key, url.c.key).where(url.c.path_key.in_(places))
    return {row.path_key: row.key for row in conn.execute(query)} if places else {}


def enter(conn: Connection, origin: bytes, admissions: Sequence[Admission], now: datetime, prio: int) -> int:
    """Put the unknown ones of these entries into the frontier; returns how many they were."""
    if conn.scalar(select(source.c.key).where(source.c.key == origin)) is None:
        raise KeyError(origin.hex())
    unique: dict[bytes, Admission] = {}
    for one in admissions:
        unique.setdefault(one.key, one)
    there = known(conn, tuple(unique))
    new = [a for a in unique.values() if a.key not in there]
    put_in(conn, [_pending(a, origin, now, prio) for a in new], are_unknown=True)
    return len(new)


def put_in(conn: Connection, rows: Sequence[dict[str, Any]], *, are_unknown: bool = False) -> None:
    """Enter articles as rows of `url`; rows that are there already begin anew, with the path they may hold.

    Whoever finds an article unknown comes here: a backfill that left it out may have made its row.

    Raises:
        Collided: they were unknown a moment ago, and another owner entered one meanwhile, who may have filed it.
    """
    meet_hosts(conn, {row["host"] for row in rows})
    there: set[bytes] = set()
    for chunk in batches([row["key"] for row in rows], CHUNK):
        found = conn.execute(select(url.c.key, url.c.outside).where(url.c.key.in_(chunk))).all()
        if are_unknown and any(row.outside is None for row in found):
            raise Collided("an article was entered by two at once")
        there |= {row.key for row in found}
    for row in rows:
        if row["key"] in there:
            facts = {name: value for name, value in row.items() if name not in (KEPT if row["path"] is None else NAMED)}
            conn.execute(update(url).where(url.c.key == row["key"]).values(facts))
    _insert(conn, [row for row in rows if row["key"] not in there])


def _pending(a: Admission, origin: bytes, now: datetime, prio: int) -> dict[str, Any]:
    facts = {"key": a.key, "url": a.url, "host": a.host, "source": origin, "prio": prio, "state": "pending"}
    return BLANK | facts | {"due": now, "entry": pack(a.entry), "first_seen": now}


#: A row of `url` that says nothing; rows of one statement must name the same columns.
BLANK: dict[str, Any] = {
    "source": None,
    "prio": 1,
    "due": None,
    "tries": 0,
    "held": False,
    "origin": "",
    "error": "",
    "path": None,
    "path_key": None,
    "file_hash": None,
    "entry": None,
    "done_at": None,
    "backfill": None,
    "outside": None,
}
#: What a row that begins anew keeps; and where it gets a path.
KEPT, NAMED = ("key", "first_seen", "path", "path_key"), ("key", "first_seen")


def _insert(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        conn.execute(insert(url), rows)


def make_done(conn: Connection, facts: dict[str, Any]) -> None:
    """Enter an address that is no work: another one of an article."""
    put_in(conn, [BLANK | facts | {"state": "done"}])


def meet_hosts(conn: Connection, names: set[str], *, are_routes: bool = False) -> None:
    """Make rows of hosts that we have none of; of routes, see `shards.ROUTES`."""
    for chunk in batches(sorted(names), CHUNK):
        there = set(conn.scalars(select(host.c.name).where(host.c.name.in_(chunk))))
        missing = shards.rows(conn, [name for name in chunk if name not in there], are_routes=are_routes)
        if missing:
            conn.execute(insert(host), missing)


def first_free(conn: Connection, paths: Iterable[str]) -> str | None:
    """Return the first path that no article holds; None when all are held."""
    rest, size = iter(paths), 1
    while batch := tuple(islice(rest, size)):
        held = taken(conn, [fold(path) for path in batch])
        free = next((path for path in batch if fold(path) not in held), None)
        if free is not None:
            return free
        size = CANDIDATES
    return None


def taken(conn: Connection, path_keys: Sequence[str]) -> set[str]:
    """Return which of some places, as `fold` spells them, are held."""
    chunks = batches(path_keys, CHUNK)
    return {k for c in chunks for k in conn.scalars(select(url.c.path_key).where(url.c.path_key.in_(c)))}


def adopt(conn: Connection, rows: Sequence[Adopted], now: datetime) -> int:
    """Take some posts as done; returns how many articles became so."""
    posts: dict[bytes, Adopted] = {}
    for row in rows:
        posts.setdefault(key_of(row.url), row)
    there = known(conn, tuple(posts))
    waiting = [k for k, v in there.items() if v.state != "done"]
    for chunk in batches(waiting, CHUNK):  # the file says where it is, whatever was reserved
        conn.execute(update(url).where(url.c.key.in_(chunk)).values(path=None, path_key=None))
    wanted = {k: row for k, row in posts.items() if k in waiting or k not in there}
    values = _adopted(conn, wanted, now)
    for key in waiting:
        conn.execute(update(url).where(url.c.key == key).values(values[key]))
    names = _sources_by_name(conn)
    put_in(conn, [BLANK | _found(k, row, names, now) | values[k] for k, row in wanted.items() if k not in there])
    return len(wanted)


def _adopted(conn: Connection, posts: Mapping[bytes, Adopted], now: datetime) -> dict[bytes, dict[str, Any]]:
    """Return the columns that make an article done by its post."""
    held = taken(conn, [k for row in posts.values() for k in _places(row.path)])
    done: dict[bytes, dict[str, Any]] = {}
    for key, row in posts.items():
        place = next((k for k in _places(row.path) if k not in held), None)
        held |= {place} if place else set()
        facts = {"path": row.path, "path_key": place, "file_hash": row.file_hash or None, "entry": None, "due": None}
        done[key] = facts | {"state": "done", "error": "", "held": False, "done_at": min(row.published or now, now)}
    return done


def _places(path: str) -> tuple[str, str]:
    """Return the keys under which a file that is there may hold its path.

    The second is for one of two files whose names differ in case only, as they may where the system tells them apart.
    """
    return fold(path), f"{fold(path)}\t{path}"


def _found(key: bytes, row: Adopted, names: Mapping[str, bytes], now: datetime) -> dict[str, Any]:
    origin = next((names[name] for name in row.names if name in names), None)
    return {"key": key, "url": row.url, "host": host_of(row.url), "source": origin, "first_seen": now}


def _sources_by_name(conn: Connection) -> dict[str, bytes]:
    """Return the source of each name; of several the configured one, then the first."""
    order = (source.c.active, source.c.position.desc())
    return {row.name: row.key for row in conn.execute(select(source.c.name, source.c.key).order_by(*order))}
