"""How long `crawler state copy` takes for a state of a million addresses, there and back, and whether all arrived.

The state: a thousand articles that the real crawler filed, copied under other addresses until there are four in five;
the rest waits in the frontier, each with a due time of its own. All rows are compared, but for those that are a
database's own: who owns which shard, and which shard a host belongs to.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Table

from bench.throughput_peers import Ours, database
from bench.throughput_scenes import Options, staged
from bench.throughput_site import Plan
from bench.throughput_state import multiply
from crawler import urls
from crawler.cli.common import SystemClock
from crawler.memory import Admission
from crawler.model import Entry
from crawler.state.migrations import VERSION
from crawler.state.opening import open_state
from crawler.state.schema import metadata
from crawler.state.shards import SHARDS
from tests.postgres import own

#: Articles that are filed at first: feeds, and the articles of each.
FEEDS, EACH = 25, 40
#: Of ten addresses so many wait; entered so many at a time, over so many hosts.
WAITING, BATCH, HOSTS = 2, 5000, 1000
#: Seconds that each way may take.
LIMIT_S = 300.0
#: Columns and rows that are a database's own.
OWN_COLUMNS, OWN_TABLES, OWN_WORDS = {"host": {"shard"}}, {"shard"}, {VERSION, SHARDS}


def measure(addresses: int) -> Iterator[str]:
    """Copy there and back; yield what came of it, with a word of whether it is as promised in the last line."""
    with staged("copy", Ours(), Plan(FEEDS, EACH, FEEDS), Options()) as stage, own() as server:
        stage.run("all new", FEEDS * EACH)
        first = database(stage.folder)
        _fill(first, stage.state, addresses)
        yield f"{_rows(first):,} rows, {first.stat().st_size / 1e6:.0f} MB in SQLite"
        back = first.with_name("back.db")
        there_s = _copied(stage.state, server.address)
        differences = list(_differences(first, server.address))
        yield f"SQLite to PostgreSQL: {there_s:.1f} s; {'; '.join(differences) or 'all rows equal'}"
        back_s = _copied(server.address, f"sqlite:///{back}")
        others = list(_differences(back, server.address))
        yield f"PostgreSQL to SQLite: {back_s:.1f} s; {'; '.join(others) or 'all rows equal'}"
    is_well = max(there_s, back_s) < LIMIT_S and not differences and not others
    yield f"{'PASS' if is_well else 'FAIL'}: {addresses:,} addresses in {there_s:.1f} s"


def _fill(file: Path, address: str, addresses: int) -> None:
    """Bring a state of some filed articles to so many addresses."""
    waiting = addresses * WAITING // 10
    multiply(file, addresses - waiting - FEEDS * EACH)
    with closing(open_state(address, create=False)) as state:
        now, source = SystemClock().now(), _a_source(file)
        for first in range(0, waiting, BATCH):
            batch = [_admission(n) for n in range(first, min(first + BATCH, waiting))]
            state.enter(source, batch, now + timedelta(seconds=first))
    with closing(sqlite3.connect(file)) as conn, conn:
        conn.execute("UPDATE url SET due = due + rowid * 1000 WHERE state = 'pending'")


def _a_source(file: Path) -> bytes:
    with closing(sqlite3.connect(file)) as conn:
        key: bytes = conn.execute("SELECT key FROM source ORDER BY position").fetchone()[0]
        return key


def _admission(n: int) -> Admission:
    url = urls.canonical(f"https://host{n % HOSTS}.example/waiting/{n}")
    return Admission(urls.key(url), url, urls.host(url), Entry(url=url, title=f"Story {n} that waits"))


def _copied(source: str, target: str) -> float:
    """Copy a state by the command; return the seconds that it took."""
    began = time.monotonic()
    command = [sys.executable, "-m", "crawler", "state", "copy", source, target]
    with tempfile.TemporaryDirectory() as elsewhere:  # where no config.yaml is
        subprocess.run(command, cwd=elsewhere, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def _rows(file: Path) -> int:
    with closing(sqlite3.connect(file)) as conn:
        return sum(conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in metadata.tables)  # noqa: S608


def _differences(file: Path, address: str) -> Iterator[str]:
    """Yield the tables whose rows are not the same, with the first row that differs."""
    with closing(sqlite3.connect(file)) as ours, psycopg.connect(address) as theirs:
        for table in metadata.sorted_tables:
            if table.name in OWN_TABLES:
                continue
            with _read(ours, theirs, table) as (here, there):
                pair = next(((a, b) for a, b in zip_longest(here, there) if a != b), None)
            if pair is not None:
                yield f"{table.name}: {pair[0]} here, {pair[1]} there"


@contextmanager
def _read(
    ours: sqlite3.Connection, theirs: psycopg.Connection[Any], table: Table
) -> Iterator[tuple[Iterator[Any], Iterator[Any]]]:
    """Open both databases' rows of a table, in the order of its key."""
    columns = ", ".join(c.name for c in table.columns if c.name not in OWN_COLUMNS.get(table.name, set()))
    order = ", ".join(c.name for c in table.primary_key)
    words = ", ".join(f"'{word}'" for word in sorted(OWN_WORDS))
    only = f" WHERE key NOT IN ({words})" if table.name == "meta" else ""
    query = f"SELECT {columns} FROM {table.name}{only} ORDER BY {order}"  # noqa: S608 - names of ours
    with theirs.cursor(name="there") as cursor:
        cursor.itersize = BATCH
        cursor.execute(query.encode())
        yield ours.execute(query), iter(cursor)
