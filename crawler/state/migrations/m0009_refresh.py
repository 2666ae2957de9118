"""Version 9: stubs that are given their texts."""

from __future__ import annotations

from sqlalchemy import Connection

STATEMENTS = (
    "ALTER TABLE watch ADD COLUMN keeps_head BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE watch ADD COLUMN error TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX watch_failed ON watch (article) WHERE error != ''",
)


def apply(conn: Connection) -> None:
    """Add the columns; no stub was asked for before."""
    for statement in STATEMENTS:
        conn.exec_driver_sql(statement)
