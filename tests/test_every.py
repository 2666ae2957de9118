"""The key `every`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.config.every import every
from crawler.model import Auto, Cron

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

GOOD = [
    ("15m", 15 * MINUTE),
    ("1h 30m", 90 * MINUTE),
    ("1w 2d 3h 4m 5s", timedelta(days=9, hours=3, minutes=4, seconds=5)),
    ("*/10 6-22 * * *", Cron("*/10 6-22 * * *")),
    (" 0  8 * * MON-FRI ", Cron("0 8 * * MON-FRI")),
    ("0 8 1 1 1", Cron("0 8 1 1 1")),
    ("0-30/10 8 1 jan,JUL *", Cron("0-30/10 8 1 jan,JUL *")),
    ("auto", Auto(5 * MINUTE, DAY)),
    ("AUTO", Auto()),
    ("auto 10m..12h", Auto(10 * MINUTE, 12 * HOUR)),
    ("auto 10m .. 12h", Auto(10 * MINUTE, 12 * HOUR)),
]


@pytest.mark.parametrize(("text", "value"), GOOD)
def test_every(text: str, value: timedelta | Cron | Auto) -> None:
    assert every(text) == value


BAD = [
    ("15", "'15' has no unit"),
    ("0s", "'0s' is out of bounds: 1s to 366d"),
    ("-5m", "'-5m' is out of bounds"),
    ("15 minutes", "'15 minutes' is no duration: write it like"),
    ("often", "is no duration (20s, 15m, 1h30m, 3d), no cron expression"),
    ("@hourly", "and not auto"),
    ("*", "is no cron expression: has 1 fields, not 5"),
    ("0 8", "is no cron expression: has 2 fields, not 5"),
    ("*/15 * * *", "is no cron expression: has 4 fields, not 5"),
    ("*/15 * * * * *", "is no cron expression: has 6 fields, not 5"),
    ("*/15 25 * * *", "is no cron expression: its hour cannot be read"),
    ("0 0 30 2 *", "is no cron expression: its day-of-month cannot be read"),
    ("auto 10m", "write auto, or auto with its bounds, like auto 10m..12h"),
    ("automatic", "write auto, or auto"),
    ("auto 10m..", "write auto, or auto"),
    ("auto 10..12h", "'10' has no unit"),
    ("auto 10s..12h", "'10s' is out of bounds: 1m to 366d"),
    ("auto 12h..10m", "the upper bound must be 1d at least"),
    ("auto 10m..10m", "the upper bound must be 20m at least"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared
        every(text)
    assert message in str(caught.value)
