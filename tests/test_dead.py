"""Articles that were given up, looked for in a web archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler import urls
from crawler.engine.past import run_past
from crawler.memory import Admission, ArticleOutcome
from crawler.model import Entry, Source, Tally
from crawler.past import Asked, Backfill, Window
from crawler.slices import Shop, Want, tick
from crawler.slices.backfill import begin
from crawler.slices.dead import add_dead
from tests.clock import START
from tests.fakes import FEED, A, World, article, entry, rss
from tests.machine import Machine

HOST = "http://a.example"
URL = f"{HOST}/1"
SOURCE = replace(A, extras=("archived",))


def dead(folder: Path, *items: str, source: Source = SOURCE) -> World:
    """Return a machine whose articles were given up; its feed names them no more."""
    there = World(folder, {FEED: rss(*(items or (entry(URL, "Story 1"),)))}, source)
    there.machine = Machine()
    for _ in range(12):
        there.run()
        there.later(days=7)
    there.pages[FEED] = rss(entry(f"{HOST}/9", "Story 9"))
    assert {one.state for one in there.failures().values()} == {"dead"}
    return there


def healed(there: World, window: Window | None = None, times: int = 1) -> tuple[Tally, Backfill, int]:
    """Do as `crawler backfill --dead` does."""

    async def at_work(shop: Shop) -> tuple[Tally, Backfill, int]:
        await tick(shop)
        source = there.sources[0]
        backfill = await begin(shop, source, Asked(("dead",), window or Window()))
        found = sum([await add_dead(shop, backfill.id, source) for _ in range(times)])
        tally = await run_past(shop, Want(backfills=(backfill.id,), polls=False))
        found += await add_dead(shop, backfill.id, source) if times > 1 else 0
        return tally, shop.state.backfills.get(backfill.id), found

    there.asked.clear()
    done: tuple[Tally, Backfill, int] = there.work(at_work)
    return done


def test_a_dead_article_becomes_a_post_of_its_own_address(tmp_path: Path) -> None:
    there = dead(tmp_path)
    assert there.machine is not None
    there.machine.hold(URL, "2021112007", article(1))
    tally, backfill, found = healed(there)
    assert (found, tally.archived, backfill.state) == (1, 1, "done")
    assert there.froms == [URL]
    (post,) = (there.archive.read(path).decode() for path in there.posts)
    assert "\narchived: http://archive.example/web/20211120070000id_/http://a.example/1\n" in post
    assert "\ndate: 2021-11-20T05:43:44.000Z\n" in post, "the feed's"
    assert (there.failures(), there.state.frontier()) == ({}, (0, 0))
    assert there.targets == [
        "http://archive.example/web/20211120054344id_/http://a.example/1",
        "http://archive.example/web/20211120070000id_/http://a.example/1",
    ]


def test_one_without_a_copy_is_dead_again_and_says_both(tmp_path: Path) -> None:
    there = dead(tmp_path)
    tally, backfill, _ = healed(there)
    assert (tally.dead, backfill.state, backfill.counts.failed) == (1, "done", 1)
    failure = there.failures()[URL]
    assert (failure.state, failure.tries) == ("dead", 1)
    assert failure.reason.startswith("HTTP 404 Not Found; ")
    assert "no copy at archive.example" in failure.reason
    healed(there)
    assert there.failures()[URL].reason == failure.reason, "however often it is tried"


def test_one_backfill_tries_each_once(tmp_path: Path) -> None:
    there = dead(tmp_path)
    _, backfill, found = healed(there, times=2)
    assert (found, backfill.counts.failed, backfill.counts.archived) == (1, 1, 0)


def test_what_a_feed_does_not_date_is_looked_for_when_it_was_first_seen(tmp_path: Path) -> None:
    there = dead(tmp_path, entry(URL, "Story 1", date=None))
    assert there.machine is not None
    there.machine.hold(URL, f"{START:%Y%m%d%H%M%S}", article(1))
    healed(there)
    assert f"http://archive.example/web/{START:%Y%m%d%H%M%S}id_/{URL}" in there.targets
    assert there.froms == [URL]


def test_the_window_and_the_filters_count(tmp_path: Path) -> None:
    items = [entry(f"{HOST}/{n}", f"Story {n}", date=START - timedelta(days=n)) for n in (1, 2, 3)]
    there = dead(tmp_path, *items)
    there.sources = (replace(SOURCE, exclude=("Story 1",)),)
    _, _, found = healed(there, Window(since=datetime(2021, 11, 18, tzinfo=UTC)))
    assert found == 1
    assert there.targets[0].endswith("id_/http://a.example/2")


def test_what_never_had_a_page_is_left_alone(tmp_path: Path) -> None:
    there = dead(tmp_path)
    address = urls.entry_address(FEED, "Words")
    for one in (Entry(title="Words"), Entry()):
        there.state.enter(urls.key(FEED), (Admission(urls.key(address), address, "a.example", one),), there.clock.now())
        there.state.settle((ArticleOutcome(urls.key(address), "dead", "no text"),), there.clock.now())
    assert healed(there)[2] == 1, "the one of before"


def test_one_of_another_source_is(tmp_path: Path) -> None:
    there = dead(tmp_path)
    other = there.state.dead(urls.key("http://b.example/feed"))
    assert other == ()
