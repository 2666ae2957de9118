"""The parts of a simulated worker: a web, parsers, an archive, a database thread that cost simulated time.

All else is the crawler's: its state, slices, politeness, scheduler. Each part satisfies the same Protocol as the real.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, ParamSpec, TypeVar

from bench.simulate_costs import FOUND, PER_HOST, POLLS, TAKE_HOST, WRITE, Costs, Work, work_of
from bench.simulate_load import Database, Server
from bench.simulate_meter import Meter
from bench.simulate_seen import Seen
from bench.simulate_world import Site
from bench.soak_clock import EPOCH
from crawler import urls
from crawler.enumerators import Reading
from crawler.errors import FetchError, PathTaken
from crawler.fetcher import Politeness, Request
from crawler.memory import PollOutcome
from crawler.model import Article, Draft, Entry, Failure, Listing, Onward, Page, Post, Source
from crawler.past import Found
from crawler.slices import Threads
from crawler.sources.proposing import Proposal
from crawler.workers import Task

P = ParamSpec("P")
T = TypeVar("T")

#: Entries in a feed.
ENTRIES = 20


@dataclass(slots=True)
class Common:
    """What the workers of a simulation share."""

    there: dict[str, Site]  #: by host
    costs: Costs
    database: Database
    meter: Meter
    hosts: int  #: of a shard, on average
    rng: Random
    seen: Seen = field(default_factory=Seen)
    planned: dict[bytes, datetime | None] = field(default_factory=dict)  #: polls, by key of the source
    left: dict[str, int] = field(default_factory=dict)  #: of the past, by host

    def now(self) -> float:
        """Return the simulated seconds."""
        return asyncio.get_running_loop().time()


class SlowThreads(Threads):
    """A worker's database thread: one call after another, each of which takes its time; files take none."""

    def __init__(self, common: Common) -> None:
        self._common = common
        self._turn = asyncio.Lock()

    def __exit__(self, *_: object) -> None:
        """There are no threads to end."""

    async def database(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._turn:
            name = getattr(call, "__name__", "")
            result = self._common.meter.call(call, *args, **kwargs)
            hosts, sources = self._common.hosts, len(self._common.there)
            work = _finding(args[1], hosts) if name == "found_due" else work_of(name, hosts, sources)
            if name == "take":
                work += _taking(result, kwargs.get("busy_hosts", frozenset()))
            if name == "record":
                work += WRITE * len(args[0])  # type: ignore[arg-type]
            self._note(name, args)
            await asyncio.sleep(self._common.database.work(self._common.now(), work))
            return result

    async def files(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return call(*args, **kwargs)

    def _note(self, name: str, args: tuple[Any, ...]) -> None:
        """Note when polls are due next, and what is asked how often."""
        if name == "found_due":
            self._common.seen.asks += args[1].articles > 0
        if name == "record":
            self._common.seen.writes += len(args[0])
        if name in ("admit", "remember_polls"):
            outcomes: tuple[PollOutcome, ...] = args[0] if name == "remember_polls" else args[:1]
            self._common.planned.update({one.key: one.state.next_poll for one in outcomes})


def _finding(ask: Any, hosts: int) -> Work:
    """Return what it costs to find what is due; where there is no room for articles, of polls alone."""
    return FOUND + PER_HOST["due_articles"] * hosts if ask.articles else POLLS


def _taking(jobs: Any, busy: Any) -> Work:
    """Return what it cost besides to take these jobs of a backlog."""
    return TAKE_HOST * len({job.host for job in jobs})


class Web:
    """A `Fetcher` of the sites, which takes turns at hosts as the real one does."""

    def __init__(self, common: Common, politeness: Politeness, processors: Server) -> None:
        self._common, self._politeness, self._processors = common, politeness, processors

    async def get(self, request: Request) -> Page:
        site = self._common.there[urls.host(request.url)]
        async with self._politeness.turn(site.name):
            self._common.seen.requests += 1
            if request.kind == "feed":
                self._note_lag(request, site)
            await asyncio.sleep(site.answer_s)
        if self._common.rng.random() < site.failing:
            self._common.seen.failed += request.kind != "feed"
            raise FetchError("it took too long", passing=True)
        return self._page(request, site)

    def _note_lag(self, request: Request, site: Site) -> None:
        due = self._common.planned.get(urls.key(request.url))
        if due is not None:
            lag = self._common.now() - (due - EPOCH).total_seconds()
            has_past = self._common.left[site.name] > 0
            self._common.seen.polled(lag, is_realtime=site.is_realtime, has_past=has_past)

    def _page(self, request: Request, site: Site) -> Page:
        now = self._common.now()
        tag = f'"{site.published(now)}"'
        status = 304 if request.kind == "feed" and request.validators.etag == tag else 200
        if status == 304:
            self._common.seen.unchanged += 1
        if request.kind == "feed":
            self._processors.serve(now, self._common.costs.poll_s)  # of the shell, which waits for no other work
        body = b"" if status == 304 else f"{request.url} {tag}".encode()
        at = EPOCH + timedelta(seconds=now)
        return Page(request.url, request.url, status, (("etag", tag),), body, at)


class SlowParsers:
    """`Parsers` that take their time, and make things up."""

    def __init__(self, common: Common, processors: Server, worker: int) -> None:
        self._common, self._processors, self._worker = common, processors, worker

    async def _work(self, seconds: float) -> None:
        now = self._common.now()
        await asyncio.sleep(self._processors.serve(now, seconds) - now)

    async def listing(self, source: Source, page: Page) -> Listing | Failure:
        await self._work(self._common.costs.listing_s)
        count, base = int(page.header("etag").strip('"')), source.url.removesuffix("feed")
        numbers = range(max(0, count - ENTRIES), count)
        return Listing(tuple(Entry(url=f"{base}new/{n}", title=f"{source.name} {n}") for n in numbers))

    async def draft(self, task: Task) -> Draft | Onward | Failure:
        await self._work(self._common.costs.article_s)
        host, now = urls.host(task.url), self._common.now()
        self._common.seen.filed(now, host, self._worker)
        self._common.left[host] -= "/old/" in task.url
        path = urls.place(task.url).strip("/").replace("/", "-")
        at = EPOCH - timedelta(days=1)
        article = Article(task.url, task.url, "", at, at, "", "page", "")
        return Draft(article, Post(f"{host}-{path}.md", task.url.encode() * 2))

    async def index(self, reading: Reading, page: Page) -> Found | Failure:
        return Found()

    async def links(self, page: Page) -> tuple[str, ...] | Failure:
        return ()

    async def lists(self, page: Page) -> Proposal | Failure | None:
        return None


class Shelf:
    """An `Archive` that forgets texts and knows paths."""

    def __init__(self) -> None:
        self._paths: set[str] = set()

    def put(self, path: str, data: bytes, *, over: bytes | None = None) -> None:
        if path in self._paths:
            raise PathTaken(path)
        self._paths.add(path)

    def read(self, path: str) -> bytes | None:
        return b"" if path in self._paths else None

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"an archive of a simulation has no {name}")
