"""Version 8: backfills, the documents that they have still to read, and the articles that they found."""

from __future__ import annotations

from sqlalchemy import Connection

from .m0001_tables import DIALECT

TABLES = """
CREATE TABLE backfill (
    id {serial},
    source {blob} NOT NULL REFERENCES source (key),
    asked TEXT NOT NULL,
    origin TEXT NOT NULL,
    method TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('going', 'done', 'failed')),
    took BOOLEAN NOT NULL,
    said TEXT NOT NULL,
    word TEXT NOT NULL,
    started BIGINT NOT NULL,
    ended BIGINT,
    worked BIGINT NOT NULL,
    listed BIGINT NOT NULL,
    known BIGINT NOT NULL,
    outside BIGINT NOT NULL,
    unwanted BIGINT NOT NULL,
    owed BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    archived BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    steps BIGINT NOT NULL
);
CREATE TABLE step (
    id {serial},
    backfill BIGINT NOT NULL REFERENCES backfill (id),
    place BIGINT NOT NULL,
    method TEXT NOT NULL,
    host TEXT NOT NULL,
    url TEXT NOT NULL,
    cursor TEXT NOT NULL,
    guess BOOLEAN NOT NULL,
    due BIGINT,
    tries INTEGER NOT NULL,
    error TEXT NOT NULL,
    passing BOOLEAN NOT NULL
);
CREATE TABLE backlog (
    id {serial},
    key {blob} NOT NULL,
    backfill BIGINT NOT NULL REFERENCES backfill (id),
    host TEXT NOT NULL,
    url TEXT NOT NULL,
    entry {blob} NOT NULL,
    again BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX backlog_key ON backlog (backfill, key);
CREATE INDEX backlog_next ON backlog (backfill, host, id);
CREATE INDEX step_next ON step (backfill, place);
CREATE INDEX step_due ON step (backfill, due);
ALTER TABLE url ADD COLUMN backfill BIGINT;
ALTER TABLE url ADD COLUMN outside BIGINT;
CREATE INDEX url_backfill ON url (backfill) WHERE state = 'pending' AND tries = 0 AND backfill IS NOT NULL
"""


def apply(conn: Connection) -> None:
    """Make the tables; what was archived before, no backfill brought."""
    for statement in TABLES.format_map(DIALECT[conn.dialect.name]).split(";"):
        conn.exec_driver_sql(statement)
