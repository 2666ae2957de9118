"""The facts of an article as they reach it: its authors one by one, its clock, its picture."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.extractor import extract, parse_rules
from crawler.model import Article, Entry, Page, Source
from crawler.urls import canonical

NOW = datetime(2026, 11, 23, 6, 43, tzinfo=UTC)
STORY = "".join(
    f"<p>Sentence {i} tells how the new bridge across the river was opened, who came, and what they said.</p>"
    for i in range(12)
)


def run(head: str, body: str = STORY, entry: Entry | None = None, url: str = "https://e.org/bridge") -> Article:
    markup = f"<html><head>{head}</head><body><h1>Bridge</h1><article>{body}</article></body></html>"
    page = Page(url, url, 200, (("content-type", "text/html; charset=utf-8"),), markup.encode(), NOW)
    return extract(
        page, entry or Entry(), Source("The Paper", "https://e.org/feed"), canonical(url), parse_rules([]), NOW
    )


def test_authors_one_by_one() -> None:
    got = run('<meta name=author content="Ann Lee and Bob Ray">')
    assert (got.authors, got.author) == (("Ann Lee", "Bob Ray"), "Ann Lee, Bob Ray")
    got = run("")
    assert (got.authors, got.author) == ((), "The Paper")


def test_the_text_may_be_signed() -> None:
    assert run("", f"{STORY}<p><b>Ann Lee</b></p>").authors == ("Ann Lee",)


@pytest.mark.parametrize(
    ("stated", "feed", "hours"),
    [
        ("2026-11-20T12:20:00+08:00", None, 8),
        ("2026-11-20T12:20:00+08:00", datetime(2026, 11, 20, 12, 20, tzinfo=UTC), 8),
        ("2026-11-20T12:20:00+08:00", datetime(2026, 11, 20, 4, 7, tzinfo=UTC), 0),
        ("", None, 0),
    ],
)
def test_the_clock_of_the_pages_own_time(stated: str, feed: datetime | None, hours: int) -> None:
    got = run(f'<meta property="article:published_time" content="{stated}">', entry=Entry(published=feed))
    assert got.offset == timedelta(hours=hours)


def test_a_day_in_the_address_is_better_than_none_and_a_time_of_change_after_it() -> None:
    head = '<meta property="article:modified_time" content="2026-11-22T10:00:00Z">'
    assert run(head, url="https://e.org/2026/11/20/bridge").published == datetime(2026, 11, 20, tzinfo=UTC)
    assert run(head).published == datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_the_first_big_picture_leads_where_none_is_named() -> None:
    body = f'<p><img src="/ann.jpg" width="80"></p><p><img src="/bridge.jpg" width="900px"></p>{STORY}'
    assert run("", body).image == "https://e.org/bridge.jpg"
    assert run("", f'<p><img src="/bridge.jpg"></p>{STORY}').image == "https://e.org/bridge.jpg"
    assert run("").image == ""
