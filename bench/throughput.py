"""The whole way from feeds to Markdown files: what it costs, how long it takes, that nothing is lost.

    python -m bench.throughput [articles] [idle] [polls] [memory] [known] [--peers PYTHON…] [--json FILE]

A local web of our own in a process of its own, on the loopback interface, with pages of the size that news sites have
today; the crawler in processes of its own, from start to end. See README.md for the scenes. Exit code 1 when a run of
the crawler ended badly, when a feed that was due was not asked for once, when a new article is not there as one post,
or when a page was fetched twice.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.throughput_peers import Ours, Peer, others
from bench.throughput_scenes import SCENES, Figures, Options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the scenes asked for; 1 when the crawler did not do what it must."""
    chosen = _parser().parse_args(arguments)
    wrong = [name for name in chosen.scenes if name not in SCENES]
    if wrong:
        print(f"no scene is called {wrong[0]!r}; there are: {', '.join(SCENES)}", file=sys.stderr)
        return 2
    options = Options(
        chosen.latency, chosen.items, chosen.polls, tuple(chosen.memory), chosen.known, chosen.sources, chosen.limit
    )
    peers: list[Peer] = [Ours()]
    if chosen.peers is not None:
        found, missing = others((sys.executable, *chosen.peers))
        peers += found
        print("\n".join(missing), end="\n" if missing else "", flush=True)
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores, {options}", flush=True)
    is_well = True
    for figures in run(chosen.scenes or ("articles", "idle"), options, peers):
        is_well &= not figures.faults
        print("\n    ".join([line(figures), *figures.faults]), flush=True)
        if chosen.json is not None:
            with chosen.json.open("a", encoding="utf-8") as file:
                print(json.dumps(as_json(figures, options)), file=file)
    return 0 if is_well else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure the whole way from feeds to Markdown files.")
    add, plain = parser.add_argument, Options()
    add("scenes", nargs="*", metavar="SCENE", help=f"{', '.join(SCENES)}; by default the first two")
    add("--latency", type=float, default=plain.latency_ms, help="ms before each answer")
    add("--items", type=int, default=plain.items, help="articles that each of 25 feeds shows")
    add("--polls", type=int, default=plain.polls, help="feeds of the scene `polls`")
    add("--memory", type=int, nargs="+", default=plain.memory, help="articles of the runs of the scene `memory`")
    add("--known", type=int, default=plain.known, help="articles more in the state of the scene `known`")
    add("--sources", type=int, default=plain.sources, help="sources in the state of the scene `known`")
    add("--limit", type=float, default=plain.limit_s, help="seconds after which a run is stopped")
    add("--peers", nargs="*", metavar="PYTHON", help="measure others, too, as far as these or our own Python has them")
    add("--json", type=Path, metavar="FILE", help="add a line of JSON for each run")
    return parser


def run(scenes: Sequence[str], options: Options, peers: Sequence[Peer]) -> Iterator[Figures]:
    """Run scenes one after another."""
    for name in scenes:
        yield from SCENES[name](options, peers)


def line(figures: Figures) -> str:
    """Return a line for people."""
    measured, served, found = figures.measured, figures.served, figures.found
    memory = f"RSS {measured.rss_mb:.0f} MB" + (f", PSS {measured.pss_mb:.0f} MB" if measured.pss_mb else "")
    parts = [f"{measured.wall_s:.2f} s wall, {measured.cpu_s:.2f} s CPU"]
    if figures.texts:
        parts.append(f"{_rate(figures):.1f} articles/s, {_cpu_ms(figures):.1f} ms CPU an article")
    parts.append(f"{memory} in {measured.processes} processes")
    parts.append(f"{figures.texts} of {figures.new} articles filed; {found.files} posts, {found.whole} whole")
    asked = served["polls"] + served["pages"] + served["robots"] + served["missing"]
    parts.append(
        f"{asked} requests ({served['polls']} polls, {served['pages']} pages, {served['twice']} twice, "
        f"{served['conditional']} conditional, {served['unchanged']} x 304, "
        f"{served['in_flight']} at a host at a time), "
        f"{served['body_bytes'] / 1e6:.2f} MB"
    )
    parts.append(f"web {served['cpu_s']:.2f} s CPU; calibration {measured.calib_ms:.1f} ms")
    ended = "" if measured.exit_code == 0 and not measured.is_late else f", exit code {measured.exit_code}"
    return f"{figures.scene}, {figures.who}, {figures.run}{ended}: " + "; ".join(parts)


def as_json(figures: Figures, options: Options) -> dict[str, Any]:
    """Return the same for programs, with what it was measured under."""
    rates = (
        {"articles_s": round(_rate(figures), 2), "cpu_ms_article": round(_cpu_ms(figures), 2)} if figures.texts else {}
    )
    return asdict(figures) | rates | {"options": asdict(options), "cores": os.cpu_count(), "load": os.getloadavg()[0]}


def _rate(figures: Figures) -> float:
    return figures.texts / figures.measured.wall_s


def _cpu_ms(figures: Figures) -> float:
    return figures.measured.cpu_s / figures.texts * 1000


if __name__ == "__main__":
    sys.exit(main())
