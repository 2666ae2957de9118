"""Bring a crawler's state to where a measurement begins: sources due, articles known, many rows.

Rule: rows that a run would have made are made by the state's own methods, or are copies of such rows with other keys.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from crawler import urls
from crawler.cli.common import SystemClock, read_config
from crawler.memory import ArticleOutcome
from crawler.state import schema
from crawler.state.opening import open_state
from crawler.state.schema import fold

#: Rows that are made before they are inserted.
BATCH = 50_000
#: Articles that are settled at a time, and of a host: a question is asked for each of these, whatever the limit.
AT_ONCE, PER_HOST = 10_000, 50
#: Tables in which a filed article has its rows, and the column that names it.
ROWS = {"url": "key", "mention": "article", "watch": "article"}
#: What a source has of its own; the rest is what polls left.
OWN = frozenset({"key", "position", "name", "url", "host", "active", "first_seen", "address", "next_poll"})


def make_due(address: str, feeds: Collection[str] | None = None) -> None:
    """Make sources due, as `crawler run --force` does: a cron job comes when they are; None for all."""
    with closing(open_state(address, create=False)) as state:
        state.hurry(SystemClock().now(), sources=feeds)


def settle(address: str) -> int:
    """Take all articles of the frontier as done, as if they had been fetched; return how many there were."""
    number = 0
    with closing(open_state(address, create=False)) as state:
        now = SystemClock().now()
        state.take_shard("bench", now)
        while jobs := state.due_articles(now, AT_ONCE, per_host=PER_HOST):
            state.settle([ArticleOutcome(job.key, "done") for job in jobs], now)
            number += len(jobs)
    return number


def multiply(database: Path, known: int) -> None:
    """Copy the rows of filed articles under other addresses until so many more are known.

    Args:
        database: of a state in which some articles are filed.
        known: how many to add.
    """
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.row_factory = sqlite3.Row
        filed = [dict(row) for row in conn.execute("SELECT * FROM url WHERE state = 'done' AND path IS NOT NULL")]
        others = {table: _by_article(conn, table, column) for table, column in ROWS.items() if table != "url"}
        for first in range(0, known, BATCH):
            copies = [_copy(filed[n % len(filed)], n // len(filed)) for n in range(first, min(first + BATCH, known))]
            _insert(conn, "url", (new for _, new in copies))
            for table, rows in others.items():
                _insert(conn, table, _attached(copies, rows))


def _by_article(conn: sqlite3.Connection, table: str, column: str) -> Mapping[bytes, dict[str, Any]]:
    return {row[column]: dict(row) for row in conn.execute(f"SELECT * FROM {table}")}  # noqa: S608 - names of ours


def _copy(row: dict[str, Any], number: int) -> tuple[bytes, dict[str, Any]]:
    """Return the key of a row and its copy for another article."""
    url, path = f"{row['url']}?copy={number}", f"{row['path'].removesuffix('.md')}-copy-{number}.md"
    return row["key"], row | {"key": urls.key(url), "url": url, "path": path, "path_key": fold(path)}


def _attached(
    copies: Iterable[tuple[bytes, dict[str, Any]]], rows: Mapping[bytes, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Give each copy of an article its copies of what belongs to it; hashes that tell articles apart are others."""
    for old, new in copies:
        if old in rows:
            told = {
                name: urls.key(f"{name} of {new['url']}") for name in ("guid", "place", "title") if name in rows[old]
            }
            yield rows[old] | told | {"article": new["key"]}


def _insert(conn: sqlite3.Connection, table: str, rows: Iterable[dict[str, Any]]) -> None:
    columns = schema.metadata.tables[table].columns.keys()
    values = ", ".join(f":{name}" for name in columns)
    conn.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})", rows)  # noqa: S608 - names of ours


def widen(address: str, database: Path, place: Path) -> None:
    """Enter all sources of a configuration, those that were never polled as if they just had been.

    Args:
        address: of a state in which some of the sources were polled.
        database: its file.
        place: the configuration.
    """
    config, now = read_config(place), SystemClock().now()
    with closing(open_state(address, create=False)) as state:
        state.sync_sources(config.sources, now)
    names = [name for name in schema.source.columns.keys() if name not in OWN]  # noqa: SIM118 - the keys are not names
    with closing(sqlite3.connect(database)) as conn, conn:
        like = conn.execute(f"SELECT {', '.join(names)} FROM source WHERE last_success IS NOT NULL").fetchone()  # noqa: S608
        given = ", ".join(f"{name} = ?" for name in names)
        spread = "address = url, next_poll = ? + position * 1000"  # a millisecond apart
        later = (now + timedelta(hours=12) - schema.EPOCH) // schema.MICROSECOND
        conn.execute(f"UPDATE source SET {given}, {spread} WHERE last_success IS NULL", (*like, later))  # noqa: S608
