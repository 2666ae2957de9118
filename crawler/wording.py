"""Counts, widths and times in words, as they are printed wherever something is told. Pure."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime


def counted(number: int, what: str) -> str:
    """Return `1 source`, `2 sources`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def width(text: str) -> int:
    """Return the columns that a text takes on a terminal: a Chinese character takes two (UAX #11)."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def iso(moment: datetime) -> str:
    """Write a time as ISO 8601 and RFC 3339 have it, in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
