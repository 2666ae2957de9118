"""Which hosts belong to which shard: the share of the work that one owner has at a time (DESIGN §1).

Rule: a host's shard follows from its site's name and the number of shards; it is written beside each host, for the
indexes.
Each function works inside the caller's transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Set
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from ..batches import batches, padded
from ..memory import Ownership
from ..urls import bare
from .rows import Share
from .schema import host, meta, shard, source

#: Shards of a state for many machines: with a hundred of them each owns two or three at a time.
MANY = 256
#: All routes of RSSHub are of one shard, since the same instances answer for all of them.
ROUTES = "rsshub://"
#: Key in `meta`; there where a state has more than one.
SHARDS = "shards"
#: Rows that are given another shard in one statement.
BATCH = 1000
#: The epochs of some shards; in one order, so that two owners never wait for each other.
EPOCHS = (
    select(shard.c.id, shard.c.epoch)
    .where(shard.c.id.in_(bindparam("owned", expanding=True)))
    .order_by(shard.c.id)
    .with_for_update()
)


def shard_of(name: str, shards: int) -> int:
    """Return the shard of a host.

    The hosts of a site (`urls.same_site`) are of one: most sites redirect from one to another of them, and name that
    one as the address of an article. With two owners the second host would be asked by both at once, and an article
    that comes by both addresses filed twice.
    """
    if shards == 1:
        return 0
    said = bare(name).encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(said, digest_size=4).digest(), "big") % shards


def count(conn: Connection) -> int:
    """Return how many shards a state has."""
    return int(conn.scalar(select(meta.c.value).where(meta.c.key == SHARDS)) or 1)


def share(conn: Connection, shards: int) -> None:
    """Give a state another number of shards, and each host its new one; only while nobody works it."""
    conn.execute(delete(meta).where(meta.c.key == SHARDS))
    if shards > 1:
        conn.execute(insert(meta).values(key=SHARDS, value=str(shards)))
    names = conn.scalars(select(host.c.name)).all()
    routes = set(conn.scalars(select(source.c.host).where(source.c.url.startswith(ROUTES))))
    move = update(host).where(host.c.name == bindparam("moved")).values(shard=bindparam("now_in"))
    for batch in batches(names, BATCH):
        homes = ((name, ROUTES if name in routes else name) for name in batch)
        conn.execute(move, [{"moved": name, "now_in": shard_of(home, shards)} for name, home in homes])


def rows(conn: Connection, names: list[str], *, are_routes: bool = False) -> list[dict[str, Any]]:
    """Return rows of hosts of which nothing is known yet."""
    shards = count(conn) if names else 1
    return [{"name": name, "shard": shard_of(ROUTES if are_routes else name, shards), "fails": 0} for name in names]


def within(shard: int | None) -> list[ColumnElement[bool]]:
    """The condition that a row of `host` is of a shard; none where all are asked for."""
    return [] if shard is None else [host.c.shard == shard]


def take(conn: Connection, number: int | None, owner: str, now: datetime) -> int:
    """Raise the epoch of a shard and return it; of all of them where one owner works the whole state."""
    if number is None:
        conn.execute(update(shard).where(shard.c.id != 0).values(epoch=shard.c.epoch + 1, owner=owner, taken=now))
    mine = shard.c.id == (number or 0)
    if not conn.execute(update(shard).where(mine).values(epoch=shard.c.epoch + 1, owner=owner, taken=now)).rowcount:
        conn.execute(insert(shard).values(id=number or 0, epoch=1, owner=owner, taken=now))
    epoch: int = conn.execute(select(shard.c.epoch).where(mine)).scalar_one()
    return epoch


def lost(conn: Connection, claims: Set[Ownership]) -> frozenset[Ownership]:
    """Return which of some shards others have taken; the rest stay ours until the transaction ends."""
    asked = [one for one in claims if one.epoch is not None]
    if not asked:
        return frozenset()
    epochs = {
        row.id: row.epoch for row in conn.execute(EPOCHS, {"owned": padded(sorted({one.shard for one in asked}))})
    }
    return frozenset(one for one in asked if epochs.get(one.shard) != one.epoch)


def shares(conn: Connection) -> tuple[Share, ...]:
    """Return who owns which shard, or owned it last."""
    return tuple(Share(*row) for row in conn.execute(select(shard).order_by(shard.c.id)))
