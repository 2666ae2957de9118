"""Version 5: what is needed to notice that a filed article changed."""

from __future__ import annotations

from sqlalchemy import Connection

#: A row is found by its article and nothing else: in SQLite the key is not stored twice.
DIALECT = {"sqlite": {"blob": "BLOB", "by_key": "WITHOUT ROWID"}, "postgresql": {"blob": "BYTEA", "by_key": ""}}

TABLE = """
CREATE TABLE watch (
    article {blob} NOT NULL PRIMARY KEY REFERENCES url (key),
    read BIGINT NOT NULL,
    written BIGINT NOT NULL,
    next_hash {blob},
    said {blob} NOT NULL,
    updated BIGINT,
    due BIGINT,
    entry {blob},
    reads INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    revised INTEGER NOT NULL,
    is_feeds BOOLEAN NOT NULL,
    is_over BOOLEAN NOT NULL,
    etag TEXT NOT NULL,
    modified TEXT NOT NULL
) {by_key};
CREATE INDEX watch_due ON watch (due) WHERE due IS NOT NULL;
CREATE INDEX watch_revised ON watch (article) WHERE revised > 0
"""


def apply(conn: Connection) -> None:
    """Make the table; articles that were filed before are not watched, since nothing is known of their entries."""
    for statement in TABLE.format_map(DIALECT[conn.dialect.name]).split(";"):
        conn.exec_driver_sql(statement)
