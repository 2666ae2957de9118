"""Many hosts on loopback that keep a log, workers that archive them together, and what may befall them meanwhile.

Hosts are addresses 127.0.1.1, 127.0.1.2, …: each a site with one feed and some stories, all served by one thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

from crawler.archive import FolderArchive, facts
from tests.fakes import article, rss, stories

T = TypeVar("T")

#: Seconds that a site takes for an answer: as long as another request would be seen beside it.
ANSWER_S = 0.03
#: Seconds by which a request that was sent in time may seem early, since it and its answer are noted by another process.
NOISE_S = 0.01


@dataclass(frozen=True, slots=True)
class Hit:
    """One request, in seconds of the monotonic clock."""

    host: str
    path: str
    begun: float
    ended: float


class Beside:
    """What is served from a thread of its own. Use as `with`."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._servers: list[asyncio.Server] = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> list[asyncio.Server]:
        raise NotImplementedError

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@dataclass
class Sites(Beside):
    """The hosts."""

    hosts: int
    items: int  #: stories of each
    hits: list[Hit] = field(default_factory=list)
    port: int = 0

    async def _listen(self) -> list[asyncio.Server]:
        servers = []
        for number in range(1, self.hosts + 1):
            servers.append(await asyncio.start_server(self._serve, address(number), self.port))
            self.port = servers[-1].sockets[0].getsockname()[1]
        return servers

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError), contextlib.closing(writer):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                begun, path = time.monotonic(), head.split(" ", 2)[1]
                host = writer.get_extra_info("sockname")[0]
                await asyncio.sleep(ANSWER_S)
                status, body = self._answer(host, path)
                self.hits.append(Hit(host, path, begun, time.monotonic()))
                writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
                await writer.drain()

    def _answer(self, host: str, path: str) -> tuple[bytes, bytes]:
        if path == "/feed":
            base = f"http://{host}:{self.port}"
            return b"200 OK", rss(*stories(base, *(self._numbers(host)))).encode()
        if path[1:].isdigit():
            return b"200 OK\r\nContent-Type: text/html; charset=utf-8", article(int(path[1:])).encode()
        return b"404 Not Found", b""

    def _numbers(self, host: str) -> range:
        first = int(host.rpartition(".")[2]) * 1000
        return range(first, first + self.items)

    @property
    def pages(self) -> Counter[tuple[str, str]]:
        """Return how often each page was sent."""
        return Counter((hit.host, hit.path) for hit in list(self.hits) if hit.path[1:].isdigit())

    def by_host(self) -> dict[str, list[Hit]]:
        """Return the requests of each host in the order in which they came."""
        found: dict[str, list[Hit]] = defaultdict(list)
        for hit in sorted(self.hits, key=lambda hit: hit.begun):
            found[hit.host].append(hit)
        return found

    def too_near(self, delay: float) -> list[tuple[Hit, Hit]]:
        """Return pairs of requests of one host that were both under way, or nearer to each other than the delay."""
        return [
            (one, next_one)
            for hits in self.by_host().values()
            for one, next_one in itertools.pairwise(hits)
            if next_one.begun - one.ended < delay - NOISE_S
        ]


def address(number: int) -> str:
    """Return the address of a host by its number, from 1."""
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


@dataclass
class Cluster:
    """The workers of a state, and their configuration."""

    folder: Path
    sites: Sites
    state: str
    delay: float
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.configure(self.folder / "config.yaml", self.state)

    def configure(self, place: Path, state: str) -> Path:
        """Write a configuration with another address of the state."""
        base = f"http://{{}}:{self.sites.port}/feed"
        sources = [
            {"name": f"Site {n}", "url": base.format(address(n)), "every": "1h"} for n in range(1, self.sites.hosts + 1)
        ]
        fetch = {"allow_private_networks": True, "per_host_delay": f"{int(self.delay * 1000)}ms", "timeout": "10s"}
        told = {"archive": str(self.archive), "state": state, "fetch": fetch, "sources": sources}
        place.write_text(json.dumps(told | {"search": "off", "serve": {"port": 0}}))
        return place

    def start(self, config: Path | None = None) -> subprocess.Popen[bytes]:
        """Start a worker."""
        command = [sys.executable, "-m", "crawler", "worker", "--config", str(config or self.folder / "config.yaml")]
        with open(self.folder / f"worker{len(self.processes)}.log", "wb") as said:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        self.processes.append(process)
        return process

    def stop(self) -> list[int]:
        """Have all workers that still run end by themselves; returns their exit codes."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        return [process.wait(30) for process in self.processes]

    def kill(self) -> None:
        """Kill what still runs."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def posts(self) -> list[str]:
        """Return the addresses of the articles of all posts."""
        archive = FolderArchive(self.archive)
        found = (facts(archive.read(path) or b"") for path in archive.list())
        return [known.url for known in found if known is not None]

    def said(self) -> str:
        """Return what all workers said."""
        return "".join(place.read_text() for place in sorted(self.folder.glob("worker*.log")))


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for something that other processes do."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError(f"in vain for {seconds:.0f} s: {what}")
        time.sleep(0.05)


@contextlib.contextmanager
def running(cluster: Cluster) -> Iterator[Cluster]:
    """Kill at the end what still runs."""
    try:
        yield cluster
    finally:
        cluster.kill()


class Line(Beside):
    """A line to the database that can be cut: nothing arrives any more, and nobody is told."""

    def __init__(self, target: str) -> None:
        self._parts = urlsplit(target)
        self._whole = threading.Event()
        self._whole.set()

    @property
    def address(self) -> str:
        """Return the address of the database through this line."""
        user = f"{self._parts.username}@" if self._parts.username else ""
        return urlunsplit(self._parts._replace(netloc=f"{user}127.0.0.1:{self._port}"))

    def cut(self) -> None:
        """Let nothing through."""
        self._whole.clear()

    def mend(self) -> None:
        """Let all through again, what waited first."""
        self._whole.set()

    async def _listen(self) -> list[asyncio.Server]:
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        return [server]

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        except ConnectionError:  # nobody listens at its end
            writer.close()
            return
        await asyncio.gather(self._carry(reader, back), self._carry(there, writer))

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError), contextlib.closing(target):
            while data := await source.read(65536):
                while not self._whole.is_set():
                    await asyncio.sleep(0.05)
                target.write(data)
                await target.drain()
