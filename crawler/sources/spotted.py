"""An entry as a list has it, be it a page or JSON; and how lists write times.

Pure, and without the clock: the year of a day that names none is that of the document's fetching.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ..model import Entry, Page, Source
from ..moments import NOWHERE, Place, Stamp, date_end, read_stamp

#: Entries of one document that are read; what goes on longer is no list for readers.
MAX_ITEMS = 1000
#: Characters of a text that may be a date alone, as lists print it; longer ones are sentences that name one.
DATE_CHARACTERS = 60
#: What every date has: told much quicker than that there is none.
DIGIT = re.compile(r"[\d〇一二三四五六七八九十]")
#: Where a date may begin: with a word, or with a number behind signs that need no blank.
START = re.compile(r"(?<!\w)\w|(?<=\D)\d")
#: How far clocks and zones may be wrong before a time lies in the future.
NEAR = timedelta(days=1)


class Spotted(NamedTuple):
    """An entry as a list has it."""

    entry: Entry
    is_day: bool = False  #: whether `published` is the beginning of a day, its time unknown


def spotted(url: str, title: str, stamp: Stamp | None) -> Spotted:
    """Make an entry of what a list says."""
    entry = Entry(url=url, title=title, published=stamp.when if stamp else None, dated_by="list")
    return Spotted(entry, is_day=stamp is not None and not stamp.timed)


def named_articles(source: Source) -> Callable[[str], bool] | None:
    """Return what tells articles by their addresses, as the user says; None where nothing is said."""
    pattern = re.compile(source.article_url) if source.article_url else None
    return (lambda url: pattern.search(url) is not None) if pattern else None


def moment(text: str, page: Page, source: Source, *, is_sure: bool = True) -> Stamp | None:
    """Read the time of an entry.

    Args:
        text: as the list has it.
        page: the list; a day without a year is the last such day before it was fetched.
        source: its `timezone` is that of times without one.
        is_sure: whether the text is known to be a date; else it must be one as a whole.

    Returns:
        None for what is no time, or one in the future.
    """
    text, zone = " ".join(text.split()), ZoneInfo(source.timezone)
    if not DIGIT.search(text) or (not is_sure and len(text) > DATE_CHARACTERS):
        return None
    for place in (NOWHERE, *(Place(year=year) for year in _years(page, zone))):
        stamp = read_stamp(text, zone, place)
        if stamp is not None and stamp.when <= page.fetched + NEAR and (is_sure or _is_whole(text, place)):
            return stamp
    return None


def _years(page: Page, zone: tzinfo) -> Iterator[int]:
    year = page.fetched.astimezone(zone).year
    yield from (year, year - 1)


def _is_whole(text: str, place: Place) -> bool:
    """Tell whether a text says little beside a date: "Ann, 20 November 2021", not "the fire of 20 November 2021"."""
    starts = (found.start() for found in START.finditer(text))
    covered = max((date_end(text, start, place) - start for start in starts), default=0)
    return 2 * covered >= len(text)
