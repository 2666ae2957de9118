"""Version 7: which source named which article, and by what: its guid, path, fragment, title and time."""

from __future__ import annotations

from sqlalchemy import Connection

from .m0001_tables import DIALECT

TABLE = """
CREATE TABLE mention (
    article {blob} NOT NULL REFERENCES url (key),
    source {blob} NOT NULL REFERENCES source (key),
    guid {blob} NOT NULL,
    place {blob} NOT NULL,
    fragment {blob} NOT NULL,
    title {blob} NOT NULL,
    published BIGINT,
    doubted BOOLEAN NOT NULL,
    seen BIGINT NOT NULL,
    PRIMARY KEY (article, source)
);
CREATE INDEX mention_guid ON mention (source, guid);
CREATE INDEX mention_place ON mention (source, place)
"""


def apply(conn: Connection) -> None:
    """Make the table; what is in the feeds now is entered as they change."""
    for statement in TABLE.format_map(DIALECT[conn.dialect.name]).split(";"):
        conn.exec_driver_sql(statement)
