"""A page that lists articles → entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.errors import ExtractError, ParseError
from crawler.model import Entry, Source
from crawler.sources import parse_listing
from tests.lists import CARDS, HEADLINES, LIST, SOUP, STORIES, TABLE, WHOLE_CARDS, sheet, zaobao_2021, zaobao_2026

LISTED = Source("News", "https://e.org/news/", kind="list")


def entries(body: str, source: Source = LISTED, **keys: str) -> tuple[Entry, ...]:
    return parse_listing(replace(source, **keys), sheet(body)).entries  # type: ignore[arg-type]  # keys are texts


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2021, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "item", "published"),
    [
        (TABLE, "tr", at(19, 16)),
        (CARDS, ".card-listing", at(20, 6, 43)),
        (WHOLE_CARDS, "//div[@id='latest']/a", at(20, 4, 20)),
        (LIST, ".list li", at(19, 16)),
        (SOUP, "h2", None),
        (TABLE, "", at(19, 16)),
        (CARDS, "", at(20, 6, 43)),
        (WHOLE_CARDS, "", at(20, 4, 20)),
        (LIST, "", at(19, 16)),
        (SOUP, "", None),
    ],
)
def test_an_entry_has_its_link_title_and_time(body: str, item: str, published: datetime | None) -> None:
    found = entries(body, item=item, timezone="Asia/Singapore")
    assert [entry.title for entry in found] == list(HEADLINES)
    assert all("100" in entry.url and entry.dated_by == "list" for entry in found)
    assert found[0].published == published


@pytest.mark.parametrize(
    ("body", "item"),
    [
        (zaobao_2021(), ".list-block .row"),
        (zaobao_2021(), ""),
        (zaobao_2026(), ".card-listing"),
        (zaobao_2026(), ""),
    ],
)
def test_zaobaos_lists(body: str, item: str) -> None:
    listed = parse_listing(replace(LISTED, item=item, timezone="Asia/Singapore"), sheet(body))
    assert [(e.url, e.title, e.published) for e in listed.entries] == [
        (f"https://e.org/realtime/china/story{number}", title, datetime.fromisoformat(f"2021-11-20T{time}+00:00"))
        for number, (title, time) in STORIES.items()
    ]
    assert listed.title == "News - Example"


def test_selectors_of_the_user_say_where_link_title_and_time_are() -> None:
    body = (
        "<article id='mailto:a@e.org'><a href=/tag>Tag</a><h3>Not this</h3><b class=t> The  title </b><a class=go href=/1>Go on</a>"
        "<i data-at='2021-11-19T08:00:00Z'>x</i><em>20 November 2021</em></article>"
    )
    found = entries(body, item="article", link="a.go", title=".t", date="em")
    assert [(e.url, e.title, e.published) for e in found] == [("https://e.org/1", "The title", at(20))]
    found = entries(body, item="//article", link="./a[2]/@href", title="./b/text()", date="./i/@data-at")
    assert [(e.url, e.title, e.published) for e in found] == [("https://e.org/1", "The title", at(19, 8))]
    assert entries(body, item="article", link="./@id | ./a/@href", article_url=r"/\d$")[0].url[-1] == "1"
    found = entries(body, item="article", title=".none", date=".none", article_url=r"/\d$")
    assert [(e.url, e.title, e.published) for e in found] == [("https://e.org/1", "", None)]


@pytest.mark.parametrize(
    ("inside", "title"),
    [
        ("<a href=/1><img alt='Of the picture'></a>", "Of the picture"),
        ("<a href=/1 title='Of the link'></a>", "Of the link"),
        ("<a href=/1 title='The whole of it, at last'>The whole of …</a>", "The whole of it, at last"),
        ("<a href=/1 title='Something else'>The whole of...</a>", "The whole of..."),
        ("<a href=/1>Title <time datetime=2021-11-20>20 Nov</time></a>", "Title"),
        ("<a href=/2>Category</a><h2>A <a href=/1>title</a></h2>", "A title"),
        ("<a href=/2>Category</a><a href=/1><h2></h2>Text</a>", "Text"),
        ("<a href=/1></a>", ""),
    ],
)
def test_the_title_of_an_entry(inside: str, title: str) -> None:
    assert [(e.url, e.title) for e in entries(f"<article>{inside}</article>", item="article")] == [
        ("https://e.org/1", title)
    ]


@pytest.mark.parametrize(
    ("inside", "published"),
    [
        ("<time datetime='2021-11-20T04:20:00Z'>2 hours ago</time>", at(20, 4, 20)),
        ("<time>2021年11月20日 12:20 PM</time>", at(20, 4, 20)),
        ("<p class=pub-date><b>11/20</b> 14:43</p>", at(20, 6, 43)),
        ("<p class=date title='2021-11-19 08:00'>yesterday</p>", at(19, 0)),
        ("<p>by Ann, 20 November 2021</p>", at(19, 16)),
        ("<p>12/31 23:00</p>", datetime(2020, 12, 31, 15, tzinfo=UTC)),
        ("<p>The fire of 20 November 2021 in the port of the city</p>", None),
        ("<p>All that was said of the fire of 20 November 2021 in the port of the city</p>", None),
        ("<p>opens on 1 December 2021</p>", None),
        ("<p>2 hours ago</p>", None),
        ("<p>" + "<b>x1</b>" * 40 + "</p><i>2021-11-20</i>", None),
    ],
)
def test_the_time_of_an_entry(inside: str, published: datetime | None) -> None:
    body = f"<article><a href=/1>Story</a>{inside}</article>"
    assert entries(body, item="article", timezone="Asia/Singapore")[0].published == published


def test_addresses_that_are_no_articles_are_left_out() -> None:
    body = (
        "<article><a href=/ad/7>Buy</a></article><article><a href=/story/1>One</a></article><p><a href=/story/2>Two</a>"
    )
    assert [e.url for e in entries(body, item="article", article_url="/story/")] == ["https://e.org/story/1"]
    assert [e.url for e in entries(body, article_url="/story/")] == ["https://e.org/story/1", "https://e.org/story/2"]


def test_an_address_counts_once_and_an_entry_without_one_not_at_all() -> None:
    body = "<li><a href=/1>One</a></li><li>An ad</li><li><a href=/1#more>One again</a></li>"
    assert [e.title for e in entries(body, item="body > li")] == ["One"]


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"item": ".none"}, "no entries: nothing on the page is found by item '.none' and has a link"),
        ({"item": "li", "article_url": "/x/"}, "has a link to an address that matches '/x/'"),
        ({"article_url": "/x/"}, "no entries: no link on the page matches article_url '/x/'"),
        ({}, "no entries: nothing on the page looks like a list of articles; name them by `item`"),
    ],
)
def test_a_page_without_entries_is_no_list(keys: dict[str, str], reason: str) -> None:
    with pytest.raises(ParseError) as e:
        entries("<p>Hello</p>", LISTED, **keys)
    assert reason in e.value.reason


def test_what_is_no_page_and_a_selector_that_fails_are_said() -> None:
    with pytest.raises(ParseError, match="empty page"):
        parse_listing(LISTED, replace(sheet(""), body=b""))
    with pytest.raises(ExtractError, match="bad selector"):
        entries("<blink>x</blink>", item="//blink[nope()]")


def test_a_huge_list_is_read_within_bounds() -> None:
    """10,000 entries, and as many again in one."""
    body = "".join(f"<li><a href='/{i}'>Story {i}</a><i>20 November 2021</i></li>" for i in range(10_000))
    assert len(entries(body, item="li")) == 1000
    assert len(entries(f"<main><ul>{body}</ul></main>", item="main > ul")) == 1
    assert len(entries(body, article_url=r"/\d+$")) == 1000
