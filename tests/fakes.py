"""The parts of a run, faked where they are slow or far away: a web in a dict, parsers in this process.

State and archive are real, in memory and in a temporary folder; the clock is set by hand. `World` puts them together
and outlives passes, as a machine does; a pass has its own event loop, threads and politeness, as a process has.
"""

from __future__ import annotations

import asyncio
import email.utils
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from random import Random
from typing import Any, Self

from crawler import urls
from crawler.archive import FolderArchive, facts
from crawler.enumerators import Reading
from crawler.errors import FetchError
from crawler.fetcher import Politeness, Request
from crawler.fetcher.faults import refuse_status
from crawler.fetcher.web import DEFAULT_SILENCE, REDIRECTS, SILENCING
from crawler.memory import Known, SourceState
from crawler.model import Draft, Failure, Listing, Onward, Page, Source, Tally, Validators
from crawler.past import ALWAYS, METHODS, Asked, Backfill, Found, Method
from crawler.reports import FailureReport
from crawler.slices import Pass, Shop, Threads, Want, tick
from crawler.slices.backfill import begin
from crawler.sources.proposing import Proposal
from crawler.state import State
from crawler.state.opening import open_state
from crawler.workers import Task, at_the_door, find_links, find_list, make_draft, parse_listing, read_index
from tests.clock import START, FakeClock
from tests.machine import Machine
from tests.once import once
from tests.webserver import Handler, Line, WebServer

# --- what stands on the web ---


def paragraphs(n: int) -> tuple[str, ...]:
    """Return the text of story n: long enough to be believed, from a feed too."""
    return (
        f"The ferry of harbour {n} left at dawn, and nobody on the quay had expected it to leave before the tide turned.",
        f"Its captain said later that the wind of day {n} had left her no choice, and that the crew agreed with her.",
        f"The office of the port counted {n} letters of complaint that week, most of them about the missing breakfast.",
    )


def prose(n: int) -> str:
    return "".join(f"<p>{text}</p>" for text in paragraphs(n))


def article(n: int, *, head: str = "", title: str = "") -> str:
    """Return the page of story n."""
    name = escape(title or f"Story {n}")
    return (
        f"<!doctype html><html><head><title>{name} - Example</title>{head}</head><body><nav><a href='/'>Home</a></nav>"
        f"<article><h1>{name}</h1>{prose(n)}</article><footer>Printed on paper</footer></body></html>"
    )


def canonical(url: str) -> str:
    return f'<link rel="canonical" href="{url}">'


def entry(
    link: str,
    title: str,
    text: str = "A summary.",
    *,
    date: datetime | None = START - timedelta(hours=1),
    guid: str = "",
) -> str:
    """Return an item of an RSS feed."""
    parts = {
        "title": escape(title),
        "link": escape(link),
        "guid": escape(guid),
        "pubDate": email.utils.format_datetime(date) if date else "",
        "description": escape(text),
    }
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in parts.items() if value) + "</item>"


def stories(host: str, *numbers: int, text: str = "A summary.") -> list[str]:
    """Return the entries of some stories of a host, each an hour older than the one before."""
    dates = [START - timedelta(hours=1 + i) for i in range(len(numbers))]
    return [entry(f"{host}/{n}", f"Story {n}", text, date=d) for n, d in zip(numbers, dates, strict=True)]


def rss(*items: str, title: str = "Example", head: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>{escape(title)}</title><link>http://example.org/</link>{head}{''.join(items)}</channel></rss>"
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server says."""

    body: str | bytes = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


def answer(body: str | bytes = "", status: int = 200, **headers: str) -> Answer:
    """Return an answer; underscores in header names stand for hyphens."""
    return Answer(body, status, {name.replace("_", "-").lower(): value for name, value in headers.items()})


Reply = str | Answer | FetchError | Callable[[], Awaitable[Answer]]


@dataclass(slots=True)
class FakeWeb:
    """A `Fetcher` over a dict of replies, which the test may change; it takes turns at hosts as the real one does.

    Who sends the ETag of the answer gets a 304. Unknown addresses are 404.
    """

    pages: dict[str, Reply]
    clock: FakeClock
    hosts: Politeness
    asked: list[Request] = field(default_factory=list)
    machine: Machine | None = None  #: a web archive; the only one here who redirects

    async def get(self, request: Request) -> Page:
        url = request.url
        while True:
            if request.permit is not None:
                await request.permit(url)
            async with self.hosts.turn(urls.host(url)):
                self.asked.append(replace(request, url=url))
                reply = await self._reply(url)
                if reply.status not in REDIRECTS or "location" not in reply.headers:
                    page = self._page(request, reply)
                    return replace(page, final_url=url) if url != request.url else page
                url = reply.headers["location"]

    async def _reply(self, url: str) -> Answer:
        if self.machine and url.startswith(f"{self.machine.base}/"):
            said = self.machine.say(url.removeprefix(self.machine.base))
            return Answer(said.body, said.status, {name.lower(): value for name, value in said.headers.items()})
        reply = self.pages.get(url, Answer(status=404))
        if callable(reply):
            reply = await reply()
        if isinstance(reply, FetchError):
            raise reply
        return reply if isinstance(reply, Answer) else Answer(reply)

    def _page(self, request: Request, reply: Answer) -> Page:
        etag = reply.headers.get("etag", "")
        same = etag != "" and request.validators.etag == etag
        if reply.status not in (200, 304) and request.is_copy and "memento-datetime" in reply.headers:
            raise FetchError(f"captured with HTTP {reply.status}", passing=False, status=reply.status)
        if reply.status not in (200, 304):
            error = refuse_status(reply.status, reply.headers.get("retry-after", ""), self.clock.now())
            lone = reply.status == 503 and request.scope == "address" and error.retry_after is None
            if reply.status in SILENCING and not lone:
                wait = error.retry_after or DEFAULT_SILENCE
                self.hosts.silence(urls.host(request.url), self.clock.now() + wait)
            raise error
        return Page(
            url=request.url,
            final_url=request.url,
            status=304 if same else reply.status,
            headers=tuple(reply.headers.items()),
            body=b"" if same else reply.data,
            fetched=self.clock.now(),
        )


class InProcess:
    """`Parsers` without processes; counts what it parsed. Stands in for `Workers`, hence a context manager."""

    def __init__(self) -> None:
        self.listings = 0
        self.drafts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    async def listing(self, source: Source, page: Page) -> Listing | Failure:
        self.listings += 1
        return once(parse_listing, source, page)

    async def draft(self, task: Task) -> Draft | Onward | Failure:
        self.drafts += 1
        return once(make_draft, task)

    async def links(self, page: Page) -> tuple[str, ...] | Failure:
        return at_the_door(find_links, page)

    async def lists(self, page: Page) -> Proposal | Failure | None:
        return at_the_door(find_list, page)

    async def index(self, reading: Reading, page: Page) -> Found | Failure:
        return at_the_door(read_index, reading, page)


# --- a machine ---

FEED = "http://a.example/feed"
A = Source("Harbour", FEED, tags=("Harbour",), every=timedelta(minutes=15))


class World:
    """A machine with its archive and state, on which passes are run one after another.

    Args:
        folder: of the archive.
        pages: what stands on the web; may be changed between passes.
        sources: of the configuration.
        state: kept between passes; a fresh one in memory by default.
        shop: further fields of `Shop`.
    """

    def __init__(
        self, folder: Path, pages: Mapping[str, Reply], *sources: Source, state: State | None = None, **shop: Any
    ) -> None:
        self.pages = dict(pages)
        self.sources = sources or (A,)
        self.clock = FakeClock()
        self.state: State = state or open_state("sqlite://")
        self.archive: Any = FolderArchive(folder)
        self.revisions: Any = FolderArchive(folder / ".revisions")
        self.parsers = InProcess()
        self.fields = shop
        self.asked: list[Request] = []
        self.machine: Machine | None = None

    @asynccontextmanager
    async def open(self, **fields: Any) -> AsyncIterator[Shop]:
        """Build the parts round the state and the archive."""
        politeness = Politeness(self.clock, timedelta())
        web = FakeWeb(self.pages, self.clock, politeness, self.asked, self.machine)
        parts: dict[str, Any] = {
            "sources": {source.url: source for source in self.sources},
            "rsshub": (),
            "state": self.state,
            "archive": self.archive,
            "revisions": self.revisions,
            "fetcher": web,
            "permit": anything,
            "politeness": politeness,
            "parsers": self.parsers,
            "clock": self.clock,
            "rng": Random(1),
            "wayback": self.machine.base if self.machine else "",
        }
        with Threads() as threads:
            yield Shop(**parts | {"threads": threads} | self.fields | fields)

    def work(self, job: Callable[[Shop], Awaitable[Any]], **fields: Any) -> Any:
        """Do something with an open shop, in an event loop of its own."""

        async def at_work() -> Any:
            async with self.open(**fields) as shop:
                return await job(shop)

        return asyncio.run(at_work())

    def run(self, *, force: bool = False, limit: int | None = None, **fields: Any) -> Tally:
        """Make one pass, as `crawler run` does."""
        from crawler.engine.local import run_once

        self.asked.clear()
        tally = self.work(lambda shop: run_once(shop, Want(force=force, limit=limit)), **fields)
        assert isinstance(tally, Tally)
        return tally

    def past(
        self, *methods: Method, source: Source = A, limit: int | None = None, **more: Any
    ) -> tuple[Tally, Backfill]:
        """Work a backfill of a source to its end, as `crawler backfill` does; `window` is the times wanted."""
        from crawler.engine.past import run_past

        self.asked.clear()
        asked = Asked(methods or METHODS, more.pop("window", ALWAYS))

        async def at_work(shop: Shop) -> tuple[Tally, Backfill]:
            await tick(shop)
            backfill = await begin(shop, shop.sources[source.url], asked)
            tally = await run_past(shop, Want(limit=limit, backfills=(backfill.id,), polls=False))
            return tally, shop.state.backfills.get(backfill.id)

        done: tuple[Tally, Backfill] = self.work(at_work, **more)
        return done

    def later(self, **time: float) -> Self:
        """Let time pass."""
        self.clock.advance(timedelta(**time))
        return self

    @property
    def targets(self) -> list[str]:
        """Return what the last pass asked for."""
        return [request.url for request in self.asked]

    @property
    def posts(self) -> dict[str, str]:
        """Return the posts: path → `from`."""
        found = {path: facts(self.archive.read(path)) for path in self.archive.list()}
        return {path: known.url if known else "" for path, known in found.items()}

    @property
    def froms(self) -> list[str]:
        """Return the addresses of the posts, one for each file."""
        return sorted(self.posts.values())

    def known(self, url: str) -> Known | None:
        return self.state.known((urls.key(url),)).get(urls.key(url))

    def memory(self, source: Source = A) -> SourceState:
        return self.state.source_state(source.url)

    def failures(self) -> dict[str, FailureReport]:
        return {failure.url: failure for failure in self.state.failures(99)}


async def anything(url: str) -> None:
    """Permit every page."""


def sent(request: Request) -> Validators:
    return request.validators


def one_pass(**want: Any) -> Pass:
    return Pass(Want(**want))


# --- a web server beside the test ---


@contextmanager
def served(routes: Mapping[str, Handler]) -> Iterator[WebServer]:
    """Serve handlers from a thread of its own, for commands that bring their own event loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def there(job: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(job, loop).result(30)

    server = WebServer(routes)
    there(server.__aenter__())
    try:
        yield server
    finally:
        there(server.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def says(body: str | bytes = "", status: int = 200, **headers: str) -> Handler:
    """Return a handler that always gives this answer, and a 304 to who sends its ETag."""

    async def handler(line: Line) -> None:
        etag = headers.get("ETag")
        data = body.encode() if isinstance(body, str) else body
        if etag and line.seen.header("If-None-Match") == etag.encode():
            await line.answer(304, b"", **headers)
        else:
            await line.answer(status, data, **headers)

    return handler


def texts(folder: Path, pattern: str = "**/*.md") -> Sequence[str]:
    return [path.read_text() for path in sorted(folder.glob(pattern))]


def everything(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, hidden ones too, byte for byte."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
