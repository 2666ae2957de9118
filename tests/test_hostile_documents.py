"""Documents that mean harm to their parser, in a real worker: each fails or succeeds alone, in time, and is no bug."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from crawler.model import CanonicalURL, Draft, Entry, Failure, Listing, Page, Source
from crawler.workers import Task, Workers
from tests.clock import START
from tests.fakes import article, prose, rss, stories

MANY = 100_000
SOURCE = Source("x", "http://a.example/feed")
URL = CanonicalURL("http://a.example/1")
ITEM = "<item><title>T</title><link>http://a.example/1</link></item>"
ATTRIBUTES = " ".join(f"a{n}=''" for n in range(MANY))
NAMESPACES = " ".join(f"xmlns:a{n}='u:{n}'" for n in range(20_000))
DEADLINE = timedelta(seconds=6)


def channel(inside: str, before: str = "") -> str:
    return f'<?xml version="1.0"?>{before}<rss version="2.0"><channel>{inside}</channel></rss>'


FEEDS: dict[str, str | bytes] = {
    "nested deep": channel("<x>" * MANY + "</x>" * MANY + ITEM),
    "nested deep in an item": channel(f"<item><title>{'<b>' * MANY}</title></item>{ITEM}"),
    "never closed": channel("<item>" * MANY),
    "one element of many attributes": channel(f"<item {ATTRIBUTES}/>{ITEM}"),
    "many namespaces": channel(f"<item {NAMESPACES}/>{ITEM}"),
    "a title of megabytes": channel(f"<item><title>{'long ' * 1_000_000}</title><link>{URL}</link></item>"),
    "a comment that never ends": channel("<!--" + "-" * MANY),
    "a section that never ends": channel("<item><title><![CDATA[" + "]" * MANY),
    "references without end": channel(f"<item><title>{'&#x41;' * MANY}</title><link>{URL}</link></item>"),
    "names that nobody knows": channel(f"<item><title>{'&bomb;' * MANY}</title></item>{ITEM}"),
    "entities that square": channel(
        f"<item><title>{'&a;' * 50_000}</title></item>{ITEM}", f'<!DOCTYPE rss [<!ENTITY a "{"a" * 50_000}">]>'
    ),
    "parameter entities": channel(
        ITEM, "<!DOCTYPE rss [<!ENTITY % a \"<!ENTITY b SYSTEM 'file:///etc/hosts'>\"> %a;]>"
    ),
    "a date of megabytes": channel(f"<item><link>{URL}</link><pubDate>{'Mon, ' * MANY}</pubDate></item>"),
    "nulls": channel(ITEM).encode().replace(b"T", b"T\0" * 1000),
    "utf-16 cut in a character": channel(ITEM).encode("utf-16")[:-1],
    "utf-32 under the name of utf-8": channel(ITEM, "").replace("?>", ' encoding="utf-8"?>', 1).encode("utf-32"),
    "utf-7": '<?xml version="1.0" encoding="utf-7"?>+ADw-rss+AD4-',
    "an encoding that does nothing": '<?xml version="1.0" encoding="unicode_escape"?>' + channel(ITEM)[21:],
    "json nested deep": "[" * MANY,
    "json in json": '{"version": "https://jsonfeed.org/version/1.1", "items": ' + '[{"a":' * 50_000,
    "json with a huge number": '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": ' + "9" * MANY + "}]}",
    "nothing": b"",
    "noise": bytes(range(256)) * 4000,
}
PAGES: dict[str, str | bytes] = {
    "nested deep": "<div>" * MANY + prose(1) + "</div>" * MANY,
    "tables in tables": "<table><tr><td>" * 20_000 + prose(1),
    "inline elements never closed": "<b><i><a href=x>" * 20_000 + prose(1),
    "one element of many attributes": f"<p {ATTRIBUTES}>x</p>{prose(1)}",
    "many links": article(1).replace("<article>", f"<article>{'<a href=/x>more words here</a> ' * 40_000}"),
    "a comment that never ends": article(1) + "<!--" + "- " * MANY,
    "a script that never ends": article(1) + "<script>" + "<" * MANY,
    "json-ld nested deep": f"<script type='application/ld+json'>{'[' * MANY}</script>{article(1)}",
    "json-ld with a huge number": f"<script type='application/ld+json'>{'9' * MANY}</script>{article(1)}",
    "a selector's dream": article(1).replace("<article>", f"<article class='{'a ' * MANY}'>"),
    "an image of megabytes": article(1).replace("<h1>", f"<img src='data:image/png;base64,{'A' * 3_000_000}'><h1>"),
    "nulls": article(1).encode().replace(b"e", b"e\0"),
    "utf-7": b"<meta charset=utf-7>+ADw-script+AD4-alert(1)+ADw-/script+AD4-" + article(1).encode(),
    "noise": bytes(range(256)) * 4000,
}


@pytest.fixture(scope="module")
def pool() -> Iterator[Workers]:
    with Workers(processes=1, deadline=DEADLINE) as pool:
        yield pool


def page(body: str | bytes, media_type: str) -> Page:
    data = body if isinstance(body, bytes) else body.encode()
    return Page(URL, URL, 200, (("content-type", media_type),), data, START)


def check(failure: Failure, begun: float) -> None:
    """Make sure that a failure is the document's, and came in time."""
    assert not failure.reason.startswith("internal error"), failure.reason
    assert "died" not in failure.reason, failure.reason
    assert time.monotonic() - begun < DEADLINE.total_seconds() + 10


@pytest.mark.parametrize("name", FEEDS)
def test_feeds(name: str, pool: Workers) -> None:
    begun = time.monotonic()
    found = asyncio.run(pool.listing(SOURCE, page(FEEDS[name], "application/rss+xml")))
    if isinstance(found, Failure):
        check(found, begun)
    else:
        assert all("/etc" not in entry.title and "localhost" not in entry.title for entry in found.entries)
        assert sum(len(entry.title) for entry in found.entries) < 6_000_000, "nothing grew"


@pytest.mark.parametrize("name", PAGES)
def test_pages(name: str, pool: Workers) -> None:
    begun = time.monotonic()
    task = Task(page(PAGES[name], "text/html"), Entry(url=URL, title="Story 1"), SOURCE, URL, START)
    found = asyncio.run(pool.draft(task))
    if isinstance(found, Failure):
        check(found, begun)
    else:
        assert isinstance(found, Draft)
        assert b"<script" not in found.post.data
        assert b"\0" not in found.post.data


def test_the_worker_goes_on_after_all_of_them(pool: Workers) -> None:
    found = asyncio.run(pool.listing(SOURCE, page(rss(*stories("http://a.example", 1)), "application/rss+xml")))
    assert isinstance(found, Listing)
