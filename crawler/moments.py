"""Dates as feeds and pages write them: one text in, one moment out.

Pure, and without the clock: what states no year states no moment, and nothing is guessed from today. Knows nothing of
where the text stood; which of several moments to believe is the caller's business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

#: Hours from UTC (RFC 5322 §4.3, and names in use). CST is China's in Chinese texts and America's elsewhere: the
#: RFC's meaning is kept.
ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8,
    "pdt": -7, "wet": 0, "bst": 1, "west": 1, "cet": 1, "met": 1, "cest": 2, "mest": 2, "eet": 2, "eest": 3, "msk": 3,
    "ist": 5.5, "ict": 7, "wib": 7, "hkt": 8, "sgt": 8, "myt": 8, "pht": 8, "awst": 8, "jst": 9, "kst": 9,
    "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
#: Zones go from -12:00 to +14:00.
MAX_OFFSET = timedelta(hours=14)
#: Characters of a text that are looked at, blanks folded; what has its date later is no date.
MAX_TEXT = 1000
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MORNING = ("am", "上午", "凌晨", "早上", "清晨")
EVENING = ("pm", "下午", "晚上", "傍晚")

#: `+08:00`, `+0800`, `GMT+8`; a single digit only behind GMT, because `12:20 -3 min` is none.
OFFSET = r"(?:GMT|UTC|UT)\s?[+\-−]\d{1,2}(?::?\d{2})?(?!\d)|[+\-−]\d{2}(?::?\d{2})?(?!\d)"
MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
CLOCK = rf"""
    (?P<before>上午|下午|晚上|凌晨|中午|早上|清晨|傍晚)?\s*(?<![\d:：])(?P<hour>\d{{1,2}})\s*[:：时時点點]\s*(?P<minute>\d{{2}})
    (?:\s*[:：分]\s*(?P<second>\d{{2}})(?:[.,](?P<fraction>\d{{1,9}}))?)?\s*(?:Uhr|分?秒?)
    \s*(?P<after>[AaPp]\.?[Mm]\b\.?)?
    \s*\(?(?P<zone>{OFFSET}|(?:{"|".join(ZONES).upper()}|z|gmt|utc)\b)?\)?"""
#: What may stand between a day and its time.
GAP = r"[T\s,，|·–-]*(?:(?:at|um|on)\s+)?"
AFTER = re.compile(f"(?x){GAP}{CLOCK}")
BEFORE = re.compile(f"(?x){CLOCK}{GAP}$")
INSIDE = re.compile(f"(?x){CLOCK}")

YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<year>\d{4})\s*(?P<gap>[-/.年])\s*(?P<month>\d{1,2})\s*(?:(?P=gap)|月)\s*(?P<day>\d{1,2})(?!\d)\s*日?"
)
DAY_FIRST = re.compile(rf"(?i)\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+{MONTH}[\s,-]+(?P<year>\d{{4}}|\d{{2}})\b(?!:)")
MONTH_FIRST = re.compile(rf"(?i)\b{MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b(?!:)")
ASCTIME = re.compile(rf"(?i)\b{MONTH}\s+(?P<day>\d{{1,2}})\s+[\d:]+\s+(?:[a-z]+\s+)?(?P<year>\d{{4}})\b")
DOTTED = re.compile(r"(?<![\d.])(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})\b")
#: ISO 8601's basic form; without its T only at the beginning, where it is no number in a name.
COMPACT = re.compile(
    r"(?:^|(?<!\w)(?=\d{8}T))(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?)?(?!\d)(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
FORMS = (YEAR_FIRST, DAY_FIRST, MONTH_FIRST, ASCTIME, DOTTED, COMPACT)
#: Seconds or milliseconds since 1970; nine digits of seconds begin in 1973.
UNIX = re.compile(r"\d{9}|(?P<seconds>\d{10})(?P<milliseconds>\d{3})?")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment that a text states."""

    when: datetime  #: aware, UTC
    timed: bool = True  #: False for a day without a time of day
    zoned: bool = True  #: False when the zone was assumed


def read_stamp(text: str, zone: tzinfo | None = None) -> Stamp | None:
    """Read the first date in a text, with its time: ISO 8601, RFC 5322, `2021年11月20日 12:20 PM`, Unix seconds.

    Args:
        text: as it stands in the feed or on the page; other words around it are ignored.
        zone: of times stated without one; None means UTC, and the stamp says that it was assumed.

    Returns:
        None when the text states no moment; the zeros of programs (year 1, 1970-01-01T00:00:00Z) state none.
    """
    text = " ".join(text.split())[:MAX_TEXT]
    if unix := UNIX.fullmatch(text):
        seconds, milliseconds = int(unix["seconds"] or text), int(unix["milliseconds"] or 0)
        return Stamp(datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=milliseconds))
    day = next((found for form in FORMS if (found := form.search(text))), None)
    if day is None:
        return None
    clock = _clock(day, text)
    stated = _offset(clock.get("zone") or "")
    try:
        local = _day(day) + _time(clock)
        when = (
            local.replace(tzinfo=zone or UTC).astimezone(UTC)
            if stated is None
            else (local - stated).replace(tzinfo=UTC)
        )
    except (ValueError, OverflowError):  # the 31st of February, hour 25, the end of the calendar
        return None
    return None if is_zero(when) else Stamp(when, timed=bool(clock), zoned=stated is not None or zone is not None)


def read_date(text: str) -> datetime | None:
    """Return the moment a text states, in UTC; a time without a zone is taken for UTC. None for what states none."""
    stamp = read_stamp(text)
    return stamp.when if stamp else None


def date_end(text: str, start: int) -> int:
    """Return where the date that begins at a place ends, with the time behind it; the place itself for none."""
    day = next((found for form in FORMS if (found := form.match(text, start))), None)
    clock = AFTER.match(text, day.end()) if day else None
    return clock.end() if clock else day.end() if day else start


def is_zero(moment: datetime) -> bool:
    """Tell whether a moment is the zero of somebody's calendar."""
    return moment.year == 1 or moment == datetime(1970, 1, 1, tzinfo=UTC)


def _clock(day: re.Match[str], text: str) -> dict[str, str | None]:
    """Return the parts of the time that belongs to a date: in it, behind it, before it; {} for none."""
    if day.re is COMPACT and day["hour"]:
        return day.groupdict()
    if day.re is ASCTIME:
        found = INSIDE.search(day[0])
    else:
        found = AFTER.match(text, day.end()) or BEFORE.search(text[: day.start()])
    return found.groupdict() if found else {}


def _day(found: re.Match[str]) -> datetime:
    """Return the day's beginning, naive."""
    parts = found.groupdict()
    month = MONTHS.index(parts["name"].lower()) + 1 if "name" in parts else int(parts["month"])
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 1900 if year >= 70 else 2000  # RFC 822 has two digits; feeds are younger than 1970
    return datetime(year, month, int(parts["day"]))  # noqa: DTZ001 - its zone is found out by the caller


def _time(clock: dict[str, str | None]) -> timedelta:
    """Return the time of day; "15:33 PM" and "00:20 AM" are taken by their numbers (zaobao.com, 2021)."""
    hour, minute, second = (int(clock.get(name) or 0) for name in ("hour", "minute", "second"))
    if hour > 24 or minute > 59 or second > 60:
        raise ValueError(clock)
    half = (clock.get("before") or clock.get("after") or "").lower().replace(".", "")
    if (half in EVENING and hour < 12) or (half == "中午" and hour < 3):
        hour += 12
    elif half in MORNING and hour == 12:
        hour = 0
    fraction = float(f"0.{clock.get('fraction') or 0}")
    return timedelta(hours=hour, minutes=minute, seconds=second + fraction)


def _offset(zone: str) -> timedelta | None:
    """Return the offset of `+08:00`, `GMT+8` or a known abbreviation; None for words that are no zone."""
    stated = re.fullmatch(r"\D*?(?P<sign>[+\-−])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?", zone)
    if stated is None:
        hours = ZONES.get(zone.lower())
        return None if hours is None else timedelta(hours=hours)
    size = timedelta(hours=int(stated["hours"]), minutes=int(stated["minutes"] or 0))
    return None if size > MAX_OFFSET else size if stated["sign"] == "+" else -size
