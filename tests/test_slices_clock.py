"""Clocks that jump, both ways: nothing is put off until a time that never was, nothing doubled, nothing misdated."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler import slices, urls
from crawler.archive import facts
from crawler.engine.local import run_always
from crawler.errors import FetchError
from crawler.fetcher import Politeness
from crawler.model import Tally
from crawler.slices import Shop
from crawler.slices.clock import set_right
from tests.clock import START, FakeClock
from tests.fakes import FEED, A, World, answer, article, entry, rss, stories

HOST = "http://a.example"
YEARS = timedelta(days=3653)
LAGOON = replace(A, name="Lagoon", url="http://b.example/feed")


def world(folder: Path, *numbers: int) -> World:
    pages = {f"{HOST}/{n}": article(n) for n in range(1, 9)}
    return World(folder, {FEED: rss(*stories(HOST, *numbers)), LAGOON.url: rss(), **pages}, A, LAGOON)


def at(there: World, jump: timedelta) -> World:
    """Start the next process at another time than the last one's."""
    there.clock = FakeClock(there.clock.now() + jump)
    return there


class TestAClockThatRanAhead:
    def test_puts_no_poll_off(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        there = at(world(tmp_path, 1, 2), YEARS)
        assert there.run().archived == 2
        there.pages[FEED] = rss(*stories(HOST, 3, 2, 1))
        assert at(there, -YEARS).run() == Tally(polled=2, unchanged=1, new=1, fetched=1, archived=1)
        assert there.targets == [FEED, LAGOON.url, f"{HOST}/3"]
        assert len(there.posts) == 3
        assert "the clock was ahead before: 2 sources, 0 articles and 0 hosts waited for it" in caplog.text
        caplog.clear()
        assert there.later(minutes=5).run() == Tally(), "once set right it is an ordinary state"
        assert caplog.text == ""

    def test_by_an_hour_is_noticed_too(self, tmp_path: Path) -> None:
        there = at(world(tmp_path, 1), timedelta(hours=1))
        there.run()
        assert at(there, -timedelta(hours=1)).run().polled == 2

    def test_by_seconds_changes_no_turn(self, tmp_path: Path) -> None:
        there = world(tmp_path, 1)
        there.run()
        assert at(there, -timedelta(seconds=40)).run() == Tally()

    def test_does_not_poll_a_failing_source_each_time(self, tmp_path: Path) -> None:
        there = at(world(tmp_path), YEARS)
        there.run()
        there.pages[FEED] = FetchError("connection refused")
        assert at(there, -YEARS).run() == Tally(polled=2, failed=1, unreached=1, unchanged=1)
        assert there.run() == Tally()

    def test_puts_no_article_off(self, tmp_path: Path) -> None:
        there = world(tmp_path, 1, 2)
        there.pages |= {f"{HOST}/1": answer(status=500)}
        assert at(there, YEARS).run().retried == 1
        there.pages |= {f"{HOST}/1": article(1)}
        assert at(there, -YEARS).run().archived == 1
        assert there.froms == [f"{HOST}/1", f"{HOST}/2"]

    def test_keeps_no_new_article_waiting(self, tmp_path: Path) -> None:
        """Entered by a clock that was hours ahead, in a pass that was cut short before it came to them."""
        there = at(world(tmp_path, 1, 2, 3), timedelta(hours=5))
        assert there.run(limit=1).archived == 1
        assert at(there, -timedelta(hours=5)).run().archived == 2

    def test_silences_no_host(self, tmp_path: Path) -> None:
        there = world(tmp_path, 1)
        there.pages[f"{HOST}/1"] = answer("", 429, Retry_After="600")
        at(there, YEARS).run()
        there.pages[f"{HOST}/1"] = article(1)
        assert at(there, -YEARS).run().archived == 1

    def test_hides_no_silent_source(self, tmp_path: Path) -> None:
        there = at(world(tmp_path, 1), YEARS)
        there.run()
        at(there, -YEARS).run()
        memory = there.memory()
        assert memory.last_new == memory.last_success == START
        (row, _) = there.state.source_rows(there.clock.now())
        assert (row.first_seen, row.day, row.week) == (START, 1, 1)
        (row, _) = there.state.source_rows(there.clock.now() + timedelta(days=8))
        assert (row.day, row.week, row.all) == (0, 0, 1)

    def test_keeps_no_filed_article_from_being_read_again(self, tmp_path: Path) -> None:
        there = world(tmp_path, 1)
        there.sources = tuple(replace(source, recheck=(timedelta(hours=1),)) for source in there.sources)
        assert at(there, YEARS).run().archived == 1
        at(there, -YEARS).run()
        key = urls.key(f"{HOST}/1")
        watch, memory = there.state.watched([key])[key], there.state.source_state(FEED)
        assert watch.read <= there.clock.now() >= watch.written
        assert memory.rhythm_since is None or memory.rhythm_since <= there.clock.now()
        there.pages[f"{HOST}/1"] = article(1).replace("before the tide turned", "before the rain came")
        assert there.later(hours=2).run().revised == 1

    def test_is_set_right_while_the_server_runs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(slices, "LOOK_AGAIN_S", 0.01)
        there = at(world(tmp_path, 1), YEARS)
        polls: list[timedelta] = []

        async def serve(shop: Shop) -> Tally:
            def saw(_: Tally) -> None:
                polls.append(there.clock.now() - START)
                if len(polls) == 3:  # two feeds and one article: now somebody sets the clock
                    there.clock._start -= YEARS
                if len(polls) == 5:
                    shop.stop.set()

            return await run_always(replace(shop, saw=saw))

        tally = there.work(serve)
        assert tally == Tally(polled=4, unchanged=2, new=1, fetched=1, archived=1)
        assert polls[-1] < timedelta(minutes=2)


class TestAClockThatIsSetBack:
    """To a time when nothing of what is known had happened yet."""

    def test_doubles_nothing_and_changes_no_file(self, tmp_path: Path) -> None:
        there = world(tmp_path, 1, 2, 3)
        there.run()
        before = {path: there.archive.read(path) for path in there.posts}
        there.pages[FEED] = rss(*stories(HOST, 4, 3, 2, 1))
        assert at(there, -YEARS).run() == Tally(polled=2, unchanged=1, new=1, fetched=1, archived=1)
        assert there.targets.count(f"{HOST}/1") == 0
        assert {path: there.archive.read(path) for path in before} == before
        assert len(there.posts) == 4

    def test_dates_no_article_later_than_the_crawl(self, tmp_path: Path) -> None:
        there = at(world(tmp_path, 1), -YEARS)
        there.pages[FEED] = rss(*stories(HOST, 1), entry(f"{HOST}/2", "Undated", date=None))
        assert there.run().archived == 2
        found = [facts(there.archive.read(path)) for path in there.posts]
        assert [known.published for known in found if known] == [there.clock.now(), there.clock.now()]

    def test_goes_on_when_it_jumps_ahead_again(self, tmp_path: Path) -> None:
        there = world(tmp_path, 1)
        there.run()
        at(there, -YEARS).run()
        assert at(there, YEARS + timedelta(minutes=20)).run() == Tally(polled=2, unchanged=2)
        assert len(there.posts) == 1


def test_a_source_that_was_given_a_shorter_wait_need_not_sit_the_old_one_out(tmp_path: Path) -> None:
    there = world(tmp_path, 1)
    there.sources = (replace(A, every=timedelta(days=60)),)
    there.run()
    assert there.later(days=20).run() == Tally()
    there.sources = (A,)
    assert there.run().polled == 1


def test_it_costs_a_quiet_state_no_write(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    there = world(tmp_path, 1)
    there.run()
    with there.state._reading() as conn:  # type: ignore[attr-defined]
        before = conn.exec_driver_sql("SELECT total_changes()").scalar()
    there.work(set_right)
    with there.state._reading() as conn:  # type: ignore[attr-defined]
        assert conn.exec_driver_sql("SELECT total_changes()").scalar() == before
    assert caplog.text == ""


def test_politeness_believes_no_silence_that_nobody_can_ask_for() -> None:
    clock = FakeClock()
    hosts = Politeness(clock, timedelta())
    hosts.silence("a.example", START + YEARS)
    assert hosts.silent_until("a.example") is None
    hosts.silence("a.example", START + timedelta(days=7))
    assert hosts.silent_until("a.example") == START + timedelta(days=7)
