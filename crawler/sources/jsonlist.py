"""Any JSON that lists articles, as a source of its own (`kind: json`), read by dotted paths.

Pure. `data.list` goes into objects by their keys and into lists by their numbers, `*` into each of their members; a
link with braces is a template of paths: `https://example.org/story/{id}`. Only what the user names is read. Links may
be relative. An entry without a link is left out; of the rest each field may be missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import quote

from ..charset import decode
from ..errors import ParseError
from ..model import Listing, Page, Source
from ..moments import Stamp
from ..plaintext import drop_halves
from ..urls import SAFE, join
from .spotted import MAX_ITEMS, Spotted, moment, named_articles, spotted
from .text import plain

#: Members that a path meets on its way at most: lists in lists multiply.
MAX_MEMBERS = 100_000
#: Characters of a value that are used; longer ones are neither address nor title nor time.
MAX_TEXT = 8192
#: Numbers from here on are no ids and no times.
MAX_NUMBER = 1e20
#: Where the title is when nobody says so.
TITLE = "title"
#: `callback({…});`, the answer of old programming interfaces (JSONP).
CALL = re.compile(r"(?:/\*\*/)?[\w.$]{1,200}\((?=\s*[\[{])")
FIELD = re.compile(r"\{([^{}]*)\}")


def parse_json_list(source: Source, page: Page) -> Listing:
    """Read a list in JSON; an empty one is no error.

    Raises:
        ParseError: broken JSON, no list where `item` says, or a list without any link.
    """
    found, count = spot_json(source, page, load(page), named_articles(source))
    if count and not found:
        matching = f" that matches {source.article_url!r}" if source.article_url else ""
        raise ParseError(f"no entries: none of {count} has a link{matching} at link {source.link!r}")
    return Listing(tuple(one.entry for one in found))


def load(page: Page) -> Any:
    """Return what a document says.

    Raises:
        ParseError: it is no JSON.
    """
    text = decode(page.body).lstrip("\ufeff \t\r\n")
    if call := CALL.match(text):
        text = text[call.end() :].rstrip().removesuffix(";").rstrip().removesuffix(")")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as e:
        raise ParseError("not JSON") from e


def spot_json(
    source: Source, page: Page, document: Any, is_article: Callable[[str], bool] | None = None
) -> tuple[list[Spotted], int]:
    """Return the entries that have a link, in the document's order, each address once; and how many there are in all.

    Raises:
        ParseError: there is no list where `item` says.
    """
    items = _items(source, document)
    found: dict[str, Spotted] = {}
    for item in items:
        url = link_at(item, source.link, page.final_url)
        if url and (is_article is None or is_article(url)):
            title = plain(first_at(item, source.title or TITLE))
            found.setdefault(url, spotted(url, title, _stamp(item, page, source)))
    return list(found.values()), len(items)


def _items(source: Source, document: Any) -> list[Any]:
    values = list(values_at(document, source.item))
    if len(values) == 1 and "*" not in source.item.split("."):
        if not isinstance(values[0], list):
            raise ParseError(f"no entries: what stands at item {source.item!r} is no list")
        values = values[0]
    elif not values and "*" not in source.item.split("."):
        raise ParseError(f"no entries: nothing stands at item {source.item!r}")
    return values[:MAX_ITEMS]


def _stamp(item: Any, page: Page, source: Source) -> Stamp | None:
    return moment(first_at(item, source.date), page, source) if source.date else None


def values_at(value: Any, path: str) -> Iterator[Any]:
    """Yield what stands at a dotted path, in the document's order; "" is the value itself."""
    values = iter([value])
    for part in filter(None, path.split(".")):
        values = islice(_below(values, part), MAX_MEMBERS)
    yield from values


def _below(values: Iterator[Any], part: str) -> Iterator[Any]:
    for value in values:
        if isinstance(value, dict):
            yield from value.values() if part == "*" else [value[part]] if part in value else []
        elif isinstance(value, list):
            is_number = part.isdecimal() and len(part) < 7
            yield from value if part == "*" else value[int(part) :][:1] if is_number else []


def first_at(value: Any, path: str) -> str:
    """Return the first text or number at a path, as text; "" for none."""
    return next(filter(None, map(_text, values_at(value, path))), "")


def filled(template: str, value: Any) -> str:
    """Return a template with what stands at its paths put in; "" where one of them leads to nothing."""
    said = [first_at(value, field) for field in FIELD.findall(template)]
    parts = iter(said)
    # Each value is one part of an address: a blank in it must not end it.
    return FIELD.sub(lambda _: quote(next(parts), safe=SAFE), template) if all(said) else ""


def link_at(value: Any, path: str, base: str) -> str:
    """Return the address at a path, or that a template of paths makes, absolute; "" for none."""
    link = filled(path, value) if "{" in path else first_at(value, path)
    return join(base, link).partition("#")[0] if link else ""


def _text(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # A time in seconds with a fraction is still one, and an id of 7.0 is 7; json reads 1e400 as infinity.
        return str(int(value)) if abs(value) < MAX_NUMBER else ""
    return drop_halves(value)[:MAX_TEXT].strip() if isinstance(value, str) else ""
