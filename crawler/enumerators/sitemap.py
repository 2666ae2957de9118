"""Old articles from a site's sitemaps: those that its robots.txt names, else those that stand where many have one.

Pure. The steps: robots.txt (RFC 9309 §2.2.4 lets it hold Sitemap lines), one guess after another until one is there,
indexes that lead to further sitemaps, and these. A source that is a sitemap itself begins with its own address.
Rule: what an index leads to is bounded in number, whatever it leads to in turn: a step carries how many documents may
still come of it, and its children share what is left. So an index that names itself ends, and indexes of indexes of
50,000 stay 50,000 documents.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from ..errors import ParseError
from ..model import Page, Source
from ..past import Index, Origin, Step, Window
from ..sources.urlset import MAX_ADDRESSES, USUAL_PLACES, Child, Sitemap, is_of_menus, named_by_robots, read_sitemap
from . import is_article
from .dating import span

#: Documents that come of one index, and indexes in indexes (the protocol knows none; sites have one or two).
MAX_DOCUMENTS, MAX_DEPTH = 50_000, 3
#: Addresses read of the first sitemap before the rest of it, so that the first articles need not wait for 50,000
#: addresses to be sorted. It costs one more request.
AT_FIRST = 2000
#: A sitemap for Google News holds the articles of two days, which a feed has, too; weekends and clocks make it three.
NEWS_DAYS = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a step has to remember."""

    is_robots: bool = False
    guess: int = -1  #: place among USUAL_PLACES; -1 for what is named somewhere
    depth: int = 0  #: indexes above it
    room: int = MAX_DOCUMENTS  #: documents that may still come of it
    skip: int = 0  #: addresses of it that were read before
    is_first: bool = False  #: whether it is the first of all: see `AT_FIRST`


def first(source: Source, origin: Origin, window: Window) -> tuple[Step, ...]:
    """Return where the sitemaps are named; of a source that is one, itself."""
    if source.kind == "sitemap":
        return (_step(source.url, Cursor(is_first=True)),)
    return (_step(f"{origin.site}robots.txt", Cursor(is_robots=True), is_guess=True),) if origin.site else ()


def read(step: Step, page: Page, source: Source, origin: Origin, window: Window) -> Index:
    """Read a robots.txt, an index, or a sitemap.

    Raises:
        ParseError: it is no sitemap.
    """
    cursor = _cursor(step)
    if cursor.is_robots:
        return _from_robots(page, origin)
    most = AT_FIRST if cursor.is_first else MAX_ADDRESSES
    found = read_sitemap(source, page, skip=cursor.skip, most=most)
    onward, said = _children(found, step, cursor, window)
    if found.has_more:
        rest = replace(cursor, skip=cursor.skip + most, guess=-1, is_first=False)
        onward = (_step(step.url, rest), *onward)
    is_named = source.kind == "sitemap" and not source.article_url  # the user's word that its entries are articles
    wanted = (is_named or is_article(entry.url, source, origin) for entry in found.entries)
    offers = not _is_feeds_equal(found) and any(wanted)
    if step.is_guess and not offers and not onward:
        beyond = _guess(cursor.guess + 1, origin)
        onward, said = beyond.onward, [*said, "no articles", beyond.said]
    return Index(found.entries, onward, is_named, offers, "; ".join(filter(None, (*said, found.fault))))


def missing(step: Step, source: Source, origin: Origin, window: Window) -> Index:
    """Return the next place where a sitemap may stand."""
    return _guess(_cursor(step).guess + 1, origin)


def _step(url: str, cursor: Cursor, *, is_guess: bool = False) -> Step:
    plain, facts = asdict(Cursor()), asdict(cursor)
    told = {name: value for name, value in facts.items() if value != plain[name]}
    return Step("sitemap", url, json.dumps(told) if told else "", is_guess)


def _cursor(step: Step) -> Cursor:
    return Cursor(**json.loads(step.cursor)) if step.cursor else Cursor()


def _guess(number: int, origin: Origin) -> Index:
    if number >= len(USUAL_PLACES):
        return Index(said="no sitemap was found")
    return Index(
        onward=(_step(f"{origin.site}{USUAL_PLACES[number]}", Cursor(guess=number, is_first=True), is_guess=True),)
    )


def _from_robots(page: Page, origin: Origin) -> Index:
    named = named_by_robots(page)
    if not named:
        return replace(_guess(0, origin), said="robots.txt names no sitemap")
    room = max(0, MAX_DOCUMENTS - len(named)) // len(named)
    steps = _steps(named, Cursor(room=room), is_first=True)
    return Index(onward=steps, said=f"robots.txt names {_count(len(named))}")


def _steps(addresses: Iterable[str], cursor: Cursor, *, is_first: bool) -> tuple[Step, ...]:
    return tuple(_step(url, replace(cursor, is_first=is_first and at == 0)) for at, url in enumerate(addresses))


def _children(found: Sitemap, step: Step, cursor: Cursor, window: Window) -> tuple[tuple[Step, ...], list[str]]:
    """Return the sitemaps to read that an index names, and a word on them."""
    wanted = [child for child in found.children if not (_is_too_old(child, window) or is_of_menus(child.url))]
    if not found.children or not wanted:
        return (), [f"{_count(len(found.children))}, too old or of menus"] if found.children else []
    if cursor.depth >= MAX_DEPTH:
        raise ParseError("an index in an index, too deep", passing=False)
    kept = [child for child in wanted if child.url != step.url][: cursor.room]
    said = [_count(len(found.children))]
    said += [f"{len(kept)} of them read"] if len(kept) < len(found.children) else []
    room = (cursor.room - len(kept)) // max(1, len(kept))
    below = Cursor(depth=cursor.depth + 1, room=room)
    return _steps((child.url for child in kept), below, is_first=cursor.is_first), said


def _count(sitemaps: int) -> str:
    return "1 sitemap" if sitemaps == 1 else f"{sitemaps} sitemaps"


def _is_too_old(child: Child, window: Window) -> bool:
    """Tell whether a sitemap last changed before anything wanted was published."""
    return child.modified is not None and window.is_before(span(child.modified)[1])


def _is_feeds_equal(found: Sitemap) -> bool:
    """Tell whether a sitemap shows no more of the past than a feed does."""
    times = [entry.published for entry in found.entries if entry.published is not None]
    return found.is_news and not found.has_more and (not times or max(times) - min(times) <= NEWS_DAYS)
