"""What two workers on PostgreSQL archive in a second, beside one run on SQLite, and beside two that share nothing.

The pages are those of `bench.throughput`. All are measured between the first and the last twentieth of the articles:
what it takes to start is no part of a worker's pace. There are enough of them that a second worker's parsers, which may
load what they need behind the first twentieth, count for little.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
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
#: What is promised: the least part of the pace of two workers on SQLite, the most CPU of PostgreSQL in ms an article.
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
    """Run all in turn; yield a line for each, and what holds of the means in the last.

    A machine that others use is faster now and slower then, so the two that are compared take turns in being the first.
    """
    plan, wrong = Plan(HOSTS, items, HOSTS), list[str]()
    found: dict[str, list[Pace]] = {name: [] for name in KINDS}
    for time_ in range(times):
        pair = ("apart", "shared") if time_ % 2 == 0 else ("shared", "apart")
        for name in ("alone", *pair) if time_ == 0 else pair:
            said, started, codes = KINDS[name]
            pace = _pace(plan, started)
            found[name].append(pace)
            wrong += [f"exit codes {pace.codes}"] * (pace.codes != codes)
            yield f"{said}: {pace}"
        yield f"ratio {found['shared'][-1].articles_s / found['apart'][-1].articles_s:.3f}"
    ratio = _mean(found["shared"]) / _mean(found["apart"])
    cost = statistics.mean(pace.server_ms for pace in found["shared"])
    is_well = ratio >= LEAST and cost <= MOST_MS and not wrong
    yield f"{'PASS' if is_well else 'FAIL'}: ratio {ratio:.3f}, PostgreSQL {cost:.2f} ms an article {'; '.join(wrong)}"


def _mean(paces: Sequence[Pace]) -> float:
    return statistics.mean(pace.articles_s for pace in paces)


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
    looks, ends = dict[float, Look](), time.monotonic() + LIMIT_S
    while (there := sum(1 for _ in folder.glob("*/archive/_posts/*.md"))) < articles:
        if time.monotonic() > ends or (not programs.is_endless and all(p.poll() is not None for p in programs.workers)):
            raise RuntimeError(f"{there} of {articles} articles were filed")
        for part in (FROM, TO):
            if there >= part * articles and part not in looks:
                looks[part] = programs.look(there)
        time.sleep(LOOK_S)
    return looks[FROM], looks[TO]


def _alone(folder: Path, web: LocalWeb) -> Iterator[Programs]:
    yield from _running(web, "bench.throughput_run", [_configured(folder / "all", web.feeds())], Programs([]))


def _apart(folder: Path, web: LocalWeb) -> Iterator[Programs]:
    """Two workers that share nothing but the machine: what many workers can do at best."""
    feeds = web.feeds()
    halves = [_configured(folder / str(n), feeds[n::2]) for n in range(2)]
    yield from _running(web, "bench.throughput_run", halves, Programs([]))


def _shared(folder: Path, web: LocalWeb) -> Iterator[Programs]:
    place = _configured(folder / "all", web.feeds())
    with own() as server:
        told = json.loads(place.read_text())
        place.write_text(json.dumps(told | {"state": server.address}))
        yield from _running(web, "bench.cluster_worker", [place, place], Programs([], postmaster(server), True))


#: What is run → what it is, how it is started, the exit codes that it is to have.
KINDS: Mapping[str, tuple[str, Callable[[Path, LocalWeb], Iterator[Programs]], tuple[int, ...]]] = {
    "alone": ("run on SQLite", _alone, (0,)),
    "apart": ("two of them, with half of the sources and a state of its own each", _apart, (0, 0)),
    "shared": ("two workers on PostgreSQL", _shared, (143, 143)),
}


def _configured(folder: Path, feeds: Sequence[str]) -> Path:
    folder.mkdir()
    configure(folder, feeds)
    return folder / "config.yaml"


def _running(web: LocalWeb, module: str, configs: Sequence[Path], like: Programs) -> Iterator[Programs]:
    """Run a module with each configuration; kill at the end what still runs."""
    workers = []
    for config in configs:
        command = [sys.executable, "-m", module, str(config), str(web.port), str(web.plan.hosts)]
        with (config.parent / "log").open("ab") as log:
            workers.append(subprocess.Popen(command, stdout=log, stderr=log))
    try:
        yield Programs(workers, like.server, like.is_endless)
    finally:
        for one in workers:
            if one.poll() is None:
                one.kill()
                one.wait()
