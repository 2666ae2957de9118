"""Bytes → text: which encoding a page is really in.

Rule: a label is believed only where the bytes agree. Order: byte order mark, bytes that prove themselves UTF-8,
the declared charset, the page's own meta, UTF-8, the same three with a few broken characters, detection.
Pure; never fails: at worst some characters come out as U+FFFD.
"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Bytes searched for a <meta charset>; browsers look at 1,024, pages with a long head put it later.
META_WINDOW = 8192
META = re.compile(
    rb"""<meta[^>]{0,500}?charset\s*=\s*["']?\s*([\w.:-]+)|<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]+)""", re.I
)
HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)
#: Labels that Python does not know or knows as less than they are used for (WHATWG Encoding §4.2: gb2312 means gbk).
LABELS = {"x-gbk": "gb18030", "x-sjis": "cp932", "x-euc-jp": "euc_jp", "utf8mb4": "utf-8", "windows-949": "cp949"}
SUPERSETS = {
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
#: Codecs that are no charsets of pages, or that hide markup from sanitisers (UTF-7).
REFUSED = frozenset({"utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "ascii"})
#: Characters beyond ASCII from which valid UTF-8 is proof: two random GBK characters pass for it ("联通"), ten do not.
PROOF_CHARS = 10
#: Share of broken characters that a page in the right encoding may have: a cut teaser, a comment pasted in.
MAX_BROKEN_SHARE = 0.005
#: Encodings to guess among, and how many bytes to guess from.
GUESSES = ["gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "cp1251", "koi8_r", "cp1252"]
SAMPLE_BYTES = 64 * 1024


def decode(body: bytes, content_type: str = "") -> str:
    """Return the text of a page, without a byte order mark.

    Args:
        body: the bytes as fetched, content coding undone.
        content_type: the Content-Type header, may be "".
    """
    for mark, name in BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    proof = strictly(body, "utf-8")
    if proof is not None and sum(map(len, re.findall(r"[^\x00-\x7f]+", proof))) >= PROOF_CHARS:
        return proof
    labels = [label for label in (in_header(content_type), in_meta(body), "utf-8") if label]
    for label in labels:
        text = strictly(body, label)
        if text is not None:
            return text
    return _forgiving(body, labels)


def is_wide(body: bytes) -> bool:
    """Tell whether a byte order mark announces an encoding in which NUL bytes are normal."""
    return body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))


def in_header(content_type: str) -> str:
    """Return the codec that a Content-Type header names, or ""."""
    found = HEADER.search(content_type)
    return codec(found.group(1)) if found else ""


def in_meta(body: bytes) -> str:
    """Return the codec that the page itself names, or "".

    A label that could be read as ASCII cannot be UTF-16 (HTML standard §13.2.3.2), so that means UTF-8.
    """
    found = META.search(body[:META_WINDOW])
    name = codec((found.group(1) or found.group(2)).decode("ascii", "replace")) if found else ""
    return "utf-8" if name.startswith(("utf-16", "utf-32")) else name


def codec(label: str) -> str:
    """Return Python's name for a charset label, the superset that is really meant, or "" for none of use."""
    try:
        name = codecs.lookup(LABELS.get(label.lower(), label)).name
        b"a".decode(name)  # Python knows codecs that make no text (hex, rot13)
    except (LookupError, UnicodeError):
        return ""
    return "" if name in REFUSED else SUPERSETS.get(name, name)


def strictly(body: bytes, name: str) -> str | None:
    """Decode without any broken character, or return None."""
    try:
        return body.decode(name)
    except UnicodeError:
        return None


def _forgiving(body: bytes, labels: list[str]) -> str:
    for label in labels:
        text = body.decode(label, "replace")
        if text.count("\ufffd") <= max(1, MAX_BROKEN_SHARE * len(text)):
            return text
    best = from_bytes(body[:SAMPLE_BYTES], cp_isolation=GUESSES).best()
    return body.decode(best.encoding if best is not None else "utf-8", "replace")
