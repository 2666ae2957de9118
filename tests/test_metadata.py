"""What a page says about its article: the chains of title, author, time and the rest."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import html

from crawler.extractor.facts import Facts
from crawler.extractor.metadata import author_line, author_names, read, redirected
from crawler.extractor.rules import SiteRule
from crawler.model import Entry, Source
from crawler.moments import Stamp
from tests.told import ARTICLE, NOON, STATED, URL, facts, ld

# --- titles -------------------------------------------------------------------------------------------------------

OG = '<meta property="og:title" content="From og">'
TITLE = "<title>From title | The Site</title>"


@pytest.mark.parametrize(
    ("head", "body", "want"),
    [
        (ld(ARTICLE) + OG + TITLE, "<h1>From h1</h1>", "From JSON-LD"),
        (OG + TITLE, "<h1>From h1</h1>", "From og"),
        ('<meta property="og:title" content="From h1 | The Site">', "<h1>From h1</h1>", "From h1"),
        (TITLE, "<h1> </h1><h1>From\n <b>h1</b></h1>", "From h1"),
        (TITLE, "", "From title"),
        ("", "", ""),
        ("<title>新桥通车_新闻_某网</title>", "", "新桥通车"),
        ("<title>Site | A much longer title of the page</title>", "", "Site | A much longer title of the page"),
        ("<meta name='twitter:title' content='A &amp;amp; B\u200b'>", "", "A & B"),
        (f"<title>{'x' * 900}</title>", "", "x" * 500),
    ],
)
def test_titles(head: str, body: str, want: str) -> None:
    assert facts(head, body).title == want


def test_a_row_of_the_site_comes_first() -> None:
    rule = SiteRule(("e.org",), title=(".t",), author=(".a",), date=(".d",), timezone="Asia/Singapore")
    body = "<p class=t>By rule</p><p class=a>文/ 某人</p><p class=d>发布 / 2021年11月20日 12:20 PM</p>"
    got = facts(OG, body, rule)
    assert (got.title, got.authors, got.published) == ("By rule", ("某人",), Stamp(NOON))
    assert facts("", body, SiteRule(("e.org",))).published is None
    assert facts(ld({**ARTICLE, "datePublished": "2021-11-20 12:20"}), body, rule).published == Stamp(NOON)


# --- authors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("author", "publisher", "meta", "want", "house"),
    [
        ("Ann Lee", None, "Meta Man", ("Ann Lee",), ""),
        (["Ann Lee", {"name": "Bob Ray"}], None, "", ("Ann Lee", "Bob Ray"), ""),
        ({"@type": "Organization", "name": "The Paper"}, {"name": "The Paper"}, "Meta Man", ("Meta Man",), ""),
        ({"name": "The Paper"}, {"name": "the paper"}, "The Paper", (), "The Paper"),
        ({"url": "https://e.org/people/ann"}, None, "", (), ""),
        (None, None, "By Meta Man", ("Meta Man",), ""),
        (None, None, "https://facebook.com/x", (), ""),
        (None, None, "The Site", (), ""),
        ("Ann Lee", {"name": "Ann Lee"}, "", (), "Ann Lee"),
        ("Ann Lee und Bob Ray, dpa", None, "", ("Ann Lee", "Bob Ray", "dpa"), ""),
        ([{"name": "Ann Lee"}, {"@type": "Organization", "name": "AFP"}], None, "", ("Ann Lee", "AFP"), ""),
        ([{"name": "Ann Lee"}, [{"name": "Bob Ray"}]], None, "", ("Ann Lee", "Bob Ray"), ""),
    ],
)
def test_authors(author: object, publisher: object, meta: str, want: tuple[str, ...], house: str) -> None:
    node = {"@type": "Article", "author": author, "publisher": publisher}
    got = facts(ld(node) + f'<meta name="author" content="{meta}"><meta property="og:site_name" content="The Site">')
    assert (got.authors, got.publisher) == (want, house)


def test_the_first_author_of_the_meta_names_that_is_one() -> None:
    head = '<meta property="article:author" content="https://facebook.com/x"><meta name="byl" content="By Ann Lee"><meta name="dc.creator" content="ANN LEE">'
    assert facts(head).authors == ("Ann Lee",)


def test_the_people_printed_near_the_headline_stand_in_for_none() -> None:
    printed = "<h1>T</h1><p class=author>By Ann Lee</p>"
    house = {"@type": "Article", "author": {"@type": "Organization", "name": "The Paper"}}
    assert facts(ld(house), printed).signed == ("Ann Lee",)
    assert facts(ld(ARTICLE), "<h1>T</h1><p class=author>By Bob Ray</p>").signed == ()


def test_who_wrote_it() -> None:
    entry = Entry(author="a@e.org (Feed Fan)")
    assert author_names(Facts(authors=("Ann", "Bob"), publisher="P"), entry) == ("Ann", "Bob")
    assert author_names(Facts(publisher="P", signed=("Ann",)), entry) == ("Feed Fan",)
    assert author_names(Facts(publisher="P", signed=("Ann", "Bob")), Entry()) == ("Ann", "Bob")
    assert author_names(Facts(publisher="P"), Entry()) == ("P",)
    assert author_names(Facts(), Entry()) == ()


def test_the_author_line() -> None:
    source = Source(" The\nPaper ", "https://e.org/feed")
    assert author_line(("Ann", "Bob"), source) == "Ann, Bob"
    assert author_line((), source) == "The Paper"
    assert len(author_line(("x" * 90,) * 5, source)) <= 200


# --- times --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (ld(ARTICLE) + '<meta property="article:published_time" content="2020-01-01T00:00:00Z">', ""),
        (ld({"@type": "Article", "dateCreated": STATED}), ""),
        (f'<meta property="article:published_time" content="{STATED}">', "<time datetime='2020-01-01T00:00Z'>x</time>"),
        (f'<meta itemprop="datePublished" content="{STATED}">', ""),
        ("", f"<time datetime='{STATED}'>x</time><time datetime='2020-01-01T00:00Z'>y</time>"),
        (
            "",
            f"<time datetime='2020-01-01T00:00Z'>y</time><time class='entry-date published' datetime='{STATED}'>x</time>",
        ),
        ("", f"<time datetime='2020-01-01T00:00Z'>y</time><p class=dateline><time>{STATED}</time></p>"),
        ("", f"<time datetime='2020-01-01T00:00Z'>y</time><time pubdate datetime='{STATED}'>x</time>"),
        ("", f"<abbr class='published' title='{STATED}'>then</abbr>"),
        ("", f"<span itemprop='datePublished' content='{STATED}'>then</span>"),
        (ld({"@type": "Article", "datePublished": "2021-11-20"}), f"<time datetime='{STATED}'>x</time>"),
        ("", "<time>20.11.2021, 12:20 (SGT)</time>"),
        (ld({"@type": "Article", "datePublished": "soon"}), f"<time datetime='{STATED}'>x</time>"),
    ],
)
def test_times(head: str, body: str) -> None:
    assert facts(head, body).published == Stamp(NOON)


@pytest.mark.parametrize(
    "name", ["article:published_time", "article:published:time", "Article.Published-Time", "DC.date.issued"]
)
def test_signs_in_the_names_of_meta_elements_do_not_count(name: str) -> None:
    assert facts(f'<meta name="{name}" content="{STATED}">').published == Stamp(NOON)


def test_the_same_time_with_its_zone_is_better() -> None:
    head = ld({**ARTICLE, "datePublished": "2021-11-20 12:20:00.0"})
    assert facts(f'{head}<meta name="date" content="{STATED}">').published == Stamp(NOON)


def on(url: str, body: str) -> Facts:
    return read(html.document_fromstring(f"<html><body><h1>T</h1>{body}</body></html>"), url)


def test_the_day_in_the_address_is_the_last_resort() -> None:
    day = Stamp(datetime(2021, 11, 20, tzinfo=UTC), timed=False, zoned=False)
    url = "https://e.org/2021/11/20/bridge"
    assert on(url, "").shown == day
    assert on(url, "<p class=date>11月20日 12:20</p>").shown == Stamp(NOON.replace(hour=12), zoned=False)
    assert on(url, "<p class=date>2021-12-24 12:20</p>").shown == day
    assert on("https://e.org/bridge", "").shown is None


def test_a_printed_time_makes_a_stated_day_exact() -> None:
    got = facts(ld({**ARTICLE, "datePublished": "2021-11-20"}), "<h1>T</h1><p class=date>2021-11-20 04:20 UTC</p>")
    assert got.published == Stamp(NOON)


def test_a_zone_is_guessed_from_the_address() -> None:
    got = on("https://e.com.sg/bridge", "<time datetime='2021-11-20 12:20'>x</time>")
    assert got.published == Stamp(NOON, zoned=False)


def test_the_time_of_change() -> None:
    assert facts(ld({**ARTICLE, "dateModified": STATED})).updated == Stamp(NOON)
    assert facts(f'<meta property="og:updated_time" content="{STATED}">').updated == Stamp(NOON)
    assert facts().updated is None


# --- the rest -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("href", "want"),
    [
        ("/a/bridge-opens?utm_source=x", "https://e.org/a/bridge-opens"),
        ("https://www.e.org/a/bridge", "https://www.e.org/a/bridge"),
        ("https://other.org/a/bridge", ""),
        ("https://e.org/", ""),
        ("", ""),
        ("javascript:x", ""),
    ],
)
def test_the_canonical_address_is_honoured_on_the_same_site(href: str, want: str) -> None:
    assert facts(f"<link rel=stylesheet href=/x><link rel='Canonical' href='{href}'>").canonical == want


@pytest.mark.parametrize(
    ("final", "want"),
    [
        ("https://www.e.org/a/bridge-opens?utm_source=x", "https://www.e.org/a/bridge-opens"),
        (URL, ""),
        ("https://e.org/", ""),
        ("https://e.org/a/", ""),
        ("https://e.org/en", ""),
        ("https://e.org/user/login?next=/a/bridge", ""),
        ("https://other.org/a/bridge-opens", ""),
        ("nothing", ""),
    ],
)
def test_a_redirect_names_the_article_unless_it_leads_to_no_article(final: str, want: str) -> None:
    assert redirected(URL, final) == want


@pytest.mark.parametrize(
    ("tag", "head", "want"),
    [
        ("<html lang='zh-Hant-TW'>", "", "zh-Hant-TW"),
        ("<html>", ld({**ARTICLE, "inLanguage": "de"}), "de"),
        ("<html>", '<meta property="og:locale" content="zh_CN">', "zh-CN"),
        ("<html lang='{{ lang }}'>", '<meta http-equiv="content-language" content="en">', "en"),
        ("<html>", "", ""),
    ],
)
def test_languages(tag: str, head: str, want: str) -> None:
    assert read(html.document_fromstring(f"{tag}<head>{head}</head><body>x</body></html>"), URL).language == want


@pytest.mark.parametrize(
    ("head", "image", "description"),
    [
        (
            ld({**ARTICLE, "image": [{"@type": "ImageObject", "url": "/i.jpg"}], "description": "D"}),
            "https://e.org/i.jpg",
            "D",
        ),
        (
            '<meta property="og:image" content="i.jpg"><meta property="og:description" content=" D\n">',
            "https://e.org/a/i.jpg",
            "D",
        ),
        ('<meta property="og:image" content="  "><meta name=description content="">', "", ""),
        (
            ld({**ARTICLE, "image": {"@id": URL + "#lead"}, "thumbnailUrl": "/i.jpg?a=1&amp;b=2"}),
            "https://e.org/i.jpg?a=1&b=2",
            "",
        ),
        (
            '<meta property="og:image" content="/img/logo-1200.png"><meta name="twitter:image" content="/i.jpg">',
            "https://e.org/i.jpg",
            "",
        ),
        ('<meta property="og:image" content="/i/placeholder.png">', "", ""),
    ],
)
def test_picture_and_description(head: str, image: str, description: str) -> None:
    got = facts(head)
    assert (got.image, got.description) == (image, description)


def test_the_machine_readable_body() -> None:
    assert facts(ld({**ARTICLE, "articleBody": "Text."})).body == "Text."
    assert facts(ld({**ARTICLE, "articleBody": ["Text."]})).body == ""
