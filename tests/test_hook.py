"""Calls of hooks: addresses checked, nothing followed, secrets kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from crawler.errors import FetchError
from crawler.fetcher import call_hook
from tests.webserver import LIMITS, USER_AGENT, Handler, Seen, WebServer, nowhere, page, raw, redirect

URL = "http://me:hunter2@site.example/x"


def call(handler: Handler, content: bytes | None = b'{"a": 1}', url: str = URL) -> list[Seen]:
    async def work() -> list[Seen]:
        async with WebServer({"/x": handler, "/y": page()}) as server:
            pins = {"site.example": server.endpoint}
            await call_hook(url, content, LIMITS, USER_AGENT, lookup=nowhere, connect_to=pins)
            return server.requests

    return asyncio.run(work())


def test_a_post_carries_the_bytes() -> None:
    (seen,) = call(page(b"", 204))
    assert seen.head.startswith(b"POST /x HTTP/1.1\r\n")
    assert seen.body == b'{"a": 1}'
    assert seen.header("Content-Type") == b"application/json"
    assert seen.header("User-Agent") == USER_AGENT.encode()
    assert seen.header("Authorization") == b"Basic bWU6aHVudGVyMg=="


def test_a_get_carries_none() -> None:
    (seen,) = call(page(b"OK"), None, "http://site.example/x")
    assert seen.head.startswith(b"GET /x ")
    assert (seen.body, seen.header("Content-Type"), seen.header("Authorization")) == (b"", None, None)


def test_an_answer_of_any_length_is_cut() -> None:
    assert len(call(page(b"x" * 1_000_000))) == 1


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (page(status=500), "HTTP 500"),
        (page(status=404), "HTTP 404"),
        (redirect("/y"), "HTTP 302, and redirects are not followed"),
    ],
)
def test_what_is_no_success_is_an_error_without_the_address(handler: Handler, reason: str) -> None:
    with pytest.raises(FetchError) as caught:
        call(handler)
    assert caught.value.reason == reason


#: What is said of addresses that a user may allow.
BY_CHOICE = "; only `fetch: {allow_private_networks: true}` would allow it"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://nowhere.example/x", "name not found"),
        ("http://127.0.0.1/x", f"address not allowed: 127.0.0.1 (loopback){BY_CHOICE}"),
        ("http://[::1]/x", f"address not allowed: ::1 (loopback){BY_CHOICE}"),
        ("ftp://site.example/x", "not an http(s) address"),
    ],
)
def test_addresses_are_checked(url: str, reason: str) -> None:
    with pytest.raises(FetchError) as caught:
        call(page(), url=url)
    assert caught.value.reason == reason


def test_an_answer_that_never_came_is_an_error() -> None:
    with pytest.raises(FetchError) as caught:
        call(raw(b"nonsense"))
    assert caught.value.reason == "not a valid HTTP answer"


def test_private_ones_are_called_where_the_user_allows_them() -> None:
    async def work() -> int:
        async with WebServer({"/x": page()}) as server:
            limits = replace(LIMITS, allow_private_networks=True)
            await call_hook(f"http://127.0.0.1:{server.port}/x", b"{}", limits, USER_AGENT)
            return len(server.requests)

    assert asyncio.run(work()) == 1
