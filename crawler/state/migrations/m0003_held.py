"""Version 3: which articles wait or are given up because no text of theirs was believed."""

from __future__ import annotations

from sqlalchemy import Connection


def apply(conn: Connection) -> None:
    """Add the column; why older articles failed is not known so exactly."""
    conn.exec_driver_sql("ALTER TABLE url ADD COLUMN held BOOLEAN NOT NULL DEFAULT FALSE")
