"""A site with a past: articles of our own, and every index by which their addresses can be learned.

Rule: pure; a path in, an answer out. Texts and times follow from an article's number.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

#: The site, and the Wayback Machine that has it.
HOST, MACHINE = "past.example", "machine.example"
ROOT = f"http://{HOST}"
#: The newest article; the others lie an hour apart before it.
NEWEST = datetime(2024, 6, 1, 12, tzinfo=UTC)
#: Articles on one page of the feed, of the list, in one sitemap.
ON_FEED, ON_LIST, IN_SITEMAP = 20, 25, 500
WORDS = (
    "harbour", "ferry", "captain", "letter", "morning", "council", "bridge", "garden", "winter", "market", "signal",
    "village", "engine", "lantern", "river", "teacher", "window", "journey", "station", "orchard", "compass", "kitchen",
    "meadow", "thunder", "library", "painter", "velvet", "copper", "anchor",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site says to a request."""

    body: bytes
    status: int = 200
    media_type: str = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class PastSite:
    """A site of so many articles, of which the feed shows the newest.

    Args:
        articles: how many.
    """

    articles: int

    def url(self, number: int) -> str:
        """Return an article's address; number 0 is the newest."""
        return f"{ROOT}/news/{self.time(number):%Y/%m}/story-{number}"

    def time(self, number: int) -> datetime:
        """Return when an article was published."""
        return NEWEST - timedelta(hours=number)

    def reply(self, target: str) -> Answer:
        """Answer a request for a path with its query."""
        path, _, query = target.partition("?")
        page = int(query.rpartition("=")[2]) if query.rpartition("=")[2].isdigit() else 1
        if path.startswith("/news/"):
            return Answer(self._article(int(path.rpartition("-")[2])))
        if path == "/feed.xml":
            return self._feed(page)
        if path == "/list":
            return self._list(page)
        if path == "/robots.txt":
            return Answer(f"User-agent: *\nSitemap: {ROOT}/sitemap.xml\n".encode(), media_type="text/plain")
        if path.startswith("/sitemap"):
            return self._sitemap(path)
        return Answer(b"<p>There is no such page.", 404)

    def _article(self, number: int) -> bytes:
        time, title = self.time(number), f"Story {number}"
        paragraphs = "".join(f"<p>{_sentences(number * 7 + n)}</p>" for n in range(8))
        return (
            f"<!doctype html><html lang=en><head><title>{title} - The Past</title>"
            f'<meta property="article:published_time" content="{time.isoformat()}"></head>'
            "<body><nav><a href=/>Home</a> <a href=/about>About</a></nav>"
            f"<main><article><h1>{title}</h1><time datetime={time.isoformat()}>{time:%d %B %Y}</time>"
            f"{paragraphs}</article></main><footer>The Past is printed on paper.</footer></body></html>"
        ).encode()

    def _numbers(self, page: int, size: int) -> range:
        return range((page - 1) * size, min(page * size, self.articles))

    def _feed(self, page: int) -> Answer:
        """Answer as WordPress does: older pages by a number, none behind the last."""
        numbers = self._numbers(page, ON_FEED)
        if not numbers:
            return Answer(b"<p>Nothing here.", 404)
        items = "".join(
            f"<item><title>Story {n}</title><link>{self.url(n)}</link><guid>{self.url(n)}</guid>"
            f"<pubDate>{format_datetime(self.time(n), usegmt=True)}</pubDate></item>"
            for n in numbers
        )
        head = f"<title>The Past</title><link>{ROOT}/</link><generator>https://wordpress.org/?v=6.5</generator>"
        body = f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}</channel></rss>'
        return Answer(body.encode(), media_type="application/rss+xml")

    def _list(self, page: int) -> Answer:
        items = "".join(
            f'<li class=story><a href="{self.url(n)}">Story {n}</a> '
            f"<time datetime={self.time(n).isoformat()}></time></li>"
            for n in self._numbers(page, ON_LIST)
        )
        return Answer(f"<!doctype html><title>List</title><nav><a href=/>Home</a></nav><ul>{items}</ul>".encode())

    def _sitemap(self, path: str) -> Answer:
        count = -(-self.articles // IN_SITEMAP)
        if path == "/sitemap.xml":
            maps = "".join(f"<sitemap><loc>{ROOT}/sitemap-{n}.xml.gz</loc></sitemap>" for n in range(1, count + 1))
            return _xml(f"<sitemapindex xmlns={SCHEMA!r}>{maps}</sitemapindex>")
        number = path.removeprefix("/sitemap-").removesuffix(".xml.gz")
        urls = "".join(
            f"<url><loc>{escape(self.url(n))}</loc><lastmod>{self.time(n).isoformat()}</lastmod></url>"
            for n in self._numbers(int(number), IN_SITEMAP)
        )
        body = _xml(f"<urlset xmlns={SCHEMA!r}>{urls}</urlset>").body
        return Answer(gzip.compress(body, 6, mtime=0), media_type="application/gzip")


SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"


def _xml(text: str) -> Answer:
    return Answer(f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode(), media_type="application/xml")


def _sentences(seed: int) -> str:
    """Return some words that no other article has in this order."""
    words = [WORDS[(seed * 31 + n * (seed % 13 + 3)) % len(WORDS)] for n in range(40)]
    return f"On day {seed} the {' '.join(words[:20])}. It was said that {' '.join(words[20:])}, and {seed} agreed."
