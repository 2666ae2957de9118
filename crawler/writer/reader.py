"""HTML → the converter's tree, without what is no text and what is nested too deeply.

Pure. Quick with HTML as the allow-list serialises it, which is what the extractor hands over; through whatever else
there may be, bs4 finds the way. An element below MAX_DEPTH leaves its content and no more.
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag
from bs4.element import PreformattedString

from .escape import NO_TEXT, purge
from .nodes import BLOCKS, DOCUMENT, Element, Text, add

#: Elements inside elements; deeper ones are unwrapped. The converter takes three Python frames a level (limit 1000).
MAX_DEPTH = 60
#: What stands beside a formula in MathML to say it again in another language; no browser shows it.
FORMULA_SOURCES = ("annotation", "annotation-xml")
DROPPED = frozenset(
    {"script", "style", "template", "noscript", "head", "title", "colgroup", "col", "wbr", *FORMULA_SOURCES}
)
#: Elements without an end tag, as far as a cleaned body has them.
VOID = frozenset({"br", "col", "hr", "img", "wbr"})
#: One tag or text of what the allow-list writes (HTML §13.3).
TOKEN = re.compile(r"""<(?:/([a-z][a-z0-9]*)|([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")*))>|([^<]+)""")
ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
#: What it never writes; the elements are those in which a tag is no tag (HTML §13.1.2).
FOREIGN = re.compile(
    r"&(?!(?:amp|lt|gt|quot|nbsp);)"
    r"|</?(?:script|style|xmp|iframe|noembed|noframes|noscript|plaintext|textarea|title)\b",
)
#: What it does; the ampersand last, so that none of the others begins with one that was written.
REFERENCES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&nbsp;", "\xa0"), ("&amp;", "&"))
#: Code of the days before `pre`: no markup in it, whether the `<` are escaped (as by lxml) or not (HTML §13.2.6.4.7).
XMP = re.compile(r"(</?xmp\b[^<>]*>)", re.I)


def read(html: str) -> Element:
    """Read a fragment of HTML; the root is a document."""
    return (None if FOREIGN.search(html) else _read_serialised(html)) or _read_any(html)


def _read_serialised(html: str) -> Element | None:
    """Read what is written by the book, or return None."""
    builder = Builder()
    at = 0
    for token in TOKEN.finditer(html):
        end, start, attributes, text = token.groups()
        if token.start() != at or (end and end != builder.innermost):
            return None
        at = token.end()
        if text:
            builder.text(_dereferenced(text))
        elif end:
            builder.end()
        else:
            found = ATTRIBUTE.findall(attributes) if attributes else ()
            builder.start(start, {name: _dereferenced(value) for name, value in found})
    return builder.finish() if at == len(html) and builder.innermost == DOCUMENT else None


def _dereferenced(text: str) -> str:
    if "&" in text:
        for reference, character in REFERENCES:
            text = text.replace(reference, character)
    return text


def _read_any(html: str) -> Element:
    builder = Builder()
    # bs4 warns of markup that looks like an address, but for the tag about it.
    stack = [iter(BeautifulSoup(f"<body>{_xmp_as_pre(html)}</body>", "html.parser").contents)]
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
            if stack:
                builder.end()
        elif isinstance(node, Tag):
            builder.start(node.name, {name: _joined(value) for name, value in node.attrs.items()})
            if node.name not in VOID:
                stack.append(iter(node.contents))
        elif not isinstance(node, PreformattedString):  # comments, declarations, CDATA
            builder.text(str(node))
    return builder.finish()


def _joined(value: str | list[str]) -> str:
    return value if isinstance(value, str) else " ".join(value)


def _xmp_as_pre(html: str) -> str:
    """Write xmp, which parsers of different age read differently, as pre."""
    parts = XMP.split(html)
    for at in range(1, len(parts) - 2, 2):
        if not parts[at].startswith("</") and parts[at + 2].startswith("</"):
            parts[at : at + 3] = ["<pre>", parts[at + 1].replace("<", "&lt;"), "</pre>"]
    return "".join(parts)


class Builder:
    """A tree that grows; texts that meet become one, so that they are escaped as one."""

    def __init__(self) -> None:
        root = Element(DOCUMENT)
        #: Names of the open elements, and where their content goes: None for what is dropped.
        self._open: list[tuple[str, Element | None]] = [(DOCUMENT, root)]
        self._texts: list[str] = []

    @property
    def innermost(self) -> str:
        """Return the name of the element that ends next."""
        return self._open[-1][0]

    def start(self, name: str, attrs: dict[str, str]) -> None:
        """Open an element; one of VOID ends at once."""
        place = self._open[-1][1]
        inner = None
        if place is not None and name not in DROPPED:
            inner = self._put(place, name, attrs)
        if name not in VOID:
            self._open.append((name, inner))

    def _put(self, place: Element, name: str, attrs: dict[str, str]) -> Element:
        """Add an element, and return where its content goes."""
        if len(self._open) > MAX_DEPTH and name not in VOID:
            self._part(name)
            return place
        if name == "hr" and any(outer == "li" for outer, _ in self._open):
            name = "br"  # a rule would end the list in kramdown (list.rb)
        self._flush(place)
        element = Element(name, attrs)
        add(place, [element])
        return element

    def end(self) -> None:
        """Close the innermost element."""
        name, place = self._open.pop()
        if place is not None and place is self._open[-1][1]:
            self._part(name)
        elif place is not None:
            self._flush(place)

    def text(self, text: str) -> None:
        """Add a text."""
        if self._open[-1][1] is not None:
            self._texts.append(text)

    def finish(self) -> Element:
        """Return the tree, once all is closed."""
        _, root = self._open.pop()
        assert root is not None  # noqa: S101 - so it was made
        self._flush(root)
        return root

    def _part(self, name: str) -> None:
        """Keep words apart where a block was unwrapped."""
        if name in BLOCKS:
            self._texts.append(" ")

    def _flush(self, place: Element) -> None:
        if not self._texts:
            return
        text = "".join(self._texts)
        self._texts = []
        if NO_TEXT.search(text):  # character references bring it, too
            text = purge(text)
        if text:
            add(place, [Text(text)])
