"""What the addresses of a source's articles look like, learned from some: what a site lists is not all articles.

Pure. A *shape* is an address without scheme, its changing parts named by their kind, all in lower case:

    zaobao.com/realtime/china/story{n}-{n}      {n}     digits
    example.org/{n}/{month}/{n}/{slug}.html     {month} a month's name; {slug} several words, or one with a digit
    example.org/news/{slug}-{n}                 {name}  anything but what menus lead to (`MENU`)
    example.org/read.php?id={n}                 {any}   anything

Learned so: addresses of one host, depth, extension and form of query are laid side by side. A part in which few
values come back again and again is literal; digits never are, since a year is no section; the rest becomes its kind.
Hosts with and without www., m., amp., mobile. are one, and so are http and https.
Every example has one of the shapes learned from it. Where examples are few or all different, there is no opinion.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from . import urls
from .tracking import is_tracking

#: Fewer addresses show no pattern: three stories of one week may share what others do not have.
MIN_EXAMPLES = 5
#: More shapes than this, or than half as many as there are examples, are no shapes.
MAX_SHAPES = 24
#: More values than this in one place are no sections that a source was made of.
MAX_LITERALS = 8
#: Chance that the next value is a new one, above which the values seen are not taken for all there are. It is the
#: share of those seen once (Good and Turing; Good 1953, "The population frequencies of species").
MAX_NEW = 1 / 5
#: Fewer addresses of one form than this are exceptions: only their like is let through.
EXCEPTIONS = 5
#: Compiled sets of shapes kept: one for each backfill at work.
REMEMBERED = 64
#: Characters of an address that are looked at; canonical ones are shorter (`urls.MAX_LENGTH`).
MAX_CHARACTERS = urls.MAX_LENGTH

#: First or only word of what menus lead to, in the addresses of many sites.
MENU = (
    "about|archives?|authors?|cart|categories|category|contacts?|faq|feed|help|home|index|jobs|keywords?|login|pages?|"
    "privacy|register|rss|search|sections?|series|signin|sitemap|subscribe|tags?|terms?|topics?|users?"
)
MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|september|"
    "october|november|december"
)
#: Kind → what it matches, inside one part of a path or one value of a query.
KINDS = {
    "{n}": r"\d+",
    "{month}": rf"(?:{MONTHS})",
    "{slug}": r"(?=[^/?&]*[-_+~,:%0-9])[^/?&]+?",
    "{name}": rf"(?!(?:{MENU})(?:[/?&.]|$))[^/?&]+?",
    "{any}": r"[^/?&]*?",
}
#: What `quote` has to change.
UNSAFE = re.compile(r"[^\w%/:?#\[\]@!$&'()*+,;=.~|-]", re.A)
KIND = re.compile(r"(\{[a-z]+\})")
#: What is before the path, and what of it tells nothing.
ADDRESS = re.compile(r"https?://(?:[^/?#@]*@)?(?:www\.|m\.|amp\.|mobile\.)?([^/?#]+)([^?#]*)(\??[^#]*)")
SLASHES = re.compile(r"//+")
EXTENSION = re.compile(r"\.[a-z]{2,5}$")
#: Spellings of one: sites change them, and the articles stay.
HTML = frozenset({".htm", ".html", ".shtml", ".shtm", ".xhtml"})
MONTH = re.compile(MONTHS)
MENU_WORD = re.compile(rf"(?:{MENU})(?:\.|$)")
DIGITS = re.compile(r"\d+")
SLUG = re.compile(KINDS["{slug}"])
NUMBER_LAST = re.compile(r"[^/]*[^\d/]([-_.])\d+")
NUMBER_FIRST = re.compile(r"\d+([-_.])[^\d/][^/]*")


class Parts(NamedTuple):
    """An address taken apart, in lower case."""

    host: str
    path: tuple[str, ...]  #: between slashes, the last without its extension; none for a front page
    extension: str  #: with its dot, or ""
    query: tuple[tuple[str, str], ...]  #: sorted by name, each name once


def shapes(addresses: Iterable[str]) -> tuple[str, ...]:
    """Return the shapes of some articles' addresses, each once; none where they are too few, or too different."""
    examples = {parts for parts in map(_parts, addresses) if parts is not None}
    if len(examples) < MIN_EXAMPLES:
        return ()
    groups: dict[tuple[object, ...], list[Parts]] = defaultdict(list)
    for one in sorted(examples):
        groups[one.host, len(one.path), one.extension, tuple(name for name, _ in one.query)].append(one)
    found = {shape for group in groups.values() for shape in _of_group(group)}
    return tuple(sorted(found)) if len(found) <= min(MAX_SHAPES, len(examples) / 2) else ()


def is_like(address: str, known: Collection[str]) -> bool:
    """Tell whether an address has a known shape; true where none is known."""
    return not known or _compiled(tuple(known)).fullmatch(_spelled(address)) is not None


def _spelled(address: str) -> str:
    """Return an address as shapes are compared with: percent-encoded, in lower case, without its fragment."""
    address = address[:MAX_CHARACTERS].partition("#")[0]
    if UNSAFE.search(address):
        address = quote(address, safe=urls.SAFE, errors="replace")
    if "//" in address[len("https://") :]:
        address = address[: len("https://")] + SLASHES.sub("/", address[len("https://") :])
    return address.lower()


def _parts(address: str) -> Parts | None:
    """Take an address apart; None for what is none, for a front page, and for those that we make ourselves."""
    found = ADDRESS.fullmatch(_spelled(address))
    if found is None or "#entry-" in address:
        return None
    pieces = tuple(filter(None, found[2].split("/")))
    extension = EXTENSION.search(pieces[-1]) if pieces else None
    if extension is not None and pieces[-1] != extension[0]:
        pieces = (*pieces[:-1], pieces[-1][: extension.start()])
    else:
        extension = None
    pairs = dict(part.partition("=")[::2] for part in found[3][1:].split("&") if part)
    query = tuple(sorted((name, value) for name, value in pairs.items() if not is_tracking(name)))
    told = "" if extension is None else ".html" if extension[0] in HTML else extension[0]
    return Parts(found[1], pieces, told, query) if pieces or query else None


# --- learning ---


def _of_group(group: Sequence[Parts]) -> list[str]:
    """Return the shapes of addresses of one host, depth, extension and form of query."""
    by_query = _are_told_apart_by_query(group)
    width = len(group[0].path)
    rows = [tuple(map(_masked, one.path)) for one in group]
    last = None if by_query else width - 1
    paths = _paths(list(zip(rows, group, strict=True)), (), last)
    found = []
    for path, members in paths:
        shape = f"{group[0].host}/{'/'.join(path)}{group[0].extension}"
        found.append(shape + (_query([one.query for one in members]) if by_query else ""))
    return found


def _are_told_apart_by_query(group: Sequence[Parts]) -> bool:
    """Tell whether the path is that of a program, `read.php`, whose query names the article."""
    return bool(group[0].query) and 2 * len({one.path for one in group}) <= max(2, len(group))


Rows = list[tuple[tuple[str, ...], Parts]]


def _paths(rows: Rows, before: tuple[str, ...], last: int | None) -> list[tuple[tuple[str, ...], list[Parts]]]:
    """Return the shapes of paths from some place on, with the addresses that have them.

    Args:
        rows: masked paths, all as long.
        before: what was decided of the places before.
        last: the place that names the article; None where none does.
    """
    at = len(before)
    if at == len(rows[0][0]):
        return [(before, [one for _, one in rows])]
    groups: dict[str, Rows] = defaultdict(list)
    for row in rows:
        groups[row[0][at]].append(row)
    if not _are_literal(Counter({value: len(there) for value, there in groups.items()}), names_article=at == last):
        return _paths(rows, (*before, _kind([path[at] for path, _ in rows])), last)
    return [found for value in sorted(groups) for found in _paths(groups[value], (*before, value), last)]


def _are_literal(counts: Counter[str], *, names_article: bool) -> bool:
    """Tell whether the values seen in one place, digits masked, are taken for all that there are.

    What names an article is literal round its digits at most, and only where it came often enough to be a form.
    """
    if names_article and not all("{n}" in value for value in counts):
        return False
    singles, total = sum(count == 1 for count in counts.values()), counts.total()
    is_complete = singles <= MAX_NEW * total
    if len(counts) == 1:
        return is_complete or not names_article
    return len(counts) <= MAX_LITERALS and (is_complete or (total < EXCEPTIONS and not names_article))


def _masked(piece: str) -> str:
    """Return a part with its digits masked; months' names, too, and escapes as they are."""
    if MONTH.fullmatch(piece):
        return "{month}"
    return piece if "%" in piece else DIGITS.sub("{n}", piece)


def _kind(values: Collection[str]) -> str:
    """Return what is common to different values, digits masked."""
    if len(set(values)) == 1 and KIND.fullmatch(next(iter(values))):
        return next(iter(values))
    plain = [value.replace("{n}", "0") for value in values]
    for form, kind in ((NUMBER_LAST, "{slug}-{n}"), (NUMBER_FIRST, "{n}-{slug}")):
        marks = {found[1] if (found := form.fullmatch(value)) else "" for value in plain}
        if len(marks) == 1 and "" not in marks:
            return kind.replace("-", marks.pop()).replace("{slug}", "{any}")
    if all(SLUG.fullmatch(value) for value in plain):
        return "{slug}"
    return "{any}" if any(MENU_WORD.match(value) or not value for value in plain) else "{name}"


def _query(queries: Sequence[tuple[tuple[str, str], ...]]) -> str:
    """Return the shape of what a query says: the values that change; those that never do, where none changes."""
    columns = {pairs[0][0]: [value for _, value in pairs] for pairs in zip(*queries, strict=True)}
    changing = {name: values for name, values in columns.items() if len(set(values)) > 1} or columns
    kinds = {name: _kind(list(map(_masked, values))) for name, values in changing.items()}
    return "?" + "&".join(f"{name}={kind}" for name, kind in sorted(kinds.items()))


# --- comparing ---


@lru_cache(REMEMBERED)
def _compiled(known: tuple[str, ...]) -> re.Pattern[str]:
    """Return what matches a spelled address of one of the shapes."""
    return re.compile(rf"https?://(?:[^/?@]*@)?(?:www\.|m\.|amp\.|mobile\.)?(?:{'|'.join(map(_pattern, known))})")


def _pattern(shape: str) -> str:
    path, _, query = shape.partition("?")
    extension = EXTENSION.search(path)
    spelled, ending = path.rstrip("/"), ""
    if extension is not None and extension[0] in HTML:
        spelled, ending = path[: extension.start()], f"(?:{'|'.join(map(re.escape, sorted(HTML)))})"
    return f"{_matching(spelled)}{ending}/?{_asked(query)}"


def _matching(text: str) -> str:
    return "".join(KINDS.get(piece) or re.escape(piece) for piece in KIND.split(text))


def _asked(query: str) -> str:
    """Return what matches a query that has all of these parameters, in whatever order, beside whatever others."""
    wanted = "".join(rf"(?=\?(?:.*&)?{_parameter(part)}(?:&|$))" for part in query.split("&") if part)
    return rf"{wanted}\?.*" if wanted else r"(?:\?.*)?"


def _parameter(part: str) -> str:
    name, _, kind = part.partition("=")
    if kind == "{any}":
        return rf"{re.escape(name)}(?:=[^&]*)?"
    return rf"{re.escape(name)}={_matching(kind).replace('[^/?&]', '[^&]')}"
