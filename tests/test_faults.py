from __future__ import annotations

import errno
import os
import socket
import ssl
from datetime import UTC, datetime, timedelta, timezone

import aiohttp
import httpx
import pytest
from aiohttp.http_exceptions import BadHttpMessage, LineTooLong

from crawler.fetcher.faults import FOREIGN, parse_retry_after, refuse_status, translate
from crawler.scheduler import MAX_RETRY_AFTER

NOW = datetime(2021, 11, 20, 6, 43, 44, tzinfo=UTC)


def chained(outer: Exception, *inner: BaseException) -> Exception:
    """Return an error with these causes, as `raise … from` would leave it."""
    current: BaseException = outer
    for cause in inner:
        current.__cause__ = cause
        current = cause
    return outer


def not_verified(message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED]")
    error.verify_message = message
    return error


def handshake_failed() -> ssl.SSLError:
    error = ssl.SSLError(1, "wrong version number")
    error.reason = "WRONG_VERSION_NUMBER"
    return error


def os_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


ERRORS = [
    (chained(httpx.ConnectError("x"), os_error(errno.ECONNREFUSED)), "connection refused"),
    (chained(httpx.ConnectError("x"), OSError("Multiple"), os_error(errno.ECONNREFUSED)), "connection refused"),
    (os_error(errno.ECONNRESET), "connection reset"),
    (os_error(errno.EPIPE), "connection reset"),
    (os_error(errno.ETIMEDOUT), "connection timed out"),
    (chained(httpx.ConnectError("x"), os_error(errno.ENETUNREACH)), "connection failed: network is unreachable"),
    (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "name not found"),
    (chained(httpx.ConnectError("x"), not_verified("certificate has expired")),
     "certificate not valid: certificate has expired"),
    (not_verified(""), "certificate not valid"),
    (handshake_failed(), "TLS failed: wrong version number"),
    (ssl.SSLError(1, "no reason given"), "TLS failed"),
    (chained(httpx.ReadError("x"), aiohttp.ClientPayloadError("x")), "body ended early"),
    (chained(httpx.ReadError("x"), aiohttp.ClientPayloadError("x"), os_error(errno.ECONNRESET)), "connection reset"),
    (aiohttp.ServerDisconnectedError(), "connection closed without an answer"),
    (chained(aiohttp.ClientError("x"), LineTooLong(b"x")), "headers too large"),
    (BadHttpMessage("x"), "not a valid HTTP answer"),
    (aiohttp.ClientError("x"), "connection failed: clienterror"),
    (ValueError("newline in a header"), "connection failed: valueerror"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "reason"), ERRORS, ids=[reason for _, reason in ERRORS])
def test_foreign_errors_become_ours(error: Exception, reason: str) -> None:
    assert isinstance(error, FOREIGN)
    ours = translate(error)
    assert (ours.reason, ours.passing, ours.status) == (reason, True, 0)


@pytest.mark.parametrize("error", [httpx.InvalidURL("x"), httpx.UnsupportedProtocol("x"), aiohttp.InvalidURL("x")])
def test_a_bad_address_stays_bad(error: Exception) -> None:
    ours = translate(error)
    assert (ours.reason, ours.passing) == ("not an address", False)


def test_an_error_raised_while_another_was_dealt_with_keeps_its_cause() -> None:
    error = httpx.ReadError("x")
    error.__context__ = os_error(errno.ECONNRESET)
    assert translate(error).reason == "connection reset"


@pytest.mark.parametrize(
    ("status", "reason", "passing"),
    [
        (404, "HTTP 404 Not Found", False),
        (410, "HTTP 410 Gone", False),
        (401, "HTTP 401 Unauthorized", False),
        (403, "HTTP 403 Forbidden", False),
        (451, "HTTP 451 Unavailable For Legal Reasons", False),
        (418, "HTTP 418 I'm a Teapot", False),
        (499, "HTTP 499", False),
        (408, "HTTP 408 Request Timeout", True),
        (425, "HTTP 425 Too Early", True),
        (429, "HTTP 429 Too Many Requests", True),
        (500, "HTTP 500 Internal Server Error", True),
        (503, "HTTP 503 Service Unavailable", True),
        (599, "HTTP 599", True),
        (202, "HTTP 202 Accepted", True),
        (204, "HTTP 204 No Content", True),
        (300, "HTTP 300 Multiple Choices", False),
    ],
)
def test_statuses(status: int, reason: str, passing: bool) -> None:
    error = refuse_status(status, "", NOW)
    assert (error.reason, error.passing, error.status, error.retry_after) == (reason, passing, status, None)


def test_retry_after_counts_with_errors_only() -> None:
    assert refuse_status(503, "120", NOW).retry_after == timedelta(minutes=2)
    assert refuse_status(202, "120", NOW).retry_after is None


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 0 ", timedelta()),
        ("9" * 400, MAX_RETRY_AFTER),
        ("9" * 40, MAX_RETRY_AFTER),
        ("Sat, 20 Nov 2021 06:45:44 GMT", timedelta(minutes=2)),
        ("Saturday, 20-Nov-21 06:45:44 GMT", timedelta(minutes=2)),
        ("Sat, 20 Nov 2021 14:45:44 +0800", timedelta(minutes=2)),
        ("Sat, 20 Nov 2021 06:45:44 -0000", timedelta(minutes=2)),
        ("Sat, 20 Nov 2021 06:00:00 GMT", timedelta()),
        ("Sat, 20 Nov 2121 06:00:00 GMT", MAX_RETRY_AFTER),
        ("Sat, 20 Nov 9999999999999999 06:00:00 GMT", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("１２", None),
    ],
)
def test_retry_after(text: str, wait: timedelta | None) -> None:
    assert parse_retry_after(text, NOW) == wait
    assert parse_retry_after(text, NOW.astimezone(timezone(timedelta(hours=8)))) == wait
