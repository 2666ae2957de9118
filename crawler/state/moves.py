"""Posts on their way to another place: planned, so that a run that was cut off is finished by the next one.

Rule: each function works inside the caller's transaction. A path is an article's own until its row says otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select, update

from .rows import Move
from .schema import album, fold, meta, url, watch
from .writes import first_free

#: Key in `meta`.
PLAN = "moves"


def plan(conn: Connection, wanted: Sequence[tuple[bytes, str, Iterable[str]]]) -> tuple[Move, ...]:
    """Plan moves in place of those planned before; each gets the first path that no other article holds."""
    moves: list[Move] = []
    chosen: set[str] = set()
    for key, old, choices in wanted:
        new = first_free(conn, (path for path in choices if fold(path) not in chosen))
        if new is not None:
            chosen.add(fold(new))
            moves.append(Move(key, old, new))
    conn.execute(delete(meta).where(meta.c.key == PLAN))
    if moves:
        said = json.dumps([[move.key.hex(), move.old, move.new] for move in moves])
        conn.execute(insert(meta).values(key=PLAN, value=said))
    return tuple(moves)


def planned(conn: Connection) -> tuple[Move, ...]:
    """Return the moves that are planned and not known to be finished."""
    said = conn.scalar(select(meta.c.value).where(meta.c.key == PLAN))
    return tuple(Move(bytes.fromhex(key), old, new) for key, old, new in json.loads(said or "[]"))


def carry_out(conn: Connection, moves: Sequence[Move], altered: Mapping[bytes, bytes]) -> None:
    """Note that posts stand at their new paths, other addresses of their articles included; see `State.carry_out`."""
    where = {move.old: move.new for move in moves}
    aliases = select(url.c.key, url.c.path).where(url.c.path_key.is_(None), url.c.path.is_not(None))
    for row in conn.execute(aliases).all():
        if row.path in where:
            conn.execute(update(url).where(url.c.key == row.key).values(path=where[row.path]))
    for move in moves:
        held = (url.c.key == move.key, url.c.path == move.old)
        conn.execute(update(url).where(*held).values(path=move.new, path_key=fold(move.new)))
        for old, new in altered.items():
            for column in (url.c.file_hash, watch.c.next_hash, album.c.next_hash):
                article = column.table.c.key if column.table is url else column.table.c.article
                conn.execute(update(column.table).where(article == move.key, column == old).values({column.key: new}))
