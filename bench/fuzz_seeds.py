"""Our own feeds and pages, and ways to spoil them: bytes for the parsers, by a seed.

Half of the ways know what a feed or a page is made of (texts, attributes, elements, dates, addresses), half do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[1]
#: What has broken, or would break, something on the way from a feed to a post.
TOKENS = tuple(
    token.encode("utf-8", "surrogatepass")
    for token in (
        *("", " ", "\n", "\t", "\r", "\x00", "\x0c", "\x1b", "\x7f", "\x85", "\u2028", "\ufeff", "\ufffe", "\ud800"),
        *("\u200d", "\u202e", "\u0301" * 200, "👨‍👩‍👧", "🇸🇬", "新" * 300, "a" * 5000, " " * 1000, "\n" * 500),
        *("{{ x }}", "{% raw %}", "{{{%", "{", "---", "\n---\n", "...", ": ", " #", "- ", "!!str", "&a", "*a", "%YAML"),
        *("<", ">", "</", "<!--", "-->", "<![CDATA[", "]]>", "]]", "<?xml", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a"),
        *("&lt;script&gt;x()&lt;/script&gt;", "&amp;lt;b&amp;gt;", "&#0;", "&#12;", "&#xD800;", "&#x110000;", "&nbsp"),
        *("<script>x()</script>", "<img src=x onerror=x()>", "<svg onload=x()>", "<a href='java\nscript:x()'>a</a>"),
        *("<p>", "</p>", "<div>", "</div>", "<table><tr><td>", "<pre>", "<br>", "<b><i><u>", "<iframe src=//x>"),
        *("<base href='javascript:/'>", "<meta charset=utf-16>", "<meta http-equiv=refresh content='0;url=/'>"),
        *("<h1>x</h1>", "<article>", "</article>", "<nav>", "<ruby>a<rt>b</rt></ruby>", "<math><mtext>", "<template>"),
        *("`", "```", "~~~", "[a](b)", "![", "](", "|a|b|", "|---|", "    x", "1. ", "# ", "> ", "\\", "{: .a}"),
        *("{::nomarkdown}", "<javascript:x()>", "http://", "https://[::1", "https://e.org/\ud800", "//", "-" * 99),
        *("https://e.org:99999/", "https://e.org/" + "a" * 9000, "data:text/html,x", "mailto:", "../../..", "CON"),
        *("0000-00-00", "9999-12-31T23:59:59Z", "Thu, 99 Foo 2021 25:61:61 +9999", "1637384624821", "NaN", "nul."),
        *("null", "true", "[]", "{}", '"', '\\u0000', '\\ud800', "[" * 500, '{"a":' * 300, "<b>" * 500, "<div>" * 3000),
    )
)  # fmt: skip
CHARSETS = ("utf-8", "utf-16", "utf-16-le", "gb18030", "big5", "shift_jis", "latin-1", "utf-7", "utf-32")
#: Texts between tags, values of attributes, strings of JSON; whole elements and tags.
PIECE = re.compile(rb">([^<>]{1,400})<|=\"([^\"<>]{1,300})\"|\"([^\"\\]{1,300})\"")
TAG = re.compile(rb"<[^<>]{1,300}>")
#: Bytes of a document: as far as deep trees and long attributes are parsed in seconds.
MOST = 200_000

Change = Callable[[Random, bytes, tuple[bytes, ...]], bytes]


def feeds() -> tuple[bytes, ...]:
    """Return our feeds, of every kind."""
    return tuple(
        place.read_bytes() for place in sorted((ROOT / "tests/feeds").glob("*.*")) if "expected" not in place.name
    )


def pages() -> tuple[bytes, ...]:
    """Return our pages: those of the tests and of the demo."""
    places = [*(ROOT / "tests/pages").rglob("*.html"), *(ROOT / "crawler/demo/site").rglob("*.html")]
    return tuple(place.read_bytes() for place in sorted((*places, ROOT / "tests/posts/everything.html")))


def spoiled(rng: Random, seeds: tuple[bytes, ...]) -> bytes:
    """Return a seed after some changes, or sometimes random bytes."""
    if rng.random() < 0.03:
        return rng.randbytes(rng.randrange(2000))
    data = rng.choice(seeds)
    for _ in range(rng.choice((0, 1, 1, 2, 3, 5, 9))):
        data = rng.choice(CHANGES)(rng, data, seeds)[:MOST]
    return data


def _place(rng: Random, data: bytes) -> int:
    return rng.randint(0, len(data))


def _flip(rng: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    spoilt = bytearray(data)
    for _n in range(rng.randint(1, 8)):
        if spoilt:
            spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
    return bytes(spoilt)


def _cut(rng: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    start = _place(rng, data)
    return data[:start] + (data[start + rng.randint(1, 2000) :] if rng.random() < 0.8 else b"")


def _insert(rng: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    at = _place(rng, data)
    return data[:at] + b"".join(rng.choices(TOKENS, k=rng.randint(1, 3))) + data[at:]


def _splice(rng: Random, data: bytes, seeds: tuple[bytes, ...]) -> bytes:
    other = rng.choice(seeds)
    start, at = _place(rng, other), _place(rng, data)
    return data[:at] + other[start : start + rng.randint(1, 5000)] + data[at:]


def _repeat(rng: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    start = _place(rng, data)
    piece = data[start : start + rng.randint(1, 400)]
    return data[:start] + piece * rng.randint(2, 100) + data[start:]


def _recode(rng: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    return data.decode("utf-8", "replace").encode(rng.choice(CHARSETS), "replace")


def _replace_piece(rng: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    """Put something else for a text or a value, or into it."""
    found = list(PIECE.finditer(data))
    if not found:
        return data
    match = rng.choice(found)
    start, end = match.span(match.lastindex or 0)
    if rng.random() < 0.5:
        start = end = rng.randint(start, end)
    return data[:start] + b"".join(rng.choices(TOKENS, k=rng.randint(1, 3))) + data[end:]


def _swap_pieces(rng: Random, data: bytes, seeds: tuple[bytes, ...]) -> bytes:
    """Put a text of another document for one of this."""
    here, there = list(PIECE.finditer(data)), list(PIECE.finditer(rng.choice(seeds)))
    if not here or not there:
        return data
    one, other = rng.choice(here), rng.choice(there)
    start, end = one.span(one.lastindex or 0)
    return data[:start] + other[other.lastindex or 0] + data[end:]


def _change_tags(rng: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    """Drop, double or exchange tags."""
    found = list(TAG.finditer(data))
    if not found:
        return data
    one, other = rng.choice(found), rng.choice(found)
    new = rng.choice((b"", one[0] * 2, other[0], one[0][:-1], b"<" + one[0], one[0].upper()))
    return data[: one.start()] + new + data[one.end() :]


CHANGES: tuple[Change, ...] = (
    *(_flip, _cut, _insert, _splice, _repeat, _recode),
    *(_replace_piece, _replace_piece, _replace_piece, _swap_pieces, _change_tags, _change_tags),
)
