"""The pages for people: sources, archive, an article and its changes, search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from .. import metrics
from ..assets import TYPES, is_asset, kind_of
from ..errors import CrawlerError
from ..model import Source
from ..reports import SourceReport
from ..state import Shelved
from . import asking, sessions
from .answers import HTML, answer, keep_cookie, render, visitor_of
from .asking import PAGE, Pages
from .bodies import Reading, as_html, picture
from .charts import DAYS, bars, last_days
from .desk import Desk, Found
from .diffs import Line, compare, paragraphs
from .guard import HEADERS, POLICY, VISITOR, is_own_form
from .orders import ORDERS, carry_out, mark_of, source_of

#: Sources a page; failures and days of a list that are shown.
SOURCES, FAILURES = 100, 100
#: Kinds of source that a person may want to see alone.
VIEWS = ("all", "unwell", "paused")


@dataclass(frozen=True, slots=True)
class Row:
    """A source on the page of sources."""

    source: SourceReport
    mark: str  #: by which forms name it
    chart: str  #: SVG
    month: int  #: articles in the days of the chart

    @property
    def health(self) -> str:
        """Return how it fares, in one word."""
        return "paused" if self.source.paused else self.source.health


@dataclass(frozen=True, slots=True)
class Change:
    """What changed from one text of an article to the next."""

    until: datetime  #: when the later one took its place
    since: datetime  #: when the earlier one was filed
    title: tuple[str, str] | None  #: where that changed
    lines: tuple[Line, ...]


class People:
    """Handlers of the pages.

    Args:
        desk: reads for them.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # --- what all pages share ---

    async def page(self, request: Request, template: str, code: int = 200, /, **values: Any) -> Response:
        """Fill a template with what all pages show and some values of its own, and answer with it."""
        serve, visitor, csp = self._desk.parts.config().serve, visitor_of(request), values.pop("csp", "")
        shared = {
            "now": self._desk.now(),
            "path": request.url.path,
            "is_in": request.scope.get("crawler.is_in", False),
            "has_token": bool(serve.token),
            "has_metrics": metrics.is_there(),
            "has_search": self._desk.parts.search is not None,
            "may_order": self.may_order(request),
            "form_mark": sessions.mark(self._desk.parts.secret, visitor),
        }
        body = await self._desk.work(render, template, **shared | values)
        headers = {"content_security_policy": csp} if csp else {}
        response = answer(request, body, HTML, code, vary="Cookie, Authorization", **headers)
        if request.cookies.get(VISITOR) != visitor:
            keep_cookie(request, response, VISITOR, visitor)
        return response

    def may_order(self, request: Request) -> bool:
        """Tell whether who asks may change something."""
        serve = self._desk.parts.config().serve
        return bool(request.scope.get("crawler.is_in")) and (serve.admin or bool(serve.token))

    async def form(self, request: Request) -> dict[str, str]:
        """Return the fields of a form of ours.

        Raises:
            HTTPException: it is too large, or none that we sent to this browser.
        """
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > asking.LARGEST_FORM:
                raise HTTPException(413)
        fields = asking.form(body)
        if request.scope.get("crawler.by_header"):  # no browser adds a Bearer token by itself
            return fields
        visitor = request.cookies.get(VISITOR, "")
        if not is_own_form(request.headers) or not sessions.is_ours(
            fields.get("mark", ""), self._desk.parts.secret, visitor
        ):
            raise HTTPException(403, "This form did not come from here, or is too old: go back and load the page anew.")
        return fields

    # --- sources ---

    async def sources(self, request: Request) -> Response:
        """Show how each source fares."""
        query = request.query_params
        view = query.get("view", "all") if query.get("view") in VIEWS else "all"
        report = await self._desk.report(is_whole=True)
        config, today = self._desk.parts.config(), self._desk.now().date()
        since = self._desk.now() - timedelta(days=DAYS)
        counts = await self._desk.state(lambda state: state.shelf.daily(since))
        shown = [(s, r) for s, r in zip(config.sources, report.sources, strict=False) if _is_wanted(r, view)]
        pages = Pages(asking.number(query.get("page", "")), len(shown), SOURCES)
        rows = [_row(s, r, counts.get(s.url, {}), today) for s, r in shown[pages.offset : pages.offset + SOURCES]]
        all_days = last_days(_summed(counts.values()), today)
        return await self.page(
            request,
            "sources.html",
            rows=rows,
            view=view,
            pages=pages,
            report=report,
            sick=sum(source.is_sick for source in report.sources),
            paused=sum(source.paused is not None for source in report.sources),
            chart=bars(all_days, "all sources"),
            days=(all_days[0][0], all_days[-1][0]),
            month=sum(count for _, count in all_days),
            failures=report.failures[:FAILURES],
            done=_told(config.sources, query.get("did", ""), query.get("of", "")),
        )

    async def order(self, request: Request) -> Response:
        """Carry out what a form of the page of sources orders."""
        if not self.may_order(request):
            raise HTTPException(403, "Orders need `admin: true` or a token under `serve` of the configuration.")
        fields = await self.form(request)
        source = source_of(self._desk.parts.config().sources, fields.get("source", ""))
        order = fields.get("order", "")
        if source is None or order not in ORDERS:
            raise HTTPException(400, "There is no such source, or no such order.")
        try:
            await carry_out(self._desk.parts.shop, order, source)
        except KeyError:  # configured a moment ago, and not looked at yet
            raise HTTPException(409, "This source is new, and known in a minute.") from None
        self._desk.forget()
        return RedirectResponse(asking.address("/", did=order, of=mark_of(source)) + f"#s{mark_of(source)}", 303)

    # --- archive ---

    async def archive(self, request: Request) -> Response:
        """List what was filed, the last one first."""
        query = request.query_params
        name, day = asking.word(query, "source"), asking.day(query.get("day", ""))
        since, until = asking.span(day)
        total = await self._desk.state(lambda state: state.shelf.count(name=name, since=since, until=until))
        pages = Pages(asking.number(query.get("page", "")), total)
        rows = await self._desk.state(
            lambda state: state.shelf.posts(PAGE, name=name, since=since, until=until, offset=pages.offset)
        )
        found = await self._desk.work(self._desk.fill, rows)
        return await self.page(
            request,
            "archive.html",
            days=_by_day(found),
            name=name,
            day=day,
            before=day - timedelta(days=1) if day and day > date(1970, 1, 1) else None,
            after=day + timedelta(days=1) if day and day < self._desk.now().date() else None,
            names=self._names(),
            pages=pages,
        )

    def _names(self) -> list[str]:
        return list(dict.fromkeys(source.name for source in self._desk.parts.config().sources))

    async def article(self, request: Request) -> Response:
        """Show a post."""
        path = request.path_params["path"]
        reading, row = await self._post(path)
        serve = self._desk.parts.config().serve
        shows = serve.images or request.query_params.get("pictures") == "1"
        body = await self._desk.work(as_html, reading, path, images=shows)
        revisions = await self._desk.work(self._desk.revisions, path)
        return await self.page(
            request,
            "article.html",
            reading=reading,
            row=row,
            post=path,
            body=body,
            revisions=len(revisions),
            shows=shows,
            has_hidden='class="picture"' in body,
            csp=POLICY.format(images=" https: http:") if shows else "",
        )

    async def _post(self, path: str) -> tuple[Reading, Shelved | None]:
        found = await self._desk.work(self._desk.find, path)
        if found is None:
            raise HTTPException(404, "There is no such post in the archive.")
        return found[1], await self._desk.state(lambda state: state.shelf.at(path))

    async def changes(self, request: Request) -> Response:
        """Show how an article changed since it was filed."""
        path = request.path_params["path"]
        reading, row = await self._post(path)
        earlier = await self._desk.work(self._desk.revisions, path)
        latest = row.revised if row and row.revised else self._desk.now()
        texts = [(latest, reading), *((one.since, one.reading) for one in earlier)]
        found = await self._desk.work(_compared, texts)
        return await self.page(request, "changes.html", reading=reading, post=path, changes=found)

    async def file(self, request: Request) -> Response:
        """Give out a picture that lies in the archive."""
        path = request.path_params["path"]
        kind = picture(path)
        data = await self._desk.work(self._desk.picture, path) if kind else None
        if data is not None and is_asset(path):
            kind = TYPES.get(kind_of(data), "")  # what its bytes say, whatever it is called
        if data is None or not kind:
            raise HTTPException(404, "There is no such picture in the archive.")
        policy = HEADERS["content-security-policy"] + "; sandbox"  # an SVG may be opened by itself
        return answer(request, data, kind, content_security_policy=policy)

    # --- search ---

    async def search(self, request: Request) -> Response:
        """Search the archive, where somebody can."""
        search = self._desk.parts.search
        if search is None:
            raise HTTPException(404)
        query = request.query_params
        words, name = asking.word(query, "q"), asking.word(query, "source")
        first, last = asking.day(query.get("since", "")), asking.day(query.get("until", ""))
        since, until = asking.span(first)[0], asking.span(last)[1]
        number, found, fault = asking.number(query.get("page", "")), None, ""
        if words:
            try:
                offset = (number - 1) * PAGE
                found = await self._desk.work(search, words, name, since, until, PAGE, offset)
            except CrawlerError as e:
                fault = str(e)
        pages = Pages(number, found.total if found else 0)
        asked: dict[str, Any] = {"q": words, "source": name, "since": first or "", "until": last or ""}
        return await self.page(
            request, "search.html", found=found, fault=fault, pages=pages, names=self._names(), **asked
        )


def place_of(path: str) -> str:
    """Return the address of the page of a post."""
    return f"/article/{quote(path)}"


def _is_wanted(source: SourceReport, view: str) -> bool:
    return view == "all" or (source.is_sick if view == "unwell" else source.paused is not None)


def _row(source: Source, report: SourceReport, counts: Any, today: date) -> Row:
    days = last_days(counts, today)
    return Row(report, mark_of(source), bars(days, report.name), sum(count for _, count in days))


def _summed(counts: Any) -> dict[date, int]:
    total: dict[date, int] = {}
    for one in counts:
        for day, count in one.items():
            total[day] = total.get(day, 0) + count
    return total


def _told(sources: tuple[Source, ...], order: str, mark: str) -> str:
    """Say what was done, as far as it is one of our own orders."""
    source = source_of(sources, mark) if order in ORDERS else None
    return f"{source.name} {ORDERS[order]}." if source else ""


def _by_day(found: tuple[Found, ...]) -> list[tuple[date, list[Found]]]:
    """Gather posts by the day on which they were filed."""
    days: dict[date, list[Found]] = {}
    for one in found:
        days.setdefault(one.row.filed.date(), []).append(one)
    return list(days.items())


def _compared(texts: list[tuple[datetime, Reading]]) -> tuple[Change, ...]:
    """Compare each text of an article with the one before it; the last one comes first, as given."""
    found = []
    for (until, after), (since, before) in pairwise(texts):
        pieces = [paragraphs(one.body, is_html=one.is_html) for one in (before, after)]
        title = (before.title, after.title) if before.title != after.title else None
        found.append(Change(until, since, title, compare(*pieces)))
    return tuple(found)
