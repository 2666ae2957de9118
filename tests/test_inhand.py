"""No more pages are fetched than are saved in a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from crawler.slices import inhand
from crawler.slices.inhand import Pages


async def a_while() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


class Jobs:
    """Articles' jobs whose pages come and that end when they are told to."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.let_in: list[int] = []
        self.come = asyncio.Event()
        self.end = asyncio.Semaphore(0)

    async def work(self, number: int) -> None:
        with self.pages.held():
            await self.pages.room()
            self.let_in.append(number)
            await self.come.wait()
            self.pages.came()
            self.pages.came()  # its second page is no second one
            await self.pages.room()
            await self.end.acquire()


def at_work(scene: Callable[[Jobs, list[asyncio.Task[None]]], Coroutine[Any, Any, None]], number: int = 6) -> list[int]:
    """Let some jobs begin, and play a scene; return who was let in, in order."""

    async def play() -> list[int]:
        jobs = Jobs(Pages())
        tasks = [asyncio.create_task(jobs.work(n)) for n in range(number)]
        await a_while()
        await scene(jobs, tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return jobs.let_in

    return asyncio.run(play())


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pages may be in hand at first, and servers answer soon."""
    monkeypatch.setattr(inhand, "LEAST", 2)
    monkeypatch.setattr(inhand, "SOON_S", 3600.0)


def test_as_many_as_may_are_let_in_and_one_for_each_that_ends() -> None:
    async def scene(jobs: Jobs, tasks: list[asyncio.Task[None]]) -> None:
        assert jobs.let_in == [0, 1]
        jobs.come.set()
        await a_while()
        assert jobs.let_in == [0, 1]
        jobs.end.release()
        await a_while()
        assert jobs.let_in == [0, 1, 2]

    assert at_work(scene) == [0, 1, 2]


def test_at_a_higher_pace_more_may_be_in_hand() -> None:
    async def scene(jobs: Jobs, tasks: list[asyncio.Task[None]]) -> None:
        jobs.come.set()
        for _ in range(4):
            jobs.end.release()
            await a_while()
        assert len(jobs.let_in) == 4 + 4, "four ended lately, so four may be in hand"

    at_work(scene, number=20)


def test_who_gave_up_takes_no_room_and_hands_none_on() -> None:
    async def scene(jobs: Jobs, tasks: list[asyncio.Task[None]]) -> None:
        jobs.come.set()
        await a_while()
        tasks[2].cancel()
        tasks[0].cancel()
        await a_while()

    assert at_work(scene) == [0, 1, 3]


def test_a_slow_server_keeps_no_others_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inhand, "SOON_S", 0.0)

    async def scene(jobs: Jobs, tasks: list[asyncio.Task[None]]) -> None:
        while len(jobs.let_in) < 6:
            await asyncio.sleep(0)

    assert at_work(scene) == [0, 1, 2, 3, 4, 5]


def test_what_is_no_article_waits_for_no_room() -> None:
    async def play() -> None:
        pages = Pages()
        pages.came()
        await pages.room()
        assert pages._number == 0

    asyncio.run(play())
