"""Statements are compiled once a process, and not once for each of the thousands of states that tests open.

SQLAlchemy keeps what it compiled with the engine, which is right for a program that has one: a quarter of the time that
tests with a state took went into doing the same again. Dialects of one class and one program compile alike.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.util import LRUCache

_CACHE: MutableMapping[Any, Compiled] = LRUCache(4000)


def _share(connection: Connection) -> None:
    connection.engine._compiled_cache = _CACHE


def _equals(one: Dialect, other: object) -> bool:
    return type(one) is type(other)


def _hash(one: Dialect) -> int:
    return hash(type(one))


def share() -> None:
    """Have all engines of this process share what they compile."""
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = _equals  # type: ignore[assignment, method-assign]
        dialect.__hash__ = _hash  # type: ignore[assignment, method-assign]
    event.listen(Engine, "engine_connect", _share)
