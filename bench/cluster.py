"""Many machines: what befalls workers, whether polls keep their schedule meanwhile, and what PostgreSQL costs.

    python -m bench.cluster kill|stop|restart|cut|none|all [--hosts 120] [--items 15] [--delay 0.2]
    python -m bench.cluster polls [--urls 100000] [--minutes 4]
    python -m bench.cluster throughput [--articles 160] [--times 3]
    python -m bench.cluster copy [--urls 1000000]

Each starts a PostgreSQL server of its own, web servers on loopback, and workers in processes of their own. Exit code 1
when what is promised does not hold. See README.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

from bench import cluster_copy, cluster_judge, cluster_polls, cluster_throughput
from bench.cluster_harms import HARMS, Plan, play


def harms(chosen: argparse.Namespace) -> bool:
    """Play one scene, or all; tell whether all is well."""
    plan, is_well = Plan(chosen.hosts, chosen.items, chosen.delay), True
    print(cluster_judge.HEAD, flush=True)
    for scene in HARMS if chosen.scene == "all" else (chosen.scene,):
        figures = play(scene, plan)
        print("\n    ".join([cluster_judge.row(figures), *figures.faults]), flush=True)
        if figures.faults:
            print(figures.ended.said[-4000:], file=sys.stderr)
        is_well &= not figures.faults
    return is_well


def told(lines: Iterable[str]) -> bool:
    """Print what a scene says; its last line tells whether all is well."""
    last = ""
    for last in lines:
        print(last, flush=True)
    return last.startswith("PASS")


SCENES: Mapping[str, Callable[[argparse.Namespace], bool]] = {
    "all": harms,
    **dict.fromkeys(HARMS, harms),
    "polls": lambda chosen: told(cluster_polls.measure(chosen.urls or 100_000, chosen.minutes)),
    "throughput": lambda chosen: told(cluster_throughput.measure(chosen.articles, chosen.times)),
    "copy": lambda chosen: told(cluster_copy.measure(chosen.urls or 1_000_000)),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a scene; 1 when the crawler did not do what it must."""
    chosen = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    load = os.getloadavg()[0]
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f}")
    return 0 if SCENES[chosen.scene](chosen) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Show what many workers do together.")
    add, plan = parser.add_argument, Plan()
    add("scene", choices=SCENES)
    add("--hosts", type=int, default=plan.hosts, help="of the scenes of harms")
    add("--items", type=int, default=plan.items, help="articles of each host there")
    add("--delay", type=float, default=plan.delay, help="seconds between two requests to a host there")
    add("--urls", type=int, help="in the backlog of `polls` (100,000), or in the state of `copy` (1,000,000)")
    add("--minutes", type=float, default=4.0, help="that `polls` lasts")
    add("--articles", type=int, default=160, help="of each of 25 feeds of `throughput`")
    add("--times", type=int, default=3, help="that `throughput` is measured")
    return parser


if __name__ == "__main__":
    sys.exit(main())
