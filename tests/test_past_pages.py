"""The past of a source by the older pages of a list, from the command to the files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.errors import FetchError
from crawler.model import Source
from crawler.past import Window
from tests.clock import START
from tests.fakes import A, Reply, World, answer, article, rss, stories

HOST = "http://a.example"
LIST = f"{HOST}/news"
LISTED = Source("Harbour", LIST, kind="list", item="li.item", article_url="")
NUMBERED = replace(LISTED, pages=f"{LIST}?page={{n}}")
A_PAGE = 5


def day_of(n: int) -> datetime:
    """Return when story n was published: a day after story n - 1."""
    return START.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=100 - n)


def items(numbers: Iterable[int], *, dated: bool = True) -> str:
    stamp = "<time>{:%Y-%m-%d %H:%M}</time>" if dated else "<i>lately</i>"
    return "<ul>{}</ul>".format(
        "".join(f"<li class=item><a href='/{n}'>Story {n}</a>{stamp.format(day_of(n))}</li>" for n in numbers)
    )


def page(numbers: Iterable[int], more: str = "", *, head: str = "", dated: bool = True) -> str:
    menu = "<nav><ul><li><a href='/news'>News</a></li><li><a href='/about'>About us</a></li></ul></nav>"
    return f"<html><head><title>News</title>{head}</head><body>{menu}{items(numbers, dated=dated)}{more}</body></html>"


def dated_article(n: int) -> str:
    head = f'<meta property="article:published_time" content="{day_of(n).isoformat()}">'
    return article(n, head=head)


def site(count: int, url: str = f"{LIST}?page={{n}}") -> dict[str, Reply]:
    """Return a site of stories count to 1, five on a page of its list."""
    numbers = list(range(count, 0, -1))
    chunks = [numbers[i : i + A_PAGE] for i in range(0, count, A_PAGE)]
    pages: dict[str, Reply] = {url.format(n=i): page(chunk) for i, chunk in enumerate(chunks, 1)}
    return pages | {LIST: page(chunks[0])} | {f"{HOST}/{n}": dated_article(n) for n in numbers}


def lists(there: World) -> list[str]:
    """Return which pages of the list were asked for, in order, without its beginning that tells where to look."""
    return [url for url in there.targets if url.startswith(LIST)][1:]


def archived(there: World) -> list[int]:
    return sorted(int(url.rpartition("/")[2]) for url in there.froms)


def test_each_page_and_each_article_is_fetched_once_and_again_none(tmp_path: Path) -> None:
    there = World(tmp_path, site(23), NUMBERED)
    tally, backfill = there.past("pages", source=NUMBERED)
    assert (tally.archived, backfill.state, backfill.said) == (23, "done", "")
    assert archived(there) == list(range(1, 24))
    assert lists(there) == [LIST, *(f"{LIST}?page={n}" for n in range(2, 7))]
    assert len(there.targets) == len(set(there.targets)) + 1  # the list was read to find out where to look
    assert backfill.counts.steps == 6
    tally, backfill = there.past("pages", source=NUMBERED)
    assert (tally.archived, tally.fetched, backfill.state) == (0, 0, "done")


@pytest.mark.parametrize(
    "last",
    [page(range(5, 0, -1)), page([]), page(range(23, 18, -1)), answer("", 404), answer("%PDF-1.7 no page", 200)],
    ids=["the last once more", "empty", "the first once more", "404", "no page"],
)
def test_it_ends_where_a_page_brings_nothing_new(tmp_path: Path, last: Reply) -> None:
    pages = site(10) | {f"{LIST}?page={n}": last for n in range(3, 99)}
    if isinstance(last, str) and "Story 23" in last:
        pages |= {f"{LIST}?page={n}": page(range(10, 5, -1)) for n in range(3, 99)}
    there = World(tmp_path, pages, NUMBERED)
    _, backfill = there.past("pages", source=NUMBERED)
    assert (archived(there), backfill.state) == (list(range(1, 11)), "done")
    assert lists(there)[-1] == f"{LIST}?page=3"


def test_pages_that_shift_while_they_are_read_lose_nothing(tmp_path: Path) -> None:
    """News pushes the entries of a page to the next one; a pinned story stands on each."""
    pages = site(12) | {
        LIST: page([99, 12, 11, 10]),
        f"{LIST}?page=2": page([99, 10, 9, 8, 7]),
        f"{LIST}?page=3": page([99, 7, 6, 5, 4, 3, 2, 1]),
        f"{HOST}/99": dated_article(99),
    }
    there = World(tmp_path, pages, NUMBERED)
    there.past("pages", source=NUMBERED)
    assert archived(there) == [*range(1, 13), 99]


def test_since_ends_it_and_until_is_read_through_to(tmp_path: Path) -> None:
    there = World(tmp_path, site(25), NUMBERED)
    window = Window(day_of(8), day_of(13))
    tally, backfill = there.past("pages", source=NUMBERED, window=window)
    assert (archived(there), backfill.state) == ([8, 9, 10, 11, 12], "done")
    assert lists(there) == [LIST, *(f"{LIST}?page={n}" for n in range(2, 6))]
    assert (tally.fetched, backfill.counts.outside) == (5, 20)


def test_a_list_whose_first_page_reaches_behind_the_window_offers_all(tmp_path: Path) -> None:
    there = World(tmp_path, {LIST: page([3, 2, 1]), f"{HOST}/3": dated_article(3)}, LISTED)
    _, backfill = there.past("pages", source=LISTED, window=Window(since=day_of(90)))
    assert (archived(there), backfill.state) == ([], "done")


def test_a_day_without_its_time_may_be_wanted(tmp_path: Path) -> None:
    """The page tells: one was published before the moment that is wanted, one after it."""
    body = "".join(f"<li class=item><a href='/{n}'>Story {n}</a><i>2021-11-1{n}</i></li>" for n in (9, 8, 7))
    times = {9: "2021-11-19T08:00:00Z", 8: "2021-11-18T12:00:00Z", 7: "2021-11-18T09:00:00Z"}
    pages: dict[str, Reply] = {
        f"{HOST}/{n}": article(n, head=f'<meta property="article:published_time" content="{time}">')
        for n, time in times.items()
    }
    body += "<li class=item><a href='/6'>Story 6</a><i>2021-11-18</i></li>"
    pages[f"{HOST}/6"] = article(6, head='<meta property="article:published_time" content="2021-11-18T09:00:00Z">')
    there = World(tmp_path, pages | {LIST: page([], f"<ul>{body}</ul>")}, LISTED)
    there.past("pages", source=LISTED, window=Window(datetime(2021, 11, 18, 10, tzinfo=UTC)))
    assert archived(there) == [8, 9]
    assert f"{HOST}/7" not in there.targets
    assert f"{HOST}/6" in there.targets


@pytest.mark.parametrize(
    ("keys", "more"),
    [
        ({"next_page": "p.on"}, "<p class=on><a href='{}'>on</a></p>"),
        ({"next_page": "//p/a/@href"}, "<p class=on><a href='{}'>on</a></p>"),
        ({}, "<a rel='nofollow next' href='{}'>on</a>"),
        ({}, "<a href='/news'>1</a> <a href='{}'>{n}</a> <a href='/news/99'>99</a>"),
        ({}, "<a href='{}'>Older posts »</a>"),
        ({}, "<a href='{}'>›</a>"),
        ({}, "<a href='{}'>[下一页]</a>"),
        ({"item": "", "article_url": r"/\d+$"}, "<a href='{}'>Next</a>"),
        ({"item": ""}, "<a href='{}'>Next</a>"),
    ],
)
def test_it_follows_the_links_of_the_pages(tmp_path: Path, keys: Mapping[str, str], more: str) -> None:
    numbers = [[9, 8, 7], [6, 5, 4], [3, 2, 1]]
    addresses = [LIST, f"{LIST}/more/two", f"{LIST}/more/three"]
    pages: dict[str, Reply] = {f"{HOST}/{n}": dated_article(n) for n in range(1, 10)}
    for i, address in enumerate(addresses):
        onward = more.replace("{}", addresses[i + 1]).replace("{n}", str(i + 2)) if i < 2 else ""
        body = page(numbers[i], onward).replace(">Story", ">The long story of harbour")
        pages[address] = body
    source = replace(LISTED, **keys)  # type: ignore[arg-type]  # keys are texts
    there = World(tmp_path, pages, source)
    _, backfill = there.past("pages", source=source)
    assert (archived(there), backfill.state) == (list(range(1, 10)), "done")
    assert lists(there) == addresses


def test_a_link_that_leads_in_a_circle_or_off_the_site_ends_it(tmp_path: Path) -> None:
    pages: dict[str, Reply] = {f"{HOST}/{n}": dated_article(n) for n in range(1, 7)}
    pages[LIST] = page([6, 5, 4], head=f"<link rel=next href='{LIST}/2'>")
    pages[f"{LIST}/2"] = page([3, 2, 1], head=f"<link rel=next href='{LIST}'>")
    there = World(tmp_path / "a", pages, LISTED)
    there.past("pages", source=LISTED)
    assert (archived(there), lists(there)) == ([1, 2, 3, 4, 5, 6], [LIST, f"{LIST}/2", LIST])
    pages[LIST] = page([6, 5, 4], head="<link rel=next href='http://b.example/2'><link rel=next href='/news#top'>")
    there = World(tmp_path / "b", pages, LISTED)
    _, backfill = there.past("pages", source=LISTED)
    assert (archived(there), lists(there)) == ([4, 5, 6], [LIST])
    assert (backfill.state, backfill.said) == ("failed", "pages: offers nothing older (page 1 leads to no older one)")


def test_a_wrong_guess_is_the_end_and_no_fault(tmp_path: Path) -> None:
    pages = site(5) | {LIST: page(range(5, 0, -1), "<a href='/gone'>Next</a>")}
    there = World(tmp_path, pages, LISTED)
    _, backfill = there.past("pages", source=LISTED)
    assert (archived(there), backfill.said) == ([1, 2, 3, 4, 5], "pages: offers nothing older (there is no page 2)")


def test_a_page_that_fails_for_now_is_waited_for(tmp_path: Path) -> None:
    there = World(tmp_path, site(10) | {f"{LIST}?page=2": FetchError("timeout")}, NUMBERED)

    async def mended() -> object:
        there.pages |= site(10)
        raise FetchError("timeout")

    there.pages[f"{LIST}?page=2"] = mended  # type: ignore[assignment]  # it raises
    there.past("pages", source=NUMBERED)
    assert archived(there) == list(range(1, 11))


def test_days_are_read_backwards_and_those_without_a_page_are_passed_over(tmp_path: Path) -> None:
    source = replace(LISTED, pages=f"{LIST}/{{date:%Y/%m/%d}}")
    day = "{}/{:%Y/%m/%d}".format
    pages: dict[str, Reply] = {day(LIST, day_of(n)): page([n]) for n in (100, 99, 96, 95, 90)}
    pages[LIST] = page([])
    pages[day(LIST, day_of(97))] = page([])
    pages |= {f"{HOST}/{n}": dated_article(n) for n in range(90, 101)}
    there = World(tmp_path, pages, source)
    _, backfill = there.past("pages", source=source, window=Window(since=day_of(93)))
    assert (archived(there), backfill.state) == ([95, 96, 99, 100], "done")
    assert lists(there) == [day(LIST, day_of(n)) for n in range(100, 92, -1)]
    there = World(tmp_path / "until", pages, source)
    there.past(
        "pages", source=source, window=Window(day_of(95) - timedelta(hours=12), day_of(97) - timedelta(hours=12))
    )
    assert (archived(there), lists(there)) == ([95, 96], [day(LIST, day_of(n)) for n in (96, 95)])


def test_months_are_read_once_each(tmp_path: Path) -> None:
    source = replace(LISTED, pages=f"{LIST}/{{date:%Y-%m}}")
    pages: dict[str, Reply] = {LIST: page([]), f"{LIST}/2021-11": page([90]), f"{LIST}/2021-10": page([60])}
    pages |= {f"{HOST}/{n}": dated_article(n) for n in (60, 90)}
    there = World(tmp_path, pages, source)
    there.past("pages", source=source, window=Window(since=datetime(2021, 9, 20, tzinfo=UTC)))
    assert archived(there) == [60, 90]
    assert lists(there) == [f"{LIST}/2021-{month}" for month in (11, 10, "09")]


def test_a_list_of_days_ends_by_itself(tmp_path: Path) -> None:
    source = replace(LISTED, pages=f"{LIST}/{{date}}")
    there = World(tmp_path / "a", {LIST: page([99]), f"{HOST}/99": dated_article(99)}, source)
    there.past("pages", source=source)
    assert len(lists(there)) == 62
    same: dict[str, Reply] = {f"{LIST}/{START - timedelta(days=n):%Y-%m-%d}": page([99]) for n in range(99)}
    there = World(tmp_path / "b", {LIST: page([99]), f"{HOST}/99": dated_article(99), **same}, source)
    there.past("pages", source=source)
    assert len(lists(there)) == 8
    assert archived(there) == [99]


def test_json_is_read_by_number_and_by_the_address_that_it_names(tmp_path: Path) -> None:
    def rows(numbers: Iterable[int], more: str = "") -> str:
        return json.dumps({"list": [{"id": n, "at": day_of(n).timestamp()} for n in numbers], "next": more})

    api = f"{HOST}/news.json"
    source = Source("Harbour", api, kind="json", item="list", link="/{id}", date="at")
    pages: dict[str, Reply] = {f"{HOST}/{n}": dated_article(n) for n in range(1, 7)}
    numbered = replace(source, pages=f"{api}?p={{n}}")
    there = World(
        tmp_path / "a", pages | {api: rows([6, 5, 4]), f"{api}?p=2": rows([3, 2, 1]), f"{api}?p=3": rows([])}, numbered
    )
    _, backfill = there.past("pages", source=numbered)
    assert (archived(there), backfill.state) == ([1, 2, 3, 4, 5, 6], "done")
    named = replace(source, next_page="next")
    there = World(tmp_path / "b", pages | {api: rows([6, 5, 4], "?after=4"), f"{api}?after=4": rows([3, 2, 1])}, named)
    there.past("pages", source=named)
    assert archived(there) == [1, 2, 3, 4, 5, 6]
    assert {request.kind for request in there.asked if "news.json" in request.url} == {"feed"}
    there = World(tmp_path / "c", pages | {api: rows([6, 5, 4])}, source)
    _, backfill = there.past("pages", source=source)
    assert (archived(there), backfill.state) == ([4, 5, 6], "failed")


def test_a_feed_may_have_a_list_of_its_past(tmp_path: Path) -> None:
    source = replace(A, pages=f"{LIST}?page={{n}}", item="li.item", time_offset=timedelta(hours=-8))
    there = World(tmp_path, site(12) | {A.url: rss(*stories(HOST, 12))}, source)
    _, backfill = there.past("pages", source=source, window=Window(since=day_of(3)))
    assert (archived(there), backfill.state) == (list(range(3, 13)), "done")
    assert [url for url in there.targets if "page=" in url] == [f"{LIST}?page={n}" for n in (1, 2, 3)]


def test_a_feed_without_one_has_no_place_to_look(tmp_path: Path) -> None:
    there = World(tmp_path, {A.url: rss()})
    _, backfill = there.past("pages")
    assert (backfill.state, backfill.said) == ("failed", "pages: no place to look")


def test_undated_lists_are_read_to_their_end_and_the_page_tells(tmp_path: Path) -> None:
    pages = {url: page_.replace("<time>", "<b>").replace("</time>", " x</b>") if isinstance(page_, str) else page_
             for url, page_ in site(10).items()}  # fmt: skip
    pages |= {LIST: page(range(10, 5, -1), dated=False), f"{LIST}?page=2": page(range(5, 0, -1), dated=False)}
    there = World(tmp_path, pages, NUMBERED)
    tally, _ = there.past("pages", source=NUMBERED, window=Window(since=day_of(7)))
    assert (archived(there), tally.outside) == ([7, 8, 9, 10], 6)


@pytest.mark.parametrize(
    "refusal", [answer("", 403), answer("", 401), FetchError("robots.txt forbids it", passing=False)]
)
def test_a_page_that_is_withheld_is_not_the_end(refusal: Reply, tmp_path: Path) -> None:
    there = World(tmp_path, site(23) | {f"{LIST}?page=3": refusal}, NUMBERED)
    _, backfill = there.past("pages", source=NUMBERED)
    assert (backfill.state, backfill.gaps, len(archived(there))) == ("failed", 1, 10)
    assert backfill.gap.startswith(f"{LIST}?page=3: ")
    there.pages |= site(23)
    _, backfill = there.past("pages", source=NUMBERED)
    assert (backfill.state, archived(there)) == ("done", list(range(1, 24)))


def test_days_that_are_withheld_are_not_asked_for_one_after_another(tmp_path: Path) -> None:
    daily = replace(LISTED, pages=f"{LIST}/{{date}}")
    there = World(tmp_path, site(5) | {f"{LIST}/{START:%Y-%m-%d}": answer("", 403)}, daily)
    _, backfill = there.past("pages", source=daily)
    assert (backfill.state, len(lists(there))) == ("failed", 1)


class TestAskedForAgainWhereNothingWasFound:
    def test_it_reads_the_list_that_is_configured_now(self, tmp_path: Path) -> None:
        wrong = replace(LISTED, pages=f"{HOST}/wrong/{{date}}", item="")
        there = World(tmp_path, site(13) | {f"{HOST}/wrong/{START:%Y-%m-%d}": answer("", 403)}, wrong)
        assert there.past("pages", source=wrong)[1].gaps == 1
        there.sources = (NUMBERED,)
        _, backfill = there.past("pages", source=NUMBERED)
        assert (backfill.state, backfill.gaps, archived(there)) == ("done", 0, list(range(1, 14)))
        assert len(there.state.backfills.all()) == 1

    def test_it_does_not_stay_at_the_last_way(self, tmp_path: Path) -> None:
        plain = replace(A, url=f"{HOST}/feed")
        web = site(13) | {plain.url: rss(*stories(HOST, 13), head="<generator>Hugo</generator>")}
        there = World(tmp_path, web, plain, wayback="http://machine.example")
        _, backfill = there.past(source=plain)
        assert (backfill.state, backfill.method, backfill.gaps) == ("failed", "wayback", 1)
        listed = replace(plain, pages=f"{LIST}?page={{n}}", item="li.item")
        there.sources = (listed,)
        _, backfill = there.past(source=listed)
        assert (backfill.state, backfill.method, archived(there)) == ("done", "pages", list(range(1, 14)))
        assert "no place to look" not in backfill.said
