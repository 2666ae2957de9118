"""Tables of data stay, tables that lay out the page go: their cells become blocks one below the other.

Pure. Works in place on a body's tree, before its blocks are tidied. Markdown can write tables of data only, and a
reader of either form of post wants no others.
"""

from __future__ import annotations

from lxml.html import HtmlElement

from ..markup import squeeze, text_of
from .tree import drop

CELLS = ("td", "th")
PARTS = ("thead", "tbody", "tfoot", "tr", *CELLS, "caption")
#: Characters; a cell with more is a part of the page's layout, not of a table.
MAX_CELL_CHARS = 600
#: Blocks that do not stand in a cell of data, unless the table says that it is one.
LAYOUT = ("pre", "blockquote", "hr", "figure", "h1", "h2", "h3", "h4", "h5", "h6")


def dissolve_layout(root: HtmlElement) -> None:
    """Make blocks of all tables but those of data; the innermost first, as they say what the outer ones are."""
    for table in reversed(list(root.iter("table"))):
        if not is_data(table):
            _dissolve(table)


def is_data(table: HtmlElement) -> bool:
    """Tell a table of data: one that says so, or has two columns at least and short cells without blocks.

    A single cell is a frame, and a table about another one is its frame, whatever it says.
    """
    cells = own(table, *CELLS)
    if len(cells) <= 1 or any(cell.find(".//table") is not None for cell in cells):
        return False
    if any(squeeze(text_of(part)) for part in own(table, "th", "thead", "caption")):
        return True
    columns = max((sum(1 for _ in row.iterchildren(*CELLS)) for row in own(table, "tr")), default=0)
    return columns > 1 and not any(map(_is_layout, cells))


def own(table: HtmlElement, *names: str) -> list[HtmlElement]:
    """Return the parts of a table that are not those of one inside it."""
    return [part for part in table.iter(*names) if next(part.iterancestors("table"), None) is table]


def _is_layout(cell: HtmlElement) -> bool:
    return len(squeeze(text_of(cell))) > MAX_CELL_CHARS or next(cell.iter(*LAYOUT), None) is not None


def _dissolve(table: HtmlElement) -> None:
    for column in own(table, "colgroup", "col"):
        drop(column)
    for part in own(table, *PARTS):
        part.tag = "div"
    table.tag = "div"
