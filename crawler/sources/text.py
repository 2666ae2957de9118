"""Bytes to text, and the small shapes of text that feeds are made of.

Pure. Knows nothing of feeds: encodings, characters that XML forbids, plain text out of markup and markup out of
plain text. Refuses nothing: a document that no encoding fits is read with replacement characters.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator

from ..urls import join

#: Bytes of the head in which an XML declaration is looked for; real ones end before byte 100.
DECLARATION_BYTES = 1024
#: Characters outside ASCII from which on valid UTF-8 is no accident: GBK text passes as UTF-8 about once in
#: seven characters, so once in ten million at eight. Fewer, and the label is believed ("联通" in GBK).
SURELY_UTF8 = 8
#: Share of replacement characters that a text may hold and still count as read: a cut character here and there.
MAX_DAMAGE = 0.02
#: Bytes given to statistical detection; it costs about 10 ms per 10 kB.
DETECTION_BYTES = 32_768

#: Labels that mean a larger set in practice (WHATWG Encoding Standard §4.2).
WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "ascii": "cp1252", "iso8859-1": "cp1252", "shift_jis": "cp932"}
#: Python's codecs that are character sets of documents; others (idna, unicode_escape, utf-7) are no labels for one.
CHARSET = re.compile(r"utf-(8|16|32)|iso|cp\d|koi8|mac|big5|euc|shift|gb|hz|ascii|tis|johab|kz")
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0?\0", "utf-16-le"),  # XML 1.0 appendix F: the first characters without a mark
    (b"\0<\0?", "utf-16-be"),
)
ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)""")
CHARSET_PARAMETER = re.compile(r"""(?i);\s*charset\s*=\s*["']?([\w.:-]+)""")

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


def decode(body: bytes, content_type: str = "") -> str:
    """Return the text of a document.

    In this order: byte order mark, unmistakable UTF-8, the charset of the header, the XML declaration, UTF-8,
    then the one of these that damages next to nothing, then detection.
    """
    marked = next((pair for pair in BOMS if body.startswith(pair[0])), None)
    if marked:
        return body.decode(marked[1], "replace").removeprefix("\ufeff")
    utf8 = read_as(body, "utf-8")
    if utf8 is not None and foreign(utf8) >= SURELY_UTF8:
        return utf8
    labels = tuple(labels_of(body, content_type))
    texts = (read_as(body, label) for label in (*labels, "utf-8"))
    strict = next((text for text in texts if text is not None), None)
    return strict if strict is not None else nearest(body, labels)


def foreign(text: str) -> int:
    """Count the characters outside ASCII."""
    return len(text) - len(text.encode("ascii", "ignore"))


def labels_of(body: bytes, content_type: str) -> Iterator[str]:
    """Yield the names of Python codecs for the stated character sets, each label's wider meaning first."""
    stated = CHARSET_PARAMETER.search(content_type), ENCODING.search(body[:DECLARATION_BYTES])
    for found in stated:
        if found is None:
            continue
        label = found[1] if isinstance(found[1], str) else found[1].decode("ascii")
        try:
            name = codecs.lookup(label).name
        except LookupError:
            continue
        if CHARSET.match(name):
            yield from dict.fromkeys((WIDER.get(name, name), name))


def read_as(body: bytes, label: str) -> str | None:
    """Decode strictly; None for what does not fit."""
    try:
        return body.decode(label)
    except UnicodeError:
        return None


def nearest(body: bytes, labels: tuple[str, ...]) -> str:
    """Decode what fits no stated encoding to the letter."""
    for label in (*labels, "utf-8"):
        text = body.decode(label, "replace")
        if text.count("\ufffd") <= MAX_DAMAGE * foreign(text):
            return text
    import charset_normalizer  # here, because most runs never come this far

    best = charset_normalizer.from_bytes(body[:DETECTION_BYTES]).best()
    return body.decode(best.encoding if best else "cp1252", "replace")


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
    """Put a text on one line: breaks and controls become one blank, blanks inside the line stay as they are."""
    return BLANKS.sub(lambda run: " " if BREAK.search(run[0]) else run[0], text).strip()


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


def paragraphs(text: str, *, escape: bool = True) -> str:
    """Return plain text as HTML: blank lines part paragraphs, single breaks become <br>; "" for blank text."""
    blocks = (block.strip() for block in re.split(r"\n[^\S\n]*\n\s*", text.replace("\r\n", "\n").replace("\r", "\n")))
    safe = (html.escape(block, quote=False) if escape else block for block in blocks if block)
    return "".join(f"<p>{block.replace(chr(10), '<br>')}</p>" for block in safe)


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
