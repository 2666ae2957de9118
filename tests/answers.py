"""Answers of servers to polls, made by hand for the tests of sources."""

from __future__ import annotations

from datetime import UTC, datetime

from crawler.model import Page, Source

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ADDRESS = "https://feeds.example/some/feed.xml"
SOURCE = Source("test", ADDRESS)


def page(body: bytes | str, content_type: str = "application/xml", url: str = ADDRESS) -> Page:
    """A page as the fetcher brings it."""
    data = body.encode() if isinstance(body, str) else body
    headers = (("content-type", content_type),) if content_type else ()
    return Page(url, url, 200, headers, data, NOW)
