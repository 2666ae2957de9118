"""What would act in a page: found by reading the markup anew, as a browser or a Jekyll plug-in would.

Says its own list of what is harmless, so that a hole in the cleaner's is seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import nh3
from bs4 import BeautifulSoup

#: Elements of text, lists, tables and pictures; `div` is the envelope, `html` and `body` are lxml's own.
HARMLESS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
        "var",
        "html",
        "body",
    ]
)
ATTRIBUTES = frozenset(
    ["href", "src", "alt", "title", "class", "start", "reversed", "rowspan", "colspan", "markdown", "lang"]
)
#: As browsers read an address: blanks and controls before it and line ends within it do not count (WHATWG URL §4.1).
SCHEME = re.compile(r"(?i)(?:https?|mailto|tel):")
READERS = ("html.parser", "lxml")


def live(html: str) -> list[str]:
    """Return what of a page's markup is not harmless, by several parsers; empty when nothing is."""
    found = {f"{reader}: {what}" for reader in READERS for what in _seen_by(reader, html)}
    return sorted(found)


def as_browsers_read(html: str) -> str:
    """Return the page as html5ever, which parses as browsers do, writes what it found harmless in it."""
    schemes = {"http", "https", "mailto", "tel"}
    return nh3.clean(html, tags=set(HARMLESS), attributes={"*": set(ATTRIBUTES)}, url_schemes=schemes, link_rel=None)


def _seen_by(reader: str, html: str) -> Iterator[str]:
    for tag in BeautifulSoup(html, reader).find_all(True):
        if tag.name not in HARMLESS:
            yield f"<{tag.name}>"
        for name, value in tag.attrs.items():
            if name not in ATTRIBUTES:
                yield f"{tag.name} {name}="
            if name in ("href", "src") and not SCHEME.match(re.sub(r"[\x00-\x20\x7f]", "", str(value))):
                yield f"{tag.name} {name}={value!r}"
