"""Version 10: what waits or was given up is counted without reading what is done; who is to be polled is found.

So are the last posts that feeds brought, however many a backfill put between them.
"""

from __future__ import annotations

from sqlalchemy import Connection

STATEMENTS = (
    "CREATE INDEX url_open ON url (source, first_seen, state, prio, tries, held) WHERE state != 'done'",
    "CREATE INDEX url_lately ON url (source, state, done_at) WHERE prio <= 1 AND path_key IS NOT NULL",
    "CREATE INDEX source_due ON source (next_poll, position)",
)


def apply(conn: Connection) -> None:
    """Add the indexes."""
    for statement in STATEMENTS:
        conn.exec_driver_sql(statement)
