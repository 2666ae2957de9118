"""Text that stands loose between blocks gets a paragraph of its own.

Rule: no text is changed, none is lost. Works in place on a body's tree. Pure.
"""

from __future__ import annotations

from lxml import html
from lxml.html import HtmlElement

from .tree import BLOCKS


def wrap_loose(root: HtmlElement) -> None:
    """Give every text of a div its paragraph, in place: divs without blocks become `p`, loose runs get one."""
    holders = _with_blocks(root)
    for element in list(root.iter("div", "section", "article", "main", "center", "header", "body")):
        if element in holders or element is root or element.tag == "body":
            _wrap_runs(element, holders)
        else:
            element.tag = "p"


def _with_blocks(root: HtmlElement) -> set[HtmlElement]:
    holders: set[HtmlElement] = set()
    for element in root.iter("*"):
        if element.tag in BLOCKS:
            parent = element.getparent()
            while parent is not None and parent not in holders:
                holders.add(parent)
                parent = parent.getparent()
    return holders


def _wrap_runs(element: HtmlElement, holders: set[HtmlElement]) -> None:
    children = list(element)
    run: HtmlElement | None = None
    if element.text and element.text.strip():
        run = _paragraph(element.text)
        element.text = None
        element.insert(0, run)
    for child in children:
        if child.tag in BLOCKS or child in holders:
            run = None
            if child.tail and child.tail.strip():
                run = _paragraph(child.tail)
                child.tail = None
                child.addnext(run)
            continue
        if run is None:
            run = _paragraph("")
            child.addprevious(run)
        run.append(child)


def _paragraph(text: str) -> HtmlElement:
    made = html.Element("p")
    made.text = text
    return made
