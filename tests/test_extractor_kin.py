"""What stands beside the winner and belongs to it, and what stands there and does not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import html

from crawler.extractor import from_page, kin
from crawler.extractor.outline import Outline
from crawler.extractor.rules import Rules
from crawler.extractor.tree import fragment, visible_text
from crawler.model import Entry, Page, Source
from crawler.urls import canonical

NOW = datetime(2026, 11, 23, tzinfo=UTC)
URL = "https://e.org/2026/bridge-opens"
S = "The new bridge over the river opened to traffic on Saturday morning, two months ahead of schedule."
STORY = f"<div class=story>{f'<p>{S}</p>' * 8}</div>"
LEAD = "The ferry, which has crossed here since the year of the flood, will make its last journey when spring comes."
ZH = "跨江新桥昨天上午正式通车，两岸居民不必再绕行四十分钟的山路，渡轮照常航行到明年三月。"
PHOTO = "<img src=/hero.jpg alt=x>"


def body(inner: str) -> str:
    text = f"<html><body><nav><a href=/>Home</a></nav>{inner}</body></html>"
    page = Page(URL, URL, 200, (("content-type", "text/html; charset=utf-8"),), text.encode(), NOW)
    return from_page(page, Entry(), Source("n", "https://e.org/feed"), canonical(URL), Rules(), NOW).html


def text(inner: str) -> str:
    return visible_text(fragment(body(inner)))


@pytest.mark.parametrize(
    ("inner", "kept"),
    [
        (f"<article><h1>T</h1><div class=lead><p>{LEAD}</p></div>{STORY}</article>", LEAD),
        (f"<article><header><h1>T</h1><p>Short</p><p class=standfirst>{LEAD}</p></header>{STORY}</article>", LEAD),
        (f"<article><header><h1>T</h1><h2 class=dek>{LEAD}</h2></header>{STORY}</article>", LEAD),
        (f"<article><h1>T</h1><h2 class=dek>{LEAD}</h2><div>{STORY}</div></article>", LEAD),
        (f"<main><h1>T</h1><div class=abstract>{ZH}</div><div class=content>{f'<p>{ZH}</p>' * 6}<p>完。</p></div></main>", ZH),
        (f"<article><h1>T</h1><figure>{PHOTO}<figcaption>Dawn at the pier.</figcaption></figure>{STORY}</article>", "Dawn at the pier."),
        (f"<article><h1>T</h1><div class=intro><p>{LEAD}</p></div><div class=content>{f'<p>{S}</p>' * 8}</div></article>", LEAD),
        (f"<article><div class=content>{f'<p>{S}</p>' * 8}</div><div class=epilogue><p>{LEAD}</p></div></article>", LEAD),
        (f"<article><h1>T</h1><div class=top><p>20.11.2026</p><p>Page 3</p><p>{LEAD}</p>{PHOTO}</div>{STORY}</article>", LEAD),
    ],
)  # fmt: skip
def test_what_belongs_to_the_article_is_kept(inner: str, kept: str) -> None:
    got = text(inner)
    assert kept in got
    assert got.count(S) == (0 if ZH in inner else 8)
    assert "20.11." not in got


def test_all_sections_are_kept_in_their_order() -> None:
    one, two, three = (f"<section><h2>{n}</h2><p>{S} {n}.</p>{extra}</section>" for n, extra in
                       (("One", f"<p>{S}</p>" * 9), ("Two", ""), ("Three", "")))  # fmt: skip
    got = text(f"<article><h1>T</h1>{one}{two}{three}</article>")
    assert [line for line in got.split("\n") if line in ("One", "Two", "Three")] == ["One", "Two", "Three"]


def test_the_picture_above_the_text_is_kept() -> None:
    got = body(f"<article><h1>T</h1><div class=post-thumbnail>{PHOTO}</div>{STORY}</article>")
    assert got.startswith('<p><img src="https://e.org/hero.jpg" alt="x"></p>')


@pytest.mark.parametrize(
    "other",
    [
        f"<div class=author-box><p>{LEAD}</p></div>",
        f"<div class=related-stories><p>{LEAD}</p></div>",
        f"<div class=comment-list><p>{LEAD}</p></div>",
        f"<div><h3><a href=/1>A card</a></h3><p>{LEAD}</p></div>",
        f"<div><h3>Read next</h3><p>{LEAD}</p></div>",
        f"<div><p><a href=/1>{LEAD}</a></p></div>",
        "<p>Published on 20.11.2026, in the evening.</p>",
        "<div><p>Two words</p><p>Three more words</p></div>",
    ],
)
def test_what_only_stands_there_is_not(other: str) -> None:
    assert text(f"<article><h1>T</h1>{STORY}<div>{other}</div></article>") == "\n".join([S] * 8)


def test_the_headlines_own_header_gives_its_second_lines_alone() -> None:
    """Direct, as readability takes some of such headers whole."""
    lines = f"<p>Short</p><p class=byline>{LEAD}</p><p>{LEAD}</p><h2 class=dek>Second</h2><figure>{PHOTO}</figure>"
    root = html.document_fromstring(f"<article><header><h1>T</h1>{lines}</header><div><p>{S}</p></div></article>")
    story = root.find(".//div")
    got = kin.gather((story,), Outline(root))
    assert [e.tag for e in got] == ["p", "h2", "figure", "div"]
    mixed = f"<div><p>20.11.2026</p><p>{LEAD}</p><div class=author><p>{LEAD}</p></div></div>"
    root = html.document_fromstring(f"<article><h1>T</h1>{mixed}<section>{S}</section></article>")
    assert [e.tag for e in kin.gather((root.find(".//section"),), Outline(root))] == ["p", "section"]


def test_what_stands_before_the_headline_or_outside_is_not() -> None:
    assert LEAD not in text(f"<article><div><p>{LEAD}</p></div><h1>T</h1>{STORY}</article>")
    assert LEAD not in text(f"<div><h1>T</h1><div class=x><div><p>{LEAD}</p></div></div><div>{STORY}</div></div>")
    header = f"<header><h1>T</h1><p class=byline>{LEAD}</p><p>Short</p><div>{LEAD}</div></header>"
    assert text(f"<article>{header}{STORY}</article>").count(S) == 8
