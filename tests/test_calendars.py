"""Words of calendars: months of many languages, numbers in Chinese numerals."""

from __future__ import annotations

import pytest

from crawler.calendars import MONTH_LINES, MONTHS, month_named, number


@pytest.mark.parametrize("line", MONTH_LINES)
def test_every_line_names_twelve_months(line: str) -> None:
    assert len(line.split()) == 12
    assert all(word == "-" or MONTHS[word.casefold()] == at for at, word in enumerate(line.split(), start=1))


@pytest.mark.parametrize(
    ("word", "month"),
    [("November", 11), ("NOV", 11), ("März", 3), ("août", 8), ("grudnia", 12), ("ноября", 11), ("tháng  11", 11)],
)
def test_months(word: str, month: int) -> None:
    assert month_named(word) == month


def test_other_words_are_no_months() -> None:
    assert month_named("Monday") is None


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("2021", 2021), ("110", 110), ("二〇二一", 2021), ("二零二一", 2021), ("九", 9), ("十", 10), ("十一", 11),
        ("二十", 20), ("二十五", 25), ("廿五", 25), ("三十一", 31), ("卅", 30), ("元", 1),
    ],
)  # fmt: skip
def test_numbers(said: str, value: int) -> None:
    assert number(said) == value


@pytest.mark.parametrize("said", ["百", "十百", "x"])
def test_no_numbers(said: str) -> None:
    with pytest.raises(ValueError, match=said[-1]):
        number(said)
