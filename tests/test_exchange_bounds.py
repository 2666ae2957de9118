"""One bounded GET, over a real loopback server: what is refused, and when it stops."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.errors import FetchError, TooLarge
from crawler.fetcher import Request
from tests.clock import FakeClock
from tests.webserver import (
    LIMITS,
    URL,
    Handler,
    Line,
    WebServer,
    get,
    gzipped,
    nowhere,
    page,
    raw,
    refusal,
    tls_context,
    web_fetcher,
)

SOON = replace(LIMITS, timeout=timedelta(seconds=0.3))


# What is refused


CUT = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", "body ended early"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "body ended early"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "body ended early"),
    (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"words" * 99)[:-9], "body ended early"),
    (b"HTTP/1.1 200 OK\r\nContent-Le", "connection closed without an answer"),
    (b"", "connection closed without an answer"),
]


@pytest.mark.parametrize(("data", "reason"), CUT)
def test_cut_answers(data: bytes, reason: str) -> None:
    error = refusal(raw(data))
    assert (error.reason, error.passing) == (reason, True)
    assert error.__cause__ is not None or reason == "body ended early"


@pytest.mark.parametrize("head", [b"Content-Length: 100\r\n", b"Transfer-Encoding: chunked\r\n", b""])
def test_a_reset_in_the_middle(head: bytes) -> None:
    async def handler(line: Line) -> None:
        await line.send(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n5\r\nab")
        for _ in range(20):  # let the beginning arrive: nobody can tell a reset from an end that comes with it
            await line.send(b"")
        line.reset()

    assert refusal(handler).reason in ("body ended early", "connection reset")


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"<html>HTTP/0.9</html>",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    ],
)
def test_what_is_no_http(data: bytes) -> None:
    assert refusal(raw(data)).reason == "not a valid HTTP answer"


@pytest.mark.parametrize("framing", [b"gzip, chunked", b"gzip"])
def test_coded_transfers_are_refused(framing: bytes) -> None:
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + framing + b"\r\n\r\n0\r\n\r\n"
    error = refusal(raw(data))
    assert (error.reason, error.passing) == (f"transfer coding not asked for: {framing.decode()}", False)


def test_codings_sent_unasked_are_refused() -> None:
    assert refusal(page(b"x", Content_Encoding="br")).reason == "content coding not asked for: br"


def test_nobody_listens() -> None:
    async def work() -> None:
        async with WebServer({}) as server:
            endpoint = server.endpoint
        async with web_fetcher(pins={"site.example": endpoint}) as web:
            await web.get(Request(URL))

    with pytest.raises(FetchError) as caught:
        asyncio.run(work())
    assert (caught.value.reason, caught.value.passing) == ("connection refused", True)


def test_nobody_knows_the_name() -> None:
    async def work() -> None:
        async with web_fetcher(lookup=nowhere) as web:
            await web.get(Request(URL))

    with pytest.raises(FetchError, match="name not found"):
        asyncio.run(work())


@pytest.mark.parametrize(
    "url",
    [
        "", "site.example/x", "ftp://site.example/x", "file:///etc/passwd", "javascript:alert(1)", "http:///x",
        "http://site.example:99999/", "http://[::1", "http://a\x00b.example/",
    ],
)  # fmt: skip
def test_what_is_no_address(url: str) -> None:
    error = refusal(page(), Request(url))
    assert error.reason.startswith("not an ")
    assert not error.passing


# Bounds


def test_the_cap_on_bytes() -> None:
    small = replace(LIMITS, max_page_bytes=1000)
    assert len(get(page(bytes(1000)), limits=small)[0].body) == 1000
    for handler in (page(bytes(1001)), gzipped(bytes(1001))):
        error = refusal(handler, limits=small)
        assert isinstance(error, TooLarge)
        assert error.reason == "over 0.001 MB"


def test_an_endless_body_stops_at_the_cap() -> None:
    sent = []

    async def endless(line: Line) -> None:
        try:
            await line.send(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                await line.send(bytes(10_000))
        finally:
            sent.append(line.sent)

    assert isinstance(refusal(endless, limits=replace(LIMITS, max_page_bytes=100_000)), TooLarge)
    assert sent[0] < 20_000_000  # what the kernel's buffers took


def test_a_bomb_costs_no_memory() -> None:
    stream = zlib.compressobj(9, wbits=31)
    bomb = b"".join(stream.compress(bytes(1_000_000)) for _ in range(100)) + stream.flush()
    tracemalloc.start()
    try:
        error = refusal(page(bomb, Content_Encoding="gzip"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(error, TooLarge)
    assert peak < 10_000_000


async def drip(line: Line) -> None:
    await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    while True:
        await line.send(b"a")


async def drip_hints(line: Line) -> None:
    while True:
        await line.send(b"HTTP/1.1 100 Continue\r\n\r\n")


async def hang(line: Line) -> None:
    await line.hang()


async def hang_in_body(line: Line) -> None:
    await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    await line.hang()


@pytest.mark.parametrize("handler", [hang, hang_in_body, drip, drip_hints])
def test_the_deadline_is_for_the_whole_exchange(handler: Handler) -> None:
    error = refusal(handler, limits=SOON)
    assert (error.reason, error.passing) == ("no answer within 0.3 s", True)


def test_a_name_server_that_hangs_is_under_the_deadline_too() -> None:
    async def hanging(host: str, port: int, family: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    async def work() -> None:
        async with web_fetcher(limits=SOON, lookup=hanging) as web:
            await web.get(Request(URL))

    with pytest.raises(FetchError, match="no answer within"):
        asyncio.run(work())


def flood(start: bytes, piece: bytes, sent: list[int]) -> Handler:
    async def handler(line: Line) -> None:
        try:
            await line.send(start)
            for _ in range(400_000):
                await line.send(piece)
        finally:
            sent.append(line.sent)

    return handler


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"a" * 900 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"a" * 900),
        (b"HTTP/1.1 200 ", b"a" * 900),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: " + b"a" * 900 + b"\r\n"),
    ],
    ids=["headers", "one header", "reason", "trailers"],
)
def test_floods_of_headers_are_cut_off(start: bytes, piece: bytes) -> None:
    sent: list[int] = []
    tracemalloc.start()
    try:
        error = refusal(flood(start, piece, sent))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert error.reason in ("not a valid HTTP answer", "headers too large", "body ended early")
    assert sent[0] < 20_000_000  # of 360 MB: what the kernel's buffers took
    assert peak < 20_000_000


def test_large_but_real_headers_pass() -> None:
    found, _ = get(page(Content_Security_Policy="default-src 'self' " * 1000))
    assert len(found.header("content-security-policy")) > 18_000


# TLS


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("secure.example", ""),
        ("wrong.example", "certificate not valid: Hostname mismatch, certificate is not valid for 'wrong.example'."),
    ],
)
def test_certificates(host: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = tls_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))

    async def work() -> str:
        async with (
            WebServer({"/x": page()}, tls) as server,
            web_fetcher(pins={"secure.example": server.endpoint, "wrong.example": server.endpoint}) as web,
        ):
            try:
                await web.get(Request(f"https://{host}/x"))
            except FetchError as e:
                return e.reason if e.passing else "for good"
            return ""

    assert asyncio.run(work()) == reason


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_DIR")  # the world's own list

    async def work() -> None:
        async with (
            WebServer({"/x": page()}, tls_context(tmp_path)) as server,
            web_fetcher(pins={"secure.example": server.endpoint}) as web,
        ):
            await web.get(Request("https://secure.example/x"))

    with pytest.raises(FetchError, match="certificate not valid: self") as caught:
        asyncio.run(work())
    assert caught.value.passing


def test_tls_spoken_to_a_plain_server() -> None:
    async def complain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def work() -> None:
        async with await asyncio.start_server(complain, "127.0.0.1", 0) as server:
            endpoint = server.sockets[0].getsockname()
            async with web_fetcher(pins={"site.example": endpoint}) as web:
                await web.get(Request("https://site.example/x"))

    with pytest.raises(FetchError, match="TLS failed: wrong version number") as caught:
        asyncio.run(work())
    assert caught.value.passing


def test_connections_are_kept_and_used_again() -> None:
    async def work() -> int:
        async with WebServer({"/x": gzipped(b"words")}) as server, web_fetcher(server, clock=FakeClock()) as web:
            for _ in range(5):
                await web.get(Request(URL))
            return server.connections

    assert asyncio.run(work()) == 1
