"""Optional keys of the front matter: order, what is known, what is safe."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.archive import facts
from crawler.config.keys import SHARED
from crawler.model import Article, CanonicalURL, Source
from crawler.writer.extras import EXTRAS, MAX_ADDRESS, MAX_DESCRIPTION, count_words, cut
from crawler.writer.post import render

NOON = datetime(2021, 11, 20, 12, tzinfo=UTC)
PLAIN = Article(CanonicalURL("https://e.org/1"), "Bridge", "Ann", NOON, NOON, "<p>Two words</p>", "page")
FULL = replace(
    PLAIN,
    updated=NOON + timedelta(hours=1),
    language="zh-CN",
    image="https://e.org/a.jpg",
    description="A bridge: new",
    archived="https://web.archive.org/web/20211120120000id_/https://e.org/1",
)
ALL = Source("Bay", "https://e.org/feed", extras=tuple(EXTRAS))


def head(article: Article, source: Source) -> list[str]:
    """Return the lines behind `categories`."""
    text = render(article, source).decode()
    return text.split("\n---\n")[0].split("categories: [ Bay ]")[1].splitlines()[1:]


def test_none_is_there_by_default() -> None:
    assert head(FULL, replace(ALL, extras=())) == []


def test_all_stand_behind_categories_in_their_order_whatever_the_configurations() -> None:
    want = [
        "updated: 2021-11-20T13:00:00.000Z",
        "lang: zh-CN",
        "image: https://e.org/a.jpg",
        'description: "A bridge: new"',
        "feed: https://e.org/feed",
        "words: 2",
        "archived: https://web.archive.org/web/20211120120000id_/https://e.org/1",
    ]
    assert head(FULL, ALL) == want
    assert head(FULL, replace(ALL, extras=tuple(EXTRAS)[::-1])) == want


def test_what_is_not_known_or_not_switched_on_is_left_out() -> None:
    assert head(replace(PLAIN, html=""), ALL) == ["feed: https://e.org/feed"]
    assert head(FULL, replace(ALL, extras=("lang",))) == ["lang: zh-CN"]


@pytest.mark.parametrize(
    ("url", "want"),
    [
        ("https://me:secret@e.org/feed?a=b@c", "https://e.org/feed?a=b@c"),
        ("https://me@e.org", "https://e.org"),
        ("https://e.org/@ann/feed", "https://e.org/@ann/feed"),
        ("rsshub://a/b", "rsshub://a/b"),
    ],
)
def test_the_feeds_password_is_not_told(url: str, want: str) -> None:
    assert head(replace(PLAIN, html=""), replace(ALL, url=url)) == [f"feed: {want}"]


def test_norwegian_is_no_denial() -> None:
    assert head(replace(PLAIN, html="", language="no"), replace(ALL, extras=("lang",))) == ['lang: "no"']


@given(st.text(max_size=80), st.text(max_size=80))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_front_matter_reads_back_equal(description: str, image: str) -> None:
    text = render(replace(FULL, description=description, image=image), ALL).decode()
    loaded = yaml.safe_load(text.split("\n---\n")[0])
    assert loaded.get("description", "") == description
    assert loaded.get("image", "") == image
    assert "{{" not in text.split("\n---\n")[0]


def test_a_post_with_extras_is_read_like_any_other() -> None:
    plain, full = (facts(render(FULL, source)) for source in (replace(ALL, extras=()), ALL))
    assert plain == full
    assert full is not None
    assert full.url == "https://e.org/1"
    hostile = replace(FULL, description="x\nfrom: https://evil.example/\ntitle: y", image="a\n---\nfrom: b")
    assert facts(render(hostile, ALL)) == full


def test_a_head_stays_short_enough_to_be_one() -> None:
    long = replace(FULL, description="word " * 9999, image="data:" + "x" * MAX_ADDRESS)
    lines = head(long, ALL)
    assert [line.partition(":")[0] for line in lines] == ["updated", "lang", "description", "feed", "words", "archived"]
    assert len(lines[2]) < MAX_DESCRIPTION + 20
    assert lines[2].endswith("word…")
    assert cut("字" * 2000) == "字" * (MAX_DESCRIPTION - 1) + "…"


@pytest.mark.parametrize(
    ("markup", "want"),
    [
        ("", 0),
        ("<p>One</p><p>two</p>", 2),
        ("<p>isn't 3,000.50 state-of-the-art -- a&amp;b …</p>", 5),
        ("<p>中美同意，提升 GDP 3%。</p>", 8),
        ("<p>新聞カメラ</p>", 5),
        ("<p>e\u0301te\u0301 हिन्दी</p>", 2),
        ('<img alt="not a word" src="x.jpg">', 0),
    ],
)
def test_words_are_counted_as_a_reader_would(markup: str, want: int) -> None:
    assert count_words(markup) == want


def test_the_configuration_knows_them_all() -> None:
    (key,) = (key for key in SHARED if key.name == "extras")
    assert [key.parse(name) for name in EXTRAS] == list(EXTRAS)
    with pytest.raises(ValueError, match='did you mean "words"'):
        key.parse("word")
