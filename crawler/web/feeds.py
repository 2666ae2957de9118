"""Posts → feeds for readers: Atom (RFC 4287) with archive pages (RFC 5005 §4), JSON Feed 1.1. Pure.

Entries come in the order in which they were filed. Archive page n holds the posts from (n - 1) × SIZE on, counted from
the first one ever filed: a page that is full stays as it is, and the newest page leads to the last full one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ..sources.text import ILLEGAL
from ..wording import iso

#: Posts of a feed or of one of its archive pages.
SIZE = 50
ATOM, JSON = "application/atom+xml; charset=utf-8", "application/feed+json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Entry:
    """One post."""

    url: str  #: of the article; its identity
    page: str  #: where we show it
    title: str
    author: str
    published: datetime | None
    updated: datetime  #: when it was filed, or rewritten
    names: tuple[str, ...]  #: categories
    html: str  #: safe


@dataclass(frozen=True, slots=True)
class Feed:
    """A document of a feed; addresses are absolute."""

    title: str
    here: str  #: of this document
    home: str  #: of the page that shows the same
    entries: tuple[Entry, ...]
    now: datetime  #: stands for the last change of one that has no entries
    current: str = ""  #: of the newest document, where this one is an archive page
    older: str = ""  #: of the archive page before
    newer: str = ""  #: of the one after
    generator: str = "crawler"

    @property
    def updated(self) -> datetime:
        """Return when it changed last."""
        return max((entry.updated for entry in self.entries), default=self.now)


def full_pages(total: int) -> int:
    """Return how many archive pages are full, and will stay as they are."""
    return total // SIZE


def atom(feed: Feed) -> bytes:
    """Write a feed as Atom."""
    links = [("self", feed.here), ("alternate", feed.home), ("current", feed.current)]
    links += [("prev-archive", feed.older), ("next-archive", feed.newer)]
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0">',
        f"<title>{_text(feed.title)}</title>",
        f"<id>{_text(feed.current or feed.here)}</id>",
        f"<updated>{iso(feed.updated)}</updated>",
        f"<generator>{_text(feed.generator)}</generator>",
        f"<author><name>{_text(feed.title)}</name></author>",
        *(f'<link rel="{rel}" href={_quoted(href)}/>' for rel, href in links if href),
        *(["<fh:archive/>"] if feed.current else []),
        *map(_entry, feed.entries),
        "</feed>",
        "",
    ]
    return "\n".join(lines).encode()


def _entry(entry: Entry) -> str:
    published = [f"<published>{iso(entry.published)}</published>"] if entry.published else []
    author = [f"<author><name>{_text(entry.author)}</name></author>"] if entry.author else []
    lines = [
        "<entry>",
        f"<title>{_text(entry.title or entry.url)}</title>",
        f"<id>{_text(entry.url)}</id>",
        f'<link rel="alternate" href={_quoted(entry.url)}/>',
        f'<link rel="related" type="text/html" href={_quoted(entry.page)}/>',
        *published,
        f"<updated>{iso(entry.updated)}</updated>",
        *author,
        *(f"<category term={_quoted(name)}/>" for name in entry.names),
        f'<content type="html">{_text(entry.html)}</content>',
        "</entry>",
    ]
    return "\n".join(lines)


def json_feed(feed: Feed) -> bytes:
    """Write a feed as JSON Feed."""
    value: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.here,
        **({"next_url": feed.older} if feed.older else {}),
        "items": [_json_entry(entry) for entry in feed.entries],
    }
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _json_entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.url,
        "url": entry.url,
        "title": entry.title or entry.url,
        "content_html": entry.html,
        **({"date_published": iso(entry.published)} if entry.published else {}),
        "date_modified": iso(entry.updated),
        **({"authors": [{"name": entry.author}]} if entry.author else {}),
        "tags": list(entry.names),
    }


def _text(text: str) -> str:
    return escape(ILLEGAL.sub("", text))


def _quoted(text: str) -> str:
    return quoteattr(ILLEGAL.sub("", text))
