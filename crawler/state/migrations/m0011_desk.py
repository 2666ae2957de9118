"""Version 11: sources can be paused by hand, and posts are found by when they were filed."""

from __future__ import annotations

from sqlalchemy import Connection

STATEMENTS = (
    "ALTER TABLE source ADD COLUMN paused BIGINT",
    "CREATE INDEX url_filed ON url (done_at, key) WHERE state = 'done' AND path_key IS NOT NULL",
)


def apply(conn: Connection) -> None:
    """Add the column and the index."""
    for statement in STATEMENTS:
        conn.exec_driver_sql(statement)
