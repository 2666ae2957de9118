"""Numbered steps from any older schema to ours.

Rule: a step that was released is never changed; a change of `schema` is a new step with the next number.
Each gets the connection inside the one transaction of all steps, and writes SQL that SQLite and PostgreSQL both take.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, insert, inspect, select, update

from ...errors import StateDamaged, StateError
from ..schema import meta
from . import (
    m0001_tables,
    m0002_fingerprints,
    m0003_held,
    m0004_pace,
    m0005_watch,
    m0006_telling,
    m0007_mention,
    m0008_backfill,
    m0009_refresh,
    m0010_indexes,
    m0011_desk,
    m0012_pictures,
    m0013_shards,
)

#: Step n brings version n - 1 to version n.
STEPS: tuple[Callable[[Connection], None], ...] = (
    m0001_tables.apply,
    m0002_fingerprints.apply,
    m0003_held.apply,
    m0004_pace.apply,
    m0005_watch.apply,
    m0006_telling.apply,
    m0007_mention.apply,
    m0008_backfill.apply,
    m0009_refresh.apply,
    m0010_indexes.apply,
    m0011_desk.apply,
    m0012_pictures.apply,
    m0013_shards.apply,
)
LATEST = len(STEPS)

VERSION = "schema_version"


def stored_version(conn: Connection, name: str) -> int:
    """Return the version of a database that has a `meta` table; `name` is for messages.

    Raises:
        StateDamaged: there is no version, or it is no number.
        StateError: it is newer than this program.
    """
    text = conn.scalar(select(meta.c.value).where(meta.c.key == VERSION))
    if text is None or not (text.isascii() and text.isdigit()):
        raise StateDamaged(f"state {name}: its schema version is {text!r}")
    if int(text) > LATEST:
        raise StateError(
            f"state {name}: its schema is version {text}, made by a newer crawler; "
            f"update this one, which knows up to {LATEST}"
        )
    return int(text)


def migrate(conn: Connection, name: str) -> None:
    """Bring a database, which may be empty, to the latest version; `name` is for messages."""
    if not inspect(conn).has_table(meta.name):
        meta.create(conn)
        conn.execute(insert(meta).values(key=VERSION, value="0"))
    version = stored_version(conn, name)
    for step in STEPS[version:]:
        step(conn)
    # Also where it is so: an open that promises writing finds out now whether anything can be written.
    conn.execute(update(meta).where(meta.c.key == VERSION).values(value=str(LATEST)))
