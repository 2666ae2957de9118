"""What a slice works with: the parts, built by `cli.shop`, handed down as one value.

Rule: no decisions here. The database is used from one thread only, files from a few (fsync waits there).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

from ..archive import Archive
from ..fetcher import Clock, Fetcher, Permit, Politeness
from ..memory import PollOutcome
from ..model import Source, Tally
from ..siterules import SiteRules
from ..state import State
from ..workers import Parsers
from .prints import Prints
from .rounds import Rounds

P = ParamSpec("P")
T = TypeVar("T")

#: Threads that write posts: with fsync 80 to 150 files a second one by one, 260 with eight (DESIGN §4).
FILE_THREADS = 8
#: How far the times of one article's pages lie apart; the next edition of a column comes an hour later at least.
NEAR = timedelta(minutes=30)


class Threads:
    """The one database thread and the few file threads. Use as `with`."""

    def __init__(self) -> None:
        self._database = ThreadPoolExecutor(1, "state")
        self._files = ThreadPoolExecutor(FILE_THREADS, "files")

    def __enter__(self) -> Threads:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.shutdown()
        self._database.shutdown()

    async def database(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a method of the state in its thread."""
        return await _in(self._database, call, *args, **kwargs)

    async def files(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a method of the archive in a thread."""
        return await _in(self._files, call, *args, **kwargs)


async def _in(pool: ThreadPoolExecutor, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, lambda: call(*args, **kwargs))


async def no_beat() -> None:
    """Nobody asks whether the run is alive."""


@dataclass(frozen=True, slots=True)
class Want:
    """What the user asked of a pass."""

    sources: frozenset[str] | None = None  #: urls of the sources to work; None: all
    limit: int | None = None  #: article pages to work at most
    articles: bool = True  #: False: poll only (`--dry-run`)
    force: bool = False  #: also what is not due yet
    backfills: tuple[int, ...] = ()  #: numbers of the backfills to work beside all that
    polls: bool = True  #: False: a backfill alone (`--dry-run`)
    again: bool = False  #: whether a source is polled whenever it is due, and not once a pass
    refreshed: frozenset[str] = frozenset()  #: urls of the sources whose stubs are given their texts, to the last
    pictured: frozenset[str] = frozenset()  #: urls of the sources whose pictures are brought home, to the last


@dataclass(frozen=True, slots=True)
class Claim:
    """An article that is being written, and what tells it from others."""

    job: bytes
    title: str
    published: datetime | None  #: None where it may be the time of the crawl
    passages: tuple[bytes, ...]  #: of its post's body, those that are long; never empty
    written: asyncio.Future[str]  #: where it stands once it is settled; "" when it came to nothing
    path: str = ""  #: first choice

    def is_also(self, other: Claim, data: bytes) -> bool:
        """Tell whether another article, of that post, is this one: two of title, time and text agree."""
        return sum(self.agreements(other.title, other.published, data)) > 1

    def agreements(self, title: str, published: datetime | None, data: bytes) -> tuple[bool, bool, bool]:
        """Tell whether the title, the time and most of the text of a post are ours."""
        there = sum(len(passage) for passage in self.passages if passage in data)
        is_near = bool(self.published and published and abs(self.published - published) < NEAR)
        return self.title == title, is_near, 2 * there > sum(map(len, self.passages))


@dataclass(frozen=True, slots=True)
class Shop:
    """The parts of a run."""

    sources: Mapping[str, Source]  #: by url
    rsshub: tuple[str, ...]  #: addresses of RSSHub instances, as configured
    state: State
    archive: Archive
    revisions: Archive  #: of texts that later ones replaced, for sources that keep them
    fetcher: Fetcher
    permit: Permit  #: whether an article page may be fetched (robots.txt)
    politeness: Politeness
    parsers: Parsers
    threads: Threads
    clock: Clock
    rng: Random
    wayback: str = ""  #: address of the Wayback Machine, without a slash at the end
    rules: SiteRules | None = None  #: the user's own, where there are any
    connections: int = 1  #: requests at once to one host
    concurrency: int = 64  #: hosts at once
    slices: Callable[[], int] = lambda: 1  #: how many slices of this process share that number
    saw: Callable[[Tally], None] = lambda _: None  #: told of each finished job, for the progress bar
    expect: Callable[[int], None] = lambda _: None  #: told of articles that wait in backlogs, for the same
    asked: Callable[[], None] = lambda: None  #: to be told when a job has nothing more to ask its host
    beat: Callable[[], Awaitable[None]] = no_beat  #: called between slices, once a minute at least
    stop: asyncio.Event = field(default_factory=asyncio.Event)  #: set: start nothing new
    wake: asyncio.Event = field(default_factory=asyncio.Event)  #: set: end the slice, there is something to heed
    claims: dict[bytes, Claim] = field(default_factory=dict)  #: by key of an address: who writes its article now
    #: By key of an article: who rewrites its post now, holds it; a re-read and its pictures may come at once.
    pens: WeakValueDictionary[bytes, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    prints: Prints = field(default_factory=Prints)  #: what the last articles of sources are made of
    rounds: Rounds = field(default_factory=Rounds)  #: in which the writes of articles are saved
    quiet: list[PollOutcome] = field(default_factory=list)  #: polls that brought nothing, not saved yet

    @property
    def room(self) -> int:
        """Return how many hosts a slice may have turns of at once: its share of `concurrency`, one at least."""
        return max(1, self.concurrency // max(1, self.slices()))
