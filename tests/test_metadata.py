"""What a page says about its article: the chains of title, author, time and the rest, and JSON-LD in all its shapes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from crawler.extractor import jsonld
from crawler.extractor.facts import Facts
from crawler.extractor.headline import without_site
from crawler.extractor.metadata import author_line, author_names, read, redirected
from crawler.extractor.people import clean_names
from crawler.extractor.rules import SiteRule
from crawler.model import Entry, Source
from crawler.moments import Stamp

URL = "https://e.org/a/bridge"
NOON = datetime(2021, 11, 20, 4, 20, tzinfo=UTC)
STATED = "2021-11-20T12:20:00+08:00"


def facts(head: str = "", body: str = "", rule: SiteRule | None = None) -> Facts:
    return read(html.document_fromstring(f"<html><head>{head}</head><body>{body}<p>x</p></body></html>"), URL, rule)


def ld(*nodes: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)


ARTICLE = {
    "@type": "NewsArticle",
    "headline": "From JSON-LD",
    "datePublished": STATED,
    "author": {"@type": "Person", "name": "Ann Lee"},
}


# --- JSON-LD ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "node",
    [
        ARTICLE,
        [ARTICLE],
        {"@graph": [{"@type": "WebSite", "name": "E"}, ARTICLE]},
        [{"@type": "BreadcrumbList"}, [ARTICLE]],
        {"@type": "WebPage", "headline": "Not this", "mainEntity": ARTICLE},
        {**ARTICLE, "@type": ["Thing", "BlogPosting"]},
        {**ARTICLE, "@type": "http://schema.org/ReportageNewsArticle"},
        {k: v for k, v in ARTICLE.items() if k != "@type"},
        [{**ARTICLE, "headline": "Another", "url": "https://e.org/b"}, {**ARTICLE, "url": "/a/bridge/#top"}],
        [
            {**ARTICLE, "headline": "Another"},
            {**ARTICLE, "mainEntityOfPage": {"@type": "WebPage", "@id": URL, "name": "x"}},
        ],
    ],
)
def test_the_article_is_found_in_any_shape(node: object) -> None:
    got = facts(ld(node))
    assert (got.title, got.authors, got.published) == ("From JSON-LD", ("Ann Lee",), Stamp(NOON))


GOOD = json.dumps(ARTICLE)


@pytest.mark.parametrize(
    "text",
    [
        f"\n<![CDATA[ {GOOD} ]]>\n",
        f"//<![CDATA[\n{GOOD}\n//]]>",
        f"<!-- {GOOD} -->",
        GOOD + ";",
        GOOD + " trailing words",
        GOOD[:-1] + ",}",
        GOOD.replace("From JSON-LD", "From\nJSON-LD"),
        GOOD.replace('"', "&quot;"),
        GOOD.replace('"@type"', '"note": "an "unescaped" quote", "@type"'),
    ],
)
def test_broken_blocks_are_repaired_or_salvaged(text: str) -> None:
    got = facts(f"<script type='application/LD+JSON; charset=utf-8'>{text}</script>")
    assert (got.title, got.published) == ("From JSON-LD", Stamp(NOON))


@pytest.mark.parametrize("text", ["", "{", "nonsense", "[" * 100000, '"just text"', "3", "null"])
def test_hopeless_blocks_say_nothing(text: str) -> None:
    assert facts(f"<script type='application/ld+json'>{text}</script><title>T</title>").title == "T"


def test_a_catalogue_is_not_searched_to_its_end() -> None:
    assert facts(ld([{"@type": "Product"}] * jsonld.MAX_NODES + [ARTICLE])).title == ""


def test_a_page_speaks_where_there_is_no_article() -> None:
    assert facts(ld({"@type": "WebPage", "headline": "H", "datePublished": STATED})).published == Stamp(NOON)
    assert facts(ld({"@type": "Recipe", "headline": "H"})).title == ""


@pytest.mark.parametrize(
    ("value", "want"),
    [
        (None, ()),
        (3, ()),
        ("", ()),
        (" a &amp;  b ", ("a & b",)),
        (["a", None, {"name": "b"}, ["c", ["deep"]]], ("a", "b", "c")),
        ({"name": ["a", "b"]}, ("a", "b")),
        ({"name": {"deep": 1}, "url": "u"}, ("u",)),
        ({}, ()),
        ("half \ud83d of it", ("half of it",)),
    ],
)
def test_texts_of_any_value(value: object, want: tuple[str, ...]) -> None:
    assert jsonld.texts(value) == want
    assert jsonld.text(value) == (want[0] if want else "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["@type", "@graph", "headline", "author", "name", "image", "url", "datePublished", "publisher", "articleBody"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(derandomize=True, deadline=None)
@given(JSON)
def test_no_json_makes_it_fail(value: object) -> None:
    found = json.dumps(
        [
            value,
            {
                "@type": "Article",
                "headline": value,
                "author": value,
                "image": value,
                "datePublished": value,
                "articleBody": value,
            },
        ]
    )
    assert isinstance(facts(f"<script type='application/ld+json'>{found.replace('<', '')}</script>"), Facts)


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


def test_a_title_without_a_site() -> None:
    assert without_site("Just a title") == "Just a title"


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
    ],
)
def test_authors(author: object, publisher: object, meta: str, want: tuple[str, ...], house: str) -> None:
    node = {"@type": "Article", "author": author, "publisher": publisher}
    got = facts(ld(node) + f'<meta name="author" content="{meta}"><meta property="og:site_name" content="The Site">')
    assert (got.authors, got.publisher) == (want, house)


def test_the_first_author_of_the_meta_names_that_is_one() -> None:
    head = '<meta property="article:author" content="https://facebook.com/x"><meta name="byl" content="By Ann Lee"><meta name="dc.creator" content="ANN LEE">'
    assert facts(head).authors == ("Ann Lee",)


@pytest.mark.parametrize(
    ("raw", "want"),
    [
        ("By Ann Lee", ("Ann Lee",)),
        ("Written by: Ann Lee", ("Ann Lee",)),
        ("Byron Lee", ("Byron Lee",)),
        ("作者：王小明", ("王小明",)),
        ("文/ 本社记者", ("本社记者",)),
        ("a@e.org (Ann Lee)", ("Ann Lee",)),
        ("a@e.org", ()),
        ("//e.org/ann", ()),
        ("www.e.org", ()),
        ("null", ()),
        ("x" * 101, ()),
        (" , ", ()),
        ("Ann\n  Lee,", ("Ann Lee",)),
    ],
)
def test_names(raw: str, want: tuple[str, ...]) -> None:
    assert clean_names([raw]) == want


def test_a_name_counts_once() -> None:
    assert clean_names(["Ann Lee", "ANN LEE", "Bob"]) == ("Ann Lee", "Bob")


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
    ],
)
def test_picture_and_description(head: str, image: str, description: str) -> None:
    got = facts(head)
    assert (got.image, got.description) == (image, description)


def test_the_machine_readable_body() -> None:
    assert facts(ld({**ARTICLE, "articleBody": "Text."})).body == "Text."
    assert facts(ld({**ARTICLE, "articleBody": ["Text."]})).body == ""
