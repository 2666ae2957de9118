"""Version 4: why a source is polled when it is, and what is known of its rhythm."""

from __future__ import annotations

from sqlalchemy import Connection

COLUMNS = (
    "next_why TEXT NOT NULL DEFAULT ''",
    "fresh BIGINT",
    "rhythm TEXT NOT NULL DEFAULT ''",
    "rhythm_since BIGINT",
    "ttl_base BIGINT",
)


def apply(conn: Connection) -> None:
    """Add the columns; all of it is learned by the next polls."""
    for column in COLUMNS:
        conn.exec_driver_sql(f"ALTER TABLE source ADD COLUMN {column}")
