"""The real command with its processes, interrupted: signals while a server or a parser hangs, workers killed, two runs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crashsite import Site, crash_site
from tests.fakes import says
from tests.webserver import Handler, Line

#: SPEC: a stop is over within 10 s, whatever hangs.
STOPPED_WITHIN_S = 10.0


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with crash_site(tmp_path_factory.mktemp("interrupted")) as site:
        yield site


@contextmanager
def serving(site: Site, **routes: Handler) -> Iterator[None]:
    """Answer otherwise for a while; names are paths without their slash, `robots` is robots.txt."""
    names = {name.replace("robots", "robots.txt").strip("_"): handler for name, handler in routes.items()}
    before = dict(site.routes)
    site.routes.update({f"/{name}": handler for name, handler in names.items()})
    try:
        yield
    finally:
        site.routes.clear()
        site.routes.update(before)


def start(site: Site) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "crawler", "run", "--config", str(site.folder / "config.yaml")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def until(true: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for something that a process brings about."""
    end = time.monotonic() + 40
    while not true() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    assert true()


async def hang_in_body(line: Line) -> None:
    await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<p>")
    await line.hang()


#: lxml is quadratic in the attributes of one element: this page takes it a minute.
SLOW_PAGE = f"<html><body><p {' '.join(f'a{n}' for n in range(90_000))}>x</p></body></html>"
HANGING: dict[str, tuple[str, Handler, int]] = {
    "the feed": ("feed", Line.hang, signal.SIGINT),
    "robots.txt": ("robots", Line.hang, signal.SIGTERM),
    "the body of a page": ("_2", hang_in_body, signal.SIGTERM),
    "the parser": ("_2", says(SLOW_PAGE, Content_Type="text/html"), signal.SIGINT),
}


@pytest.mark.parametrize("what", HANGING)
def test_a_signal_stops_a_run_while_something_hangs(what: str, site: Site) -> None:
    name, handler, number = HANGING[what]
    site.begin()
    with serving(site, **{name: handler}), start(site) as process:
        path = f"/{name.replace('robots', 'robots.txt').strip('_')}"
        until(lambda: path in site.server.targets, process)
        begun = time.monotonic()
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert time.monotonic() - begun < STOPPED_WITHIN_S
    assert process.returncode == 128 + number
    assert "Traceback" not in err
    assert site.visible().items() <= site.whole.items()
    assert site.run()[0] == 0
    site.check_whole(what)


def test_of_two_runs_at_once_one_works_and_the_other_says_so(site: Site) -> None:
    site.begin()
    other: list[tuple[int, str]] = []

    async def meanwhile(line: Line) -> None:
        second = start(site)
        while second.poll() is None:
            await line.send(b"")
        other.append((second.returncode, second.communicate()[1]))
        await says(f"<p>{other}</p>")(line)

    with serving(site, robots=meanwhile), start(site) as first:
        _, err = first.communicate(timeout=60)
    assert (first.returncode, err) == (0, "")
    ((code, said),) = other
    assert code == 5
    assert f"another run is at work (process {first.pid}, since " in said
    assert set(site.fetched().values()) == {1}
    site.check_whole("two at once")


def children(pid: int) -> list[int]:
    """Return a process's children and theirs."""
    found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*found, *(below for child in found for below in children(child))]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the children of a process are told by Linux only")
def test_workers_that_are_killed_are_replaced(site: Site) -> None:
    """All of them, and the process that makes them, twice in a run."""
    site.begin()
    answers = {name: site.routes[f"/{name}"] for name in ("3", "7")}
    pids: list[int] = []
    killed: list[int] = []

    def killing(answer: Handler) -> Handler:
        async def handler(line: Line) -> None:
            for pid in children(pids[0]):
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
            await answer(line)

        return handler

    routes = {f"_{name}": killing(answer) for name, answer in answers.items()}
    with serving(site, **routes), start(site) as process:
        pids.append(process.pid)
        _, err = process.communicate(timeout=60)
    assert len(killed) >= 4
    assert process.returncode == 0, err
    assert site.run("--force")[0] == 0
    site.check_whole(err)


def test_an_archive_on_another_file_system_than_the_state(site: Site) -> None:
    elsewhere = Path("/dev/shm")
    if not os.access(elsewhere, os.W_OK) or elsewhere.stat().st_dev == site.folder.parent.stat().st_dev:
        pytest.skip("there is only one file system here")
    state = elsewhere / f"crawler-test-{os.getpid()}" / "state.db"
    site.begin(state=f"sqlite:///{state}")
    try:
        for number in (20, 40, 0):
            site.run(before=number)
        assert state.exists()
        assert site.posts() == site.whole
    finally:
        shutil.rmtree(state.parent, ignore_errors=True)
