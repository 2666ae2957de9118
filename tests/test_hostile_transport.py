"""Servers that mean harm, beyond single faults: many at once in one answer, over the loopback server."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import tracemalloc
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.errors import FetchError, TooLarge
from crawler.fetcher import Request
from crawler.fetcher.contract import MAX_ROBOTS_BYTES
from tests.webserver import (
    LIMITS,
    Handler,
    Line,
    WebServer,
    get,
    page,
    raw,
    redirect,
    refusal,
    tls_context,
    web_fetcher,
)

SOON = replace(LIMITS, timeout=timedelta(seconds=0.3))
OK = b"HTTP/1.1 200 OK\r\n"


def zeros(megabytes: int, wbits: int) -> bytes:
    stream = zlib.compressobj(9, wbits=wbits)
    return b"".join(stream.compress(bytes(1_000_000)) for _ in range(megabytes)) + stream.flush()


BOMBS = {
    "gzip": ("gzip", zeros(200, 31)),
    "x-gzip": ("x-gzip", zeros(200, 31)),
    "deflate": ("deflate", zeros(200, 15)),
    "bare deflate": ("deflate", zeros(200, -15)),
    "many members": ("gzip", gzip.compress(bytes(20_000)) * 2000),
    "behind a small member": ("gzip", gzip.compress(b"<p>words</p>") + zeros(200, 31)),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_no_bomb_costs_memory(bomb: str) -> None:
    coding, data = BOMBS[bomb]
    tracemalloc.start()
    try:
        error = refusal(page(data, Content_Encoding=coding))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(error, TooLarge)
    assert peak < 12_000_000


@pytest.mark.parametrize(
    "coding", ["gzip, gzip", "deflate, gzip", "gzip, deflate", "br", "zstd", "compress", "gzip, br", "x"]
)
def test_codings_in_each_other_are_not_undone(coding: str) -> None:
    """A bomb in a bomb: nobody was offered that."""
    error = refusal(page(gzip.compress(zeros(10, 31)), Content_Encoding=coding))
    assert error.reason == f"content coding not asked for: {coding}"
    assert not error.passing


def test_a_bomb_in_a_bomb_under_one_name_stays_packed() -> None:
    inner = zeros(50, 31)
    assert get(page(gzip.compress(inner), Content_Encoding="gzip"))[0].body == inner


ENDED_EARLY = {
    "shorter than said": b"Content-Length: 90\r\n\r\n" + b"a" * 89,
    "much shorter": b"Content-Length: 99999999999\r\n\r\nabc",
    "no last chunk": b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "in a chunk": b"Transfer-Encoding: chunked\r\n\r\nff\r\nabc",
    "in the size of a chunk": b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1",
    "in the last chunk": b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
    "a cut stream in whole chunks": b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n"
    + gzip.compress(b"some words to be cut off")[:20]
    + b"\r\n0\r\n\r\n",
    "a cut stream of the right length": b"Content-Encoding: deflate\r\nContent-Length: 9\r\n\r\n"
    + zlib.compress(b"some words")[:9],
}


@pytest.mark.parametrize("end", ENDED_EARLY)
def test_bodies_that_end_early(end: str) -> None:
    error = refusal(raw(OK + ENDED_EARLY[end]))
    assert (error.reason, error.passing, error.status) == ("body ended early", True, 200)


NONSENSE = {
    "both framings, and more than one answer": b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + OK,
    "a chunk of a negative size": b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n0\r\n\r\n",
    "a chunk of an endless size": b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 400 + b"\r\nabc",
    "a length with a sign": b"Content-Length: +3\r\n\r\nabc",
    "more than was said, at the end": b"Connection: close\r\nContent-Length: 5\r\n\r\nabcde and more",
    "more than was said": b"Content-Length: 5\r\n\r\nabcde and more",
    "all of it more than was said": b"Content-Length: 0\r\n\r\n<p>words</p>",
    "a length beyond all numbers": b"Content-Length: 99999999999999999999\r\n\r\nabc",
    "two lengths in one": b"Content-Length: 3, 5\r\n\r\nabcde",
    "a null in a name": b"X-\0: 1\r\nContent-Length: 3\r\n\r\nabc",
}


@pytest.mark.parametrize("what", NONSENSE)
def test_framing_that_makes_no_sense_is_no_page(what: str) -> None:
    assert refusal(raw(OK + NONSENSE[what])).reason == "not a valid HTTP answer"


def again_and_again(piece: bytes, start: bytes = b"") -> Handler:
    async def handler(line: Line) -> None:
        await line.send(start)
        while True:
            await line.send(piece)

    return handler


SLOW = {
    "100 Continue": again_and_again(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "103 Early Hints": again_and_again(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"),
    "a status line, letter by letter": again_and_again(b"H", b"HTTP/1.1 200 "),
    "chunks of one byte": again_and_again(b"1\r\na\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n"),
    "empty gzip blocks": again_and_again(
        b"\0\0\0\xff\xff", OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\xff"
    ),
    "extensions of chunks": again_and_again(b";x=y" * 9, OK + b"Transfer-Encoding: chunked\r\n\r\n1"),
}


@pytest.mark.parametrize("how", SLOW)
def test_nothing_goes_on_for_ever(how: str) -> None:
    error = refusal(SLOW[how], limits=SOON)
    bounded = ("no answer within 0.3 s", "not a valid HTTP answer", "over 1 MB", "headers too large")
    assert error.reason in bounded


def test_robots_that_never_end_are_cut_and_used() -> None:
    lines = b"User-agent: *\nDisallow: /private/\n" + b"# and so on\n" * 100_000
    found, _ = get(page(lines), Request("http://site.example/x", kind="robots"))
    assert found.body == lines[:MAX_ROBOTS_BYTES]


@pytest.mark.parametrize("status", [200, 302])
def test_no_cookie_is_sent_back(status: int) -> None:
    routes = {
        "/x": page(b"", status, Set_Cookie="id=1; Path=/; Domain=site.example", Location="/y"),
        "/y": page(b"", 200, Set_Cookie="id=2"),
    }

    async def work() -> list[bytes | None]:
        async with WebServer(routes) as server, web_fetcher(server) as web:
            for _ in range(2):
                await web.get(Request("http://site.example/x"))
            return [seen.header("Cookie") for seen in server.requests]

    assert set(asyncio.run(work())) == {None}


OTHER_WAYS = [
    "ftp://site.example/x",
    "gopher://site.example/",
    "data:text/html,x",
    "javascript:alert(1)",
    "ws://site.example/",
]


@pytest.mark.parametrize("target", OTHER_WAYS)
def test_redirects_to_other_schemes_are_not_followed(target: str) -> None:
    assert refusal(redirect(target)).reason == "not an http(s) address"


def test_credentials_in_a_redirect_are_dropped() -> None:
    routes = {"/x": redirect("http://me:secret@other.example/y"), "/y": page()}

    async def work() -> tuple[str, bytes | None]:
        async with WebServer(routes) as server, web_fetcher(server) as web:
            found = await web.get(Request("http://site.example/x"))
            return found.final_url, server.requests[-1].header("Authorization")

    assert asyncio.run(work()) == ("http://other.example/y", None)


# Names that change their mind


def turning(*answers: Sequence[str]) -> tuple[list[int], object]:
    asked: list[int] = []

    async def lookup(host: str, port: int, family: int) -> Sequence[str]:
        asked.append(len(asked))
        return answers[min(len(asked), len(answers)) - 1]

    return asked, lookup


HIDDEN = [
    "127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1", "fd00:ec2::254",
    "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::7f00:1", "224.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", HIDDEN)
def test_a_name_that_leads_inside_is_not_connected_to(address: str) -> None:
    _, lookup = turning([address])

    async def work() -> None:
        async with web_fetcher(lookup=lookup) as web:  # type: ignore[arg-type]
            await web.get(Request("http://outside.example/x"))

    with pytest.raises(FetchError, match="address not allowed") as caught:
        asyncio.run(work())
    assert not caught.value.passing


def test_a_name_is_asked_anew_for_each_connection_and_checked_each_time() -> None:
    """DNS rebinding: what is connected to is what was checked, whatever the name says a moment later."""
    asked, lookup = turning(["192.0.66.2"], ["127.0.0.1"])

    async def work() -> list[str]:
        reasons = []
        async with WebServer({"/x": page()}) as inside, web_fetcher(lookup=lookup, limits=SOON) as web:  # type: ignore[arg-type]
            for host in ("one.example", "two.example"):
                with pytest.raises(FetchError) as caught:
                    await web.get(Request(f"http://{host}:{inside.port}/x"))
                reasons.append(caught.value.reason)
            assert inside.connections == 0
        return reasons

    first, second = asyncio.run(work())
    assert "not allowed" not in first, "the public address was tried, and only that"
    assert second.startswith("address not allowed: 127.0.0.1 (loopback)")
    assert len(asked) == 2


@pytest.mark.parametrize(
    "host", ["0177.0.0.1", "0x7f.1", "127.1", "2130706433", "0", "0.0.0.0", "[::]", "[::ffff:0:0]"]
)
def test_an_address_in_any_spelling_is_known(host: str) -> None:
    async def work() -> None:
        async with web_fetcher() as web:
            await web.get(Request(f"http://{host}/x"))

    with pytest.raises(FetchError, match=r"address not allowed|not an address"):
        asyncio.run(work())


# Certificates


def test_a_server_that_speaks_no_modern_tls_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = tls_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        tls.maximum_version = ssl.TLSVersion.TLSv1_1

    async def work() -> None:
        async with (
            WebServer({"/x": page()}, tls) as server,
            web_fetcher(pins={"secure.example": server.endpoint}) as web,
        ):
            await web.get(Request("https://secure.example/x"))

    with pytest.raises(FetchError, match=r"TLS failed|connection reset|connection closed"):
        asyncio.run(work())


#: Self-signed for late.example, 2000 to 2010; made for this test, as its key.
EXPIRED = """\
-----BEGIN CERTIFICATE-----
MIIBeDCCAR6gAwIBAgIBATAKBggqhkjOPQQDAjAXMRUwEwYDVQQDDAxsYXRlLmV4
YW1wbGUwHhcNMDAwMTAxMDAwMDAwWhcNMTAwMTAxMDAwMDAwWjAXMRUwEwYDVQQD
DAxsYXRlLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARHSnCWUWES
cfi2ahZGPOQSNiTT/L+nE7cDxywuIR16pXnwdNv4UTldiHHmvi5vHEYus0H83RzL
Qlzn/GTRLwWio1swWTAXBgNVHREEEDAOggxsYXRlLmV4YW1wbGUwDwYDVR0TAQH/
BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAoQwHQYDVR0OBBYEFNeIDZU1dSwsiywRm7DU
c4GUZheUMAoGCCqGSM49BAMCA0gAMEUCIQDPNy9qIC79e7WV0/sx5E+363Y4RvKH
lSDpDMv6TyeoMQIgN0zjL9Dac56/LYpdxGYw4u1jNMtmESeLRvY7FfM5wkc=
-----END CERTIFICATE-----
"""
ITS_KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzdnnennxcxdOFddb
p1jaw8IaFAuD7y99lCxN2BI1s56hRANCAARHSnCWUWEScfi2ahZGPOQSNiTT/L+n
E7cDxywuIR16pXnwdNv4UTldiHHmvi5vHEYus0H83RzLQlzn/GTRLwWi
-----END PRIVATE KEY-----
"""


def test_a_certificate_whose_time_is_over_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = tls_context(tmp_path, EXPIRED, ITS_KEY)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))

    async def work() -> None:
        async with (
            WebServer({"/x": page()}, tls) as server,
            web_fetcher(pins={"late.example": server.endpoint}) as web,
        ):
            await web.get(Request("https://late.example/x"))

    with pytest.raises(FetchError, match="certificate not valid: certificate has expired") as caught:
        asyncio.run(work())
    assert caught.value.passing, "it may be renewed"
