"""Several pages read as one: what goes on where, what is joined, what is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import html

from crawler.errors import ExtractError, ParseError
from crawler.extractor import Pages, Rules, extract
from crawler.extractor.pages import join
from crawler.extractor.reading import Reading
from crawler.extractor.rules import SiteRule
from crawler.extractor.tree import fragment, visible_text
from crawler.model import Article, Entry, Follow, Onward, Page, Source
from crawler.urls import canonical
from tests.clock import START
from tests.fakes import paragraphs, prose

SITE = "https://news.example"
URL = canonical(f"{SITE}/ferry")
SOURCE = Source("News", f"{SITE}/feed")
NEXT = "<link rel=next href=/ferry/{}>"
#: A second text, of which every sentence differs from `prose`.
LAST = "<p>In the end the ferry came back with the next tide, and the captain had tea with the harbour master.</p>"


def page(body: str, head: str = "", path: str = "/ferry", title: str = "The ferry") -> Page:
    text = (
        f"<html><head><title>{title} | News</title>{head}</head><body><nav><a href=/>Home</a></nav>{body}</body></html>"
    )
    return Page(SITE + path, SITE + path, 200, (("content-type", "text/html; charset=utf-8"),), text.encode(), START)


def story(n: int, more: str = "", title: str = "The ferry") -> str:
    return f"<article id=story><h1>{title}</h1>{prose(n)}{more}</article>"


def pages(
    got: Page | None, before: Onward | None = None, follow: Follow = "all", rule: SiteRule | None = None
) -> Pages:
    return Pages(got, SOURCE, Rules((), (rule,) if rule else ()), before, follow)


def onward(got: Page, before: Onward | None = None, follow: Follow = "all", rule: SiteRule | None = None) -> Onward:
    found = pages(got, before, follow, rule).onward()
    assert found is not None
    return found


def article(there: Pages, entry: Entry = Entry(URL)) -> Article:  # noqa: B008 - frozen
    return extract(there, entry, SOURCE, URL, Rules(), START)


def text_of(got: Article) -> list[str]:
    return visible_text(fragment(got.html)).splitlines()


FIRST = page(story(1, "<p>1 2 3 Next</p>"), NEXT.format(2))
SECOND = page(story(2), NEXT.format(3), "/ferry/2", "The ferry - Page 2")
THIRD = page(f"<article id=story><h1>The ferry (3/3)</h1>{LAST}</article><p>© News</p>", "", "/ferry/3")
RULE = SiteRule(("news.example",), body=("#story",), single_page=("a.print",), next_page=("a.more",))


class TestOnePage:
    def test_is_read_as_ever(self) -> None:
        there = pages(page(story(1)))
        assert there.onward() is None
        assert not there.is_following
        got = article(there)
        assert text_of(got) == list(paragraphs(1))
        assert "pages" not in got.won

    def test_that_may_lead_nowhere_is_not_asked(self) -> None:
        assert pages(FIRST, follow="nothing").onward() is None
        assert text_of(article(pages(FIRST, follow="nothing")))[:3] == list(paragraphs(1))

    def test_that_is_none_fails_where_it_is_read(self) -> None:
        there = pages(replace(FIRST, body=b"%PDF-1.4"))
        assert there.onward() is None
        assert there.seen() == ""
        with pytest.raises(ParseError, match="not a page"):
            there.open()
        with pytest.raises(ParseError, match="not a page"):
            article(there)
        said = article(pages(replace(FIRST, body=b"%PDF-1.4")), Entry(URL, title="Ferry", content=prose(4)))
        assert said.origin == "feed"


class TestSeveralPages:
    def test_are_joined_in_their_order(self) -> None:
        first = onward(FIRST)
        assert (first.url, first.is_whole) == (f"{SITE}/ferry/2", False)
        second = onward(SECOND, first)
        assert second.url == f"{SITE}/ferry/3"
        third = pages(THIRD, second)
        assert third.is_following
        assert third.onward() is None
        got = article(third)
        assert text_of(got) == [*paragraphs(1), *paragraphs(2), visible_text(fragment(LAST))]
        assert got.title == "The ferry"
        assert got.won.endswith("; 3 pages")

    def test_are_filed_as_far_as_they_go(self) -> None:
        got = article(pages(None, onward(SECOND, onward(FIRST))))
        assert text_of(got) == [*paragraphs(1), *paragraphs(2)]
        assert got.won.endswith("; 2 pages")
        there = pages(None, onward(FIRST))
        assert there.onward() is None
        assert there.open().seen() == ""
        assert not there.is_following
        assert text_of(article(there)) == list(paragraphs(1))

    def test_are_looked_for_where_the_first_one_stood(self) -> None:
        """The last page is shorter than the list beside it, which the judge would take."""
        beside = "".join(f"<p>{text}</p>" for text in paragraphs(7))
        last = page(f"<div id=story><p>Nobody was hurt.</p></div><div class=teasers>{beside}</div>", "", "/ferry/2")
        assert text_of(article(pages(last, onward(FIRST)))) == [*paragraphs(1), "Nobody was hurt."]

    def test_may_be_short_one_by_one_but_not_together(self) -> None:
        short = page("<article id=story><h1>Ferry</h1><p>It sank.</p></article>", NEXT.format(2))
        first = onward(short)
        assert text_of(article(pages(page(story(2), "", "/ferry/2"), first)))[0] == "It sank."
        for last in (page("<div id=story><p>Really.</p></div>", "", "/ferry/2"), None):
            with pytest.raises(ExtractError, match="no article text found"):
                article(pages(last, first))
            assert article(pages(None, first), Entry(URL, content=prose(4))).origin == "feed"

    def test_that_say_the_same_again_end_the_article(self) -> None:
        first = onward(FIRST)
        again = pages(page(story(1), NEXT.format(3), "/ferry/2"), first)
        assert again.onward() is None
        got = article(again)
        assert text_of(got) == list(paragraphs(1))
        assert "pages" not in got.won

    def test_without_any_text_end_it_too(self) -> None:
        blank = pages(page("<nav><a href=/>Home</a></nav>", NEXT.format(3), "/ferry/2"), onward(FIRST))
        assert blank.onward() is None
        assert text_of(article(blank)) == list(paragraphs(1))

    def test_whose_following_one_cannot_be_read_fail_though_the_feed_has_a_text(self) -> None:
        """So that the caller can file what was read before it."""
        broken = pages(replace(SECOND, body=b"%PDF-1.4"), onward(FIRST))
        assert broken.onward() is None
        with pytest.raises(ParseError):
            article(broken, Entry(URL, content=prose(4)))

    def test_are_poorer_than_the_feed_only_together(self) -> None:
        full = Entry(URL, content=prose(1) + prose(2) + prose(3) + LAST)
        assert article(pages(None, onward(FIRST)), full).origin == "feed"
        assert article(pages(THIRD, onward(SECOND, onward(FIRST))), full).origin == "page"

    def test_lend_their_names_to_the_article(self) -> None:
        signed = page(f"<article id=story>{LAST}<p>By Ann Lee</p></article>", "", "/ferry/2")
        assert article(pages(signed, onward(FIRST))).author == "Ann Lee"
        by = page(f"<article id=story><p>By Bob van Dyk</p>{prose(1)}</article>", NEXT.format(2))
        assert article(pages(signed, onward(by))).author == "Bob van Dyk"

    def test_are_those_that_a_rule_names(self) -> None:
        first = onward(page(f"<div id=story>{prose(1)}</div><a class=more href=/weather>on</a>"), rule=RULE)
        assert first.url == f"{SITE}/weather"
        got = article(pages(page(f"<div id=story>{LAST}</div>", "", "/weather"), first, rule=RULE))
        assert (len(text_of(got)), got.won) == (4, "rule #story; 2 pages")

    def test_end_where_the_rule_wants_its_place_and_it_is_not_there(self) -> None:
        strict = replace(RULE, must_find=True)
        first = onward(page(f"<div id=story>{prose(1)}</div>", NEXT.format(2)), rule=strict)
        with pytest.raises(ExtractError, match="nothing stands in the places"):
            article(pages(page(prose(2), "", "/ferry/2"), first, rule=strict))


class TestTheWholeOnOnePage:
    FIRST = page(
        story(1, "<a class=print href=/print/ferry>Print</a>"), NEXT.format(2) + "<meta name=author content='Ann Lee'>"
    )

    def test_is_asked_for_first(self) -> None:
        found = onward(self.FIRST, rule=RULE)
        assert (found.url, found.is_whole) == (f"{SITE}/print/ferry", True)
        whole = page(f"<div id=story>{prose(1)}{prose(2)}{LAST}</div>", NEXT.format(2), "/print/ferry", "Print")
        there = pages(whole, found, "nothing", RULE)
        assert there.is_following
        assert there.onward() is None
        got = article(there)
        assert len(text_of(got)) == 7
        assert (got.author, got.title, got.won) == ("Ann Lee", "Print", "rule #story"), (
            "what it does not say, the first does"
        )

    def test_or_not(self) -> None:
        assert onward(self.FIRST, follow="next", rule=RULE).url == f"{SITE}/ferry/2"
        assert pages(page(story(1)), rule=RULE).onward() is None

    def test_that_is_no_article_fails_though_the_feed_has_a_text(self) -> None:
        found = onward(self.FIRST, rule=RULE)
        with pytest.raises(ExtractError):
            article(pages(page("<p>Log in</p>", "", "/print/ferry"), found, "nothing"), Entry(URL, content=prose(4)))


BODY = "<h2>How</h2><p>A sentence that is long enough to be told from a line, and stands on page one.</p><p>Yes.</p><p><img src='/a.jpg'></p>"


@pytest.mark.parametrize(
    ("more", "left"),
    [
        ("<p>New.</p>", "<p>New.</p>"),
        ("<h2>The ferry</h2><p>New.</p>", "<p>New.</p>"),
        ("<h1>The ferry (page 2 of 3)</h1><p>New.</p>", "<p>New.</p>"),
        ("<h3>The ferry, Teil 2</h3><p>New.</p>", "<p>New.</p>"),
        ("<h2>The ferry sinks</h2><p>New.</p>", "<h2>The ferry sinks</h2><p>New.</p>"),
        ("<p>The ferry</p>", "<p>The ferry</p>"),
        (BODY, None),
        ("<p>Yes.</p>", None),
        ("", None),
        (f"{BODY}<p>New.</p>", "<h2>How</h2><p>Yes.</p><p>New.</p>"),
        ("<p><img src='/a.jpg'></p><p><img src='/b.jpg'></p>", '<p><img src="/b.jpg"></p>'),
        ("<p><img src='/a.jpg'>New.</p>", '<p><img src="/a.jpg">New.</p>'),
        ("<p>Yes.</p><p><img src='/b.jpg'></p>", '<p>Yes.</p><p><img src="/b.jpg"></p>'),
    ],
)
def test_what_repeats_is_not_joined_twice(more: str, left: str | None) -> None:
    root = html.fragment_fromstring(f"<div>{BODY}</div>")
    before = html.tostring(root, encoding="unicode")
    is_new = join(root, html.fragment_fromstring(f"<div>{more}</div>"), ("The ferry", ""))
    assert is_new is (left is not None)
    assert html.tostring(root, encoding="unicode") == before.removesuffix("</div>") + (left or "") + "</div>"


def test_where_the_judge_takes_nothing_of_the_first_pages_place_all_of_it_is_taken() -> None:
    menu = "<div class=story><ul><li><a href=/a>One</a></li><li><a href=/b>Two</a></li></ul></div>"
    got = Reading(page(menu + story(6), path="/ferry/2"), SOURCE, Rules()).find('//*[@class="story"]')
    assert (got.won, got.text) == ("the place of the first page", "One\nTwo")
