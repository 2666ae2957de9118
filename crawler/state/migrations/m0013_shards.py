"""Version 13: the hosts of a shard are found."""

from __future__ import annotations

from sqlalchemy import Connection


def apply(conn: Connection) -> None:
    """Add the index."""
    conn.exec_driver_sql("CREATE INDEX host_shard ON host (shard, name)")
