"""What a backfill costs, and that it loses nothing: each way to learn the past, on a site of our own.

    python -m bench.backfill [--articles 2000] [--delay 0.05] [--only feed] [--kills 20]

For each method the crawler works the past of one site, in a process of its own, through a real server on the loopback
interface. Told are posts, pages fetched twice, wall time against what the delay between two requests to a host
dictates (requests × (delay + the server's own time)), CPU time, and how many pages a second run fetches.
With `--kills` the process is killed with SIGKILL so many times on the way.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.backfill_site import MACHINE, ROOT, PastSite
from tests.machine import Machine
from tests.webserver import Handler, Line, WebServer

METHODS = ("feed", "sitemap", "pages", "wayback", "urls")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one backfill came to."""

    posts: int
    pages: int  #: requests for article pages
    twice: int  #: of these, pages that were asked for before
    lists: int  #: other requests
    wall_s: float
    cpu_s: float
    served_s: float  #: time that the server took
    again: int  #: pages that a second run fetched

    def share_of_delay(self, delay_s: float) -> float:
        """Return wall time by what the delay dictates."""
        return self.wall_s / ((self.pages + self.lists) * delay_s + self.served_s) if delay_s else 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the methods asked for; 1 when anything was lost or doubled."""
    parser = argparse.ArgumentParser(description="Backfill a site of our own in every way there is.")
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds between two requests to the host")
    parser.add_argument("--only", choices=METHODS)
    parser.add_argument("--kills", type=int, default=0)
    options = parser.parse_args(arguments)
    is_well = True
    for method in METHODS if options.only is None else (options.only,):
        figures = measure(method, options.articles, options.delay, options.kills)
        is_well &= figures.posts == options.articles and figures.again == 0
        is_well &= figures.twice <= max(options.kills, 0) <= options.articles // 100 or figures.twice == 0
        print(line(method, figures, options.delay), flush=True)
    return 0 if is_well else 1


def line(method: str, figures: Figures, delay_s: float) -> str:
    """Return a line for people."""
    share = figures.share_of_delay(delay_s)
    pace = f"{share:.2f} of what the delay dictates" if share else f"{figures.posts / figures.wall_s:.1f} articles/s"
    return (
        f"{method:8} {figures.posts} posts, {figures.pages} pages, {figures.twice} twice, {figures.lists} lists; "
        f"{figures.wall_s:.1f} s wall, {pace}; {figures.cpu_s:.1f} s CPU; again: {figures.again} pages"
    )


def measure(method: str, articles: int, delay_s: float, kills: int) -> Figures:
    """Work the past of a site with one method, and once more."""
    with tempfile.TemporaryDirectory() as name:
        return asyncio.run(_measure(method, PastSite(articles), delay_s, kills, Path(name)))


async def _measure(method: str, site: PastSite, delay_s: float, kills: int, folder: Path) -> Figures:
    routes = Routes(site)
    async with WebServer(routes) as server:
        _configure(folder, method, delay_s, site)
        began, cpu = time.monotonic(), _children_s()
        await _work(method, folder, server.port, kills, routes)
        wall, spent, first = time.monotonic() - began, _children_s() - cpu, Counter(routes.pages)
        lists, served = routes.lists, routes.served_s
        await _work(method, folder, server.port, 0, routes)
        posts = len(list((folder / "archive" / "_posts").glob("*.md")))
    pages = first.total()
    again = routes.pages.total() - pages
    return Figures(posts, pages, pages - len(first), lists, wall, spent, served, again)


def _children_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Routes(dict[str, Handler]):
    """Every path of every host has the one handler, which counts."""

    def __init__(self, site: PastSite) -> None:
        super().__init__()
        self._site = site
        self._machine = machine_of(site)
        self.pages: Counter[str] = Counter()
        self.lists = 0
        self.served_s = 0.0
        self.reached(0)

    def get(self, _: str, __: Any = None) -> Handler:
        return self._answer

    def reached(self, pages: int) -> asyncio.Event:
        """Return what is set once so many pages were asked for."""
        self._mark, self._event = pages, asyncio.Event()
        return self._event

    async def _answer(self, line: Line) -> None:
        began = time.monotonic()
        target = line.seen.target
        if "/news/" in target and "cdx" not in target:
            self.pages[target] += 1
            if self.pages.total() >= self._mark:
                self._event.set()
        else:
            self.lists += 1
        if (line.seen.header("Host") or b"").decode() == MACHINE:
            said = self._machine.say(target)
            await line.answer(said.status, said.body, **said.headers)
        else:
            answer = self._site.reply(target)
            await line.answer(answer.status, answer.body, Content_Type=answer.media_type)
        self.served_s += time.monotonic() - began


def machine_of(site: PastSite) -> Machine:
    """Return a Wayback Machine that captured every article an hour after it appeared."""
    machine = Machine(f"http://{MACHINE}")
    for number in range(site.articles):
        time = site.time(number) + timedelta(hours=1)
        machine.hold(
            site.url(number), f"{time:%Y%m%d%H%M%S}", site.reply(site.url(number).removeprefix(ROOT)).body.decode()
        )
    return machine


def _configure(folder: Path, method: str, delay_s: float, site: PastSite) -> None:
    source = {"name": "The Past", "url": f"{ROOT}/feed.xml", "every": "1d"}
    if method == "pages":
        source |= {"pages": f"{ROOT}/list?page={{n}}", "item": "li.story"}
    top: dict[str, Any] = {"wayback": f"http://{MACHINE}", "user_agent_contact": "bench@example.org"}
    top |= {"fetch": {"per_host_delay": f"{delay_s:g}s" if delay_s else "0s"}, "sources": [source]}
    (folder / "config.yaml").write_text(json.dumps(top), "utf-8")
    (folder / "urls.txt").write_text("".join(f"{site.url(n)}\n" for n in range(site.articles)), "utf-8")


async def _work(method: str, folder: Path, port: int, kills: int, routes: Routes) -> None:
    """Run the command to its end, killed on the way so many times at random moments."""
    rng = random.Random(f"{method}/{kills}")  # noqa: S311 - repeats a run
    command = [sys.executable, "-m", "bench.backfill_run", str(folder), method, str(port)]
    for _ in range(kills):
        enough = routes.reached(routes.pages.total() + rng.randrange(20, 80))
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ended = asyncio.create_task(process.wait())
        await asyncio.wait((ended, asyncio.create_task(enough.wait())), return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(rng.random() * 0.1)
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await ended
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL)
    if code := await process.wait():
        print(f"{method}: ended with exit code {code}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
