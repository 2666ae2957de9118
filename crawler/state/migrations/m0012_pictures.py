"""Version 12: pictures that are brought into the archive, and the posts that are to show them from there."""

from __future__ import annotations

from sqlalchemy import Connection

from .m0001_tables import DIALECT

TABLES = """
CREATE TABLE picture (
    key {blob} NOT NULL PRIMARY KEY,
    folder TEXT NOT NULL,
    host TEXT NOT NULL REFERENCES host (name),
    url TEXT NOT NULL,
    referer TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'dead')),
    due BIGINT CHECK (state != 'pending' OR due IS NOT NULL),
    tries INTEGER NOT NULL,
    error TEXT NOT NULL,
    path TEXT
);
CREATE INDEX picture_waiting ON picture (host, due, key) WHERE state = 'pending';
CREATE INDEX picture_due ON picture (due) WHERE state = 'pending';
CREATE INDEX picture_open ON picture (state, due) WHERE state != 'done';
CREATE TABLE shown (
    article {blob} NOT NULL REFERENCES url (key),
    picture {blob} NOT NULL REFERENCES picture (key),
    PRIMARY KEY (article, picture)
);
CREATE INDEX shown_picture ON shown (picture);
CREATE TABLE album (
    article {blob} NOT NULL PRIMARY KEY REFERENCES url (key),
    due BIGINT,
    next_hash {blob}
);
CREATE INDEX album_due ON album (due) WHERE due IS NOT NULL
"""


def apply(conn: Connection) -> None:
    """Make the tables; pictures of posts that are there already are entered when they are asked for."""
    for statement in TABLES.format_map(DIALECT[conn.dialect.name]).split(";"):
        conn.exec_driver_sql(statement)
