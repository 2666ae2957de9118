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


#: By name of the state's method, for one backfill; a method that is not named costs `OTHERS`.
CALLS: Mapping[str, Work] = {
    "take_shard": ms(0.45, 5, 1),
    "all": ms(0.6, 1),
    "sleeping": ms(0.15, 1),
    "set_right": ms(1.2, 23, 1),
    "due_polls": ms(0.95, 1),
    "due_articles": ms(0.5, 1),
    "left": ms(0.2, 1),
    "due_steps": ms(0.5, 1),
    "due_checks": ms(0.6, 1),
    "take": ms(0.4, 4, 1),
    "due": ms(1.0, 5),
    "fingerprints": ms(0.15, 1),
    "window": ms(0.15, 1),
    "record": ms(0.7, 12, 1),
    "remember_polls": ms(0.3, 4, 1),
    "admit": ms(0.6, 7, 1),
    "mentions": ms(0.3, 2),
    "known": ms(0.15, 1),
    "watched": ms(0.15, 1),
    "list_jobs": ms(0.01, 0),
}
OTHERS = ms(0.3, 3)
#: More of each: by host of the shard; by source of the state; by slice that is worked.
PER_HOST: Mapping[str, Work] = {"due_articles": ms(0.0075, 0)}
PER_SOURCE: Mapping[str, Work] = {"sleeping": ms(0.000125, 0), "set_right": ms(0.00063, 0)}
#: What `take` asks for each host that it takes of.
TAKE_HOST = ms(0.8, 8)
#: What `record` asks for each name and each end that it saves; they come in rounds (`slices.rounds`).
WRITE = ms(0.17, 0)
#: A tick looks at each host, and for each backfill under way at each host once more.
TICK_HOST, TICK_PAIR = ms(0.0002, 0), ms(0.0021, 0)
#: `list_jobs`, by slice that is worked: at each worker's sign of life, and at each tick.
PER_JOB = ms(0.00085, 0)
#: A job's way through the engine: deferred, fetched, finished. Each worker that is told of it asks for it.
JOB, FETCH = ms(0.5, 0, 3), ms(0.08, 0)
#: A sign of life, with the time, stalled jobs and the number of workers; of the engine's own connections.
BEAT = ms(0.4, 0, 1)


def work_of(name: str, hosts: int = 0, sources: int = 0) -> Work:
    """Return what a call of the state costs, by the hosts of its shard and the sources of the state."""
    more = PER_HOST.get(name, Work()) * hosts + PER_SOURCE.get(name, Work()) * sources
    return CALLS.get(name, OTHERS) + more


def _all(*names: str) -> Work:
    return sum((work_of(name) for name in names), Work())


#: What the model asks for in one piece; the same calls that the real code makes (`simulate_real` counts them).
ARTICLE = _all("window")
ROUND = _all("record")
CHANGED = _all("mentions", "known", "watched", "admit")
UNREACHED = _all("admit")
QUIET = _all("remember_polls")
POLLS = _all("due_polls")
FOUND = _all("due_polls", "due_articles", "due_checks")  # in one call of the thread, `slices.due.found_due`
ASK = FOUND + _all("take", "left", "due_steps")
SLICE = _all("sleeping", "set_right")
TAKE = _all("take_shard", "all")
TICK = _all("all", "due")
