"""An event loop whose time is simulated: when nothing is going on, it jumps to the next thing that is due.

Its `time()` drives everything that waits in it, the crawler's naps and politeness as well as the deadlines of requests,
so that three days pass in minutes and a server that hangs costs no real time. Time stands still while a thread or
a process works (`working`): a slow machine is no slow clock. The idea is trio's autojump clock.
"""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVarTuple

Ts = TypeVarTuple("Ts")

#: Hour 0 of every simulation.
EPOCH = datetime(2026, 3, 2, tzinfo=UTC)
#: Real seconds of silence after which the loop is taken to be idle: what is sent on the loopback interface is there.
IDLE_S = 0.0005
#: Real seconds between two looks while a thread or a process works; its end wakes the loop anyway.
LOOK_S = 0.05
#: Waits longer than this end on the next full step, both in simulated seconds: so that the many polls of many sources
#: come in small groups. Shorter ones (politeness) are kept to the millisecond.
LONG_S, STEP_S = 2.0, 20.0


Events = list[tuple[selectors.SelectorKey, int]]


class FastLoop(asyncio.SelectorEventLoop):
    """A loop that begins at a second of simulated time; `step_s` as `STEP_S`."""

    def __init__(self, start_s: float, step_s: float = STEP_S) -> None:
        self._simulated, self._step_s = start_s, step_s
        self.working = 0  #: jobs in threads and processes that are not done
        inner = selectors.DefaultSelector()
        self._real: Callable[[float | None], Events] = inner.select
        super().__init__(inner)
        inner.select = self._select  # type: ignore[method-assign]

    def time(self) -> float:
        """Return the simulated time in seconds."""
        return self._simulated

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], Any], *args: *Ts) -> asyncio.Future[Any]:
        """Let a thread work; time stands still until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self.working += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, _: object) -> None:
        self.working -= 1

    def _select(self, timeout: float | None = None) -> Events:
        """Wait for events; where none can come any more, let the time pass that would have been waited."""
        if timeout is not None and timeout <= 0:
            return self._real(0)
        while True:
            found = self._real(LOOK_S if self.working else IDLE_S)
            if found:
                return found
            if not self.working and timeout is not None:
                self._simulated = _after(self._simulated, timeout, self._step_s)
                return []


def _after(now: float, wait: float, step_s: float) -> float:
    return now + wait if wait <= LONG_S else math.ceil((now + wait) / step_s) * step_s


class LoopClock:
    """The clock of a simulated loop; satisfies `fetcher.Clock`."""

    def __init__(self, loop: FastLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        """Return the simulated time of day."""
        return EPOCH + timedelta(seconds=self._loop.time())

    def monotonic(self) -> float:
        """Return the simulated seconds."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Sleep; the loop jumps there."""
        await asyncio.sleep(seconds)
