"""Open, copy and set aside a state on PostgreSQL; the half of `opening` that knows no files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import URL, Connection, Engine, insert

from ..errors import StateError
from . import postgres
from .migrations import LATEST, stored_version
from .ready import complete, make_ready, recognise
from .schema import meta
from .shards import MANY, SHARDS
from .store import SqlState


def open_alone(url: URL) -> SqlState:
    """Open it for a run that works all of it: nobody else may write while it lasts.

    Raises:
        Locked: another run is at work, or workers are.
        StateError: it cannot be reached or written, is newer than this program, or belongs to another.
        StateDamaged: a table is missing.
    """
    return _opened(postgres.connect(url, "alone"), url)


def open_shared(url: URL) -> SqlState:
    """Open it for one of many workers, each of which owns some shards; errors as for `open_alone`.

    One of an older schema is opened alone before: workers of an older version write what they know, and no more.
    """
    if _is_older(url):
        open_alone(url).close()
    return _opened(postgres.connect(url, "shared"), url)


def _is_older(url: URL) -> bool:
    name, engine = postgres.name_of(url), postgres.connect(url, "reader")
    try:
        with postgres.translated(name), engine.connect() as conn:
            return meta.name in postgres.tables(conn) and stored_version(conn, name) < LATEST
    finally:
        engine.dispose()


def _opened(engine: Engine, url: URL) -> SqlState:
    name = postgres.name_of(url)
    try:
        with postgres.translated(name), engine.begin() as conn:
            postgres.keep_others_off(conn)
            found = postgres.tables(conn)
            make_ready(conn, name, found, fresh=True)
            if not found:
                conn.execute(insert(meta).values(key=SHARDS, value=str(MANY)))
    except BaseException:
        engine.dispose()
        raise
    return SqlState(engine, name, postgres.KIND)


def open_reader(url: URL) -> SqlState:
    """Open it for reading, while others write.

    Raises:
        StateError: there is none yet, or it is of an older schema: whoever writes next brings it to the latest.
    """
    name, engine = postgres.name_of(url), postgres.connect(url, "reader")
    try:
        with postgres.translated(name), engine.connect() as conn:
            recognise(name, postgres.tables(conn), fresh=False)
            _demand_latest(conn, name)
            complete(conn, name)
    except BaseException:
        engine.dispose()
        raise
    return SqlState(engine, name, postgres.KIND)


def _demand_latest(conn: Connection, name: str) -> None:
    version = stored_version(conn, name)
    if version != LATEST:
        raise StateError(f"state {name}: its schema is version {version}, brought to {LATEST} by the next run")


def exists(url: URL) -> bool:
    """Tell whether there is a state in this database.

    Raises:
        StateError: it cannot be reached.
    """
    engine = postgres.connect(url, "reader")
    try:
        with postgres.translated(postgres.name_of(url)), engine.connect() as conn:
            return meta.name in postgres.tables(conn)
    finally:
        engine.dispose()


def set_aside(url: URL, now: datetime, kind: str) -> str:
    """Move its tables into a schema of their own; returns that schema's name.

    Raises:
        Locked: a run or workers are at work.
        StateError: it cannot be done.
    """
    engine = postgres.connect(url, "alone")
    try:
        with postgres.translated(postgres.name_of(url)):
            return postgres.set_aside(engine, now, kind)
    finally:
        engine.dispose()
