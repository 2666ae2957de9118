"""Where the past of a source is looked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crawler.errors import FetchError
from crawler.model import Source
from crawler.past import Method, Origin
from crawler.slices import Shop, tick
from crawler.slices import backfill as steps
from crawler.slices.backfill import origin_of
from tests.fakes import FEED, A, Reply, World, rss, stories
from tests.pastworld import OLD, feed, of, pages, world

pytestmark = pytest.mark.usefixtures("scripted")

ROUTE = Source("Route", "rsshub://harbour/town")
ONE, TWO = "http://one.example/harbour/town", "http://two.example/harbour/town"
HUBS = ("http://one.example", "http://two.example")


TODAY = "2021-11-20"


def origin(there: World, source: Source = A, **more: object) -> Origin:
    async def job(shop: Shop) -> Origin:
        await tick(shop)
        return await origin_of(shop, source)

    found: Origin = there.work(job, **more)
    return found


def test_is_the_site_that_most_articles_stand_on(tmp_path: Path) -> None:
    body = rss(*stories("https://www.paper.example", 1, 2), *stories("http://other.example", 3))
    assert origin(World(tmp_path, {FEED: body}), wayback="http://web.example") == Origin(
        (FEED,),
        "https://www.paper.example/",
        (),
        "http://web.example",
        today=TODAY,
    )


def test_is_the_feeds_own_word_where_it_names_no_article(tmp_path: Path) -> None:
    assert origin(World(tmp_path, {FEED: rss()})).site == "http://example.org/"


@pytest.mark.parametrize("body", [FetchError("no answer"), "no feed at all"])
def test_is_the_address_of_a_feed_that_cannot_be_read(
    body: Reply, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert origin(World(tmp_path, {FEED: body})) == Origin((FEED,), "http://a.example/", today=TODAY)
    assert f"{FEED}: its list cannot be read now: " in caplog.text


def test_is_learned_from_the_archive_where_the_feed_is_gone(tmp_path: Path) -> None:
    there = world(tmp_path, {FEED: rss(*stories(OLD, 1))}, pages(1))
    there.run()
    there.pages[FEED] = FetchError("no answer")
    assert origin(there).site == f"{OLD}/"


def test_of_a_route_is_the_instance_that_answers_then_the_others(tmp_path: Path) -> None:
    there = World(tmp_path, {TWO: rss(*stories("http://a.example", 1)), ONE: FetchError("no answer")}, ROUTE)
    assert origin(there, ROUTE, rsshub=HUBS) == Origin((TWO, ONE), "http://a.example/", today=TODAY)
    there.pages[TWO] = FetchError("no answer")
    assert origin(there, ROUTE, rsshub=HUBS) == Origin((ONE, TWO), "", today=TODAY)


def test_a_long_list_enters_the_backlog_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "BATCH", 2)
    there = world(tmp_path, feed(*of(1, 2, 3, 4, 5)), pages(*range(1, 6)))
    _, done = there.past("feed")
    assert (done.counts.owed, done.counts.archived) == (5, 5)


@pytest.mark.parametrize(
    ("source", "known", "method", "warns"),
    [
        (A, (), "sitemap", True),
        (A, (), "wayback", True),
        (A, (), "feed", False),
        (A, ("a.example/{slug}",), "sitemap", False),
        (replace(A, article_url="/story-"), (), "sitemap", False),
        (replace(A, kind="sitemap"), (), "sitemap", False),
    ],
)
def test_that_nothing_tells_articles_from_other_pages_is_said_aloud(
    source: Source, known: tuple[str, ...], method: Method, warns: bool, caplog: pytest.LogCaptureFixture
) -> None:
    steps.warn_of_strangers(method, source, Origin(shapes=known))
    assert ("unless `article_url` says more" in caplog.text) == warns
