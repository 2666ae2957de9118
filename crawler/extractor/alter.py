"""What a site's rule changes on a parsed page before it is read: the kind of its elements, texts, attributes.

What it changes in the page's source is `swaps`' business. Rule: nothing is added but frames. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lxml import html
from lxml.html import HtmlElement

from ..selectors import select, select_all

#: Elements that take another kind themselves; what is of any other kind gets a frame of it.
TEXTS = ("p", "div", "span", "strong", "b")


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


def blank(root: HtmlElement, selector: str) -> None:
    """Take out, in place, the texts and attributes that an XPath finds; elements are not touched."""
    if "text()" not in selector and "@" not in selector.rpartition("/")[2]:
        return  # which is most of them, and spares finding everything twice
    for found in select_all(root, selector):
        if isinstance(found, str) and hasattr(found, "getparent"):
            _take(found, found.getparent())


def _take(found: Any, owner: HtmlElement | None) -> None:
    """Take one text or attribute off the element that lxml says it belongs to; what XPath made belongs to none."""
    if owner is None:
        return
    if found.is_attribute:
        owner.attrib.pop(found.attrname, None)
    elif found.is_tail:
        owner.tail = None
    else:
        owner.text = None
