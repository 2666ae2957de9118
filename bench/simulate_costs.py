"""What everything costs in the simulation; each number with where it was measured.

Two cores of a virtual machine, PostgreSQL 15 on the same machine, over loopback (`bench.simulate_measure`,
`bench.simulate --real --state`): trust orders of magnitude and ratios.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Work:
    """What one call, or a group of calls, asks of the database."""

    cpu_s: float = 0.0  #: of the server
    trips: float = 0.0  #: messages that are waited for: statements, BEGIN, COMMIT
    commits: float = 0.0  #: of transactions that wrote

    def __add__(self, other: Work) -> Work:
        return Work(self.cpu_s + other.cpu_s, self.trips + other.trips, self.commits + other.commits)

    def __mul__(self, times: float) -> Work:
        return Work(self.cpu_s * times, self.trips * times, self.commits * times)


def ms(cpu: float, trips: float, commits: float = 0.0) -> Work:
    """Return work, its CPU time in milliseconds."""
    return Work(cpu / 1000, trips, commits)


@dataclass(frozen=True, slots=True)
class Costs:
    """The inputs; all times in seconds."""

    article_s: float = 2 / 62  #: of one of a machine's two cores: 62 articles a second (RESULTS, "The whole way")
    poll_s: float = 0.0007  #: the same, with nothing new: 7.3 s for 10,000 (ibid.)
    listing_s: float = 0.015  #: of a feed that changed: 14.9 s − 7.3 s for 500 (ibid.)
    cores: int = 2  #: of a worker's machine
    database_cores: int = 16
    trip_s: float = 0.0003  #: to the database and back, within one data centre
    statement_s: float = 0.00022  #: a worker's own time for each (DESIGN §1)
    commit_s: float = 0.001  #: until a commit is on the disk; those that wait at the same time wait together
    delay_s: float = 1.0  #: between two requests to a host
    concurrency: int = 64  #: hosts at once in a slice (config's default)

    def wait(self, work: Work, slowness: float = 1.0) -> float:
        """Return how long a worker's database thread is taken by work."""
        return work.cpu_s * slowness + work.trips * (self.trip_s + self.statement_s) + work.commits * self.commit_s


CALLS: Mapping[str, Work] = {}
