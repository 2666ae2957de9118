"""Long rows of anything cut into lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut rows into lists of at most `size`, reading no further than needed."""
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch
