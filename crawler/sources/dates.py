"""Dates as feeds write them.

Pure, and without the clock: feedparser reads "12:20" as today and "2021年11月20日" as the first of the month, so the
usual forms are read here and its answer is taken only for the exotic ones that name a year.
A time without a zone is taken for UTC; `time_offset` of the source corrects it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

#: Hours from UTC. CST is China's in Chinese feeds and America's elsewhere: RFC 822's meaning is kept.
ZONES = {
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "wet": 0, "bst": 1, "west": 1, "cet": 1, "met": 1, "cest": 2, "mest": 2, "eet": 2, "eest": 3, "msk": 3,
    "ist": 5.5, "ict": 7, "wib": 7, "hkt": 8, "sgt": 8, "myt": 8, "pht": 8, "awst": 8, "jst": 9, "kst": 9,
    "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"

YEAR_FIRST = re.compile(r"\b(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?!\d)")
DAY_FIRST = re.compile(rf"(?i)\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+{MONTH}[\s,-]+(?P<year>\d{{4}}|\d{{2}})\b(?!:)")
MONTH_FIRST = re.compile(rf"(?i)\b{MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b(?!:)")
ASCTIME = re.compile(rf"(?i)\b{MONTH}\s+(?P<day>\d{{1,2}})\s+[\d:]+\s+(?:[a-z]+\s+)?(?P<year>\d{{4}})\b")
DOTTED = re.compile(r"(?<!\d)(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})\b")
FORMS = (YEAR_FIRST, DAY_FIRST, MONTH_FIRST, ASCTIME, DOTTED)

CLOCK = re.compile(
    r"(?i)(?P<before>上午|下午|晚上)?\s*(?<![\d:：])(?P<hour>\d{1,2})\s*[:：时時点點]\s*(?P<minute>\d{2})"
    r"(?:\s*[:：分]\s*(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?\s*(?P<after>[ap]\.?m\b)?"
)
OFFSET = re.compile(r"\s*(?:gmt|utc|ut)?\s*(?P<sign>[+\-−])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?(?!\d)", re.I)
ZONE = re.compile(r"\s*\(?([a-z]{2,4})\b", re.I)
#: ISO 8601's basic form, with or without its T.
COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2}))?(?!\d)")
#: Seconds or milliseconds since 1970; nine digits of seconds begin in 1973.
UNIX = re.compile(r"(?P<seconds>\d{9,10})(?P<milliseconds>\d{3})?")
NAMES_A_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def read_date(text: str) -> datetime | None:
    """Return the moment a text states, in UTC; None for what states none.

    The zero dates of programs (year 1, 1970-01-01T00:00:00Z) state none.
    """
    text = COMPACT.sub(r"\1-\2-\3 \4:\5:\6", text.strip())
    if unix := UNIX.fullmatch(text):
        return datetime.fromtimestamp(int(unix["seconds"]), UTC) + timedelta(
            milliseconds=int(unix["milliseconds"] or 0)
        )
    day = next((found for form in FORMS if (found := form.search(text))), None)
    if day is None:
        return None
    clock = CLOCK.search(text)
    try:
        moment = _day(day) + (_time(clock) - _offset(text[clock.end() :]) if clock else timedelta())
    except (ValueError, OverflowError):
        return None
    return meant(moment)


def meant(moment: datetime) -> datetime | None:
    """Return the moment unless it is the zero of somebody's calendar."""
    return None if moment.year == 1 or moment == datetime(1970, 1, 1, tzinfo=UTC) else moment


def _day(found: re.Match[str]) -> datetime:
    parts = found.groupdict()
    month = MONTHS.index(parts["name"].lower()) + 1 if "name" in parts else int(parts["month"])
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 1900 if year >= 70 else 2000  # RFC 822 has two digits; feeds are younger than 1970
    return datetime(year, month, int(parts["day"]), tzinfo=UTC)


def _time(found: re.Match[str]) -> timedelta:
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if hour > 24 or minute > 59 or second > 60:
        raise ValueError(found[0])
    half = (found["before"] or found["after"] or "").lower().replace(".", "")
    if half in ("下午", "晚上", "pm") and hour < 12:
        hour += 12
    elif half in ("上午", "am") and hour == 12:
        hour = 0
    fraction = float(f"0.{found['fraction'] or 0}")
    return timedelta(hours=hour, minutes=minute, seconds=second + fraction)


def _offset(rest: str) -> timedelta:
    if found := OFFSET.match(rest):
        size = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
        return size if found["sign"] == "+" else -size
    named = ZONE.match(rest)
    return timedelta(hours=ZONES.get(named[1].lower(), 0)) if named else timedelta()
