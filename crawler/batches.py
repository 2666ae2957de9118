"""Long rows of anything cut into lists, and lists of a few lengths only."""

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


def padded(values: Iterable[T]) -> list[T]:
    """Return values for an IN (…), the last one again up to a power of two: so that few statements are prepared."""
    found = list(values)
    size = 1 << (len(found) - 1).bit_length() if found else 0
    return found + found[-1:] * (size - len(found))
