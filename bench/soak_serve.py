"""Two simulated days of one `crawler serve`: does each source keep its own time, and is a new configuration heeded?

    python -m bench.soak_serve [--sources 200] [--hours 48] [--seed 1] [--inline]

The web is that of `bench.soak`, with faults of all kinds. One process from start to end; at half time its
configuration file changes, by which some sources go and others come, and the process is sent SIGHUP. A poll is late
when its time has come more than 5 s ago and its host was not being asked meanwhile: between two requests to a host
lies its delay. Exit code 1: something is late, is asked before it came or after it went, or memory grows.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, cast

from bench import soak_checks as checks
from bench.soak_clock import EPOCH, FastLoop, LoopClock
from bench.soak_run import DELAY_S, TIMEOUT_S, Counted, Stage, served, watch_memory
from bench.soak_world import HEALTHY, Site
from crawler.cli import run
from crawler.cli.common import read_config
from crawler.cli.parts import locked_store
from crawler.cli.reload import Reload
from crawler.cli.shop import open_shop
from crawler.model import Job
from crawler.state import State
from tests.fakes import InProcess

#: Seconds that a poll may be late.
LATE_S = 5.0
#: Of so many sources one goes and one comes.
SHARE = 20
#: Simulated seconds to which long waits are rounded up.
STEP_S = 1.0
#: Simulated seconds after which a host that was asked is taken to be at rest: its delay, and what an answer takes.
AT_REST_S = 2 * DELAY_S + 1
#: What was due: host and second, one line each.
DUE = "due.jsonl"


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, check, print; return the exit code."""
    parser = argparse.ArgumentParser(description="Let `crawler serve` live through simulated days.")
    parser.add_argument("--sources", type=int, default=200, metavar="N", help="at most 200")
    parser.add_argument("--hours", type=float, default=48, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another seed, another world")
    parser.add_argument("--inline", action="store_true", help="parse without processes, for small simulations")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        end_s = options.hours * 3600
        stage = Stage(Path(name), options.sources, options.hours, options.seed, 0.0, end_s, inline=options.inline)
        process = multiprocessing.get_context("spawn").Process(target=live, args=(stage,))
        process.start()
        process.join()
        if process.exitcode != 0:
            print(f"the process ended with {process.exitcode}")
            return 1
        return report(stage)


@dataclass(frozen=True, slots=True)
class Change:
    """Which sources there are before and after half time."""

    goes: frozenset[str]  #: hosts
    comes: frozenset[str]

    @classmethod
    def of(cls, stage: Stage) -> Change:
        """Return the change of a simulation."""
        return cls(*(frozenset(s.host for s in stage.sites if s.index % SHARE == rest) for rest in (1, 0)))


def configure(stage: Stage, without: Collection[str]) -> None:
    """Write the configuration file, with all sources but those of some hosts."""
    sources = [
        {"name": f"Site {s.index}", "url": s.feed, "every": f"{int(s.every.total_seconds() // 60)}m"}
        for s in stage.sites
        if s.host not in without
    ]
    top = {
        "user_agent_contact": "https://example.org/bot",
        "fetch": {"timeout": f"{TIMEOUT_S:g}s", "per_host_delay": f"{DELAY_S:g}s"},
        "sources": sources,
    }
    stage.config.path.write_text(json.dumps(top), "utf-8")  # JSON is YAML


def live(stage: Stage) -> None:
    """Serve from beginning to end, as `crawler serve` does, but for the clock and the names' addresses."""
    os.setsid()  # so that our processes can be found: those of this session
    logging.basicConfig(filename=stage.folder / "crawler.log", level=logging.WARNING)
    configure(stage, Change.of(stage).comes)
    loop = FastLoop(0.0, STEP_S)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(_live(stage, loop))


async def _live(stage: Stage, loop: FastLoop) -> None:
    clock, config = LoopClock(loop), read_config(stage.config.path)
    with (stage.folder / "requests.jsonl").open("a", buffering=1) as log, locked_store(config, clock) as store:
        async with served(stage.sites, loop, log) as pins, open_shop(config, store, clock, connect_to=pins) as shop:
            shop = replace(
                shop,
                parsers=InProcess() if stage.inline else Counted(shop.parsers, loop),
                state=cast(State, Noting(shop.state, stage.folder / DUE)),
                rng=Random(stage.seed),  # noqa: S311
            )
            loop.call_at(stage.end_s / 2, partial(_change, stage))
            loop.call_at(stage.end_s, shop.stop.set)
            memory = asyncio.create_task(watch_memory(stage.folder / "memory.jsonl", loop))
            await run.served(Reload(config), shop)
            memory.cancel()


def _change(stage: Stage) -> None:
    configure(stage, Change.of(stage).goes)
    os.kill(os.getpid(), signal.SIGHUP)


class Noting:
    """A state that writes down which polls it hands out, and for when they were planned; else the one that it is."""

    def __init__(self, state: State, place: Path) -> None:
        self._state, self._file = state, place.open("a", buffering=1)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)

    def due_polls(self, now: datetime, limit: int, **which: Any) -> tuple[Job, ...]:
        jobs = self._state.due_polls(now, limit, **which)
        for job in jobs:
            planned = job.memory.next_poll if job.memory else None
            print(json.dumps((job.host, ((planned or now) - EPOCH).total_seconds())), file=self._file)
        return jobs


def report(stage: Stage) -> int:
    """Print the figures and what is wrong with them."""
    asked, change, due = checks.read_log(stage.folder), Change.of(stage), defaultdict[str, set[float]](set)
    for line in (stage.folder / DUE).read_text().splitlines():
        host, second = json.loads(line)
        due[host].add(second)
    healthy = [site for site in stage.sites if site.kind in HEALTHY]
    late = [found for site in healthy for found in lateness(sorted(due[site.host]), asked.get(site.host, []))]
    faults = {
        "punctuality": [f"{host}: {seconds:.1f} s late" for host, seconds in late if seconds > LATE_S],
        "configuration": list(_heeded(stage, change, asked)),
    }
    faults["memory"], peaks = checks.memory(stage.folder, 6 * 3600)
    polls = sum(one.is_poll for found in asked.values() for one in found)
    print(f"{stage.count} sources, {stage.hours:g} simulated hours: {polls} polls, {len(late)} of healthy sources,")
    print(f"the latest {max((seconds for _, seconds in late), default=0):.2f} s late, politeness aside")
    for name, (first, later) in peaks.items():
        print(f"memory of {name}: at most {first / 1e6:.0f} MB in the first 6 hours, {later / 1e6:.0f} MB later")
    for name, found in faults.items():
        print(f"{name}: {len(found) or 'no'} faults")
        print(*(f"  {fault}" for fault in found[:10]), sep="\n", end="\n" if found else "")
    return 1 if any(faults.values()) else 0


def lateness(due: Sequence[float], asked: Sequence[checks.Asked]) -> Iterator[tuple[str, float]]:
    """Yield how late each poll was that was due, from when on its host was at rest."""
    polls = [one.at for one in asked if one.is_poll]
    times = [one.at for one in asked]
    for second in due:
        number = bisect_left(polls, second - checks.EPSILON_S)
        if number < len(polls):
            yield asked[0].host, polls[number] - max(second, _rests_at(times, second, polls[number]))


def _rests_at(times: Sequence[float], since: float, until: float) -> float:
    """Return from when on a host could have been asked: it was being asked until then, with its delay between."""
    rests = since
    for at in times[bisect_left(times, since - AT_REST_S) : bisect_left(times, until)]:
        if at - rests <= AT_REST_S:
            rests = max(rests, at + AT_REST_S)
    return min(rests, until)


def _heeded(stage: Stage, change: Change, asked: dict[str, list[checks.Asked]]) -> Iterator[str]:
    """Check that sources went and came when the configuration said so."""
    half = stage.end_s / 2
    for host in sorted(change.goes):
        polls = [one.at for one in asked.get(host, []) if one.is_poll and one.at > half + LATE_S]
        if polls:
            yield f"{host}: polled {polls[0] - half:.0f} s after it went"
    for host in sorted(change.comes):
        polls = [one.at for one in asked.get(host, []) if one.is_poll]
        if polls and polls[0] < half:
            yield f"{host}: polled before it came"
        elif not polls and _answers(host, stage.sites):
            yield f"{host}: never polled"
        elif polls and polls[0] > half + LATE_S:
            yield f"{host}: polled {polls[0] - half:.0f} s after it came"


def _answers(host: str, there: Sequence[Site]) -> bool:
    return next(site.kind for site in there if site.host == host) != "refused"


if __name__ == "__main__":
    sys.exit(main())
