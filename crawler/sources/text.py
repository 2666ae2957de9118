"""The small shapes of text that feeds are made of.

Pure. Knows nothing of feeds: characters that XML forbids, plain text out of markup, links in markup. Refuses nothing.
"""

from __future__ import annotations

import html
import re

from ..plaintext import drop_halves
from ..urls import join

#: What XML 1.0 §2.2 does not allow as a character.
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
MARKUP = re.compile(r"</[a-zA-Z][^<>]*>|<(?:br|p|img|b|i|em|strong)\b[^<>]*>|&(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z]\w+);")
TAG = re.compile(r"<!--(?:.*?-->|.*)|</?[a-zA-Z][^<>]*>", re.S)
#: Tags at whose place a reader sees a gap.
BLOCK_TAG = re.compile(r"(?i)</?(?:br|p|div|li|h\d|tr|td|blockquote)\b")
LINK = re.compile(r"""(?i)(\s(?:href|src|poster)\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)""")


def drop_illegal(text: str) -> str:
    """Drop the characters, and references to characters, that XML forbids; one would cost the whole document."""
    return REFERENCE.sub(_legal_reference, ILLEGAL.sub("", text))


def _legal_reference(found: re.Match[str]) -> str:
    digits, base = (found[1], 16) if found[1] else (found[2], 10)
    digits = digits.lstrip("0") or "0"
    # Seven digits hold every code point; int() refuses thousands of them and is slow before that.
    code = int(digits, base) if len(digits) <= 7 else 0x110000
    return found[0] if code <= 0x10FFFF and not ILLEGAL.match(chr(code)) else ""


def fold(text: str) -> str:
    """Put a text on one line: breaks and controls become one blank, blanks inside the line stay as they are.

    Halves of characters go: what comes out can be printed and stored.
    """
    return BLANKS.sub(lambda run: " " if BREAK.search(run[0]) else run[0], drop_halves(text)).strip()


def plain(text: str, *, markup: bool | None = None) -> str:
    """Return a title or a name as plain text on one line.

    Args:
        text: what the feed holds, XML already undone.
        markup: whether it is HTML; None to judge by its look (RSS says nothing about it).
    """
    if MARKUP.search(text) if markup is None else markup:
        text = html.unescape(TAG.sub(lambda tag: " " if BLOCK_TAG.match(tag[0]) else "", text))
        text = text.replace("\xa0", " ")
    return fold(text)


def has_text(markup: str) -> bool:
    """Tell whether there is anything to read or see in a piece of HTML."""
    return bool(html.unescape(TAG.sub("", markup)).strip()) or bool(re.search(r"(?i)<(?:img|video|iframe)\b", markup))


def absolute_links(markup: str, base: str) -> str:
    """Resolve the relative links of a piece of HTML against its xml:base; all else stays to the letter.

    By substitution, not by a parser: libxml2 drops what follows a stray </body>.
    """
    return TAG.sub(lambda tag: LINK.sub(lambda link: _resolved(link, base), tag[0]), markup)


def _resolved(link: re.Match[str], base: str) -> str:
    value = html.unescape(link[2].strip("\"'")).strip()
    url = join(base, value) if value and not value.startswith("#") else value
    return f'{link[1]}"{html.escape(url)}"' if url not in ("", value) else link[0]
