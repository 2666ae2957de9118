"""All that is peculiar to SQLite: how a file is opened, which of its errors mean damage, copies, files set aside.

Rule: no other file of this room names a pragma, an error code or a file of SQLite's. Speaks in `StateError`s.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import quote

from sqlalchemy import Connection, Engine, StaticPool, Table, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from ..batches import batches
from ..errors import StateDamaged, StateError
from .kind import Kind

Mode = Literal["rwc", "query", "immutable"]

#: Seconds to wait for another process's transaction; ours last milliseconds, a checkpoint on a slow disk some seconds.
BUSY_S = 10.0
#: Bytes; above it a whole check at each start costs more (some 3.5 s of CPU a GB, measured at 48 MB) than it is worth;
#: what is damaged there is noticed when it is met. The second is for a state whose last writer was cut off.
CHECK_LIMIT, CUT_OFF_LIMIT = 32 * 1024 * 1024, 512 * 1024 * 1024
#: Files that SQLite keeps beside a database.
LOGS = ("-wal", "-shm", "-journal")
#: Rows that are inserted at a time where very many are.
FILLED_AT_ONCE = 2000
#: States set aside that are kept of a kind; each may be some hundred MB.
KEPT_ASIDE = 3
#: Primary codes that mean the bytes are wrong (https://www.sqlite.org/rescode.html): SQLITE_CORRUPT, SQLITE_NOTADB.
DAMAGE = frozenset({11, 26})
#: What flipped bits in texts and in the schema lead to, which have no code of their own; our statements are tested.
ROTTEN = re.compile("Could not decode to UTF-8|no such column|no such table|malformed database schema")
#: SQLITE_READONLY, SQLITE_CANTOPEN: the operating system knows why.
REFUSED = frozenset({8, 14})
#: Option of engines whose statements need no transaction.
READS = "crawler_reads"


def connect(path: Path | None, mode: Mode = "rwc") -> Engine:
    """Return an engine with one connection, usable from any one thread; nothing is opened yet.

    Args:
        path: the database's file; None for one in memory.
        mode: "rwc" makes the file; "query" reads beside a writer; "immutable" reads where not even the log's index
            can be written, blind to a log that is there.
    """

    def opened() -> sqlite3.Connection:
        conn = sqlite3.connect(
            ":memory:" if path is None else _address(path, mode),
            uri=path is not None,
            timeout=BUSY_S,
            isolation_level=None,  # BEGIN is ours, see `_begin`
            check_same_thread=False,
        )
        conn.execute("PRAGMA foreign_keys = ON")
        if mode == "rwc":
            conn.execute("PRAGMA journal_mode = WAL")
            conn.execute("PRAGMA synchronous = NORMAL")  # safe with WAL: a power cut may lose commits, not soundness
        else:
            conn.execute("PRAGMA query_only = ON")
        return conn

    engine = create_engine("sqlite://", creator=opened, poolclass=StaticPool)
    # The driver's own BEGIN comes too late and is deferred: a read that turns into a write would fail as "busy"
    # without waiting (https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-serializable).

    def begun(conn: Connection) -> None:
        if mode != "rwc":
            conn.exec_driver_sql("BEGIN")
        elif not conn.get_execution_options().get(READS):
            conn.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "begin", begun)
    return engine


def _reading(engine: Engine) -> Engine:
    """The one writer's reads need no transaction, as on PostgreSQL: to begin and end one takes longer than most do."""
    return engine.execution_options(**{READS: True})


def _address(path: Path, mode: Mode) -> str:
    # Not "ro" for queries: such a connection makes the log's files where there are none and cannot remove them.
    query = {"rwc": "mode=rwc", "query": "mode=rw", "immutable": "mode=ro&immutable=1"}[mode]
    return f"file:{quote(str(path.absolute()))}?{query}"


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn what the database could not do into StateError, what it could not read into StateDamaged.

    Errors that only a bug can cause (IntegrityError, ProgrammingError, …) pass as they are.
    """
    try:
        yield
    except UnicodeDecodeError as e:  # sqlite3 cannot even read the message, which quotes the broken schema
        raise StateDamaged(f"state {name}: its schema is no text") from e
    except DatabaseError as e:
        if not isinstance(e, OperationalError) and type(e) is not DatabaseError:
            raise
        code = getattr(e.orig, "sqlite_errorcode", 0) & 0xFF
        kind = StateDamaged if code in DAMAGE or ROTTEN.match(str(e.orig)) else StateError
        raise kind(f"state {name}: {_refusal(Path(name)) if code in REFUSED else ''}{e.orig}") from e


def _refusal(path: Path) -> str:
    """Return the operating system's own word on why a file cannot be written, which SQLite does not tell."""
    try:
        os.close(os.open(path, os.O_RDWR))
    except OSError as e:
        return f"{e.strerror}: "
    writable = os.access(path.parent, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
    return "" if writable else "its folder cannot be written: "


def was_cut_off(path: Path) -> bool:
    """Tell whether the last one who wrote a database did not close it: the log would be gone."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def check(conn: Connection, path: Path, *, was_cut_off: bool) -> None:
    """Read a database through, unless it is too large for that.

    Raises:
        StateDamaged: its pages do not fit together.
    """
    if path.stat().st_size > (CUT_OFF_LIMIT if was_cut_off else CHECK_LIMIT):
        return
    answer = conn.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if answer != "ok":
        raise StateDamaged(f"state {path}: {answer}")


def copy(path: Path, mode: Mode, target: Engine) -> None:
    """Copy a database file, which another process may be writing, into an engine's own."""
    raw = target.raw_connection()
    try:
        with closing(sqlite3.connect(_address(path, mode), uri=True, timeout=BUSY_S)) as source:
            source.backup(cast(sqlite3.Connection, raw.driver_connection))
    finally:
        raw.close()


def flush(engine: Engine, name: str) -> None:
    """Force what was committed to the disk; else a power cut may take the last commits, as `synchronous` allows."""
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
    except sqlite3.Error as e:
        raise StateError(f"state {name}: {e}") from e
    finally:
        raw.close()


def _fill(conn: Connection, table: Table, rows: Iterable[Sequence[Any]]) -> int:
    """Put rows into a table, in values that SQLite has."""
    columns, marks = ", ".join(c.name for c in table.columns), ", ".join("?" * len(table.columns))
    statement, number = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})", 0  # noqa: S608 - names of ours
    for batch in batches(rows, FILLED_AT_ONCE):
        conn.exec_driver_sql(statement, [tuple(row) for row in batch])
        number += len(batch)
    return number


def _itself(engine: Engine) -> Engine:
    """A transaction sees all as it was when it began, and one that reads costs nothing."""
    return engine


KIND = Kind(translated, flush, _reading, _itself, False, _fill)


def set_aside(path: Path, now: datetime, kind: str) -> Path:
    """Rename a database and its logs; returns the new name. The oldest of more than KEPT_ASIDE of its kind are removed.

    The logs go first: SQLite would play a log left alone into the next database of that name.
    """
    stamp = f"{now:%Y%m%dT%H%M%SZ}"
    try:
        there = _aside(path, kind)
        n = max((n + 1 for of, n, _ in there if of == stamp), default=0)
        new = path.with_name(f"{path.name}.{kind}-{stamp}" + (f"-{n}" if n else ""))
        for suffix in (*LOGS, ""):
            old = path.with_name(path.name + suffix)
            if suffix == "" or old.exists():
                old.rename(new.with_name(new.name + suffix))
    except OSError as e:
        raise StateError(f"state {path} cannot be set aside: {e.strerror}") from e
    for _, _, old in there[: 1 - KEPT_ASIDE]:
        for suffix in (*LOGS, ""):
            with contextlib.suppress(OSError):  # a copy too many harms nobody
                old.with_name(old.name + suffix).unlink()
    return new


def _aside(path: Path, kind: str) -> list[tuple[str, int, Path]]:
    """Return what was set aside of one kind, the oldest first: its time, its number among those of that second."""
    shape = re.compile(rf"{re.escape(f'{path.name}.{kind}-')}(\d{{8}}T\d{{6}}Z)(?:-(\d+))?")
    matches = ((shape.fullmatch(file.name), file) for file in path.parent.iterdir())
    return sorted((match[1], int(match[2] or 0), file) for match, file in matches if match)
