"""An event loop that waits for nothing real: its time jumps to what is due next. See also `soak_clock`."""

from __future__ import annotations

from bench.soak_clock import Events, FastLoop


class JumpLoop(FastLoop):
    """A loop without threads and sockets, whose simulated time is kept to the microsecond."""

    def _select(self, timeout: float | None = None) -> Events:
        if timeout is not None and timeout > 0:
            self._simulated += timeout
        return self._real(0)
