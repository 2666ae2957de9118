"""Version 6: what `notify` told, where texts are from, since when feeds are empty, and signs of life of runs."""

from __future__ import annotations

from sqlalchemy import Connection

COLUMNS = (
    "source ADD COLUMN empty_since BIGINT",
    "source ADD COLUMN told TEXT NOT NULL DEFAULT ''",
    "url ADD COLUMN origin TEXT NOT NULL DEFAULT ''",
    "run ADD COLUMN seen BIGINT",
)


def apply(conn: Connection) -> None:
    """Add the columns; nothing was told so far, and where older texts are from is not known."""
    for column in COLUMNS:
        conn.exec_driver_sql(f"ALTER TABLE {column}")
