"""Open, copy and set aside a state by its address.

Rule: whatever comes out of here is of the latest schema and was found sound; what is not raises StateDamaged
(set it aside, open a new one, adopt the archive) or StateError (stop).
An address is `sqlite:///relative.db`, `sqlite:////absolute.db` or `sqlite://` for one in memory.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from ..errors import StateDamaged, StateError
from . import sqlite
from .migrations import LATEST, migrate, stored_version
from .schema import meta, metadata
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
    """
    path = path_of(url)
    if path is None:
        return _ready(sqlite.connect(None), None, fresh=True)
    fresh = not exists(url)
    if fresh and not create:
        raise StateError(f"state {path}: there is none yet")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not fresh and path.stat().st_size == 0:  # SQLite would take it for a new one
            raise StateDamaged(f"state {path}: it is empty")
    except OSError as e:
        raise StateError(f"state {path}: {e.strerror}") from e
    return _ready(sqlite.connect(path), path, fresh=fresh)


def _ready(engine: Engine, path: Path | None, *, fresh: bool) -> SqlState:
    name, was_cut_off = str(path or MEMORY), path is not None and sqlite.was_cut_off(path)
    try:
        with sqlite.translated(name), engine.begin() as conn:
            if path and not fresh:
                sqlite.check(conn, path, was_cut_off=was_cut_off)
            _recognise(conn, name, fresh=fresh)
            migrate(conn, name)
            _complete(conn, name)
    except BaseException:
        engine.dispose()
        raise
    return SqlState(engine, name)


def _recognise(conn: Connection, name: str, *, fresh: bool) -> None:
    """Refuse a database that holds nothing, or nothing of ours."""
    found, ours = set(inspect(conn).get_table_names()), set(metadata.tables)
    if not found and not fresh:
        raise StateDamaged(f"state {name}: it is empty")
    if found and not found & ours:
        raise StateError(f"state {name}: this is a database of another program")
    if found and meta.name not in found:
        raise StateDamaged(f"state {name}: the table {meta.name!r} is missing")


def _complete(conn: Connection, name: str) -> None:
    missing = sorted(set(metadata.tables) - set(inspect(conn).get_table_names()))
    if missing:
        raise StateDamaged(f"state {name}: the table {missing[0]!r} is missing")


def open_reader(url: str) -> SqlState:
    """Open the state for reading, while a run may be writing it and where nothing can be written.

    A state of an older schema is read as `copy_to_memory` would.

    Raises:
        StateDamaged, StateError: as `open_state`; also where there is none yet.
    """
    path = path_of(url)
    if path is None or not exists(url):
        raise StateError(f"state {path or MEMORY}: there is none yet")
    engine, version = _reading(path)
    if version == LATEST:
        return SqlState(engine, str(path))
    engine.dispose()
    return copy_to_memory(url)


def _reading(path: Path) -> tuple[Engine, int]:
    """Return an engine that can read the file, and the file's version."""
    mode = _readable_mode(path)
    engine = sqlite.connect(path, mode)
    try:
        with sqlite.translated(str(path)), engine.begin() as conn:
            _recognise(conn, str(path), fresh=False)
            version = stored_version(conn, str(path))
            if version == LATEST:
                _complete(conn, str(path))
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
    if path is None or not exists(url):
        return _ready(engine, None, fresh=True)
    try:
        sqlite.copy(path, _readable_mode(path), engine)
    except BaseException:
        engine.dispose()
        raise
    return _ready(engine, None, fresh=False)


def set_aside(url: str, now: datetime, kind: str = "damaged") -> Path:
    """Rename a state so that a new one can be made; returns its new name: `state.db.damaged-20261123T171510Z`.

    Args:
        url: see above.
        now: for the name.
        kind: why it is set aside, in one word; only the newest three of a kind are kept.

    Raises:
        StateError: it cannot be renamed.
    """
    path = path_of(url)
    if path is None:
        raise StateError(f"state {MEMORY} cannot be set aside")
    return sqlite.set_aside(path, now, kind)


def exists(url: str) -> bool:
    """Tell whether there is a state at this address, sound or not.

    Raises:
        StateError: the folder cannot be searched.
    """
    path = path_of(url)
    try:
        return path is not None and path.exists()
    except OSError as e:
        raise StateError(f"state {path}: {e.strerror}") from e


def path_of(url: str) -> Path | None:
    """Return the file of a state's address; None for one in memory.

    Raises:
        StateError: the address is none, or of a database that this version does not know.
    """
    try:
        parts = make_url(url)
    except ArgumentError as e:
        raise StateError(f"state {url!r}: not an address such as sqlite:///state.db") from e
    if parts.get_backend_name() != "sqlite":
        raise StateError(f"state: {parts.drivername} databases are not supported, only sqlite")
    return Path(parts.database) if parts.database and parts.database != ":memory:" else None
