"""How long the past takes in all: the workers' processors shared fairly, each host at its own pace at most.

    python -m bench.simulate_tail [--rate 5900] [--hosts 100000] [--addresses 10000000]

A reckoning by the minute and no simulation of requests, for what ends after days: see `simulate` for what a rate is.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

from bench.simulate_costs import Costs
from bench.simulate_world import Site, sites

#: How much longer a host alone takes than its delay and its answers: gaps between slices, the rest of an article.
OWN_PACE = 1.04
#: Seconds in a step at first; steps grow, since what is left changes more and more slowly.
STEP_S, GROWTH = 60.0, 1.02


def main(arguments: Sequence[str] | None = None) -> int:
    """Reckon, print."""
    parser = argparse.ArgumentParser(description="Reckon how long the past takes in all.")
    parser.add_argument("--rate", type=float, default=5900, metavar="N", help="articles a second of all workers")
    parser.add_argument("--hosts", type=int, default=100_000, metavar="N")
    parser.add_argument("--addresses", type=int, default=10_000_000, metavar="N")
    options = parser.parse_args(arguments)
    there = sites(options.hosts, options.addresses, 1)
    whole = sum(site.past for site in there)
    marks = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0]
    for seconds, left, hosts in remains(there, options.rate, Costs().delay_s):
        while marks and whole - left >= marks[0] * whole:
            print(f"{marks.pop(0):.1%} after {seconds / 3600:.1f} h, {hosts:,} hosts left")
    return 0


def remains(there: Sequence[Site], rate: float, delay_s: float) -> Iterator[tuple[float, float, int]]:
    """Yield the time, how many articles are left then, and at how many hosts; hanging hosts are left out."""
    paces = {s.name: 1 / (OWN_PACE * (delay_s + s.answer_s)) for s in there}
    left = {s.name: float(s.past) for s in there if s.past and s.failing < 1}
    now, step = 0.0, STEP_S
    while left:
        share = _share([paces[name] for name in left], rate)
        for name in list(left):
            left[name] -= min(share, paces[name]) * step
            if left[name] <= 0:
                del left[name]
        now, step = now + step, step * GROWTH
        yield now, sum(left.values()), len(left)


def _share(paces: Sequence[float], rate: float) -> float:
    """Return the pace that nobody exceeds where all have the same share of a rate."""
    most, left = rate, len(paces)
    for pace in sorted(paces):
        if pace * left >= most:
            return most / left
        most, left = most - pace, left - 1
    return float("inf")


if __name__ == "__main__":
    sys.exit(main())
