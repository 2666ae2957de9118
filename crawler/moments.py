"""Dates as feeds and pages write them: one text in, one moment out.

Pure, and without the clock: what states no year states no moment, and nothing is guessed from today. Knows nothing of
where the text stood; which of several moments to believe is the caller's business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from .calendars import CLOCKS, ERAS, EVENING, MORNING, NOON, SEASONAL_ZONES, ZONES, month_named, number

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Zones go from -12:00 to +14:00.
MAX_OFFSET = timedelta(hours=14)
#: Characters of a text that are looked at, blanks folded; what has its date later is no date.
MAX_TEXT = 1000

#: `+08:00`, `+0800`, `GMT+8`; a single digit only behind GMT, because `12:20 -3 min` is none.
OFFSET = r"(?:GMT|UTC|UT)\s?[+\-−]\d{1,2}(?::?\d{2})?(?!\d)|[+\-−]\d{2}(?::?\d{2})?(?!\d)"
HALF = "|".join(word for word in (*MORNING, *EVENING, *NOON) if not word.isascii())
CLOCK = rf"""
    (?P<before>{HALF})?\s*(?<![\d:：])(?P<hour>\d{{1,2}})
    \s*(?:[:：时時点點시h]|\.(?=\d\d\s?(?:Uhr|WIB|$)))\s*(?P<minute>\d{{2}})
    (?:\s*[:：分분]\s*(?P<second>\d{{2}})(?:[.,](?P<fraction>\d{{1,9}}))?)?\s*(?:Uhr|h(?:rs)?\b\.?|[分분]?[秒초]?)
    \s*(?P<after>[AaPp]\.?\s?[Mm]\b\.?)?
    \s*[(（]?(?P<zone>{OFFSET}|(?:{"|".join([*ZONES, *SEASONAL_ZONES]).upper()}|z|gmt|utc)\b)?[)）]?"""
#: The day of the week in East Asian dates: (土), 星期六.
WEEKDAY = r"(?:[(（]?(?:(?:星期|周|週)[一二三四五六日天]|[(（][日月火水木金土일월화수목금토一二三四五六])[)）]?)?"
#: What may stand between a day and its time.
GAP = (
    rf"\s?{WEEKDAY}[T\s,，|·–-]*"
    r"(?:(?:at|um|on|à|a las|alle(?: ore)?|ore|om|kl\.?|klo|o|o godz\.|godz\.|às|в|о|об|saat|lúc|pukul|jam)\s+)?"
)
AFTER = re.compile(f"(?x){GAP}".replace(" ", r"\ ") + CLOCK)
BEFORE = re.compile(f"(?x){CLOCK}" + GAP.replace(" ", r"\ ") + "$")
INSIDE = re.compile(f"(?x){CLOCK}")

#: A word that `month_named` must know.
MONTH = r"(?P<name>tháng\s\d{1,2}|[^\W\d_]{3,12})\.?"
YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<year>\d{4})\s*(?P<gap>[-/.年년])\s*(?P<month>\d{1,2})\s*(?:(?P=gap)|[月월])"
    r"\s*(?P<day>\d{1,2})(?!\d)(?:\s*[日号號일]|\.(?!\d))?"
)
#: 民國110年11月20日, 令和3年11月20日, 二〇二一年十一月二十日.
ERA = re.compile(
    rf"(?P<era>{'|'.join(ERAS)})\s?(?P<year>\d{{1,3}}|元)\s?年\s?(?P<month>\d{{1,2}})\s?月\s?(?P<day>\d{{1,2}})\s?日"
)
NUMERALS = re.compile(
    r"(?P<year>[〇零○一二三四五六七八九]{4})年(?P<month>[一二三四五六七八九十]{1,2})月(?P<day>[一二三四五六七八九十廿卅]{1,3})[日号號]"
)
DAY_FIRST = re.compile(
    rf"(?i)\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?[\s-]+(?:de\s)?{MONTH}[\s,-]+(?:del?\s)?(?P<year>\d{{4}}|\d{{2}})\b(?!:)"
)
MONTH_FIRST = re.compile(rf"(?i)\b{MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b(?!:)")
ASCTIME = re.compile(rf"(?i)\b{MONTH}\s+(?P<day>\d{{1,2}})\s+[\d:]+\s+(?:[a-z]+\s+)?(?P<year>\d{{4}})\b")
DOTTED = re.compile(r"(?<![\d.])(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})\b")
#: 20/11/2021; which of the two is the day is the country's habit, unless one of them can be no month.
SLASHED = re.compile(r"(?<![\d/-])(?P<one>\d{1,2})(?P<gap>[/-])(?P<two>\d{1,2})(?P=gap)(?P<year>\d{4})(?![\d/-])")
#: ISO 8601's basic form; without its T only at the beginning, where it is no number in a name.
COMPACT = re.compile(
    r"(?:^|(?<!\w)(?=\d{8}T))(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?)?(?!\d)(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
FORMS = (YEAR_FIRST, DAY_FIRST, MONTH_FIRST, ASCTIME, DOTTED, COMPACT, SLASHED, ERA, NUMERALS)
#: A day whose year stands elsewhere: 11月20日; 11-20 only with its time behind it.
YEARLESS = re.compile(
    r"(?<![\d年/.-])(?P<month>\d{1,2})(?:月(?P<day>\d{1,2})[日号號]|[/-](?P<other>\d{1,2})(?=\s\d{1,2}[:：]))"
)
#: Seconds or milliseconds since 1970; nine digits of seconds begin in 1973.
UNIX = re.compile(r"\d{9}|(?P<seconds>\d{10})(?P<milliseconds>\d{3})?")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment that a text states."""

    when: datetime  #: aware, UTC
    timed: bool = True  #: False for a day without a time of day
    zoned: bool = True  #: False when the zone was assumed
    offset: timedelta = field(default=timedelta(), compare=False)  #: of the clock it was read from, from UTC


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text was written, as far as that decides what its dates mean."""

    zone: tzinfo | None = None  #: of times stated without one, where it is known
    guess: tzinfo | None = None  #: the same, guessed: the stamp says that it was assumed
    day_first: bool | None = None  #: how 5/4/2021 is read; None: not at all
    year: int | None = None  #: of days stated without one; None: they are no dates


NOWHERE = Place()


def read_stamp(text: str, zone: tzinfo | None = None, place: Place = NOWHERE) -> Stamp | None:
    """Read the first date in a text, with its time: ISO 8601, RFC 5322, `2021年11月20日 12:20 PM`, Unix seconds.

    Args:
        text: as it stands in the feed or on the page; other words around it are ignored.
        zone: of times stated without one; None means the place's, else UTC, and the stamp says that it was assumed.
        place: what is known of the text's origin.

    Returns:
        None when the text states no moment; the zeros of programs (year 1, 1970-01-01T00:00:00Z) state none.
    """
    text = " ".join(text.split())[:MAX_TEXT]
    if unix := UNIX.fullmatch(text):
        seconds, milliseconds = int(unix["seconds"] or text), int(unix["milliseconds"] or 0)
        return Stamp(datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=milliseconds))
    day = _first_day(text, place)
    if day is None:
        return None
    clock = _clock(day, text)
    named = clock.get("zone") or ""
    zone = ZoneInfo(SEASONAL_ZONES[named]) if named in SEASONAL_ZONES else zone or place.zone
    try:
        return _stamp(_day(day, place), clock, _offset(named, text), zone, place.guess)
    except (ValueError, OverflowError):  # the 31st of February, hour 25, the end of the calendar
        return None


def _stamp(
    day: datetime, clock: Mapping[str, str | None], stated: timedelta | None, zone: tzinfo | None, guess: tzinfo | None
) -> Stamp | None:
    """Put a day, its time and its zone together; a day alone stays itself in a zone that is only guessed."""
    time = _time(clock)
    is_timed = bool(clock) and (time > timedelta() or stated is not None or zone is not None)  # T00:00:00 is no time
    aware = (day + time).replace(tzinfo=_zone(stated, zone or (guess if is_timed else None)))
    when = aware.astimezone(UTC)
    is_zoned = stated is not None or zone is not None
    return None if is_zero(when) else Stamp(when, is_timed, is_zoned, aware.utcoffset() or timedelta())


def _zone(stated: timedelta | None, zone: tzinfo | None) -> tzinfo:
    return timezone(stated) if stated is not None else zone or UTC


def read_date(text: str) -> datetime | None:
    """Return the moment a text states, in UTC; a time without a zone is taken for UTC. None for what states none."""
    stamp = read_stamp(text)
    return stamp.when if stamp else None


def date_end(text: str, start: int, place: Place = NOWHERE) -> int:
    """Return where the date that begins at a place ends, with the time behind it; the place itself for none."""
    forms = (*FORMS, YEARLESS) if place.year else FORMS
    day = next((found for form in forms if (found := form.match(text, start)) and _is_day(found)), None)
    clock = AFTER.match(text, day.end()) if day else None
    return clock.end() if clock else day.end() if day else start


def is_zero(moment: datetime) -> bool:
    """Tell whether a moment is the zero of somebody's calendar."""
    return moment.year == 1 or moment == datetime(1970, 1, 1, tzinfo=UTC)


def _first_day(text: str, place: Place) -> re.Match[str] | None:
    """Return the first date of the first form that a text has, by the forms' order."""
    found = (day for form in FORMS for day in form.finditer(text) if _is_day(day))
    return next(found, None) or (YEARLESS.search(text) if place.year else None)


def _is_day(found: re.Match[str]) -> bool:
    return "name" not in found.re.groupindex or month_named(found["name"]) is not None


def _clock(day: re.Match[str], text: str) -> dict[str, str | None]:
    """Return the parts of the time that belongs to a date: in it, behind it, before it; {} for none."""
    if day.re is COMPACT and day["hour"]:
        return day.groupdict()
    if day.re is ASCTIME:
        found = INSIDE.search(day[0])
    else:
        found = AFTER.match(text, day.end()) or BEFORE.search(text[: day.start()])
    return found.groupdict() if found else {}


def _day(found: re.Match[str], place: Place) -> datetime:
    """Return the day's beginning, naive.

    Raises:
        ValueError: there is no such day, or it cannot be told which one is meant.
    """
    parts = found.groupdict()
    if found.re is SLASHED:
        day, month = _in_order(int(parts["one"]), int(parts["two"]), place.day_first)
    else:
        day = number(parts["day"] or parts["other"])
        month = month_named(parts["name"]) or 0 if "name" in parts else number(parts["month"])
    return datetime(_year(parts, place), month, day)  # noqa: DTZ001 - its zone is found out by the caller


def _year(parts: Mapping[str, str | None], place: Place) -> int:
    said = parts.get("year")
    if not said:
        return place.year or 0
    year = number(said) + ERAS.get(parts.get("era") or "", 0)
    if len(said) == 2 and "era" not in parts:
        year += 1900 if year >= 70 else 2000  # RFC 822 has two digits; feeds are younger than 1970
    return year


def _in_order(one: int, two: int, day_first: bool | None) -> tuple[int, int]:
    """Return day and month of 20/11/2021 or 11/20/2021."""
    if day_first is None and one <= 12 and two <= 12 and one != two:
        raise ValueError(f"{one}/{two}")
    is_day_first = two <= 12 if one > 12 or two > 12 else day_first
    return (one, two) if is_day_first else (two, one)


def _time(clock: Mapping[str, str | None]) -> timedelta:
    """Return the time of day; "15:33 PM" and "00:20 AM" are taken by their numbers (zaobao.com, 2021)."""
    hour, minute, second = (int(clock.get(name) or 0) for name in ("hour", "minute", "second"))
    if hour > 24 or minute > 59 or second > 60:
        raise ValueError(clock)
    half = re.sub(r"[.\s]", "", (clock.get("before") or clock.get("after") or "").lower())
    if (half in EVENING and hour < 12) or (half in NOON and hour < 3):
        hour += 12
    elif half in MORNING and hour == 12:
        hour = 0
    fraction = float(f"0.{clock.get('fraction') or 0}")
    return timedelta(hours=hour, minutes=minute, seconds=second + fraction)


def _offset(zone: str, text: str) -> timedelta | None:
    """Return the offset of `+08:00`, `GMT+8`, a known abbreviation, or the clock a text names; None for none."""
    stated = re.fullmatch(r"\D*?(?P<sign>[+\-−])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?", zone)
    if stated is None:
        hours = ZONES.get(zone.lower(), next((CLOCKS[name] for name in CLOCKS if name in text), None))
        return None if hours is None else timedelta(hours=hours)
    size = timedelta(hours=int(stated["hours"]), minutes=int(stated["minutes"] or 0))
    return None if size > MAX_OFFSET else size if stated["sign"] == "+" else -size


def shifted(moment: datetime | None, offset: timedelta) -> datetime | None:
    """Add a source's `time_offset`; where that leaves the calendar (9999-12-31), no time was stated."""
    try:
        return moment + offset if moment else None
    except OverflowError:
        return None
