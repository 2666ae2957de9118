"""One worker of many, on a real state in memory: what it takes, what it loses, what it leaves to others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler import urls
from crawler.engine.cluster import Worker
from crawler.engine.lease import RESCUE_S, Lease
from crawler.errors import StateError
from crawler.fetcher import Politeness
from crawler.model import Entry, Tally
from crawler.packing import pack
from crawler.past import Asked, Listed, Method, Origin
from crawler.slices import Shop, tick
from tests.fakes import FEED, A, Answer, FakeWeb, World, article, rss, stories

HOST = "http://a.example"
DELAY = timedelta(seconds=2)  # less than the lease lasts, as nobody gives signs of life here


def world(folder: Path, *numbers: int) -> World:
    pages = {f"{HOST}/{n}": article(n) for n in numbers}
    return World(folder, {FEED: rss(*stories(HOST, *numbers)), **pages})


def as_worker(
    there: World, job: Callable[[Worker], Awaitable[Any]], name: str = "one", delay: timedelta = timedelta()
) -> Any:
    """Do something as a worker that has just started."""
    hosts = Politeness(there.clock, delay)

    async def work(shop: Shop) -> Any:
        await tick(shop)
        worker = Worker(shop, name, Lease(there.clock.monotonic))
        worker.share_hosts(shop.politeness)
        return await job(worker)

    return there.work(work, politeness=hosts, fetcher=FakeWeb(there.pages, there.clock, hosts, there.asked))


def heard(worker: Worker, there: World) -> None:
    worker.lease.renew(there.clock.monotonic())


def test_it_works_what_the_tick_finds(tmp_path: Path) -> None:
    there = world(tmp_path, 1, 2)

    async def job(worker: Worker) -> list[Any]:
        before = await worker.tick()
        await worker.work(0)
        return [before, worker.tally, await worker.tick()]

    assert as_worker(there, job) == [{0: 0}, Tally(polled=1, new=2, fetched=2, archived=2), {}]
    assert there.froms == [f"{HOST}/1", f"{HOST}/2"]
    assert [share.owner for share in there.state.many.shares()] == ["one"]


def test_it_gives_signs_of_life_though_no_slice_falls_to_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    beaten: list[str] = []

    async def beat() -> None:
        beaten.append("alive")
        await asyncio.sleep(0)
        raise StateError("the line broke")

    async def job(worker: Worker) -> None:
        worker.shop = replace(worker.shop, beat=beat)
        for _ in range(2):
            await worker.heed()
            await worker.heed()
            assert worker.telling is not None
            await worker.telling

    as_worker(world(tmp_path), job)
    assert beaten == ["alive", "alive"]
    assert "the line broke" in caplog.text


def test_a_shard_with_an_article_to_retry_has_the_articles_priority(tmp_path: Path) -> None:
    daily = replace(A, every=timedelta(days=1))
    there = World(tmp_path, {FEED: rss(*stories(HOST, 1)), f"{HOST}/1": Answer(status=500)}, daily)

    async def job(worker: Worker) -> list[Any]:
        await worker.work(0)
        soon = await worker.tick()
        there.later(hours=6)
        return [soon, await worker.tick()]

    assert as_worker(there, job) == [{}, {0: 1}]


class TestHands:
    def waits(self, there: World, *, between: Callable[[], object] = lambda: None, started: str = "one") -> list[float]:
        """Return what a worker waits at the host in its second slice, the delay after the first one long gone."""

        async def job(worker: Worker) -> list[float]:
            await worker.work(0)
            between()
            there.later(minutes=20)
            heard(worker, there)
            there.clock.slept.clear()
            await worker.work(0)
            return there.clock.slept

        found: list[float] = as_worker(there, job, started, DELAY)
        return found

    def test_who_keeps_a_shard_asks_its_hosts_at_once(self, tmp_path: Path) -> None:
        assert self.waits(world(tmp_path)) == []

    def test_who_gets_it_back_waits_the_hosts_delay_anew(self, tmp_path: Path) -> None:
        """Another one may have asked the host a moment ago."""
        there = world(tmp_path)
        other = there.state.of_shard(0)
        assert self.waits(there, between=lambda: other.take_shard("other", there.clock.now())) == [2.0]

    def test_who_takes_over_waits_the_hosts_delay_anew(self, tmp_path: Path) -> None:
        there = world(tmp_path)
        there.state.of_shard(0).take_shard("gone", there.clock.now())

        async def job(worker: Worker) -> list[float]:
            await worker.work(0)
            return there.clock.slept

        assert as_worker(there, job, "next", DELAY) == [2.0]

    def test_the_first_owner_of_all_need_not_wait(self, tmp_path: Path) -> None:
        there = world(tmp_path)

        async def job(worker: Worker) -> list[float]:
            await worker.work(0)
            return there.clock.slept

        assert as_worker(there, job, "first", DELAY) == []

    def test_after_a_slice_that_was_cut_off_it_counts_as_another_ones(self, tmp_path: Path) -> None:
        there = world(tmp_path)

        async def job(worker: Worker) -> list[float]:
            await worker.work(0)
            worker.epochs.clear()  # as a StateError leaves it
            there.later(minutes=20)
            heard(worker, there)
            await worker.work(0)
            return there.clock.slept

        assert as_worker(there, job, "one", DELAY) == [2.0]


class TestLoss:
    def cut_off(self, there: World, path: str, happens: Callable[[], object]) -> tuple[str, Worker]:
        """Have something happen while a page is fetched; return why the slice ended."""
        said = there.pages[f"{HOST}{path}"]
        assert isinstance(said, str)

        async def reply() -> Answer:
            happens()
            return Answer(said)

        there.pages[f"{HOST}{path}"] = reply

        async def job(worker: Worker) -> tuple[str, Worker]:
            with pytest.raises(StateError) as caught:
                await worker.work(0)
            return str(caught.value), worker

        found: tuple[str, Worker] = as_worker(there, job)
        return found

    def test_who_lost_the_shard_records_nothing(self, tmp_path: Path) -> None:
        there = world(tmp_path, 1)
        other = there.state.of_shard(0)
        why, worker = self.cut_off(there, "/1", lambda: other.take_shard("other", there.clock.now()))
        assert "another run took it over" in why
        known = there.known(f"{HOST}/1")
        assert known is not None
        assert known.state == "pending"
        assert worker.epochs == {}

    def test_who_was_not_heard_of_meanwhile_does_not_take_the_answer(self, tmp_path: Path) -> None:
        there = world(tmp_path, 1, 2)
        why, _ = self.cut_off(there, "/1", lambda: there.later(seconds=RESCUE_S))
        assert "not heard of for too long" in why
        assert there.targets[-1] == f"{HOST}/1"
        assert f"{HOST}/1" not in there.froms

    def test_a_poll_whose_answer_came_too_late_is_not_saved(self, tmp_path: Path) -> None:
        there = world(tmp_path, 1)
        self.cut_off(there, "/feed", lambda: there.later(seconds=RESCUE_S))
        assert there.memory().last_success is None
        assert there.state.frontier() == (0, 0)

    def test_the_next_owner_makes_it_good_and_nothing_twice(self, tmp_path: Path) -> None:
        there = world(tmp_path, 1)
        other = there.state.of_shard(0)
        self.cut_off(there, "/1", lambda: other.take_shard("other", there.clock.now()))
        there.pages[f"{HOST}/1"] = article(1)

        async def job(worker: Worker) -> None:
            await worker.work(0)

        as_worker(there, job, "other")
        assert there.froms == [f"{HOST}/1"]


def test_a_slice_that_is_left_ends_with_what_it_is_about(tmp_path: Path) -> None:
    numbers = range(1, 21)
    there = world(tmp_path, *numbers)

    async def job(worker: Worker) -> Any:
        async def reply() -> Answer:
            worker.leave(-1)  # who has fewer than others leaves none
            assert not any(end.is_set() for end in worker.ends.values())
            worker.leave(1)
            return Answer(article(1))

        there.pages[f"{HOST}/1"] = reply
        await worker.work(0)
        return worker.ends, await worker.tick()

    assert as_worker(there, job) == ({}, {0: 1})
    assert 0 < len(there.froms) < len(numbers)


def test_a_source_is_polled_as_often_as_it_is_due_however_long_the_slice(tmp_path: Path) -> None:
    """A slice that has a backfill's work lasts a minute; news each ten seconds must not wait for its end."""
    often = replace(A, every=timedelta(seconds=10))
    there = World(tmp_path, {FEED: rss(*stories(HOST, 1))}, often)

    async def job(worker: Worker) -> Tally:
        async def reply() -> Answer:
            for _ in range(7):
                there.later(seconds=3)
                heard(worker, there)
            return Answer(article(1))

        there.pages[f"{HOST}/1"] = reply
        await worker.work(0)
        return worker.tally

    assert as_worker(there, job).polled == 2


class TestPast:
    def begun(self, there: World, *numbers: int, method: Method = "feed") -> int:
        """Note a backfill of some addresses."""
        there.state.sync_sources(there.sources, there.clock.now())
        number = there.state.backfills.begin(A.url, Asked((method,)), Origin(), there.clock.now())
        addresses = [urls.canonical(f"{HOST}/{n}") for n in numbers]
        rows = [Listed(urls.key(u), u, urls.host(u), pack(Entry(url=u)), None) for u in addresses]
        there.state.backfills.add(number, rows)
        return number

    @pytest.mark.parametrize(("method", "ended"), [("feed", "failed"), ("urls", "going")])
    def test_workers_end_it_unless_a_command_names_its_addresses(
        self, method: Method, ended: str, tmp_path: Path
    ) -> None:
        there = World(tmp_path, {FEED: rss(), f"{HOST}/7": article(7)})
        number = self.begun(there, 7, method=method)

        async def job(worker: Worker) -> list[Any]:
            await worker.work(0)
            before = there.state.backfills.get(number).state
            return [before, await worker.tick(), there.state.backfills.get(number).state]

        assert as_worker(there, job) == ["going", {}, ended]
        assert there.froms == [f"{HOST}/7"]

    def test_it_is_left_to_others_where_its_source_is_not_configured(self, tmp_path: Path) -> None:
        there = World(tmp_path, {FEED: rss()})
        number = self.begun(there)

        async def job(worker: Worker) -> list[str]:
            found: list[str] = []
            known = worker.shop
            for sources in ({}, known.sources):
                worker.shop = replace(known, sources=sources)
                await worker.tick()
                found.append(there.state.backfills.get(number).state)
            return found

        assert as_worker(there, job) == ["going", "failed"]

    def test_its_shards_come_last(self, tmp_path: Path) -> None:
        there = World(tmp_path, {FEED: rss()})

        async def job(worker: Worker) -> Any:
            await worker.work(0)
            self.begun(there, 7)
            past = await worker.tick()
            there.later(minutes=20)
            return past, await worker.tick()

        assert as_worker(there, job) == ({0: 5}, {0: 0})


def test_slices_of_several_shards_go_on_side_by_side(tmp_path: Path) -> None:
    """Of two shards in one process, the loss of one does not touch the other."""
    there = world(tmp_path, 1)
    gone = there.state.of_shard(0)

    async def job(worker: Worker) -> list[str]:
        async def reply() -> Answer:
            gone.take_shard("other", there.clock.now())
            return Answer(article(1))

        there.pages[f"{HOST}/1"] = reply
        ended = await asyncio.gather(worker.work(0), worker.work(1), return_exceptions=True)
        return [type(one).__name__ for one in ended]

    assert as_worker(there, job) == ["StateError", "NoneType"]
