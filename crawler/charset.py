"""Bytes → text: which encoding a feed or a page is really in.

Rule: a label is believed only where the bytes agree. Order: byte order mark, bytes that prove themselves UTF-8, the
charset of the header, the document's own, UTF-8, then the one of these that damages next to nothing, detection.
Pure; knows nothing of feeds or pages; never fails: at worst some characters come out as U+FFFD.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0?\0", "utf-16-le"),  # XML 1.0 appendix F: the first characters without a mark
    (b"\0<\0?", "utf-16-be"),
)
#: How the names of encodings begin in which a letter has a NUL byte.
WIDE = ("utf-16", "utf-32")
#: Bytes searched for the document's own label; browsers look at 1,024, pages with a long head put it later.
HEAD_BYTES = 8192
OWN = re.compile(
    rb"""<meta[^>]{0,500}?charset\s*=\s*["']?\s*([\w.:-]+)|<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]+)""", re.I
)
HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)
#: Labels that Python does not know (WHATWG Encoding Standard §4.2, and MySQL's habit).
LABELS = {"x-gbk": "gb18030", "x-sjis": "cp932", "x-euc-jp": "euc_jp", "utf8mb4": "utf-8", "windows-949": "cp949"}
#: Labels that mean a larger set in practice (WHATWG Encoding Standard §4.2).
WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}
#: Python's codecs that are charsets of documents; others (idna, unicode_escape, hex) are none, UTF-7 hides markup from
#: sanitisers, and ASCII says nothing, being in all of them.
CHARSET = re.compile(r"utf-(?:8|16|32)|iso|cp\d|koi8|mac|big5|euc|shift|gb|hz|tis|johab|kz")
#: Characters outside ASCII from which on valid UTF-8 is no accident: GBK text passes as UTF-8 about once in
#: seven characters, so once in ten million at eight. Fewer, and the label is believed ("联通" in GBK).
SURELY_UTF8 = 8
#: Share of the characters outside ASCII that may be broken in a text that counts as read: a cut teaser, a comment
#: pasted in. A wrong encoding that breaks at all breaks nine in ten.
MAX_DAMAGE = 0.05
#: Encodings to guess among, and how many bytes to guess from; detection costs about 10 ms per 10 kB.
GUESSES = ["gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "cp1251", "koi8_r", "cp1252"]
SAMPLE_BYTES = 64 * 1024


def decode(body: bytes, content_type: str = "") -> str:
    """Return the text of a document, without a byte order mark.

    Args:
        body: the bytes as fetched, content coding undone.
        content_type: the Content-Type header, may be "".
    """
    marked = _marked(body)
    if marked:
        return body.decode(marked, "replace").removeprefix("\ufeff")
    utf8 = _strictly(body, "utf-8")
    if utf8 is not None and foreign(utf8) >= SURELY_UTF8:
        return utf8
    labels = tuple(dict.fromkeys((*_labels(body, content_type), "utf-8")))
    texts = (_strictly(body, label) for label in labels)
    strict = next((text for text in texts if text is not None), None)
    return strict if strict is not None else _forgiving(body, labels)


def is_wide(body: bytes) -> bool:
    """Tell whether the first bytes announce an encoding in which NUL bytes are normal."""
    return _marked(body).startswith(WIDE)


def foreign(text: str) -> int:
    """Count the characters outside ASCII."""
    return len(text) - len(text.encode("ascii", "ignore"))


def _marked(body: bytes) -> str:
    return next((name for mark, name in MARKS if body.startswith(mark)), "")


def _labels(body: bytes, content_type: str) -> Iterator[str]:
    """Yield Python's names of the stated charsets, the header's before the document's own, the wider set first.

    A document that can be read as ASCII is not UTF-16, whatever it says (HTML standard §13.2.3.2); .NET says so.
    """
    own, header = OWN.search(body[:HEAD_BYTES]), HEADER.search(content_type)
    stated = header[1] if header else "", (own[1] or own[2]).decode("ascii", "replace") if own else ""
    for name in filter(None, map(codec, stated)):
        if name.startswith(WIDE) and b"\0" not in body[:HEAD_BYTES]:
            yield "utf-8"
        else:
            yield WIDER.get(name, name)
            yield name  # cp1252 has holes where latin-1 has none


def codec(label: str) -> str:
    """Return Python's name for a charset label, or "" for one that is none or of no use."""
    try:
        name = codecs.lookup(LABELS.get(label.lower(), label)).name
    except LookupError:
        return ""
    return name if CHARSET.match(name) else ""


def _strictly(body: bytes, name: str) -> str | None:
    """Decode without any broken character, or return None."""
    try:
        return body.decode(name)
    except UnicodeError:
        return None


def _forgiving(body: bytes, labels: tuple[str, ...]) -> str:
    """Decode what fits no stated encoding to the letter."""
    least = min((body.decode(label, "replace") for label in labels), key=_damage)
    if _damage(least) <= max(1, MAX_DAMAGE * foreign(least)):
        return least
    import charset_normalizer  # here, because most runs never come this far

    best = charset_normalizer.from_bytes(body[:SAMPLE_BYTES], cp_isolation=GUESSES).best()
    return body.decode(best.encoding, "replace") if best else least


def _damage(text: str) -> int:
    return text.count("\ufffd")
