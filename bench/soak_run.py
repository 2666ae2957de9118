"""One process of the simulation: the real crawler and, in the same simulated time, the servers it asks.

Everything is what `crawler serve` uses: state, archive, lock, scheduler, slices, politeness, fetcher, robots, worker
processes. Simulated are the clock, the names' addresses, and the process's end. Leaves in its folder, besides archive
and state: `requests.jsonl` (one line a request), `memory.jsonl` (one line a simulated hour), `crawler.log`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, TextIO

from bench.soak_clock import FastLoop, LoopClock
from bench.soak_world import Reply, Site, sites
from crawler.archive import Archive, FolderArchive
from crawler.cli.indexing import Through
from crawler.cli.parts import locked_store
from crawler.cli.shop import open_shop
from crawler.config import Config
from crawler.engine.local import run_always
from crawler.enumerators import Reading
from crawler.model import Draft, Failure, Limits, Listing, Onward, Page, Source
from crawler.past import Found
from crawler.sources.proposing import Proposal
from crawler.workers import Parsers, Task
from tests.fakes import InProcess
from tests.webserver import Handler, Line, WebServer

TIMEOUT_S, DELAY_S = 20.0, 1.0
#: Simulated seconds for which a server hangs: longer than anyone waits.
HANGING_S = 3 * TIMEOUT_S
#: What a request's line in the log says, in this order.
FIELDS = ("at", "host", "path", "status", "manner", "size", "active")


@dataclass(frozen=True, slots=True)
class Stage:
    """What one process is to live through; crosses to it."""

    folder: Path
    count: int
    hours: float
    seed: int
    begin_s: float
    end_s: float
    inline: bool = False  #: parse in this process: a small simulation spends its time on starting others
    crash_s: float | None = None  #: dies at the first post that it writes after this, before the state knows

    @property
    def sites(self) -> tuple[Site, ...]:
        return sites(self.count, self.hours, self.seed)

    @property
    def config(self) -> Config:
        """Return the configuration; the same for every stage."""
        archive = self.folder / "archive"
        return Config(
            archive=archive,
            state=f"sqlite:///{archive}/.crawler/state.db",
            user_agent_contact="https://example.org/bot",
            rsshub=(),
            limits=Limits(timedelta(seconds=TIMEOUT_S), 15_000_000, timedelta(seconds=DELAY_S)),
            sources=tuple(Source(f"Site {s.index}", s.feed, every=s.every) for s in self.sites),
            path=self.folder / "config.yaml",
            defaults=Source("", ""),
        )


def live(stage: Stage) -> None:
    """Run from the stage's beginning to its end, or to its crash."""
    os.setsid()  # so that our processes can be found: those of this session
    logging.basicConfig(filename=stage.folder / "crawler.log", level=logging.WARNING)
    loop = FastLoop(stage.begin_s)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(_live(stage, loop))


async def _live(stage: Stage, loop: FastLoop) -> None:
    clock = LoopClock(loop)
    with (stage.folder / "requests.jsonl").open("a", buffering=1) as log, locked_store(stage.config, clock) as store:
        number = store.state.diary.begin_run("serve", clock.now())
        async with (
            served(stage.sites, loop, log) as pins,
            open_shop(stage.config, store, clock, connect_to=pins) as shop,
        ):
            archive = store.archive if stage.crash_s is None else Crashing(store.archive, loop, stage.crash_s)
            watched = replace(
                shop,
                parsers=InProcess() if stage.inline else Counted(shop.parsers, loop),
                archive=archive,
                rng=Random(f"{stage.seed}/{stage.begin_s}"),  # noqa: S311
            )
            loop.call_at(stage.end_s, shop.stop.set)
            memory = asyncio.create_task(watch_memory(stage.folder / "memory.jsonl", loop))
            tally = await run_always(watched)
            memory.cancel()
        store.state.diary.end_run(number, tally, clock.now())


# --- the web ---


@contextlib.asynccontextmanager
async def served(there: tuple[Site, ...], loop: FastLoop, log: TextIO) -> AsyncIterator[dict[str, tuple[str, int]]]:
    """Serve all sites; give the address of each host's server."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # taken, and nobody listens: connections are refused
        async with WebServer(Web({site.host: site for site in there}, loop, log)) as server:
            refusing = deaf.getsockname()
            yield {site.host: refusing if site.kind == "refused" else server.endpoint for site in there}


class Web(dict[str, Handler]):
    """The servers' routes: every path has the one handler, which looks at the host."""

    def __init__(self, hosts: dict[str, Site], loop: FastLoop, log: TextIO) -> None:
        super().__init__()
        self._hosts = hosts
        self._loop = loop
        self._log = log
        self._active: Counter[str] = Counter()

    def get(self, _: str, __: Any = None) -> Handler:
        return self._answer

    async def _answer(self, line: Line) -> None:
        host, now = (line.seen.header("Host") or b"").decode(), self._loop.time()
        etag, modified = (line.seen.header(name) or b"" for name in ("If-None-Match", "If-Modified-Since"))
        reply = self._hosts[host].reply(line.seen.target, now, etag.decode(), modified.decode())
        self._active[host] += 1
        record = (now, host, line.seen.target, reply.status, reply.manner, len(reply.body), self._active[host])
        print(json.dumps(record), file=self._log)
        try:
            await _send(line, reply)
        finally:
            self._active[host] -= 1


async def _send(line: Line, reply: Reply) -> None:
    if reply.manner == "hang":
        await asyncio.sleep(HANGING_S)
    elif reply.manner == "whole":
        await line.answer(reply.status, reply.body, **{name.replace("-", "_"): value for name, value in reply.headers})
        return
    elif reply.manner == "cut":
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(reply.body)}\r\n\r\n"
        await line.send(head.encode() + reply.body[: len(reply.body) // 2])
    line.close()


# --- what is put round the crawler's parts ---


class Counted:
    """`Parsers` that tell the loop when they work, so that time waits for them."""

    def __init__(self, parsers: Parsers, loop: FastLoop) -> None:
        self._parsers = parsers
        self._loop = loop

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        self._loop.working += 1
        try:
            yield
        finally:
            self._loop.working -= 1

    async def listing(self, source: Source, page: Page) -> Listing | Failure:
        with self._at_work():
            return await self._parsers.listing(source, page)

    async def draft(self, task: Task) -> Draft | Onward | Failure:
        with self._at_work():
            return await self._parsers.draft(task)

    async def index(self, reading: Reading, page: Page) -> Found | Failure:
        with self._at_work():
            return await self._parsers.index(reading, page)

    async def links(self, page: Page) -> tuple[str, ...] | Failure:
        with self._at_work():
            return await self._parsers.links(page)

    async def lists(self, page: Page) -> Proposal | Failure | None:
        with self._at_work():
            return await self._parsers.lists(page)


class Crashing(Through):
    """An archive during whose work the power is cut: the file is there, the state does not know it."""

    def __init__(self, archive: Archive, loop: FastLoop, at_s: float) -> None:
        super().__init__(archive)
        self._loop = loop
        self._at_s = at_s

    def put(self, path: str, data: bytes, *, over: bytes | None = None) -> None:
        super().put(path, data, over=over)
        if self._loop.time() >= self._at_s:
            os.kill(os.getpid(), signal.SIGKILL)


# --- memory ---


async def watch_memory(place: Path, loop: FastLoop) -> None:
    """Write down once a simulated hour how much memory this session's processes hold."""
    while True:
        await asyncio.sleep(3600)
        own, others = memory_of(os.getsid(0))
        with place.open("a") as file:
            print(json.dumps((loop.time(), own, others)), file=file)


def memory_of(session: int) -> tuple[int, int]:
    """Return the resident bytes of a session's leader and of its other processes; (0, 0) where there is no /proc."""
    found = {int(entry.name): _status(entry) for entry in Path("/proc").glob("[0-9]*")}
    sizes = {pid: size for pid, (sid, size) in found.items() if sid == session}
    own = sizes.pop(session, 0)
    return own, sum(sizes.values())


def _status(entry: Path) -> tuple[int, int]:
    """Return a process's session and resident bytes."""
    try:
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0, 0  # it has just ended
    return int(fields[3]), int(fields[21]) * os.sysconf("SC_PAGE_SIZE")


def archive_of(stage: Stage) -> FolderArchive:
    """Return the archive that the stages fill."""
    return FolderArchive(stage.config.archive)
