"""Addresses that a person names, from a file to posts."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import pytest

from crawler.engine.past import run_past
from crawler.errors import ConfigError
from crawler.model import Tally
from crawler.past import ALWAYS, Asked, Backfill, Window
from crawler.slices import Shop, Want, naming, tick
from crawler.slices.backfill import begin
from crawler.slices.naming import Named
from tests.fakes import FEED, A, World, answer, article
from tests.test_article_crash import Crash

HOST = "http://a.example"
STORIES = [f"{HOST}/{n}" for n in range(1, 8)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, {f"{HOST}/{n}": article(n) for n in range(1, 8)})


def file_of(*lines: str) -> IO[bytes]:
    return io.BytesIO("".join(f"{line}\n" for line in lines).encode())


def named(
    world: World, lines: IO[bytes], window: Window = ALWAYS, limit: int | None = None, **fields: Any
) -> tuple[Named, Tally, Backfill]:
    """Do what `crawler backfill SOURCE --urls FILE` does."""
    world.asked.clear()

    async def at_work(shop: Shop) -> tuple[Named, Tally, Backfill]:
        await tick(shop)
        source = shop.sources[FEED]
        backfill = await begin(shop, source, Asked(("urls",), window))
        task = asyncio.create_task(naming.name_addresses(shop, backfill.id, source, lines))
        tally = await run_past(shop, Want(limit=limit, backfills=(backfill.id,), polls=False), task)
        return await task, tally, shop.state.backfills.get(backfill.id)

    done: tuple[Named, Tally, Backfill] = world.work(at_work, **fields)
    return done


def test_become_posts_each_page_fetched_once(world: World) -> None:
    what, tally, backfill = named(world, file_of(*STORIES, STORIES[0], "# no more"))
    assert what == Named(addresses=8, new=7)
    assert (tally.archived, backfill.state, backfill.counts.archived) == (7, "done", 7)
    assert world.froms == STORIES
    assert sorted(world.targets) == STORIES


def test_given_again_bring_nothing_and_fetch_nothing(world: World) -> None:
    named(world, file_of(*STORIES))
    what, tally, backfill = named(world, file_of(*STORIES))
    assert (what.new, tally, backfill.state, world.targets) == (0, Tally(), "done", [])


def test_pass_no_filters_since_they_were_named_by_hand(world: World) -> None:
    world.sources = (replace(A, include=("nothing",), exclude=("/1",), article_url="nothing"),)
    assert named(world, file_of(STORIES[0]))[1].archived == 1


def test_are_tried_again_where_they_were_given_up(world: World, tmp_path: Path) -> None:
    page, world.pages[STORIES[0]] = world.pages[STORIES[0]], answer(status=404)
    named(world, file_of(STORIES[0]))
    for _ in range(20):
        world.later(days=5).run()
    known = world.known(STORIES[0])
    assert known is not None
    assert known.state == "dead"
    world.pages[STORIES[0]] = page
    assert named(world, file_of(STORIES[0]))[1].archived == 1


def test_of_another_date_are_left_out_once_the_page_tells(world: World) -> None:
    head = '<meta property="article:published_time" content="2019-05-01T08:00:00Z">'
    world.pages[STORIES[0]] = article(1, head=head)
    window = Window(since=datetime(2020, 1, 1, tzinfo=UTC))
    _, tally, backfill = named(world, file_of(STORIES[0], STORIES[1]), window)
    assert (tally.outside, backfill.counts.outside, world.froms) == (1, 1, [STORIES[1]])


def test_bad_lines_are_told_and_counted(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        what, tally, _ = named(world, file_of(*(f"bad {n}" for n in range(12)), STORIES[0]))
    assert (what.addresses, what.faults, len(what.problems), tally.archived) == (1, 12, naming.MOST_TOLD, 1)
    assert what.problems[0] == "line 1: no web address: 'bad 0'"
    assert caplog.messages == [*what.problems, "2 more lines name no web address"]


def test_come_in_batches_while_the_first_are_fetched(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file has no end until the first article is archived: a run that read it whole first would hang."""
    monkeypatch.setattr(naming, "BATCH", 1)
    archived = threading.Event()

    class Endless(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            block = self.readline()
            if block.endswith(b"/2\n"):
                assert archived.wait(20)
            return block

    lines = Endless(file_of(*STORIES[:3]).read())
    _, tally, backfill = named(world, lines, saw=lambda tally: archived.set() if tally.archived else None)
    assert (tally.archived, backfill.state, backfill.left) == (3, "done", 0)


def test_beyond_the_limit_wait_for_the_next_command(world: World) -> None:
    what, tally, backfill = named(world, file_of(*STORIES), limit=3)
    assert (what.new, tally.archived, backfill.left, backfill.state) == (7, 3, 4, "going")
    assert named(world, file_of(*STORIES))[1].archived == 4
    assert world.froms == STORIES


def test_a_run_cut_off_between_batches_loses_none(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "BATCH", 2)

    class Torn(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 60:
                raise Crash
            return self.readline()

    with pytest.raises(Crash):
        named(world, Torn(file_of(*STORIES).read()))
    named(world, file_of(*STORIES))
    assert world.froms == STORIES


def test_a_file_that_cannot_be_read_is_no_bug(world: World) -> None:
    class Broken(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(ConfigError, match=r"^--urls: Input/output error$"):
        named(world, Broken())


def test_a_pipe_is_read_and_a_silent_one_holds_up_no_stop(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "LOOK_UP_S", 0.001)
    ends = os.pipe()
    with open(ends[0], "rb") as ear, open(ends[1], "wb", buffering=0) as mouth:
        mouth.write(f"{STORIES[0]}\n".encode() * 3)
        mouth.write(b"http://a.exam")

        async def at_work(shop: Shop) -> Named:
            await tick(shop)
            backfill = await begin(shop, shop.sources[FEED], Asked(("urls",), ALWAYS))
            task = asyncio.create_task(naming.name_addresses(shop, backfill.id, shop.sources[FEED], ear))
            done, _ = await asyncio.wait((task,), timeout=0.05)
            assert not done, "who writes may write more"
            shop.stop.set()
            return await task

        assert world.work(at_work) == Named(), "half a line is no address"
        mouth.write(f"\n{STORIES[0]}\n".encode())
        mouth.close()
        assert named(world, ear)[1].archived == 1
