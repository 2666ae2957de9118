"""Posts as a browser may show them: safe whatever stands in the file."""

from __future__ import annotations

from datetime import UTC, datetime
from time import perf_counter

import pytest

from crawler.model import Article, CanonicalURL, Source
from crawler.web.bodies import MOST_RENDERED, MOST_SHOWN, Reading, as_html, picture, read, web
from crawler.writer.post import FORMATS, render
from tests.live import live

POST = b"""---
layout: post
title: "A \\"b\\" & c"
date: 2021-11-20T06:43:44.821Z
author: Keeper
from: https://a.example/1
tags: [ x, Harbour ]
categories: [ Harbour ]
---
<!--1637390624821-->
[A](https://a.example/1)
------

<div markdown="1">

# First

Text with *stress*.

</div>
"""


def reading(body: str, *, is_html: bool = False) -> Reading:
    return Reading("T", "A", "https://a.example/1", None, (), body, is_html)


def shown(body: str, path: str = "_posts/a.md", *, images: bool = True, is_html: bool = False) -> str:
    return as_html(reading(body, is_html=is_html), path, images=images)


class TestReading:
    def test_a_post_says_what_its_head_says(self) -> None:
        found = read(POST)
        assert found is not None
        assert (found.title, found.author, found.url) == ('A "b" & c', "Keeper", "https://a.example/1")
        assert found.published == datetime(2021, 11, 20, 6, 43, 44, 821000, UTC)
        assert found.names == ("Harbour", "x"), "each once"
        assert not found.is_html
        assert "<h2>First</h2>" in as_html(found, "x.md", images=False)

    def test_html_in_a_plain_envelope_is_html(self) -> None:
        found = read(POST.replace(b'<div markdown="1">', b"<div>").replace(b"# First", b"<p># First *x*</p>"))
        assert found is not None
        assert found.is_html
        assert "<p># First *x*</p>" in as_html(found, "x.md", images=False)

    @pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"template"}))
    def test_each_format_is_read(self, name: str) -> None:
        moment = datetime(2021, 11, 20, 6, 43, 44, tzinfo=UTC)
        html = "<p>One <b>bold</b></p>"
        article = Article(CanonicalURL("https://a.example/1"), "T: one", "Keeper", moment, moment, html, "page")
        found = read(render(article, Source("Harbour", "https://a.example/feed", format=name)))
        assert found is not None
        assert (found.title, found.author, found.published) == ("T: one", "Keeper", moment)
        assert (found.url, found.names) == ("https://a.example/1", ("Harbour",))
        assert as_html(found, "x.md", images=False).strip() == "<p>One <strong>bold</strong></p>"

    def test_a_post_without_a_date_has_none(self) -> None:
        found = read(POST.replace(b"date: 2021-11-20T06:43:44.821Z\n", b""))
        assert found is not None
        assert found.published is None

    @pytest.mark.parametrize("data", [b"", b"# A page of my own", b"---\ntitle: no from\n---\ntext", b"\xff\xfe\0"])
    def test_what_is_no_post_is_none(self, data: bytes) -> None:
        assert read(data) is None

    @pytest.mark.parametrize(
        "url", ["javascript:alert(1)", "data:text/html,x", "//a.example", "https:", "http://[::1", "file:///etc/passwd"]
    )
    def test_an_address_that_is_no_web_address_is_no_link(self, url: str) -> None:
        assert web(url) == ""


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](java&#10;script:alert(1))",
    '<a href="JaVaScRiPt:alert(1)">x</a>',
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe src=https://a.example></iframe>",
    "<form action=/order><input name=order value=pause><button>x</button></form>",
    "<style>body{display:none}</style>",
    '<p style="position:fixed;inset:0">x</p>',
    '<p id="main" class="skip">x</p>',
    '<meta http-equiv="refresh" content="0;url=https://a.example">',
    "<base href=https://a.example/>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "</div></article></main><h1>x",
    "<!-- --><img src=`x` onerror=alert(1)>",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
]


@pytest.mark.parametrize("body", HOSTILE)
@pytest.mark.parametrize("is_html", [False, True])
@pytest.mark.parametrize("images", [False, True])
def test_nothing_that_acts_survives(body: str, is_html: bool, images: bool) -> None:
    found = shown(f"before\n\n{body}\n\nafter", images=images, is_html=is_html)
    ours = (
        found.replace(' class="picture"', "").replace(' rel="noopener noreferrer"', "").replace(' loading="lazy"', "")
    )
    assert live(ours) == []
    assert "alert" not in found.replace("[x](javascript:alert(1))", "").replace("[x](java\nscript:alert(1))", "")
    assert 'id="' not in found


class TestPictures:
    def test_those_of_other_sites_are_links_unless_they_are_wanted(self) -> None:
        body = "![The ferry](https://a.example/p.jpg)"
        assert '<img src="https://a.example/p.jpg" alt="The ferry" loading="lazy">' in shown(body)
        hidden = shown(body, images=False)
        assert "<img" not in hidden
        assert 'href="https://a.example/p.jpg" rel="noopener noreferrer">Picture: The ferry</a>' in hidden

    def test_a_linked_one_becomes_one_link(self) -> None:
        hidden = shown("[![](https://a.example/p.jpg)](https://a.example/big)", images=False)
        assert hidden.count("<a ") == 1
        assert ">Picture</a>" in hidden

    def test_those_of_the_archive_are_shown_always(self) -> None:
        body = "![x](../assets/a%20b.png) ![y](/assets/c.webp)"
        found = shown(body, images=False)
        assert 'src="/file/assets/a%20b.png"' in found
        assert 'src="/file/assets/c.webp"' in found

    @pytest.mark.parametrize(
        "src", ["../../../etc/passwd", "//evil.example/x.png", "x.md", "?x.png", "http://[::1", "//[x/a.png"]
    )
    def test_other_relative_addresses_lead_nowhere(self, src: str) -> None:
        found = shown(f'<p>a<img src="{src}" alt="x"><a href="{src}">b</a></p>', is_html=True)
        assert "<img" not in found
        assert "href" not in found

    def test_an_address_never_leaves_the_archive(self) -> None:
        assert 'src="/file/x.png"' in shown("![x](../../../../x.png)")

    @pytest.mark.parametrize(("path", "kind"), [("a.PNG", "image/png"), ("a.md", ""), ("png", ""), ("a.svg.html", "")])
    def test_a_picture_is_known_by_its_name(self, path: str, kind: str) -> None:
        assert picture(path) == kind


@pytest.mark.parametrize(
    ("body", "levels"),
    [
        ("# a\n\n# b", "22"),
        ("### a\n\n#### b\n\n### c\n\n## d", "2322"),
        ("## a\n\n###### b\n\n#### c\n\n# d", "2332"),
        ("# a\n\n## b\n\n### c\n\n#### d\n\n##### e\n\n###### f", "234566"),
    ],
)
def test_headings_begin_below_the_pages_own_and_skip_none(body: str, levels: str) -> None:
    found = shown(body)
    assert "".join(part[0] for part in found.split("<h")[1:]) == levels
    assert "".join(part[0] for part in found.split("</h")[1:]) == levels


def test_one_of_brackets_is_shown_as_it_stands() -> None:
    assert shown("[" * 6_000).startswith("<pre>[[[")
    assert shown("[" * 6_000, is_html=True).startswith("[[[")


def test_a_body_of_a_book_is_cut_and_shown_as_it_stands() -> None:
    found = shown("<b>" + "x" * MOST_RENDERED)
    assert len(found) < MOST_SHOWN + 100
    assert found.startswith("<pre>&lt;b&gt;xxx")


@pytest.mark.parametrize(
    "body",
    ["> " * 50_000, "[" * 100_000, "*a " * 60_000, "<b>" * 60_000, "`" * 100_000, "- " * 50_000, "![[]](" * 30_000],
)
def test_hostile_markdown_takes_its_time_and_no_more(body: str) -> None:
    began = perf_counter()
    shown(body)
    assert perf_counter() - began < 20
