"""The local engine: once, or for ever by the hand-set clock."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler.engine import local, past
from crawler.engine.local import run_always, run_once
from crawler.model import Tally
from crawler.slices import Shop, Want
from tests.clock import START, FakeClock
from tests.fakes import FEED, A, Answer, World, answer, article, rss, stories

HOST = "http://a.example"


def polls_until(there: World, count: int) -> list[datetime]:
    """Serve until so many polls were made; return their times."""
    times: list[datetime] = []

    async def job(shop: Shop) -> None:
        def saw(tally: Tally) -> None:
            times.extend([there.clock.now()] * (tally.polled - len(times)))
            if len(times) >= count:
                shop.stop.set()

        await asyncio.wait_for(run_always(replace(shop, saw=saw)), 120)

    there.work(job)
    return times


def test_serving_polls_each_time_the_source_is_due_and_not_before(tmp_path: Path) -> None:
    there = World(tmp_path, {FEED: answer(rss(), ETag='"1"')})
    times = polls_until(there, 5)
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert times[0] == START
    assert all(timedelta(minutes=14) <= pause < timedelta(minutes=15, seconds=20) for pause in pauses)
    assert max(there.clock.slept) <= local.LONGEST_NAP.total_seconds()


def test_serving_retries_what_failed_when_its_time_has_come(tmp_path: Path) -> None:
    daily = replace(A, every=timedelta(days=1))
    there = World(tmp_path, {FEED: rss(*stories(HOST, 1)), f"{HOST}/1": Answer(status=500)}, daily)

    async def job(shop: Shop) -> Tally:
        def saw(tally: Tally) -> None:
            if tally.archived:
                shop.stop.set()

        return await asyncio.wait_for(run_always(replace(shop, saw=saw)), 120)

    assert there.run().retried == 1
    there.pages[f"{HOST}/1"] = article(1)
    assert there.work(job) == Tally(fetched=1, archived=1)
    assert timedelta(minutes=15) <= there.clock.now() - START <= timedelta(minutes=21)


def test_serving_adds_up_what_it_did(tmp_path: Path) -> None:
    there = World(tmp_path, {FEED: rss(*stories(HOST, 1)), f"{HOST}/1": article(1)})

    async def job(shop: Shop) -> Tally:
        def saw(tally: Tally) -> None:
            if tally.unchanged:
                shop.stop.set()

        return await asyncio.wait_for(run_always(replace(shop, saw=saw)), 120)

    assert there.work(job) == Tally(polled=2, unchanged=1, new=1, fetched=1, archived=1)


class StoppedClock(FakeClock):
    """Nobody wakes from its sleep."""

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.Event().wait()


def test_serving_stops_in_its_sleep(tmp_path: Path) -> None:
    there = World(tmp_path, {FEED: rss()})
    there.clock = StoppedClock()

    async def job(shop: Shop) -> Tally:
        serving = asyncio.create_task(run_always(shop))
        while not there.clock.slept:
            await asyncio.sleep(0.001)
        shop.stop.set()
        return await asyncio.wait_for(serving, 120)

    assert there.work(job) == Tally(polled=1)


def test_serving_nothing_sleeps_and_stops(tmp_path: Path) -> None:
    there = World(tmp_path, {FEED: Answer(status=410)})
    there.run()
    assert there.memory().off
    there.clock = StoppedClock(START)

    async def job(shop: Shop) -> Tally:
        serving = asyncio.create_task(run_always(shop))
        while not there.clock.slept:
            await asyncio.sleep(0.001)
        shop.stop.set()
        return await asyncio.wait_for(serving, 120)

    assert there.work(job) == Tally()
    assert there.clock.slept == [local.LONGEST_NAP.total_seconds()]


def test_a_stop_before_the_start_does_nothing(tmp_path: Path) -> None:
    there = World(tmp_path, {FEED: rss()})

    async def job(shop: Shop) -> tuple[Tally, Tally]:
        shop.stop.set()
        return await run_once(shop, Want()), await run_always(shop)

    assert there.work(job) == (Tally(), Tally())


@pytest.mark.parametrize("loop", [run_always, lambda shop: run_once(shop, Want())], ids=["always", "once"])
def test_a_stop_between_two_slices_lets_what_runs_end(loop: Callable[[Shop], Awaitable[Tally]], tmp_path: Path) -> None:
    """The turn outlasts its slice, and the stop comes while no slice is there to see it."""
    there = World(tmp_path, {})

    async def job(shop: Shop) -> Tally:
        async def slow() -> Answer:
            there.later(seconds=90)
            await shop.stop.wait()
            return Answer(rss())

        async def beat() -> None:
            shop.stop.set()

        there.pages[FEED] = slow
        return await asyncio.wait_for(loop(replace(shop, beat=beat)), 10)

    assert there.work(job) == Tally(polled=1)
    assert there.memory().last_success == there.clock.now()


def test_what_a_source_brings_while_it_is_renamed_is_its_heirs(tmp_path: Path) -> None:
    """The configuration is read anew while the source is asked under its old address; the new one is empty."""
    moved = replace(A, url="http://b.example/feed")
    there = World(tmp_path, {f"{HOST}/1": article(1), moved.url: rss()})

    async def job(shop: Shop) -> Tally:
        is_renewed = asyncio.Event()

        async def slow() -> Answer:
            shop.wake.set()
            await is_renewed.wait()
            return Answer(rss(*stories(HOST, 1)))

        async def renew(parts: Shop) -> Shop:
            if parts.wake.is_set():
                parts.wake.clear()
                return replace(parts, sources={moved.url: moved})
            return parts

        def saw(tally: Tally) -> None:
            is_renewed.set()  # the new address was polled
            if tally.archived or tally.polled > 5:
                shop.stop.set()

        there.pages[FEED] = slow
        return await asyncio.wait_for(run_always(replace(shop, saw=saw), renew), 10)

    assert there.work(job) == Tally(polled=2, new=1, fetched=1, archived=1)


def test_a_pass_goes_on_over_as_many_slices_as_it_takes(tmp_path: Path) -> None:
    numbers = range(1, 6)
    there = World(tmp_path, {FEED: rss(*stories(HOST, *numbers))})

    def slow(n: int) -> None:
        async def reply() -> Answer:
            there.later(seconds=90)
            return Answer(article(n))

        there.pages[f"{HOST}/{n}"] = reply

    for n in numbers:
        slow(n)
    assert there.run() == Tally(polled=1, new=5, fetched=5, archived=5)


def test_a_host_that_asks_for_silence_does_not_keep_the_server_awake(tmp_path: Path) -> None:
    """It sleeps until the silence is over, instead of looking at the same jobs again and again."""
    there = World(tmp_path, {FEED: answer(status=429, Retry_After="3600")})
    times = polls_until(there, 3)
    assert [(time - START) // timedelta(hours=1) for time in times] == [0, 1, 2]
    assert len(there.clock.slept) < 150


class TestPatience:
    def test_is_for_all_waits_together(self) -> None:
        patience = past.Patience()
        assert patience.lasts(past.PATIENCE, 0)
        patience.waited += timedelta(minutes=20)
        assert patience.lasts(timedelta(minutes=10), 0)
        assert not patience.lasts(timedelta(minutes=11), 0)

    def test_begins_anew_after_a_success(self) -> None:
        patience = past.Patience(timedelta(minutes=29), 7)
        assert not patience.lasts(timedelta(minutes=2), 7)
        assert patience.lasts(timedelta(minutes=2), 8)
        assert patience.waited == timedelta()
