"""Hundred workers, 10^5 hosts, 10^7 addresses, in simulated time: how much, how fair, how punctual, what breaks first.

    python -m bench.simulate [--workers 1 3 10 30 100 300] [--hosts 100000] [--addresses 10000000] [--minutes 4]
                             [--shards 256] [--slots 128] [--backfills 1] [--deaths SECONDS] [--fixed] [--real [STATE]]

A line for each number of workers. `--real` drives the crawler's own code in place of the model, for small worlds, on
SQLite in memory or on a PostgreSQL that is given, and tells what it asked of it. `--set NAME=VALUE` changes an input:
see `simulate_costs.Costs`. Nothing leaves this process.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bench import simulate_model, simulate_real
from bench.simulate_costs import Costs
from bench.simulate_meter import Meter
from bench.simulate_plan import Outcome, Plan
from bench.simulate_seen import jain, percentile
from bench.simulate_world import Site, sites
from crawler.cli.working import SLOTS
from crawler.state.shards import MANY

COLUMNS = (
    *("workers", "articles/s", "of CPU", "fairness", "starved", "lag p50", "p95", "p99", "max", "at busy hosts p95"),
    *("slices/s", "commits/s", "PG cores", "slowness", "thread", "tick", "idle"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, print."""
    options = _options(arguments)
    there = sites(options.hosts, options.addresses, options.seed)
    gc.freeze()  # the world stays
    gc.set_threshold(100_000, 50, 100)
    print(*_world(there), sep="\n")
    print(f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}", sep="\n", flush=True)
    for workers in options.workers:
        plan, began, meter = _plan(options, workers), time.monotonic(), Meter()
        if options.real is None:
            outcome = simulate_model.simulate(plan, there)
        else:
            outcome = simulate_real.simulate(plan, there, meter, options.real)
        print(f"| {' | '.join(_row(plan, outcome))} |", flush=True)
        if options.verbose:
            print(*_more(plan, outcome, meter, time.monotonic() - began), sep="\n", flush=True)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Simulate many workers.")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 3, 10, 30, 100, 300], metavar="N")
    parser.add_argument("--hosts", type=int, default=100_000, metavar="N")
    parser.add_argument("--addresses", type=int, default=10_000_000, metavar="N", help="of the past, all backfills")
    parser.add_argument("--minutes", type=float, default=4, metavar="N", help="simulated")
    parser.add_argument("--shards", type=int, default=MANY, metavar="N")
    parser.add_argument("--slots", type=int, default=SLOTS, metavar="N", help="slices at once in a worker")
    parser.add_argument("--backfills", type=int, default=1, metavar="N", help="among which the hosts are dealt out")
    parser.add_argument("--deaths", type=float, default=0, metavar="SECONDS", help="between two deaths of workers")
    parser.add_argument("--fixed", action="store_true", help="by the rules that RESULTS proposes")
    parser.add_argument("--real", nargs="?", const="sqlite://", metavar="STATE", help="drive the crawler's own code")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="other costs")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--verbose", action="store_true", help="tell more of each")
    return parser.parse_args(arguments)


def _plan(options: argparse.Namespace, workers: int) -> Plan:
    kinds = {name: type(getattr(Costs(), name)) for name in Costs.__slots__}
    given = (one.partition("=") for one in options.set)
    costs = replace(Costs(), **{name: kinds[name](value) for name, _, value in given})
    return Plan(
        workers,
        options.minutes * 60,
        shards=options.shards,
        slots=options.slots,
        backfills=options.backfills,
        seed=options.seed,
        costs=costs,
        deaths_s=options.deaths,
        fixed=options.fixed,
    )


def _world(there: Sequence[Site]) -> Iterator[str]:
    sizes = sorted((site.past for site in there), reverse=True)
    top, middle = sizes[0], sizes[len(sizes) // 2]
    yield f"{len(there):,} hosts, {sum(sizes):,} addresses of the past: the largest host has {top:,}, half of all"
    yield f"at most {middle:,}; {sum(site.is_realtime for site in there):,} feeds polled each 5 minutes, others hourly."


def _row(plan: Plan, outcome: Outcome) -> Iterator[str]:
    seen, seconds = outcome.seen, plan.seconds
    rate = seen.articles.total() / seconds
    yield str(plan.workers)
    yield f"{rate:,.0f}"
    yield f"{rate / _possible(plan):.0%}"
    yield f"{jain(outcome.shares):.3f}"
    yield f"{outcome.shares.count(0) / max(1, len(outcome.shares)):.0%}"
    yield from (f"{percentile(seen.realtime, part):.1f}" for part in (0.5, 0.95, 0.99, 1))
    yield f"{percentile(seen.pasts, 0.95):.1f}"
    yield f"{seen.slices / seconds:.1f}"
    yield f"{outcome.database.commits / seconds:,.0f}"
    yield f"{outcome.database.cpu_s / seconds:.1f}"
    yield f"{outcome.database.slowness:.1f}"
    yield f"{outcome.thread:.0%}"
    yield f"{percentile(seen.ticks, 0.95):.1f}"
    yield f"{plan.workers - len(seen.by_worker)}"


def _possible(plan: Plan) -> float:
    """Return the articles a second that the workers' processors allow."""
    return plan.workers * plan.costs.cores / plan.costs.article_s


def _more(plan: Plan, outcome: Outcome, meter: Meter, took_s: float) -> Iterator[str]:
    seen, minutes = outcome.seen, sorted(outcome.seen.by_minute.items())
    yield f"\n{took_s:.0f} s of real time; {outcome.left:,} articles of the past left; {seen.polls:,} polls, of them"
    yield f"{seen.unchanged:,} unchanged; {seen.asks:,} times asked what is due; {seen.failed:,} requests failed"
    yield f"articles/s, minute by minute: {', '.join(f'{count / 60:,.0f}' for _, count in minutes)}"
    shares = [seen.by_worker[n] for n in range(plan.workers)]
    yield f"articles of a worker: {min(shares):,} to {max(shares):,}, fairness {jain(shares):.3f}"
    lags = ", ".join(f"{percentile(seen.others, part):.1f}" for part in (0.5, 0.95, 0.99, 1))
    yield f"lag of hourly polls, p50, p95, p99, max: {lags} s"
    for name, cost in sorted(meter.costs.items()):
        each, articles = 1000 / cost.calls, max(1, seen.articles.total())
        told = f"{cost.calls / articles:.3f} an article; {cost.statements / cost.calls:.1f} statements"
        yield f"  {name}: {told}, {cost.cpu_s * each:.2f} ms of CPU, {cost.wall_s * each:.2f} ms"


if __name__ == "__main__":
    sys.exit(main())
