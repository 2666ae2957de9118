"""What ends a slice, and what becomes of the work in hand."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler import slices
from crawler.engine.local import run_once
from crawler.errors import ArchiveError, StateError
from crawler.model import Tally
from crawler.slices import Pass, Shop, Want, finish, run_slice, tick
from tests.clock import START
from tests.fakes import FEED, A, Answer, World, article, rss, stories
from tests.test_slices import HOST, B, busy


class TestASlice:
    def test_ends_when_its_time_is_up_and_the_next_goes_on(self, tmp_path: Path) -> None:
        there = busy(tmp_path, 5)

        def slow(n: int) -> Any:
            async def reply() -> Answer:
                there.later(seconds=40)
                return Answer(article(n))

            return reply

        there.pages |= {f"{HOST}/{n}": slow(n) for n in range(1, 6)}
        ended: list[bool] = []

        async def job(shop: Shop) -> Tally:
            await tick(shop)
            going = Pass(Want())
            while not ended or not ended[-1]:
                ended.append(await run_slice(shop, going))
            return going.tally

        assert there.work(job) == Tally(polled=1, new=5, fetched=5, archived=5)
        assert ended == [False, False, True]

    def test_that_ends_loses_no_poll_that_was_in_hand(self, tmp_path: Path) -> None:
        many = [replace(A, url=f"http://a.example/{n}.xml") for n in range(20)]
        there = World(tmp_path, {}, *many)

        async def slow() -> Answer:
            there.later(seconds=25)
            return Answer(rss())

        there.pages |= dict.fromkeys((source.url for source in many), slow)
        assert there.run().polled == 20
        assert sorted(there.targets) == sorted(source.url for source in many)

    def test_that_ends_does_not_make_the_fast_wait_for_the_slow(self, tmp_path: Path) -> None:
        """The turn of a slow host goes on into the next slice, beside those of the others."""
        quick = "http://b.example"
        there = World(
            tmp_path,
            {FEED: rss(*stories(HOST, 1), *stories(quick, 1, 2)), f"{quick}/1": article(3), f"{quick}/2": article(4)},
        )
        both_quick_are_there = asyncio.Event()

        async def slow() -> Answer:
            there.later(seconds=61)
            await asyncio.wait_for(both_quick_are_there.wait(), 120)
            return Answer(article(1))

        there.pages[f"{HOST}/1"] = slow

        def saw(tally: Tally) -> None:
            if tally.archived == 2:
                both_quick_are_there.set()

        assert there.run(saw=saw).archived == 3

    def test_starts_nothing_new_after_a_stop_and_lets_what_runs_end(self, tmp_path: Path) -> None:
        there = busy(tmp_path, 5)

        async def job(shop: Shop) -> Tally:
            async def last() -> Answer:
                shop.stop.set()
                return Answer(article(2))

            there.pages[f"{HOST}/2"] = last
            going = Pass(Want())
            await tick(shop)
            assert not await run_slice(shop, going)
            return going.tally

        tally = there.work(job)
        assert tally == Tally(polled=1, new=5, fetched=tally.fetched, archived=tally.fetched)
        assert there.targets[-1] == f"{HOST}/2"
        assert there.run().archived == 5 - tally.archived

    def test_cancels_what_hangs_after_a_stop(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(slices, "GRACE_S", 0.02)
        monkeypatch.setattr(slices, "LOOK_AGAIN_S", 0.01)
        there = busy(tmp_path, 2)
        cancelled = []

        async def job(shop: Shop) -> Tally:
            async def hanging() -> Answer:
                shop.stop.set()
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    cancelled.append(True)
                    raise
                return Answer()

            there.pages |= {f"{HOST}/{n}": hanging for n in (1, 2)}
            return await asyncio.wait_for(run_once(shop, Want()), 20)

        assert there.work(job) == Tally(polled=1, new=2)
        assert cancelled == [True]
        assert there.failures() == {}, "nothing half done is recorded"
        assert there.state.frontier() == (2, 0)

    def test_that_ends_for_good_saves_polls_that_bring_nothing_behind_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(slices, "LOOK_AGAIN_S", 0.01)
        there = busy(tmp_path, 0)
        assert there.run().polled == 1

        async def job(shop: Shop) -> Tally:
            has_ended = asyncio.Event()

            async def late() -> Answer:
                shop.wake.set()
                await has_ended.wait()
                return Answer(rss())

            there.pages[FEED] = late
            going = Pass(Want())
            assert not await run_slice(shop, going)
            has_ended.set()
            await finish(shop, going)
            return going.tally

        assert there.later(hours=1).work(job).unchanged == 1
        assert there.memory().last_success == there.clock.now()

    def test_that_ends_for_good_lets_a_stop_wait_for_none_that_hangs(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(slices, "GRACE_S", 0.02)
        monkeypatch.setattr(slices, "LOOK_AGAIN_S", 0.01)
        there = busy(tmp_path, 1)

        async def job(shop: Shop) -> Tally:
            async def hanging() -> Answer:
                shop.wake.set()
                await asyncio.Event().wait()
                return Answer()

            there.pages[f"{HOST}/1"] = hanging
            going = Pass(Want())
            await tick(shop)
            assert not await run_slice(shop, going)
            shop.stop.set()
            await asyncio.wait_for(finish(shop, going), 20)
            return going.tally

        assert there.work(job).fetched == 0
        assert there.failures() == {}, "nothing half done is recorded"

    def test_looks_for_what_came_due_while_all_its_turns_wait(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(slices, "LOOK_AGAIN_S", 0.01)
        there = busy(tmp_path, 1)
        polled = asyncio.Event()

        async def slow() -> Answer:
            there.state.sync_sources((A, B), START)
            await polled.wait()
            return Answer(rss())

        async def late() -> Answer:
            polled.set()
            return Answer(rss())

        there.pages |= {FEED: slow, B.url: late}
        there.sources = (A, B)

        async def job(shop: Shop) -> Tally:
            shop.state.sync_sources((A,), START)
            going = Pass(Want())
            await asyncio.wait_for(run_slice(shop, going), 120)
            return going.tally

        assert there.work(job) == Tally(polled=2)

    @pytest.mark.parametrize("error", [StateError("full"), ArchiveError("read-only"), ZeroDivisionError("a bug")])
    def test_ends_at_once_where_nothing_can_go_on(
        self, tmp_path: Path, error: Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        there = busy(tmp_path, 3)

        def fails(path: str, data: bytes) -> None:
            raise error

        there.archive.put = fails
        with pytest.raises(type(error), match=str(error)), caplog.at_level(logging.ERROR):
            there.run()
        assert there.state.frontier() == (3, 0)
        assert caplog.records == []

    def test_cancels_the_other_hosts_then(self, tmp_path: Path) -> None:
        there = busy(tmp_path, 1)
        cancelled = []

        async def hanging() -> Answer:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(True)
                raise
            return Answer()

        there.sources = (B, A)
        there.pages[B.url] = hanging

        def fails(path: str, data: bytes) -> None:
            raise ArchiveError("disk full")

        there.archive.put = fails

        async def job(shop: Shop) -> None:
            with pytest.raises(ArchiveError):
                await run_once(shop, Want())
            assert cancelled == [True]

        there.work(job)
