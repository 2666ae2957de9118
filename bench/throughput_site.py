"""The local web of `bench.throughput`: feeds and their articles, and what is counted of those who ask for them.

Rule: no network; a request in, an answer out. Addresses in an answer begin with the host and port that were asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

from bench.throughput_pages import Body, body, page, piece
from bench.throughput_text import BEGAN, headline, published, story

FEED = re.compile(r"/feeds/(\d{1,6})\.xml")
ARTICLE = re.compile(r"/\d{4}/\d\d/story-(\d{1,6})-(\d{1,9})\.html")
#: From a feed with something new to the next; a prime, so that they are spread over the hosts.
STRIDE = 7919
ROBOTS = b"User-agent: *\nDisallow: /private/\n"
REASONS = {200: "OK", 304: "Not Modified", 404: "Not Found"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is there at first."""

    feeds: int
    items: int  #: that each feed shows, the newest
    hosts: int  #: that share the feeds


@dataclass(slots=True)
class Counts:
    """What was asked for since somebody last looked."""

    polls: int = 0
    pages: int = 0
    robots: int = 0
    missing: int = 0
    conditional: int = 0
    unchanged: int = 0  #: answers 304
    gzipped: int = 0
    body_bytes: int = 0
    twice: int = 0  #: pages that were sent before, ever
    in_flight: int = 0  #: most requests of one host at a time


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request gets."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def packed(self, *, closes: bool = False) -> bytes:
        """Return it as it goes over the wire."""
        lines = [
            f"HTTP/1.1 {self.status} {REASONS[self.status]}",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        lines += [f"Content-Length: {len(self.body)}"] if self.status != 304 else []
        lines += ["Connection: close"] if closes else []
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


@dataclass(slots=True)
class Web:
    """All feeds and articles, with what has changed so far.

    Args:
        plan: what is there at first.
        validators: whether feeds give an ETag and a Last-Modified, and heed them.
    """

    plan: Plan
    validators: bool = True
    added: Counter[int] = field(default_factory=Counter)  #: new items by feed
    counts: Counts = field(default_factory=Counts)
    _feeds: dict[tuple[str, int, int], Body] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    _active: Counter[str] = field(default_factory=Counter)

    def add(self, items: int, among: int | None = None) -> None:
        """Add so many new items to feeds, or to the first so many; each to another as far as there are as many."""
        for n in range(items):
            self.added[n * STRIDE % (among or self.plan.feeds)] += 1

    def taken(self) -> dict[str, int]:
        """Return what was counted, and begin anew."""
        counts, self.counts = self.counts, Counts()
        return asdict(counts)

    def begin(self, host: str) -> None:
        """Note that a request came."""
        self._active[host] += 1
        self.counts.in_flight = max(self.counts.in_flight, self._active[host])

    def end(self, host: str) -> None:
        """Note that its answer went out."""
        self._active[host] -= 1

    def answer(self, target: str, headers: Mapping[str, str]) -> Answer:
        """Answer a GET.

        Args:
            target: path and query.
            headers: with names in lower case.
        """
        host, path = headers.get("host", ""), target.partition("?")[0]
        if path == "/robots.txt":
            self.counts.robots += 1
            return self._counted(Answer(200, (("Content-Type", "text/plain"),), ROBOTS), headers)
        if (match := FEED.fullmatch(path)) and int(match[1]) < self.plan.feeds:
            self.counts.polls += 1
            return self._counted(self._feed(host, int(match[1]), headers), headers)
        if (match := ARTICLE.fullmatch(path)) and self._is_there(int(match[1]), int(match[2])):
            self.counts.pages += 1
            self.counts.twice += path in self.sent
            self.sent.add(path)
            return self._counted(self._article(host, path, int(match[1]), int(match[2]), headers), headers)
        self.counts.missing += 1
        return Answer(404, (("Content-Type", "text/plain"),), b"There is no such page.")

    def _counted(self, answer: Answer, headers: Mapping[str, str]) -> Answer:
        self.counts.conditional += "if-none-match" in headers or "if-modified-since" in headers
        self.counts.unchanged += answer.status == 304
        self.counts.gzipped += ("Content-Encoding", "gzip") in answer.headers
        self.counts.body_bytes += len(answer.body)
        return answer

    def _is_there(self, feed: int, number: int) -> bool:
        return feed < self.plan.feeds and number < self.plan.items + self.added[feed]

    def _article(self, host: str, path: str, feed: int, number: int, headers: Mapping[str, str]) -> Answer:
        document = page(story(feed, number), f"http://{host}{path}")
        return said(document, "text/html; charset=utf-8", published(number), headers)

    def _feed(self, host: str, feed: int, headers: Mapping[str, str]) -> Answer:
        key = (host, feed, self.added[feed])
        if key not in self._feeds:
            self._feeds[key] = body((piece(self._listing(host, feed)),))
        kind, changed = MEDIA_TYPES[feed % 2], BEGAN + timedelta(days=1, minutes=self.added[feed])
        if self.validators:
            return said(self._feeds[key], kind, changed, headers)
        return said(self._feeds[key], kind, None, headers)

    def _listing(self, host: str, feed: int) -> str:
        """Return the text of a feed: RSS 2.0 or Atom."""
        newest = self.plan.items + self.added[feed]
        numbers = range(newest - 1, newest - 1 - self.plan.items, -1)
        make = _rss if feed % 2 == 0 else _atom
        return make(f"http://{host}", feed, numbers)


#: Of feeds with even and with odd numbers.
MEDIA_TYPES = ("application/rss+xml; charset=utf-8", "application/atom+xml; charset=utf-8")


def said(document: Body, kind: str, changed: datetime | None, headers: Mapping[str, str]) -> Answer:
    """Return a document, gzipped where that is welcome, or 304 where it is known (RFC 9110 §13.2.2).

    Args:
        document: what is asked for.
        kind: its media type.
        changed: when it did; None to give no validators and to heed none.
        headers: of the request.
    """
    given: tuple[tuple[str, str], ...] = (("Content-Type", kind), ("Vary", "Accept-Encoding"))
    if changed is not None:
        modified = format_datetime(changed.astimezone(UTC), usegmt=True)
        given += (("ETag", document.etag), ("Last-Modified", modified))
        known = headers.get("if-none-match")
        if known == document.etag or (known is None and headers.get("if-modified-since") == modified):
            return Answer(304, given)
    if "gzip" in headers.get("accept-encoding", ""):
        return Answer(200, (*given, ("Content-Encoding", "gzip")), document.gzipped)
    return Answer(200, given, document.raw)


def feed_path(feed: int) -> str:
    """Return where a feed is."""
    return f"/feeds/{feed}.xml"


def article_path(feed: int, number: int) -> str:
    """Return where an article is."""
    return f"/{published(number):%Y/%m}/story-{feed}-{number}.html"


def _rss(root: str, feed: int, numbers: range) -> str:
    items = "".join(
        f"<item><title>{escape(title)}</title><link>{root}{article_path(feed, n)}</link>"
        f'<guid isPermaLink="true">{root}{article_path(feed, n)}</guid>'
        f"<pubDate>{format_datetime(published(n), usegmt=True)}</pubDate>"
        f"<description>{escape(teaser)}</description></item>"
        for n in numbers
        for title, teaser in (headline(feed, n),)
    )
    head = f"<title>The Paper {feed}</title><link>{root}/</link><description>All that is new.</description>"
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{head}{items}</channel></rss>'


def _atom(root: str, feed: int, numbers: range) -> str:
    entries = "".join(
        f"<entry><title>{escape(title)}</title><id>{root}{article_path(feed, n)}</id>"
        f'<link rel="alternate" type="text/html" href="{root}{article_path(feed, n)}"/>'
        f"<published>{published(n).isoformat()}</published><updated>{published(n).isoformat()}</updated>"
        f"<author><name>The Desk</name></author><summary>{escape(teaser)}</summary></entry>"
        for n in numbers
        for title, teaser in (headline(feed, n),)
    )
    head = f"<title>The Paper {feed}</title><id>{root}/</id><updated>{published(numbers[0]).isoformat()}</updated>"
    return f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">{head}{entries}</feed>'


def of_json(wish: Mapping[str, Any], web: Web) -> dict[str, int]:
    """Do what the one who measures asks for, and return what was counted before.

    Args:
        wish: `add`: so many new items, `among` so many feeds; `validators`: whether feeds have them; `forget`: pages
            that were sent count as never sent.
        web: which changes.
    """
    web.add(int(wish.get("add", 0)), wish.get("among"))
    if wish.get("forget"):
        web.sent.clear()
    web.validators = bool(wish.get("validators", web.validators))
    return web.taken()
