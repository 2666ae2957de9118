"""Rows cut into lists, and lists made longer."""

from __future__ import annotations

import pytest

from crawler.batches import batches, padded


def test_batches_read_no_further_than_needed() -> None:
    rest = iter(range(7))
    assert next(batches(rest, 3)) == [0, 1, 2]
    assert next(rest) == 3


@pytest.mark.parametrize(
    ("given", "length"), [("", 0), ("a", 1), ("ab", 2), ("abc", 4), ("abcd", 4), ("abcde", 8), ("abcdefghi", 16)]
)
def test_padded_has_a_power_of_two_and_nothing_new(given: str, length: int) -> None:
    found = padded(given)
    assert len(found) == length
    assert found[: len(given)] == list(given)
    assert set(found) == set(given)
