"""The key `every`: how often a source is polled, as text → a duration, a cron expression, or `auto` with its bounds.

Pure, as `parse` is: a wrong value is a ValueError whose message needs no key name.
"""

from __future__ import annotations

import re
from datetime import timedelta

from ..cron import fault
from ..model import Auto, Cron
from .parse import duration, spell

#: `auto`, `auto 10m..12h`
AUTO = re.compile(r"auto(?:\s+(\S+?)\s*\.\.\s*(\S+))?", re.I)
#: What is meant for a cron expression: it has a star, or two fields of numbers.
CRON = re.compile(r".*\*.*|\d[\d,/-]* \d[\d,/-]*( .*)?")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
#: Between the bounds there must be room for a rhythm.
ROOM = 2


def every(value: str) -> timedelta | Cron | Auto:
    """Return how often to poll."""
    text = " ".join(value.split())
    if text.lower().startswith("auto"):
        return _auto(text)
    if CRON.fullmatch(text):
        return _cron(text)
    if not re.match(r"[+-]?\d", text):
        raise ValueError(
            f'{value!r} is no duration (20s, 15m, 1h30m, 3d), no cron expression ("*/15 6-22 * * *") and not auto'
        )
    return duration(SECOND)(text)


def _auto(text: str) -> Auto:
    found = AUTO.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} cannot be read: write auto, or auto with its bounds, like auto 10m..12h")
    if found[1] is None:
        return Auto()
    low, high = duration(MINUTE)(found[1]), duration(MINUTE)(found[2])
    if high < ROOM * low:
        raise ValueError(f"{text!r} leaves no room: the upper bound must be {spell(ROOM * low)} at least")
    return Auto(low, high)


def _cron(text: str) -> Cron:
    if wrong := fault(text):
        raise ValueError(f"{text!r} is no cron expression: {wrong}")
    return Cron(text)
