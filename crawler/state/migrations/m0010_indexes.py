"""Version 10: what waits or was given up is counted without reading what is done, and who is to be polled is found."""

from __future__ import annotations

from sqlalchemy import Connection

STATEMENTS = (
    "CREATE INDEX url_open ON url (source, first_seen, state, prio, tries, held) WHERE state != 'done'",
    "CREATE INDEX source_due ON source (next_poll, position)",
)


def apply(conn: Connection) -> None:
    """Add the indexes."""
    for statement in STATEMENTS:
        conn.exec_driver_sql(statement)
