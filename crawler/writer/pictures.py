r"""The pictures that a post shows: their addresses found, and put in others' place when they lie in the archive.

Pure. Works on the bytes of a file below its head, and changes nothing there but addresses of pictures: not that of a
link about one, not text, not code. Reads what our writers write (`markdown`, `dialects`, `post.html_body`), and what
people and the predecessor do: `![alt](address "title")`, `![alt](<address>)`, `<img src=…>`.
Each expression looks at most twice at each character, whatever stands there: hence those that give nothing back: `++`,
and `(?>…)` about groups, see `search.texts`.
"""

from __future__ import annotations

import html
import posixpath
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from .. import assets, urls
from ..model import ImageLinks, Images
from .adopted import is_html, read_adopted

#: Pictures of one article that are brought home, the first ones: galleries have a hundred, and what has more is a list.
MOST_PICTURES = 200
#: Characters; longer addresses are data, or made to fill a database.
LONGEST_ADDRESS = 4096
#: Of Markdown; in the text brackets may stand in brackets once. Groups: the address between angle brackets, or bare.
MARKDOWN = re.compile(
    r"""(?x)(?<!\\)(?>(?:\\\\)*)!\[ (?>(?: [^\[\]\\] | \\. | \[ (?>(?: [^\[\]\\] | \\. )*) \] )*) \]\(
    [ \t]*+ \n?+ [ \t]*+ (?: < ([^<>\n]*+) > | ( (?>(?: [^\s()<>\\] | \\. | \( [^\s()]*+ \) )+) ) )""",
    re.S,
)
TAG = re.compile(r"""<img\b((?>(?:[^<>"']|"[^"]*+"|'[^']*+')*))>""", re.I)
#: One attribute: its name, and its value, which may be quoted (HTML §13.1.2.3).
ATTRIBUTE = re.compile(r"""([^\s"'<>/=]++)(?>(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'<>=`]++)))?)""")
COMMENT = re.compile(r"<!--(?>(?:(?!-->).)*)(?:-->)?", re.S)
#: Blocks whose text is no Markdown.
RAW = re.compile(r"<pre\b(?>(?:(?!</pre\b).)*)", re.S | re.I)
FENCE = re.compile(r"([ \t>]*+(?>(?:(?:[-+*]|\d{1,9}+[.)])[ \t]++)*))(`{3,}+(?=[^`\n]*+$)|~{3,}+)", re.M)
INDENTED = re.compile(r" {4}|\t")
ITEM = re.compile(r" {0,3}+(?:[-+*]|\d{1,9}+[.)])(?:[ \t]|$)")
PARAGRAPH = re.compile(r"(?>(?:[^\S\n]*+\S[^\n]*+(?:\n|\Z))+)")
TICKS = re.compile(r"`++")
#: Named as HTML 4 has them or not, an entity ends in a semicolon; what does not is a parameter (`&copy=2`).
ENTITY = re.compile(r"&#?\w{1,32}+;")
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an address stands in a text."""

    start: int
    end: int
    address: str  #: as it is meant, escapes undone
    is_bare: bool = False  #: in HTML, without quotation marks about it
    drop: tuple[tuple[int, int], ...] = ()  #: what goes with it: other sizes of the same picture


def pictures_of(data: bytes) -> tuple[str, ...]:
    """Return the addresses of the pictures that a post shows, local ones too, in their order, each once."""
    return tuple(dict.fromkeys(_shown(data)))


def _shown(data: bytes) -> list[str]:
    """Return the addresses of a post's pictures, place by place."""
    _, body, is_tags = _parted(data)
    return [spot.address for spot in _spots(body, is_tags=is_tags)]


def wanted(data: bytes, images: Images) -> tuple[str, ...]:
    """Return the addresses of the pictures that a post shows from elsewhere and that its source wants to have here.

    Each once, in their order. Places are counted, with those whose picture is here already: of `lead` the post's first
    is meant, and what is beyond the most of them stays beyond, however often the post is read.
    """
    if images == "link":
        return ()
    places = _shown(data)[: 1 if images == "lead" else MOST_PICTURES]
    return tuple(dict.fromkeys(filter(_is_far, places)))


def _is_far(address: str) -> bool:
    """Tell whether an address leads to the web; one that is hardly an address stays as it is."""
    is_web = address[:8].lower().startswith(("http://", "https://")) and len(address) <= LONGEST_ADDRESS
    return is_web and urls.host(address) != "" and address.isprintable()


def localized(data: bytes, there: Mapping[str, str], path: str, links: ImageLinks) -> bytes:
    """Return a post that shows pictures from the archive.

    Args:
        data: the post.
        there: address → path of the asset; others stay as they are.
        path: of the post.
        links: how its addresses of assets are written.
    """
    named = {address: link(asset, path, links) for address, asset in there.items()}
    return _replaced(data, named.get)


def link(asset: str, path: str, links: ImageLinks) -> str:
    """Return the address of an asset in a post at a path: from the post's folder, or from the root of the site."""
    if links == "root":
        return "/" + asset.removeprefix(assets.STATIC)
    return posixpath.relpath(asset, posixpath.dirname(path) or ".")


def moved(data: bytes, old: str, new: str) -> bytes:
    """Return a post for another place: what it shows from the archive it still shows there."""

    def named(address: str) -> str | None:
        asset = asset_of(address, old)
        return link(asset, new, "relative") if asset and not address.startswith("/") else None

    return data if _folder_depth(old) == _folder_depth(new) else _replaced(data, named)


def _folder_depth(path: str) -> int:
    return path.count("/")


def asset_of(address: str, path: str) -> str:
    """Return the asset that an address in a post at a path leads to; "" for any other address.

    One from the root may lie in `static` as well, as Hugo has it.
    """
    place = (
        address[1:] if address.startswith("/") else posixpath.normpath(posixpath.join(posixpath.dirname(path), address))
    )
    return place if assets.is_asset(place) else ""


def _replaced(data: bytes, named: Callable[[str], str | None]) -> bytes:
    """Write other addresses of pictures: what `named` gives, where it gives one."""
    head, body, is_tags = _parted(data)
    parts, at = [head], 0
    for spot in _spots(body, is_tags=is_tags):
        new = named(spot.address)
        if new is None:
            continue
        edits = sorted(
            [(spot.start, spot.end, f'"{new}"' if spot.is_bare else new), *((*span, "") for span in spot.drop)]
        )
        for start, end, text in edits:
            parts += [body[at:start], text]
            at = end
    return data if at == 0 else "".join([*parts, body[at:]]).encode("utf-8", "surrogateescape")


def _parted(data: bytes) -> tuple[str, str, bool]:
    """Return a post's head and body, and whether that is HTML; nothing but a head where there is no front matter."""
    post = read_adopted(data)
    if post is None:
        return data.decode("utf-8", "surrogateescape"), "", True
    head, body = data[: len(post.head)], data[len(post.head) :]
    return head.decode("utf-8", "surrogateescape"), body.decode("utf-8", "surrogateescape"), is_html(data, post)


def _spots(body: str, *, is_tags: bool) -> list[Spot]:
    """Return where the addresses of pictures stand, in order."""
    code = _merged([found.span() for found in COMMENT.finditer(body)] if is_tags else _code(body))
    starts = [start for start, _ in code]

    def is_code(at: int) -> bool:
        nearest = bisect_right(starts, at) - 1
        return nearest >= 0 and at < code[nearest][1]

    spots = [spot for spot in _in_tags(body) if not is_code(spot.start)]
    if not is_tags:
        spots += [spot for spot in _in_markdown(body) if not is_code(spot.start)]
    return sorted(spots, key=lambda spot: spot.start)


def _in_markdown(body: str) -> Iterator[Spot]:
    for found in MARKDOWN.finditer(body):
        group = 1 if found[1] is not None else 2
        yield Spot(*found.span(group), _meant(ESCAPED.sub(r"\1", found[group])))


def _in_tags(body: str) -> Iterator[Spot]:
    for tag in TAG.finditer(body):
        found = list(ATTRIBUTE.finditer(body, *tag.span(1)))
        source = next((one for one in found if one[1].lower() == "src"), None)
        group = next((n for n in (2, 3, 4) if source is not None and source[n] is not None), 0)
        if source is not None and group:
            drop = tuple(one.span() for one in found if one[1].lower() in ("srcset", "sizes"))
            yield Spot(*source.span(group), _meant(source[group].strip()), group == 4, drop)


def _meant(written: str) -> str:
    return ENTITY.sub(lambda found: html.unescape(found[0]), written)


def _merged(spans: Collection[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in order that do not overlap."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


# --- what is code in Markdown ---


def _code(body: str) -> list[tuple[int, int]]:
    """Return the spans that hold code or comments: fences, indented blocks, `pre`, spans between ticks."""
    blocks = _merged([*_fences(body), *(found.span() for found in (*COMMENT.finditer(body), *RAW.finditer(body)))])
    found, at = list(blocks), 0
    for start, end in [*blocks, (len(body), len(body))]:
        found += _between_ticks(body, at, start)
        at = end
    return found


def _fences(body: str) -> Iterator[tuple[int, int]]:
    """Yield fenced and indented blocks, a line at a time; a fence that nobody closes holds the rest."""
    at, fence, in_list, is_after_blank = 0, "", False, True
    for line in body.splitlines(keepends=True):
        start, at = at, at + len(line)
        found = FENCE.match(line)
        if fence:
            yield start, at
            fence = "" if _closes(line, fence) else fence
        elif found is not None:
            yield start, at
            fence = found[2]
        elif not line.strip():
            is_after_blank = True
            continue
        elif INDENTED.match(line) and is_after_blank and not in_list:
            yield start, at
            continue  # what follows it is indented code, too, with a blank line or not
        else:
            in_list = ITEM.match(line) is not None or (in_list and line[0] in " \t")
        is_after_blank = False


def _closes(line: str, fence: str) -> bool:
    mark = line.strip(" \t\r\n>")
    return mark.startswith(fence) and set(mark) == {fence[0]}


def _between_ticks(body: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the code spans of each paragraph: from a run of ticks to the next one of the same length."""
    for paragraph in PARAGRAPH.finditer(body, start, end):
        runs = [run for run in TICKS.finditer(body, *paragraph.span()) if not _is_escaped(body, run.start())]
        nearest: dict[int, int] = {}
        following: list[int | None] = [None] * len(runs)
        for number in reversed(range(len(runs))):
            size = len(runs[number][0])
            following[number], nearest[size] = nearest.get(size), number
        number = 0
        while number < len(runs):
            closing = following[number]
            if closing is not None:
                yield runs[number].start(), runs[closing].end()
            number = (number if closing is None else closing) + 1


def _is_escaped(body: str, at: int) -> bool:
    """Tell whether an odd number of backslashes stands before a place."""
    before = at
    while before and body[before - 1] == "\\":
        before -= 1
    return (at - before) % 2 == 1
