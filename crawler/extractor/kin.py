"""What belongs to a body and stands beside it: leads, summaries, hero pictures, epilogues, further sections.

Rule: only inside the page's own frame of the article (`article`, `main`, `itemprop`), only behind its headline, and
only prose or pictures; what is named like a margin, or leads away, stays out. Elements are chosen, never changed. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from . import noise
from .dates import page_stamp
from .outline import LINKED, Outline
from .tree import COMMENTS, CONSENT, HEADINGS, squeeze, weigh

#: Names of parts around an article that are prose or pictures, and none of it.
OUTSIDE = re.compile(
    r"(?i)author|byline|\bbio|credit|avatar|profile|contributor|logo|\btags?\b|copyright|disclaimer|licen[cs]e|correction"
    r"|teaser|\bcards?\b|related|recommend|comment|respon[ds]|share|social|newsletter|subscri|signup|promo|sponsor|paywall"
    r"|\bads?\b|advert|banner|breadcrumb|\bnav|\bmenu|footer|footnote|sidebar|widget|popular|trending|more-|read-more"
    r"|donat|support|notice|message|\buser|reply|topic|vote|summary-auto|login|regist|poll|quiz|cookie|gallery|carousel|slider|slide|player|video|audio"
)
#: Names of a headline's second line.
STANDFIRST = re.compile(
    r"(?i)(?:^|[\s_-])(?:standfirst|dek|deck|lead|lede|subtitle|sub-?head(?:ing|line)|summary)(?:$|[\s_-])"
)
#: Share of links in a sibling, above which it leads away.
MAX_LINKS = 0.3
#: What makes a short line one of facts, as a date does: addresses, rights, names; and how much such a line weighs.
FACT = re.compile(r"https?://|©|^(?:[Bb]y|[Vv]on|[Pp]ar|[Pp]or)\s[A-Z]\S*\s[A-Z]")
MAX_FACT = 150
#: Share of prose in a sibling that is taken as it is, headings and all.
PURE = 0.85
#: Weight of the words that a hero picture may have: a caption and a credit.
MAX_CAPTION = 400
BLOCKS_OF_TEXT = ("p", "div", "section", "figure", "blockquote", "header")


def gather(elements: tuple[HtmlElement, ...], outline: Outline) -> tuple[HtmlElement, ...]:
    """Return a body's elements, and those beside it that belong to it, in the page's order."""
    scope = next((e for e in elements[0].iterancestors() if _is_frame(e)), None)
    if scope is None:
        return elements
    heading = next(scope.iter("h1"), None)
    parts = list(elements)
    inside = elements[0]
    while inside is not scope:
        parent = inside.getparent()
        parts = _level(parent, parts, heading, outline)
        inside = parent
    return tuple(parts)


def _is_frame(element: HtmlElement) -> bool:
    return element.tag in ("article", "main") or element.get("itemprop") == "articleBody"


def _level(
    parent: HtmlElement, parts: list[HtmlElement], heading: HtmlElement | None, outline: Outline
) -> list[HtmlElement]:
    """Return the parts with those of one level more before and behind them."""
    holders = {above for part in parts for above in (part, *part.iterancestors())}
    ahead: list[HtmlElement] = []
    behind: list[HtmlElement] = []
    is_titled = heading is None or parent not in {*heading.iterancestors()}
    is_behind = False
    for child in parent:
        is_behind = is_behind or child in holders
        if heading is not None and (child is heading or heading in child.iterdescendants("h1")):
            is_titled = True
            ahead = [] if is_behind else list(_standfirsts(child, heading))
        elif child not in holders and is_titled and belongs(child, outline):
            (behind if is_behind else ahead).extend(_pure(child, outline))
    return [*ahead, *parts, *behind]


def _pure(element: HtmlElement, outline: Outline) -> Iterator[HtmlElement]:
    """Yield an element, or of a mixed one (dates, names and a lead in one box) its paragraphs and pictures alone."""
    is_framing = any(OUTSIDE.search(f"{e.get('id', '')} {e.get('class', '')}") for e in element.iterdescendants())
    is_pure = not is_framing and outline.good(element) >= PURE * outline.weight(element)
    if element.tag in ("p", "figure") or is_pure:
        yield element
        return
    for inner in element.iter("p", "figure", "img"):
        around = list(inner.iterancestors())
        around = around[: around.index(element)]
        is_framed = any(e.tag in ("p", "figure") or OUTSIDE.search(e.get("class", "")) for e in around)
        if not is_framed and (inner.tag == "img" or belongs(inner, outline)):
            yield inner


def _standfirsts(header: HtmlElement, heading: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the second lines of a headline inside its own header."""
    for element in heading.itersiblings("p", "h2", "h3", "figure"):
        is_named = STANDFIRST.search(element.get("class", "")) is not None
        if (
            header is not heading
            and not OUTSIDE.search(element.get("class", ""))
            and (is_named or element.tag == "figure" or (element.tag == "p" and noise.is_prose(element)))
        ):
            yield element


def belongs(element: HtmlElement, outline: Outline) -> bool:
    """Tell whether a sibling of the body is prose or a picture of the article, and no margin."""
    names = f"{element.get('id', '')} {element.get('class', '')}"
    if element.tag in HEADINGS:
        return STANDFIRST.search(names) is not None and noise.has_sentence(element)
    is_margin = any(pattern.search(names) for pattern in (OUTSIDE, COMMENTS, CONSENT, noise.PAIRS))
    if element.tag not in BLOCKS_OF_TEXT or is_margin or noise.is_list_of_links(element):
        return False
    said = squeeze(element.text_content())
    is_fact = weigh(said) <= MAX_FACT and (FACT.search(said) or page_stamp(said))
    if is_fact or outline.link_share(element) > MAX_LINKS:
        return False
    is_picture = next(element.iter("img"), None) is not None and outline.weight(element) <= MAX_CAPTION
    return is_picture or outline.good(element) > LINKED * outline.weight(element)
