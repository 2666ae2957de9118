"""The commands on a state that is worked by many: `worker`, `serve`, `run`, `backfill`, `status`, `state copy`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import postgres
from tests.cluster import Cluster, Sites, running, wait_until

pytestmark = pytest.mark.skipif(postgres.ADDRESS not in os.environ, reason="no server was given")

HOSTS, ITEMS = 3, 4


@pytest.fixture
def sites() -> Iterator[Sites]:
    with Sites(HOSTS, ITEMS) as sites:
        yield sites


@pytest.fixture
def cluster(tmp_path: Path, sites: Sites) -> Iterator[Cluster]:
    with running(Cluster(tmp_path, sites, postgres.fresh(), delay=0.05)) as cluster:
        yield cluster


def told(cluster: Cluster, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [sys.executable, "-m", "crawler", *words, "--config", str(cluster.folder / "config.yaml")]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def at_work(cluster: Cluster) -> None:
    """Start a worker, and wait until it has filed everything."""
    cluster.start()
    wait_until(lambda: len(cluster.posts) == HOSTS * ITEMS, 60, "posts")


def test_a_worker_files_everything_and_others_are_told_that_it_is_there(cluster: Cluster, sites: Sites) -> None:
    at_work(cluster)
    run = told(cluster, "run")
    assert (run.returncode, "workers are" in run.stderr) == (5, True)
    status = told(cluster, "status")
    assert "cluster: 1 worker; slices under way: " in status.stdout
    found: dict[str, Any] = json.loads(told(cluster, "status", "--json").stdout)["cluster"]
    assert (found["workers"], found["shards"]) == (1, 256)
    assert told(cluster, "verify").returncode == 0
    assert cluster.stop() == [143]
    assert "Traceback" not in cluster.said()
    assert set(sites.pages.values()) == {1}
    again = told(cluster, "run")
    assert (again.returncode, sum(sites.pages.values())) == (0, HOSTS * ITEMS)
    assert told(cluster, "status").stdout.count("cluster: 0 workers") == 1


def test_a_backfill_is_done_by_the_workers_that_are_there(cluster: Cluster, sites: Sites, tmp_path: Path) -> None:
    at_work(cluster)
    older = [f"http://127.0.1.2:{sites.port}/{n}" for n in range(990, 1000)]
    (tmp_path / "older.txt").write_text("\n".join(older))
    source = f"http://127.0.1.2:{sites.port}/feed"
    limited = told(cluster, "backfill", source, "--urls", str(tmp_path / "older.txt"), "--limit", "3")
    assert (limited.returncode, "--limit" in limited.stderr) == (2, True)
    done = told(cluster, "backfill", source, "--urls", str(tmp_path / "older.txt"))
    assert (done.returncode, "10 archived" in done.stdout) == (0, True), done
    assert len(cluster.posts) == HOSTS * ITEMS + 10
    assert set(sites.pages.values()) == {1}
    assert cluster.stop() == [143]


def test_serve_is_a_worker_with_a_web_face(cluster: Cluster) -> None:
    command = [sys.executable, "-m", "crawler", "serve", "--config", str(cluster.folder / "config.yaml")]
    with open(cluster.folder / "worker9.log", "wb") as said:
        cluster.processes.append(subprocess.Popen(command, stdout=said, stderr=said))
    at_work(cluster)
    place = cluster.folder / "config.yaml"
    kept = json.loads(place.read_text())
    place.write_text(json.dumps(kept | {"sources": kept["sources"][:1]}))
    for process in cluster.processes:
        process.send_signal(signal.SIGHUP)
    wait_until(lambda: cluster.said().count("read anew: 1 source") == 2, 30, "both to heed the new configuration")
    assert cluster.stop() == [143, 143]
    assert "Traceback" not in cluster.said()


def test_workers_need_a_server(tmp_path: Path, sites: Sites) -> None:
    cluster = Cluster(tmp_path / "x", sites, "sqlite:///state.db", delay=0)
    worker = told(cluster, "worker")
    assert (worker.returncode, "workers need one on PostgreSQL" in worker.stderr) == (2, True)


def test_a_state_moves_to_a_server_and_on_goes_the_work(cluster: Cluster, sites: Sites, tmp_path: Path) -> None:
    small = Cluster(tmp_path / "small", sites, f"sqlite:///{tmp_path}/small.db", delay=0)
    assert told(small, "run").returncode == 0
    moved = told(cluster, "state", "copy", f"sqlite:///{tmp_path}/small.db", cluster.state)
    assert (moved.returncode, "rows copied into" in moved.stdout) == (0, True), moved
    again = told(cluster, "state", "copy", f"sqlite:///{tmp_path}/small.db", cluster.state)
    assert (again.returncode, "there is one already" in again.stderr) == (6, True)
    hits = len(sites.hits)
    cluster.archive.parent.mkdir(exist_ok=True)
    (tmp_path / "small/archive").rename(cluster.archive)
    assert told(cluster, "run").returncode == 0
    assert len(sites.hits) == hits  # nothing is due, and nothing unknown
    back = told(cluster, "state", "copy", cluster.state, f"sqlite:///{tmp_path}/back.db")
    assert back.returncode == 0
