"""A post of ours read back, and whether a later text may take its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.model import Article, CanonicalURL, Entry, Source
from crawler.writer.earlier import Earlier, as_entry, in_place, is_same, labelled, objection, read_post
from crawler.writer.extras import EXTRAS
from crawler.writer.post import render
from tests.fakes import paragraphs

NOW = datetime(2021, 11, 20, 6, 43, 44, 821000, tzinfo=UTC)
URL = CanonicalURL("https://e.org/1")
ARTICLE = Article(URL, "Bridge", "Ann", NOW, NOW - timedelta(hours=8), "<p>It is open.</p>", "page", authors=("Ann",))
HTML = Source("Bay", "https://e.org/feed", body="html")
MARKDOWN = replace(HTML, body="markdown", extras=tuple(EXTRAS))
LONG = " ".join(text for n in range(3) for text in paragraphs(n))


def post(html: str, source: Source = MARKDOWN, title: str = "Bridge") -> Earlier:
    found = read_post(render(replace(ARTICLE, html=html, title=title), source))
    assert found is not None
    return found


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(TEXT, TEXT, TEXT, st.sampled_from([HTML, MARKDOWN]))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_what_was_written_is_read_back(title: str, author: str, description: str, source: Source) -> None:
    article = replace(ARTICLE, title=title, author=author, description=description, language="no", updated=NOW)
    found = read_post(render(article, source))
    assert found is not None
    assert (found.title, found.author, found.published, found.stated) == (title, author, NOW, ARTICLE.stated)
    extras = (found.language, found.description)
    assert extras == (("no", description) if source.extras else ("", ""))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"# A README\n",
        b"---\ntitle: x\n---\ntext\n",
        render(ARTICLE, HTML).replace(b"from: ", b"of: ").replace(b"<!--", b""),
        render(ARTICLE, HTML).replace(b"title: ", b"name: "),
    ],
)
def test_what_is_of_another_form_is_not(data: bytes) -> None:
    assert read_post(data) is None


def test_what_the_feed_said_is_told_by_the_post() -> None:
    found = post("<p>x</p>", replace(MARKDOWN, extras=("lang", "image")))
    found = replace(found, language="de", image="https://e.org/a.jpg")
    want = Entry(url=URL, title="Bridge", author="Ann", language="de", image="https://e.org/a.jpg")
    assert as_entry(found, URL, HTML) == want
    assert as_entry(replace(found, author="Bay"), URL, HTML).author == "", "no author was known, only the source's name"


def test_times_stay_and_what_is_known_no_more_stays_known() -> None:
    earlier = replace(post("x"), language="de", image="a", description="d")
    later = replace(ARTICLE, published=NOW + timedelta(days=1), stated=NOW, authors=(), author="Bay", title="New")
    taken = in_place(later, earlier)
    assert (taken.published, taken.stated, taken.title) == (NOW, ARTICLE.stated, "New")
    assert (taken.author, taken.language, taken.image, taken.description) == ("Ann", "de", "a", "d")
    known = replace(later, authors=("Ben",), author="Ben", language="fr", image="b", description="e")
    assert in_place(known, earlier) == replace(known, published=NOW, stated=ARTICLE.stated)


@pytest.mark.parametrize(
    "html",
    [
        "<p>It <b>is</b>\nopen.</p>",
        "<div><p>It is <a href='https://e.org/(2)?utm_source=x'>open</a>.</p></div>",
        "<ul><li>It is open.</li></ul>",
        "<h2>It is open.</h2><img src='https://e.org/new.jpg' alt='A [new] bridge'>",
    ],
)
@pytest.mark.parametrize("source", [HTML, MARKDOWN], ids=["html", "markdown"])
def test_markup_and_addresses_make_no_difference(html: str, source: Source) -> None:
    assert is_same(post("<p>It is open.</p>"), post(html, source))


@pytest.mark.parametrize(
    "html", ["<p>It is open!</p>", "<p>It is not open.</p>", "<p>It is 0pen.</p>", "<p>It is open. {{ x }}</p>", ""]
)
def test_a_sign_makes_one(html: str) -> None:
    assert not is_same(post("<p>It is open.</p>"), post(html))


@pytest.mark.parametrize("text", ["![", "](", "<", "\\", "- ", "](x", "![a](b"])
def test_hostile_text_takes_no_longer(text: str) -> None:
    assert is_same(replace(post("x"), body=text * 100_000), replace(post("x"), body=text * 100_000))


def test_a_title_makes_one() -> None:
    assert not is_same(post("x"), post("x", title="Bridges"))


class TestObjection:
    def test_none_to_a_text_that_grew_or_was_corrected(self) -> None:
        assert objection(post(LONG), post(LONG + LONG)) == ""
        assert objection(post(LONG), post(LONG.replace("harbour", "port"))) == ""

    def test_to_one_that_is_much_shorter(self) -> None:
        words = LONG.split()
        cut, shorter = (" ".join(words[: int(len(words) * share)]) for share in (0.75, 0.85))
        assert objection(post(LONG), post(cut)).startswith("the text is much shorter now: ")
        assert objection(post(LONG), post(shorter)) == ""
        assert objection(post("字" * 100), post("字" * 70)).endswith("70 words, 100 are filed")

    def test_to_one_of_another_article(self) -> None:
        other = " ".join(f"Budget {n} of town {n} was voted down {n} times." for n in range(60))
        assert objection(post(LONG), post(other)) == "the text is that of another article"

    def test_none_to_an_article_in_the_place_of_a_flash(self) -> None:
        assert objection(post("<p>Breaking: the bridge fell. More follows.</p>"), post(LONG)) == ""


def test_the_tags_of_the_first_source_stay() -> None:
    first, second = replace(HTML, tags=("sea", "bay")), replace(HTML, name="Other", tags=("land",))
    earlier = read_post(render(ARTICLE, first))
    assert earlier is not None
    later = labelled(render(replace(ARTICLE, html="<p>tags: [ x ]</p>"), second), earlier)
    assert later == render(replace(ARTICLE, html="<p>tags: [ x ]</p>"), first)
    assert labelled(later, replace(earlier, labels=b"")) == later
