"""HTML → the converter's tree: by the book and otherwise, which must mean the same."""

from __future__ import annotations

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.writer import reader
from crawler.writer.nodes import DOCUMENT, Element, Node, Text, add, descendants
from crawler.writer.reader import MAX_DEPTH, read


def written(node: Node) -> str:
    """Write a tree so that all of it can be seen."""
    if isinstance(node, Text):
        return repr(str(node))
    attrs = "".join(f" {name}={value!r}" for name, value in node.attrs.items())
    return f"<{node.name}{attrs}{''.join(map(written, node.contents))}>"


READ = {
    "by the book": (
        '<p>a<br><img src="b?c&amp;d" alt="&quot;&lt;"></p>e &amp;lt; &nbsp;f',
        "<[document]<p'a'<br><img src='b?c&d' alt='\"<'>>'e &lt; \\xa0f'>",
    ),
    "blanks stay": ("<p> a\n<b> </b></p>\n", "<[document]<p' a\\n'<b' '>>'\\n'>"),
    "by no book": ("<P Class='a  b'>c<I>d", "<[document]<body<p class='a b''c'<i'd'>>>>"),
    "an end too many": ("a</p><p>b</p>", "<[document]<body'a'<p'b'>>>"),
    "an end too few": ("<p>a", "<[document]<body<p'a'>>>"),
    "other references": ("<p>&copy;&#13;</p>", "<[document]<body<p'©\\r'>>>"),
    "no text": ("a\x00<b>\ufdd0</b>\x0b", "<[document]'a'<b>' '>"),
    "comments and declarations": ("<!DOCTYPE html><!--a-->b<?c?><![CDATA[d]]>", "<[document]<body'b'>>"),
    "what is dropped": ("<table><colgroup><col></colgroup></table>a<wbr>b", "<[document]<table>'ab'>"),
    "markup in what is dropped": ("<template>a<p><img>b</p></template>c", "<[document]'c'>"),
    "scripts": ("<script><b></script>a</b>", "<[document]<body'a'>>"),
    "a rule in an item": ("<ul><li>a<hr></li></ul><hr>", "<[document]<ul<li'a'<br>>><hr>>"),
}


@pytest.mark.parametrize(("html", "want"), READ.values(), ids=READ)
def test_read(html: str, want: str) -> None:
    assert written(read(html)) == want


def test_what_is_nested_too_deeply_is_unwrapped() -> None:
    deep = "<b>" * MAX_DEPTH + "a<b>b<img></b><div>c</div>d<div></div>" + "</b>" * MAX_DEPTH
    nodes = descendants(read(deep))
    assert [written(node) for node in nodes[MAX_DEPTH:]] == ["'ab'", "<img>", "' c d  '"]


TAGS = st.sampled_from(
    ["p", "div", "b", "a href='x'", "ul", "li", "table", "td", "pre", "br", "img src='y'", "hr", "ruby", "rt"]
)
PIECES = st.sampled_from(["a", " ", "\n", "&lt;", "&amp;lt;", "&nbsp;", "&quot;", "中"])


@given(st.lists(TAGS.map(lambda tag: f"<{tag}>") | TAGS.map(lambda tag: f"</{tag.split()[0]}>") | PIECES, max_size=20))
@settings(deadline=None, derandomize=True, max_examples=300)
def test_the_quick_way_and_the_long_one_read_the_same(parts: list[str]) -> None:
    html = nh3.clean("".join(parts), link_rel=None)
    quick = reader._read_serialised(html)
    body = Element("body")
    assert quick is not None
    add(body, quick.contents)
    whole = Element(DOCUMENT, contents=[body])
    assert written(whole).replace("\\n", " ").split() == written(reader._read_any(html)).replace("\\n", " ").split()
