"""The scenes of `bench.cluster` in which something befalls two workers amid their work."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import cluster_judge as judge
from tests.cluster import Cluster, Line, Sites, address, running, wait_until
from tests.postgres import Server, own

#: Seconds: that a worker is stopped, that the line is cut, that the database is away.
STOPPED_S, CUT_S, AWAY_S = 30.0, 20.0, 2.0
#: Part of the pages after which it happens; seconds after it within which all must be archived; and after all that,
#: in which whoever comes back late may still do what he must not.
PART, PATIENCE_S, LINGER_S = 0.25, 240.0, 6.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much there is."""

    hosts: int = 120
    items: int = 15
    delay: float = 0.2


@dataclass(frozen=True, slots=True)
class Stage:
    """What can be harmed."""

    first: subprocess.Popen[bytes]
    server: Server
    line: Line  #: of the first worker to the database


def _kill(stage: Stage) -> None:
    stage.first.kill()


def _stop(stage: Stage) -> None:
    stage.first.send_signal(signal.SIGSTOP)
    time.sleep(STOPPED_S)
    stage.first.send_signal(signal.SIGCONT)


def _restart(stage: Stage) -> None:
    stage.server.stop("immediate")
    time.sleep(AWAY_S)
    stage.server.start()


def _cut(stage: Stage) -> None:
    stage.line.cut()
    time.sleep(CUT_S)
    stage.line.mend()


def _nothing(_: Stage) -> None:
    """The same without a harm, to compare with."""


HARMS: Mapping[str, Callable[[Stage], None]] = {
    "none": _nothing,
    "kill": _kill,
    "stop": _stop,
    "restart": _restart,
    "cut": _cut,
}
#: Workers that a harm befalls.
HARMED = {"none": 0, "restart": 2}


def play(scene: str, plan: Plan) -> judge.Figures:
    """Have two workers archive everything while something befalls one of them, or both."""
    folder = Path(tempfile.mkdtemp(prefix="cluster-"))
    try:
        with own() as server, Sites(plan.hosts, plan.items) as sites, Line(server.address) as line:
            cluster = Cluster(folder, sites, server.address, plan.delay)
            with running(cluster):
                return _played(scene, plan, cluster, server, line)
    finally:
        shutil.rmtree(folder)


def _played(scene: str, plan: Plan, cluster: Cluster, server: Server, line: Line) -> judge.Figures:
    sites, due = cluster.sites, plan.hosts * plan.items
    began = time.monotonic()
    stage = Stage(cluster.start(cluster.configure(cluster.folder / "line.yaml", line.address)), server, line)
    cluster.start()
    wait_until(lambda: len(sites.pages) >= due * PART, PATIENCE_S, "the first pages")
    harmed = time.monotonic()
    HARMS[scene](stage)
    seconds = _seconds_until_done(cluster, due, began)
    time.sleep(LINGER_S)
    codes = cluster.stop()
    hits = list(sites.hits)
    archived, doubled, strange = judge.posts(_addresses(plan, sites.port), cluster.posts)
    return judge.Figures(
        scene=scene,
        due=due,
        archived=archived,
        doubled=doubled,
        strange=strange,
        twice=judge.again(hits),
        second=judge.pace(hits, harmed) * HARMED.get(scene, 1) / 2,
        wait_s=judge.longest_wait(hits, harmed),
        manners=judge.manners(hits, plan.delay),
        seconds=seconds,
        ended=judge.Ended(tuple(codes), _verified(cluster), cluster.said()),
    )


def _seconds_until_done(cluster: Cluster, due: int, began: float) -> float:
    """Wait until there are as many posts as articles, in vain at most so long; what is missing is told by the judge."""
    posts = cluster.folder / "archive" / "_posts"
    try:
        wait_until(lambda: sum(1 for _ in posts.glob("*.md")) >= due, PATIENCE_S, "the last posts")
    except TimeoutError as e:
        print(e, file=sys.stderr)
    return time.monotonic() - began


def _addresses(plan: Plan, port: int) -> set[str]:
    """Return the addresses of all articles."""
    hosts = map(address, range(1, plan.hosts + 1))
    return {
        f"http://{host}:{port}/{int(host.rpartition('.')[2]) * 1000 + n}" for host in hosts for n in range(plan.items)
    }


def _verified(cluster: Cluster) -> int:
    """Return the exit code of `crawler verify`."""
    command = [sys.executable, "-m", "crawler", "verify", "--config", str(cluster.folder / "config.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout, done.stderr, file=sys.stderr)
    return done.returncode
