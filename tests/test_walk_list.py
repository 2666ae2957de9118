"""A list page, and JSON, polled by `run`: the same posts as the feed of the same articles."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler.model import Source, Tally
from tests.clock import START
from tests.fakes import Reply, World, answer, entry, paragraphs, rss
from tests.lists import STORIES, sheet, zaobao_2021, zaobao_2026

SITE = "https://z.example"
LIST = f"{SITE}/realtime/china"
FEED = f"{SITE}/feed"
NAMED = Source("早报", FEED, timezone="Asia/Singapore")
LISTED = replace(NAMED, url=LIST, kind="list")


def story(number: str) -> str:
    """Return the page of a story, as the site of 2026 has it: JSON-LD with the time."""
    title, time = STORIES[number]
    text = "".join(f"<p>{one}</p>" for one in paragraphs(int(number[-3:])))
    return (
        f'<html><head><title>{title} | 早报</title><script type="application/ld+json">{{"@type": "NewsArticle", '
        f'"headline": "{title}", "datePublished": "2021-11-20T{time}:00Z"}}</script></head>'
        f"<body><article><h1>{title}</h1>{text}</article></body></html>"
    )


def address(number: str) -> str:
    return f"{SITE}/realtime/china/story{number}"


STORY_PAGES: dict[str, Reply] = {address(number): story(number) for number in STORIES}


def times(number: str) -> datetime:
    return datetime.fromisoformat(f"2021-11-20T{STORIES[number][1]}+00:00")


def posts(there: World) -> dict[str, bytes]:
    return {path: there.archive.read(path) for path in there.archive.list()}


def html(body: str) -> bytes:
    return sheet(body).body


@pytest.fixture
def of_the_feed(tmp_path: Path) -> dict[str, bytes]:
    """The posts of the feed."""
    items = [entry(address(number), STORIES[number][0], "A summary.", date=times(number)) for number in STORIES]
    there = World(tmp_path / "feed", {FEED: rss(*items), **STORY_PAGES}, NAMED)
    assert there.run().archived == 3
    return posts(there)


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        (zaobao_2021(), {"item": ".list-block .row"}),
        (zaobao_2021(), {}),
        (zaobao_2021(), {"article_url": "/realtime/china/story"}),
        (zaobao_2026(), {"item": "//div[@class='card-listing']"}),
        (zaobao_2026(), {"item": ".card-listing", "date": ".timestamp", "title": "h2", "link": "a"}),
        (zaobao_2026(), {}),
    ],
)
def test_a_list_gives_the_same_posts_as_the_feed(
    tmp_path: Path, of_the_feed: dict[str, bytes], body: str, keys: dict[str, str]
) -> None:
    source = replace(LISTED, **keys)  # type: ignore[arg-type]  # keys are texts
    there = World(tmp_path / "list", {LIST: answer(html(body), Content_Type="text/html"), **STORY_PAGES}, source)
    assert there.run().archived == 3
    assert posts(there) == of_the_feed
    assert [request.kind for request in there.asked] == ["article"] * 4
    assert there.asked[0].permit is None


def test_json_gives_the_same_posts_as_the_feed(tmp_path: Path, of_the_feed: dict[str, bytes]) -> None:
    rows = ",".join(
        f'{{"id": "{number}", "headline": "{STORIES[number][0]}", "at": {times(number).timestamp():.0f}000}}'
        for number in STORIES
    )
    url = f"{SITE}/api/list"
    keys = {"item": "result.docs", "link": "/realtime/china/story{id}", "title": "headline", "date": "at"}
    source = replace(NAMED, url=url, kind="json", **keys)  # type: ignore[arg-type]  # keys are texts
    there = World(tmp_path / "json", {url: f'{{"result": {{"docs": [{rows}]}}}}', **STORY_PAGES}, source)
    assert there.run().archived == 3
    assert posts(there) == of_the_feed


def test_a_list_brings_what_is_new_on_it_and_asks_for_nothing_twice(tmp_path: Path) -> None:
    first, *others = STORIES
    pages: dict[str, Reply] = {LIST: answer(html(zaobao_2026(others)), ETag='"1"'), **STORY_PAGES}
    there = World(tmp_path, pages, replace(LISTED, item=".card-listing"))
    assert there.run().archived == 2
    assert there.later(minutes=16).run() == Tally(polled=1, unchanged=1)
    there.pages[LIST] = html(zaobao_2026([first, *others])).decode()
    assert there.later(minutes=16).run().archived == 1
    assert there.targets == [LIST, address(first)]
    there.pages[LIST] = html("<p>We have moved to a newer, better place</p>").decode()
    assert there.later(minutes=16).run().failed == 1
    assert "nothing on the page is found by item '.card-listing'" in there.failures()[LIST].reason


def test_a_list_that_did_not_change_is_read_anew_by_other_selectors(tmp_path: Path) -> None:
    pages: dict[str, Reply] = {LIST: answer(html(zaobao_2026()), ETag='"1"'), **STORY_PAGES}
    there = World(tmp_path, pages, replace(LISTED, item=".card-listing", article_url="1215302"))
    assert there.run().archived == 1
    there.sources = (replace(LISTED, item=".card-listing"),)
    assert there.later(minutes=16).run().archived == 2
    assert there.later(minutes=16).run() == Tally(polled=1, unchanged=1)


@pytest.mark.parametrize(
    ("page", "stated", "date"),
    [
        ("", "<time>2021-11-19</time>", "2021-11-18T16:00:00.000Z"),
        ('<meta property="article:published_time" content="2021-11-19T05:06:07Z">', "<time>2021-11-19</time>",
         "2021-11-19T05:06:07.000Z"),
        ('<meta property="article:published_time" content="2021-11-12T05:06:07Z">', "<time>2021-11-19 12:00</time>",
         "2021-11-12T05:06:07.000Z"),
        ('<meta property="article:published_time" content="2021-11-19">', "<time>2021-11-19 12:00</time>",
         "2021-11-19T04:00:00.000Z"),
        ('<meta property="article:published_time" content="2021-11-12">', "<time>2021-11-19 12:00</time>",
         "2021-11-12T00:00:00.000Z"),
        ("", "", START.isoformat(timespec="milliseconds").replace("+00:00", "Z")),
    ],
)  # fmt: skip
def test_the_page_is_believed_before_the_list(tmp_path: Path, page: str, stated: str, date: str) -> None:
    body = "".join(f"<p>{one}</p>" for one in paragraphs(1))
    item = f"<article><a href='/story'>One of the st…</a>{stated}</article>"
    pages = {
        LIST: html(item).decode(),
        f"{SITE}/story": f"<html><head>{page}</head><body><article><h1>One of the stories</h1>{body}</article></body></html>",
    }
    there = World(tmp_path, pages, replace(LISTED, item="article"))
    assert there.run().archived == 1
    (text,) = (data.decode() for data in posts(there).values())
    assert f"date: {date}\n" in text
    assert 'title: "One of the stories"\n' in text


def test_only_the_times_of_the_source_itself_are_put_right(tmp_path: Path) -> None:
    """A list that is read for a feed has times of its own."""
    there = replace(LISTED, time_offset=timedelta(hours=-8), timezone="UTC", item=".card-listing")
    world = World(tmp_path, {LIST: html(zaobao_2026()).decode(), **STORY_PAGES}, there)
    assert world.run().archived == 3
    data = "".join(world.archive.read(path).decode() for path in world.archive.list())
    assert f"<!--{int(times('20211120-1215302').timestamp() * 1000) + 8 * 3_600_000}-->" in data
    assert "date: 2021-11-20T04:20:00.000Z" in data
