"""All that is peculiar to PostgreSQL: how it is reached, which of its errors mean what, who may use a database.

Rule: no other file of this room names an option or an error code of PostgreSQL's. Speaks in `StateError`s.
The driver is psycopg 3, of the extra `postgres`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import URL, Connection, Dialect, Engine, StaticPool, Table, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from ..errors import Locked, StateDamaged, StateError
from .kind import Collided, Kind
from .schema import metadata

Mode = Literal["alone", "shared", "reader"]

#: Seconds: to reach a server; until one that fell silent counts as lost, seen from either side; to wait for a lock.
CONNECT_S, SILENCE_S, LOCK_S = 10, 10, 30
#: Seconds that one of many waits for a server that is being started again: what it has fetched meanwhile is not lost.
#: And between two tries.
AWAY_S, AGAIN_S = 6.0, 0.2
ENCODING = "UTF8"
#: Connections of a process: the database thread's, one of the loop that looks whether the shards are still ours, and
#: some for the web face.
CONNECTIONS = 4
#: Keys of advisory locks: who makes or changes tables; who works the state, alone or as one of many.
TABLES_KEY, WORK_KEY = 0x63726177, 0x63726178
OF_SCHEMA = "hashtext(coalesce(current_schema(), ''))"  # one database may hold several states
#: unique_violation, foreign_key_violation (what was looked up is gone), serialization_failure, deadlock_detected.
DISTURBED = frozenset({"23505", "23503", "40001", "40P01"})
#: undefined_table, undefined_column.
INCOMPLETE = frozenset({"42P01", "42703"})
#: Classes of codes that tell of the server, the line or the rights, not of our statements: connection, transaction
#: cut off, login, resources, intervention of an operator, system; and single ones: lock_not_available,
#: insufficient_privilege, read_only_sql_transaction. https://www.postgresql.org/docs/current/errcodes-appendix.html
OUTSIDE = ("08", "25P03", "28", "3D", "53", "55P03", "57", "58", "42501", "25006", "XX")
#: What is said where a state on PostgreSQL is named and its driver is not there.
NO_DRIVER = "the driver of PostgreSQL is missing: pip install 'crawler[postgres]'"
#: Tables of the engine beside ours.
ENGINES = "procrastinate_"


def connect(url: URL, mode: Mode) -> Engine:
    """Return an engine; nothing is opened yet.

    Args:
        url: of the database.
        mode: "alone" has one connection and none after it, which keeps all other writers off; "shared" has some, each
            of which keeps those off who want to be alone; "reader" writes nothing and minds nobody.
    """
    arguments = {
        "connect_timeout": CONNECT_S,
        "options": _options(url, mode),
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": SILENCE_S * 1000,
        "application_name": "crawler",
    }
    pool: dict[str, Any] = (
        {"poolclass": StaticPool} if mode == "alone" else {"pool_size": CONNECTIONS, "max_overflow": 0}
    )
    query = {name: value for name, value in url.query.items() if name != "options"}
    try:
        engine = create_engine(url.set(drivername="postgresql+psycopg", query=query), connect_args=arguments, **pool)
    except ModuleNotFoundError as e:
        raise StateError(NO_DRIVER) from e
    engine.dialect.use_insertmanyvalues_wo_returning = True  # many rows in one statement, not in one each
    event.listen(engine, "connect", _demand_encoding(name_of(url)), insert=True)  # before anything is read through it
    if mode != "reader":
        event.listen(engine, "connect", _Claim(name_of(url), mode))
    if mode == "shared":
        event.listen(engine, "do_connect", _patiently)
    return engine


def conninfo(url: URL) -> str:
    """Return what the driver takes in place of an address, with the same meaning."""
    from psycopg.conninfo import make_conninfo

    _, words = url.set(drivername="postgresql+psycopg").get_dialect()().create_connect_args(url)
    wishes = words.get("options")
    options = {"options": " ".join(wishes)} if isinstance(wishes, tuple) else {}
    return make_conninfo(**{**words, **options})


def _options(url: URL, mode: Mode) -> str:
    """Return what the server is to heed in our sessions, behind what the user wishes."""
    options = {
        "jit": "off",  # to compile our questions takes ten times as long as to answer them
        "idle_in_transaction_session_timeout": f"{SILENCE_S}s",  # or a dead owner's row locks outlive it
        "lock_timeout": f"{LOCK_S}s",
        "tcp_keepalives_idle": "5",
        "tcp_keepalives_interval": "2",
        "tcp_keepalives_count": "3",
        "tcp_user_timeout": str(SILENCE_S * 1000),
    }
    options |= {"default_transaction_read_only": "on"} if mode == "reader" else {}
    theirs = url.query.get("options", ())
    wishes = (theirs,) if isinstance(theirs, str) else theirs
    return " ".join((*wishes, *(f"-c {name}={value}" for name, value in options.items())))


def _patiently(dialect: Dialect, _: object, arguments: list[Any], options: dict[str, Any]) -> Any:
    """Connect, after some tries if need be; what the last one raises is the caller's."""
    ends = time.monotonic() + AWAY_S
    while time.monotonic() < ends:
        try:
            return dialect.connect(*arguments, **options)
        except dialect.loaded_dbapi.OperationalError:
            time.sleep(AGAIN_S)
    return dialect.connect(*arguments, **options)


def _demand_encoding(name: str) -> Callable[[Any, object], None]:
    """Return what refuses a database that cannot hold every language, when it is connected to."""

    def check(connection: Any, _: object) -> None:
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != ENCODING:
            said = f"its encoding is {encoding}: CREATE DATABASE … ENCODING '{ENCODING}' TEMPLATE template0"
            raise StateError(f"state {name}: {said}")

    return check


class _Claim:
    """Has each connection keep off whom its mode does not bear, as long as it lasts.

    Alone, a second connection is refused: what the first had locked is free again, and may be another's.
    """

    def __init__(self, name: str, mode: Mode) -> None:
        self.name = name
        self.mode = mode
        self.is_made = False

    def __call__(self, connection: Any, _: object) -> None:
        if self.mode == "alone" and self.is_made:
            raise StateError(f"state {self.name}: the connection was lost")
        self.is_made = True
        call = "pg_try_advisory_lock" if self.mode == "alone" else "pg_try_advisory_lock_shared"
        is_ours = connection.execute(f"SELECT {call}({WORK_KEY}, {OF_SCHEMA})").fetchone()[0]
        connection.commit()  # the lock is the session's
        if not is_ours:
            others = (
                "another run is at work on it, or workers are" if self.mode == "alone" else "a run is at work alone"
            )
            raise Locked(f"state {self.name}: {others}")


def name_of(url: URL) -> str:
    """Return what a state is called in messages; without its password."""
    return url.set(query={}).render_as_string()


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn what the database could not do into StateError; what only a bug can cause passes as it is."""
    try:
        yield
    except DBAPIError as e:
        code = getattr(e.orig, "sqlstate", None) or ""
        said = f"state {name}: {_first_line(e)}"
        if code in DISTURBED:
            raise Collided(said) from e
        if code in INCOMPLETE:
            raise StateDamaged(said) from e
        if e.connection_invalidated or not code or code.startswith(OUTSIDE):
            raise StateError(said) from e
        raise


def _first_line(e: DBAPIError) -> str:
    lines = str(e.orig).strip().splitlines()
    return lines[0] if lines else type(e.orig).__name__


def _nothing(engine: Engine, name: str) -> None:
    """A commit is on the disk when it returns (synchronous_commit)."""


def _reading(engine: Engine) -> Engine:
    """Reads need no transaction: at READ COMMITTED each statement sees what is committed when it begins."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _snapshot(engine: Engine) -> Engine:
    """Many statements that are to agree see the same only at REPEATABLE READ."""
    return engine.execution_options(isolation_level="REPEATABLE READ")


def _fill(conn: Connection, table: Table, rows: Iterable[Sequence[Any]]) -> int:
    """Put rows into a table by COPY, which takes a tenth of the time of INSERTs, in values that PostgreSQL has."""
    columns, number = ", ".join(column.name for column in table.columns), 0
    statement = f"COPY {table.name} ({columns}) FROM STDIN"
    try:
        with closing(conn.connection.cursor()) as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([_without_nul(value) for value in row])
                number += 1
    except conn.dialect.loaded_dbapi.Error as e:  # past SQLAlchemy, which would have made a DBAPIError of it
        raise StateError(f"table {table.name}: {str(e).strip().splitlines()[0]}") from e
    return number


def _without_nul(value: Any) -> Any:
    """Texts from before `schema.Words` knew of PostgreSQL may hold what it refuses."""
    return value.replace("\0", "?") if type(value) is str and "\0" in value else value


KIND = Kind(translated, _nothing, _reading, _snapshot, True, _fill)


def keep_others_off(conn: Connection) -> None:
    """Be the only one who makes or changes tables, while this transaction lasts."""
    conn.execute(text(f"SELECT pg_advisory_xact_lock({TABLES_KEY}, {OF_SCHEMA})"))


def tables(conn: Connection) -> set[str]:
    """Return the names of the tables, but for those of the engine."""
    return {name for name in inspect(conn).get_table_names() if not name.startswith(ENGINES)}


def set_aside(engine: Engine, now: datetime, kind: str) -> str:
    """Move our tables into a schema of their own; returns its name. Nothing else of the database is touched."""
    schema = f"crawler-{kind}-{now:%Y%m%dT%H%M%SZ}"
    with engine.begin() as conn:
        keep_others_off(conn)
        conn.execute(text(f'CREATE SCHEMA "{schema}"'))
        for name in sorted(tables(conn) & set(metadata.tables)):
            conn.execute(text(f'ALTER TABLE "{name}" SET SCHEMA "{schema}"'))
    return schema
