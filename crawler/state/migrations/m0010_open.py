"""Version 10: what waits or was given up is counted without reading what is done."""

from __future__ import annotations

from sqlalchemy import Connection

STATEMENT = "CREATE INDEX url_open ON url (source, first_seen, state, prio, tries, held) WHERE state != 'done'"


def apply(conn: Connection) -> None:
    """Add the index."""
    conn.exec_driver_sql(STATEMENT)
