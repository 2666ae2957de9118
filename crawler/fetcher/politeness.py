"""Politeness: whose turn it is at a host.

Rule: to one host never more than so many requests at once, and no request starts before `delay` has gone by since
the last one *ended* (and, where several connections are allowed, since the last one started). The end counts, because
a slow server is a busy one: a delay between starts would leave it no pause at all.
Holds everything in memory; what must outlive the process (`not_before`) is stored by the caller.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ..errors import FetchError
from ..scheduler import MAX_RETRY_AFTER
from .scope import alone

#: Hosts remembered before the idle ones are forgotten: some 10 MB.
MAX_HOSTS = 10_000


class Clock(Protocol):
    """Time as an argument: wound in `cli`, set by hand in tests."""

    def now(self) -> datetime:
        """Return the wall clock's time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards; only differences mean something."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds of `monotonic`."""
        ...


@dataclass(slots=True)
class _Host:
    slots: asyncio.Semaphore
    delay: float  # seconds
    users: int = 0  # inside `turn`, waiting or working
    ready_at: float = float("-inf")  # of the monotonic clock: no start before


class Politeness:
    """The turns at all hosts; belongs to one event loop.

    Args:
        clock: tells and passes the time.
        delay: between the end of one request to a host and the start of the next; zero means no waiting.
        connections: requests at once to one host, at least 1.
        whose: makes of a host what falls silent with it; see `scope.whose`.
    """

    def __init__(
        self, clock: Clock, delay: timedelta, connections: int = 1, whose: Callable[[str], str] = alone
    ) -> None:
        self._clock = clock
        self._delay = delay.total_seconds()
        self._connections = connections
        self._whose = whose
        self._hosts: dict[str, _Host] = {}
        self._sweep_at = MAX_HOSTS
        self._silent: dict[str, datetime] = {}  # by what falls silent together
        self._asked: dict[str, datetime] = {}  # the same by who asked, should others fall silent with it
        self._newly_silent: dict[str, datetime] = {}  # of these what was not stored yet
        self._guard: Callable[[], None] = lambda: None
        self._ours_since: Callable[[], float] = lambda: float("-inf")

    def answer_to(self, guard: Callable[[], None], ours_since: Callable[[], float]) -> None:
        """Share the hosts with other processes.

        Args:
            guard: asked before each request, once more just before its first byte, and behind it; raises where it
                must not be sent, or where what came of it is not ours to judge any more: that it took too long, say,
                when we were stopped meanwhile.
            ours_since: gives the time of the monotonic clock at which the hosts of the current task became ours: from
                then on their delays count, since others may have asked them until then.
        """
        self._guard, self._ours_since = guard, ours_since

    def guard(self) -> None:
        """Raise where a request must not be sent, or what came of it is not ours to judge; see `answer_to`."""
        self._guard()

    @asynccontextmanager
    async def turn(self, host: str, route: str = "") -> AsyncIterator[None]:
        """Wait for a turn at a host, and hold it while the block runs.

        Args:
            host: as `urls.host` names it.
            route: an address that may have been silenced by itself.

        Raises:
            FetchError: the host asked to be left alone longer than now; passing, `retry_after` says how long.
        """
        state = self._host(host)
        state.users += 1
        try:
            self._refuse_if_silent(host, route)
            async with state.slots:
                await self._wait_until_ready(state)
                self._refuse_if_silent(host, route)
                self.guard()
                self._push(state)
                try:
                    yield
                finally:
                    self._push(state)
                    self.guard()
        finally:
            state.users -= 1

    def silence(self, name: str, until: datetime) -> None:
        """Leave a host, with what falls silent with it, or a route alone until then; a later time already set stays."""
        until = max(until, self.silent_until(name) or until)
        self._silent[self._whose(name)] = self._asked[name] = self._newly_silent[name] = until

    def take_silenced(self) -> dict[str, datetime]:
        """Return the hosts silenced since this was last asked, and until when: for the caller to store."""
        taken, self._newly_silent = self._newly_silent, {}
        return taken

    def silent_until(self, name: str) -> datetime | None:
        """Return until when a host or route is to be left alone, or None.

        A silence beyond any that can be asked for was set by a clock that ran ahead.
        """
        until, now = self._silent.get(self._whose(name)), self._clock.now()
        return until if until is not None and now < until <= now + MAX_RETRY_AFTER else None

    def set_delay(self, host: str, delay: timedelta) -> None:
        """Set one host's own delay (Crawl-delay), from its last request on; never shorter than that of all hosts."""
        state = self._host(host)
        before, state.delay = state.delay, max(self._delay, delay.total_seconds())
        state.ready_at += max(state.delay - before, 0)

    def heed(self, delay: timedelta, connections: int, whose: Callable[[str], str]) -> None:
        """Go on by other rules; a host that is being asked keeps its number of connections until it rests.

        Who asked for silence keeps it, and from now on those keep it, too, who fall silent with it by the new rule.
        """
        self._delay, self._connections, self._whose = delay.total_seconds(), connections, whose
        self._silent = {}
        for name, until in self._asked.items():
            self._silent[whose(name)] = max(until, self._silent.get(whose(name), until))
        self._hosts = {name: host for name, host in self._hosts.items() if self._is_needed(host)}
        for host in self._hosts.values():
            host.delay = max(host.delay, self._delay)

    def _is_needed(self, host: _Host) -> bool:
        return host.users > 0 or host.ready_at > self._clock.monotonic()

    def _host(self, name: str) -> _Host:
        if name not in self._hosts:
            if len(self._hosts) >= self._sweep_at:
                self._sweep()
            self._hosts[name] = _Host(asyncio.Semaphore(self._connections), self._delay)
        return self._hosts[name]

    def _sweep(self) -> None:
        """Forget the hosts of which nothing need be known; the next sweep comes when their number has doubled."""
        self._hosts = {name: host for name, host in self._hosts.items() if self._is_needed(host)}
        now = self._clock.now()
        self._silent = {name: until for name, until in self._silent.items() if until > now}
        self._asked = {name: until for name, until in self._asked.items() if until > now}
        self._sweep_at = max(MAX_HOSTS, 2 * len(self._hosts))

    async def _wait_until_ready(self, host: _Host) -> None:
        while (seconds := self._ready_at(host) - self._clock.monotonic()) > 0:
            await self._clock.sleep(seconds)

    def _ready_at(self, host: _Host) -> float:
        return max(host.ready_at, self._ours_since() + host.delay)

    def _push(self, host: _Host) -> None:
        host.ready_at = self._clock.monotonic() + host.delay

    def _refuse_if_silent(self, host: str, route: str) -> None:
        until = self.silent_until(host)
        who, until = ("host", until) if until or not route else ("server", self.silent_until(route))
        if until is not None:
            left = until - self._clock.now()
            raise FetchError(f"{who} asked for silence until {until:%Y-%m-%d %H:%M} UTC", retry_after=left)
