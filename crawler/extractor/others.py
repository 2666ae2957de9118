"""Other articles on a page: posts that its own CMS calls others, and lists of teasers, each leading to its own page.

Rule: marks and links only, no word of any language. A list that stands in the text is the text's. Pure.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import TypeAlias
from urllib.parse import urlsplit

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from ..urls import join, same_site
from .outline import Block, Outline
from .tree import HEADINGS

Kind: TypeAlias = tuple[str, str]

#: WordPress: the page's post and its kind, on body; and each post's, on its element (body_class, post_class).
OWN_POST = re.compile(r"(?:^|\s)postid-(\d+)(?=\s|$)")
OWN_KIND = re.compile(r"(?:^|\s)single-(?!format-)([\w-]+)(?=\s|$)")
POST = re.compile(r"(?:^|\s)post-(\d+)(?=\s|$)")
#: Elements that can be one of several items.
ITEMS = frozenset({"li", "article", "section", "div", "td", "tr", "dd"})
#: Items from which there is a list, and the share of them that leads elsewhere, each to another page.
MIN_ITEMS, MOST = 3, 0.8
#: Weight of a title that leads to an article; names of people are shorter.
MIN_TITLE = 20
#: How much a list of teasers says at most, of what else may be the article; where it is more, it is one: a digest.
MOST_TEASED = 3
#: Characters of a path that can be an article's; shorter ones are sections.
MIN_PATH = 9
#: Chance of a block to be in the article, from which it is worth a look.
WORTH = 0.2
#: Steps from a text up to the link about it.
MAX_STEPS = 6


def find(outline: Outline, url: str, headline: int, chances: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which of the likely blocks are of other articles.

    Args:
        outline: the page's blocks.
        url: the page's address.
        headline: number of the block that is the page's headline, or -1.
        chances: of each block to be in the article.
    """
    found = np.zeros(len(outline.blocks), bool)
    for start, end in _posts(outline):
        found[start:end] = True
    likely = [i for i in map(int, np.flatnonzero(chances > WORTH)) if not found[i]]
    teasers = _Teasers(outline, url, headline)
    lists = {i: teasers.list_about(outline.blocks[i].owner) for i in likely}
    said: Counter[HtmlElement | None] = Counter()
    for i, list_ in lists.items():
        said[list_] += outline.blocks[i].weight
    for i, list_ in lists.items():
        found[i] = list_ is not None and said[list_] <= MOST_TEASED * said[None]
    return found


def _posts(outline: Outline) -> Iterator[tuple[int, int]]:
    """Yield from where to where posts of WordPress stand that are of the page's kind, but not its own."""
    named = outline.top.get("class", "")
    own, kind = OWN_POST.search(named), OWN_KIND.search(named)
    if not own or not kind:
        return
    is_kind = re.compile(rf"(?:^|\s)type-{kind[1]}(?=\s|$)")
    for element, span in outline.spans.items():
        said = element.get("class", "")
        post = POST.search(said) if "post-" in said else None
        if post and post[1] != own[1] and is_kind.search(said):
            yield span


class _Teasers:
    """Knows the lists of teasers of a page; the children of an element are looked at once."""

    def __init__(self, outline: Outline, url: str, headline: int) -> None:
        self._outline, self._url, self._headline = outline, url, headline
        self._lists: dict[HtmlElement, frozenset[Kind]] = {}
        self._about: dict[HtmlElement, HtmlElement | None] = {outline.top: None}

    def list_about(self, element: HtmlElement) -> HtmlElement | None:
        """Return the list of teasers that an element is in."""
        asked = []
        while element not in self._about and not self._is_one(element):
            asked.append(element)
            element = element.getparent()
        found = self._about.setdefault(element, element.getparent())
        self._about |= dict.fromkeys(asked, found)
        return found

    def _is_one(self, item: HtmlElement) -> bool:
        """Tell whether an element is one of several that look the same, each leading to another page of the site."""
        if item.tag not in ITEMS or not (item.get("class") or item.tag in ("li", "article")):
            return False
        parent = item.getparent()
        if parent not in self._lists:
            self._lists[parent] = frozenset(self._teasing(parent))
        return _kind(item) in self._lists[parent]

    def _teasing(self, parent: HtmlElement) -> Iterator[Kind]:
        """Yield the kinds of an element's children that are lists of teasers."""
        children: defaultdict[Kind, list[HtmlElement]] = defaultdict(list)
        for child in parent:
            start, end = self._outline.span(child)
            if start < end:
                children[_kind(child)].append(child)
        for kind, items in children.items():
            if len(items) >= MIN_ITEMS and self._leads_away(items) and not self._is_in_text(parent):
                yield kind

    def _leads_away(self, items: Sequence[HtmlElement]) -> bool:
        spans = map(self._outline.span, items)
        if any(start <= self._headline < end for start, end in spans):
            return False
        paths = [path for item in items if (path := self._led_to(item))]
        return len(paths) >= MOST * len(items) and len({*paths}) >= MOST * len(paths)

    def _led_to(self, item: HtmlElement) -> str:
        """Return the path of the other page that an item's first block or heading leads to, or all of it, or ""."""
        start, end = self._outline.span(item)
        first = self._outline.blocks[start]
        headings = (b for b in self._outline.blocks[start:end] if b.owner.tag in HEADINGS)
        return self._path_of(first) or self._path_of(next(headings, first)) or self._path_over(item)

    def _path_of(self, block: Block) -> str:
        return self._path_to(_link(block)) if block.linked >= MIN_TITLE else ""

    def _path_over(self, item: HtmlElement) -> str:
        """Return the path that a link without words leads to, laid over a card or about its picture, the only one."""
        addresses = {link.get("href", "") for link in item.iter("a")}
        is_card = len(addresses) == 1 and self._outline.weight(item) >= MIN_TITLE and not self._outline.link_share(item)
        return self._path_to(*addresses) if is_card else ""

    def _path_to(self, link: str) -> str:
        address = join(self._url, link)
        path, own = (urlsplit(url).path.rstrip("/") for url in (address, self._url))
        return path if len(path) >= MIN_PATH and path != own and same_site(address, self._url) else ""

    def _is_in_text(self, holder: HtmlElement) -> bool:
        """Tell whether paragraphs stand beside a list: then it is part of what they say."""
        start, end = self._outline.span(holder.getparent())
        return any(
            block.is_prose and block.owner.tag == "p" and block.owner.getparent() in (holder, holder.getparent())
            for block in self._outline.blocks[start:end]
        )


def _kind(element: HtmlElement) -> Kind:
    """Return what elements of a list have in common."""
    return element.tag, element.get("class", "")


def _link(block: Block) -> str:
    """Return the address of the link in which a block's text begins, or ""."""
    element, is_tail = block.pieces[0]
    nearest = element.getparent() if is_tail else element
    about = islice(chain((nearest,), nearest.iterancestors()), MAX_STEPS)
    return next((above.get("href", "") for above in about if above.tag == "a"), "")
