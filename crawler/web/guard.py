"""Who may ask what: the door before all pages, as an ASGI application about another.

Names it may be addressed by are checked where only this machine can reach it, as another site's name could be made to
lead here (DNS rebinding). With a token, everything but the style sheet, the login and `/healthz` wants it: as Bearer,
as the password of Basic (feed readers know no other way), or by the cookie of who logged in.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..model import Serve
from . import sessions

SESSION, VISITOR = "crawler_session", "crawler_visitor"
#: What anybody may ask for.
OPEN = ("/login", "/healthz", "/healthz/live", "/style.css", "/icon.svg", "/favicon.ico")
#: Names of this machine, which nobody else can have (RFC 6761 §6.3).
LOCAL = re.compile(r"localhost|[a-z0-9-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\]")
#: Seconds that a wrong token is thought over, and how many at once; beyond, no token is looked at. So 40 a second can
#: be tried at most, for which a token of 8 characters is long enough.
THOUGHT_S, THOUGHTS = 0.5, 20
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'{images}; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY.format(images=""),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # "no-referrer" would take the Origin of our own forms away
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-cache, private",
    "server": "crawler",
}


class Guard:
    """The door.

    Args:
        app: the pages.
        serve: gives what is configured now.
        now: gives the time.
    """

    def __init__(self, app: ASGIApp, serve: Callable[[], Serve], now: Callable[[], datetime]) -> None:
        self._app = app
        self._serve = serve
        self._now = now
        self._thoughts = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = await self._refusal(Request(scope))
        await (answer or self._app)(scope, receive, dressed)

    async def _refusal(self, request: Request) -> Response | None:
        serve = self._serve()
        if not is_known(request.headers.get("host", ""), serve):
            return PlainTextResponse("This is not the name of this place; see `hosts` under `serve`.\n", 421)
        if request.method not in ("GET", "HEAD", "POST"):
            return PlainTextResponse("Only GET, HEAD and POST are understood.\n", 405, {"allow": "GET, HEAD, POST"})
        request.scope["crawler.is_in"] = not serve.token
        request.scope["crawler.by_header"] = False
        return await self._of_token(request, serve) if serve.token else None

    async def _of_token(self, request: Request, serve: Serve) -> Response | None:
        shown = sessions.shown_token(request.headers.get("authorization", ""))
        if shown:
            if (late := await self.judged(shown, serve)) is not None:
                return late
            request.scope["crawler.is_in"] = True
            request.scope["crawler.by_header"] = request.headers["authorization"][:7].lower() == "bearer "
            return None
        if sessions.is_open(request.cookies.get(SESSION, ""), serve.token, self._now()):
            request.scope["crawler.is_in"] = True
            return None
        if request.url.path in OPEN:
            return None
        if request.method != "POST" and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(f"/login?next={quote(here(request), safe='')}", 303)
        return unknown()

    async def judged(self, shown: str, serve: Serve) -> Response | None:
        """Return the answer to a wrong token, after some thought; None for the right one."""
        if self._thoughts >= THOUGHTS:
            return PlainTextResponse("Too many wrong tokens at once.\n", 429, {"retry-after": "1"})
        if sessions.is_token(shown, serve.token):
            return None
        self._thoughts += 1
        try:
            await asyncio.sleep(THOUGHT_S)
        finally:
            self._thoughts -= 1
        return unknown()


def unknown() -> Response:
    """Return the answer to who shows no token, or a wrong one."""
    ways = 'Basic realm="crawler", charset="UTF-8", Bearer realm="crawler"'
    return PlainTextResponse("This needs the token.\n", 401, {"www-authenticate": ways})


def is_known(host: str, serve: Serve) -> bool:
    """Tell whether a request's Host is a name of ours."""
    name = _without_port(host.lower())
    if serve.hosts:
        return name in serve.hosts or (serve.is_local and LOCAL.fullmatch(name) is not None)
    return name != "" and (not serve.is_local or LOCAL.fullmatch(name) is not None)


def _without_port(host: str) -> str:
    found = re.fullmatch(r"(\[[0-9a-f:.]+\]|[^:\[\]/@?#\s]+)(?::\d{1,5})?", host)
    return found[1] if found else ""


def here(request: Request) -> str:
    """Return the path and the query of a request."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def inner(path: str) -> str:
    """Return a path to go on to that lies here; "/" for any other (two slashes lead elsewhere)."""
    return path if re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", path) else "/"


def is_own_form(headers: Headers) -> bool:
    """Tell whether a form was sent from a page of ours, as far as the browser says so."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None:
        try:
            if urlsplit(origin).netloc != headers.get("host", ""):
                return False
        except ValueError:
            return False
    return site in (None, "same-origin", "none")
