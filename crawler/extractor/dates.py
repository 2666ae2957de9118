"""Times as pages write them, and which of a page's and a feed's times to believe.

Rule: one stamp in, one instant out, or None; nothing is guessed from the clock. The choice between page and feed
is SPEC §4 "Times". Pure: `now` is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

#: Years outside are typing errors and placeholders ("0001-01-01", "1970-01-01"): nothing was on the web before.
YEARS = range(1990, 2100)
#: Clocks of feed and page may disagree by seconds around the same stated minute.
SAME = timedelta(minutes=1)
#: Zones go from -12:00 to +14:00; a time taken for another zone's is off by no more than their distance.
MAX_ZONE_ERROR = timedelta(hours=26)
#: Two stamps of one page that are further apart than any two zones' days are about different things.
SAME_DAY = timedelta(days=1, hours=14)

MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: i for i, name in enumerate(MONTH_NAMES, start=1)}
#: RFC 5322 §4.3, and names that mean one thing only; CST is read as the RFC says.
ZONES = {"z": 0, "ut": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6}
ZONES |= {"pst": -8, "pdt": -7, "bst": 1, "cet": 1, "cest": 2, "jst": 9, "kst": 9, "hkt": 8, "sgt": 8}

CLOCK = r"""(?:[T\s,，|·–-]*(?:at\s+)?
  (?P<noon>上午|下午|晚上|凌晨|中午|早上)?\s*(?P<hour>\d{1,2})\s*[:：时時點点]\s*(?P<minute>\d{2})
  (?:\s*[:：分]\s*(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?\s*分?秒?
  \s*(?P<half>[AaPp]\.?[Mm]\b\.?)?
  \s*(?P<zone>(?:UTC|GMT)?\s*[+-]\d{2}:?\d{2}\b|[+-]\d{2}\b|[A-Za-z]{1,4}\b)?)?"""
NUMERIC = re.compile(
    r"(?<!\d)(?P<year>\d{4})\s*(?P<gap>[-/.年])\s*(?P<month>\d{1,2})\s*(?:(?P=gap)|月)\s*(?P<day>\d{1,2})(?!\d)\s*日?"
    + CLOCK,
    re.X,
)
COMPACT = re.compile(
    r"(?<!\d)(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)T(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?"
    r"(?P<zone>Z|[+-]\d{4})?"
)
WORDED = re.compile(
    r"\b(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s-]+(?P<name>[A-Za-z]{3,9})\.?"
    r"|(?P<name2>[A-Za-z]{3,9})\.?\s+(?P<day2>\d{1,2})(?:st|nd|rd|th)?)"
    r"[\s,-]+(?P<year>\d{4})(?!\d)" + CLOCK,
    re.X,
)
EPOCH = re.compile(r"\s*(?P<seconds>\d{10})(?P<ms>\d{3})?\s*")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time found on a page."""

    when: datetime  #: aware, UTC
    timed: bool = True  #: False for a day without a time of day
    zoned: bool = True  #: False when the zone was assumed


def parse_stamp(text: str, zone: tzinfo | None = None) -> Stamp | None:
    """Read the first time in a text: ISO 8601, RFC 5322, `2021年11月20日 12:20 PM`, `2021/11/20`, Unix seconds.

    Args:
        text: as it stands on the page; other words around it are ignored.
        zone: of times stated without one; None means UTC, and the stamp says that it was assumed.
    """
    epoch = EPOCH.fullmatch(text)
    if epoch:
        when = datetime.fromtimestamp(int(epoch["seconds"]), UTC) + timedelta(milliseconds=int(epoch["ms"] or 0))
        return Stamp(when) if when.year in YEARS else None
    found = NUMERIC.search(text) or COMPACT.search(text) or WORDED.search(text)
    return _stamp(found, zone) if found else None


def _stamp(found: re.Match[str], zone: tzinfo | None) -> Stamp | None:
    part = {key: value for key, value in found.groupdict().items() if value}
    month = part.get("month") or MONTHS.get((part.get("name") or part.get("name2", ""))[:3].lower(), 0)
    stated = _zone(part.get("zone", ""))
    try:
        when = datetime(
            int(part["year"]),
            int(month),
            int(part.get("day") or part.get("day2", "0")),
            _hour(part),
            int(part.get("minute", "0")),
            int(part.get("second", "0")),
            int(part.get("part", "0").ljust(6, "0")[:6]),
            tzinfo=stated or zone or UTC,
        ).astimezone(UTC)
    except (ValueError, OverflowError):  # the 31st of February, hour 25
        return None
    known = stated is not None or zone is not None
    return Stamp(when, timed="hour" in part, zoned=known) if when.year in YEARS else None


def _hour(part: dict[str, str]) -> int:
    """Return the hour of 24; "15:33 PM" and "00:20 AM" are taken by their numbers (zaobao.com, 2021)."""
    hour = int(part.get("hour", "0"))
    half = part.get("half", "").lower()[:1]
    if half == "a" or part.get("noon") == "凌晨":
        return 0 if hour == 12 else hour
    if half == "p" or part.get("noon") in ("下午", "晚上"):
        return hour + 12 if hour < 12 else hour
    return hour


def _zone(text: str) -> timezone | None:
    """Return the zone of an offset or a known abbreviation; None for words that are no zone."""
    offset = re.fullmatch(r"(?:UTC|GMT)?\s*([+-])(\d{2}):?(\d{2})?", text)
    if offset:
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(-span if offset[1] == "-" else span) if span < timedelta(hours=24) else None
    hours = ZONES.get(text.lower())
    return None if hours is None else timezone(timedelta(hours=hours))


def zone_named(name: str) -> tzinfo | None:
    """Return the zone of an IANA name; None for "".

    Raises:
        ZoneInfoNotFoundError: there is none of that name (a KeyError).
        ValueError: the name is no key at all.
    """
    return ZoneInfo(name) if name else None


def best_stamp(stamps: Sequence[Stamp]) -> Stamp | None:
    """Choose among a page's stamps, strongest first: the first, made exact by a later one of the same day."""
    if not stamps or stamps[0].timed:
        return stamps[0] if stamps else None
    exact = (s for s in stamps if s.timed and abs(s.when - stamps[0].when) < SAME_DAY)
    return next(exact, stamps[0])


def publication(page: Stamp | None, feed: datetime | None, now: datetime) -> datetime:
    """Choose the time of publication (SPEC §4): never later than now, now only when nothing else is to be had.

    The feed's stands, unless the page knows the time of day and the feed's is in the future or off by whole
    hours. A page time whose zone was assumed does not overrule a feed that is merely off by whole hours: then
    the page is as likely to be the one in a foreign zone.

    Args:
        page: the page's own time.
        feed: the feed's, the source's `time_offset` added.
        now: aware; the crawl time.
    """
    if feed is None:
        return min(page.when, now) if page else now
    if page is not None and page.timed:
        if feed > now:
            return min(page.when, now)
        if page.zoned and is_zone_error(page.when - feed):
            return min(page.when, now)
    return min(feed, now)


def is_zone_error(gap: timedelta) -> bool:
    """Tell whether two times differ by whole hours, as when one was written in another zone."""
    hours = round(gap / timedelta(hours=1))
    return hours != 0 and abs(gap) <= MAX_ZONE_ERROR and abs(gap - timedelta(hours=hours)) <= SAME
