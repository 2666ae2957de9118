"""The routes of the web face, its login, and its answers to what went wrong."""

from __future__ import annotations

import logging

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from ..errors import ArchiveError, StateError
from . import sessions
from .answers import answer, keep_cookie, mark, style
from .desk import Desk
from .guard import SESSION, Guard, inner
from .outlets import Programs
from .pages import People

log = logging.getLogger(__name__)

#: What is said where there is nothing better to say.
WORDS = {
    400: "This is no request that can be understood.",
    403: "This is not allowed.",
    404: "There is nothing here.",
    405: "This is not done here.",
    413: "This is too large.",
}


def make_app(desk: Desk) -> ASGIApp:
    """Return the web face over a desk."""
    people, programs = People(desk), Programs(desk)
    door: list[Guard] = []

    async def sheet(request: Request) -> Response:
        return answer(request, style(), "text/css; charset=utf-8", cache_control="public, max-age=86400")

    async def icon(request: Request) -> Response:
        return answer(request, mark(), "image/svg+xml", cache_control="public, max-age=86400")

    async def login(request: Request) -> Response:
        return await _login(people, desk, door[0], request)

    async def logout(request: Request) -> Response:
        await people.form(request)
        response = RedirectResponse("/login", 303)
        response.delete_cookie(SESSION)
        return response

    async def robots(request: Request) -> Response:
        return PlainTextResponse("User-agent: *\nDisallow: /\n")

    async def wrong(request: Request, error: Exception) -> Response:
        return await _told(people, request, error)

    app = Starlette(
        routes=[
            Route("/", people.sources),
            Route("/order", people.order, methods=["POST"]),
            Route("/archive", people.archive),
            Route("/article/{path:path}", people.article),
            Route("/changes/{path:path}", people.changes),
            Route("/file/{path:path}", people.file),
            Route("/search", people.search),
            Route("/feed.xml", programs.feed_of_all),
            Route("/feed.json", programs.feed_of_all),
            Route("/feed/{name:path}", programs.feed),
            Route("/opml", programs.opml),
            Route("/healthz", programs.health),
            Route("/healthz/live", programs.alive),
            Route("/metrics", programs.metrics),
            Route("/login", login, methods=["GET", "POST"]),
            Route("/logout", logout, methods=["POST"]),
            Route("/robots.txt", robots),
            Route("/style.css", sheet),
            Route("/icon.svg", icon),
            Route("/favicon.ico", icon),  # browsers ask for it where no page names one: at our feeds and files
        ],
        exception_handlers={HTTPException: wrong, StateError: wrong, ArchiveError: wrong, Exception: _bug},
    )
    app.router.redirect_slashes = False
    door.append(Guard(app, lambda: desk.parts.config().serve, desk.now))
    return door[0]


async def _login(people: People, desk: Desk, door: Guard, request: Request) -> Response:
    """Show the form of the token, or heed it."""
    serve = desk.parts.config().serve
    onward = inner(request.query_params.get("next", "/"))
    if not serve.token:
        return RedirectResponse(onward, 303)
    if request.method != "POST":
        return await people.page(request, "login.html", onward=onward, fault="")
    fields = await people.form(request)
    refused = await door.judged(fields.get("token", ""), serve)
    if refused is not None:
        fault = "This is not the token." if refused.status_code == 401 else "Too many tries at once: wait a moment."
        return await people.page(request, "login.html", refused.status_code, onward=onward, fault=fault)
    response = RedirectResponse(inner(fields.get("next", "/")), 303)
    session = sessions.begin(serve.token, desk.now())
    keep_cookie(request, response, SESSION, session, lasts=sessions.LASTS)
    return response


async def _told(people: People, request: Request, error: Exception) -> Response:
    """Say what went wrong, as a page to people and as a line to programs."""
    status = error.status_code if isinstance(error, HTTPException) else 503
    text = error.detail if isinstance(error, HTTPException) else f"The archive cannot be read now: {error}"
    if status in WORDS and (not text or text == HTTPException(status).detail):
        text = WORDS[status]
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(f"{text}\n", status)
    return await people.page(request, "wrong.html", status, status=status, text=text)


async def _bug(request: Request, error: Exception) -> Response:
    """Say that it is our fault; the traceback goes to the log."""
    log.error("the web face failed at %s", request.url.path, exc_info=error)
    return PlainTextResponse("This is a fault of the crawler; its log says more.\n", 500)
