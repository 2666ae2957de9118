"""What a rule changes on a page before it is read."""

from __future__ import annotations

import pytest
from lxml import html

from crawler.extractor.alter import blank, reshape


@pytest.mark.parametrize(
    ("wraps", "became"),
    [
        ([("p.head", "h2")], '<div><h2 class="head">a</h2>b<ul><li>c</li></ul>d</div>'),
        ([("ul", "blockquote")], '<div><p class="head">a</p>b<blockquote><ul><li>c</li></ul></blockquote>d</div>'),
        ([("ul", ""), ("//li", "")], '<div><p class="head">a</p>bcd</div>'),
        ([("//p/text()", "b"), ("i", "b")], '<div><p class="head">a</p>b<ul><li>c</li></ul>d</div>'),
    ],
)
def test_elements_become_another_kind(wraps: list[tuple[str, str]], became: str) -> None:
    body = html.document_fromstring("<body><div><p class=head>a</p>b<ul><li>c</li></ul>d</div></body>")
    reshape(body, wraps)
    assert html.tostring(body.find(".//div"), encoding="unicode") == became


def test_the_page_itself_stays() -> None:
    page = html.document_fromstring("<p>a</p>")
    reshape(page, [("//html", ""), ("//html", "p")])
    assert page.tag == "html"


@pytest.mark.parametrize(
    ("selector", "left"),
    [
        ("//b/text()", '<p class="x">one<b></b>three<i id="y">four</i></p>'),
        ("//text()[contains(., 'three')]", '<p class="x">one<b>two</b><i id="y">four</i></p>'),
        ("//p/@class | //i/@id", "<p>one<b>two</b>three<i>four</i></p>"),
        ("//b[@id or text()]", '<p class="x">one<b>two</b>three<i id="y">four</i></p>'),
        ("(concat('a', //b/text()))", '<p class="x">one<b>two</b>three<i id="y">four</i></p>'),
        ("b", '<p class="x">one<b>two</b>three<i id="y">four</i></p>'),
    ],
)
def test_texts_and_attributes_are_taken_out(selector: str, left: str) -> None:
    root = html.fragment_fromstring("<p class=x>one<b>two</b>three<i id=y>four</i></p>")
    blank(root, selector)
    assert html.tostring(root, encoding="unicode") == left
