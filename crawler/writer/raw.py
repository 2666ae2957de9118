"""HTML where Markdown has no form: a table whose cells hold lists, text in elements that no reader of Markdown parses.

Pure. pandoc's way with such tables, too ("pipe tables … cannot contain block elements"). A row is a line: in CommonMark
the block ends at a blank line (§4.6, sixth kind); to kramdown all of it is raw, even where `markdown="1"` is about it
(html.rb). Elements are those that Markdown has, attributes those that say where to and how far; nothing acts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape as escape_html

from .escape import IMAGE_SCHEMES, LINK_SCHEMES, address, fold, purge
from .nodes import BLOCKS, CELLS, HEADINGS, Element, Node, Text, children

LIQUID = re.compile(r"\{(?=[{%])")
INLINE = ("b", "strong", "i", "em", "del", "s", "sub", "sup", "code", "kbd", "samp", "q")
KEPT = frozenset({*INLINE, *HEADINGS, *CELLS, "p", "blockquote", "pre", "ul", "ol", "li", "dl", "dt", "dd"})
#: What may stand in an attribute, by its name.
NUMBERS = {"colspan": CELLS, "rowspan": CELLS, "start": ("ol",)}
NUMBER = re.compile(r"\d{1,6}")
SIGN = re.compile(r"[\\`*|]|(?<!\w)_++|_++(?!\w)")


def raw_table(rows: Iterable[Element]) -> str:
    """Write a table as HTML: its rows, in whose cells there are none."""
    lines = ["".join(_told(cell, _folded) for cell in children(row, CELLS)) for row in rows]
    table = "\n".join(["<table>", *(f"<tr>{cells}</tr>" for cells in lines), "</table>"])
    return without_liquid(table.replace("](", "]&#40;"))  # no link of Markdown's, to a program that only looks


def without_liquid(html: str) -> str:
    """Write the braces of HTML so that Liquid runs none of it."""
    return LIQUID.sub("&#123;", html)


def raw_address(url: str, schemes: frozenset[str] = LINK_SCHEMES) -> str:
    """Write an address as the value of an attribute; "" for one of another scheme."""
    return address(url, schemes).replace("&amp;", "&").replace("&", "&amp;")


def _folded(text: str) -> str:
    return _text(fold(text))


def _as_it_stands(text: str) -> str:
    return _text(text).replace("\n", "&#10;")


def _text(text: str) -> str:
    """Write text; what is a sign of Markdown to a program that only looks, is none."""
    return SIGN.sub(lambda found: "".join(f"&#{ord(sign)};" for sign in found[0]), escape_html(text, quote=False))


def _told(node: Node, text: Callable[[str], str]) -> str:
    if isinstance(node, Text):
        return text(str(node))
    if node.name == "br":
        return "<br>"
    if node.name == "img":
        return _picture(node)
    inner = "".join(_told(child, _as_it_stands if node.name == "pre" else text) for child in node.contents)
    if node.name == "a":
        target = raw_address(node.attrs.get("href", ""))
        return f'<a href="{target}">{inner}</a>' if target else inner
    if node.name not in KEPT:
        return f"<div>{inner}</div>" if node.name in BLOCKS else inner
    return f"<{node.name}{_attributes(node)}>{inner}</{node.name}>"


def _picture(image: Element) -> str:
    source = raw_address(image.attrs.get("src", ""), IMAGE_SCHEMES)
    alt = _text(" ".join(purge(image.attrs.get("alt", "")).split())).replace('"', "&quot;")
    return f'<img src="{source}" alt="{alt}">' if source else ""


def _attributes(element: Element) -> str:
    return "".join(
        f' {name}="{value}"'
        for name, value in element.attrs.items()
        if element.name in NUMBERS.get(name, ()) and NUMBER.fullmatch(value)
    )
