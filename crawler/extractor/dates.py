"""Which of a page's and a feed's times to believe.

Rule: the choice is SPEC §4 "Times"; nothing is guessed from the clock. How dates are read is `moments`' business.
Pure: `now` is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from ..moments import NOWHERE, Place, Stamp, read_stamp

#: Years outside are typing errors and placeholders ("0001-01-01", "1970-01-01"): nothing was on the web before.
YEARS = range(1990, 2100)
#: Clocks of feed and page may disagree by seconds around the same stated minute.
SAME = timedelta(minutes=1)
#: Zones go from -12:00 to +14:00; a time taken for another zone's is off by no more than their distance.
MAX_ZONE_ERROR = timedelta(hours=26)
#: Two stamps of one page that are further apart than any two zones' days are about different things.
SAME_DAY = timedelta(days=1, hours=14)
#: /2021/11/20/, /2021-11-20-title, /202111/20/, /20211120/, story20211120-1215302, t20211120_5678.
DAY_IN_PATH = re.compile(
    r"(?<!\d)(?P<year>20\d\d|199\d)(?P<gap>[/_.-]?)(?P<month>0[1-9]|1[0-2]|(?<=[/-])[1-9](?=[/-]))(?:(?P=gap)|/)?"
    r"(?P<day>0[1-9]|[12]\d|3[01]|(?<=[/-])[1-9](?=[/-]))(?!\d)"
)


def page_stamp(text: str, place: Place = NOWHERE) -> Stamp | None:
    """Read the first time in a text of a page; see `moments.read_stamp`."""
    stamp = read_stamp(text, place=place)
    return stamp if stamp and stamp.when.year in YEARS else None


def day_in(url: str) -> Stamp | None:
    """Return the day that an address names, for want of anything better; None for none, or for several."""
    path = url.partition("://")[2].partition("/")[2].partition("?")[0]
    found = DAY_IN_PATH.finditer(f"/{path}")
    try:
        days = {datetime(int(day["year"]), int(day["month"]), int(day["day"]), tzinfo=UTC) for day in found}
    except ValueError:  # a number that only looks like one
        return None
    return Stamp(days.pop(), timed=False, zoned=False) if len(days) == 1 else None


def zone_named(name: str) -> tzinfo | None:
    """Return the zone of an IANA name; None for "".

    Raises:
        ZoneInfoNotFoundError: there is none of that name (a KeyError).
        ValueError: the name is no key at all.
    """
    return ZoneInfo(name) if name else None


def best_stamp(stamps: Sequence[Stamp]) -> Stamp | None:
    """Choose among a page's stamps, strongest first: the first, made exact by a later one.

    A later one of the same day gives a day its time, and one that shows the same time of day gives it its zone.
    """
    if not stamps:
        return None
    first = stamps[0]
    if not first.timed:
        return next((s for s in stamps if s.timed and abs(s.when - first.when) < SAME_DAY), first)
    if not first.zoned:
        return next((s for s in stamps if s.zoned and s.timed and abs(_shown(s) - _shown(first)) < SAME), first)
    return first


def _shown(stamp: Stamp) -> datetime:
    """Return what the clock showed that a time was read from, as if it were UTC."""
    return stamp.when + stamp.offset


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


def listed_publication(page: Stamp | None, listed: datetime | None, now: datetime) -> datetime:
    """Choose the time of publication of an article that a sitemap or a list of a site names (issue 5).

    The page's own word goes first: lists are often of the last change. Where the page knows the day alone, and the
    list a time of that day, the list's is the exact one.

    Args:
        page: the page's own time.
        listed: the list's, the source's `time_offset` added.
        now: aware; the crawl time, which is the latest there is.
    """
    if listed is not None and (page is None or (not page.timed and _is_on(listed, page))):
        return min(listed, now)
    return min(page.when, now) if page else now


def _is_on(moment: datetime, day: Stamp) -> bool:
    """Tell whether a time is of a day; of one whose zone is not known, in any zone."""
    slack = timedelta() if day.zoned else SAME_DAY - timedelta(days=1)
    return -slack <= moment - day.when < timedelta(days=1) + slack


def is_zone_error(gap: timedelta) -> bool:
    """Tell whether two times differ by whole hours, as when one was written in another zone."""
    hours = round(gap / timedelta(hours=1))
    return hours != 0 and abs(gap) <= MAX_ZONE_ERROR and abs(gap - timedelta(hours=hours)) <= SAME
