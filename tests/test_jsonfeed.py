"""JSON Feed beyond the goldens of test_feed: encodings, and fields of the wrong type."""

from __future__ import annotations

import codecs
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import ParseError
from crawler.model import Entry, Listing
from crawler.sources import parse_listing
from crawler.sources.jsonfeed import load
from tests.answers import SOURCE, page

VERSION = "https://jsonfeed.org/version/1.1"


def read(document: dict[str, Any]) -> Listing:
    return parse_listing(SOURCE, page(json.dumps({"version": VERSION, **document}), "application/feed+json"))


def only(item: dict[str, Any]) -> Entry:
    (entry,) = read({"items": [item]}).entries
    return entry


def test_asks_for_no_pause() -> None:
    found = read({"hubs": [{"type": "WebSub", "url": "https://hub.example/"}], "ttl": 60, "items": []})
    assert (found.ttl, found.ttl_base, found.skip_hours, found.skip_days) == (None, None, (), ())


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("header", ["", "application/json; charset=iso-8859-1", "text/html; charset=gbk"])
def test_encoding(charset: str, header: str) -> None:
    text = json.dumps({"version": VERSION, "items": [{"id": "1", "title": "渡轮恢复通航"}]}, ensure_ascii=False)
    (entry,) = parse_listing(SOURCE, page(text.encode(charset), header)).entries
    assert entry.title == "渡轮恢复通航"


@pytest.mark.parametrize(
    "document",
    [
        {"version": VERSION},
        {"version": "http://jsonfeed.org/version/1", "items": None},
        {"items": [{"content_html": "x"}]},
        {"items": [None, {"content_text": "x"}], "version": 3},
    ],
)
def test_is_a_feed(document: dict[str, Any]) -> None:
    assert load(page(json.dumps(document))) == document


@pytest.mark.parametrize(
    "body", ["{}", "[]", '{"items": []}', '{"items": {"content_html": "x"}}', '{"version": "2.0"}']
)
def test_is_no_feed(body: str) -> None:
    with pytest.raises(ParseError, match="no JSON Feed"):
        load(page(body))


TEXTS = [
    ({"content_html": "<p>a</p>", "content_text": "b"}, "<p>a</p>", ""),
    ({"content_html": "<p></p>", "content_text": "b\n\nc"}, "<p>b</p><p>c</p>", ""),
    ({"content_text": "1 < 2", "summary": "s & t"}, "<p>1 &lt; 2</p>", "<p>s &amp; t</p>"),
    ({"summary": "s"}, "<p>s</p>", ""),
    ({"content_html": None, "content_text": [1], "summary": {}}, "", ""),
]


@pytest.mark.parametrize(("item", "content", "summary"), TEXTS)
def test_text(item: dict[str, Any], content: str, summary: str) -> None:
    entry = only(item)
    assert (entry.content, entry.summary) == (content, summary)


def test_halves_of_characters_never_leave_the_room() -> None:
    half = dict.fromkeys(("id", "url", "title", "content_html", "summary", "language"), "https://a.example/\ud83d x")
    entry = only({**half, "tags": ["\ud83d"], "authors": [{"name": "Ann \udc4d"}], "image": "/\ud83d"})
    repr(entry).encode()
    str(entry).encode()
    assert (entry.title, entry.author, entry.categories) == ("https://a.example/ x", "Ann", ())
    listing = read({"title": "News \ud83d", "items": []})
    assert listing.title == "News"
    assert only({"title": "\ud83d\udc4d"}).title == "👍"


LINKS = [
    ({"url": "https://a.example/1", "external_url": "https://b.example/"}, "https://a.example/1"),
    ({"url": "", "external_url": "https://b.example/"}, "https://b.example/"),
    ({"url": "1"}, "https://feeds.example/some/1"),
    ({"id": "https://a.example/1"}, "https://a.example/1"),
    ({"id": "1"}, ""),
    ({"id": 7, "url": "ftp://a.example/"}, ""),
]


@pytest.mark.parametrize(("item", "url"), LINKS)
def test_link(item: dict[str, Any], url: str) -> None:
    assert only(item).url == url


def test_site_is_the_base_of_relative_links() -> None:
    listing = read({"home_page_url": "/blog/", "items": [{"url": "1"}]})
    assert (listing.link, listing.entries[0].url) == ("https://feeds.example/blog/", "https://feeds.example/blog/1")


def test_byte_order_mark_alone_is_empty() -> None:
    with pytest.raises(ParseError, match="empty"):
        parse_listing(SOURCE, page(codecs.BOM_UTF8))


JUNK = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        "id",
        "url",
        "external_url",
        "title",
        "content_html",
        "content_text",
        "summary",
        "image",
        "banner_image",
        "date_published",
        "date_modified",
        "author",
        "authors",
        "tags",
        "language",
    ]
)


@settings(deadline=None, max_examples=150, derandomize=True)
@given(st.dictionaries(KEYS, JUNK), st.dictionaries(KEYS, JUNK))
def test_wrong_types_never_cost_the_neighbour(item: dict[str, Any], feed: dict[str, Any]) -> None:
    good = {"id": "g", "url": "https://a.example/good", "content_html": "<p>good</p>"}
    entries = read({**feed, "items": [item, good]}).entries
    assert [entry.url for entry in entries[1:]] == ["https://a.example/good"]
