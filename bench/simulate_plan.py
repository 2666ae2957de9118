"""What is to be simulated, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.simulate_costs import Costs
from bench.simulate_load import Database
from bench.simulate_seen import Seen
from crawler.cli.worker import SLOTS
from crawler.slices.due import JOBS_A_TURN
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
    a_turn: int = JOBS_A_TURN
    deaths_s: float = 0.0  #: seconds between two deaths of workers; 0: none dies
    fixed: bool = False  #: by the rules that RESULTS proposes


@dataclass(slots=True)
class Outcome:
    """What a simulation came to."""

    seen: Seen
    database: Database
    fairness: float  #: Jain's index over the well hosts whose past did not end
    left: int  #: articles of the past that are not filed
