"""One page of a list, read for a backfill: what the walks of `test_past_pages` do not reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.enumerators import pages
from crawler.enumerators.pages import Cursor, cursor_of, first, missing, read, remembered
from crawler.errors import ExtractError, ParseError
from crawler.model import Source
from crawler.past import ALWAYS, Origin, Step, Window
from tests.lists import LIST, each, sheet

HERE = "https://e.org/news/"
LISTED = Source("News", HERE, kind="list")
DATED = replace(LISTED, pages="https://e.org/{date}", item="main li", timezone="Asia/Singapore")
TODAY = Origin(feeds=(HERE,), today="2021-11-20")
STEP = Step("pages", HERE)


@pytest.mark.parametrize(
    ("source", "url"),
    [
        (LISTED, "https://moved.e.org/"),
        (replace(LISTED, kind="json"), "https://moved.e.org/"),
        (replace(LISTED, pages="https://e.org/{n}"), "https://moved.e.org/"),
        (replace(LISTED, kind="feed", pages="https://e.org/{n}"), "https://e.org/1"),
        (replace(LISTED, kind="feed"), ""),
        (replace(LISTED, kind="sitemap"), ""),
        (DATED, "https://e.org/2021-11-20"),
    ],
)
def test_where_it_begins(source: Source, url: str) -> None:
    origin = replace(TODAY, feeds=("https://moved.e.org/",))
    assert [step.url for step in first(source, origin, ALWAYS)] == ([url] if url else [])


@pytest.mark.parametrize(
    ("until", "today", "url"),
    [
        (datetime(2021, 11, 9, 16, tzinfo=UTC), "2021-11-20", "https://e.org/2021-11-09"),  # midnight in Singapore
        (datetime(2021, 11, 9, 17, tzinfo=UTC), "2021-11-20", "https://e.org/2021-11-10"),
        (datetime(2022, 11, 9, tzinfo=UTC), "2021-11-20", "https://e.org/2021-11-20"),
        (datetime(2021, 11, 9, tzinfo=UTC), "", "https://e.org/2021-11-09"),
        (None, "", ""),
    ],
)
def test_with_which_day_it_begins(until: datetime | None, today: str, url: str) -> None:
    steps = first(DATED, replace(TODAY, today=today), Window(until=until))
    assert [step.url for step in steps] == ([url] if url else [])


def test_known_articles_tell_which_links_are_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.likeness.is_like", lambda url, known: "/a/" in url and known == ("e.org/a/{n}",))
    origin = replace(TODAY, shapes=("e.org/a/{n}",))
    body = "<p><a href='/a/1'>x</a> <a href='/b/2'>y</a></p>"
    index = read(STEP, sheet(body), LISTED, origin, ALWAYS)
    assert ([entry.url for entry in index.entries], index.are_articles) == (["https://e.org/a/1"], False)
    index = read(STEP, sheet(body), replace(LISTED, article_url="/b/"), origin, ALWAYS)
    assert [entry.url for entry in index.entries] == ["https://e.org/b/2"]
    index = read(STEP, sheet(f"<ul>{each('<li><a href=/c/{n}>{t}</a></li>')}</ul>"), replace(LISTED, item="main li, body > ul li"), origin, ALWAYS)  # fmt: skip
    assert (len(index.entries), index.are_articles) == (6, True)


def test_what_a_step_remembers_is_read_back() -> None:
    cursor = Cursor(7, "2021-11-20", ("0a", "0b"), 2, 1)
    assert cursor_of(Step("pages", HERE, cursor.text())) == cursor
    assert cursor_of(STEP) == Cursor()
    many = tuple(map(str, range(1500)))
    kept = remembered(many[:900], many[900:])
    assert (len(kept), kept[:500], kept[500:]) == (1000, many[:500], many[1000:])
    assert remembered(("a",), ["b"]) == ("a", "b")


def test_there_is_a_bound_on_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAX_PAGES", 3)
    source = replace(LISTED, pages="https://e.org/{n}", item=".list li")
    index = read(replace(STEP, cursor=Cursor(2).text()), sheet(LIST), source, TODAY, ALWAYS)
    assert [(step.url, step.is_guess) for step in index.onward] == [("https://e.org/3", True)]
    index = read(replace(STEP, cursor=Cursor(3).text()), sheet(LIST), source, TODAY, ALWAYS)
    assert (index.onward, index.said, index.offers) == ((), "3 pages are read, and no more", True)
    index = missing(replace(STEP, cursor=Cursor(3, "2021-11-20").text()), DATED, TODAY, ALWAYS)
    assert (index.onward, index.said) == ((), "3 pages are read, and no more")


def test_the_calendar_has_a_beginning() -> None:
    index = missing(replace(STEP, cursor=Cursor(3, "0001-01-01").text()), DATED, TODAY, ALWAYS)
    assert index.onward == ()


def test_pages_of_days_without_any_entry_offer_nothing() -> None:
    step = replace(STEP, cursor=Cursor(1, "2021-11-20").text())
    index = read(step, sheet("<p>Nothing</p>"), DATED, TODAY, Window(since=datetime(2021, 11, 20, tzinfo=UTC)))
    assert (index.onward, index.offers) == ((), False)


def test_a_day_counts_from_its_first_wanted_moment_on() -> None:
    body = "<ul><li><a href=/1>One</a><i>2021-11-18</i></li></ul>"
    source = replace(LISTED, item="body > ul li", time_offset=timedelta(hours=1))
    for since, published in (
        (datetime(2021, 11, 18, 10, tzinfo=UTC), datetime(2021, 11, 18, 9, tzinfo=UTC)),
        (datetime(2021, 11, 17, tzinfo=UTC), datetime(2021, 11, 18, tzinfo=UTC)),
        (datetime(2021, 11, 19, 2, tzinfo=UTC), datetime(2021, 11, 18, tzinfo=UTC)),
        (None, datetime(2021, 11, 18, tzinfo=UTC)),
    ):
        (entry,) = read(STEP, sheet(body), source, TODAY, Window(since=since)).entries
        assert entry.published == published


def test_what_cannot_be_read_is_said() -> None:
    with pytest.raises(ParseError, match="empty page"):
        read(STEP, replace(sheet(""), body=b""), LISTED, TODAY, ALWAYS)
    with pytest.raises(ParseError, match="not JSON"):
        read(STEP, sheet(""), replace(LISTED, kind="json", link="url"), TODAY, ALWAYS)
    with pytest.raises(ExtractError, match="bad selector"):
        read(STEP, sheet("<blink>x</blink>"), replace(LISTED, item="//blink[nope()]"), TODAY, ALWAYS)
    assert missing(replace(STEP, cursor=Cursor(4).text()), LISTED, TODAY, ALWAYS).said == "there is no page 4"
