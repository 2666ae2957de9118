"""What an open database must be before it is used: ours, whole, of the latest schema.

Rule: nothing is written into what is not ours; what is ours and broken is StateDamaged, so that it can be set aside.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, inspect

from ..errors import StateDamaged, StateError
from .migrations import migrate
from .schema import meta, metadata


def make_ready(conn: Connection, name: str, found: Collection[str], *, fresh: bool) -> None:
    """Bring a database that may be new to the latest schema; see `recognise`."""
    recognise(name, found, fresh=fresh)
    migrate(conn, name)
    complete(conn, name)


def recognise(name: str, found: Collection[str], *, fresh: bool) -> None:
    """Refuse a database that holds nothing, or nothing of ours.

    Args:
        name: for messages.
        found: names of its tables.
        fresh: whether it may hold none.
    """
    ours = set(found) & set(metadata.tables)
    if not found and not fresh:
        raise StateDamaged(f"state {name}: it is empty")
    if found and not ours:
        raise StateError(f"state {name}: this is a database of another program; name another one")
    if found and meta.name not in found:
        raise StateDamaged(f"state {name}: the table {meta.name!r} is missing")


def complete(conn: Connection, name: str) -> None:
    """Refuse a database that lacks a table."""
    missing = sorted(set(metadata.tables) - set(inspect(conn).get_table_names()))
    if missing:
        raise StateDamaged(f"state {name}: the table {missing[0]!r} is missing")
