"""Blocks chosen → the body as one tree: everything else is cut away, in place.

What the judge does not speak of is settled here: pictures stay with their captions where the article is, a table of
data stays or goes as a whole, a heading with nothing behind it goes. Rule: text is chosen, never changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from .names import BITS, groups
from .outline import Block, Outline
from .tables import is_data
from .tree import BLOCKS, HEADINGS, drop

#: What plays or shows something without a word of text.
PICTURES = ("img", "amp-img", "picture", "video", "audio", "iframe", "embed", "object")
#: Names of parts whose pictures are not the article's.
FOREIGN = sum(BITS[group] for group in ("ad", "related", "social", "letter", "comment", "nav", "popup"))
#: Weight of the words that a picture's box may have: a caption and a credit; and the share of them that links may be.
MAX_CAPTION = 500
MAX_LINKS = 0.5
#: Blocks behind the last one of the text, and before the first, among which a picture is still the article's.
REACH = 3


def carve(outline: Outline, kept: Sequence[bool], headline: int) -> HtmlElement | None:
    """Cut a page down to some of its blocks.

    Args:
        outline: the page's blocks; their tree is changed.
        kept: for each block whether it stays.
        headline: the number of the block that is the page's headline, or -1: pictures below it are the article's.

    Returns:
        The smallest element that holds them all; None when none is kept.
    """
    stays = _without_stray_headings(outline.blocks, _whole_tables(outline, list(kept)))
    if not any(stays):
        return None
    first, last = stays.index(True), len(stays) - 1 - stays[::-1].index(True)
    pictures = _Pictures(outline, stays, (headline if 0 <= headline < first else first, last))
    frame = _frame(outline, pictures.first, last)
    shown = pictures.inside(frame)
    for block, stay in zip(outline.blocks, stays, strict=True):
        if not stay:
            _blank(block)
    _clear(frame, outline, stays, shown)
    return frame


def _frame(outline: Outline, first: int, last: int) -> HtmlElement:
    """Return the smallest element that holds the blocks from the first to the last."""
    owner = outline.blocks[first].owner
    for element in (owner, *owner.iterancestors()):
        start, end = outline.span(element)
        if start <= first and last < end:
            return element
    return outline.top


def _whole_tables(outline: Outline, stays: list[bool]) -> list[bool]:
    """Let a table of data stay or go as a whole, as most of its text does."""
    for table in outline.top.iter("table"):
        start, end = outline.span(table)
        if end - start > 1 and any(stays[start:end]) and is_data(table):
            blocks = outline.blocks[start:end]
            weight = sum(b.weight for b, stay in zip(blocks, stays[start:end], strict=True) if stay)
            stays[start:end] = [2 * weight >= sum(b.weight for b in blocks)] * (end - start)
    return stays


def _without_stray_headings(blocks: Sequence[Block], stays: list[bool]) -> list[bool]:
    """Drop headings at the end: what they announce is not there."""
    for i in reversed(range(len(stays))):
        if stays[i] and blocks[i].owner.tag not in HEADINGS:
            break
        stays[i] = False
    return stays


class _Pictures:
    """Which pictures are the article's: those between its blocks, or just before or behind, in no foreign part."""

    def __init__(self, outline: Outline, stays: list[bool], bounds: tuple[int, int]) -> None:
        self._outline, self._stays = outline, stays
        low, high = bounds[0] - REACH, bounds[1] + REACH
        self.first = stays.index(True)
        self._boxes: list[HtmlElement] = []
        for picture in outline.top.iter(*PICTURES):
            at = outline.span(picture)[0]
            if low <= at <= high and (box := self._box(picture, bounds)) is not None:
                self._boxes.append(box)
                start, end = outline.span(box)
                if start < end:
                    stays[start:end] = [True] * (end - start)
                self.first = min(self.first, start)

    def _box(self, picture: HtmlElement, bounds: tuple[int, int]) -> HtmlElement | None:
        """Return what a picture stands in with its caption, or None for one that is not the article's."""
        around = list(self._outline_path(picture))
        if any(groups(f"{e.get('id', '')} {e.get('class', '')}") & FOREIGN for e in around[:4]):
            return None
        box = next((e for e in around if e.tag == "figure"), picture)
        start, end = self._outline.span(box)
        if start < bounds[0] or start > bounds[1] + 1:
            return None
        weight = self._outline.weight(box)
        is_caption = weight <= MAX_CAPTION and self._outline.link_share(box) <= MAX_LINKS
        return box if is_caption else None

    def _outline_path(self, element: HtmlElement) -> Iterator[HtmlElement]:
        """Yield an element and those about it that hold no text of the article."""
        while element is not None and not any(self._stays[slice(*self._outline.span(element))]):
            yield element
            element = element.getparent()

    def inside(self, frame: HtmlElement) -> frozenset[HtmlElement]:
        """Return the boxes and all that stands about them, up to the frame."""
        shown: set[HtmlElement] = set()
        for box in self._boxes:
            path = [box, *box.iterancestors()]
            if frame in path:
                shown.update(path[: path.index(frame)])
                shown.update(box.iter())
        return frozenset(shown)


def _blank(block: Block) -> None:
    """Take a block's text out, whatever element it is kept in."""
    for element, is_tail in block.pieces:
        if is_tail:
            element.tail = " "
        else:
            element.text = None


def _clear(frame: HtmlElement, outline: Outline, stays: Sequence[bool], shown: frozenset[HtmlElement]) -> None:
    """Drop, in place, every element below the frame that holds neither kept text nor a kept picture."""
    waiting = [frame]
    while waiting:
        for child in list(waiting.pop()):
            start, end = outline.span(child)
            if any(stays[start:end]) or child in shown:
                waiting.append(child)
            elif child.tag in ("br", "hr"):
                continue
            elif child.tag in BLOCKS or child.tag in PICTURES or start < end:
                drop(child)
            else:
                waiting.append(child)  # part of a line, whose text is kept or blank by now
