"""Other articles on a page: posts that WordPress marks as others, lists of teasers; and lists that are the article's."""

from __future__ import annotations

import numpy as np
import pytest
from lxml import html

from crawler.extractor import others
from crawler.extractor.outline import Outline

URL = "https://e.org/news/bridge-opens"
LINES = [
    "The new bridge over the Lenne opened to traffic on Saturday morning, two months ahead of schedule.",
    "Some four thousand people walked across before the first cars were let on, many of them with flags.",
    "Work began in the spring of 2023, after a dispute over the piers had kept the plans in court for years.",
]
STORY = "".join(f"<p>{line}</p>" for line in LINES)
TEASER = "The ferry company announced that its boats would run until March, and then be sold."
FERRY = "The last ferry of the valley"


def found(inner: str, headline: int = -1, chances: list[float] | None = None, body: str = "") -> list[bool]:
    outline = Outline(html.document_fromstring(f"<html><body class='{body}'>{inner}</body></html>"))
    likely = np.array(chances) if chances else np.full(len(outline.blocks), 0.9)
    return [bool(is_other) for is_other in others.find(outline, URL, headline, likely)]


# --- posts --------------------------------------------------------------------------------------------------------

OWN = f"<article class='post-7 post type-post hentry'>{STORY}</article>"
OTHER = f"<article class='post-8 post type-post hentry'><p>{TEASER}</p></article>"
SINGLE = "single single-post postid-7 single-format-standard"


@pytest.mark.parametrize(
    ("inner", "body", "is_other"),
    [
        pytest.param(OWN + OTHER, SINGLE, [False] * 3 + [True], id="another post"),
        pytest.param(OTHER + OWN, SINGLE, [True] + [False] * 3, id="before ours"),
        pytest.param(OWN + OTHER, "single postid-7", [False] * 4, id="no kind of the page"),
        pytest.param(OWN + OTHER, "home single-post", [False] * 4, id="no post of the page"),
        pytest.param(OWN + OTHER.replace("post-8", "post-17"), SINGLE, [False] * 3 + [True], id="whole numbers"),
        pytest.param(OWN + OTHER.replace("post-8", "post-box"), SINGLE, [False] * 4, id="no number"),
        pytest.param(
            f"<div class='post-9 tdb_templates type-tdb_templates'>{OWN}</div>", SINGLE, [False] * 3, id="a template"
        ),
        pytest.param(
            OWN.replace("type-post", "type-topic") + OTHER.replace("type-post", "type-reply"),
            "single single-topic postid-7",
            [False] * 4,
            id="answers are of the topic",
        ),
    ],
)
def test_posts_that_wordpress_calls_others(inner: str, body: str, is_other: list[bool]) -> None:
    assert found(inner, body=body) == is_other


# --- teasers ------------------------------------------------------------------------------------------------------


def teaser(
    number: int, tag: str = "li", name: str = "", link: str = "/news/other-article-{}", said: str = FERRY
) -> str:
    named = f" class={name}" if name else ""
    return f"<{tag}{named}><a href='{link.format(number)}'>{said} {number}</a> {TEASER}</{tag}>"


def teasers(count: int = 3, **how: str) -> str:
    return f"<div><ul>{''.join(teaser(number, **how) for number in range(count))}</ul></div>"


NONE, ALL = [False] * 6, [False] * 3 + [True] * 3


@pytest.mark.parametrize(
    ("list_", "is_other"),
    [
        pytest.param(teasers(), ALL, id="a list"),
        pytest.param(teasers(tag="article"), ALL, id="articles"),
        pytest.param(teasers(tag="div", name="card"), ALL, id="named boxes"),
        pytest.param(teasers(tag="div"), NONE, id="boxes without a name"),
        pytest.param(teasers(2), NONE[:5], id="two are no list"),
        pytest.param(teasers(said="Ann Lee"), NONE, id="a name is no title"),
        pytest.param(teasers(link="https://other.example/news/article-{}"), NONE, id="to other sites"),
        pytest.param(teasers(link="/news/bridge-opens?part={}"), NONE, id="to the page itself"),
        pytest.param(teasers(link="/news/one-article"), NONE, id="all to one page"),
        pytest.param(teasers(link="/sport/{}"), NONE, id="to sections"),
        pytest.param(teasers(link="#part-of-the-article-{}"), NONE, id="within the page"),
        pytest.param(teasers().replace("<ul>", f"<ul><li>{TEASER}</li>"), [False] * 7, id="one of four leads nowhere"),
        pytest.param(
            teasers(4).replace("<ul>", f"<ul><li>{TEASER}</li>"), [*[False] * 3, *[True] * 5], id="one of five leads nowhere"
        ),
        pytest.param(teasers().replace("<div>", f"<div><p>{TEASER}</p>"), [False] * 7, id="in the text"),
    ],
)  # fmt: skip
def test_lists_that_lead_to_other_articles(list_: str, is_other: list[bool]) -> None:
    assert found(f"<article>{STORY}</article><section>{list_}</section>") == is_other


def test_a_heading_behind_a_label_leads_there_too() -> None:
    card = "<div class=card><b>News</b><h3><a href='/news/other-article-{0}'>" + FERRY + " {0}</a></h3></div>"
    cards = "".join(card.format(number) for number in range(3))
    assert found(f"<article>{STORY}</article><aside>{cards}</aside>") == [False] * 3 + [True] * 6


def test_a_link_about_the_whole_item_leads_there_too() -> None:
    card = f"<li><a href='/news/other-article-{{0}}'><p>{FERRY} {{0}}</p><p>{TEASER}</p></a></li>"
    cards = "".join(card.format(number) for number in range(3))
    assert found(f"<article>{STORY}</article><aside><ul>{cards}</ul></aside>") == [False] * 3 + [True] * 6


@pytest.mark.parametrize(
    ("card", "is_other"),
    [
        ("<div class=card>{1}<a href='/news/other-article-{0}'></a></div>", True),
        ("<div class=card><a href='/news/other-article-{0}'><img src=/{0}.jpg></a>{1}</div>", True),
        ("<div class=card><a href='/news/other-article-{0}'></a>{1}<a href='/authors/ann-lee'></a></div>", False),
        ("<div class=card>{1}<a href='/news/other-article-{0}'>more</a></div>", False),
        ("<div class=card><a href='/news/other-article-{0}'></a>Ann Lee {0}</div>", False),
    ],
)
def test_a_link_laid_over_a_card_leads_there_too(card: str, is_other: bool) -> None:
    cards = "".join(card.format(number, TEASER) for number in range(3))
    assert found(f"<article>{STORY}</article><aside>{cards}</aside>") == [False] * 3 + [is_other] * 3


def test_the_items_of_a_list_with_the_headline_are_its_parts() -> None:
    assert found(f"<article>{STORY}</article>{teasers()}", headline=4) == NONE


def test_a_digest_is_the_article_itself() -> None:
    assert found(f"<article><p>{LINES[0]}</p></article>{teasers(9)}") == [False] * 10


def test_a_list_that_nobody_would_choose_is_not_looked_at() -> None:
    assert found(f"<article>{STORY}</article>{teasers()}", chances=[0.9, 0.9, 0.9, 0.1, 0.9, 0.1]) == [
        *[False] * 4,
        True,
        False,
    ]


def test_two_lists_say_no_more_than_one() -> None:
    both = f"{teasers()}<section>{teasers()}</section>"
    assert found(f"<article>{STORY}</article>{both}") == [False] * 3 + [True] * 6
