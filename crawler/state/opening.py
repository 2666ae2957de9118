"""Open, copy and set aside a state by its address.

Rule: whatever comes out of here is of the latest schema and was found sound; what is not raises StateDamaged
(set it aside, open a new one, adopt the archive) or StateError (stop).
An address is `sqlite:///relative.db`, `sqlite:////absolute.db` or `sqlite://` for one in memory, or
`postgresql://user:password@host/database`, whose tables may share their database with others'.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from ..errors import StateDamaged, StateError
from . import sqlite
from .migrations import LATEST, stored_version
from .ready import complete, make_ready, recognise
from .store import SqlState

MEMORY = "in memory"


def open_state(url: str, *, create: bool = True) -> SqlState:
    """Open the state for writing, making it and the folders above it where they are missing.

    Args:
        url: see above.
        create: False to refuse to make one.

    Raises:
        StateDamaged: the file is no sound database of ours.
        StateError: it cannot be opened or written, is newer than this program, or belongs to another.
        Locked: others work on the same database.
    """
    path = path_of(url)
    if not create and not exists(url):
        raise StateError(f"state {name_of(url)}: there is none yet; the first run makes it")
    if is_remote(url):
        from . import remote

        return remote.open_alone(make_url(url))
    if path is None:
        return _ready(sqlite.connect(None), None, fresh=True)
    fresh = not exists(url)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not fresh and path.stat().st_size == 0:  # SQLite would take it for a new one
            raise StateDamaged(f"state {path}: it is empty")
    except OSError as e:
        raise StateError(f"state {path}: {e.strerror}") from e
    return _ready(sqlite.connect(path), path, fresh=fresh)


def open_shared(url: str) -> SqlState:
    """Open the state for one of many workers, each of which owns some of its shards at a time.

    Raises:
        StateError: as `open_state`; also where it is in a file, which is worked by one process alone.
        Locked: a run works all of it.
    """
    if not is_remote(url):
        raise StateError(f"state {name_of(url)}: only a state on PostgreSQL is worked by several at once")
    from . import remote

    return remote.open_shared(make_url(url))


def _ready(engine: Engine, path: Path | None, *, fresh: bool) -> SqlState:
    name, was_cut_off = str(path or MEMORY), path is not None and sqlite.was_cut_off(path)
    try:
        with sqlite.translated(name), engine.begin() as conn:
            if path and not fresh:
                sqlite.check(conn, path, was_cut_off=was_cut_off)
            make_ready(conn, name, inspect(conn).get_table_names(), fresh=fresh)
    except BaseException:
        engine.dispose()
        raise
    return SqlState(engine, name, sqlite.KIND)


def open_reader(url: str) -> SqlState:
    """Open the state for reading, while a run may be writing it and where nothing can be written.

    A file of an older schema is read as `copy_to_memory` would.

    Raises:
        StateDamaged, StateError: as `open_state`; also where there is none yet.
    """
    path = path_of(url)
    if is_remote(url):
        from . import remote

        return remote.open_reader(make_url(url))
    if path is None or not exists(url):
        raise StateError(f"state {name_of(url)}: there is none yet; the first run makes it")
    engine, version = _reading(path)
    if version == LATEST:
        return SqlState(engine, str(path), sqlite.KIND)
    engine.dispose()
    return copy_to_memory(url)


def _reading(path: Path) -> tuple[Engine, int]:
    """Return an engine that can read the file, and the file's version."""
    mode = _readable_mode(path)
    engine = sqlite.connect(path, mode)
    try:
        with sqlite.translated(str(path)), engine.begin() as conn:
            recognise(str(path), inspect(conn).get_table_names(), fresh=False)
            version = stored_version(conn, str(path))
            if version == LATEST:
                complete(conn, str(path))
    except BaseException:
        engine.dispose()
        raise
    return engine, version


def _readable_mode(path: Path) -> sqlite.Mode:
    """Return "query", or "immutable" where the folder forbids the index that readers of a log share."""
    engine = sqlite.connect(path, "query")
    try:
        with sqlite.translated(str(path)), engine.begin() as conn:
            inspect(conn).get_table_names()
    except StateDamaged:
        raise
    except StateError:
        return "immutable"
    finally:
        engine.dispose()
    return "query"


def copy_to_memory(url: str) -> SqlState:
    """Return a copy that can be written without trace (`--dry-run`); an empty one where there is no state yet.

    Raises:
        StateDamaged, StateError: as `open_state`.
    """
    path = path_of(url)
    engine = sqlite.connect(None)
    if not exists(url):
        return _ready(engine, None, fresh=True)
    if path is None:
        target = _ready(engine, None, fresh=True)
        copy(open_reader(url), target)
        return target
    try:
        sqlite.copy(path, _readable_mode(path), engine)
    except BaseException:
        engine.dispose()
        raise
    return _ready(engine, None, fresh=False)


def copy(source: SqlState, target: SqlState) -> int:
    """Copy all that a state knows and owes into one that was just made, and close the first; returns the rows' number.

    The other keeps its own number of shards, and its hosts belong to those.
    """
    try:
        return source.copy_into(target)
    finally:
        source.close()


def set_aside(url: str, now: datetime, kind: str = "damaged") -> str:
    """Rename a state so that a new one can be made; returns its new name: `state.db.damaged-20261123T171510Z`.

    Args:
        url: see above.
        now: for the name.
        kind: why it is set aside, in one word; of files only the newest three of a kind are kept.

    Raises:
        StateError: it cannot be renamed.
    """
    path = path_of(url)
    if is_remote(url):
        from . import remote

        return f"schema {remote.set_aside(make_url(url), now, kind)}"
    if path is None:
        raise StateError(f"state {MEMORY} cannot be set aside")
    return sqlite.set_aside(path, now, kind).name


def exists(url: str) -> bool:
    """Tell whether there is a state at this address, sound or not.

    Raises:
        StateError: the folder cannot be searched, the server not reached.
    """
    path = path_of(url)
    if is_remote(url):
        from . import remote

        return remote.exists(make_url(url))
    try:
        return path is not None and path.exists()
    except OSError as e:
        raise StateError(f"state {path}: {e.strerror}") from e


def is_remote(url: str) -> bool:
    """Tell whether a state is on a server, and so may be worked by many."""
    return _parts(url).get_backend_name() == "postgresql"


def conninfo(url: str) -> str:
    """Return the address of a state on a server in the words of the driver, for the engine beside the state.

    The driver reads addresses by rules of its own: a password that the state is reached with may be none to it.
    """
    from . import postgres

    return postgres.conninfo(make_url(url))


def name_of(url: str) -> str:
    """Return what a state is called in messages: without a password."""
    path = path_of(url)
    return _parts(url).set(query={}).render_as_string() if is_remote(url) else str(path or MEMORY)


def path_of(url: str) -> Path | None:
    """Return the file of a state's address; None for one in memory or on a server.

    Raises:
        StateError: the address is none, or of a database that this version does not know.
    """
    parts = _parts(url)
    is_file = parts.get_backend_name() == "sqlite" and parts.database and parts.database != ":memory:"
    return Path(parts.database or "") if is_file else None


def _parts(url: str) -> URL:
    try:
        parts = make_url(url)
        backend = parts.get_backend_name()
    except (ArgumentError, ValueError) as e:  # the second for a port that is no number; both may show a password
        raise StateError("state: not an address such as sqlite:///state.db or postgresql://HOST/DATABASE") from e
    if backend not in ("sqlite", "postgresql"):
        raise StateError(f"state: {parts.drivername} databases are not supported, only sqlite and postgresql")
    return parts
