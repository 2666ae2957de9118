"""The older pages of a list: by the source's template of numbers or dates, by its selector, or by the page's own links.

Pure. The list is the source's own (`kind: list`, `kind: json`), or a page that `pages` names for a feed. It ends where
a page brings nothing new, where all that is dated on one lies before the window, and at a bound. Sources of other
kinds, and feeds without `pages`, have no list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..model import Entry, Page, Source
from ..moments import shifted
from ..past import Index, Origin, Step, Window
from ..sources import nextpage, templates
from ..sources.jsonlist import load, spot_json
from ..sources.spotted import Spotted, named_articles
from ..sources.spotting import open_sheet, spot
from . import is_article
from .marks import mark

#: Pages of one list: at a second each, three hours. Real lists end before; what goes on serves old pages anew.
MAX_PAGES = 10_000
#: Days' pages without an entry, one after another, after which a list has no older ones, where no `since` bounds it.
MAX_EMPTY = 62
#: The same for pages of days that only repeat others: a server that does not mind the date answers so.
MAX_REPEATED = 7
#: Entries that are remembered to know a page again, 8 characters of each: those of the first page and of the last ones.
MAX_SEEN = 1000
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """What one page has to know of those before it."""

    number: int = 1  #: of this page
    day: str = ""  #: that it is about, where the template goes by dates
    seen: tuple[str, ...] = ()  #: entries of pages before it, as their marks
    empty: int = 0  #: pages without an entry before it, one after another
    repeated: int = 0  #: pages of nothing new before it, one after another

    def text(self) -> str:
        """Return it as a step keeps it, what is as usual left out."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})


def cursor_of(step: Step) -> Cursor:
    """Return what a step remembers."""
    facts: dict[str, Any] = json.loads(step.cursor) if step.cursor else {}
    return Cursor(**facts | {"seen": tuple(facts.get("seen", ()))})


def first(source: Source, origin: Origin, window: Window) -> tuple[Step, ...]:
    """Return the list's newest page within the window."""
    has_list = source.kind in ("list", "json")
    if source.pages and templates.is_dated(source.pages):
        day = _last_day(source, origin, window)
        return (_of_day(source, Cursor(day=day.isoformat())),) if day else ()
    if has_list:
        return (Step("pages", next(iter(origin.feeds), source.url)),)
    return (Step("pages", templates.numbered(source.pages, 1)),) if source.pages else ()


def _last_day(source: Source, origin: Origin, window: Window) -> date | None:
    """Return the day with which to begin; None where it is not known which day it is."""
    today = date.fromisoformat(origin.today) if origin.today else None
    if window.until is None:
        return today
    last = (window.until - timedelta(microseconds=1)).astimezone(ZoneInfo(source.timezone)).date()
    return min(last, today) if today else last


def _of_day(source: Source, cursor: Cursor) -> Step:
    """Return the step of a day's page: that there is none for a day is no fault."""
    return Step("pages", templates.dated(source.pages, date.fromisoformat(cursor.day)), cursor.text(), is_guess=True)


def read(step: Step, page: Page, source: Source, origin: Origin, window: Window) -> Index:
    """Read one page of a list, and find the next one.

    Raises:
        ParseError, ExtractError: it is none.
    """
    cursor = cursor_of(step)
    found, follow = _read_json(page, source) if source.kind == "json" else _read_page(page, source, origin)
    fresh = [one for one in found if mark(one.entry.url) not in cursor.seen]
    onward, said = _onward(cursor, found, fresh, follow, source, window)
    is_older = bool(fresh) and (cursor.number > 1 or source.kind == "feed")
    return Index(
        entries=tuple(_in_window(one, source, window) for one in found),
        onward=onward,
        are_articles=bool(source.item) or source.kind == "json",
        # A list whose newest page reaches behind the window has all that is wanted.
        offers=is_older or (said == BEFORE and bool(fresh or cursor.seen)),
        said=said,
    )


#: Gives the address of the page of a number, "" for none, and whether it may well be that there is none.
Follow = Callable[[int], tuple[str, bool]]
BEFORE = "the rest is older than wanted"


def _read_page(page: Page, source: Source, origin: Origin) -> tuple[list[Spotted], Follow]:
    sheet = open_sheet(page)
    found = spot(sheet, source, _articles(source, origin))

    def follow(number: int) -> tuple[str, bool]:
        url, is_sure = nextpage.next_page(sheet, source, number)
        return url, not is_sure

    return found, follow


def _articles(source: Source, origin: Origin) -> Callable[[str], bool] | None:
    """Return what tells articles from other links; None where the entries are told by their places alone."""
    if origin.shapes and not source.item and not source.article_url:
        return lambda url: is_article(url, source, origin)
    return named_articles(source)


def _read_json(page: Page, source: Source) -> tuple[list[Spotted], Follow]:
    document = load(page)
    found, _ = spot_json(source, page, document, named_articles(source))
    return found, lambda _: (nextpage.next_of_json(document, source, page.final_url), False)


def _onward(
    cursor: Cursor, found: Sequence[Spotted], fresh: Sequence[Spotted], follow: Follow, source: Source, window: Window
) -> tuple[tuple[Step, ...], str]:
    """Return the next page, and why there is none."""
    if cursor.day:
        return _day_before(_after(cursor, found, fresh), source, window)
    if not fresh:
        return (), f"page {cursor.number} {'repeats those before it' if found else 'has no entries'}"
    if _is_all_before(fresh, source, window):
        return (), BEFORE
    if cursor.number >= MAX_PAGES:
        return (), f"{MAX_PAGES:,} pages are read, and no more"
    after = _after(cursor, found, fresh)
    if source.pages:
        return (Step("pages", templates.numbered(source.pages, after.number), after.text(), is_guess=True),), ""
    url, is_guess = follow(after.number)
    if not url:
        return (), f"page {cursor.number} leads to no older one"
    return (Step("pages", url, after.text(), is_guess=is_guess),), ""


def _after(cursor: Cursor, found: Sequence[Spotted], fresh: Sequence[Spotted]) -> Cursor:
    """Return what the page after one knows."""
    return replace(
        cursor,
        number=cursor.number + 1,
        seen=remembered(cursor.seen, [mark(one.entry.url) for one in fresh]),
        empty=0 if found else cursor.empty + 1,
        repeated=cursor.repeated + 1 if found and not fresh else 0 if fresh else cursor.repeated,
    )


def remembered(seen: tuple[str, ...], fresh: Iterable[str]) -> tuple[str, ...]:
    """Return what is remembered with new entries: of too many the middle is forgotten.

    The first page's stay: a server that knows no further page answers with it.
    """
    both = (*seen, *fresh)
    return both if len(both) <= MAX_SEEN else (*both[: MAX_SEEN // 2], *both[-MAX_SEEN // 2 :])


def _day_before(after: Cursor, source: Source, window: Window) -> tuple[tuple[Step, ...], str]:
    """Return the page of the days before, and why there is none."""
    day = templates.day_before(source.pages, date.fromisoformat(after.day))
    if day is None or window.is_before(_end_of(day, source)):
        return (), BEFORE
    if after.repeated >= MAX_REPEATED:
        return (), f"the pages of {MAX_REPEATED} days repeat others"
    if after.empty >= MAX_EMPTY and window.since is None:
        return (), f"the pages of {MAX_EMPTY} days have no entries: name the first day by --since to go on"
    if after.number > MAX_PAGES:
        return (), f"{MAX_PAGES:,} pages are read, and no more"
    return (_of_day(source, replace(after, day=day.isoformat())),), ""


def _end_of(day: date, source: Source) -> datetime:
    """Return the last moment of a day, in UTC."""
    return datetime.combine(day, time.max, ZoneInfo(source.timezone)).astimezone(UTC)


def _is_all_before(found: Sequence[Spotted], source: Source, window: Window) -> bool:
    """Tell whether all that is dated lies before the window, and something is."""
    ends = [end for one in found if (end := _last_moment(one, source)) is not None]
    return bool(ends) and all(map(window.is_before, ends))


def _last_moment(one: Spotted, source: Source) -> datetime | None:
    """Return when an entry was published at the latest, as far as its list tells."""
    published = shifted(one.entry.published, source.offset_of(one.entry))
    return published + DAY - timedelta(microseconds=1) if published and one.is_day else published


def _in_window(one: Spotted, source: Source, window: Window) -> Entry:
    """Return an entry whose day counts from its first wanted moment on: its time is not known, so it may be wanted."""
    entry, last = one.entry, _last_moment(one, source)
    if not one.is_day or last is None or window.since is None or window.is_before(last):
        return entry
    offset = source.offset_of(entry)
    is_early = window.is_before(last - DAY)
    return replace(entry, published=window.since - offset) if is_early else entry


def missing(step: Step, source: Source, origin: Origin, window: Window) -> Index:
    """Return the page before one that is not there: of another day; of a number there is none."""
    cursor = cursor_of(step)
    if not cursor.day:
        return Index(said=f"there is no page {cursor.number}")
    onward, said = _day_before(_after(cursor, (), ()), source, window)
    return Index(onward=onward, said=said)
