"""Data → responses: templates filled, validators compared, the visitor's cookie set."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from .. import __version__
from ..wording import iso
from . import sessions
from .asking import address
from .guard import VISITOR

HTML = "text/html; charset=utf-8"
HERE = Path(__file__).parent
#: Units of time as people say them, the longest first, with the least number of seconds from which each is used.
UNITS = (("d", 86_400, 2 * 86_400), ("h", 3_600, 2 * 3_600), ("min", 60, 90), ("s", 1, 0))


@cache
def style() -> bytes:
    """Return the style sheet."""
    return (HERE / "style.css").read_bytes()


@cache
def mark() -> bytes:
    """Return the picture by which a browser marks our tab."""
    return (HERE / "icon.svg").read_bytes()


@cache
def templates() -> Environment:
    """Return the templates, which escape all that is put into them."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {"moment": moment, "iso": iso, "span": span, "segment": lambda text: quote(text, safe="")}
    made.globals |= {"address": address, "version": __version__, "style": hashlib.sha256(style()).hexdigest()[:12]}
    return made


def render(template: str, /, **values: Any) -> bytes:
    """Fill a template; may take a while."""
    return templates().get_template(template).render(**values).encode("utf-8", "replace")


def moment(when: datetime | None) -> str:
    """Write a time for people, in UTC."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M}" if when else "–"


def span(when: datetime, now: datetime) -> str:
    """Say how far away a time is: `5 min ago`, `in 2 h`, `now`."""
    seconds = (when - now) / timedelta(seconds=1)
    unit, size, _ = next(row for row in UNITS if abs(seconds) >= row[2])
    count = round(abs(seconds) / size)
    if count == 0:
        return "now"
    return f"in {count} {unit}" if seconds > 0 else f"{count} {unit} ago"


def answer(request: Request, body: bytes, kind: str, status: int = 200, **headers: str) -> Response:
    """Answer with a document, or tell that it has not changed (RFC 9110 §13.1.2).

    Args:
        request: that is answered.
        body: of the document.
        kind: its media type.
        status: of the answer; one that is no success is never called unchanged.
        headers: further ones, with `_` for `-`.
    """
    return tagged(request, tag_of(body), status, headers) or Response(
        body, status, {**_named(headers), "etag": tag_of(body)}, kind
    )


def tag_of(*parts: bytes) -> str:
    """Return a validator of what a document is made of."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(b"%d:" % len(part) + part)
    return f'"{digest.hexdigest()}"'


def tagged(request: Request, tag: str, status: int, headers: dict[str, str]) -> Response | None:
    """Return the answer to who has that document already; None for anybody else."""
    asked = re.findall(r'"[^"]*"', request.headers.get("if-none-match", "")[:4096])
    if status == 200 and (tag in asked or request.headers.get("if-none-match", "").strip() == "*"):
        return Response(status_code=304, headers={**_named(headers), "etag": tag})
    return None


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def visitor_of(request: Request) -> str:
    """Return the mark of the browser that asks, a new one if it has none."""
    known = request.cookies.get(VISITOR, "")
    return known if sessions.VISITOR.fullmatch(known) else secrets.token_hex(16)


def keep_cookie(request: Request, response: Response, name: str, value: str, *, lasts: timedelta | None = None) -> None:
    """Have the browser keep a cookie that no script and no other site can use."""
    response.set_cookie(
        name,
        value,
        max_age=None if lasts is None else int(lasts.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
