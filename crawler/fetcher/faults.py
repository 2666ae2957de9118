"""Faults: what the network did to us, in our own words.

Translates the exceptions of httpx, aiohttp, ssl and the socket layer, and the answers that are no pages, into
`FetchError` with a reason for people, and whether a later try may help. No I/O.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp
import httpx
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from ..errors import FetchError
from ..scheduler import MAX_RETRY_AFTER

#: Everything that httpx, the aiohttp transport and the layers below raise for what a server or network did.
#: ValueError: addresses and headers that they find malformed.
FOREIGN = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, HttpProcessingError, OSError, ValueError)

#: The most specific first; looked for along the whole chain of causes, from its root.
REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLCertVerificationError, "certificate not valid"),
    (ssl.SSLError, "TLS failed"),
    (socket.gaierror, "name not found"),
    (ConnectionRefusedError, "connection refused"),
    (ConnectionResetError, "connection reset"),
    (BrokenPipeError, "connection reset"),
    (LineTooLong, "headers too large"),
    (aiohttp.ClientPayloadError, "body ended early"),
    (aiohttp.ServerDisconnectedError, "connection closed without an answer"),
    (TimeoutError, "connection timed out"),
    (HttpProcessingError, "not a valid HTTP answer"),
    (aiohttp.ClientResponseError, "not a valid HTTP answer"),
    (aiohttp.InvalidURL, "not an address"),
    (httpx.InvalidURL, "not an address"),
    (httpx.UnsupportedProtocol, "not an address"),
)
#: Faults of the address itself, which no later try mends.
FINAL = (aiohttp.InvalidURL, httpx.InvalidURL, httpx.UnsupportedProtocol)

#: Statuses below 500 that a later try may turn (RFC 9110, 8470, 6585): timeout, too early, too many requests.
PASSING_STATUSES = frozenset({408, 425, 429})


def translate(error: BaseException) -> FetchError:
    """Return our error for a foreign one (any of `FOREIGN`)."""
    chain = tuple(_chain(error))
    passing = not any(isinstance(e, FINAL) for e in chain)
    for kind, text in REASONS:
        for one in reversed(chain):
            if isinstance(one, kind):
                return FetchError(text + _detail(one), passing=passing)
    return FetchError(_unnamed(chain), passing=passing)


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


def _detail(error: BaseException) -> str:
    """Return what OpenSSL adds; Python sets these attributes only on errors that come from it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        words = getattr(error, "verify_message", "")
    elif isinstance(error, ssl.SSLError):
        words = (getattr(error, "reason", "") or "").lower().replace("_", " ")
    else:
        words = ""
    return f": {words}" if words else ""


def _unnamed(chain: tuple[BaseException, ...]) -> str:
    """Say what the operating system said ("network is unreachable"), or at least the name of the error."""
    words = next((e.strerror for e in chain if isinstance(e, OSError) and e.strerror), "")
    return f"connection failed: {(words or type(chain[-1]).__name__).lower()}"


def refuse_status(status: int, retry_after: str, now: datetime) -> FetchError:
    """Return the error for an answer that is no page.

    Args:
        status: anything but 200 and 304.
        retry_after: the header as received, or "".
        now: for a Retry-After that names a time.
    """
    passing = status in PASSING_STATUSES or status >= 500 or status < 300
    wait = parse_retry_after(retry_after, now) if status >= 400 else None
    return FetchError(f"HTTP {status} {_phrase(status)}".rstrip(), passing=passing, retry_after=wait, status=status)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""


def parse_retry_after(text: str, now: datetime) -> timedelta | None:
    """Read a Retry-After header (RFC 9110 §10.2.3): seconds or an HTTP date; None for what is neither.

    Returns:
        From zero (a time gone by) to `MAX_RETRY_AFTER`.
    """
    text = text.strip()
    if re.fullmatch(r"[0-9]+", text):
        return timedelta(seconds=min(float(text), MAX_RETRY_AFTER.total_seconds()))
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if then.tzinfo is None:  # "-0000": UTC without a place, RFC 5322 §3.3
        then = then.replace(tzinfo=UTC)
    return min(max(then - now, timedelta()), MAX_RETRY_AFTER)
