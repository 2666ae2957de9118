"""What is to be simulated, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.simulate_costs import Costs
from bench.simulate_load import Database
from bench.simulate_seen import Seen
from crawler.cli.working import SLOTS
from crawler.state.shards import MANY

#: Seconds between two ticks (`engine.jobs.TICKS`); seconds after which a worker that died is replaced.
TICK_S, REPLACED_S = 2.0, 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """A simulation's size and rules."""

    workers: int
    seconds: float  #: simulated
    shards: int = MANY
    slots: int = SLOTS  #: of each worker
    backfills: int = 1  #: among which the hosts are dealt out
    seed: int = 1
    costs: Costs = field(default_factory=Costs)
    deaths_s: float = 0.0  #: seconds between two deaths of workers; 0: none dies
    fixed: bool = False  #: by the rules that RESULTS proposes


@dataclass(slots=True)
class Outcome:
    """What a simulation came to."""

    seen: Seen
    database: Database
    shares: tuple[float, ...]  #: articles of the hosts of equal demand; see `simulate_seen.shares`
    left: int  #: articles of the past that are not filed
    thread: float = 0.0  #: share of the time that the busiest database thread of a worker is taken; the model tells
