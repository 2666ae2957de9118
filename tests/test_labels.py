"""Tags and categories of a post: the user's, and what of the feed's is let in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.model import Article, CanonicalURL, FromFeed, Source
from crawler.writer.labels import MAX_WORDS, categories, tags

NOW = datetime(2021, 11, 20, tzinfo=UTC)
BAY = Source("Bay", "https://e.org/feed")
MAP = (("weather & tides", "weather"), ("sponsored", ""))


def given(*words: str) -> Article:
    return Article(CanonicalURL("https://e.org/1"), "T", "A", NOW, NOW, "<p>x</p>", "page", categories=words)


def test_without_a_word_of_the_user_they_are_the_name() -> None:
    assert tags(given("Sea"), BAY) == categories(given("Sea"), BAY) == ("Bay",)


def test_what_the_user_wrote_stays_as_it_is() -> None:
    source = replace(BAY, tags=("a", "a", ""), categories=("b", "bay"))
    assert tags(given(), source) == ("a", "a", "")
    assert categories(given(), source) == ("Bay", "b", "bay")


@pytest.mark.parametrize(
    ("how", "words", "want"),
    [
        (FromFeed(True), ("Sea", " sea ", "Sky"), ("Sea", "Sky")),
        (FromFeed(True), ("BAY", "Sea"), ("Sea",)),
        (FromFeed(True, MAP), (" Weather  &\nTides", "SPONSORED", "Sea"), ("weather", "Sea")),
        (FromFeed(False, MAP), ("Weather & Tides", "Sea"), ("weather",)),
        (FromFeed(True, MAP), ("weather", "Weather & Tides"), ("weather",)),
        (FromFeed(True), ("x" * 61, "../../etc", "..", "/a/", ""), ("etc", "a")),
        (FromFeed(True), tuple(f"w{n}" for n in range(99)), tuple(f"w{n}" for n in range(MAX_WORDS))),
    ],
)
def test_words_of_the_feed_are_let_in(how: FromFeed, words: tuple[str, ...], want: tuple[str, ...]) -> None:
    assert categories(given(*words), replace(BAY, categories_of_feed=how)) == ("Bay", *want)
    assert tags(given(*words), replace(BAY, tags=("bay",), tags_of_feed=how)) == ("bay", *want)
