"""What a kind of database does in its own way, handed to `store` as one value; and transactions that others disturb.

Rule: nothing of any one database here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, Table

from ..errors import StateError

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S")

#: Opens a transaction, and ends it.
Connect = Callable[[], AbstractContextManager[Connection]]

#: Times that a transaction is tried where others' come in between; each time at least one of those gets through.
MOST_TRIES = 20


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of database."""

    translated: Callable[[str], AbstractContextManager[None]]  #: its errors become StateErrors that name a state
    flush: Callable[[Engine, str], None]  #: forces what was committed to the disk, where a commit alone does not
    reading: Callable[[Engine], Engine]  #: of an engine that writes, one for reads
    snapshot: Callable[[Engine], Engine]  #: of an engine, one whose transactions see all as it was when they began
    has_lateral: bool  #: whether its joins may look back (LATERAL)
    fill: Callable[[Connection, Table, Iterable[Sequence[Any]]], int]  #: inserts very many rows; returns their number


class Collided(StateError):
    """Another owner's transaction came in between; the same one succeeds when it is tried again."""


class Anew:
    """What can be gone through once, made so that it can be gone through each time a transaction is tried.

    Args:
        items: may be endless; read as far as needed.
    """

    def __init__(self, items: Iterable[str]) -> None:
        self._rest = iter(items)
        self._read: list[str] = []

    def __iter__(self) -> Iterator[str]:
        yield from tuple(self._read)
        for item in self._rest:
            self._read.append(item)
            yield item


def whole(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Have a method, which is one transaction, tried again where another owner's came in between.

    What is looked up first and inserted then is safe from the owner of the same shard, not from those of others.
    """

    @wraps(method)
    def tried(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(MOST_TRIES - 1):
            try:
                return method(self, *args, **kwargs)
            except Collided:
                continue
        return method(self, *args, **kwargs)

    return tried
