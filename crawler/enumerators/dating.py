"""What the times in a list of old articles prove about when these were published.

Pure. Rule: left out is only what was published outside the window beyond doubt; the article's page has the last word.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import lru_cache

from ..extractor.dates import day_in
from ..model import Entry
from ..past import Window

MIDNIGHT, DAY = time(), timedelta(days=1)
#: Clocks are at most 12 hours behind UTC, and 14 ahead of it.
BEHIND, AHEAD = timedelta(hours=12), timedelta(hours=14)


def is_outside(entry: Entry, published: datetime | None, window: Window) -> bool:
    """Tell whether a document proves that an article was published outside a window.

    A sitemap's `lastmod` only shows that it was not published later: it proves what is too early, never what is too
    late. A day in the address proves either.

    Args:
        entry: as the document has it; of a sitemap `published` is that of the last change, where it equals `updated`.
        published: the same, the source's `time_offset` added.
        window: what is wanted.
    """
    if entry.dated_by != "sitemap":
        return not window.holds(published)
    is_change = entry.published == entry.updated
    if published is not None and _misses(published, window, late=not is_change):
        return True
    named = day_in(entry.url)
    return named is not None and _misses(named.when, window, late=True)


def _misses(moment: datetime, window: Window, *, late: bool) -> bool:
    first, last = span(moment)
    return window.is_before(last) or (late and window.is_after(first))


def span(moment: datetime) -> tuple[datetime, datetime]:
    """Return the first and the last moment that a stated one may mean: midnight may be a day, in whatever zone."""
    return _day(moment) if moment.time() == MIDNIGHT else (moment, moment)


@lru_cache(1024)  # a sitemap repeats days, and addresses name them
def _day(midnight: datetime) -> tuple[datetime, datetime]:
    try:
        return midnight - AHEAD, midnight + DAY + BEHIND
    except OverflowError:  # the end of the calendar
        return midnight, midnight
