"""Counts, widths and times in words."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from crawler.wording import counted, iso, width


@pytest.mark.parametrize(("number", "said"), [(0, "0 posts"), (1, "1 post"), (2, "2 posts")])
def test_counts(number: int, said: str) -> None:
    assert counted(number, "post") == said


@pytest.mark.parametrize(("text", "columns"), [("", 0), ("abc", 3), ("香港", 4), ("Ａa", 3), ("é", 1)])
def test_widths(text: str, columns: int) -> None:
    assert width(text) == columns


def test_times_are_in_utc_to_the_second() -> None:
    moment = datetime(2021, 11, 20, 8, 0, 0, 999, tzinfo=timezone(timedelta(hours=8)))
    assert iso(moment) == "2021-11-20T00:00:00Z"
