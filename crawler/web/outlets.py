"""What programs read: feeds, OPML, health, metrics."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from .. import __version__, metrics
from ..errors import CrawlerError
from ..model import Source
from ..subscriptions import to_opml
from . import asking, feeds
from .answers import answer, tag_of, tagged
from .bodies import as_html
from .desk import Desk, Found
from .feeds import ATOM, JSON, SIZE, Entry, Feed
from .pages import place_of
from .vitals import Vitals, vitals

#: Bytes of posts in one document; posts beyond are left to its archive pages' readers to ask for by themselves.
LARGEST = 20_000_000
ALL = "all sources"
OPML = "text/x-opml"


class Programs:
    """Handlers for programs.

    Args:
        desk: reads for them.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def feed(self, request: Request) -> Response:
        """Give out what a source brought, or all of them, as a feed."""
        name, dot, ending = request.path_params.get("name", "feed.xml").rpartition(".")
        if not dot or ending not in ("xml", "json"):
            raise HTTPException(404, "Feeds end in .xml (Atom) or .json (JSON Feed).")
        return await self._feed(request, name, ending)

    async def feed_of_all(self, request: Request) -> Response:
        """Give out all that was filed as a feed."""
        return await self._feed(request, "", request.url.path.rpartition(".")[2])

    async def _feed(self, request: Request, name: str, ending: str) -> Response:
        total = await self._desk.state(lambda state: state.shelf.count(name=name))
        full, asked = feeds.full_pages(total), request.query_params.get("page", "")
        number = asking.number(asked) if asked else 0
        is_known = not name or total or any(s.name == name for s in self._desk.parts.config().sources)
        if not is_known or number > full:
            raise HTTPException(404, "There is no such feed.")
        rows = await self._desk.state(
            lambda state: state.shelf.posts(
                SIZE, name=name, offset=(number - 1) * SIZE if number else 0, is_oldest_first=number > 0
            )
        )
        found = await self._desk.work(self._desk.fill, rows)
        base = str(request.base_url)
        facts = [repr((f.row.filed, f.row.revised, f.row.path)).encode() + f.digest for f in found]
        tag = tag_of(base.encode(), name.encode(), ending.encode(), b"%d %d" % (number, full), *facts)
        same = tagged(request, tag, 200, {})
        if same is not None:
            return same
        writer: Callable[[Feed], bytes] = feeds.atom if ending == "xml" else feeds.json_feed
        document = await self._desk.work(self._written, writer, base, name, ending, number, full, found)
        return Response(document, headers={"etag": tag}, media_type=ATOM if ending == "xml" else JSON)

    def _written(
        self,
        writer: Callable[[Feed], bytes],
        base: str,
        name: str,
        ending: str,
        number: int,
        full: int,
        found: tuple[Found, ...],
    ) -> bytes:
        """Write a document of a feed; `number` is that of its archive page, or 0 for the newest posts."""
        here = base + (f"feed/{quote(name, safe='')}.{ending}" if name else f"feed.{ending}")
        older = number - 1 if number else full
        feed = Feed(
            title=name or ALL,
            here=f"{here}?page={number}" if number else here,
            home=base.rstrip("/") + asking.address("/archive", source=name),
            entries=_entries(found, base),
            now=self._desk.now(),
            current=here if number else "",
            older=f"{here}?page={older}" if older else "",
            newer=f"{here}?page={number + 1}" if 0 < number < full else "",
            generator=f"crawler {__version__}",
        )
        return writer(feed)

    async def opml(self, request: Request) -> Response:
        """List the feeds that we give out."""
        base, names = str(request.base_url), [source.name for source in self._desk.parts.config().sources]
        listed = [
            Source(
                name,
                f"{base}feed/{quote(name, safe='')}.xml",
                opml=(f"htmlUrl={base.rstrip('/')}{asking.address('/archive', source=name)}",),
            )
            for name in dict.fromkeys(names)
        ]
        body = to_opml(listed, (), "crawler").text.encode()
        return answer(request, body, OPML, content_disposition='inline; filename="crawler.opml"')

    async def health(self, request: Request) -> Response:
        """Say whether the crawler and its sources are well: 200, or 503."""
        found = await self._vitals()
        return self._told(request, found, is_well=found.is_well)

    async def alive(self, request: Request) -> Response:
        """Say whether the crawler itself is well, whatever its sources do: for who would start it anew."""
        found = await self._vitals()
        return self._told(request, found, is_well=found.is_alive)

    async def _vitals(self) -> Vitals:
        now, beaten = self._desk.now(), self._desk.parts.pulse.beaten
        try:
            report = await self._desk.report(is_whole=False)
        except CrawlerError as e:
            return Vitals((str(e),), ())
        return vitals(report, beaten, now)

    def _told(self, request: Request, found: Vitals, *, is_well: bool) -> Response:
        """Answer; who shows no token where one is wanted gets no names."""
        said: dict[str, object] = {"status": "ok" if is_well else "unwell"}
        if request.scope.get("crawler.is_in"):
            said |= {"crawler": found.own, "sources": found.sources}
        else:
            said |= {"crawler": len(found.own), "sources": len(found.sources)}
        body = json.dumps(said, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"
        headers = {"cache-control": "no-store"}
        return Response(body, 200 if is_well else 503, headers, "application/json")

    async def metrics(self, request: Request) -> Response:
        """Give out what Prometheus reads."""
        if not metrics.is_there():
            return PlainTextResponse(f"/metrics {metrics.MISSING}\n", 501)
        report, pulse, now = await self._desk.report(is_whole=True), self._desk.parts.pulse, self._desk.now()
        text = await self._desk.work(metrics.text, report, pulse.tally, now, kind="serve", beaten=pulse.beaten)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _entries(found: tuple[Found, ...], base: str) -> tuple[Entry, ...]:
    """Return posts as entries of a feed, their texts made ready; beyond a size only their addresses are told."""
    entries, size = [], 0
    for one in found:
        reading, row = one.reading, one.row
        size += len(reading.body)
        text = as_html(reading, row.path, images=True, files=f"{base}file/") if size <= LARGEST else ""
        page = base.rstrip("/") + place_of(row.path)
        url, when = reading.url or page, row.revised or row.filed
        names = reading.names
        entries.append(Entry(url, page, reading.title, reading.author, reading.published, when, names, text))
    return tuple(entries)
