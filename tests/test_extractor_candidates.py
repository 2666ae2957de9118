"""Where the body might be: who votes for which blocks."""

from __future__ import annotations

import pytest
from lxml import html
from lxml.html import HtmlElement
from readability import readability

from crawler.extractor import candidates
from crawler.extractor.candidates import Candidate
from crawler.extractor.outline import Outline
from crawler.extractor.traits import VOTERS

S = "A sentence that is long enough to be prose, and that ends in a point."
P = f"<p>{S}</p>"
MENU = "<ul><li><a href=/1>World news</a></li><li><a href=/2>Sport</a></li></ul>"  # two blocks


def parsed(inner: str) -> tuple[HtmlElement, Outline]:
    root = html.document_fromstring(f"<html><body>{inner}</body></html>")
    return root, Outline(root)


def votes(inner: str, headline: int = -1) -> dict[str, tuple[int, int]]:
    return candidates.vote(*parsed(inner), headline)[0]


def test_the_voters_are_those_that_are_measured() -> None:
    assert tuple(votes(P)) == VOTERS


@pytest.mark.parametrize(
    ("inner", "span"),
    [
        pytest.param(f"{MENU}<div class=entry-content>{P * 4}</div>", (2, 6), id="by its class"),
        pytest.param(f"{MENU}<div id=content>{P * 4}</div>", (2, 6), id="by its id"),
        pytest.param(f"{MENU}<table><tr><td class=article-text>{P * 4}</table>", (2, 6), id="a cell"),
        pytest.param(f"{MENU}<section itemprop=articleBody>{P * 4}</section>", (2, 6), id="by its property"),
        pytest.param(f"<div id=content>{MENU}<div class=story-body>{P * 9}</div>{P}</div>", (2, 11), id="the smaller"),
        pytest.param(f"<div id=content>{MENU}<div class=story-body>{P * 3}</div>{P * 3}</div>", (0, 8), id="too small"),
        pytest.param(f"<div class=entry-content>{MENU}</div>", (0, 0), id="without prose"),
        pytest.param(f"<div class=x>{P}</div>", (0, 0), id="none"),
    ],
)
def test_the_containers_that_are_called_like_a_text(inner: str, span: tuple[int, int]) -> None:
    assert votes(inner)["named"] == span


@pytest.mark.parametrize(
    ("inner", "span"),
    [
        (f"{MENU}<article>{P * 3}</article>", (2, 5)),
        (f"{MENU}<main>{P}<article>{P * 9}</article></main>{P}", (3, 12)),
        (f"{MENU}<main>{P * 3}<article>{P}</article></main>{P}", (2, 6)),
        (f"{MENU}<div role=main>{P * 3}</div>{P}", (2, 5)),
        (f"{MENU}<div role=article>{P * 3}</div>{P}", (2, 5)),
        (f"{MENU}<div>{P * 3}</div>", (0, 0)),
    ],
)
def test_the_frames_that_html_has_for_articles(inner: str, span: tuple[int, int]) -> None:
    assert votes(inner)["framed"] == span


@pytest.mark.parametrize(
    ("inner", "headline", "span"),
    [
        pytest.param(f"{MENU}<div><h1>T</h1>{P * 3}</div><div>{P}</div>", 2, (2, 6), id="beside it"),
        pytest.param(f"{MENU}<div><header><h1>T</h1></header>{P * 3}</div>{P}", 2, (2, 6), id="about its header"),
        pytest.param(f"<div><h1>T</h1>{P}</div><div>{P * 9}</div>", 0, (0, 11), id="too little there"),
        pytest.param(f"<h1>T</h1>{MENU}", 0, (0, 1), id="no prose on the page"),
        pytest.param(f"<div>{P * 3}</div>", -1, (0, 0), id="no headline"),
    ],
)
def test_the_surroundings_of_the_headline(inner: str, headline: int, span: tuple[int, int]) -> None:
    assert votes(inner, headline)["titled"] == span


@pytest.mark.parametrize(
    ("inner", "span"),
    [
        (f"{MENU}<div>{P * 4}</div>", (2, 6)),
        (f"{MENU}<table><tr><td>{MENU}<td>{P * 4}</table>", (4, 8)),
        (f"{MENU}<div><p>{f'{S}<br><br>' * 4}</p></div>", (2, 6)),
        ("<div>短句跨江新桥昨天正式通车，两岸居民不必绕路。</div>", (0, 0)),
        ("", (0, 0)),
        (MENU, (0, 0)),
    ],
)
def test_readabilitys_choice(inner: str, span: tuple[int, int]) -> None:
    assert votes(inner)["readability"] == span


@pytest.mark.parametrize(
    ("inner", "chosen"),
    [
        pytest.param(f"<div id=a>{P * 4}</div>", "a", id="one to choose from"),
        pytest.param(f"<div id=a>{P * 3}</div><article id=b>{P * 9}</article>", "b", id="the article is the best"),
        pytest.param(f"<section id=a>{P * 6}<article id=b>{P * 5}</article></section>", "b", id="an article within"),
        pytest.param(f"<div id=a>{P * 9}</div><article id=b>{P}</article>", "a", id="an article elsewhere"),
        pytest.param(f"<div id=a>{P * 9}</div><div id=b itemprop=articleBody>{P}</div>", "b", id="by its property"),
    ],
)
def test_readability_is_asked_only_where_there_is_a_choice_and_would_make_the_same(inner: str, chosen: str) -> None:
    root, outline = parsed(inner)
    scorer = candidates._Scorer(root, outline)
    scored = scorer.score_paragraphs()
    best, whole = scorer.select_best_candidate(scored), super(candidates._Scorer, scorer).select_best_candidate(scored)
    assert best is whole
    assert best is not None
    assert best["elem"].get("id") == chosen


@pytest.mark.parametrize(
    "text",
    [
        "",
        " a b ",
        "a\tb",
        "a  b",
        "a \n\n b",
        "a\r\nb",
        " \n ",
        "a\u3000\u3000b",
        "ab\n" * 99,
        "ab \n" * 102,
        "\t" * 400,
    ],
)
def test_paragraphs_are_as_long_as_readability_says(text: str) -> None:
    assert min(candidates._size(text), candidates.LONG) == min(len(readability.clean(text)), candidates.LONG)


def test_readability_reads_the_tree_and_leaves_it_as_it_is() -> None:
    root, outline = parsed(f"{MENU}<div class=sidebar>{P}</div><div>{P * 4}</div>")
    before = html.tostring(root)
    candidates.vote(root, outline, -1)
    assert html.tostring(root) == before


def test_how_many_named_elements_hold_a_block() -> None:
    inner = f"{MENU}<div id=content>{P}<div class=entry-content>{P}<span class=story-body>x</span></div></div>{P}"
    assert candidates.vote(*parsed(inner), -1)[1] == [0, 0, 1, 2, 2, 0]
    assert candidates.vote(*parsed(""), -1)[1] == []


@pytest.mark.parametrize(
    ("markup", "is_named"),
    [
        ("<div class=entry-content>", True),
        ("<div class='x post_body y'>", True),
        ("<div class=article__body>", True),
        ("<div id=zoom>", True),
        ("<div id=js_content>", True),
        ("<div class=c-storybody-x>", True),
        ("<div id=artibody>", True),
        ("<div class=contents>", False),
        ("<div class=content-type-article-card>", False),
        ("<div class=article>", True),
        ("<div class='big article'>", True),
        ("<p class=entry-content>", False),
        ("<div>", False),
    ],
)
def test_names_of_texts(markup: str, is_named: bool) -> None:
    root, outline = parsed(f"{markup}x")
    assert candidates.vote(root, outline, -1)[1] == [int(is_named)]


def test_a_candidate_is_copied_out_of_the_page() -> None:
    root, _ = parsed(f"<div id=a>{P}</div>tail<p>{S}</p>")
    before = html.tostring(root)
    joined = Candidate("rule x", (root.get_element_by_id("a"), root.find(".//body/p"))).joined()
    assert html.tostring(joined) == f'<div><div id="a">{P}</div>{P}</div>'.encode()
    assert html.tostring(root) == before


def test_a_json_body_may_be_text_or_html() -> None:
    for text in ("One.\n\nTwo.", "<p>One.</p><p>Two.</p>"):
        candidate = candidates.from_json(text)
        assert candidate is not None
        assert candidate.name == "json-ld articleBody"
        assert [p.text for p in candidate.joined().iter("p")] == ["One.", "Two."]
    assert candidates.from_json(" ") is None


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        ("<div>", "div"),
        ("<div id=main>", "div#main"),
        ("<td id=a class='b  c d'>", "td#a.b.c"),
        (f"<p class={'x' * 200}>", f"p.{'x' * 78}"),
    ],
)
def test_an_element_described_for_people(markup: str, said: str) -> None:
    element = html.document_fromstring(f"<table><tr>{markup}x</table>" if "td" in markup else f"{markup}x")
    tag = said.partition("#")[0].partition(".")[0]
    assert candidates.describe(element.find(f".//{tag}")) == said


@pytest.mark.parametrize(
    ("inner", "headline", "span"),
    [
        pytest.param(f"<h1>T</h1>{MENU}<div class=entry-content><p>Short.</p></div>", 0, (3, 4), id="behind the headline"),
        pytest.param(f"<div class=entry-content>{P}</div><h1>T</h1>{P}", 1, (0, 0), id="before it"),
        pytest.param(f"<div class=entry-content><h1>T</h1>{P}</div>", 0, (0, 0), id="about it"),
        pytest.param("<h1>T</h1><div class=entry-content></div><div class=post-body>Short.</div>", 0, (1, 2), id="not empty"),
        pytest.param(f"<div class=entry-content>{P}</div>", -1, (0, 0), id="no headline"),
    ],
)  # fmt: skip
def test_what_is_called_the_text_beneath_the_headline(inner: str, headline: int, span: tuple[int, int]) -> None:
    assert candidates.beneath(parsed(inner)[1], headline) == span
