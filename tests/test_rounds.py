"""Writes of articles are saved in rounds: together, soon, and each answered for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from crawler import urls
from crawler.engine.local import run_once
from crawler.errors import StateError
from crawler.memory import ArticleOutcome, Reservation
from crawler.slices import Shop, Want, rounds, tick
from crawler.state.opening import open_state
from tests.fakes import FEED, Answer, World, article, canonical, entry, rss, stories
from tests.states import ALL, NOW, A, B, entered

HOST = "http://a.example"
FIRST, SECOND, THIRD = (entered(f"{HOST}/{n}") for n in (1, 2, 3))


@pytest.fixture
def there(tmp_path: Path) -> World:
    """A world whose state knows three articles."""
    world = World(tmp_path, {})

    async def begin(shop: Shop) -> None:
        await tick(shop)
        await shop.threads.database(shop.state.enter, urls.key(FEED), (FIRST, SECOND, THIRD), shop.clock.now())

    world.work(begin)
    return world


@pytest.fixture
def sizes(there: World, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many writes each round had, as they come."""
    record, found = there.state.record, list[int]()

    def heard(writes: Any, now: datetime) -> Any:
        found.append(len(writes))
        return record(writes, now)

    monkeypatch.setattr(there.state, "record", heard)
    return found


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds wait for others as good as for ever."""
    monkeypatch.setattr(rounds, "ROUND_S", 3600.0)


def named(one: Any, name: str = "story.md") -> Reservation:
    return Reservation(one.key, (name, f"{one.key.hex()}.md"))


async def a_while() -> None:
    """Let all go on that can."""
    for _ in range(100):
        await asyncio.sleep(0)


async def all_of(shop: Shop, *writes: Reservation | ArticleOutcome) -> list[str | BaseException]:
    """Write all of them as jobs that are at work at once do."""

    async def one(write: Reservation | ArticleOutcome) -> str:
        with shop.rounds.working():
            await asyncio.sleep(0)  # until the others are at work, too
            return await shop.rounds.write(shop, write)

    return await asyncio.gather(*map(one, writes), return_exceptions=True)


@pytest.mark.usefixtures("patient")
class TestARound:
    def test_takes_all_that_wait(self, there: World, sizes: list[int]) -> None:
        paths = there.work(lambda shop: all_of(shop, named(FIRST), named(SECOND), named(THIRD)))
        assert paths == ["story.md", f"{SECOND.key.hex()}.md", f"{THIRD.key.hex()}.md"]
        assert sizes == [3]

    def test_follows_another_without_a_wait_where_nobody_is_on_the_way(self, there: World, sizes: list[int]) -> None:
        async def job(shop: Shop) -> None:
            for one in (FIRST, SECOND, THIRD):
                await all_of(shop, named(one))

        there.work(job)
        assert sizes == [1, 1, 1]

    def test_waits_no_longer_when_the_last_one_on_the_way_gives_up(self, there: World, sizes: list[int]) -> None:
        async def job(shop: Shop) -> None:
            await all_of(shop, named(FIRST))
            with shop.rounds.working():
                writing = asyncio.create_task(all_of(shop, named(SECOND)))
                await a_while()
                assert sizes == [1]
            await writing

        there.work(job)
        assert sizes == [1, 1]

    def test_is_held_when_it_is_full(self, there: World, sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rounds, "FULL", 2)

        async def job(shop: Shop) -> None:
            with shop.rounds.working():  # one that never writes
                await all_of(shop, named(FIRST), named(SECOND))

        there.work(job)
        assert sum(sizes) == 2

    def test_saves_nothing_of_who_was_cancelled(self, there: World, sizes: list[int]) -> None:
        async def job(shop: Shop) -> None:
            await all_of(shop, named(FIRST))
            with shop.rounds.working(), shop.rounds.working():
                writing = asyncio.create_task(shop.rounds.write(shop, named(SECOND)))
                await a_while()
                writing.cancel()
                await asyncio.sleep(0)
            await all_of(shop, named(THIRD))

        there.work(job)
        assert sizes == [1, 1]
        assert (known := there.known(f"{HOST}/2")) is not None
        assert known.path == ""

    def test_that_fails_is_told_to_each_and_the_next_one_is_held(
        self, there: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        record = there.state.record

        def failing(writes: Any, now: datetime) -> Any:
            monkeypatch.setattr(there.state, "record", record)
            raise StateError("the disk is full")

        monkeypatch.setattr(there.state, "record", failing)

        async def job(shop: Shop) -> tuple[list[Any], list[Any]]:
            return await all_of(shop, named(FIRST), named(SECOND)), await all_of(shop, named(THIRD))

        failed, saved = there.work(job)
        assert [str(one) for one in failed] == ["the disk is full"] * 2
        assert saved == ["story.md"]

    def test_tells_who_lost_his_shard_and_saves_the_rest(self, there: World) -> None:
        lost, ours = there.state.of_shard(1), there.state.of_shard(2)
        for one in (lost, ours):
            one.take_shard("worker", NOW)

        async def job(shop: Shop) -> Any:
            theirs = replace(shop, state=lost)
            there.state.of_shard(1).take_shard("other", NOW)
            with shop.rounds.working(), shop.rounds.working():
                both = (
                    shop.rounds.write(theirs, named(FIRST)),
                    shop.rounds.write(replace(shop, state=ours), named(SECOND)),
                )
                return await asyncio.gather(*both, return_exceptions=True)

        first, second = there.work(job)
        assert "another run took it over" in str(first)
        assert second == "story.md"


def test_rounds_come_as_often_as_is_said(there: World, sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "ROUND_S", 0.01)

    async def job(shop: Shop) -> None:
        with shop.rounds.working(), shop.rounds.working():  # two that take their time
            for one in (FIRST, SECOND, THIRD):
                await all_of(shop, named(one))

    there.work(job)
    assert sizes == [1, 1, 1]


def test_the_next_page_is_asked_for_while_a_post_is_being_saved(tmp_path: Path) -> None:
    there = World(tmp_path, {FEED: rss(*stories(HOST, 1, 2)), f"{HOST}/1": article(1)})
    seen: list[bool] = []

    async def job(shop: Shop) -> Any:
        second_is_asked = asyncio.Event()

        async def second() -> Answer:
            second_is_asked.set()
            return Answer(article(2))

        there.pages[f"{HOST}/2"] = second
        put = shop.threads.files

        async def slow(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            if call == shop.archive.put:
                await asyncio.wait_for(second_is_asked.wait(), 20)
                seen.append(True)
            return await put(call, *args, **kwargs)

        shop.threads.files = slow  # type: ignore[method-assign]
        return await run_once(shop, Want())

    assert there.work(job).archived == 2
    assert len(seen) == 2


def test_one_article_at_two_addresses_at_once_is_known_by_both(tmp_path: Path) -> None:
    """The second one waits until the first is saved, and is told where it stands."""
    pages = ("http://a.example/sea/1", "http://www.a.example/town/1")
    there = World(tmp_path, {FEED: rss(*(entry(page, "Story 1", guid="tag:1") for page in pages))})
    there.pages |= at_once(article(1), *pages)
    assert there.run().archived == 1
    known = [there.known(url) for url in pages]
    assert [one.path for one in known if one] == ["_posts/2021-11-20-Story 1.md"] * 2


def test_who_waited_for_one_that_is_filed_elsewhere_is_filed_there_too(tmp_path: Path) -> None:
    """By itself the second one would not be found: under its other title nothing stands beside it."""
    there = World(tmp_path, {FEED: rss(*stories(HOST, 1)), f"{HOST}/1": article(1)})
    assert there.run().archived == 1
    pages = (f"{HOST}/sea/1", "http://www.a.example/town/1")
    new = [entry(page, title) for page, title in zip(pages, ("Story 1", "Harbour news"), strict=True)]
    there.pages |= {FEED: rss(*stories(HOST, 1), *new)}
    there.pages |= at_once(article(1, head=canonical(f"{HOST}/of-both")), *pages)
    assert there.later(hours=1).run().archived == 0
    assert there.froms == [f"{HOST}/1"]
    known = [there.known(url) for url in pages]
    assert [one.path for one in known if one] == ["_posts/2021-11-20-Story 1.md"] * 2


def at_once(body: str, *pages: str) -> dict[str, Callable[[], Any]]:
    """Return pages that come when all are asked for, in this order."""
    asked: list[str] = []
    all_are = asyncio.Event()

    def page(url: str) -> Callable[[], Any]:
        async def reply() -> Answer:
            asked.append(url)
            if len(asked) == len(pages):
                all_are.set()
            await asyncio.wait_for(all_are.wait(), 20)
            for _ in range(3 * pages.index(url)):
                await asyncio.sleep(0)
            return Answer(body)

        return reply

    return {url: page(url) for url in pages}


def test_one_article_at_addresses_that_share_nothing_is_found_beside_itself(tmp_path: Path) -> None:
    """The next page of the host comes before the post is there; and those texts are no boilerplate."""
    pages = [f"{HOST}/{place}/1" for place in ("sea", "town", "world", "sport", "first")]
    there = World(tmp_path, {FEED: rss(*(entry(page, "Story 1") for page in pages))} | dict.fromkeys(pages, article(1)))
    tally = there.run()
    assert (tally.fetched, tally.archived, tally.retried) == (5, 1, 0)
    assert list(there.posts) == ["_posts/2021-11-20-Story 1.md"]
    known = [there.known(page) for page in pages]
    assert {one.path for one in known if one} == {"_posts/2021-11-20-Story 1.md"}


def test_two_articles_of_one_name_at_once_are_two(tmp_path: Path) -> None:
    """On two sites that are both read; the second one waits to see what stands beside it, and is not taken for it."""
    pages = (f"{HOST}/1", "http://b.example/1")
    there = World(tmp_path, {FEED: rss(*(entry(page, "Story 1") for page in pages))} | dict.fromkeys(pages, article(1)))
    assert there.run().archived == 2
    assert there.froms == sorted(pages)


def test_a_state_settles_articles_of_one_round_that_name_each_other() -> None:
    state = open_state("sqlite://")
    state.sync_sources(ALL, NOW)
    state.enter(urls.key(ALL[0].url), (A, B), NOW)
    first = ArticleOutcome(A.key, "done", path="a.md", aliases=(B.key,))
    state.settle([first, ArticleOutcome(B.key, "pending", "gone", 1, NOW)], NOW)
    known = state.known((A.key, B.key))
    assert [(known[one.key].state, known[one.key].path) for one in (A, B)] == [("done", "a.md")] * 2
    state.close()
