"""A list on a page for which nobody has named a selector: found by its links, with a selector that finds it again.

Pure. A proposal is for a person to look at; it is tried on the page before it is made. Selectors are made of tags and
of names that look as if a person had given them, not a program (`css-1x2y3z`), and the shortest that does it wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from ..model import Page, Source
from ..selectors import select
from .links import Box, boxes, find_list, links_of
from .spotting import Sheet, link_in, open_sheet, spot

#: Titles that are shown.
TITLES = 5
#: Pairs of selectors that are tried: each is run over the page once, in about a millisecond.
MAX_TRIED = 500
#: Boxes around a list whose names are tried, and names of each.
MAX_AROUND, MAX_NAMES = 6, 3
#: How well a selector must do, 0 to 1 (see `_fit`), to be better than comparing links at each poll.
MIN_FIT = 0.8
#: Names that need no escaping and may last; those of states and places do not tell one entry from another.
NAME = re.compile(r"[A-Za-z][A-Za-z_-]*(?:-\d{1,2})?")
STATES = frozenset({"first", "last", "odd", "even", "active", "current", "clearfix", "hover", "new", "lazy"})
#: Tags that say something of what is in them.
TELLING = frozenset({"main", "article", "section", "ul", "ol", "table", "tbody"})


@dataclass(frozen=True, slots=True)
class Proposal:
    """A list on a page."""

    item: str = ""  #: selector of its entries; "" where none does better than comparing the links at each poll
    link: str = ""  #: selector of their links; "" for the usual one
    title: str = ""  #: of the page
    count: int = 0  #: entries
    titles: tuple[str, ...] = ()  #: of the first ones


def propose(page: Page) -> Proposal | None:
    """Return the list that a page most likely is; None where nothing on it looks like one.

    Raises:
        ParseError: it is no page.
    """
    sheet = open_sheet(page)
    own = boxes(find_list(links_of(sheet.root, sheet.base), sheet.base))
    if not own:
        return None
    item, link = _selectors(sheet, own)
    found = spot(sheet, Source("", page.url, kind="list", item=item, link=link))
    titles = tuple(one.entry.title or one.entry.url for one in found[:TITLES])
    return Proposal(item, link, sheet.title, len(found), titles)


def _selectors(sheet: Sheet, own: Sequence[Box]) -> tuple[str, str]:
    """Return the selectors of entries and of their links that find the list best; the usual link where that will do."""
    items = list(_item_selectors([box.element for box in own]))
    pairs = ((item, link) for link in ("", *_link_selectors(own)) for item in items)
    best, most = ("", ""), MIN_FIT
    for item, link in islice(pairs, MAX_TRIED):
        fit = _fit(sheet, item, link, own)
        if fit > most:
            best, most = (item, link), fit
        if fit == 1:
            break
    return best


def _fit(sheet: Sheet, item: str, link: str, own: Sequence[Box]) -> float:
    """Return how well two selectors find the list: 1 for exactly its addresses, each once (the F1 measure)."""
    wanted = {box.link.url for box in own}
    links = (link_in(one, sheet.base, link) for one in select(sheet.root, item))
    found = [one.url for one in links if one is not None]
    return 2 * len(wanted & set(found)) / (len(wanted) + len(found))


def _item_selectors(items: Sequence[HtmlElement]) -> Iterator[str]:
    """Yield selectors that find all of some elements, perhaps others too: short ones first, near names first."""
    own = list(_own_selectors(items))
    around = list(islice(_around(items), MAX_AROUND))
    yield from (one for one in own if one not in ("a", "div", "span", "p"))  # too plain without a place
    for box in around:
        for name in _box_selectors(box):
            yield from (f"{name} {one}" for one in own)
        if box is around[0]:
            # Only there are they children: `ul > li` leaves out lists in lists.
            yield from (f"{name} > {one}" for name in _box_selectors(box) for one in own)


def _own_selectors(items: Sequence[HtmlElement]) -> Iterator[str]:
    tags = {str(item.tag) for item in items}
    names = [name for name in _names(items[0]) if all(name in (item.get("class") or "").split() for item in items)]
    for name in names:
        yield f".{name}"
        yield from (f"{tag}.{name}" for tag in tags if len(tags) == 1)
    if len(tags) == 1:
        yield from tags


def _box_selectors(box: HtmlElement) -> Iterator[str]:
    own = box.get("id") or ""
    if NAME.fullmatch(own):
        yield f"#{own}"
    yield from (f".{name}" for name in _names(box))
    if box.tag in TELLING:
        yield str(box.tag)


def _names(element: HtmlElement) -> list[str]:
    names = (element.get("class") or "").split()
    return [name for name in names if NAME.fullmatch(name) and name.lower() not in STATES][:MAX_NAMES]


def _around(items: Sequence[HtmlElement]) -> Iterator[HtmlElement]:
    """Yield the elements that hold all of some others, from the inside."""
    common = [above for above in items[0].iterancestors() if above.tag not in ("body", "html")]
    for item in items[1:]:
        mine = set(item.iterancestors())
        common = [above for above in common if above in mine]
    yield from common


def _link_selectors(own: Sequence[Box]) -> Iterator[str]:
    """Yield selectors that may find the link of an entry among its others."""
    first = own[0].link.element
    yield from (f"a.{name}" for name in _names(first))
    above = first.getparent()
    if above is not None and first is not own[0].element:
        yield from (f".{name} a" for name in _names(above))
        yield f"{above.tag} > a"
