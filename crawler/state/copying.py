"""The rows of one state into another, whatever kinds of database they are: `crawler state copy`, and dry runs.

Rule: rows pass as they are, in values that databases have: nothing of ours is made of a million of them. What follows
from the other's number of shards is set right after.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Integer, Table, TypeDecorator, func, select, text, type_coerce

from .kind import Kind
from .migrations import VERSION
from .schema import meta, metadata, shard
from .shards import SHARDS

#: Rows read at a time: some MB.
BATCH = 2000
#: Words in `meta` that belong to the database itself, not to what it knows.
OWN = (VERSION, SHARDS)


def copy_rows(source: Connection, target: Connection, kind: Kind) -> int:
    """Copy all that is known and owed into a state without rows; returns how many rows there were.

    Args:
        source: to read from; whole, as of the moment when it began.
        target: to write to, of the same schema; its number of shards stays.
        kind: of the target.
    """
    copied = 0
    for table in metadata.sorted_tables:
        if table is not shard:  # who owns it there owns nothing here
            copied += kind.fill(target, table, _rows(source, table))
            _count_on(target, table)
    return copied


def _rows(source: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    """Yield rows in the order of the table's columns, times and the like as the numbers that they are stored as."""
    plain = [c.type.impl if isinstance(c.type, TypeDecorator) else c.type for c in table.columns]
    query = select(*(type_coerce(c, kind).label(c.name) for c, kind in zip(table.columns, plain, strict=True)))
    if table is meta:
        query = query.where(meta.c.key.not_in(OWN))
    result = source.execution_options(stream_results=True, yield_per=BATCH).execute(query)
    for batch in result.partitions():
        yield from map(tuple, batch)


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
