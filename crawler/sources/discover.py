"""The feed behind a site's address, or its sitemap.

Pure. Offers candidates in the order in which they should be tried; whether one is what it is taken for is found out
by fetching it and `parse_listing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import lxml.html
from lxml import etree

from ..charset import decode
from ..model import Listing, Page
from ..urls import host, join
from .urlset import USUAL_PLACES, named_by_robots

#: Types of `link rel=alternate` that announce a feed; plain XML and JSON may be anything, so they go last.
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json")
PERHAPS_TYPES = ("application/xml", "text/xml", "application/json")
#: Where the common systems keep their feeds (WordPress, Ghost, Hugo, Jekyll, micro.blog, Blogger), by frequency.
COMMON_PATHS = (
    "feed", "rss", "feed.xml", "rss.xml", "atom.xml", "index.xml", "feed.json", "feeds/posts/default", "rss/index.xml",
    "index.rdf",
)  # fmt: skip
FEED_PATH = re.compile(
    r"(?i)(?:^|/)(?:feeds?|rss|atom)(?:\d|[._-]\w+)?/?$|/(?:index|feed|rss|atom)\.xml$|\.(?:rss|atom|rdf)$"
)
COMMENTS = re.compile(r"(?i)comment|评论|評論")
#: Links followed up on one page; a page that lists more feeds is a directory of feeds.
MAX_CANDIDATES = 20
#: Sitemaps that are tried: publishers name one for each section or year.
MAX_SITEMAPS = 5


def feed_links(page: Page) -> tuple[str, ...]:
    """Return the feeds that a page names, absolute, best first, each once.

    Announced feeds stand before those that are merely linked, and feeds of comments after all others.
    """
    try:
        tree = lxml.html.document_fromstring(decode(page.body, page.header("content-type")).encode(), parser=_parser())
    except etree.ParserError:
        return ()  # nothing but blanks and comments
    bases = [element.get("href") for element in tree.iter("base")]
    base = join(page.final_url, bases[0] or "") if bases else page.final_url
    found = [(address, hint) for link, hint in _candidates(tree) if (address := join(base or page.final_url, link))]
    found.sort(key=lambda pair: bool(COMMENTS.search(pair[1])))
    return tuple(dict.fromkeys(address for address, _ in found))[:MAX_CANDIDATES]


def _parser() -> Any:
    return lxml.html.HTMLParser(encoding="utf-8")


def _candidates(tree: Any) -> Iterator[tuple[str, str]]:
    announced = [link for link in tree.iter("link") if "alternate" in (link.get("rel") or "").lower().split()]
    for types in (FEED_TYPES, PERHAPS_TYPES):
        for link in announced:
            kind, address = (link.get("type") or "").partition(";")[0].strip().lower(), link.get("href") or ""
            sure = types is FEED_TYPES or "feed" in address.lower() or "rss" in address.lower()
            if kind in types and address and sure:
                yield address, f"{address} {link.get('title') or ''}"
    for anchor in tree.iter("a"):
        address = anchor.get("href") or ""
        if FEED_PATH.search(address.partition("?")[0].partition("#")[0]):
            yield address, f"{address} {anchor.text_content()}"


def guesses(url: str) -> tuple[str, ...]:
    """Return where a site's feed usually lies: below the address itself, then at the site's root."""
    parts = urlsplit(url)
    folder = parts.path if parts.path.endswith("/") else parts.path + "/"
    root = urlunsplit((parts.scheme, parts.netloc, "/", "", ""))
    tried = (
        join(urlunsplit((parts.scheme, parts.netloc, base, "", "")), path)
        for base in (folder, "/")
        for path in COMMON_PATHS
    )
    return tuple(dict.fromkeys(filter(None, tried))) if join("", root) else ()


def feed_title(listing: Listing) -> str:
    """Return a name for a source: the feed's title, else its site's host, else ""."""
    return listing.title or host(listing.link)


def sitemap_links(site: str, robots: Page | None) -> tuple[str, ...]:
    """Return the sitemaps that a site's robots.txt names, those of news first, else where one usually lies.

    Args:
        site: an address of the site.
        robots: its robots.txt; None where there is none.
    """
    named = named_by_robots(robots) if robots else ()
    found = sorted(named, key=lambda address: "news" not in urlsplit(address).path.lower())
    usual = (join(site, f"/{place}") for place in USUAL_PLACES)
    return tuple(found or filter(None, usual))[:MAX_SITEMAPS]
