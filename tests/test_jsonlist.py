"""JSON that lists articles → entries."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import ParseError
from crawler.model import Entry, Page, Source
from crawler.sources import parse_listing
from crawler.sources.jsonlist import first_at, link_at, values_at
from tests.clock import START

API = Source("News", "https://e.org/api/list", kind="json", item="data.list", link="url", date="at")
NOON = datetime(2021, 11, 20, 4, 20, tzinfo=UTC)


def page(body: str | bytes) -> Page:
    data = body.encode() if isinstance(body, str) else body
    return Page(API.url, API.url, 200, (("content-type", "application/json"),), data, START)


def entries(document: Any, **keys: str) -> tuple[Entry, ...]:
    return parse_listing(replace(API, **keys), page(json.dumps(document))).entries  # type: ignore[arg-type]  # texts


def test_an_entry_has_its_link_title_and_time_and_nothing_that_was_not_named() -> None:
    document = {
        "data": {"list": [{"url": "/1#top", "title": "A &amp; <b>B</b>", "at": 1637382000, "content": "x" * 9}]}
    }
    assert entries(document) == (Entry("https://e.org/1", title="A & B", published=NOON, dated_by="list"),)
    assert parse_listing(API, page(json.dumps(document))).title == ""


@pytest.mark.parametrize(
    ("item", "document"),
    [
        ("", [{"url": "/1"}, {"url": "/2"}]),
        ("items.1.docs", {"items": [{}, {"docs": [{"url": "/1"}, {"url": "/2"}]}]}),
        ("items.*.docs.*", {"items": [{"docs": [{"url": "/1"}]}, {"none": 1}, 7, {"docs": [{"url": "/2"}]}]}),
        ("by_id.*", {"by_id": {"1": {"url": "/1"}, "2": {"url": "/2"}}}),
        ("list", {"list": [{"url": "/1"}, {"url": "/1#again"}, {}, 7, {"url": "mailto:a@e.org"}, {"url": "/2"}]}),
    ],
)
def test_dotted_paths_lead_to_the_list(item: str, document: Any) -> None:
    assert [entry.url for entry in entries(document, item=item)] == ["https://e.org/1", "https://e.org/2"]


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("a.b", "https://f.org/x"),
        ("https://e.org/{sec.name}/story{id}", "https://e.org/china%20now/story7"),
        ("/{id}?x={flag}", ""),
        ("/{none}", ""),
        ("/{id}/{nums.0}", "https://e.org/7/1"),
        ("/s{big}", ""),
        ("/s{float}", "https://e.org/s8"),
    ],
)
def test_a_link_is_a_path_or_a_template_of_paths(link: str, url: str) -> None:
    item = {
        "a": {"b": "https://f.org/x"}, "id": 7, "sec": {"name": "china now"}, "flag": True, "nums": [1, 2],
        "big": 1e300, "float": 8.0,
    }  # fmt: skip
    assert link_at(item, link, API.url) == url


@pytest.mark.parametrize(
    ("stated", "published"),
    [
        (1637382000, NOON),
        (1637382000000, NOON),
        (1637382000.75, NOON),
        ("1637382000", NOON),
        ("2021-11-20T04:20:00Z", NOON),
        ("2021年11月20日 12:20 PM", NOON),
        ("11-20 12:20", NOON),
        ("soon", None),
        (None, None),
        (True, None),
        (4102444800, None),
        (float("inf"), None),
    ],
)
def test_the_time_of_an_entry(stated: Any, published: datetime | None) -> None:
    document = {"data": {"list": [{"url": "/1", "at": stated}]}}
    assert entries(document, timezone="Asia/Singapore")[0].published == published
    assert entries(document, date="")[0].published is None


def test_titles_may_stand_anywhere() -> None:
    document = {"data": {"list": [{"url": "/1", "a": {"head": "One"}, "title": "No"}]}}
    assert entries(document, title="a.head")[0].title == "One"
    assert entries(document, title="a.none")[0].title == ""


def test_addresses_that_are_no_articles_are_left_out() -> None:
    document = {"data": {"list": [{"url": "/ad/1"}, {"url": "/story/1"}]}}
    assert [entry.url for entry in entries(document, article_url="/story/")] == ["https://e.org/story/1"]
    with pytest.raises(ParseError, match="none of 2 has a link that matches '/x/' at link 'url'"):
        entries(document, article_url="/x/")


def test_an_empty_list_is_one() -> None:
    assert entries({"data": {"list": []}}) == ()
    assert entries({"data": {}}, item="data.*") == ()


@pytest.mark.parametrize("call", ["cb({});", "/**/ns.cb_1({}) ; ", "\ufeff jQuery123( {} )"])
def test_a_call_round_it_is_taken_off(call: str) -> None:
    body = call.replace("{}", '{"data": {"list": [{"url": "/1"}]}}')
    assert len(parse_listing(API, page(body)).entries) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<html></html>", "not JSON"),
        ("[" * 200_000, "not JSON"),
        ("", "not JSON"),
        ("cb({)", "not JSON"),
        ("{}", "no entries: nothing stands at item 'data.list'"),
        ('{"data": {"list": {"a": 1}}}', "no entries: what stands at item 'data.list' is no list"),
        ('{"data": {"list": [{"href": "/1"}]}}', "no entries: none of 1 has a link at link 'url'"),
    ],
)
def test_what_is_no_list_is_refused(body: str, reason: str) -> None:
    with pytest.raises(ParseError) as e:
        parse_listing(API, page(body))
    assert e.value.reason == reason


def test_a_huge_document_is_read_within_bounds() -> None:
    assert len(entries({"data": {"list": [{"url": f"/{i}"} for i in range(2000)]}})) == 1000
    nested = [[[[{"url": "/1"}] * 10] * 100] * 100] * 10
    assert sum(1 for _ in values_at(nested, "*.*.*.*.*")) <= 100_000


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    ),
    st.text("ab.*0{}"),
)
def test_no_document_and_no_path_breaks_it(document: Any, path: str) -> None:
    assert isinstance(first_at(document, path), str)
