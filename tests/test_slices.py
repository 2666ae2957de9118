"""Slices: what is worked, in which order and how much of it at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler import slices, urls
from crawler.engine.local import run_once
from crawler.errors import FetchError
from crawler.memory import HostState
from crawler.model import Tally
from crawler.slices import Shop, Want, next_due
from tests.clock import START
from tests.fakes import FEED, A, Answer, Reply, World, answer, article, rss, stories

HOST = "http://a.example"
B = replace(A, name="Lagoon", url="http://b.example/feed")


def busy(folder: Path, number: int = 20, **fields: Any) -> World:
    """A world in which one host has many new articles."""
    numbers = range(1, number + 1)
    return World(
        folder, {FEED: rss(*stories(HOST, *numbers)), **{f"{HOST}/{n}": article(n) for n in numbers}}, **fields
    )


class Crowd:
    """Counts requests that are worked on at once; answers none before so many as expected have come together."""

    def __init__(self, expected: int) -> None:
        self.expected = expected
        self.now = self.peak = 0
        self.met = asyncio.Event()

    def reply(self, text: str) -> Reply:
        async def arrive() -> Answer:
            self.now += 1
            self.peak = max(self.peak, self.now)
            if self.now >= self.expected:
                self.met.set()
            await asyncio.wait_for(self.met.wait(), 120)
            await asyncio.sleep(0.005)  # time for one too many
            self.now -= 1
            return Answer(text)

        return arrive


class TestAPass:
    def test_works_all_that_is_due_however_much(self, tmp_path: Path) -> None:
        there = busy(tmp_path, 20)
        assert there.run() == Tally(polled=1, new=20, fetched=20, archived=20)
        assert len(set(there.targets)) == 21

    def test_with_nothing_due_asks_nothing(self, tmp_path: Path) -> None:
        there = busy(tmp_path, 1)
        there.run()
        assert there.run() == Tally()
        assert there.targets == []

    def test_polls_what_is_not_due_when_forced(self, tmp_path: Path) -> None:
        there = busy(tmp_path, 1)
        there.run()
        assert there.run(force=True) == Tally(polled=1, unchanged=1)

    @pytest.mark.parametrize("concurrency", [1, 2])
    def test_that_is_forced_polls_every_source_once_however_few_at_a_time(
        self, tmp_path: Path, concurrency: int
    ) -> None:
        """The first ones are due again before the others are: they must not stand in their way."""
        many = [replace(A, url=f"http://{n}.example/feed", every=timedelta(hours=1 + n)) for n in range(5)]
        there = World(tmp_path, {source.url: rss() for source in many}, *many, concurrency=concurrency)
        assert there.run().polled == 5
        assert there.run(force=True).polled == 5
        assert sorted(there.targets) == sorted(source.url for source in many)

    @pytest.mark.parametrize(("limit", "worked"), [(0, 0), (1, 1), (3, 3), (12, 12), (99, 20)])
    def test_works_as_many_articles_as_it_may(self, tmp_path: Path, limit: int, worked: int) -> None:
        there = busy(tmp_path)
        assert there.run(limit=limit) == Tally(polled=1, new=20, fetched=worked, archived=worked)
        assert there.run() == Tally(fetched=20 - worked, archived=20 - worked), "the rest waits for the next pass"

    def test_limits_what_fails_too(self, tmp_path: Path) -> None:
        there = World(tmp_path, {FEED: rss(*stories(HOST, 1, 2, 3))})
        assert there.run(limit=2).retried == 2

    def test_works_the_sources_it_is_asked_for(self, tmp_path: Path) -> None:
        pages = {
            FEED: rss(*stories(HOST, 1)),
            f"{HOST}/1": article(1),
            B.url: rss(*stories("http://b.example", 2)),
            "http://b.example/2": article(2),
        }
        there = World(tmp_path, pages, A, B)
        asked = Want(frozenset({B.url}))
        tally = there.work(lambda shop: run_once(shop, asked))
        assert tally == Tally(polled=1, new=1, fetched=1, archived=1)
        assert there.froms == ["http://b.example/2"]

    def test_may_leave_the_articles_alone(self, tmp_path: Path) -> None:
        there = busy(tmp_path, 3)
        assert there.work(lambda shop: run_once(shop, Want(articles=False))) == Tally(polled=1, new=3)

    def test_leaves_articles_alone_whose_source_was_taken_out_of_the_configuration(self, tmp_path: Path) -> None:
        there = busy(tmp_path, 1)
        there.run(limit=0)
        there.sources = (B,)
        there.pages[B.url] = rss()
        assert there.run() == Tally(polled=1)

    def test_tells_how_far_it_is(self, tmp_path: Path) -> None:
        told: list[Tally] = []
        there = busy(tmp_path, 3)
        there.run(saw=told.append)
        assert [tally.archived for tally in told] == [0, 1, 2, 3]


class TestHosts:
    def test_a_slow_one_does_not_hold_back_the_others(self, tmp_path: Path) -> None:
        done = asyncio.Event()

        async def slow() -> Answer:
            await done.wait()
            return Answer(rss(*stories(HOST, 1)))

        def saw(tally: Tally) -> None:
            if tally.archived == 12:
                done.set()

        numbers = range(1, 13)
        pages = {f"http://b.example/{n}": article(n) for n in numbers}
        there = World(
            tmp_path,
            {FEED: slow, B.url: rss(*stories("http://b.example", *numbers)), f"{HOST}/1": article(1), **pages},
            A,
            B,
            saw=saw,
        )
        assert there.run().archived == 13

    @pytest.mark.parametrize("connections", [1, 3])
    def test_get_as_many_requests_at_once_as_is_polite(self, tmp_path: Path, connections: int) -> None:
        crowd = Crowd(connections)
        there = busy(tmp_path, 8)
        there.pages |= {f"{HOST}/{n}": crowd.reply(article(n)) for n in range(1, 9)}

        async def job(shop: Shop) -> Tally:
            shop.politeness._connections = connections
            return await run_once(shop, Want())

        assert there.work(job, connections=connections).archived == 8
        assert crowd.peak == connections

    def test_are_worked_so_many_at_once(self, tmp_path: Path) -> None:
        crowd = Crowd(4)
        many = [replace(A, url=f"http://{n}.example/feed") for n in range(9)]
        there = World(tmp_path, {source.url: crowd.reply(rss()) for source in many}, *many, concurrency=4)
        assert there.run().polled == 9
        assert crowd.peak == 4

    def test_that_would_be_too_many_wait_until_another_is_done(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(slices, "LOOK_AGAIN_S", 0.01)
        looked = 0

        async def slow() -> Answer:
            nonlocal looked
            looked = len(there.asked)
            await asyncio.sleep(0.05)
            assert len(there.asked) == looked, "nobody else was let in meanwhile"
            return Answer(rss())

        many = [replace(A, url=f"http://{n}.example/feed") for n in range(3)]
        there = World(tmp_path, {source.url: slow for source in many}, *many, concurrency=1)
        assert there.run().polled == 3

    def test_that_are_silenced_in_the_state_are_left_alone(self, tmp_path: Path) -> None:
        there = busy(tmp_path, 1)
        there.run(limit=0)
        there.state.hosts.remember(HostState("a.example", START + timedelta(hours=1)))
        assert there.run(force=True) == Tally()
        assert there.later(minutes=61).run(force=True).archived == 1

    @pytest.mark.parametrize("job", ["articles", "polls"])
    def test_that_asked_for_silence_behind_a_redirect_are_left_alone(self, tmp_path: Path, job: str) -> None:
        """Only the fetcher knows which hop asked; jobs must not come round and round until the silence is over."""
        there = busy(tmp_path, 3)
        if job == "articles":
            there.run(limit=0)
        until = START + timedelta(hours=1)

        async def silenced(shop: Shop) -> Tally:
            shop.politeness.silence("a.example", until)
            return await asyncio.wait_for(run_once(shop, Want()), 120)

        assert there.work(silenced) == Tally()
        assert there.asked == [] or job == "articles"
        host = there.state.hosts.get("a.example")
        assert host is not None
        assert host.not_before == until, "so that the next run knows it too"
        assert there.later(minutes=61).run().archived == 3


def test_when_something_is_due_next(tmp_path: Path) -> None:
    there = busy(tmp_path, 1)
    assert there.work(next_due) is None
    there.run(limit=0)
    assert there.work(next_due) <= START
    there.run()
    assert there.work(next_due) == there.memory().next_poll


def test_each_source_is_polled_by_its_own_clock(tmp_path: Path) -> None:
    slow = replace(B, every=timedelta(hours=6))
    there = World(tmp_path, {FEED: rss(), B.url: rss()}, A, slow)
    counts = dict.fromkeys((FEED, B.url), 0)
    for _ in range(49):
        there.run()
        for url in there.targets:
            counts[url] += 1
        there.later(minutes=15)
    assert counts == {FEED: 49, B.url: 3}


def test_robots_are_asked_for_pages_and_not_for_feeds(tmp_path: Path) -> None:
    asked: list[str] = []

    async def permit(url: str) -> None:
        asked.append(urls.host(url))
        raise FetchError("robots.txt forbids it", passing=False)

    there = busy(tmp_path, 1, permit=permit)
    assert there.run() == Tally(polled=1, new=1, retried=1)
    assert asked == ["a.example"]
    assert there.targets == [FEED]
    assert answer("x").data == b"x"
