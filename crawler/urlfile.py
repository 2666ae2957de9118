"""A file of addresses, as people and programs leave them: blocks of bytes → web addresses, line by line.

Pure. One address a line is the rule: the predecessor's `allurls.dat` has a link and a line end for each post. Lines
of other programs hold more: fields after tabs or commas, a title behind a blank, quotes, Markdown, strings of JSON.
The first web address of a line is meant, whatever stands about it. A line without one is told with its number, and
the next one is read. Holds a line at a time, however long the file or a line of it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from . import urls
from .errors import ParseError
from .model import CanonicalURL

#: Bytes of a line; addresses have 8,192 at most. A list of JSON on one line is read in pieces of this length.
MAX_LINE = 65_536
#: Characters of a bad line that are quoted.
QUOTED = 60
BOM = b"\xef\xbb\xbf"
START = re.compile(r"(?:^|(?<=[\s\"'<(\[|,;]))https?://", re.I)
#: Where an address ends that no quote closes. A comma may be part of it (`/0,1518,00.html`): it parts fields where
#: nothing or a blank comes next, a quote, a word alone, what is not ASCII, a date, a time in seconds, or an address.
END = re.compile(
    r"[\s\"<>|]|[,;](?=$|[\s\"']|[^\x00-\x7f]|https?://|\d{4}-\d\d-\d\d|(?:[A-Za-z]{1,40}|\d{10}(?:\d{3})?)(?:[\s,;]|$))",
    re.I,
)
CLOSED_BY = {'"': '"', "'": "'", "<": ">"}
#: Lines of JSON: the brackets about lists, the name of a value, the values that are addresses.
BRACKETS = re.compile(r"[\[\]{},\s]*")
LIST = re.compile(r"\[\s*(?:[\"\[{]|$)")
NAMED = re.compile(r"\"([^\"\\]{1,100})\"\s*:")
ADDRESS_NAMES = frozenset({"url", "link", "href", "from", "address", "loc"})
STRING = re.compile(r"(?:\"([^\"\\]{1,100})\"\s*:\s*)?\"(https?:\\?/\\?/[^\"\s]*)\"", re.I)


class Given(NamedTuple):
    """What a line names: an address, or why there is none in it."""

    line: int  #: from 1
    url: CanonicalURL | None
    problem: str = ""


def read(blocks: Iterable[bytes]) -> Iterator[Given]:
    """Yield what each line names, in their order; blank lines and comments (`#`) name nothing.

    Args:
        blocks: of the file, each of any length; UTF-8 or GB18030, with or without a byte order mark.
    """
    is_list = False
    for number, data in _lines(blocks):
        if data is None:
            yield Given(number, None, f"line {number}: over {MAX_LINE} bytes")
            continue
        text = _text(data).strip()
        is_list = is_list or LIST.match(text) is not None
        if text.startswith("#") or BRACKETS.fullmatch(text) or _is_other_value(text):
            continue
        for address in (_strings(text) if is_list else []) or [_address(text)]:
            yield _given(number, address, text)


def _lines(blocks: Iterable[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Cut blocks into lines with their numbers; None for one that is too long, and no list of strings."""
    number, rest, is_lost = 1, b"", False
    for block in blocks:
        *whole, rest = (rest + block).replace(b"\r\n", b"\n").split(b"\n")
        for line in whole:
            if not is_lost:
                yield number, None if len(line) > MAX_LINE else _marked(number, line)
            number, is_lost = number + 1, False
        if is_lost:
            rest = b""
        elif len(rest) > MAX_LINE:
            cut = rest.rfind(b'",') + 1
            yield number, _marked(number, rest[:cut]) if 0 < cut <= MAX_LINE + len(block) else None
            rest, is_lost = (rest[cut:], False) if cut else (b"", True)
    if rest and not is_lost:
        yield number, _marked(number, rest)


def _marked(number: int, line: bytes) -> bytes:
    return line.removeprefix(BOM) if number == 1 else line


def _text(line: bytes) -> str:
    """Decode a line. GBK passes as UTF-8 once in some million lines, and an address is ASCII in either."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("utf-8", "replace")


def _is_other_value(text: str) -> bool:
    """Tell whether a line of JSON gives a value that is not the address of an article (its title, a picture)."""
    name = NAMED.match(text)
    return name is not None and name[1].lower() not in ADDRESS_NAMES


def _strings(text: str) -> list[str]:
    """Return the addresses that stand in a piece of a JSON list, those of pictures and the like left out."""
    found = STRING.findall(text)
    return [_unescaped(value) for name, value in found if not name or name.lower() in ADDRESS_NAMES]


def _unescaped(text: str) -> str:
    """Undo the escapes of a string of JSON; what is none stays as it is."""
    try:
        return str(json.loads(f'"{text}"')) if "\\" in text else text
    except ValueError:
        return text


def _address(line: str) -> str:
    """Return the first web address of a line, or ""."""
    text = line.replace("\\/", "/") if "\\/" in line else line
    start = START.search(text)
    if start is None:
        return ""
    before, rest = text[start.start() - 1 : start.start()], text[start.start() :]
    if (closing := CLOSED_BY.get(before)) and closing in rest:
        return _unescaped(rest.partition(closing)[0])
    end = END.search(rest)
    found = rest[: end.start()] if end else rest
    return found.rpartition(")")[0] if before == "(" and ")" in found else found


def _given(number: int, address: str, line: str) -> Given:
    try:
        return Given(number, urls.canonical(address)) if address else Given(number, None, _told(number, line))
    except ParseError as e:
        return Given(number, None, f"line {number}: {e.reason}")


def _told(number: int, line: str) -> str:
    if "\0" in line:
        return f"line {number}: no text in UTF-8 or GB18030 (UTF-16, perhaps)"
    return f"line {number}: no web address: {line[:QUOTED]!r}"
