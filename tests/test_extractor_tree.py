"""Bytes → tree: encodings, what is refused, what is pruned, how text is measured."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import html
from lxml.html import HtmlElement

from crawler.extractor import tree
from crawler.model import Page

NOW = datetime(2026, 11, 23, tzinfo=UTC)
CHINESE = "跨江新桥昨天上午正式通车，两岸居民不必再绕行四十分钟的山路。市政府说，大桥全长一点二公里，耗时三年建成。"


def page(body: bytes, content_type: str = "text/html") -> Page:
    return Page("https://e.org/", "https://e.org/", 200, (("content-type", content_type),), body, NOW)


def document(text: str, meta: str = "") -> str:
    return f"<!DOCTYPE html><html><head>{meta}<title>t</title></head><body><p>{text}</p></body></html>"


def said(body: bytes, content_type: str = "text/html") -> str:
    return tree.visible_text(tree.parse(page(body, content_type)).find("body"))


def test_a_page_is_read_in_the_encoding_that_its_bytes_are_in() -> None:
    assert said(document(CHINESE).encode("gb18030"), "text/html; charset=utf-8") == CHINESE
    assert said(document(CHINESE).encode("utf-16")) == CHINESE  # in which NUL bytes are no sign of binary data
    # Told the encoding, libxml2 would switch at a <meta charset> that lies about re-encoded bytes.
    assert said(document(CHINESE, '<meta charset="gb2312">').encode("gb18030"), "text/html") == CHINESE


# --- pruning ------------------------------------------------------------------------------------------------------

LONG = "A sentence of the article, which is long enough to be one. " * 3


def pruned(inner: str) -> str:
    root: HtmlElement = html.document_fromstring(f"<html><body>{inner}</body></html>")
    tree.prune(root)
    return tree.visible_text(root)


@pytest.mark.parametrize(
    "noise",
    [
        "<script>x()</script>",
        "<style>p {}</style>",
        "<template><p>x</p></template>",
        "<!-- x -->",
        "<?php x ?>",
        "<nav>x</nav>",
        "<aside><p>x</p></aside>",
        "<footer>x</footer>",
        "<form>x <button>y</button></form>",
        "<div role='Navigation'>x</div>",
        "<div hidden>x</div>",
        "<p style='color:red; display : none'>x</p>",
        "<button>x</button>",
        "<svg><text>x</text></svg>",
        "<noscript>Enable scripts</noscript>",
        f"<div id='onetrust-consent-sdk'><h1>x</h1><p>{LONG * 3}</p></div>",
        f"<section class='comments-area'><p>{LONG * 3}</p></section>",
        f"<ol class='comment-list'><li><article class='comment-body'><p>{LONG * 3}</p></article></li></ol>",
        f"<div style='display:none'><p>{LONG}</p></div>",
        f"<footer>{LONG * 3}</footer>",
        "<div role=button>Play</div>",
        "<span class='tts-btn'>Listen</span>",
        "<div class='likeButton'><a href='javascript:void(0)'>12</a></div>",
    ],
)
def test_pruned(noise: str) -> None:
    assert pruned(f"<p>{LONG}</p>{noise}") == LONG.strip()


@pytest.mark.parametrize(
    "kept",
    [
        f"<form action=/><p>{LONG}</p></form>",
        f"<div hidden><p>{LONG}</p></div>",
        f"<aside><h1>x</h1><p>{LONG}</p></aside>",
        f"<main role=navigation><p>{LONG}</p></main>",
        f"<div class='post comments'><h1>x</h1><p>{LONG}</p></div>",
        f"<blockquote><p>{LONG}</p><footer>x</footer></blockquote>",
        f"<div class=button>{LONG}</div>",
    ],
)
def test_what_may_be_the_article_is_kept(kept: str) -> None:
    assert LONG.strip() in pruned(kept)
    assert pruned("<blockquote>x<footer>Ann</footer></blockquote>") == "x\nAnn"


@pytest.mark.parametrize(
    "kept",
    [
        "<div class=btn><a href=/report.pdf>The report</a></div>",
        "<p>Press <span class=button>Start</span> to begin.</p>",
        "<h3 class=accordion-button>Who pays?</h3>",
        "<div class=accordion-button>Who pays?</div>",
        "<div class=button id=faq>Who pays?</div>",
        "<section id=shariff><p>Shariff is a piece of software.</p></section>",
        "<h2 id=cookie-policy>What cookies are</h2>",
        "<div class=button-bar><img src=/bridge.jpg>The bridge</div>",
    ],
)
def test_what_says_more_than_a_button_is_kept(kept: str) -> None:
    said = tree.visible_text(html.fragment_fromstring(kept))
    assert pruned(f"<p>{LONG}</p>{kept}") == f"{LONG.strip()}\n{said}"


CONSENT = f"<h3>We value your data</h3><p>{LONG}</p>"


@pytest.mark.parametrize("part", ["article", "blockquote", "figure", "main", "td"])
def test_a_footer_of_a_part_of_the_page_is_not_the_pages(part: str) -> None:
    inner = f"<{part}><p>{LONG}</p><div class=footer>Ann Lee, mayor</div></{part}>"
    assert "Ann Lee" in pruned(f"<table><tr>{inner}</tr></table>" if part == "td" else inner + f"<p>{LONG * 9}</p>")


def test_much_of_a_page_is_no_footer() -> None:
    assert LONG.strip() in pruned(f"<div id=footer><p>{LONG}</p></div><p>{LONG}</p>")


WIDGETS = {
    "jp-relatedposts": False,
    "yarpp yarpp-related": False,
    "taboola-below-article": False,
    "mc_embed_signup": False,
    "taboola-article taboola-readmore": False,
    "taboola-article-read_more": True,  # folds the article
    "trc_rbox_outer": False,
    "trc_report": True,
    "related-yarpp": True,  # a name of the page's own
}


@pytest.mark.parametrize(("name", "is_kept"), WIDGETS.items())
def test_other_peoples_products_are_dropped_by_their_names(name: str, is_kept: bool) -> None:
    assert ("Another tale" in pruned(f"<p>{LONG}</p><div class='{name}'><p>Another tale.</p></div>")) is is_kept


@pytest.mark.parametrize("inner", [f"<h1>x</h1><p>{LONG}</p>", f"<p>{LONG}</p>"])
def test_what_such_a_name_stands_on_may_hold_the_article(inner: str) -> None:
    assert LONG.strip() in pruned(f"<div class='addthis_content'>{inner}</div><p>Another tale.</p>")


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        ("footer", False),
        ("site-footer", False),
        ("row rodape", False),
        ("pie-de-pagina", False),
        ("entry-footer", True),  # an article's own
        ("footer-story", True),
        ("footnotes", True),
    ],
)
def test_the_pages_footer_may_be_called_one(name: str, is_kept: bool) -> None:
    address = "The Valley Post, 12 Mill Road, telephone 555 0100"
    assert (address in pruned(f"<p>{LONG}</p><div class='{name}'>{address}</div>")) is is_kept


@pytest.mark.parametrize(
    ("inner", "is_kept"),
    [
        pytest.param(f"<p>{LONG}</p><footer>x</footer><div>{CONSENT}</div>", False, id="behind the footer"),
        pytest.param(
            f"<div><p>{LONG}</p><footer>x</footer></div><div>{CONSENT}</div>", False, id="and what is about it"
        ),
        pytest.param(f"<p>{LONG}</p><footer>x</footer><main>{CONSENT}</main>", True, id="but a main part"),
        pytest.param(
            f"<article>{LONG}<footer>x</footer></article><div>{CONSENT}</div>", True, id="an article's footer"
        ),
        pytest.param(f"<p>{LONG}</p><footer>x</footer><div>{CONSENT * 9}</div>", True, id="nearly all of the page"),
    ],
)
def test_what_stands_behind_the_pages_footer(inner: str, is_kept: bool) -> None:
    assert ("We value your data" in pruned(inner)) == is_kept


def test_a_piece_of_a_page_has_no_footer_of_its_own() -> None:
    piece = tree.fragment(f"<p>{LONG}</p><footer>x</footer><p>The end.</p>")
    tree.prune(piece)
    assert tree.visible_text(piece).endswith("The end.")


def test_words_around_a_dropped_block_stay_apart() -> None:
    assert pruned(f"<div>{LONG}one<nav>x</nav>two<nav>y</nav> three<script></script>four</div>").endswith(
        "one two threefour"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<img src='data:x'><noscript><img src='/real.jpg'></noscript>", ["data:x", "/real.jpg"]),
        ("<img data-src='/real.jpg'><noscript><img src='/real.jpg'></noscript>", [None]),
        ("<p>x</p><noscript><img src='/real.jpg'></noscript>", ["/real.jpg"]),
        ("<noscript><img src='/real.jpg'></noscript>", ["/real.jpg"]),
        ("<noscript><img src='/a.jpg'><img src='/b.jpg'></noscript>", []),
    ],
)
def test_pictures_for_readers_without_scripts(before: str, after: list[str | None]) -> None:
    root = html.fragment_fromstring(before, create_parent="div")
    tree.rescue_noscript(root)
    assert [image.get("src") for image in root.iter("img")] == after
    assert root.find(".//noscript") is None


# --- blocks and measures ------------------------------------------------------------------------------------------


def test_visible_text_breaks_at_blocks_only() -> None:
    root = html.fragment_fromstring(
        "<div> One\n <b>bold</b>er <p>two<br>three</p><!-- no -->four<ul><li>five</li></ul>\u3000six </div>tail"[:-4]
    )
    assert tree.visible_text(root) == "One bolder\ntwo\nthree\nfour\nfive\nsix"


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("", "<div></div>"),
        ("one\ntwo\n\n three &amp; ", "<div><p>one<br>two</p><p>three &amp; </p></div>"),
        ("<p>one</p>two", "<div><p>one</p>two</div>"),
        ("3 < 4\n\n5", "<div><p>3 &lt; 4</p><p>5</p></div>"),
    ],
)
def test_fragments(text: str, want: str) -> None:
    root = tree.fragment(text)
    assert html.tostring(root[0], encoding="unicode").replace(" </p>", "</p>") == want.replace(" </p>", "</p>")


def test_framed_copies_leave_the_page_whole() -> None:
    root = html.fragment_fromstring("<table><tr><td>a <p>b</p></td><td>c</td></tr></table>")
    cell, row = root.find(".//td"), root.find(".//tr")
    assert html.tostring(tree.framed([cell]), encoding="unicode") == "<div><div>a <p>b</p></div></div>"
    assert html.tostring(tree.framed([row]), encoding="unicode").startswith("<div><table><tr><td>")
    assert len(root.findall(".//td")) == 2
