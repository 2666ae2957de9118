"""The links of a page: which of them are a list of articles, and which part of the page belongs to each.

Pure. Compares links, knows no site: a list of articles is a group of links that stand in one structure, lead to
different addresses, and say enough to be headlines. Every step is linear in the links, of which there is a bound.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from ..markup import squeeze, weigh
from ..urls import join, same_site

#: Links of one page that are looked at; the longest real lists (archives of a year) have about a thousand.
MAX_LINKS = 5000
#: How deep in the tree a link may stand; real pages end near 60.
MAX_DEPTH = 200
#: Characters of a link's text that are read: a card is one link about a whole teaser.
MAX_TEXT = 300
#: Links that make a list.
MIN_LIST = 3
#: Weight (see `markup.weigh`) that the links of a list have in the middle: menus have less.
MIN_HEADLINE = 15
#: Weight up to which a link counts for more than a word, and from which on more text says no more.
WORD, HEADLINE = 12, 100
#: Weight of the text before a link that makes it a part of a sentence.
SENTENCE = 20
#: Elements that part no words.
INLINE = frozenset(
    {
        "a",
        "abbr",
        "b",
        "bdi",
        "cite",
        "code",
        "em",
        "font",
        "i",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "u",
    }
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
#: Elements, roles and names of menus and margins.
MARGINS = frozenset({"nav", "aside", "footer", "menu"})
MARGIN_ROLES = frozenset({"navigation", "complementary", "contentinfo", "menu", "menubar", "banner", "search"})
MARGIN_NAME = re.compile(
    r"(?i)(?:^|[-_\s])(?:nav|navbar|menu|foot(?:er)?|side(?:bar)?|aside|breadcrumbs?|crumbs?|hot|rank(?:ing)?s?|popular|"
    r"trending|most[-_]?(?:read|viewed)|related|recommend(?:ed|s|ations?)?|share|social|tags?|pag(?:ination|er)|"
    r"widget|promo|ads?)(?:$|[-_\s])"
)
#: The end of a path that an article has: a number, several words, a file.
ARTICLE_PATH = re.compile(r"(?i)\d{4}|[^/-]+(?:[-_][^/_-]+){2}[^/]*/?$|\.[sx]?html?$")
#: What links in margins count, links to other sites, and links whose addresses are no article's.
MARGIN_FACTOR, FOREIGN_FACTOR, PLAIN_FACTOR = 0.2, 0.5, 0.4
#: Least score for each link: a menu of long names has 1, a list of the most read in a margin 6, that of a section 30.
MIN_SCORE = 5
#: How alike the names of two boxes must be to hold one list: half of them.
ALIKE = 0.5
#: Boxes of different names beside each other that are told apart.
MAX_BOXES = 50


class Link(NamedTuple):
    """A link of a page."""

    element: HtmlElement
    url: str  #: absolute, without fragment
    text: str  #: as a reader sees it, on one line; "" for a bare picture


class Box(NamedTuple):
    """The part of a page that belongs to one article."""

    element: HtmlElement
    link: Link


class Place(NamedTuple):
    """Where an element stands."""

    path: int  #: the same for all elements below the same tags
    depth: int
    is_margin: bool


def base_of(root: HtmlElement, final_url: str) -> str:
    """Return the address against which a page's links are resolved."""
    stated = next((base.get("href") for base in root.iter("base") if base.get("href")), "")
    return join(final_url, stated or "") or final_url


def links_of(root: HtmlElement, base: str) -> list[Link]:
    """Return the links of a page that lead to other pages, in its order."""
    here = base.partition("#")[0]
    found: list[Link] = []
    for element in root.iter("a"):
        url = join(base, element.get("href") or "").partition("#")[0] if element.get("href") else ""
        if url and url != here:
            found.append(Link(element, url, text_of(element)))
            if len(found) == MAX_LINKS:
                break
    return found


def text_of(element: HtmlElement, but: HtmlElement | None = None) -> str:
    """Return the beginning of an element's text on one line, without that of one element inside it."""
    parts, length = list[str](), 0
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in walk:
        if event == "start" and node is but:
            walk.skip_subtree()
            continue
        text = node.text if event == "start" else node.tail if node is not element else ""
        parts.append(("" if node.tag in INLINE else " ") + (text or ""))
        length += len(text or "")
        if length > MAX_TEXT:
            break
    return squeeze("".join(parts))[:MAX_TEXT].strip()


def label_of(link: Link) -> str:
    """Return what a link says: its text, else what it says to those who do not see its picture."""
    said = (link.element.get("title"), link.element.get("aria-label"))
    pictures = (image.get("alt") for image in link.element.iter("img"))
    return link.text or squeeze(next(filter(None, (*said, *pictures)), ""))[:MAX_TEXT]


def boxes(links: Iterable[Link]) -> list[Box]:
    """Return for each address the widest part of the page that holds no other of these addresses, in page order.

    Of several links to one address the one that says most counts.
    """
    owner: dict[HtmlElement, str] = {}
    links = list(links)
    for link in links:
        _claim(owner, link)
    return [Box(_widest(owner, link), link) for link in _best_of_each(links)]


def _best_of_each(links: Iterable[Link]) -> list[Link]:
    """Return for each address the link that says most, in the order of the addresses."""
    best: dict[str, Link] = {}
    for link in links:
        if link.url not in best or weigh(label_of(link)) > weigh(label_of(best[link.url])):
            best[link.url] = link
    return list(best.values())


#: Who owns an element that holds links to several addresses; no address.
MANY = ""


def _claim(owner: dict[HtmlElement, str], link: Link) -> None:
    """Note whose an element and those above it are; each of them changes hands at most twice."""
    element: HtmlElement | None = link.element
    while element is not None and owner.get(element) not in (MANY, link.url):
        owner[element] = MANY if element in owner else link.url
        element = element.getparent()
    # Above one that was ours already all is noted; above one that became another's too, nothing is ours alone.


def _widest(owner: dict[HtmlElement, str], link: Link) -> HtmlElement:
    element = link.element
    while (above := element.getparent()) is not None and owner.get(above) == link.url and above.tag != "body":
        element = above
    return element


def find_list(links: Sequence[Link], base: str) -> list[Link]:
    """Return the links that most look like a list of articles, each address once; [] for none."""
    places, groups = _Places(), defaultdict[int, list[Link]](list)
    for link in links:
        place = places.of(link.element)
        if place.depth <= MAX_DEPTH and not _is_in_sentence(link.element):
            groups[place.path].append(link)
    best, most = list[Link](), 0.0
    for group in groups.values():
        for part in _parted(group):
            score = _score(part, places, base)
            if score > most:
                best, most = part, score
    return [link for link in best if weigh(label_of(link)) >= WORD]  # labels stand beside headlines


class _Places:
    """Finds out where elements stand, each one once."""

    def __init__(self) -> None:
        self._known: dict[HtmlElement, Place] = {}
        self._paths: dict[tuple[int, str], int] = {}

    def of(self, element: HtmlElement) -> Place:
        """Return an element's place."""
        climbed = list[HtmlElement]()
        at: HtmlElement | None = element
        while at is not None and at not in self._known:
            climbed.append(at)
            at = at.getparent()
        place = self._known[at] if at is not None else Place(0, 0, is_margin=False)
        for below in reversed(climbed):
            path = self._paths.setdefault((place.path, str(below.tag)), len(self._paths) + 1)
            place = Place(path, place.depth + 1, is_margin=place.is_margin or _is_margin(below))
            self._known[below] = place
        return place


def _is_margin(element: HtmlElement) -> bool:
    if element.tag in ("html", "body", "main"):  # a page about rankings is called so as a whole
        return False
    names = f"{element.get('id') or ''} {element.get('class') or ''}"
    is_named = element.tag in MARGINS or (element.get("role") or "").lower() in MARGIN_ROLES
    return is_named or bool(MARGIN_NAME.search(names))


def _is_in_sentence(element: HtmlElement) -> bool:
    above = element.getparent()
    return above is not None and above.tag == "p" and weigh((above.text or "")[:MAX_TEXT]) >= SENTENCE


def _parted(group: list[Link]) -> Iterator[list[Link]]:
    """Part links of one path by the boxes they stand in, where these are called differently; each address once."""
    waiting = [(_best_of_each(group), 0)]
    while waiting:
        links, depth = waiting.pop()
        if len(links) < MIN_LIST:
            continue
        chains = [_chain(link.element) for link in links]
        # All have the same path, hence the same length; addresses differ, hence so do the ends.
        depth = next(d for d in range(depth, len(chains[0])) if len({chain[d] for chain in chains}) > 1)
        parts = _by_name(links, [chain[depth] for chain in chains])
        if len(parts) > 1:
            waiting += [(part, depth) for part in reversed(parts)]
        else:
            yield links


def _chain(element: HtmlElement) -> list[HtmlElement]:
    return [*reversed(list(element.iterancestors())), element]


def _by_name(links: list[Link], stood: list[HtmlElement]) -> list[list[Link]]:
    """Part links by the names of the boxes they stand in; one part where no two boxes of lists are told apart."""
    held = defaultdict[HtmlElement, list[Link]](list)
    for link, box in zip(links, stood, strict=True):
        held[box].append(link)
    large = [box for box, inside in held.items() if len(inside) >= MIN_LIST]
    if not 2 <= len(large) <= MAX_BOXES:
        return [links]
    kinds = list[tuple[set[str], list[Link]]]()
    for box in held if len(held) <= MAX_BOXES else large:
        names = _names(box)
        kind = next((k for k in kinds if _are_alike(k[0], names)), None)
        if kind is None:
            kinds.append((names, list(held[box])))
        else:
            kind[1].extend(held[box])
    return [inside for _, inside in kinds]


def _names(box: HtmlElement) -> set[str]:
    """Return what a box is called, numbers left out: its classes, else its id."""
    names = (box.get("class") or "").split() or (box.get("id") or "").split()
    return {re.sub(r"\d+", "", name) for name in names}


def _are_alike(one: set[str], other: set[str]) -> bool:
    return one == other or len(one & other) >= ALIKE * len(one | other)


def _score(links: list[Link], places: _Places, base: str) -> float:
    """Return how much some links look like a list of articles; 0 for not at all."""
    weights = [min(weigh(label_of(link)), HEADLINE) for link in links]
    texts = {label_of(link) for link in links}
    if len(links) < MIN_LIST or median(weights) < MIN_HEADLINE or len(texts) < MIN_LIST:
        return 0.0
    score = sum(max(weight - WORD, 0) for weight in weights) * len(texts) / len(links)
    margins = sum(places.of(link.element).is_margin for link in links)
    foreign = sum(not same_site(link.url, base) for link in links)
    plain = sum(not ARTICLE_PATH.search(urlsplit(link.url).path.rstrip("/")) for link in links)
    for count, factor in ((margins, MARGIN_FACTOR), (foreign, FOREIGN_FACTOR), (plain, PLAIN_FACTOR)):
        score *= 1 - (1 - factor) * count / len(links)
    return score if score >= MIN_SCORE * len(links) else 0.0
