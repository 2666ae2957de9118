"""What two workers on PostgreSQL archive in a second, beside one run on SQLite that has the same cores to itself.

The pages are those of `bench.throughput`. Both are measured between the first and the last twentieth of the articles:
what it takes to start is no part of a worker's pace.
"""

from __future__ import annotations

import json
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.cluster_server import cpu_s, postmaster
from bench.throughput_peers import configure
from bench.throughput_site import Plan
from bench.throughput_web import LocalWeb
from tests.postgres import own

HOSTS = 25
#: Parts of the articles between which is measured.
FROM, TO = 0.05, 0.95
#: Seconds between two looks at the files, and after which a run is given up.
LOOK_S, LIMIT_S = 0.2, 900.0
#: What is promised: the least part of the pace on SQLite, the most CPU of PostgreSQL in ms an article.
LEAST, MOST_MS = 0.9, 1.0


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at one time."""

    at: float
    posts: int
    workers_s: float  #: CPU seconds of them so far, their parsers included
    server_s: float  #: the same of PostgreSQL, or 0


@dataclass(frozen=True, slots=True)
class Pace:
    """What one run came to."""

    articles_s: float
    workers_ms: float  #: CPU an article
    server_ms: float
    codes: tuple[int, ...]

    def __str__(self) -> str:
        """Return a row's part."""
        return f"{self.articles_s:.1f} articles/s, {self.workers_ms:.1f} ms CPU, PostgreSQL {self.server_ms:.2f} ms"


def measure(items: int, times: int) -> Iterator[str]:
    """Run both in turn; yield a line for each pair, and what holds of their medians in the last."""
    plan, ratios, costs, wrong = Plan(HOSTS, items, HOSTS), list[float](), list[float](), list[str]()
    for _ in range(times):
        alone, shared = _pace(plan, _alone), _pace(plan, _shared)
        ratios.append(shared.articles_s / alone.articles_s)
        costs.append(shared.server_ms)
        wrong += [f"exit codes {alone.codes}, {shared.codes}"] * ((alone.codes, shared.codes) != ((0,), (143, 143)))
        yield f"run on SQLite: {alone} | two workers: {shared} | ratio {ratios[-1]:.3f}"
    ratio, cost = statistics.median(ratios), statistics.median(costs)
    is_well = ratio >= LEAST and cost <= MOST_MS and not wrong
    yield f"{'PASS' if is_well else 'FAIL'}: ratio {ratio:.3f}, PostgreSQL {cost:.2f} ms an article {'; '.join(wrong)}"


def _pace(plan: Plan, started: Callable[[Path, LocalWeb], Iterator[Programs]]) -> Pace:
    folder = Path(tempfile.mkdtemp(prefix="cluster-throughput-"))
    try:
        with LocalWeb(plan) as web, contextmanager(started)(folder, web) as programs:
            first, last = _watched(folder, programs, plan.feeds * plan.items)
            programs.end()
        number = last.posts - first.posts
        return Pace(
            number / (last.at - first.at),
            (last.workers_s - first.workers_s) / number * 1000,
            (last.server_s - first.server_s) / number * 1000,
            tuple(one.wait() for one in programs.workers),
        )
    finally:
        shutil.rmtree(folder)


@dataclass(frozen=True, slots=True)
class Programs:
    """What is measured."""

    workers: Sequence[subprocess.Popen[bytes]]
    server: int = 0  #: process of PostgreSQL
    is_endless: bool = False

    def look(self, posts: int) -> Look:
        """See what they took so far."""
        workers = sum(cpu_s(one.pid) for one in self.workers)
        return Look(time.monotonic(), posts, workers, cpu_s(self.server) if self.server else 0.0)

    def end(self) -> None:
        """Have those end that do not by themselves, and wait for all."""
        for one in self.workers:
            if self.is_endless:
                one.send_signal(signal.SIGTERM)
            one.wait(60)


def _watched(folder: Path, programs: Programs, articles: int) -> tuple[Look, Look]:
    """Return what was seen at both ends of the measured part, all being filed at last."""
    posts, looks, ends = folder / "archive" / "_posts", dict[float, Look](), time.monotonic() + LIMIT_S
    while (there := sum(1 for _ in posts.glob("*.md")) if posts.exists() else 0) < articles:
        if time.monotonic() > ends or (not programs.is_endless and programs.workers[0].poll() is not None):
            raise RuntimeError(f"{there} of {articles} articles were filed")
        for part in (FROM, TO):
            if there >= part * articles and part not in looks:
                looks[part] = programs.look(there)
        time.sleep(LOOK_S)
    return looks[FROM], looks[TO]


def _alone(folder: Path, web: LocalWeb) -> Iterator[Programs]:
    configure(folder, web.feeds())
    yield from _running(folder, web, "bench.throughput_run", 1, Programs([]))


def _shared(folder: Path, web: LocalWeb) -> Iterator[Programs]:
    configure(folder, web.feeds())
    place = folder / "config.yaml"
    with own() as server:
        told = json.loads(place.read_text())
        place.write_text(json.dumps(told | {"state": server.address}))
        yield from _running(folder, web, "bench.cluster_worker", 2, Programs([], postmaster(server), True))


def _running(folder: Path, web: LocalWeb, module: str, number: int, like: Programs) -> Iterator[Programs]:
    """Run some processes of a module; kill at the end what still runs."""
    command = [sys.executable, "-m", module, str(folder / "config.yaml"), str(web.port), str(web.plan.hosts)]
    with (folder / "log").open("ab") as log:
        workers = [subprocess.Popen(command, stdout=log, stderr=log) for _ in range(number)]
    try:
        yield Programs(workers, like.server, like.is_endless)
    finally:
        for one in workers:
            if one.poll() is None:
                one.kill()
                one.wait()
