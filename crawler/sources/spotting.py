"""What a page says of each article that it lists: its address, its title, its time.

Pure. What is not there stays empty; the article's own page is believed before all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from .. import markup
from ..model import Page, Source
from ..moments import Stamp
from ..plaintext import drop_halves
from ..selectors import select, select_all
from ..urls import join
from .links import HEADINGS, Box, Link, base_of, boxes, find_list, label_of, links_of, text_of
from .spotted import MAX_ITEMS, Spotted, moment, spotted
from .text import fold

#: Texts of an entry that are looked at for one.
MAX_TEXTS = 12
#: What the class of a date is called.
DATE_NAME = re.compile(r"(?i)(?:^|[-_\s])(?:date|time|timestamp|datetime|pub(?:lished|date|time)?|posted)(?:$|[-_\s])")
#: How a list ends a title that it cut off.
CUT_OFF = ("…", "...")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of a list, parsed."""

    page: Page
    root: HtmlElement
    base: str  #: links are resolved against it

    @property
    def title(self) -> str:
        """Return the page's title, or ""."""
        return next((text_of(title) for title in self.root.iter("title")), "")


def open_sheet(page: Page) -> Sheet:
    """Parse a page.

    Raises:
        ParseError: it is none.
    """
    root = markup.parse(page)
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    etree.strip_elements(root, "script", "style", "template", with_tail=False)
    return Sheet(page, root, base_of(root, page.final_url))


def spot(sheet: Sheet, source: Source, is_article: Callable[[str], bool] | None = None) -> list[Spotted]:
    """Return the entries of a list, in its order, each address once.

    Args:
        sheet: the page.
        source: its `item` says where the entries are; without it they are found by their links.
        is_article: which addresses are articles'. Without `item` all such links of the page are entries; where that
            is not known either, those are that most look like a list.

    Raises:
        ExtractError: a selector fails on this page.
    """
    found: dict[str, Spotted] = {}
    for box in islice(_boxes(sheet, source, is_article), MAX_ITEMS):
        found.setdefault(box.link.url, _spotted(box, sheet, source))
    return list(found.values())


def _boxes(sheet: Sheet, source: Source, is_article: Callable[[str], bool] | None) -> Iterator[Box]:
    if source.item:
        for item in select(sheet.root, source.item):
            if (link := link_in(item, sheet.base, source.link, is_article)) is not None:
                yield Box(item, link)
        return
    links = links_of(sheet.root, sheet.base)
    yield from boxes([one for one in links if is_article(one.url)] if is_article else find_list(links, sheet.base))


def link_in(
    item: HtmlElement, base: str, selector: str = "", is_article: Callable[[str], bool] | None = None
) -> Link | None:
    """Return the link of an entry: the one selected, else that of its heading, else the first; None for none.

    Of several to its address (a picture and a title) it is the one that says most.
    """
    links = _selected(item, base, selector) if selector else links_of(item, base)
    links = [link for link in links if is_article is None or is_article(link.url)]
    chosen = next((link for link in links if _is_headed(link.element, item)), next(iter(links), None))
    same = [link for link in links if chosen is not None and link.url == chosen.url]
    return max(same, key=lambda link: len(label_of(link)), default=None)


def _selected(item: HtmlElement, base: str, selector: str) -> list[Link]:
    links = list[Link]()
    for found in select_all(item, selector):
        if isinstance(found, str):
            if url := join(base, found).partition("#")[0]:
                links.append(Link(item, url, ""))
        else:
            links += links_of(found, base)
    return links


def _is_headed(element: HtmlElement, item: HtmlElement) -> bool:
    """Tell whether a link holds the heading of its entry, or stands in it."""
    if next(element.iter(*HEADINGS), None) is not None:
        return True
    at: HtmlElement | None = element
    while at is not None and at is not item:
        at = at.getparent()
        if at is not None and at.tag in HEADINGS:
            return True
    return False


def _spotted(box: Box, sheet: Sheet, source: Source) -> Spotted:
    shown, stamp = _date_in(box, sheet, source)
    return spotted(box.link.url, _title_in(box, source, shown), stamp)


def _title_in(box: Box, source: Source, shown: HtmlElement | None) -> str:
    """Return the title of an entry; where the list cut it off, what the link says to those who point at it."""
    if source.title:
        said = (one if isinstance(one, str) else text_of(one) for one in select_all(box.element, source.title))
        return fold(" ".join(next(filter(str.strip, said), "").split()))
    heading = next((h for h in box.element.iter(*HEADINGS) if text_of(h)), None)
    link = box.link.element
    # A heading over several entries is none of theirs: it stands outside of their boxes, if these are any good.
    text = text_of(link if heading is None else heading, shown) or label_of(box.link)
    whole = " ".join((link.get("title") or "").split())
    if text.endswith(CUT_OFF) and whole.startswith(text.rstrip("….").rstrip()):
        text = whole
    return fold(drop_halves(text))


def _date_in(box: Box, sheet: Sheet, source: Source) -> tuple[HtmlElement | None, Stamp | None]:
    """Return the element that says when an entry was published, and the time."""
    if source.date:
        places: Iterator[HtmlElement | str] = iter(select_all(box.element, source.date))
    else:
        places = _date_places(box.element)
    for place in islice(places, MAX_TEXTS):
        for text in (place,) if isinstance(place, str) else _texts_of(place):
            if stamp := moment(text, sheet.page, source, is_sure=bool(source.date)):
                return (None if isinstance(place, str) else place), stamp
    return None, None


def _date_places(item: HtmlElement) -> Iterator[HtmlElement]:
    """Yield what may say a date, the likeliest first: <time>, what is called so, what is nothing but a short text."""
    yield from item.iter("time")
    inside = [element for element in item.iter() if element is not item]
    yield from (element for element in inside if DATE_NAME.search(element.get("class") or ""))
    yield from (element for element in inside if not len(element) and (element.text or "").strip())


def _texts_of(element: HtmlElement) -> Iterator[str]:
    yield from filter(None, (element.get(name) for name in ("datetime", "content", "title")))
    yield text_of(element)
