"""A clock set by hand: sleeping moves it, nothing else does."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2021, 11, 20, 6, 43, 44, 821000, tzinfo=UTC)


class FakeClock:
    """Satisfies `fetcher.Clock`; sleepers wake in the order of their times."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._passed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        until = self._passed + seconds
        await asyncio.sleep(0)
        self._passed = max(self._passed, until)

    def advance(self, time: timedelta) -> None:
        self._passed += time.total_seconds()
