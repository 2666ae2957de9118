"""Where an article goes on: a rule's links, and rel=next where it can only be the same article."""

from __future__ import annotations

import pytest
from lxml import html

from crawler.extractor.leads import Leads, find_leads, is_page_of, next_page, spelled, whole_page
from crawler.extractor.rules import SiteRule

SITE = "https://news.example"
HERE = f"{SITE}/2021/ferry"
RULE = SiteRule(("news.example",), next_page=("li.next", "//a[@id='more']/@href"), single_page=("a.print", "a.all"))


def leads(markup: str, rule: SiteRule = RULE) -> Leads:
    return find_leads(html.document_fromstring(f"<html><body>{markup}</body></html>"), HERE, rule)


def test_a_page_that_leads_nowhere() -> None:
    assert leads("<p>The end.</p><a href=/other>x</a>") == Leads()


def test_a_rules_links_are_elements_what_holds_a_link_or_addresses() -> None:
    found = leads(
        "<ul><li class=next>Next</li><li class=next><a>x</a> <a href='ferry/2'>2</a></li></ul>"
        "<a id=more href='?more=1&utm_source=x#top'>more</a><a class=print href=/print/1>p</a>"
        "<a class=all href=https://www.news.example/all>a</a>"
    )
    assert found == Leads(
        whole=(f"{SITE}/print/1", "https://www.news.example/all"), ruled=(f"{SITE}/2021/ferry/2", f"{HERE}?more=1")
    )


@pytest.mark.parametrize(
    "link", ["https://other.example/2", "javascript:next()", "", "  ", "mailto:a@news.example", "http://[1/"]
)
def test_no_page_of_another_site_is_asked_for(link: str) -> None:
    markup = f"<a id=more href='{link}'>x</a><a class=print href='{link}'>x</a><a rel=next href='{link}'>x</a>"
    assert leads(markup) == Leads()


def test_what_the_page_states_itself() -> None:
    markup = "<a rel='nofollow NEXT' href='/a'>x</a><a rel=prev href='/b'>x</a><a rel=next>x</a>"
    assert leads(markup, SiteRule(())).stated == (f"{SITE}/a",)
    assert leads(markup, SiteRule((), stays=True)) == Leads()


def test_the_whole_page_is_another_one() -> None:
    assert whole_page(Leads(whole=(HERE, f"{HERE}?all")), f"{HERE}#top") == f"{HERE}?all"
    assert whole_page(Leads(whole=(HERE,)), HERE) == ""


def test_a_rules_next_page_comes_before_the_pages_own() -> None:
    found = Leads(ruled=(HERE, f"{HERE}/b"), stated=(f"{HERE}/2",))
    assert next_page(found, HERE, HERE, 2) == f"{HERE}/b"
    assert next_page(Leads(ruled=(HERE,), stated=(f"{HERE}/2",)), HERE, HERE, 2) == f"{HERE}/2"
    assert next_page(Leads(stated=(f"{HERE}/2",)), HERE, f"{HERE}/2", 2) == ""
    assert next_page(Leads(stated=(f"{SITE}/2021/storm",)), HERE, HERE, 2) == ""


@pytest.mark.parametrize(
    ("first", "link", "number"),
    [
        ("/ferry", "/ferry?page=2", 2),
        ("/ferry?id=7", "/ferry?id=7&page=2", 2),
        ("/ferry?id=7&p=1", "/ferry?p=2&id=7", 2),
        ("/ferry?page=0", "/ferry?page=2", 2),
        ("/ferry", "/ferry?page=1", 2),
        ("/ferry", "/ferry?page=9", 9),
        ("/ferry", "/ferry/2", 2),
        ("/ferry/", "/ferry/2/", 2),
        ("/ferry/", "/ferry/page/3/", 3),
        ("/ferry/page/1", "/ferry/page/2", 2),
        ("/ferry", "/ferry/page-2", 2),
        ("/ferry", "/ferry-p2", 2),
        ("/ferry", "/ferry/seite-2", 2),
        ("/ferry.html", "/ferry-page2.html", 2),
        ("/ferry.html", "/ferry.p2.html", 2),
        ("/ferry.html", "/ferry_2.html", 2),
        ("/ferry.html", "/ferry,2.html", 2),
        ("/ferry.html", "/ferry.html/2", 2),
        ("/2021/123456.html", "/2021/123456-2.html", 2),
        ("/2021/123456.shtml", "/2021/123456_1.shtml", 2),
        ("/2021/t_1.html", "/2021/t_1_2.html", 2),
    ],
)
def test_pages_of_one_article(first: str, link: str, number: int) -> None:
    assert is_page_of(f"{SITE}{first}", f"{SITE}{link}", number)


@pytest.mark.parametrize(
    ("first", "link", "number"),
    [
        ("/ferry", "/storm", 2),
        ("/ferry", "/ferry-sinks", 2),
        ("/ferry", "/ferry/comments", 2),
        ("/ferry", "/ferry/comment-page-2", 2),
        ("/weekly-links", "/weekly-links-2", 2),
        ("/weekly-links.html", "/weekly-links-2.html", 2),
        ("/posts/1", "/posts/2", 2),
        ("/posts/57", "/posts/58", 2),
        ("/?p=123", "/?p=124", 2),
        ("/?p=12", "/?p=13", 2),
        ("/ferry?id=7", "/ferry?id=8", 2),
        ("/ferry?id=7", "/ferry?id=8&page=2", 2),
        ("/ferry", "/ferry?page=3", 2),
        ("/ferry?page=1", "/ferry?page=1", 2),
        ("/ferry", "/ferry?page=2&p=2", 2),
        ("/ferry", "/ferry?page=0", 1),
        ("/ferry", "/ferry/3", 2),
        ("/ferry", "/ferry/2?x=1", 2),
        ("/ferry.html", "/ferry_0.html", 1),
        ("/ferry.html", "/ferry.php/2", 2),
        ("/ferry", "/ferry/1", 2),
        ("/", "/2", 2),
        ("/", "/page/2", 2),
        ("/2021/11/19/ferry", "/2021/11/20/storm", 2),
    ],
)
def test_other_articles(first: str, link: str, number: int) -> None:
    assert not is_page_of(f"{SITE}{first}", f"{SITE}{link}", number)


def test_pages_of_one_article_are_on_one_host() -> None:
    assert not is_page_of("https://a.news.example/x", "https://b.news.example/x/2", 2)


def test_the_one_spelling() -> None:
    assert spelled("HTTPS://News.Example:443/a#b") == f"{SITE}/a"
    assert spelled("nonsense") == ""
