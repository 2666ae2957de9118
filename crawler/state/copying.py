"""The rows of one state into another, whatever kinds of database they are: `crawler state copy`, and dry runs.

Rule: rows pass as they are, in batches; what follows from the other's number of shards is set right after.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Integer, Table, func, insert, select, text

from ..batches import batches
from .migrations import VERSION
from .schema import meta, metadata, shard
from .shards import SHARDS

#: Rows read and written at a time: some MB.
BATCH = 2000
#: Words in `meta` that belong to the database itself, not to what it knows.
OWN = (VERSION, SHARDS)


def copy_rows(source: Connection, target: Connection, saw: Callable[[str, int], None] = lambda *_: None) -> int:
    """Copy all that is known and owed into a state without rows; returns how many rows there were.

    Args:
        source: to read from; whole, as of the moment when it began.
        target: to write to, of the same schema; its number of shards stays.
        saw: told of each batch: the table's name and its rows so far.
    """
    copied = 0
    for table in metadata.sorted_tables:
        if table is shard:  # who owns it there owns nothing here
            continue
        done = 0
        for batch in batches(_rows(source, table), BATCH):
            target.execute(insert(table), [dict(row) for row in batch])
            done += len(batch)
            saw(table.name, done)
        copied += done
        _count_on(target, table)
    return copied


def _rows(source: Connection, table: Table):  # type: ignore[no-untyped-def]  # an iterator of mappings
    query = select(table)
    if table is meta:
        query = query.where(meta.c.key.not_in(OWN))
    result = source.execution_options(stream_results=True, yield_per=BATCH).execute(query)
    return result.mappings()


def _count_on(target: Connection, table: Table) -> None:
    """Let numbers that the database gives go on behind those that were copied."""
    numbers = [c for c in table.primary_key if isinstance(c.type, Integer) and c.autoincrement == "auto"]
    if target.dialect.name != "postgresql" or len(table.primary_key) != 1 or not numbers:
        return
    column = numbers[0]
    last = target.scalar(select(func.max(column)))
    if last is not None:
        call = text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)")
        target.execute(call, {"table": table.name, "column": column.name, "last": last})
