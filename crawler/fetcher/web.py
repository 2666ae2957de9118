"""The real fetcher: one document from the web, redirects followed by hand.

Rule: every hop waits for its turn at its host, has its address checked, and shares one deadline with the others.
Only http and https, never from https to http, no cookies, no referrer but with pictures. Foreign exceptions end here.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from types import MappingProxyType, TracebackType
from typing import Any, Self

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from .. import urls
from ..errors import FetchError
from ..model import Page
from .addresses import CheckedResolver, Lookup, Pins, checked_pins, guarded_socket, refuse_address, system_lookup
from .addresses import written_address as written
from .contract import MAX_ROBOTS_BYTES, UNCONDITIONAL, Limits, Request
from .exchange import Answer, Headers, StaleConnection, ask_again, exchange, note_reuse, request_headers, stay_exact
from .faults import FOREIGN, refuse_status, translate
from .politeness import Clock, Politeness

#: curl follows 50, browsers 20; a chain of more than ten is a trap or a fault.
MAX_REDIRECTS = 10
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
#: Headers of one answer. Real Content-Security-Policies outgrow aiohttp's 8 KiB a line.
MAX_HEADER_BYTES, MAX_HEADERS = 64 * 1024, 256
#: Seconds an idle connection is kept: longer than the usual delay at a host, short enough to hold few of them.
KEEP_ALIVE_S = 5.0
#: How long a host is left alone that answers 429 or 503 without saying how long.
DEFAULT_SILENCE = timedelta(minutes=15)
SILENCING = frozenset({429, 503})
NO_PINS: Pins = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Hop:
    """Where a chain of redirects stands."""

    url: httpx.URL  #: without user name
    authorization: bytes = b""  #: for this hop's origin only
    seen: tuple[str, ...] = ()  #: addresses before this one
    moved_to: str = ""  #: end of the unbroken permanent part of the chain
    is_permanent: bool = True  #: whether the chain is permanent so far


class WebFetcher:
    """Gets pages from the web; an async context manager, bound to one event loop.

    Args:
        limits: how far an exchange may go.
        user_agent: the whole User-Agent header.
        clock: for `Page.fetched` and Retry-After.
        hosts: whose turn it is; shared with whoever else must be polite.
        lookup: resolves names; the system's resolver by default.
        connect_to: host names pinned to a loopback address and port, like curl's --connect-to: for the bundled demo
            and tests. Every other name is resolved and checked.

    Raises:
        ValueError: a pin that does not lead to the loopback interface.
    """

    def __init__(
        self,
        limits: Limits,
        user_agent: str,
        clock: Clock,
        hosts: Politeness,
        lookup: Lookup = system_lookup,
        connect_to: Mapping[str, tuple[str, int]] = NO_PINS,
    ) -> None:
        self._limits = limits
        self._user_agent = user_agent
        self._clock = clock
        self._hosts = hosts
        self._lookup = lookup
        self._pins = checked_pins(connect_to)
        self._slots = asyncio.Semaphore(limits.concurrency)
        self._transport: httpx.AsyncBaseTransport

    async def __aenter__(self) -> Self:
        self._transport = open_transport(self._lookup, self._limits.allow_private_networks, self._pins)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.aclose()

    def heed(self, limits: Limits, user_agent: str) -> None:
        """Go on by other limits, but for the networks that may be reached: these are the open connections' own."""
        private = self._limits.allow_private_networks
        self._limits, self._user_agent = replace(limits, allow_private_networks=private), user_agent
        self._slots = asyncio.Semaphore(limits.concurrency)

    async def get(self, request: Request) -> Page:
        """Get one document; see `Fetcher.get`.

        Validators are sent at every hop: they came from the answer at the end of the chain, and a server that
        redirects ignores them (RFC 9110 §13.2.1).
        """
        hop = first_hop(request.url)
        left_s = self._most_s(request)
        while True:
            if request.permit is not None:
                await request.permit(str(hop.url))
            answer, left_s = await self._get_hop(request, hop, left_s)
            if answer.status not in REDIRECTS:
                return self._page(request, hop, answer)
            hop = next_hop(hop, answer)

    async def _get_hop(self, request: Request, hop: _Hop, left_s: float) -> tuple[Answer, float]:
        """Make one exchange; return its answer and the seconds left for the rest of the chain.

        A server may close an idle connection just when it is used again (RFC 9112 §9.3.1): that is no fault, and the
        request is made on another one, in a turn of its own.
        """
        refuse_written(hop.url, self._limits.allow_private_networks)
        answer: Answer | None = None
        while answer is None:  # ends: there are as many idle connections as the host has had turns at once
            answer, left_s = await self._in_turn(request, hop, left_s)
        return answer, left_s

    async def _in_turn(self, request: Request, hop: _Hop, left_s: float) -> tuple[Answer | None, float]:
        """Make one exchange when the host's turn comes; None for its answer when the connection was stale."""
        may_cut = request.kind == "robots"
        cap = self._cap(request)
        async with self._turn(request, hop), self._slots:
            loop = asyncio.get_running_loop()
            started = loop.time()
            answer: Answer | None = None
            try:
                async with asyncio.timeout(max(left_s, 0)) as deadline:
                    headers = self._headers(request, hop)
                    packed, guard = request.is_packed, self._hosts.guard
                    answer = await exchange(
                        self._transport, hop.url, headers, cap, may_cut, is_packed=packed, guard=guard
                    )
                self._silence(request, hop, answer)
            except StaleConnection:
                pass  # told by there being no answer
            except FOREIGN as e:
                raise self._late(request) if deadline.expired() else translate(e) from e
            return answer, left_s - (loop.time() - started)

    @asynccontextmanager
    async def _turn(self, request: Request, hop: _Hop) -> AsyncIterator[None]:
        """Take the turn at a host, once there is room for what it will answer."""
        async with self._hosts.turn(urls.host(str(hop.url)), self._route(request)):
            if request.ready is not None:
                await request.ready()
            yield

    def _cap(self, request: Request) -> int:
        """Return how many bytes of a body are taken."""
        if request.kind == "robots":
            return MAX_ROBOTS_BYTES
        if request.kind == "image":
            return self._limits.max_image_bytes
        return max(self._limits.max_page_bytes, request.min_cap_bytes)

    def _headers(self, request: Request, hop: _Hop) -> Headers:
        headers = request_headers(request, self._user_agent)
        headers += ((b"authorization", hop.authorization),) if hop.authorization else ()
        told = referrer(request.referer, hop.url)
        return (*headers, (b"referer", told)) if told else headers

    def _most_s(self, request: Request) -> float:
        """Return the seconds that a document may take, its redirects included."""
        return max(self._limits.timeout, request.patience).total_seconds()

    def _late(self, request: Request) -> FetchError:
        return FetchError(f"no answer within {self._most_s(request):g} s")

    def _route(self, request: Request) -> str:
        """Return the address that may fall silent by itself, or ""."""
        return request.url if request.scope == "address" and self._limits.retry_after_scope == "route" else ""

    def _silence(self, request: Request, hop: _Hop, answer: Answer) -> None:
        """Leave the host alone that asks for it; here, since only here it is known which hop asked."""
        if answer.status not in SILENCING or is_replayed(request, answer):
            return
        now, refused = self._clock.now(), self._refused(answer)
        if answer.status == 429 or refused.retry_after is not None or request.scope == "host":
            name = self._route(request) or urls.host(str(hop.url))
            self._hosts.silence(name, now + (refused.retry_after or DEFAULT_SILENCE))

    def _refused(self, answer: Answer) -> FetchError:
        return refuse_status(answer.status, answer.header(b"retry-after").decode("latin-1"), self._clock.now())

    def _page(self, request: Request, hop: _Hop, answer: Answer) -> Page:
        if answer.status == 304 and request.validators == UNCONDITIONAL:
            raise FetchError("HTTP 304 Not Modified to an unconditional request", status=304)
        if answer.status != 200 and is_replayed(request, answer):
            raise FetchError(f"captured with HTTP {answer.status}", passing=False, status=answer.status)
        if answer.status not in (200, 304):
            raise self._refused(answer)
        coding = answer.coding if request.is_packed and answer.body else ""
        return Page(
            url=request.url,
            final_url=str(hop.url),
            status=answer.status,
            headers=page_headers(answer.headers),
            body=answer.body,
            fetched=self._clock.now(),
            moved_to=hop.moved_to,
            coding=coding,
            cap_bytes=self._cap(request) if coding else 0,
        )


def referrer(page: str, target: httpx.URL) -> bytes:
    """Return what is told of the page that shows something: its address without name and fragment; b"" for nothing.

    What came by https is not told by http (RFC 9110 §10.1.3).
    """
    try:
        address = parse_url(page).copy_with(userinfo=b"") if page else None
    except FetchError:
        return b""
    if address is None or (address.scheme == "https" and target.scheme == "http"):
        return b""
    return str(address).encode("ascii", "ignore")


def is_replayed(request: Request, answer: Answer) -> bool:
    """Tell whether a web archive gives what another server said once, its status included (RFC 7089 §2.1.1).

    A captured 429 or 503 is no wish of the archive's, and no later try brings another.
    """
    return request.is_copy and answer.header(b"memento-datetime") != b""


class Trusting(ssl.SSLContext):
    """What https connections are made with. Whom it trusts is loaded with the first one: many runs make none."""

    @cached_property
    def _real(self) -> ssl.SSLContext:
        context = httpx.create_ssl_context()
        context.set_alpn_protocols(["http/1.1"])
        return context

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """Begin a connection, as asyncio asks for it."""
        return self._real.wrap_bio(*args, **kwargs)


def open_transport(lookup: Lookup, allow_private: bool, pins: Pins) -> AiohttpTransport:
    """Return a transport that connects to checked addresses only; to be closed by the caller, in the same loop."""
    context = Trusting(ssl.PROTOCOL_TLS_CLIENT)
    connector = aiohttp.TCPConnector(
        resolver=CheckedResolver(lookup, allow_private, pins),
        socket_factory=guarded_socket(allow_private, pins),
        ssl=context,
        limit=0,  # `_slots` counts, so that waiting for a connection is not charged to the deadline
        keepalive_timeout=KEEP_ALIVE_S,
    )
    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(note_reuse)
    trace.on_request_headers_sent.append(ask_again)
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        max_line_size=MAX_HEADER_BYTES,
        max_field_size=MAX_HEADER_BYTES,
        max_headers=MAX_HEADERS,
        middlewares=(stay_exact,),
        trace_configs=[trace],
    )
    return AiohttpTransport(verify=context, client=session)


def refuse_written(url: httpx.URL, allow_private: bool) -> None:
    """Raise FetchError for an address that spells out one which must not be connected to."""
    address = written(url.host)
    if address is not None:
        refuse_address(address, allow_private)


def page_headers(headers: Headers) -> tuple[tuple[str, str], ...]:
    """Return headers as text, each byte one character (Latin-1): validators must go back byte for byte."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


def first_hop(url: str) -> _Hop:
    """Return where a chain begins: the user name taken out of the address, or links resolved later would carry it.

    Raises:
        FetchError: not an http(s) address; not passing.
    """
    address = parse_url(url)
    secret = b""
    if address.userinfo:
        pair = f"{address.username}:{address.password}".encode()
        secret = b"Basic " + base64.b64encode(pair)
        address = address.copy_with(userinfo=b"")
    return _Hop(address, secret)


def next_hop(hop: _Hop, answer: Answer) -> _Hop:
    """Return where a redirect leads.

    Raises:
        FetchError: nowhere, too far, in a circle, or from https to http; not passing, with the redirect's status.
    """
    try:
        target = _target(hop, answer.header(b"location"))
        _refuse_chain(hop, target)
    except FetchError as e:
        raise FetchError(e.reason, passing=False, status=answer.status) from e
    is_permanent = hop.is_permanent and answer.status in PERMANENT
    same_origin = (target.scheme, target.netloc) == (hop.url.scheme, hop.url.netloc)
    return replace(
        hop,
        url=target,
        authorization=hop.authorization if same_origin else b"",
        seen=(*hop.seen, str(hop.url)),
        moved_to=str(target) if is_permanent else hop.moved_to,
        is_permanent=is_permanent,
    )


def _target(hop: _Hop, location: bytes) -> httpx.URL:
    if not location:
        raise FetchError("redirect without an address")
    return parse_url(urls.join(str(hop.url), _text(location))).copy_with(userinfo=b"")


def _refuse_chain(hop: _Hop, target: httpx.URL) -> None:
    if hop.url.scheme == "https" and target.scheme == "http":
        raise FetchError("redirect from https to http refused")
    if str(target) in (*hop.seen, str(hop.url)):
        raise FetchError("redirects in a circle")
    if len(hop.seen) >= MAX_REDIRECTS:
        raise FetchError(f"over {MAX_REDIRECTS} redirects")


def _text(location: bytes) -> str:
    """Read a Location header: UTF-8 where it is, else byte for byte; control characters are no part of it."""
    try:
        text = location.decode("utf-8")
    except UnicodeDecodeError:
        text = location.decode("latin-1")
    return "".join(c for c in text if c.isprintable()).strip()


def parse_url(url: str) -> httpx.URL:
    """Return an address without its fragment.

    Raises:
        FetchError: not an absolute http(s) address; not passing.
    """
    try:
        parsed = httpx.URL(url)
        if parsed.fragment or url.endswith("#"):  # a copy is as dear as the parsing
            parsed = parsed.copy_with(fragment=None)
        port = parsed.port
    except (httpx.InvalidURL, ValueError) as e:
        raise FetchError("not an address", passing=False) from e
    if parsed.scheme not in urls.DEFAULT_PORTS or not parsed.host or (port is not None and port > 65535):
        raise FetchError("not an http(s) address", passing=False)
    return parsed
