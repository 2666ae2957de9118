"""Three simulated days with faults of all kinds: is every article archived once, every host left in peace?

    python -m bench.soak [--sources 200] [--hours 72] [--seed 1] [--inline] [--folder DIR]

Restarts the crawler every 6 hours, kills it once in the middle, deletes its state file at two thirds of the time.
Prints its figures; exit code 1: one of them is missed. Nothing leaves the machine: all hosts are one server on the
loopback interface. Memory is read from /proc, so it is measured on Linux only.
"""

from __future__ import annotations

import argparse
import multiprocessing
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bench import soak_checks as checks
from bench.soak_run import Stage, live
from bench.soak_world import BURST_AT, Site

#: Simulated hours from one restart to the next, and the seconds that one takes.
STAGE_H, RESTART_S = 6.0, 5.0
#: The state file is deleted at this part of the time: hour 48 of 72.
LOST_AT = 2 / 3
#: Faults printed of each kind.
SHOWN = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, check, print; return the exit code."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="soak-") as scratch:
        folder = (options.folder or Path(scratch)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        end_s = options.hours * 3600
        whole = Stage(folder, options.sources, options.hours, options.seed, 0.0, end_s, inline=options.inline)
        ended = simulate(whole)
        print(f"{options.sources} sources, {options.hours:g} simulated hours, seed {options.seed}: ", end="")
        print(f"{time.monotonic() - began:.0f} s")
        return report(ended)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Let the crawler live through simulated days with faults of all kinds."
    )
    parser.add_argument("--sources", type=int, default=200, metavar="N", help="at most 200")
    parser.add_argument("--hours", type=float, default=72, metavar="N", help="a multiple of 18: restarts come every 6")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another seed, another world")
    parser.add_argument("--inline", action="store_true", help="parse without processes, for small simulations")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keep archive, state and logs there")
    return parser.parse_args(arguments)


def simulate(whole: Stage) -> checks.Ended:
    """Live through the whole time in stages, each a process of its own."""
    ended = checks.Ended(whole)
    lost_s, crash_s = whole.end_s * LOST_AT, whole.end_s * BURST_AT + 60
    at = 0.0
    while at < whole.end_s:
        if ended.lost_s is None and at >= lost_s:
            ended.lost_s = at
            _lose_state(whole)
        end_s = min(whole.end_s, (at // (STAGE_H * 3600) + 1) * STAGE_H * 3600)
        crashes = ended.crashed_s is None and at <= crash_s < end_s
        code = _in_a_process(replace(whole, begin_s=at, end_s=end_s, crash_s=crash_s if crashes else None))
        if crashes and code == -signal.SIGKILL:
            ended.crashed_s = at = max(asked[-1].at for asked in checks.read_log(whole.folder).values())
            at += RESTART_S
        elif code == 0 and not crashes:
            at = end_s + (RESTART_S if end_s < whole.end_s else 0)
        else:
            sys.exit(
                f"the process that began at hour {at / 3600:.1f} ended with {code}; see {whole.folder}/crawler.log"
            )
    ended.asked = checks.read_log(whole.folder)
    return ended


def _in_a_process(stage: Stage) -> int | None:
    process = multiprocessing.get_context("spawn").Process(target=live, args=(stage,))
    process.start()
    process.join()
    return process.exitcode


def _lose_state(stage: Stage) -> None:
    for place in (stage.config.archive / ".crawler").glob("state.db*"):
        place.unlink()


def report(ended: checks.Ended) -> int:
    """Print the figures and what is wrong with them."""
    there = ended.stage.sites
    lost, due, posts = checks.articles(ended, there)
    faults = {
        "articles": lost,
        "manners": [fault for site in there for fault in checks.manners(ended, site)],
        "punctuality": [fault for site in there for fault in checks.punctual(ended, site)],
        "status": list(checks.told(ended, there)),
    }
    size = checks.state_bytes(ended.stage)
    faults["state"] = [f"{size / 1e6:.1f} MB"] if size > checks.STATE_BYTES else []
    faults["memory"], peaks = checks.memory(ended.stage.folder, STAGE_H * 3600)
    print(*_figures(ended, there, due, posts, size), sep="\n")
    for name, (first, later) in peaks.items():
        print(
            f"memory of {name}: at most {first / 1e6:.0f} MB in the first {STAGE_H:g} hours, {later / 1e6:.0f} MB later"
        )
    for name, found in faults.items():
        print(f"{name}: {len(found) or 'no'} faults")
        print(*(f"  {fault}" for fault in found[:SHOWN]), sep="\n", end="\n" if found else "")
    return 1 if any(faults.values()) else 0


def _figures(ended: checks.Ended, there: Sequence[Site], due: int, posts: int, size: int) -> Iterator[str]:
    asked = [one for found in ended.asked.values() for one in found]
    kinds = Counter("polls" if one.is_poll else "robots" if one.path == "/robots.txt" else "pages" for one in asked)
    manner = Counter(one.manner if one.manner != "whole" else str(one.status) for one in asked)
    yield f"requests: {len(asked)} ({', '.join(f'{n} {kind}' for kind, n in sorted(kinds.items()))})"
    yield f"answers: {', '.join(f'{n} {name}' for name, n in sorted(manner.items()))}"
    yield f"articles: {sum(len(site.stories) for site in there)} published, {due} had to be archived, {posts} posts"
    if ended.crashed_s is not None:
        yield f"killed at hour {ended.crashed_s / 3600:.2f}"
    if ended.lost_s is not None:
        yield f"state deleted at hour {ended.lost_s / 3600:.2f}"
    yield f"state: {size / 1e6:.2f} MB"


if __name__ == "__main__":
    sys.exit(main())
