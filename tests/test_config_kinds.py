"""What a source's kind makes of its other keys."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Source
from crawler.sources import templates
from tests.test_config import faults, loaded

LIST = {"name": "a", "url": "https://e.org/news", "kind": "list"}
API = {"name": "a", "url": "https://e.org/api", "kind": "json", "link": "url"}
FEED = {"name": "a", "url": "https://e.org/feed"}
PAGES = "https://e.org/news?page={n}"


def written(source: dict[str, str]) -> str:
    return json.dumps({"sources": [source]})


@pytest.mark.parametrize(
    ("source", "field", "value"),
    [
        (LIST, "kind", "list"),
        (LIST | {"item": "ul > li.item"}, "item", "ul > li.item"),
        (LIST | {"item": "//li", "link": "./a/@href", "title": ".//h3", "date": "time"}, "link", "./a/@href"),
        (LIST | {"pages": PAGES}, "pages", PAGES),
        (LIST | {"pages": "https://e.org/{date:%Y/%m}/"}, "pages", "https://e.org/{date:%Y/%m}/"),
        (LIST | {"next": "a.next"}, "next_page", "a.next"),
        (LIST | {"article_url": r"/\d+$"}, "article_url", r"/\d+$"),
        (API, "link", "url"),
        (API | {"item": "items.0.docs", "link": "https://e.org/{a.b}/{id}", "title": "t.*.x", "next": "paging.next"},
         "link", "https://e.org/{a.b}/{id}"),
        (API | {"next": "/api?after={cursor}"}, "next_page", "/api?after={cursor}"),
        (FEED | {"pages": PAGES, "item": ".card", "date": "time"}, "item", ".card"),
        ({"name": "a", "url": "https://e.org/sitemap.xml", "kind": "sitemap", "article_url": "/a/"}, "kind", "sitemap"),
    ],
)  # fmt: skip
def test_what_can_be_used_is_taken(tmp_path: Path, source: dict[str, str], field: str, value: str) -> None:
    (found,) = loaded(tmp_path, written(source)).sources
    assert isinstance(found, Source)
    assert getattr(found, field) == value


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        (LIST | {"item": "li["}, "item: bad selector 'li['"),
        (LIST | {"item": "li", "link": "//a"}, "link: '//a' begins at the whole page: write .//a"),
        (LIST | {"next": "a["}, "next: bad selector 'a['"),
        (LIST | {"pages": PAGES, "next": "a"}, "pages: stands beside `next`: give one of the two"),
        (LIST | {"pages": "https://e.org/"}, "pages: 'https://e.org/' must have one mark, {n} or {date}, once"),
        (LIST | {"pages": "https://e.org/{n}/{n}"}, "must have one mark, {n} or {date}, once"),
        (LIST | {"pages": "https://e.org/{n}/{date}"}, "must have one mark, {n} or {date}, once"),
        (LIST | {"pages": "https://e.org/{n}/{x}"}, "must have one mark, {n} or {date}, once"),
        (LIST | {"pages": "https://e.org/{n:02}"}, "{n} takes no form"),
        (LIST | {"pages": "https://e.org/{date:%d.%b.%Y}"}, "%b is not known: write %Y, %y, %m, %d, %j"),
        (LIST | {"pages": "https://e.org/{date:%m%d}"}, "the date has no year: write {date:%Y%m%d}"),
        (LIST | {"pages": "/news/{n}"}, "pages: not an http(s) address: '/news/1'"),
        (LIST | {"url": "rsshub://a/b"}, "kind: list is not what rsshub:// brings: leave it out"),
        (LIST | {"content": "feed"}, "content: feed is not to be had: kind list has no texts; write page"),
        ({"name": "a", "url": "https://e.org/api", "kind": "json"},
         "link: must be given: where in an entry of the JSON its address stands"),
        (API | {"item": "$.data[0]"}, "item: '$.data[0]' is no dotted path: write it like data.list"),
        (API | {"item": "data..list"}, "item: 'data..list' is no dotted path"),
        (API | {"title": "{a}"}, "title: '{a}' is no dotted path"),
        (API | {"link": "/{a.}"}, "link: 'a.' is no dotted path"),
        (API | {"link": "/{a}/{b"}, "link: '/{a}/{b' has a brace without its partner"),
        (FEED | {"item": "li"}, "item: says nothing for kind feed without `pages`: write `kind: list`"),
        (FEED | {"next": "a"}, "next: says nothing for kind feed"),
        ({"name": "a", "url": "https://e.org/s.xml", "kind": "sitemap", "date": "x"}, "date: says nothing for kind sitemap"),
        (FEED | {"kind": "lists"}, "kind: 'lists' is not known (did you mean \"list\"?)"),
    ],
)  # fmt: skip
def test_what_would_say_nothing_is_an_error_with_its_key_and_line(
    tmp_path: Path, source: dict[str, str], fault: str
) -> None:
    (said,) = faults(tmp_path, written(source))
    assert said.startswith("sources[0].")
    assert fault in said
    assert said.endswith("(line 1)") or "must be given" in said


def test_the_default_of_all_sources_counts_too(tmp_path: Path) -> None:
    text = json.dumps({"defaults": {"content": "feed"}, "sources": [LIST]})
    assert faults(tmp_path, text) == [
        "sources[0].content: feed is not to be had: kind list has no texts; write page (line 1)"
    ]


def test_templates_are_filled() -> None:
    assert templates.numbered(PAGES, 2) == "https://e.org/news?page=2"
    day = date(2021, 3, 1)
    assert templates.dated("/{date}", day) == "/2021-03-01"
    assert templates.dated("/{date:%y/%j}", day) == "/21/060"
    assert templates.day_before("/{date}", day) == date(2021, 2, 28)
    assert templates.day_before("/{date:%Y/%m}", date(2021, 3, 20)) == date(2021, 2, 28)
    assert templates.day_before("/{date:%Y}", date(2021, 3, 20)) == date(2020, 12, 31)
    assert templates.day_before("/{date}", date.min) is None
    assert not templates.is_dated(PAGES)
    assert templates.is_dated("/{date:%Y}")


@given(st.dates(), st.sampled_from(["{date}", "{date:%Y%m%d}", "{date:%y/%j}", "{date:%Y/%m}", "{date:%Y}"]))
def test_the_page_before_is_another_and_none_is_left_out(day: date, template: str) -> None:
    before = templates.day_before(template, day)
    here = templates.dated(template, day)
    if before is None:
        return
    assert templates.dated(template, before) != here
    between = [date.fromordinal(n) for n in range(before.toordinal() + 1, day.toordinal())]
    assert all(templates.dated(template, one) == here for one in between)
