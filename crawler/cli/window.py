"""`--since` and `--until`: days, months and years of a source's time zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ..errors import ConfigError
from ..model import Source
from ..past import Window

#: 2021, 2021-11, 2021-11-20.
DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


def window(since: str | None, until: str | None, source: Source) -> Window:
    """Return the times that are wanted; days are those of the source's time zone, and `until` is a day within."""
    found = Window(
        _moment("--since", since, source, is_end=False) if since else None,
        _moment("--until", until, source, is_end=True) if until else None,
    )
    if found.since and found.until and found.since >= found.until:
        raise ConfigError(f"--since {since} --until {until}: nothing lies between")
    return found


def _moment(option: str, text: str, source: Source, *, is_end: bool) -> datetime:
    """Return the beginning of a day, month or year, or its end; a time of day is taken as it is.

    Raises:
        ConfigError: it is no date.
    """
    zone, given = ZoneInfo(source.timezone), DAY.fullmatch(text.strip())
    if given is None and ":" not in text:  # else a day in another spelling would be its first moment
        raise _no_date(option, text)
    try:
        if given is None:
            moment = datetime.fromisoformat(text.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        year, month, day = (int(part) if part else None for part in given.groups())
        first = datetime(year or 0, month or 1, day or 1, tzinfo=zone)
        if is_end:
            first = _after(first, month, day)
        return first.astimezone(UTC)
    except (ValueError, OverflowError) as e:
        raise _no_date(option, text) from e


def _no_date(option: str, text: str) -> ConfigError:
    return ConfigError(f"{option}: {text!r} is no date: write it like 2021, 2021-11 or 2021-11-20")


def _after(first: datetime, month: int | None, day: int | None) -> datetime:
    """Return the beginning of what follows a year, a month or a day."""
    if month is None:
        return first.replace(year=first.year + 1)
    if day is None:
        return (first + timedelta(days=32)).replace(day=1)
    return first + timedelta(days=1)
