"""One bounded GET, over a real loopback server: what goes out, what comes back."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Literal

import pytest

from crawler.errors import FetchError
from crawler.fetcher import Request
from crawler.fetcher.exchange import request_headers
from crawler.inflate import opened
from crawler.model import Page, Validators
from tests.clock import START, FakeClock
from tests.webserver import (
    LIMITS,
    URL,
    USER_AGENT,
    Handler,
    Line,
    Seen,
    WebServer,
    get,
    gzipped,
    page,
    raw,
    refusal,
    web_fetcher,
)

# What goes out


def test_headers_of_a_request() -> None:
    _, (seen,) = get(page())
    lines = seen.head.rstrip().split(b"\r\n")
    assert lines[0] == b"GET /x HTTP/1.1"
    assert sorted(line.partition(b":")[0].lower() for line in lines[1:]) == [
        b"accept", b"accept-encoding", b"host", b"user-agent",
    ]  # fmt: skip
    assert seen.header("Host") == b"site.example"
    assert seen.header("User-Agent") == USER_AGENT.encode()
    assert seen.header("Accept-Encoding") == b"gzip"


@pytest.mark.parametrize(
    ("kind", "start"), [("feed", b"application/atom+xml"), ("article", b"text/html"), ("image", b"image/jpeg")]
)
def test_accept_says_what_we_hope_for(kind: Literal["feed", "article", "image"], start: bytes) -> None:
    _, (seen,) = get(page(), Request(URL, kind=kind))
    assert (seen.header("Accept") or b"").startswith(start)


@pytest.mark.parametrize(
    "etag",
    [
        b'"abc"',
        b'W/"abc"',
        b"unquoted",
        b'"with \\"quotes\\" and, comma"',
        b'"gzip--gzip"',
        '"联合早报"'.encode(),
        '"né"'.encode(),
    ],
)
def test_validators_come_back_byte_for_byte(etag: bytes) -> None:
    modified = b"saturday, 20-nov-21 6:43:44 gmt"
    answer = b"HTTP/1.1 200 OK\r\nETag: " + etag + b"\r\nLast-Modified: " + modified + b"\r\nContent-Length: 0\r\n\r\n"

    async def work() -> Seen:
        async with WebServer({"/x": raw(answer)}) as server, web_fetcher(server) as web:
            first = await web.get(Request(URL))
            known = Validators(first.header("etag"), first.header("last-modified"))
            await web.get(Request(URL, known))
            return server.requests[1]

    seen = asyncio.run(work())
    assert seen.header("If-None-Match") == etag
    assert seen.header("If-Modified-Since") == modified


@pytest.mark.parametrize("etag", ["", '"caf\xe9"', '"中"', 'a\r\nCookie: x="y"', "a\x00b"])
def test_a_validator_that_cannot_go_back_exactly_is_left_out(etag: str) -> None:
    names = [name for name, _ in request_headers(Request(URL, Validators(etag, "then")), USER_AGENT)]
    assert b"if-none-match" not in names
    assert b"if-modified-since" in names


@pytest.mark.parametrize(
    "target",
    [
        "/?a=%2C,%2F/%3a&b=1%2B1+1",
        "/a%2Fb/%c4%e3?x=[1]|2",
        "/?q=%E4%B8%AD&empty=",
        "/a;b=1//c/(d)!*'",
    ],
)
def test_addresses_are_sent_as_they_are_spelled(target: str) -> None:
    async def work() -> list[str]:
        async with WebServer({target: page()}) as server, web_fetcher(server) as web:
            await web.get(Request(f"http://site.example{target}"))
            return server.targets

    assert asyncio.run(work()) == [target]


def test_a_bare_host_asks_for_the_root_and_fragments_stay_home() -> None:
    async def work() -> list[str]:
        async with WebServer({"/": page(), "/?q": page()}) as server, web_fetcher(server) as web:
            for url in ("http://site.example", "http://site.example#top", "http://site.example?q"):
                await web.get(Request(url))
            return server.targets

    assert asyncio.run(work()) == ["/", "/", "/?q"]


def test_user_and_password_go_into_a_header_and_nowhere_else() -> None:
    async def work() -> tuple[Page, Seen]:
        async with WebServer({"/x": page()}) as server, web_fetcher(server) as web:
            found = await web.get(Request("http://reader:p%40ss@site.example/x"))
            return found, server.requests[0]

    found, seen = asyncio.run(work())
    assert seen.header("Authorization") == b"Basic cmVhZGVyOnBAc3M="
    assert found.final_url == URL


def test_no_cookie_is_kept() -> None:
    async def work() -> list[Seen]:
        handler = page(Set_Cookie="id=1; Domain=site.example; Path=/")
        async with WebServer({"/x": handler}) as server, web_fetcher(server) as web:
            for _ in range(2):
                await web.get(Request(URL))
            return server.requests

    assert [seen.header("Cookie") for seen in asyncio.run(work())] == [None, None]


# What comes back


def test_a_page() -> None:
    found, _ = get(page("<p>正文</p>".encode(), Content_Type="text/html; charset=utf-8", X_Two="a"))
    assert found == Page(
        url=URL,
        final_url=URL,
        status=200,
        headers=(("content-length", "13"), ("content-type", "text/html; charset=utf-8"), ("x-two", "a")),
        body="<p>正文</p>".encode(),
        fetched=START,
    )
    assert found.media_type == "text/html"


def chunked(*chunks: bytes) -> bytes:
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed


@pytest.mark.parametrize(
    "handler",
    [
        page(b"words"),
        gzipped(b"words"),
        page(zlib.compress(b"words"), Content_Encoding="deflate"),
        raw(chunked(b"wor", b"ds")),
        raw(b"HTTP/1.1 200 OK\r\n\r\nwords"),
        raw(b"HTTP/1.0 200 OK\r\n\r\nwords"),
        raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + chunked(b"words")),
    ],
    ids=["length", "gzip", "deflate", "chunked", "until closed", "1.0", "after hints"],
)
def test_bodies_that_are_whole(handler: Handler) -> None:
    assert get(handler)[0].body == b"words"


#: One header of two values, sent as two (RFC 9110 §5.3).
TWICE_CODED = b"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Encoding: gzip\r\n\r\n"


@pytest.mark.parametrize(
    ("handler", "coding"),
    [
        (gzipped(b"words"), "gzip"),
        (page(zlib.compress(b"words"), Content_Encoding="deflate"), "deflate"),
        (page(b"words"), ""),
        (raw(TWICE_CODED + gzip.compress(b"words")), "identity, gzip"),
        (page(gzip.compress(b"words"), 404, Content_Encoding="gzip"), None),
    ],
)
def test_a_body_may_stay_as_it_was_sent(handler: Handler, coding: str | None) -> None:
    request = Request(URL, is_packed=True)
    if coding is None:
        assert refusal(handler, request).status == 404
    else:
        found, _ = get(handler, request)
        assert found.coding == coding
        assert opened(found).body == b"words"


def test_a_packed_body_beyond_all_bounds_is_refused_as_it_comes() -> None:
    error = refusal(gzipped(Random(1).randbytes(LIMITS.max_page_bytes * 2)), Request(URL, is_packed=True))
    assert error.reason.startswith("over ")


@pytest.mark.parametrize("length", ["", "Content-Length: 1000\r\n"])
def test_not_modified(length: str) -> None:
    answer = f'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n{length}\r\n'.encode()
    found, _ = get(raw(answer), Request(URL, Validators('"a"')))
    assert (found.status, found.body, found.header("etag")) == (304, b"", '"a"')


def test_not_modified_without_having_asked_is_no_page() -> None:
    error = refusal(raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"))
    assert (error.reason, error.status) == ("HTTP 304 Not Modified to an unconditional request", 304)


@pytest.mark.parametrize(("status", "passing"), [(404, False), (403, False), (429, True), (503, True), (202, True)])
def test_answers_that_are_no_pages(status: int, passing: bool) -> None:
    error = refusal(page(b"sorry", status, Retry_After="90"))
    assert (error.status, error.passing) == (status, passing)
    assert error.retry_after == (timedelta(seconds=90) if status >= 400 else None)


class TestAConnectionThatIsClosedInsteadOfAnAnswer:
    """aiohttp would ask again at once; a host that does so is most in need of peace."""

    @staticmethod
    def visits(*handlers: Handler) -> tuple[list[str], list[float]]:
        """Get a page as often as it takes the handlers, one after another; return what came and the waits."""
        clock, coming = FakeClock(), iter(handlers)

        async def next_one(line: Line) -> None:
            await next(coming)(line)

        async def work() -> list[str]:
            said = []
            limits = replace(LIMITS, host_delay=timedelta(seconds=1))
            async with WebServer({"/x": next_one}) as server, web_fetcher(server, limits, clock) as web:
                while len(server.requests) < len(handlers):
                    try:
                        said.append((await web.get(Request(URL))).body.decode())
                    except FetchError as e:
                        said.append(e.reason if e.passing else "for good")
            return said

        return asyncio.run(work()), clock.slept

    def test_is_asked_once_when_it_was_new(self) -> None:
        said, waits = self.visits(raw(b""), raw(b""), page(b"words"))
        assert said == ["connection closed without an answer"] * 2 + ["words"]
        assert waits == [1, 1]

    def test_is_asked_again_in_its_turn_when_it_had_been_idle(self) -> None:
        said, waits = self.visits(page(b"one"), raw(b""), page(b"two"))
        assert said == ["one", "two"]
        assert waits == [1, 1]

    def test_is_given_up_when_a_new_one_is_closed_as_well(self) -> None:
        said, waits = self.visits(page(b"one"), raw(b""), raw(b""))
        assert said == ["one", "connection closed without an answer"]
        assert waits == [1, 1]
