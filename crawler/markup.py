"""Bytes → one tree, whatever page it is; and how much a text says.

Pure. Refuses what is no page (PDF, pictures, binary data) and what is empty. Knows nothing of articles and lists.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from lxml import etree, html
from lxml.html import HtmlElement

from . import charset
from .errors import ParseError
from .model import Page
from .plaintext import paragraphs

#: Media types that are read as pages; "" because servers forget (RFC 9110 §8.3 lets the recipient guess).
PAGE_TYPES = frozenset(
    {
        "",
        "text/html",
        "application/xhtml+xml",
        "text/xml",
        "application/xml",
        "text/plain",
        "application/vnd.wap.xhtml+xml",
    }
)
#: What a page looks like when the media type is of no use (WHATWG MIME sniffing §7.1, the common part).
LOOKS_LIKE_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
#: Openings of files that are never pages, whatever their label says.
MAGIC = (
    (b"%PDF-", "PDF data"),
    (b"\x89PNG", "a picture"),
    (b"GIF8", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "gzip data"),
)
#: Share of control characters above which bytes are data, not text; real pages have fewer than one in 10,000.
MAX_CONTROL_SHARE = 0.01
#: Numeric references: written so, characters that no tree can hold come through libxml2 and break lxml later. Most are
#: plain letters and signs, 32 to 126 and 160 to 9999, and stay as they are.
REFERENCE = re.compile(
    rb"&#(?!(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6]|1[6-9]\d|[2-9]\d\d|[1-9]\d{3});)(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,8}));?"
)
#: U+FFFE and U+FFFF in UTF-8, the two others that XML does not allow (XML 1.0 §2.2).
NONCHARACTER = re.compile(b"\xef\xbf[\xbe\xbf]")
CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r\f\x1b") + b"\x7f"
#: What else no tree can hold: an escape sequence's beginning.
DROPPED = CONTROLS + b"\x1b"
#: A form feed is a blank in HTML (§13.2.5.1) and no character at all in XML.
FORM_FEEDS = bytes.maketrans(b"\f", b" ")

#: Elements without an end tag that libxml2 takes for others: what comes behind them becomes their content.
VOID = ("embed", "source", "track", "wbr", "keygen")
#: Han, kana and hangul: one such character says about as much as three letters.
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
BEFORE_CJK = re.compile("[\0-\u303f]*+")  # tells six times as quickly that there is none
CJK_RUNS = re.compile(f"{CJK.pattern}+")
CJK_WEIGHT = 3
#: One class for all elements: lxml.html's own look-up by tag is a twentieth of the work on a page.
ELEMENTS = etree.ElementDefaultClassLookup(element=HtmlElement, comment=html.HtmlComment)


def parse(page: Page, change: Callable[[str], str] | None = None) -> HtmlElement:
    """Parse a page once.

    Args:
        page: as fetched.
        change: what is to be done to its source before, if anything.

    Raises:
        ParseError: passing when the body is empty (servers answer so while they restart); not passing when
            the document is no page.
    """
    if not page.body.strip():
        raise ParseError("empty page", passing=True)
    refuse(page.media_type, page.body)
    data = charset.utf8(page.body, page.header("content-type"))
    is_text = page.media_type == "text/plain" and not LOOKS_LIKE_HTML.match(page.body)
    if change is None and not is_text:
        return from_bytes(data)
    text = change(data.decode()) if change else data.decode()
    return from_text(paragraphs(text) if is_text else text)


def refuse(media_type: str, body: bytes) -> None:
    """Raise ParseError unless the bytes can be a page."""
    if media_type not in PAGE_TYPES and not LOOKS_LIKE_HTML.match(body):
        raise ParseError(f"not a page: {media_type[:80]}", passing=False)
    for opening, name in MAGIC:
        if body.startswith(opening):
            raise ParseError(f"not a page: {name}", passing=False)
    if charset.is_wide(body):
        return
    controls = len(body) - len(body.translate(None, CONTROLS)) if _holds_any(CONTROLS, body) else 0
    if b"\0" in body[:512] or controls > MAX_CONTROL_SHARE * len(body):
        raise ParseError("not a page: binary data", passing=False)


def _holds_any(signs: bytes, data: bytes) -> bool:
    """Tell whether any of some bytes is in others: to look for each takes half as long as to translate them all."""
    return any(map(data.__contains__, signs))


def from_text(text: str) -> HtmlElement:
    """Parse decoded HTML; see `from_bytes`. Halves of surrogate pairs, which JSON can state, are dropped."""
    return from_bytes(text.encode("utf-8", "ignore"))


def from_bytes(data: bytes) -> HtmlElement:
    """Parse HTML in UTF-8; control characters, which neither XML nor YAML can hold, are dropped.

    Raises:
        ParseError: there is not one element or word in it.
    """
    data = REFERENCE.sub(_reference, data)
    if _holds_any(DROPPED + b"\f", data):
        data = data.translate(FORM_FEEDS, DROPPED)
    if NONCHARACTER.pattern[:1] in data:  # one byte is found much quicker than three
        data = NONCHARACTER.sub(b"", data)
    # Told the encoding, libxml2 does not switch at a <meta charset> that lies about re-encoded bytes.
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True)
    parser.set_element_class_lookup(ELEMENTS)
    try:
        root = html.document_fromstring(data, parser=parser)
    except etree.LxmlError as e:
        raise ParseError(f"not a page: {str(e)[:100]}", passing=False) from e
    for element in list(root.iter(*VOID)):
        _hollow(element)
    return root


def _hollow(element: HtmlElement) -> None:
    """Move an element's content out behind it."""
    for child in reversed(list(element)):
        element.addnext(child)  # which puts it, and the text behind it, before the text behind the element
    element.tail = (element.text or "") + (element.tail or "")
    element.text = None


def _reference(found: re.Match[bytes]) -> bytes:
    """Return a numeric reference as it may be parsed: b"" for what no tree can hold, cp1252 read as browsers do."""
    number = int(found[1], 16) if found[1] else int(found[2])
    if 128 <= number < 160:
        return unescape(f"&#{number};").encode()
    is_control = number < 32 and number not in (9, 10, 13)
    is_held = not (is_control or number == 127 or 0xD800 <= number < 0xE000 or number in (0xFFFE, 0xFFFF))
    return found[0] if is_held and number <= 0x10FFFF else b""


def text_of(element: HtmlElement) -> str:
    """Return all text in an element as it is written; twice as quickly as lxml's own `text_content`."""
    text: str = etree.tostring(element, method="text", encoding="unicode", with_tail=False)
    return text


def squeeze(text: str) -> str:
    """Fold white space to single blanks and trim."""
    # What can be printed has no white space but blanks: so most texts are found to be folded, which is quicker.
    return text.strip() if text.isprintable() and "  " not in text else " ".join(text.split())


def weigh(text: str) -> int:
    """Return how much a text says, in letters of an alphabet: a Han character counts as three."""
    if text.isascii() or BEFORE_CJK.fullmatch(text):
        return len(text)
    return len(text) + (CJK_WEIGHT - 1) * sum(map(len, CJK_RUNS.findall(text)))
