"""The web of the simulation: hosts, each with a feed, a past, a speed of its own.

Pure: made from a seed. Sizes of the past are heavy-tailed: the host of rank k has `largest / k^s` articles, at least
`LEAST_PAST`, with s such that they make up the sum that is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

#: Articles that even a small site has to show.
LEAST_PAST = 10
#: Part of all articles that the largest site has: 10^5 of 10^7.
LARGEST_SHARE = 0.01
#: Seconds between two polls of what is called realtime here, and of all else; share of the first; articles a day of
#: each.
REALTIME_S, HOURLY_S, REALTIME_SHARE = 300.0, 3600.0, 0.1
REALTIME_A_DAY, HOURLY_A_DAY = 50.0, 5.0
#: Seconds until an answer is whole: the median and how it is spread (sigma of its logarithm); one site in a hundred is
#: slow, one in a thousand hangs until our patience is over.
ANSWER_S, SPREAD, SLOW_S, HANGING_S = 0.3, 0.5, 5.0, 20.0
SLOW_SHARE, HANGING_SHARE = 0.01, 0.001
#: Share of requests that fail at a well site; at one that hangs all do.
FAILING_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Site:
    """One host."""

    name: str
    answer_s: float
    every_s: float  #: between two polls
    a_day: float  #: new articles
    past: int  #: articles that a backfill wants
    first_s: float  #: when its first poll is due
    failing: float  #: share of requests that fail
    phase: float  #: of its publishing, 0 to 1

    @property
    def is_realtime(self) -> bool:
        return self.every_s <= REALTIME_S

    @property
    def is_well(self) -> bool:
        """Tell whether it answers as most do."""
        return self.answer_s < SLOW_S

    def published(self, at_s: float) -> int:
        """Return how many articles it has published since the beginning."""
        return int(at_s * self.a_day / 86_400 + self.phase)


def sites(hosts: int, addresses: int, seed: int, patience_s: float = HANGING_S) -> tuple[Site, ...]:
    """Make all hosts; the sizes of their pasts are dealt out at random."""
    rng = Random(f"sites {seed}")  # noqa: S311
    sizes = _sizes(hosts, addresses)
    rng.shuffle(sizes)
    return tuple(_site(n, size, rng, patience_s) for n, size in enumerate(sizes))


def _site(number: int, past: int, rng: Random, patience_s: float) -> Site:
    is_realtime, kind = rng.random() < REALTIME_SHARE, rng.random()
    answer_s, failing = min(rng.lognormvariate(0, SPREAD) * ANSWER_S, SLOW_S / 2), FAILING_SHARE
    if kind < HANGING_SHARE:
        answer_s, failing = patience_s, 1.0
    elif kind < HANGING_SHARE + SLOW_SHARE:
        answer_s = SLOW_S
    every_s, a_day = (REALTIME_S, REALTIME_A_DAY) if is_realtime else (HOURLY_S, HOURLY_A_DAY)
    return Site(f"h{number}.example", answer_s, every_s, a_day, past, rng.random() * every_s, failing, rng.random())


def _sizes(hosts: int, addresses: int) -> list[int]:
    """Return the sizes of the pasts, the largest first; none where no address is wanted."""
    if not addresses:
        return [0] * hosts
    low, high = 0.0, 4.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(_ranked(hosts, addresses, middle)) > addresses else (low, middle)
    return _ranked(hosts, addresses, high)


def _ranked(hosts: int, addresses: int, steepness: float) -> list[int]:
    largest = max(LEAST_PAST, addresses * LARGEST_SHARE)
    return [max(LEAST_PAST, int(largest / rank**steepness)) for rank in range(1, hosts + 1)]
