"""One bounded GET: headers out, a whole body or an error back.

Rule: one request, one answer, no redirect, no second try; at most so many bytes, and never a cut body taken for a
whole one. The deadline is the caller's (`web`), who cancels. Bodies of answers that are no pages are not read.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

import aiohttp
import httpx
from yarl import URL

from ..errors import FetchError, TooLarge
from ..inflate import Body, Packed
from ..model import Validators
from .contract import Request
from .faults import FOREIGN, translate

#: Media types by what we hope for; servers that negotiate answer with the feed rather than with a page about it.
ACCEPT = {
    "feed": "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5",
    "article": "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8",
    "robots": "text/plain, */*;q=0.5",
    "image": "image/jpeg, image/png, image/gif, image/webp, image/avif;q=0.9, */*;q=0.5",
}
#: gzip alone: it is inflated within bounds in `inflate`, and httpx would offer whatever codec is installed.
ACCEPT_ENCODING = b"gzip"
#: What may stand in a header's value (RFC 9110 §5.5): no control characters, or a stored value could forge headers.
FIELD_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]+")

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one exchange brought."""

    status: int
    headers: Headers  #: as received, names in lower case
    body: bytes  #: decoded, unless it was to stay packed; empty unless the status is 200

    def header(self, name: bytes) -> bytes:
        """Return the first header of that (lower-case) name, or b""."""
        return next((value for key, value in self.headers if key == name), b"")

    @property
    def coding(self) -> str:
        """Return the content codings that the body was sent with; of several headers all (RFC 9110 §5.3)."""
        return ", ".join(value.decode("latin-1") for key, value in self.headers if key == b"content-encoding")


def request_headers(request: Request, user_agent: str) -> Headers:
    """Return all headers of a request but Host."""
    return (
        (b"user-agent", user_agent.encode("utf-8")),
        (b"accept", ACCEPT[request.kind].encode()),
        (b"accept-encoding", ACCEPT_ENCODING),
        *_conditions(request.validators),
    )


def _conditions(validators: Validators) -> Headers:
    """Return the conditional headers, byte for byte what the server sent.

    Text stands for bytes one to one (Latin-1), see `web.page_headers`. aiohttp writes headers as UTF-8, so bytes
    that are no UTF-8 cannot be sent back exactly; an inexact validator is worse than none and is left out.
    """
    named = ((b"if-none-match", validators.etag), (b"if-modified-since", validators.modified))
    return tuple((name, exact) for name, text in named if (exact := _exact(text)))


def _exact(text: str) -> bytes:
    try:
        value = text.encode("latin-1")
        value.decode("utf-8")
    except UnicodeError:
        return b""
    return value if FIELD_VALUE.fullmatch(value) else b""


class StaleConnection(FetchError):
    """The server had closed the idle connection that was to be used; stays in this room (`web` asks once more)."""


@dataclass(slots=True)
class _Wire:
    """What passes between `exchange` and aiohttp beside httpx, which has no place for it."""

    spelling: str
    guard: Callable[[], None]
    is_reused: bool = False  # whether an idle connection is used again
    lost: asyncio.Future[None] | None = None  # done when the connection is, with an error if it broke


_wire: ContextVar[_Wire] = ContextVar("_wire")


async def stay_exact(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Send the address as it is spelled, once, and keep hold of the connection (an aiohttp middleware).

    The transport hands aiohttp a text, which yarl respells (%2C becomes a comma): signed addresses break by that, and
    sites that redirect to their own spelling send us round in a circle.
    When a server closes the connection instead of answering, aiohttp asks again at once. A host is to be left in peace
    between two requests, so that does not happen here: our own error, which aiohttp does not know, goes past it.
    """
    wire = _wire.get()
    request.url = URL(wire.spelling, encoded=True)
    try:
        response = await send(request)
    except aiohttp.ClientConnectorError:
        raise  # nothing was sent, and aiohttp does not ask again
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as e:
        raise (StaleConnection if wire.is_reused else FetchError)(translate(e).reason) from e
    wire.lost = _end_of_connection(response)
    return response


async def note_reuse(*_: object) -> None:
    """Note that an idle connection is used again (an aiohttp trace)."""
    _wire.get().is_reused = True


async def ask_again(*_: object) -> None:
    """Ask once more whether the request may be sent, just before its first byte is (an aiohttp trace).

    At the beginning of the turn it is too early: to connect takes a while, in which a process may be stopped.
    """
    _wire.get().guard()


def _end_of_connection(response: aiohttp.ClientResponse) -> asyncio.Future[None] | None:
    """Return the future of the connection's end for a body that nothing else delimits, else None."""
    is_framed = "content-length" in response.headers or "transfer-encoding" in response.headers
    if is_framed or response.connection is None or response.connection.protocol is None:
        return None
    lost = response.connection.protocol.closed
    if lost is not None:
        lost.add_done_callback(asyncio.Future.exception)  # nobody may come to ask for it
    return lost


def free() -> None:
    """Anything may be sent."""


async def exchange(
    transport: httpx.AsyncBaseTransport,
    url: httpx.URL,
    headers: Headers,
    cap: int,
    may_cut: bool,
    content: bytes | None = None,
    *,
    is_packed: bool = False,
    guard: Callable[[], None] = free,
) -> Answer:
    """Make one GET, or one POST.

    Args:
        transport: whose connector checks addresses. Not a client: that one would keep cookies, and fail on
            redirects whose target it cannot parse, though told not to follow them.
        url: without user name and fragment.
        headers: as `request_headers` makes them.
        cap: most bytes of the decoded body.
        may_cut: whether a body over the cap is cut there instead of refused (robots.txt, RFC 9309 §2.5).
        content: what to POST; None for a GET.
        is_packed: whether the body stays as it was sent; see `inflate.opened`.
        guard: see `ask_again`; what it raises passes as it is.

    Raises:
        TooLarge: the body is over the cap.
        StaleConnection: nothing came, and it may be that nothing arrived.
        FetchError: the body is cut or wrongly coded, or nothing came.
        Exception: any of `faults.FOREIGN` when no answer came, for the caller to translate.
    """
    wire = _Wire(str(url), guard)
    _wire.set(wire)
    method = "GET" if content is None else "POST"
    request = httpx.Request(method, url, headers=list(headers), content=content)
    response = await transport.handle_async_request(request)
    try:
        received = tuple((name.lower(), value) for name, value in response.headers.raw)
        body = await _read(response, cap, may_cut, is_packed) if response.status_code == 200 else b""
        _refuse_broken(wire)
        return Answer(response.status_code, received, body)
    except FetchError as e:
        e.status = response.status_code  # an answer did come (`contract.Fetcher`): the host was reached
        raise
    except FOREIGN as e:  # the body broke off
        error = translate(e)
        error.status = response.status_code
        raise error from e
    finally:
        await response.aclose()


def _refuse_broken(wire: _Wire) -> None:
    """Raise if the connection broke under a body that only its end delimits; aiohttp takes that for the end."""
    if wire.lost is not None and wire.lost.done() and (error := wire.lost.exception()):
        raise FetchError("connection reset") from error


async def _read(response: httpx.Response, cap: int, may_cut: bool, is_packed: bool) -> bytes:
    framing = response.headers.get("transfer-encoding", "chunked")
    if framing.strip().lower() != "chunked":  # RFC 9112 §6.1; aiohttp would hand out the coded bytes
        raise FetchError(f"transfer coding not asked for: {framing[:40]}", passing=False)
    coding = response.headers.get("content-encoding", "")
    if is_packed and coding:
        packed = Packed(coding, cap)
        async for chunk in response.aiter_raw():
            packed.feed(chunk)
        return packed.finish()
    body = Body(coding, cap)
    try:
        async for chunk in response.aiter_raw():
            body.feed(chunk)
    except TooLarge:
        if not may_cut:
            raise
        return bytes(body.data)
    return body.finish()
