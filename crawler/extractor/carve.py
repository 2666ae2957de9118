"""Blocks chosen → the body as one tree: everything else is cut away, in place.

What the judge does not speak of is settled here: pictures stay with their captions where the article is, a table of
data stays or goes as a whole, a quotation stays as one, so do a heading and an item that alone are missing and what the
house corrected; a heading with nothing behind it goes. Rule: text is chosen, never changed; each step is linear in the
page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from itertools import accumulate, chain, islice, takewhile

from lxml.html import HtmlElement

from .endings import is_correction
from .media import PLAYERS, is_narrow, is_tiny, picture_address
from .names import BITS, WORD, groups
from .outline import Block, Outline
from .tables import is_data
from .tree import BLOCKS, BREAKS, HEADINGS, drop, words

#: What plays or shows something without a word of text.
PICTURES = ("img", "amp-img", *PLAYERS)
#: Words in names of parts whose pictures are not the article's. Those of the layout (right, column, header, hidden,
#: item, widget, slider) are not among them: they stand at as many of the article's own.
FOREIGN = words(
    "ad ads adv advert adverts advertisement advertising adsbygoogle banner promo promos sponsor sponsored partner"
    " affiliate outbrain taboola related recommend recommended recommendation recommendations teaser teasers card cards"
    " trending popular rail readmore xiangguan tuijian share sharing shares sharebar social socials sns follow"
    " facebook twitter whatsapp pinterest linkedin qrcode newsletter subscribe subscription signup optin paywall cta"
    " comment comments disqus avatar gravatar author authors byline contributor logo logos masthead sidebar"
)
#: Groups of names that are enough to suspect a player: each that is left is a line of text, the link to it.
SUSPECT = sum(BITS[group] for group in ("ad", "related", "social", "letter", "comment", "nav", "popup"))
#: Elements about a picture whose names are looked at, and those among which its figure is.
NAMED, NEAR = 4, 8
#: Weight of the words that a picture's box may have: a caption and a credit.
MAX_CAPTION = 500
#: Weight from which the words about a picture can be a card that leads elsewhere, and the share of links that tells so.
CARD = 30
MAX_LINKS = 0.5
#: Pixels; a narrower picture outside of a line of text is a portrait or a sign.
MIN_WIDTH = 100
#: What never begins a line: a note or a box stood in the midst of a sentence.
CLOSING = (".", ",", ";", ":", "!", "?", ")", "。", "，", "；", "：", "！", "？", "）", "、")
ITEMS = ("li", "dd", "dt")
#: What headings of sections are called where they are none by their tag, by one name in lower case ("fs-subheading"
#: is a size); and what is set like one and is none.
HEADING_NAME = re.compile(r"(?!fs-|text-|video)(?:.*[-_])?(?:(?:sub)?heading|sub-?head(?:line)?|crosshead)")
OTHER_NAMES = re.compile("author|byline|credit|vote|share|subscri|newsletter")
#: Blocks about the text among which its corrections are.
NEAR_TEXT = 4
#: Weight above which what is marked as a heading is text: no heading says more.
MAX_HEADING = 150


def carve(
    outline: Outline, kept: Sequence[bool], headline: int, within: HtmlElement | None = None
) -> HtmlElement | None:
    """Cut a page down to some of its blocks.

    Args:
        outline: the page's blocks; their tree is changed.
        kept: for each block whether it stays.
        headline: the number of the block that is the page's headline, or -1: pictures below it are the article's.
        within: the element that holds them and all pictures of the article, where that is known.

    Returns:
        That element, else the smallest that holds them all; None when none is kept.
    """
    stays = _whole_quotes(outline, _whole_tables(outline, list(kept), headline))
    stays = _with_corrections(outline.blocks, _with_lone_parts(outline.blocks, stays))
    stays = _without_stray_headings(outline.blocks, stays)
    if not any(stays):
        return None
    first, last = stays.index(True), len(stays) - 1 - stays[::-1].index(True)
    is_headed = 0 <= headline < first
    low = first if within is None else outline.span(within)[0]
    boxes = list(_boxes(outline, stays, headline + 1 if is_headed else low, last))
    leads = [box for box in boxes if is_headed and outline.span(box)[0] <= first and box.tag not in PLAYERS][:1]
    frame = _frame(outline, first, last, leads) if within is None else within
    for start, end in map(outline.span, boxes):
        stays[start:end] = [True] * (end - start)
    shown = _shown(frame, boxes)
    for block, stay in zip(outline.blocks, stays, strict=True):
        if not stay:
            _blank(block)
    _clear(frame, outline, stays, shown | _holders(outline.blocks, stays))
    return frame


def _frame(outline: Outline, first: int, last: int, leads: Sequence[HtmlElement]) -> HtmlElement:
    """Return the smallest element that holds the blocks from the first to the last, and the picture that leads."""
    owner = outline.blocks[first].owner
    about = chain((owner,), owner.iterancestors())
    holders = [frozenset(lead.iterancestors()) for lead in leads]
    return next(
        element for element in about if outline.span(element)[1] > last and all(element in held for held in holders)
    )


def _whole_tables(outline: Outline, stays: list[bool], headline: int) -> list[bool]:
    """Let a table of data stay or go as a whole, as most of its text does; the headline is in none."""
    for table in outline.top.iter("table"):
        start, end = outline.span(table)
        is_frame = start <= headline < end
        if end - start > 1 and any(stays[start:end]) and not is_frame and is_data(table):
            stays[start:end] = [_is_mostly(outline, table, stays)] * (end - start)
    return stays


def _whole_quotes(outline: Outline, stays: list[bool]) -> list[bool]:
    """Let a quotation stay as a whole where most of it does: its last line says whose it is."""
    for quote in outline.top.iter("blockquote"):
        start, end = outline.span(quote)
        if any(stays[start:end]) and _is_mostly(outline, quote, stays):
            stays[start:end] = [stays[n] or any(map(str.isalnum, outline.blocks[n].text)) for n in range(start, end)]
    return stays


def _is_mostly(outline: Outline, element: HtmlElement, stays: Sequence[bool]) -> bool:
    """Tell whether at least half of an element's text stays."""
    weight = sum(outline.blocks[n].weight for n in range(*outline.span(element)) if stays[n])
    return 2 * weight >= outline.weight(element)


def _with_lone_parts(blocks: Sequence[Block], stays: Sequence[bool]) -> list[bool]:
    """Let headings and items of lists stay that alone are missing: "Ingredients" and "1 egg" say little by themselves.

    Measured: of 306 pages it was so with 14 headings without a link, all of them in the reference.
    """
    missing = [n for n in range(1, len(stays) - 1) if not stays[n] and stays[n - 1] and stays[n + 1]]
    said = {block.text for block, stay in zip(blocks, stays, strict=True) if stay} if missing else set()
    lone = {n for n in missing if _is_lone_heading(blocks[n], said) or _is_lone_item(*blocks[n - 1 : n + 2])}
    return [stay or n in lone for n, stay in enumerate(stays)]


def _with_corrections(blocks: Sequence[Block], stays: list[bool]) -> list[bool]:
    """Let stay what the house says of its own errors, near what stays: a record without it is a wrong one."""
    if not any(stays):
        return stays
    first, last = stays.index(True), len(stays) - 1 - stays[::-1].index(True)
    for n in range(max(first - NEAR_TEXT, 0), min(last + NEAR_TEXT + 1, len(blocks))):
        stays[n] = stays[n] or (blocks[n].is_prose and is_correction(blocks[n].text))
    return stays


def _is_lone_heading(block: Block, said: Set[str]) -> bool:
    """Tell whether a block is a section's heading, by its tag or by one of its names, and says something new."""
    names = block.owner.get("class", "").lower()
    is_told = block.text not in said and block.weight <= MAX_HEADING and any(map(str.isalpha, block.text))
    if block.linked or not is_told or OTHER_NAMES.search(names):
        return False
    above = (block.owner, *block.owner.iterancestors())
    is_tagged = any(element.tag in HEADINGS[1:] for element in above[:3])
    is_headed = is_tagged or any(map(HEADING_NAME.fullmatch, names.split()))
    return is_headed and all(element.tag != "table" for element in above)


def _is_lone_item(before: Block, block: Block, behind: Block) -> bool:
    """Tell whether a block is one of three items of the same list, and leads nowhere."""
    parents = {b.owner.getparent() if b.owner.tag in ITEMS else None for b in (before, block, behind)}
    return not block.linked and len(parents) == 1 and None not in parents and block.text not in before.text


def _without_stray_headings(blocks: Sequence[Block], stays: list[bool]) -> list[bool]:
    """Drop headings at the end: what they announce is not there."""
    for i in reversed(range(len(stays))):
        if stays[i] and not (blocks[i].owner.tag in HEADINGS and blocks[i].weight <= MAX_HEADING):
            break
        stays[i] = False
    return stays


def _boxes(outline: Outline, stays: Sequence[bool], low: int, last: int) -> Iterator[HtmlElement]:
    """Yield the article's pictures, with their captions: those among its blocks, just before or behind."""
    sums = list(accumulate(stays, initial=0))

    def is_bare(element: HtmlElement) -> bool:
        start, end = outline.span(element)
        return sums[start] == sums[end]

    for picture in outline.top.iter(*PICTURES):
        about = chain((picture,), picture.iterancestors())
        around = list(islice(takewhile(is_bare, about), NEAR))
        box = next((e for e in around if e.tag == "figure"), picture)
        is_apart = any(element.tag in BLOCKS for element in around)
        is_near = low <= outline.span(box)[0] <= last + 1
        if is_near and _is_seen(picture, is_apart=is_apart) and _is_own(outline, box, around[:NAMED]):
            yield box


def _is_seen(picture: HtmlElement, *, is_apart: bool) -> bool:
    """Tell whether a picture has an address (a caption alone says nothing) and is, outside of a line, no icon."""
    is_small = is_tiny(picture) or (is_apart and is_narrow(picture, MIN_WIDTH))
    return picture.tag in PLAYERS or bool(picture_address(picture) and not is_small)


def _is_own(outline: Outline, box: HtmlElement, around: Sequence[HtmlElement]) -> bool:
    """Tell whether a picture in the article's place is none of another part's, nor leads elsewhere."""
    names = " ".join(element.get(key, "") for element in around for key in ("id", "class", "rel"))
    if any(word.lower() in FOREIGN for word in WORD.findall(names)):
        return False
    if any(element.tag in PLAYERS for element in box.iter()) and groups(names) & SUSPECT:
        return False
    holder = next((e for e in around if outline.weight(e)), box)
    is_card = outline.weight(holder) >= CARD and outline.link_share(holder) > MAX_LINKS
    return not is_card and outline.weight(box) <= MAX_CAPTION


def _shown(frame: HtmlElement, boxes: Sequence[HtmlElement]) -> set[HtmlElement]:
    """Return the boxes that stand in the frame, all that is in them, and what stands about them."""
    wanted, shown = frozenset(boxes), set[HtmlElement]()
    for box in frame.iter(*PICTURES, "figure"):
        if box in wanted and box not in shown:
            shown.update(box.iter())
            shown.update(_up_to(box, shown))
    return shown


def _holders(blocks: Sequence[Block], stays: Sequence[bool]) -> set[HtmlElement]:
    """Return all elements that kept text stands in; an element's span does not tell, where a line goes on behind it."""
    found = set[HtmlElement]()
    for block, stay in zip(blocks, stays, strict=True):
        for element, is_tail in block.pieces if stay else ():
            if not is_tail:
                found.add(element)
            found.update(_up_to(element, found))
    return found


def _up_to(element: HtmlElement, known: set[HtmlElement]) -> list[HtmlElement]:
    """Return the elements about one, up to the first that is known already."""
    found = []
    for around in element.iterancestors():
        if around in known:
            break
        found.append(around)
    return found


def _blank(block: Block) -> None:
    """Take a block's text out, whatever element it is kept in."""
    for element, is_tail in block.pieces:
        if is_tail:
            element.tail = " "
        else:
            element.text = None


def _clear(frame: HtmlElement, outline: Outline, stays: Sequence[bool], held: set[HtmlElement]) -> None:
    """Drop, in place, every element below the frame that holds neither kept text nor a kept picture."""
    waiting = [frame]
    while waiting:
        for child in list(waiting.pop()):
            start, end = outline.span(child)
            if child in held:
                waiting.append(child)
            elif child.tag == "br" or (child.tag == "hr" and any(stays[start : start + 1])):
                continue
            elif (child.tag in BLOCKS or start < end) and _parts_lines(child):
                child.clear(keep_tail=True)
                child.tag = "br"
            elif child.tag in BLOCKS or child.tag in PICTURES or start < end:
                drop(child)
            else:
                waiting.append(child)  # part of a line, whose text is kept or blank by now


def _parts_lines(element: HtmlElement) -> bool:
    """Tell whether there is text right before and right behind, which would be one line without it."""
    before, behind = element.getprevious(), element.getnext()
    said = element.getparent().text if before is None else before.tail
    begins = (said or "").strip() or (before is not None and before.tag not in BREAKS)
    rest = (element.tail or "").strip()
    goes_on = not rest.startswith(CLOSING) if rest else behind is not None and behind.tag not in BREAKS
    return bool(begins and goes_on)
