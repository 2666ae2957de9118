"""What a simulation saw, and its figures: throughput, fairness, lag, balance.

Pure. Both simulations fill the same.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bench.simulate_world import Site


@dataclass(slots=True)
class Seen:
    """What happened."""

    articles: Counter[str] = field(default_factory=Counter)  #: filed, by host
    by_minute: Counter[int] = field(default_factory=Counter)
    by_worker: Counter[int] = field(default_factory=Counter)
    realtime: list[float] = field(default_factory=list)  #: lags of polls, in seconds
    others: list[float] = field(default_factory=list)
    pasts: list[float] = field(default_factory=list)  #: of these, lags of both kinds at hosts whose past was worked
    polls: int = 0
    unchanged: int = 0
    requests: int = 0
    failed: int = 0
    slices: int = 0
    writes: int = 0  #: names and ends of articles that were saved
    asks: int = 0  #: of slices, what is due
    ticks: list[float] = field(default_factory=list)  #: seconds that each took

    def filed(self, now: float, host: str, worker: int) -> None:
        """Note an article."""
        self.articles[host] += 1
        self.by_minute[int(now // 60)] += 1
        self.by_worker[worker] += 1

    def polled(self, lag: float, *, is_realtime: bool, has_past: bool) -> None:
        """Note that a poll was sent, so many seconds after it was due."""
        self.polls += 1
        (self.realtime if is_realtime else self.others).append(lag)
        if has_past:
            self.pasts.append(lag)


def jain(shares: Iterable[float]) -> float:
    """Return Jain's index of fairness: 1 where all have the same, 1/n where one has everything; 1 for nobody."""
    found = list(shares)
    squares = sum(x * x for x in found)
    return sum(found) ** 2 / (len(found) * squares) if squares else 1.0


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which a part of them lies (nearest rank); 0 for none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else 0.0


def shares(seen: Seen, there: Sequence[Site], seconds: float, delay_s: float) -> tuple[float, ...]:
    """Return how many articles each well host was given that could not run out of work in this time."""
    hungry = (site.name for site in there if site.is_well and site.past * delay_s >= seconds)
    return tuple(seen.articles[name] for name in hungry)
