"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1), read by hand.

Pure. Forgiving: any field may have the wrong type or be missing, and costs only itself; an item that is no object is
skipped with its reason. Refuses JSON that is no JSON Feed. Links inside an entry's content may still be relative to
the entry's address; `extractor.clean` resolves them.
"""

from __future__ import annotations

import json
from typing import Any

from ..charset import decode
from ..errors import ParseError
from ..model import Entry, Listing, Page, Source
from ..moments import read_date
from ..plaintext import drop_halves, paragraphs
from ..urls import join
from .text import fold, has_text, plain


def parse_json_feed(source: Source, page: Page) -> Listing:
    """Read a JSON Feed.

    Raises:
        ParseError: no JSON, or JSON of another kind.
    """
    return listing_of(page, load(page))


def listing_of(page: Page, feed: dict[str, Any]) -> Listing:
    """Return what a JSON Feed says, in our terms; `feed` is its outer object."""
    home = join(page.final_url, _text(feed, "home_page_url")) if _text(feed, "home_page_url") else ""
    entries, problems = [], []
    for number, item in enumerate(_list(feed, "items"), start=1):
        if isinstance(item, dict):
            entries.append(read_item(item, feed, home or page.final_url))
        else:
            problems.append(f"entry {number}: not an object")
    return Listing(tuple(entries), fold(_text(feed, "title")), home, problems=tuple(problems))


def load(page: Page) -> dict[str, Any]:
    """Return the outer object of a JSON Feed."""
    # RFC 8259 §8.1: JSON between machines is UTF-8; the header's charset is a habit of servers, and it lies.
    try:
        document = json.loads(decode(page.body))
    except (ValueError, RecursionError) as e:
        raise ParseError("not a feed: broken JSON") from e
    if not isinstance(document, dict) or not looks_like_feed(document):
        raise ParseError("not a feed: JSON that is no JSON Feed", passing=False)
    return document


def looks_like_feed(document: dict[str, Any]) -> bool:
    """Tell a JSON Feed, its version line forgotten perhaps, from other JSON."""
    if "jsonfeed.org/version" in _text(document, "version"):
        return True
    items = [item for item in _list(document, "items") if isinstance(item, dict)]
    return any("content_html" in item or "content_text" in item for item in items)


def read_item(item: dict[str, Any], feed: dict[str, Any], base: str) -> Entry:
    """Read one item; whatever is not of the right type is taken as missing."""
    guid = _text(item, "id")
    # An id is often the address itself (the specification advises it); one that is relative is only an id.
    links = (join(base, _text(item, key)) if _text(item, key) else "" for key in ("url", "external_url"))
    content, summary = texts(item)
    pictures = (join(base, _text(item, key)) if _text(item, key) else "" for key in ("image", "banner_image"))
    return Entry(
        url=next(filter(None, links), "") or join("", guid),
        guid=guid,
        title=plain(_text(item, "title"), markup=False),
        author=names(item) or names(feed),
        published=read_date(_text(item, "date_published")) or read_date(_text(item, "date_modified")),
        updated=read_date(_text(item, "date_modified")),
        content=content,
        summary=summary,
        categories=tuple(dict.fromkeys(fold(tag) for tag in _list(item, "tags") if isinstance(tag, str) and fold(tag))),
        language=_text(item, "language") or _text(feed, "language"),
        image=next(filter(None, pictures), ""),
    )


def texts(item: dict[str, Any]) -> tuple[str, str]:
    """Return an item's content and what its summary adds, both as HTML."""
    summary = paragraphs(_text(item, "summary"))
    written = (_text(item, "content_html"), paragraphs(_text(item, "content_text")))
    content = next(filter(has_text, written), "")
    return (content, "" if summary == content else summary) if content else (summary, "")


def names(holder: dict[str, Any]) -> str:
    """Return the authors of an item or feed: `authors` of version 1.1, `author` of version 1."""
    authors = [*_list(holder, "authors"), holder.get("author")]
    found = (fold(_text(author, "name")) for author in authors if isinstance(author, dict))
    return ", ".join(dict.fromkeys(filter(None, found)))


def _text(holder: dict[str, Any], key: str) -> str:
    value = holder.get(key)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)  # numeric ids and dates happen
    return drop_halves(value).strip() if isinstance(value, str) else ""


def _list(holder: dict[str, Any], key: str) -> list[Any]:
    value = holder.get(key)
    return value if isinstance(value, list) else []
