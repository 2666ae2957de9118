"""The file of the index: how it is opened, what stands in it, what counts as damage, how it is made anew.

Rule 1: no other file of this room names a pragma, a lock or a file of SQLite's. Speaks in `SearchError`s.
Rule 2: it is ours alone to throw away. A database of another program, set here by mistake, is left as it is.
Rule 3: whoever has it open holds a shared lock; it is removed under an exclusive one, for SQLite would play the log
of one database into another of the same name. Who waited for that lock removes nothing that was made meanwhile.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from ..errors import SearchAbsent, SearchDamaged, SearchError, SearchMissing

#: In the file's head: whose database it is ("crwS"), and the form of its tables and tokens; another form is made anew.
APPLICATION, FORMAT = 0x63727753, 2
#: Of SQLite's file format (https://www.sqlite.org/fileformat.html §1.3): its first bytes, where these numbers stand.
MAGIC, VERSION_AT, APPLICATION_AT, HEAD_BYTES = b"SQLite format 3\0", 60, 68, 72
LOGS = ("-wal", "-shm", "-journal")
#: Seconds to wait for another process: for its transaction, and until it lets go of a file that is to be removed.
BUSY_S, LET_GO_S = 10.0, 3.0
#: Bytes of words that are gathered before they are written; a megabyte, FTS5's own, makes twice as many merges.
GATHERED = 8 * 1024 * 1024
#: Primary codes (https://www.sqlite.org/rescode.html): CORRUPT, NOTADB mean damage, CORRUPT in FTS5's own data, too;
#: READONLY, CANTOPEN that the file cannot be opened so; BUSY, LOCKED that another one writes.
DAMAGE, REFUSED = frozenset({11, 26}), frozenset({8, 14})
#: Rot in the schema and in texts has no code of its own; our statements are tested.
ROTTEN = ("no such column", "no such table", "malformed database schema", "Could not decode", "vtable constructor")

#: `id` is never given twice, for what the index holds of a post that is gone stays in it until it is made anew: FTS5
#: can take a text out again only where the text is still known, or from SQLite 3.43 on.
#: `post_dated`: all that is asked of each hit, without its texts.
#: `words`: tokens of titles and texts; no text itself, which stands in the files. `letters`: each character of an
#: unspaced script once a post, since a frequent one begins thousands of tokens.
#: The tokenizer `ascii` parts at ASCII blanks and signs only, of which tokens have none.
SCHEMA = """
CREATE TABLE note (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE post (
    id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL, changed INTEGER NOT NULL, digest BLOB NOT NULL,
    url TEXT NOT NULL, title TEXT NOT NULL, source TEXT NOT NULL, published INTEGER
);
CREATE INDEX post_dated ON post (id, published);
CREATE TABLE label (name TEXT, post INTEGER, PRIMARY KEY (name, post)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (title, text, content='', tokenize='ascii');
CREATE VIRTUAL TABLE letters USING fts5 (letter, content='', detail=none, columnsize=0, tokenize='ascii');
"""
WITHOUT_FTS5 = "this Python's SQLite was built without FTS5, so that nothing can be searched; all else works"


@contextmanager
def writing(place: Path | None) -> Iterator[sqlite3.Connection]:
    """Open the index to write, made if it is not there; one of another version is made anew.

    Args:
        place: its file; None for one in memory.

    Raises:
        SearchDamaged: it is there, and no sound database.
        SearchError: it cannot be written, or belongs to another program.
    """
    if place is not None:
        _make_folder(place)
        _refuse_foreign(place)
        seen = removals(place)
        if _is_outdated(place):
            remove(place, seen)
    with _locked(place), _translated(place):
        conn = sqlite3.connect(":memory:" if place is None else _address(place, "rwc"), BUSY_S, uri=place is not None,
                               isolation_level=None, check_same_thread=False)  # fmt: skip
        try:
            _prepare(conn)
            yield conn
        finally:
            conn.close()


@contextmanager
def reading(place: Path) -> Iterator[sqlite3.Connection]:
    """Open the index to read, as it is now, beside one who writes it.

    Raises:
        SearchAbsent: there is none yet.
        SearchDamaged: it is no sound database.
        SearchError: it cannot be read.
    """
    if not _exists(place):
        raise _absent(place)
    if _is_outdated(place):
        raise SearchDamaged(f"index {place}: is of another version")
    with _locked(place), _translated(place):
        conn = _opened(place)
        try:
            yield conn
        finally:
            conn.close()


@contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[None]:
    """Write all or nothing."""
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        conn.execute("ROLLBACK")
        raise
    conn.execute("COMMIT")


def _exists(place: Path) -> bool:
    """Tell whether there is a file with something in it."""
    try:
        return place.stat().st_size > 0
    except FileNotFoundError:
        return False
    except OSError as e:
        raise SearchError(f"index {place}: {e.strerror}") from e


def removals(place: Path) -> int:
    """Return how often an index was removed here, which is the size of the lock's file."""
    try:
        return _lock_of(place).lstat().st_size
    except OSError:
        return 0


def remove(place: Path, seen: int) -> None:
    """Remove an index, so that it is made anew.

    Args:
        place: its file.
        seen: what `removals` said before it was looked at; an index that was made after another removal stays.

    Raises:
        SearchError: it is another program's, in use, or cannot be removed.
    """
    _refuse_foreign(place)
    try:
        with _lock(place, fcntl.LOCK_EX, LET_GO_S) as descriptor:
            if removals(place) != seen:
                return
            if descriptor is not None:
                with suppress(OSError):  # one that may only be read: then nothing is told of this removal
                    os.ftruncate(descriptor, seen + 1)
            for suffix in LOGS:
                place.with_name(place.name + suffix).unlink(missing_ok=True)
            if _head(place).strip(b"\0") and not _head(place).startswith(MAGIC):
                place.replace(place.with_name(f"{place.name}.damaged"))  # who knows what it was
            place.unlink(missing_ok=True)
    except OSError as e:
        raise SearchError(f"index {place}: cannot be made anew: {e.strerror}") from e


def _make_folder(place: Path) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise SearchError(f"index {place}: {e.strerror}") from e


def _head(place: Path) -> bytes:
    """Return the first bytes of the file; nothing where there is none.

    Raises:
        SearchError: it cannot be read, or is a link, as what is written there would land elsewhere.
    """
    try:
        with open(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
            return file.read(HEAD_BYTES)
    except FileNotFoundError:
        return b""
    except OSError as e:
        raise SearchError(f"index {place}: {'is a link' if place.is_symlink() else e.strerror}") from e


def _is_outdated(place: Path) -> bool:
    """Tell whether the index is one of ours in another form."""
    head = _head(place)
    if not head.startswith(MAGIC):
        return False
    _refuse_foreign(place)
    return _number(head, VERSION_AT) not in (0, FORMAT)  # 0: its first transaction is in the log, or never came


def _refuse_foreign(place: Path) -> None:
    """Refuse a sound database that is another program's."""
    head = _head(place)
    if head.startswith(MAGIC) and _number(head, APPLICATION_AT) != APPLICATION:
        raise SearchError(f"index {place}: is another program's database; name another file under `search`")


def _number(head: bytes, at: int) -> int:
    return int.from_bytes(head[at : at + 4], "big")


@contextmanager
def _locked(place: Path | None) -> Iterator[None]:
    """Keep the file from being removed meanwhile."""
    if place is None:
        yield
        return
    with _lock(place, fcntl.LOCK_SH, BUSY_S):
        yield


@contextmanager
def _lock(place: Path, kind: int, patience_s: float) -> Iterator[int | None]:
    """Hold the lock beside the file; without one where none can be made, as then nobody can remove the file.

    Yields its descriptor.

    Raises:
        SearchError: others hold it for too long.
    """
    descriptor = _lock_file(_lock_of(place))
    if descriptor is None:
        yield None
        return
    try:
        _take(descriptor, kind, patience_s, place)
        yield descriptor
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # a child that was forked meanwhile has the descriptor, too
        os.close(descriptor)


def _lock_of(place: Path) -> Path:
    return place.with_name(f"{place.name}-lock")


def _lock_file(place: Path) -> int | None:
    for flags in (os.O_RDWR | os.O_CREAT, os.O_RDONLY):
        try:
            return os.open(place, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        except OSError:
            continue
    return None


def _take(descriptor: int, kind: int, patience_s: float, place: Path) -> None:
    """Take a lock; who waits looks again each hundredth of a second, since flock has no deadline."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError as e:
            if time.monotonic() >= deadline:
                raise SearchError(f"index {place}: another process has it in use") from e
            time.sleep(0.01)


@contextmanager
def _translated(place: Path | None) -> Iterator[None]:
    """Turn what the database could not do into SearchError, what it could not read into SearchDamaged."""
    try:
        yield
    except UnicodeDecodeError as e:
        raise SearchDamaged(f"index {place}: holds what is no text") from e
    except (sqlite3.OperationalError, sqlite3.DatabaseError) as e:
        if isinstance(e, sqlite3.ProgrammingError | sqlite3.IntegrityError | sqlite3.DataError):
            raise
        code = getattr(e, "sqlite_errorcode", 0) & 0xFF
        is_damage = code in DAMAGE or str(e).startswith(ROTTEN)
        raise (SearchDamaged if is_damage else SearchError)(f"index {place}: {e}") from e


def _prepare(conn: sqlite3.Connection) -> None:
    """Make the tables if there are none, and set what makes writing quick; a power cut may take the last posts."""
    if conn.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        conn.execute(f"PRAGMA application_id = {APPLICATION}")  # before there is a log: whose file it is stands in it
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA synchronous = NORMAL")
    conn.execute("PRAGMA cache_size = -4096")  # KiB; four times as many make nothing quicker
    if conn.execute("PRAGMA user_version").fetchone()[0] == FORMAT:
        return
    _require_fts5(conn)
    with transaction(conn):
        if conn.execute("PRAGMA user_version").fetchone()[0] == FORMAT:
            return  # another process was quicker
        for statement in SCHEMA.split(";\n"):
            if statement.strip():
                conn.execute(statement)
        conn.execute("INSERT INTO words (words, rank) VALUES ('hashsize', ?)", (GATHERED,))
        conn.execute(f"PRAGMA user_version = {FORMAT}")


def _require_fts5(conn: sqlite3.Connection) -> None:
    """Refuse an SQLite that was built without FTS5, in words that help."""
    if not conn.execute("SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'").fetchone()[0]:
        raise SearchMissing(WITHOUT_FTS5)


def _address(place: Path, mode: str) -> str:
    return f"file:{quote(str(place.absolute()))}?mode={mode}"


def _opened(place: Path) -> sqlite3.Connection:
    """Return a connection that reads; where not even the log's index can be written, one that is blind to the log."""
    *modes, last = "rw", "ro", "ro&immutable=1"
    for mode in modes:
        try:
            return _tried(place, mode)
        except sqlite3.OperationalError as e:
            if (e.sqlite_errorcode & 0xFF) not in REFUSED:
                raise
    return _tried(place, last)


def _tried(place: Path, mode: str) -> sqlite3.Connection:
    """Return a connection that reads the index as it is now; what is asked first and last is of the same posts."""
    conn = sqlite3.connect(_address(place, mode), BUSY_S, uri=True, isolation_level=None)
    try:
        conn.execute("PRAGMA query_only = ON")
        conn.execute("BEGIN")
        _require_made(conn, place)
        _require_fts5(conn)
    except BaseException:
        conn.close()
        raise
    return conn


def _require_made(conn: sqlite3.Connection, place: Path) -> None:
    """Refuse a file without tables: another process is about to make them, or was killed as it was."""
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    if version == 0 and not conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise _absent(place)
    if version != FORMAT:
        raise SearchDamaged(f"index {place}: does not say of which version it is")


def _absent(place: Path) -> SearchAbsent:
    return SearchAbsent(f"index {place}: there is none yet")
