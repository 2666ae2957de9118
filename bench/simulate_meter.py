"""What calls of the state cost: how often each is made, its statements and commits, the server's CPU time.

Rule: counts what SQLAlchemy tells, and reads the CPU time of the server's processes from /proc, which works where the
server is on this machine (Linux); elsewhere, and for SQLite, it is told as 0.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, event

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Cost:
    """What one kind of call cost, all its calls together."""

    calls: int = 0
    statements: int = 0
    commits: int = 0  #: of transactions that wrote; others are a statement by itself
    wall_s: float = 0.0
    cpu_s: float = 0.0  #: of the server

    @property
    def trips(self) -> int:
        """Return the messages to the server that were waited for: statements, BEGIN and COMMIT."""
        return self.statements + 2 * self.commits


@dataclass(slots=True)
class Meter:
    """Measures calls by their names; one at a time, of engines that connect after it was made."""

    costs: dict[str, Cost] = field(default_factory=lambda: defaultdict(Cost))
    servers: set[int] = field(default_factory=set)  #: processes of the server that answer us
    _now: Cost = field(default_factory=Cost)

    def __enter__(self) -> Meter:
        for name, listener in self._listeners():
            event.listen(Engine, name, listener)
        return self

    def __exit__(self, *_: object) -> None:
        for name, listener in self._listeners():
            event.remove(Engine, name, listener)

    def _listeners(self) -> tuple[tuple[str, Callable[..., None]], ...]:
        return (
            ("connect", self._connected),
            ("after_cursor_execute", self._executed),
            ("commit", self._committed),
        )

    def call(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Make a call and note under its name what it cost."""
        cost = self._now = self.costs[getattr(call, "__name__", str(call))]
        wall, cpu = time.perf_counter(), self._server_s()
        try:
            return call(*args, **kwargs)
        finally:
            cost.calls += 1
            cost.wall_s += time.perf_counter() - wall
            cost.cpu_s += self._server_s() - cpu
            self._now = Cost()

    def _connected(self, connection: Any, _: object) -> None:
        info = getattr(connection, "info", None)
        if info is not None:
            self.servers.add(info.backend_pid)

    def _executed(self, *_: object) -> None:
        self._now.statements += 1

    def _committed(self, conn: Connection) -> None:
        if conn.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            self._now.commits += 1

    def _server_s(self) -> float:
        return sum(map(cpu_of, self.servers))


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of a process, to the microsecond; 0 where nobody tells."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0
