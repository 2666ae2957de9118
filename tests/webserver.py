"""A small web server on the loopback interface that can misbehave: for tests of the fetcher.

It speaks raw HTTP/1.1 over asyncio streams, so that an answer may be any bytes at all. It counts connections,
keeps every request as received, and measures how many it works on at once. Handlers that hang are cancelled
when the server closes; nothing here sleeps.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from crawler.errors import FetchError
from crawler.fetcher import Limits, Politeness, Request, WebFetcher
from crawler.fetcher.addresses import Lookup
from crawler.model import Page
from tests.clock import FakeClock

USER_AGENT = "crawler/0.1 (+https://example.org/bot)"


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as received."""

    target: str
    head: bytes
    body: bytes = b""

    def header(self, name: str) -> bytes | None:
        """Return the bytes of a header's value; None when it was not sent."""
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == name.lower().encode():
                return value.strip(b" ")
        return None


class Line:
    """What a handler may do with its connection."""

    def __init__(self, writer: asyncio.StreamWriter, seen: Seen) -> None:
        self.seen = seen
        self._writer = writer
        self.sent = 0
        self.body_bytes = 0  # of well-formed answers

    async def send(self, data: bytes) -> None:
        """Send bytes and wait until the other side takes them; ConnectionError when it is gone."""
        self._writer.write(data)
        self.sent += len(data)
        await self._writer.drain()
        await asyncio.sleep(0)  # both sides share one loop: let the fetcher read

    async def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send a well-formed answer; underscores in header names stand for hyphens."""
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        head = "\r\n".join([f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *lines])
        self.body_bytes += len(body)
        await self.send(head.encode() + b"\r\n\r\n" + body)

    def close(self) -> None:
        self._writer.close()

    def reset(self) -> None:
        """Break the connection off so that the other side is told (RST), not merely that nothing more comes."""
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def hang(self) -> None:
        """Never come back."""
        await asyncio.Event().wait()


Handler = Callable[[Line], Awaitable[None]]


class WebServer:
    """Serves handlers by path, at 127.0.0.1 and a port that the system picks; unknown paths are 404."""

    def __init__(self, routes: Mapping[str, Handler], tls: ssl.SSLContext | None = None) -> None:
        self._routes = routes
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        self.requests: list[Seen] = []
        self.connections = 0
        self.active = 0
        self.peak = 0  # most requests worked on at once
        self.body_bytes = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def endpoint(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    @property
    def targets(self) -> list[str]:
        return [seen.target for seen in self.requests]

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._converse(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                seen = Seen(head.split(b" ")[1].decode(), head)
                body = await reader.readexactly(int(seen.header("Content-Length") or 0))
                await self._work(Line(writer, replace(seen, body=body)))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the fetcher hung up, as it may
        finally:
            writer.close()

    async def _work(self, line: Line) -> None:
        self.requests.append(line.seen)
        self.active += 1
        self.peak = max(self.peak, self.active)
        try:
            await self._routes.get(line.seen.target, missing)(line)
        finally:
            self.active -= 1
            self.body_bytes += line.body_bytes


async def missing(line: Line) -> None:
    await line.answer(404)


def page(body: bytes = b"<p>words</p>", status: int = 200, **headers: str) -> Handler:
    """Return a handler that always gives this answer."""

    async def handler(line: Line) -> None:
        await line.answer(status, body, **headers)

    return handler


def redirect(location: str, status: int = 302) -> Handler:
    return page(b"", status, Location=location)


def raw(data: bytes) -> Handler:
    """Return a handler that sends these bytes and hangs up."""

    async def handler(line: Line) -> None:
        await line.send(data)
        line.close()

    return handler


def gzipped(body: bytes) -> Handler:
    return page(gzip.compress(body), Content_Encoding="gzip")


URL = "http://site.example/x"
LIMITS = Limits(timeout=timedelta(seconds=30), max_page_bytes=1_000_000, host_delay=timedelta())


async def nowhere(host: str, port: int, family: int) -> list[str]:
    """A lookup for tests in which every name is pinned."""
    raise OSError(f"nobody knows {host}")


def web_fetcher(
    server: WebServer | None = None,
    limits: Limits = LIMITS,
    clock: FakeClock | None = None,
    lookup: Lookup = nowhere,
    hosts: Politeness | None = None,
    pins: Mapping[str, tuple[str, int]] | None = None,
) -> WebFetcher:
    """Return a fetcher for which site.example and other.example are the server."""
    clock = clock or FakeClock()
    hosts = hosts or Politeness(clock, limits.host_delay, limits.host_connections)
    named = {"site.example": server.endpoint, "other.example": server.endpoint} if server else {}
    return WebFetcher(limits, USER_AGENT, clock, hosts, lookup, {**named, **(pins or {})})


def get(handler: Handler, request: Request | None = None, limits: Limits = LIMITS) -> tuple[Page, list[Seen]]:
    """Serve one handler at /x, get it, return the page and the requests that the server saw."""

    async def work() -> tuple[Page, list[Seen]]:
        async with WebServer({"/x": handler}) as server, web_fetcher(server, limits) as web:
            return await web.get(request or Request(URL)), server.requests

    return asyncio.run(work())


def refusal(handler: Handler, request: Request | None = None, limits: Limits = LIMITS) -> FetchError:
    """Do the same and return the error that comes of it."""
    with pytest.raises(FetchError) as caught:
        get(handler, request, limits)
    return caught.value


def tls_context(folder: Path, certificate: str = "", key: str = "") -> ssl.SSLContext:
    """Return a server's context with a certificate, by default the one below, and leave it in the folder as cert.pem."""
    (folder / "cert.pem").write_text(certificate or CERTIFICATE)
    (folder / "key.pem").write_text(key or PRIVATE_KEY)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


#: Self-signed for secure.example, 2000 to 2100; made for these tests, trusted by nobody else.
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBfzCCASagAwIBAgIBATAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5zZWN1cmUu
ZXhhbXBsZTAgFw0wMDAxMDEwMDAwMDBaGA8yMTAwMDEwMTAwMDAwMFowGTEXMBUG
A1UEAwwOc2VjdXJlLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATw
f4HVBaCAXrhaEJBnP6FuxPCgfMPyZEdAD8Nu+36WbDQseiEyPHCHyrhfV8cnqHiO
5camEqrOTHeOmphe7hBUo10wWzAdBgNVHQ4EFgQUsW5S5/lAcaG8TW7rlMlEV6Yh
01cwGQYDVR0RBBIwEIIOc2VjdXJlLmV4YW1wbGUwDwYDVR0TAQH/BAUwAwEB/zAO
BgNVHQ8BAf8EBAMCAoQwCgYIKoZIzj0EAwIDRwAwRAIgHsCm/KLP98NfBX0yse/m
n7A9tdMA9nR4Dx3hv0fi2qoCIAnTv+ULMnIy22bfTVefjjwtlNxBVdALHqTW/0pg
7tNt
-----END CERTIFICATE-----
"""
PRIVATE_KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJWFYBImUsbZITNpF
nEkU1X2QLK4aadhPjtNw/XqZpZOhRANCAATwf4HVBaCAXrhaEJBnP6FuxPCgfMPy
ZEdAD8Nu+36WbDQseiEyPHCHyrhfV8cnqHiO5camEqrOTHeOmphe7hBU
-----END PRIVATE KEY-----
"""
