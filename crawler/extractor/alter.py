"""What a site's rule changes on a page before it is read: texts of its source, and the kind of its elements.

Rule: a change never makes a page much larger than it came. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import html
from lxml.html import HtmlElement

from .rules import select

#: How many times its length a page may have when its texts are swapped, and characters that are never too many.
MAX_GROWTH = 2
FREE_GROWTH = 1_000_000
#: Elements that take another kind themselves; what is of any other kind gets a frame of it.
TEXTS = ("p", "div", "span", "strong", "b")


def swapped(text: str, swaps: Sequence[tuple[str, str]]) -> str:
    """Put texts in the place of others, one pair after the other; a pair that would bloat the page is left out."""
    most = MAX_GROWTH * len(text) + FREE_GROWTH
    for find, put in swaps:
        if len(text) + text.count(find) * (len(put) - len(find)) <= most:
            text = text.replace(find, put)
    return text


def reshape(root: HtmlElement, wraps: Sequence[tuple[str, str]]) -> None:
    """Make elements another kind, in place.

    Args:
        root: the page.
        wraps: selector and tag; with the tag "" an element goes and its content stays.
    """
    for selector, tag in wraps:
        for element in select(root, selector):
            if element.getparent() is not None:
                _make(element, tag)


def _make(element: HtmlElement, tag: str) -> None:
    if not tag:
        element.drop_tag()
    elif element.tag in TEXTS:
        element.tag = tag
    else:
        frame = html.Element(tag)
        element.addprevious(frame)
        frame.tail, element.tail = element.tail, None
        frame.append(element)
