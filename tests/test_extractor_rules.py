"""Site rules at work on a page: which one wins, what it changes, what happens where it finds nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.errors import ExtractError
from crawler.extractor import Rules, from_page
from crawler.extractor.ftr import parse_ftr
from crawler.extractor.reading import path_of
from crawler.extractor.rules import SiteRule
from crawler.extractor.tree import fragment, visible_text
from crawler.model import Article, Entry, Page, Source
from crawler.urls import canonical
from tests.clock import START
from tests.fakes import paragraphs, prose

URL = canonical("https://news.example/ferry")
SOURCE = Source("News", "https://news.example/feed")
LD = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "a-710880", "author": "News Desk"}</script>'


def page(body: str, head: str = "") -> Page:
    text = f"<html><head><title>The ferry | News</title>{head}</head><body>{body}</body></html>"
    return Page(URL, URL, 200, (("content-type", "text/html; charset=utf-8"),), text.encode(), START)


def read(got: Page, *lines: str, packaged: SiteRule | None = None, source: Source = SOURCE) -> Article:
    rule, problems = parse_ftr("\n".join(lines), "news.example.txt", ("news.example",))
    assert problems == ()
    rules = Rules((packaged,) if packaged else (), (rule,) if lines else ())
    return from_page(got, Entry(URL), source, URL, rules, START)


def text_of(got: Article) -> list[str]:
    return visible_text(fragment(got.html)).splitlines()


THREE = page(f"<div id=a>{prose(1)}</div><div id=b>{prose(2)}</div><article>{prose(3)}</article>")
PACKAGED = SiteRule(("news.example",), body=("#b",), remove=(".ad",))


class TestOrder:
    def test_the_sources_own_selector_comes_first(self) -> None:
        own = replace(SOURCE, body_selector="article")
        got = read(THREE, "body: //*[@id='a']", packaged=PACKAGED, source=own)
        assert (text_of(got), got.won) == (list(paragraphs(3)), "rule article")

    def test_then_the_users_rule(self) -> None:
        got = read(THREE, "body: //*[@id='a']", packaged=PACKAGED)
        assert (text_of(got), got.won) == (list(paragraphs(1)), "rule //*[@id='a'] (news.example.txt)")

    @pytest.mark.parametrize("body", ["body: //*[@id='none']", "title: //h1"])
    def test_then_the_packaged_one(self, body: str) -> None:
        got = read(THREE, body, packaged=PACKAGED)
        assert (text_of(got), got.won) == (list(paragraphs(2)), "rule #b")

    def test_then_the_judge(self) -> None:
        got = read(page(f"<article>{prose(3)}</article>"), "body: //*[@id='none']", packaged=PACKAGED)
        assert text_of(got) == list(paragraphs(3))
        assert not got.won.startswith("rule")

    def test_unless_the_rule_wants_its_own_place(self) -> None:
        lines = ("body: //*[@id='none']", "autodetect_on_failure: no")
        with pytest.raises(ExtractError, match="nothing stands in the places that the site's rule names") as e:
            read(page(f"<article>{prose(3)}</article>"), *lines)
        assert not e.value.passing
        assert text_of(read(THREE, *lines, packaged=PACKAGED)) == list(paragraphs(2)), "any rule's place will do"

    def test_what_is_removed_by_one_is_removed_for_all(self) -> None:
        got = read(
            page(f"<div id=b>{prose(1)}<p class=ad>Buy!</p><p class=promo>Join!</p></div>"),
            "strip_id_or_class: promo",
            packaged=PACKAGED,
        )
        assert text_of(got) == list(paragraphs(1))


def test_texts_are_replaced_before_the_page_is_parsed() -> None:
    got = read(
        page(f"<header-x id=a>{prose(1)}</header-x>"),
        "find_string: header-x",
        "replace_string: div",
        "body: //div[@id='a']",
    )
    assert text_of(got) == list(paragraphs(1))


def test_elements_become_headings_and_frames_go() -> None:
    body = f"<div id=a><p class=head>How it began</p>{prose(1)}<blockquote>{prose(2)}</blockquote></div>"
    got = read(page(body), "body: //div[@id='a']", "wrap_in(h2): //p[@class='head']", "dissolve: //blockquote")
    assert got.html == f"<h2>How it began</h2>{prose(1)}{prose(2)}"


RELATED = "<div class=related><a href=/1>Another story of the ferry</a> <a href=/2>And another one</a></div>"


def test_boilerplate_is_looked_for_in_a_rules_body_too() -> None:
    body = page(f"<div id=a>{prose(1)}{RELATED}</div>")
    assert len(text_of(read(body, "body: //div[@id='a']"))) == 3


def test_unless_the_rule_says_that_it_is_clean() -> None:
    body = page(f"<div id=a>{prose(1)}{RELATED}</div>")
    assert len(text_of(read(body, "body: //div[@id='a']", "prune: no"))) == 4
    assert len(text_of(read(body, "body: //div[@id='none']", "prune: no"))) == 3, "the judge's choice is no rule's"


def test_facts_are_taken_from_a_rules_places() -> None:
    body = page(f"<h1>The ferry</h1><p class=by>Ann Lee</p><p class=by>Bob Ray</p><article>{prose(1)}</article>", LD)
    assert (read(body).title, read(body).author) == ("a-710880", "News Desk")
    lines = ("title: //h1", "author: //p[@class='by']", "date: //p[@class='none']")
    assert (read(body, *lines).title, read(body, *lines).author) == ("The ferry", "Ann Lee, Bob Ray")
    assert read(body, "skip_json_ld: yes").title == "The ferry"


def test_where_a_body_stood() -> None:
    root = fragment("<p id=a class=x>a</p><p class=x>b</p><p class='y \"'>c</p><p class=z>d</p><p>e</p>")
    places = [path_of([p]) for p in root.iter("p")]
    assert places == ['//*[@id="a"]', "", "", '//*[@class="z"]', ""]
    assert path_of(list(root.iter("p"))) == ""
