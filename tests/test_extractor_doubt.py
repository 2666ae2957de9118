"""The outline's measures, the candidates, the doubt's choice, and what is no article."""

from __future__ import annotations

import pytest
from lxml import html
from lxml.html import HtmlElement

from crawler.errors import ExtractError
from crawler.extractor import candidates, doubt
from crawler.extractor.candidates import Candidate
from crawler.extractor.outline import Outline
from crawler.extractor.tree import prune, wrap_loose

S = "A sentence that is long enough to be prose, and that ends in a point."
MENU = "<ul><li><a href=/1>World news</a></li><li><a href=/2>Sport</a></li></ul>"


def parsed(inner: str) -> tuple[HtmlElement, Outline]:
    root = html.document_fromstring(f"<html><body>{inner}</body></html>")
    prune(root)
    wrap_loose(root)
    return root, Outline(root)


def chosen(inner: str) -> Candidate:
    root, outline = parsed(inner)
    return doubt.choose(candidates.find(root, outline), outline)[0]


# --- the outline --------------------------------------------------------------------------------------------------


def test_the_outline_tells_prose_from_menus_and_lines() -> None:
    root, outline = parsed(
        f"<div id=a><p>{S}</p><h2>Heading</h2>{MENU}<p>{S} <a href=/>and a link</a></p></div><p>{S}</p>"
    )
    part = root.get_element_by_id("a")
    linked = len("World news") + len("Sport")
    assert outline.noise(part) == linked
    assert outline.good(part) == 2 * len(S) + len(" and a link")
    assert outline.weight(part) == outline.good(part) + linked + len("Heading")
    assert outline.runs(part) == 2
    assert outline.link_share(part) == (linked + len("and a link")) / outline.weight(part)
    assert outline.runs(root) == 3
    assert outline.weight(html.Element("p")) == 0
    assert outline.link_share(html.Element("p")) == 0


def test_chinese_sentences_are_prose() -> None:
    root, outline = parsed(
        "<p>跨江新桥昨天正式通车，两岸居民不必绕路。</p><p>首页 新闻 体育 财经 娱乐 科技 汽车 房产</p>"
    )
    assert outline.runs(root) == 1


# --- the choice ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inner", "name"),
    [
        pytest.param(f"{MENU}<div id=story>{f'<p>{S}</p>' * 4}</div>", "readability div#story", id="plain"),
        pytest.param(f"<div id=story>{f'{S}<br><br>' * 5}</div>", "readability body", id="breaks for paragraphs"),
        pytest.param(
            f"<div class=page>{f'<p>{S}</p>' * 6}{MENU * 4}<div class=article-body>{f'<p>{S}</p>' * 60}</div></div>",
            "readability div.article-body", id="the tighter one",
        ),
        pytest.param(
            f"<article>{''.join(f'<div class=row><div><p>{S}</p></div></div>' for _ in range(12))}</article>",
            "container article", id="the wider one",
        ),
        pytest.param(f"<table><tr><td>{MENU}</td><td class=content>{f'<p>{S}</p>' * 4}</td></tr></table>", "readability td.content", id="table"),
        pytest.param("<div><span>nothing here</span></div>", "whole page", id="nothing"),
        pytest.param(f"<h1>T</h1><p>{S}</p>", "readability body", id="a brief"),
    ],
)  # fmt: skip
def test_the_choice(inner: str, name: str) -> None:
    assert chosen(inner).name == name


def test_siblings_that_are_sentences_belong_to_the_text() -> None:
    root, outline = parsed(
        f"<div><p>{S} Lead.</p><div class=post>{f'<p>{S}</p>' * 9}</div><p>short</p><p>{S} End.</p></div>"
    )
    first, alone, *_ = candidates.find(root, outline)
    assert [e.tag for e in first.elements] == ["p", "div", "p"]
    assert alone == Candidate("readability alone div.post", (first.elements[1],))
    assert first.joined().text_content().endswith("End.")
    assert root.find(".//div").getchildren() != []


def test_the_whole_page_is_proposed_last() -> None:
    root, outline = parsed(f"<main><article itemprop=articleBody>{f'<p>{S}</p>' * 3}</article></main>")
    found = candidates.find(root, outline)
    assert {c.kind for c in found} == {"readability", "container", "whole"}
    assert found[-1].elements == (root.find("body"),)
    loose = html.fragment_fromstring(f"<div><p>{S}</p><p>{S}</p></div>")
    assert candidates.find(loose, Outline(loose))[-1].elements == (loose,)


def test_confidence_grows_with_length_agreement_and_prose() -> None:
    def sure(inner: str) -> float:
        root, outline = parsed(inner)
        return doubt.choose(candidates.find(root, outline), outline)[1]

    long = f"<article>{f'<p>{S}</p>' * 30}</article>"
    assert sure(long) == 1.0
    assert sure(f"<div>{MENU}</div><article><p>{S}</p><p>{S}</p></article>") < 0.9
    assert sure("<div>nothing</div>") < 0.1


def test_a_json_body_may_be_text_or_html() -> None:
    candidate = candidates.from_json("One.\n\nTwo.")
    assert candidate is not None
    assert [p.text for p in candidate.joined().iter("p")] == ["One.", "Two."]
    assert candidates.from_json(" ") is None


# --- articles, walls, summaries -----------------------------------------------------------------------------------

WALL_TEXTS = [
    ("Just a moment...", "a bot check"),
    ("Please verify you are human to go on", "a bot check"),
    ("请完成验证后继续访问", "a bot check"),
    ("You need to enable JavaScript to run this app.", "a page that needs JavaScript"),
    ("此文章为早报订户专享内容", "a paywall"),
    ("订阅后即可继续阅读全文", "a paywall"),
    ("This article is for subscribers", "a paywall"),
    ("Before you continue to the site", "a consent page"),
    ("404 Not Found: page not found", "an error page"),
    ("您访问的页面不存在", "an error page"),
    (S, ""),
]


@pytest.mark.parametrize(("text", "kind"), WALL_TEXTS)
def test_walls_by_what_they_say(text: str, kind: str) -> None:
    assert doubt.wall(text) == kind


@pytest.mark.parametrize(
    "brief",
    [
        f"Der Stadtrat gab am Montag seine Zustimmung zu der neuen Brücke, die 2027 fertig sein soll. {S}",
        f"{S} Visitors saw a page that said access denied, and the captcha behind it was out of order for hours.",
        f"Access denied to the lake: the town has closed the path, and nobody knows for how long. {S}",
        f"Just a moment of silence was all that the crowd allowed itself before the race began again. {S}",
        f"{S} The library put up a sign, page not found, where the oldest book of the collection had stood.",
    ],
)
def test_news_about_walls_are_none(brief: str) -> None:
    doubt.demand_article(brief, "We use cookies. Accept all cookies. Already a subscriber?", is_ruled=False)


def test_a_wall_is_one_only_where_little_else_is_said() -> None:
    doubt.demand_article(f"{S * 20} Already a subscriber?", "", is_ruled=False)
    doubt.demand_article(S * 6, "此文章为早报订户专享内容", is_ruled=False)
    with pytest.raises(ExtractError, match="the page is a paywall: A sentence"):
        doubt.demand_article(f"{S * 5} Already a subscriber?", "", is_ruled=False)
    with pytest.raises(ExtractError, match="the page is a bot check: Just a moment"):
        doubt.demand_article("", "Just a moment...", is_ruled=False)


@pytest.mark.parametrize(
    ("text", "is_ruled", "is_refused"),
    [
        ("新桥今天通车，两岸居民不必再绕行四十分钟的山路，渡轮照常。", False, True),  # 29 characters
        ("新桥今天通车，两岸居民不必再绕行四十分钟的山路，渡轮照常。", True, False),
        ("新桥今天通车，两岸居民不必再绕行四十分钟的山路，渡轮照常航行到明年三月。", False, False),
        ("word " * 30, False, True),
        ("word " * 30, True, False),
        ("word " * 10, True, True),
        ("", True, True),
    ],
)
def test_briefs(text: str, is_ruled: bool, is_refused: bool) -> None:
    if not is_refused:
        doubt.demand_article(text, "", is_ruled=is_ruled)
        return
    with pytest.raises(ExtractError, match=f"no article text found: {len(text.strip())} characters") as e:
        doubt.demand_article(text, "", is_ruled=is_ruled)
    assert not e.value.passing


ZH = "跨江新桥昨天上午正式通车，两岸居民不必再绕行四十分钟的山路，渡轮照常航行。"


@pytest.mark.parametrize(
    ("text", "is_article"),
    [
        (f"{ZH}\n{ZH}\n{ZH}", True),
        (f"{S}\n{S}\n{S}\n{S}", True),
        (S * 9, True),
        ("", False),
        (S, False),
        (f"{S}\n{S}", False),
        (ZH, False),
        (f"{ZH}\n{ZH}\n{ZH}…", False),
        (f"{ZH}\n{ZH}\n{ZH}\n阅读全文 »", False),
        (f"{S}\n{S}\n{S}\n{S}\nContinue reading Bridge opens →", False),
        (f"{S}\n{S}\n{S}\n{S} [...]", False),
        (f"{S * 50}\n…", True),
        ("word " * 200, False),
    ],
)
def test_articles_and_summaries(text: str, is_article: bool) -> None:
    assert doubt.is_article(text) is is_article


def test_what_the_page_says_too_is_a_summary() -> None:
    text = f"{ZH}\n{ZH}\n{ZH}"
    assert not doubt.is_article(text, f"标题\n{ZH} {ZH} {ZH} 订阅")
    assert doubt.is_article(text, f"标题\n{ZH} 订阅")


def test_the_poorer_page() -> None:
    assert doubt.is_poorer("x" * 59, "x" * 100)
    assert not doubt.is_poorer("x" * 60, "x" * 100)
    assert not doubt.is_poorer("", "")


def test_sizes() -> None:
    small, same, big = doubt.Size(100, 90, 0, 2), doubt.Size(150, 95, 40, 2), doubt.Size(1000, 900, 20, 9)
    assert doubt.is_better(small, same)
    assert not doubt.is_better(same, small)
    assert doubt.is_better(big, small)
    assert not doubt.is_better(doubt.Size(1000, 300, 500, 9), small)
    assert doubt.Size(0, 0, 0, 0).share == 0
