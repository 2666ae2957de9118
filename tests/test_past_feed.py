"""The past in a feed's older pages, walked from `crawler backfill` to the posts, on a fake web."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler.errors import FetchError
from crawler.model import Source
from crawler.past import Backfill, Window
from tests.clock import START
from tests.fakes import FEED, A, Answer, Reply, World, answer, article, entry, rss

HOST = "http://a.example"
WORDPRESS = "<generator>https://wordpress.org/?v=6.4</generator>"
ROUTE = Source("Strait", "rsshub://strait/news", tags=("Strait",), every=timedelta(minutes=15))
HUBS = ("http://hub.one.example", "http://hub.two.example")
DAY = timedelta(days=1)


def atom_link(relation: str, address: str) -> str:
    return f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="{relation}" href="{address}"/>'


def day(n: int) -> datetime:
    """Return when story n came out: story 1 yesterday, each other a day before."""
    return START.replace(microsecond=0) - n * DAY  # a feed tells seconds


def items(numbers: Sequence[int]) -> list[str]:
    return [entry(f"{HOST}/{n}", f"Story {n}", date=day(n)) for n in numbers]


def feed(*numbers: int, head: str = "") -> str:
    return rss(*items(numbers), head=head)


def articles(count: int) -> dict[str, Reply]:
    return {f"{HOST}/{n}": article(n) for n in range(1, count + 1)}


def addresses(*numbers: int) -> list[str]:
    return sorted(f"{HOST}/{n}" for n in numbers)


def documents(world: World) -> list[str]:
    """Return what the last pass asked for that is no article; without the look at the feed with which it begins."""
    return [url for url in world.targets if not url.removeprefix(f"{HOST}/").isdigit()][1:]


def ends_well(backfill: Backfill) -> bool:
    return (backfill.state, backfill.left) == ("done", 0)


def test_archived_feeds(tmp_path: Path) -> None:
    """RFC 5005 §4: each document names the archive before it; one is wholly in the feed itself, one is empty."""
    pages = {
        FEED: feed(1, 2, head=atom_link("prev-archive", "/archive/4.xml")),
        f"{HOST}/archive/4.xml": feed(2, head=atom_link("prev-archive", "3.xml")),
        f"{HOST}/archive/3.xml": feed(
            3, 4, head=atom_link("prev-archive", "2.xml") + atom_link("next-archive", "4.xml")
        ),
        f"{HOST}/archive/2.xml": feed(head=atom_link("prev-archive", "1.xml")),
        f"{HOST}/archive/1.xml": feed(5, head=atom_link("current", FEED)),
    }
    world = World(tmp_path, articles(5) | pages)
    _, backfill = world.past("feed")
    assert ends_well(backfill)
    assert world.froms == addresses(1, 2, 3, 4, 5)
    assert documents(world) == [FEED, *(f"{HOST}/archive/{n}.xml" for n in (4, 3, 2, 1))]


@pytest.mark.parametrize("where", ["element", "header"])
def test_linked_pages(tmp_path: Path, where: str) -> None:
    """RFC 5005 §3 and RFC 8288: rel="next" leads on, to another host, too."""

    def page(*numbers: int, after: str) -> Answer:
        if where == "element":
            return answer(feed(*numbers, head=atom_link("next", after) if after else ""))
        return answer(feed(*numbers), link=f'<{HOST}/>; rel="hub", <{after}>; rel="next"' if after else "")

    pages: dict[str, Reply] = {
        FEED: page(1, 2, after="?cursor=b"),
        f"{FEED}?cursor=b": page(3, 4, after="http://cdn.example/feed/c"),
        "http://cdn.example/feed/c": page(5, after=""),
    }
    world = World(tmp_path, articles(5) | pages)
    _, backfill = world.past("feed")
    assert ends_well(backfill)
    assert world.froms == addresses(1, 2, 3, 4, 5)


def test_json_feed(tmp_path: Path) -> None:
    def page(*numbers: int, after: object) -> str:
        listed = [{"id": str(n), "url": f"{HOST}/{n}", "content_text": f"Story {n}."} for n in numbers]
        document = {"version": "https://jsonfeed.org/version/1.1", "title": "Example", "items": listed}
        return json.dumps(document | {"next_url": after})

    pages = {FEED: page(1, 2, after="/feed/2"), f"{HOST}/feed/2": page(3, after=None)}
    world = World(tmp_path, articles(3) | pages)
    assert ends_well(world.past("feed")[1])
    assert world.froms == addresses(1, 2, 3)


def test_wordpress_ends_with_a_page_that_is_not_there(tmp_path: Path) -> None:
    pages = {FEED: feed(1, 2, head=WORDPRESS), f"{FEED}?paged=2": feed(3, 4), f"{FEED}?paged=3": feed(5)}
    world = World(tmp_path, articles(5) | pages)
    _, backfill = world.past("feed")
    assert ends_well(backfill)
    assert documents(world) == [FEED, *(f"{FEED}?paged={n}" for n in (2, 3, 4))]
    assert world.froms == addresses(1, 2, 3, 4, 5)


def test_wordpress_behind_feedburner_is_asked_itself(tmp_path: Path) -> None:
    burnt, head = "http://feeds.burner.example/a", f"<link>{HOST}/</link>{WORDPRESS}"
    source = replace(A, url=burnt)
    first = rss(*items([1, 2]), head=head).replace("<link>http://example.org/</link>", "")
    pages = {burnt: first, f"{burnt}?paged=2": first, f"{HOST}/feed/?paged=2": feed(3)}
    world = World(tmp_path, articles(3) | pages, source)
    assert ends_well(world.past("feed", source=source)[1])
    assert world.froms == addresses(1, 2, 3)


@pytest.mark.parametrize("begin", [1, 2])
def test_numbered_pages(tmp_path: Path, begin: int) -> None:
    """A server that ignores ?paged and heeds ?page, the feed itself being page 0 or page 1."""
    first = feed(1, 2)
    pages = {FEED: first, f"{FEED}?paged=2": first, f"{FEED}?page=1": first}
    pages |= {f"{FEED}?page={begin}": feed(3, 4), f"{FEED}?page={begin + 1}": feed(5)}
    world = World(tmp_path, articles(5) | pages)
    assert ends_well(world.past("feed")[1])
    assert world.froms == addresses(1, 2, 3, 4, 5)


def test_a_server_that_ignores_every_question_has_no_older_pages(tmp_path: Path) -> None:
    asked = ("?paged=2", "?page=1", "?page=2")
    world = World(tmp_path, articles(2) | {f"{FEED}{query}": feed(1, 2) for query in ("", *asked)})
    _, backfill = world.past("feed")
    assert backfill.state == "failed"
    assert "feed: offers nothing older" in backfill.said
    assert documents(world) == [FEED, *(FEED + query for query in asked)]
    assert world.froms == addresses(1, 2)


def test_blogger(tmp_path: Path) -> None:
    """Blogger gives as many as it likes: what came is counted, and the total says when all are there."""
    names = 'xmlns:o="http://a9.com/-/spec/opensearchrss/1.0/"'
    head = f"<generator>Blogger</generator><o:totalResults {names}>5</o:totalResults>"
    pages = {
        FEED: feed(1, 2, head=head),
        f"{FEED}?start-index=3&max-results=100": feed(3, 4, head=head),
        f"{FEED}?start-index=5&max-results=100": feed(5, head=head),
    }
    world = World(tmp_path, articles(5) | pages)
    assert ends_well(world.past("feed")[1])
    assert documents(world) == list(pages)
    assert world.froms == addresses(1, 2, 3, 4, 5)


def test_rsshub_grows_its_limit_at_the_instance_that_serves_it(tmp_path: Path) -> None:
    one, two = (f"{hub}/strait/news" for hub in HUBS)
    pages: dict[str, Reply] = {
        one: feed(1, 2),
        two: feed(1, 2),
        f"{one}?limit=100": Answer(status=403),
        f"{two}?limit=100": feed(1, 2, 3),
        f"{two}?limit=500": feed(1, 2, 3, 4),
        f"{two}?limit=1000": feed(1, 2, 3, 4),
    }
    world = World(tmp_path, articles(4) | pages, ROUTE, rsshub=HUBS)
    _, backfill = world.past("feed", source=ROUTE)
    assert ends_well(backfill)
    assert documents(world) == [
        one,
        *(f"{url}?limit={n}" for url, n in ((one, 100), (two, 100), (two, 500), (two, 1000))),
    ]
    assert world.froms == addresses(1, 2, 3, 4)


def test_an_instance_that_died_since_is_replaced(tmp_path: Path) -> None:
    """The instance answers when the backfill looks for the feed, and no more when it reads it."""
    one, two = (f"{hub}/strait/news" for hub in HUBS)
    answers = iter([answer(feed(1))])

    async def dies() -> Answer:
        if (alive := next(answers, None)) is None:
            raise FetchError("connection refused")
        return alive

    world = World(tmp_path, articles(2) | {one: dies, two: feed(1), f"{two}?limit=100": feed(1, 2)}, ROUTE, rsshub=HUBS)
    assert ends_well(world.past("feed", source=ROUTE)[1])
    assert world.froms == addresses(1, 2)


def test_a_loop_of_links_is_left(tmp_path: Path) -> None:
    """A → B → C → D → B: each document is read twice at most."""
    ring = {"b": "c", "c": "d", "d": "b"}
    pages = {f"{HOST}/{name}": feed(n, head=atom_link("next", ring[name])) for n, name in enumerate(ring, start=2)}
    world = World(tmp_path, articles(4) | pages | {FEED: feed(1, head=atom_link("next", "b"))})
    assert ends_well(world.past("feed")[1])
    assert max(Counter(documents(world)).values()) <= 2
    assert world.froms == addresses(1, 2, 3, 4)


def test_a_link_to_itself_is_no_older_page(tmp_path: Path) -> None:
    world = World(tmp_path, articles(1) | {FEED: feed(1, head=atom_link("next", FEED))})
    _, backfill = world.past("feed")
    assert (backfill.state, documents(world)) == ("failed", [FEED])


def test_since_ends_the_reading(tmp_path: Path) -> None:
    """A page with both sides of the day is read on from; the one that is wholly before it is the last."""
    pages = {FEED: feed(1, 2, head=WORDPRESS)}
    pages |= {f"{FEED}?paged={n}": feed(2 * n - 1, 2 * n) for n in range(2, 9)}
    world = World(tmp_path, articles(16) | pages)
    _, backfill = world.past("feed", window=Window(since=day(5)))
    assert documents(world)[-1] == f"{FEED}?paged=4"
    assert world.froms == addresses(1, 2, 3, 4, 5)
    assert (backfill.state, backfill.counts.outside) == ("done", 3)


def test_until_is_read_through(tmp_path: Path) -> None:
    pages = {FEED: feed(1, 2, head=WORDPRESS)}
    pages |= {f"{FEED}?paged={n}": feed(2 * n - 1, 2 * n) for n in range(2, 5)}
    world = World(tmp_path, articles(8) | pages)
    assert ends_well(world.past("feed", window=Window(until=day(5)))[1])
    assert world.froms == addresses(6, 7, 8)


def test_an_empty_page_is_the_end(tmp_path: Path) -> None:
    pages = {FEED: feed(1, head=WORDPRESS), f"{FEED}?paged=2": feed(2), f"{FEED}?paged=3": feed()}
    world = World(tmp_path, articles(2) | pages)
    assert ends_well(world.past("feed")[1])
    assert documents(world) == list(pages)


def test_a_lost_page_is_told_and_asked_for_again(tmp_path: Path) -> None:
    """Of a way that works a page without an answer is no end: it may hold articles."""
    pages: dict[str, Reply] = {FEED: feed(1, head=WORDPRESS), f"{FEED}?paged=2": feed(2)}
    world = World(tmp_path, articles(3) | pages | {f"{FEED}?paged=3": Answer(status=500)})
    assert world.past("feed")[1].state == "failed"
    world.pages |= {f"{FEED}?paged=3": feed(3)}
    assert ends_well(world.later(hours=1).past("feed")[1])
    assert world.froms == addresses(1, 2, 3)


def test_a_page_in_the_way_of_the_next_one_is_told(tmp_path: Path) -> None:
    """Whether a page that is no feed is the end or a bot check, nobody can tell: the user is told what was there."""
    pages = wordpress(6, 2)
    pages[f"{FEED}?paged=3"] = answer("<!doctype html><html><p>Are you a robot?")
    world = World(tmp_path, articles(6) | pages)
    _, backfill = world.past("feed")
    assert backfill.word == "WordPress pages, the 2nd is the last: not a feed: an HTML page"


def test_a_guess_without_an_answer_is_a_wrong_one(tmp_path: Path) -> None:
    pages: dict[str, Reply] = {FEED: feed(1), f"{FEED}?paged=2": Answer(status=500), f"{FEED}?page=1": feed(2)}
    world = World(tmp_path, articles(2) | pages)
    assert ends_well(world.past("feed")[1])
    assert world.froms == addresses(1, 2)


def test_the_feeds_text_stands_in_for_a_page_that_is_gone(tmp_path: Path) -> None:
    prose = "".join(f"<p>{'The ferry left at dawn, and nobody had expected it. ' * 8}{n}</p>" for n in range(3))
    gone = rss(entry(f"{HOST}/gone", "Gone", prose, date=day(9)))
    world = World(tmp_path, articles(1) | {FEED: feed(1, head=WORDPRESS), f"{FEED}?paged=2": gone})
    world.pages |= {f"{HOST}/gone": Answer(status=410)}
    world.past("feed")
    assert f"{HOST}/gone" in world.froms


def wordpress(count: int, size: int) -> dict[str, Reply]:
    """Return the pages of a feed of so many stories."""
    numbers = range(1, count + 1)
    chunks = [numbers[i : i + size] for i in range(0, count, size)]
    pages: dict[str, Reply] = {f"{FEED}?paged={n}": feed(*chunk) for n, chunk in enumerate(chunks, start=1)}
    return pages | {FEED: feed(*chunks[0], head=WORDPRESS)}


def linked(count: int, size: int) -> dict[str, Reply]:
    numbers = range(1, count + 1)
    chunks = [numbers[i : i + size] for i in range(0, count, size)]
    names = [FEED, *(f"{FEED}/{n}" for n in range(2, len(chunks) + 1)), ""]
    links = [atom_link("next", name) if name else "" for name in names[1:]]
    return {name: feed(*chunk, head=link) for name, chunk, link in zip(names, chunks, links, strict=False)}


@pytest.mark.parametrize("paged", [wordpress, linked])
def test_each_page_once_each_article_once(tmp_path: Path, paged: Callable[[int, int], dict[str, Reply]]) -> None:
    count, size = 57, 5
    world = World(tmp_path, articles(count) | paged(count, size))
    assert ends_well(world.past("feed")[1])
    assert world.froms == addresses(*range(1, count + 1))
    assert set(Counter(documents(world)).values()) == {1}
    assert max(Counter(url for url in world.targets if url.removeprefix(f"{HOST}/").isdigit()).values()) == 1
    world.later(hours=1).past("feed")
    assert not [url for url in world.targets if url.removeprefix(f"{HOST}/").isdigit()]


def test_time_offset_is_minded(tmp_path: Path) -> None:
    """The window is of true times: this feed states them eight hours early, so none of its own is in the window."""
    source = replace(A, time_offset=timedelta(hours=8))
    early = {n: day(1) - n * timedelta(hours=6) for n in range(1, 7)}
    page = {n: rss(entry(f"{HOST}/{n}", f"Story {n}", date=early[n]), head=WORDPRESS) for n in early}
    pages = {FEED: page[1]} | {f"{FEED}?paged={n}": page[n] for n in range(2, 7)}
    world = World(tmp_path, articles(6) | pages, source)
    world.past("feed", source=source, window=Window(since=early[2] + source.time_offset))
    assert world.froms == addresses(1, 2)
    assert documents(world)[-1] == f"{FEED}?paged=3"


@pytest.mark.parametrize("status", [401, 403])
def test_a_page_that_is_withheld_is_not_the_last(status: int, tmp_path: Path) -> None:
    web: dict[str, Reply] = articles(20) | {FEED: feed(*range(1, 6), head=WORDPRESS)}
    web |= {f"{FEED}?paged={n}": feed(*range(5 * n - 4, 5 * n + 1)) for n in (2, 3, 4)}
    world = World(tmp_path, web | {f"{FEED}?paged=3": Answer(status=status)})
    _, backfill = world.past("feed")
    assert (backfill.state, world.froms) == ("failed", addresses(*range(1, 11)))
    world.pages |= web
    _, backfill = world.past("feed")
    assert (backfill.state, world.froms) == ("done", addresses(*range(1, 21)))
