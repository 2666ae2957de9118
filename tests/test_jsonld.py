"""JSON-LD in all the shapes that pages give it, broken ones included."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extractor import jsonld
from crawler.extractor.facts import Facts
from crawler.moments import Stamp
from tests.told import ARTICLE, NOON, STATED, URL, facts, ld


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


def test_a_node_may_name_another_one() -> None:
    graph = [
        {**ARTICLE, "author": {"@id": "#ann"}, "image": [{"@id": "#lead"}, "x"], "publisher": {"@id": "#none"}},
        {"@type": "Person", "@id": "#ann", "name": "Ann Ray"},
        {"@type": "ImageObject", "@id": "#lead", "url": "https://e.org/lead.jpg"},
    ]
    got = facts(ld({"@graph": graph}))
    assert (got.authors, got.image) == (("Ann Ray",), "https://e.org/lead.jpg")


def test_a_fact_check_is_an_article() -> None:
    assert facts(ld({"@type": "ClaimReview", "datePublished": STATED})).published == Stamp(NOON)
