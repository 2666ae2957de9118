from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from crawler.errors import FetchError
from crawler.fetcher import politeness
from crawler.fetcher.politeness import Politeness
from crawler.fetcher.scope import whose
from crawler.model import Scope
from tests.clock import FakeClock

SECOND = timedelta(seconds=1)


async def visit(hosts: Politeness, clock: FakeClock, host: str, lasting: float = 0.0) -> tuple[float, float]:
    """Take a turn; return when it began and ended."""
    async with hosts.turn(host):
        began = clock.monotonic()
        if lasting:
            await clock.sleep(lasting)
        return began, clock.monotonic()


def times(
    delay: timedelta, connections: int, work: Callable[[Politeness, FakeClock], list[Awaitable[tuple[float, float]]]]
) -> list[tuple[float, float]]:
    clock = FakeClock()
    hosts = Politeness(clock, delay, connections)

    async def all_of_them() -> list[tuple[float, float]]:
        return list(await asyncio.gather(*work(hosts, clock)))

    return sorted(asyncio.run(all_of_them()))


def test_the_delay_runs_from_the_end_of_one_to_the_start_of_the_next() -> None:
    found = times(2 * SECOND, 1, lambda hosts, clock: [visit(hosts, clock, "a.example", 5) for _ in range(3)])
    assert found == [(0, 5), (7, 12), (14, 19)]


def test_hosts_do_not_wait_for_each_other() -> None:
    found = times(2 * SECOND, 1, lambda hosts, clock: [visit(hosts, clock, f"{n}.example") for n in range(50)])
    assert found == [(0, 0)] * 50


def test_no_delay_means_no_sleep() -> None:
    clock = FakeClock()
    hosts = Politeness(clock, timedelta())

    async def work() -> None:
        for _ in range(3):
            await visit(hosts, clock, "a.example")

    asyncio.run(work())
    assert clock.slept == []


@pytest.mark.parametrize("connections", [1, 2, 3])
def test_no_more_at_once_than_allowed(connections: int) -> None:
    hosts = Politeness(FakeClock(), timedelta(), connections)
    active, peak = 0, 0

    async def work() -> None:
        nonlocal active, peak
        async with hosts.turn("a.example"):
            active += 1
            peak = max(peak, active)
            for _ in range(3):
                await asyncio.sleep(0)
            active -= 1

    async def all_of_them() -> None:
        await asyncio.gather(*(work() for _ in range(10)))

    asyncio.run(all_of_them())
    assert peak == connections


def test_starts_keep_the_delay_on_several_connections_too() -> None:
    found = times(2 * SECOND, 2, lambda hosts, clock: [visit(hosts, clock, "a.example", 1) for _ in range(4)])
    starts = [start for start, _ in found]
    assert all(later - earlier >= 2 for earlier, later in pairwise(starts))


def test_a_host_may_be_given_a_longer_delay_but_not_a_shorter_one() -> None:
    clock = FakeClock()
    hosts = Politeness(clock, 2 * SECOND)
    hosts.set_delay("slow.example", 10 * SECOND)
    hosts.set_delay("eager.example", timedelta(seconds=0.1))

    async def twice(host: str) -> float:
        first = await visit(hosts, clock, host)
        second = await visit(hosts, clock, host)
        return second[0] - first[1]

    assert asyncio.run(twice("slow.example")) == 10
    assert asyncio.run(twice("eager.example")) == 2


def test_a_delay_that_is_learned_from_an_answer_holds_from_that_answer_on() -> None:
    """The first page after robots.txt waits as long as robots.txt asks."""
    clock = FakeClock()

    async def work(first: timedelta) -> float:
        hosts = Politeness(clock, first)
        _, asked = await visit(hosts, clock, "slow.example")
        for _ in range(2):
            hosts.set_delay("slow.example", 10 * SECOND)
        began, _ = await visit(hosts, clock, "slow.example")
        return began - asked

    assert asyncio.run(work(SECOND)) == 10
    assert asyncio.run(work(timedelta())) == 10


def test_silence_refuses_at_once_and_ends_by_itself() -> None:
    clock = FakeClock()
    hosts = Politeness(clock, timedelta())
    until = clock.now() + timedelta(minutes=2)
    hosts.silence("a.example", until)
    hosts.silence("a.example", until - SECOND)  # a shorter one does not lift it

    with pytest.raises(FetchError) as caught:
        asyncio.run(visit(hosts, clock, "a.example"))
    assert caught.value.reason == "host asked for silence until 2021-11-20 06:45 UTC"
    assert caught.value.passing
    assert caught.value.retry_after == timedelta(minutes=2)
    assert hosts.silent_until("a.example") == until
    assert hosts.silent_until("b.example") is None

    clock.advance(timedelta(minutes=2))
    assert hosts.silent_until("a.example") is None
    assert asyncio.run(visit(hosts, clock, "a.example")) == (120, 120)


def test_a_site_falls_silent_with_one_of_its_hosts() -> None:
    clock = FakeClock()
    hosts = Politeness(clock, timedelta(), whose=whose("site"))
    until = clock.now() + timedelta(hours=1)
    hosts.silence("feeds.a.example", until)
    assert hosts.silent_until("www.a.example") == hosts.silent_until("a.example:8080") == until
    assert hosts.silent_until("b.example") is None
    assert hosts.take_silenced() == {"feeds.a.example": until}


@pytest.mark.parametrize("before", ["host", "site"])
def test_who_asked_for_silence_keeps_it_when_the_rule_changes(before: Scope) -> None:
    clock = FakeClock()
    hosts = Politeness(clock, timedelta(), whose=whose(before))
    until, later = clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=2)
    hosts.silence("feeds.a.example", until)
    hosts.silence("cdn.b.example", later)
    hosts.silence("feeds.b.example", until)

    hosts.heed(timedelta(), 1, whose("site"))
    assert hosts.silent_until("feeds.a.example") == hosts.silent_until("www.a.example") == until
    assert hosts.silent_until("feeds.b.example") == later

    hosts.heed(timedelta(), 1, whose("host"))
    assert hosts.silent_until("feeds.a.example") == until
    assert hosts.silent_until("www.a.example") is None


def test_a_route_falls_silent_by_itself() -> None:
    clock = FakeClock()
    hosts = Politeness(clock, timedelta())
    hosts.silence("http://hub.example/news", clock.now() + timedelta(hours=1))

    async def work(route: str) -> None:
        async with hosts.turn("hub.example", route):
            pass

    asyncio.run(work("http://hub.example/sport"))
    with pytest.raises(FetchError, match="server asked for silence until 2021-11-20 07:43 UTC"):
        asyncio.run(work("http://hub.example/news"))


def test_silences_that_are_over_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(politeness, "MAX_HOSTS", 10)
    clock = FakeClock()
    hosts = Politeness(clock, SECOND)
    hosts.silence("short.example", clock.now() + SECOND)
    hosts.silence("long.example", clock.now() + timedelta(hours=1))
    clock.advance(timedelta(minutes=1))
    for n in range(11):
        hosts.set_delay(f"{n}.example", SECOND)
    assert list(hosts._silent) == list(hosts._asked) == ["long.example"]


def test_those_who_wait_when_silence_falls_are_refused_too() -> None:
    clock = FakeClock()
    hosts = Politeness(clock, SECOND)

    async def first() -> None:
        async with hosts.turn("a.example"):
            await asyncio.sleep(0)  # the others queue up
            hosts.silence("a.example", clock.now() + timedelta(hours=1))

    async def work() -> list[object]:
        return await asyncio.gather(
            first(), *(visit(hosts, clock, "a.example") for _ in range(3)), return_exceptions=True
        )

    results = asyncio.run(work())
    assert [type(result) for result in results] == [type(None), FetchError, FetchError, FetchError]


def test_a_waiter_that_is_cancelled_leaves_its_turn_to_the_next() -> None:
    clock = FakeClock()
    hosts = Politeness(clock, timedelta())

    async def work() -> tuple[float, float]:
        async with hosts.turn("a.example"):
            waiter = asyncio.create_task(visit(hosts, clock, "a.example"))
            await asyncio.sleep(0)
            waiter.cancel()
            await asyncio.gather(waiter, return_exceptions=True)
        return await visit(hosts, clock, "a.example")

    assert asyncio.run(work()) == (0, 0)


def test_a_turn_that_fails_counts_and_is_given_back() -> None:
    clock = FakeClock()
    hosts = Politeness(clock, SECOND)

    async def work() -> float:
        with pytest.raises(ZeroDivisionError):
            async with hosts.turn("a.example"):
                raise ZeroDivisionError
        return (await visit(hosts, clock, "a.example"))[0]

    assert asyncio.run(work()) == 1


def test_idle_hosts_are_forgotten_and_the_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(politeness, "MAX_HOSTS", 10)
    clock = FakeClock()
    hosts = Politeness(clock, SECOND)
    hosts.silence("silent.example", clock.now() + timedelta(hours=1))

    async def work() -> None:
        await visit(hosts, clock, "just-visited.example")
        async with hosts.turn("busy.example"):
            for n in range(100):
                hosts.set_delay(f"{n}.example", SECOND)

    asyncio.run(work())
    assert len(hosts._hosts) <= 20
    assert {"busy.example", "just-visited.example"} <= set(hosts._hosts)
    assert hosts.silent_until("silent.example") is not None
