"""What is shared and can be overloaded: processors, a worker's database thread, the database itself.

Pure: simulated seconds come in, simulated seconds go out. Both simulations use the same.
"""

from __future__ import annotations

import heapq

from bench.simulate_costs import Costs, Work


class Server:
    """Some equal servers with one queue, first come, first served; to be asked in the order of time."""

    def __init__(self, many: int = 1) -> None:
        self._free = [0.0] * many
        self.busy_s = 0.0

    def serve(self, now: float, seconds: float) -> float:
        """Return when a piece of work that arrives now is done."""
        self.busy_s += seconds
        done = max(now, self._free[0]) + seconds
        heapq.heapreplace(self._free, done)
        return done


class Database:
    """One PostgreSQL: where its processors have more to do than they can, all that is asked of it takes longer.

    How much longer is set anew each second, by what was asked in the one before; queues below that are left out.
    """

    def __init__(self, costs: Costs) -> None:
        self._costs = costs
        self._second = 0
        self._asked_s = 0.0
        self.slowness = 1.0
        self.cpu_s = 0.0
        self.commits = 0.0
        self.peak = 0.0  #: highest share of its processors that was asked for in a second

    def work(self, now: float, work: Work) -> float:
        """Return for how many seconds who asks for this waits for it."""
        if int(now) > self._second:
            self._look_back(int(now))
        self._asked_s += work.cpu_s
        self.cpu_s += work.cpu_s
        self.commits += work.commits
        return self._costs.wait(work, self.slowness)

    def _look_back(self, second: int) -> None:
        load = self._asked_s / self._costs.database_cores / (second - self._second)
        self.peak = max(self.peak, load)
        if load > 1 or self.slowness > 1:
            self.slowness = max(1.0, self.slowness * max(load, 0.1) ** 0.5)
        self._second = second
        self._asked_s = 0.0
