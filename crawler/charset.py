"""Bytes → text: which encoding a feed or a page is really in.

Rule: a label is believed only where the bytes agree. Order: byte order mark, bytes that prove themselves UTF-8 (once
or twice over), the charset of the header, the document's own, UTF-8, then the one of these that damages next to
nothing, detection. A label that gives no legible text (servers that say ISO-8859-1 of everything) yields to another,
or to a guess, that does.
Pure; knows nothing of feeds or pages; never fails: at worst some characters come out as U+FFFD.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from .legible import legibility

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: The first characters without a mark (XML 1.0 appendix F, and HTML in the same way).
UNMARKED = re.compile(rb"(?:[ \t\r\n]\0)*<\0[!?A-Za-z]\0|(?:\0[ \t\r\n])*\0<\0[!?A-Za-z]")
#: How ISO-2022-JP, which looks like ASCII, leaves and enters it.
SEVEN_BITS = b"\x1b$"
#: How the names of encodings begin in which a letter has a NUL byte.
WIDE = ("utf-16", "utf-32")
#: Bytes searched for the document's own label; browsers look at 1,024, pages with a long head put it later.
HEAD_BYTES = 8192
OWN = re.compile(
    rb"""<meta[^>]{0,500}?charset\s*=\s*["']?\s*([\w.:-]+)|<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]+)""", re.I
)
HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)
#: Labels that Python does not know (WHATWG Encoding Standard §4.2, and MySQL's habit).
LABELS = {
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "gb_2312": "gb18030",
    "x-x-big5": "big5",
    "cn-big5": "big5",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "windows-949": "cp949",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "windows-874": "cp874",
}
#: Labels that mean a larger set in practice (WHATWG Encoding Standard §4.2).
WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "cp950": "big5hkscs",
    "euc_kr": "cp949",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}
#: Python's codecs that are charsets of documents; others (idna, unicode_escape, hex) are none, UTF-7 hides markup from
#: sanitisers, and ASCII says nothing, being in all of them.
CHARSET = re.compile(r"utf-(?:8|16|32)|iso|cp\d|koi8|mac|big5|euc|shift|gb|hz|tis|johab|kz")
#: Bytes that Windows-1252 leaves out, and browsers read as the characters of these numbers.
HOLES = {chr(byte): chr(0xDC00 + byte) for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
#: Where the first character outside ASCII is the first byte of one in UTF-8, so taken, and the second its second.
DOUBLED = re.compile("[\x00-\x7f]*+[\xc2-\xf4][\x80-\x9f\xa1-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
#: Characters outside ASCII from which on valid UTF-8 is no accident: GBK text passes as UTF-8 about once in
#: seven characters, so once in ten million at eight. Fewer, and the label is believed ("联通" in GBK).
SURELY_UTF8 = 8
FOREIGN_ENOUGH = re.compile(f"(?:[\x00-\x7f]*+[^\x00-\x7f]){{{SURELY_UTF8}}}")
#: Intact characters for each broken one that prove UTF-8 as well; in other encodings it is the other way round.
INTACT_IN_UTF8 = 4
#: Share of the characters outside ASCII that may be broken in a text that counts as read: a cut teaser, a comment
#: pasted in. A wrong encoding that breaks at all breaks nine in ten.
MAX_DAMAGE = 0.05
#: How well a text must read to be preferred to a stated one, and how badly that one must read.
LEGIBLE, ILLEGIBLE = 0.95, 0.6
#: Encodings to guess among, and how many bytes to guess from; detection costs about 10 ms per 10 kB.
GUESSES = ["gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "cp1251", "koi8-r", "cp1252"]
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
    utf8 = _proven_utf8(body)
    if utf8 is not None:
        return _undoubled(utf8)
    labels = tuple(dict.fromkeys((*_labels(body, content_type), "utf-8")))
    for label in labels:
        text = _strictly(body, label)
        if text is not None:
            return _legible(body, labels) or text if _is_illegible(text, label) else text
    return _forgiving(body, labels)


def utf8(body: bytes, content_type: str = "") -> bytes:
    """Return a document in UTF-8, which most are already; see `decode`."""
    text = None if _marked(body) else _strictly(body, "utf-8")
    if text is not None and _is_proof(text, body) and not DOUBLED.match(text):
        return body
    return decode(body, content_type).encode("utf-8", "ignore")


def is_wide(body: bytes) -> bool:
    """Tell whether the first bytes announce an encoding in which NUL bytes are normal."""
    return _marked(body).startswith(WIDE)


def foreign(text: str) -> int:
    """Count the characters outside ASCII."""
    return len(text) - len(text.encode("ascii", "ignore"))


def _marked(body: bytes) -> str:
    name = next((name for mark, name in MARKS if body.startswith(mark)), "")
    if not name and UNMARKED.match(body):
        return "utf-16-be" if body.startswith(b"\0") else "utf-16-le"
    return name


def _labels(body: bytes, content_type: str) -> Iterator[str]:
    """Yield Python's names of the stated charsets, the header's before the document's own, the wider set first.

    A document that can be read as ASCII is not UTF-16, whatever it says (HTML standard §13.2.3.2); .NET says so.
    """
    own, header = OWN.search(body[:HEAD_BYTES]), HEADER.search(content_type)
    stated = header[1] if header else "", (own[1] or own[2]).decode("ascii", "replace") if own else ""
    if SEVEN_BITS in body:
        yield "iso2022_jp"
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
        return _decoded(body, name, "strict")
    except UnicodeError:
        return None


def _proven_utf8(body: bytes) -> str | None:
    """Decode what no other encoding would look like, even if a few bytes are broken."""
    text = _strictly(body, "utf-8")
    if text is not None:
        return text if _is_proof(text, body) else None
    text = body.decode("utf-8", "replace")
    intact = foreign(text) - _damage(text)
    return text if intact >= SURELY_UTF8 and intact >= INTACT_IN_UTF8 * _damage(text) else None


def _is_proof(text: str, body: bytes) -> bool:
    """Tell whether a text that could be read as UTF-8 has too many characters outside ASCII for that to be chance."""
    surplus = len(body) - len(text)  # each such character takes one to three bytes more
    return surplus >= 3 * SURELY_UTF8 or (surplus >= SURELY_UTF8 and FOREIGN_ENOUGH.match(text) is not None)


def _undoubled(text: str) -> str:
    """Undo what was encoded in UTF-8 twice, taken for Windows-1252 between: only when all of it was, to the letter."""
    if not DOUBLED.match(text):
        return text
    try:
        undone = _in_cp1252(text).decode("utf-8")
    except UnicodeError:
        return text
    return undone if foreign(undone) >= SURELY_UTF8 else text


def _in_cp1252(text: str) -> bytes:
    for read, byte in HOLES.items():
        text = text.replace(read, byte)  # five of these are quicker than one translation
    return text.encode("cp1252", "surrogateescape")


def _decoded(body: bytes, name: str, errors: str) -> str:
    """Decode; in GBK a byte 0x80 is a euro sign (WHATWG Encoding Standard §10.2.1), which Python does not know."""
    if name == "gb18030" and b"\x80" in body:
        text = body.decode(name, "surrogateescape").replace("\udc80", "€")
        return text.encode("utf-8", "surrogateescape").decode("utf-8", errors)
    return body.decode(name, errors)


def _is_illegible(text: str, name: str) -> bool:
    found = legibility(text, name)
    return found is not None and found < ILLEGIBLE


def _forgiving(body: bytes, labels: tuple[str, ...]) -> str:
    """Decode what fits no stated encoding to the letter."""
    intact = [(label, text) for label in labels if _is_intact(text := _decoded(body, label, "replace"))]
    least = min((text for label, text in intact if not _is_illegible(text, label)), key=_damage, default=None)
    if least is None:
        least = _legible(body, labels) or next((text for _, text in intact), None)
    return _detected(body) if least is None else least


def _detected(body: bytes) -> str:
    """Decode what no encoding fits that is stated or known to be common."""
    import charset_normalizer  # here, because most runs never come this far

    best = charset_normalizer.from_bytes(body[:SAMPLE_BYTES], cp_isolation=GUESSES).best()
    return body.decode(best.encoding if best else "utf-8", "replace")


def _legible(body: bytes, labels: tuple[str, ...]) -> str | None:
    """Decode by the stated encoding, or else the guess, that reads best, if one reads well."""
    for names in (labels, GUESSES):
        texts = [(name, text) for name in names if _is_intact(text := _decoded(body, name, "replace"))]
        judged = [(legibility(text, name) or 0.0, text) for name, text in texts]
        found, text = max(judged, key=lambda pair: pair[0], default=(0.0, ""))
        if found >= LEGIBLE:
            return text
    return None


def _is_intact(text: str) -> bool:
    return _damage(text) <= max(1, MAX_DAMAGE * foreign(text))


def _damage(text: str) -> int:
    return text.count("\ufffd")
