"""Version 2: what the last articles of each source were made of."""

from __future__ import annotations

from sqlalchemy import Connection

from .m0001_tables import DIALECT

TABLE = """
CREATE TABLE fingerprint (
    source {blob} NOT NULL REFERENCES source (key),
    article {blob} NOT NULL REFERENCES url (key),
    taken BIGINT NOT NULL,
    refused BOOLEAN NOT NULL,
    blocks {blob} NOT NULL,
    PRIMARY KEY (source, article)
)
"""


def apply(conn: Connection) -> None:
    """Make the table; nothing is known of older articles."""
    conn.exec_driver_sql(TABLE.format_map(DIALECT[conn.dialect.name]))
