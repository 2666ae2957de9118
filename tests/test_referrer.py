"""A picture is asked for as from the page that shows it, and bounded by a cap of its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest

from crawler.fetcher import Request
from crawler.fetcher.web import referrer
from tests.webserver import LIMITS, URL, Seen, WebServer, get, page, redirect, refusal, web_fetcher

HTTP, HTTPS = httpx.URL("http://p.example/p.png"), httpx.URL("https://p.example/p.png")


@pytest.mark.parametrize(
    ("page", "target", "told"),
    [
        ("http://a.example/1?b=2", HTTP, b"http://a.example/1?b=2"),
        ("http://a.example/1", HTTPS, b"http://a.example/1"),
        ("https://a.example/1", HTTPS, b"https://a.example/1"),
        ("https://a.example/1", HTTP, b""),
        ("http://me:secret@a.example/1#entry-0123456789abcdef", HTTP, b"http://a.example/1"),
        ("http://a.example/文", HTTP, b"http://a.example/%E6%96%87"),
        ("http://a.example/\r\nX: y", HTTP, b""),
        ("nonsense", HTTP, b""),
        ("", HTTP, b""),
    ],
)
def test_is_the_pages_address_as_far_as_it_may_be_told(page: str, target: httpx.URL, told: bytes) -> None:
    assert referrer(page, target) == told


def test_is_sent_at_every_hop_and_only_where_there_is_one() -> None:
    async def work() -> list[Seen]:
        async with WebServer({"/x": redirect("/y"), "/y": page(b"x")}) as server, web_fetcher(server, LIMITS) as web:
            await web.get(Request(URL, kind="image", referer="http://a.example/1"))
            return server.requests

    assert [one.header("Referer") for one in asyncio.run(work())] == [b"http://a.example/1"] * 2
    _, (seen_one,) = get(page())
    assert seen_one.header("Referer") is None


def test_a_pictures_cap_is_not_a_pages() -> None:
    limits = replace(LIMITS, max_image_bytes=1_000, max_page_bytes=9_000)
    small, _ = get(page(bytes(1_000)), Request(URL, kind="image"), limits)
    assert small.body == bytes(1_000)
    error = refusal(page(bytes(1_001)), Request(URL, kind="image"), limits)
    assert (error.reason, error.passing) == ("over 0.001 MB", False)
