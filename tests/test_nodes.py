"""The converter's tree: what changes in it, and what markdownify sees of it."""

from __future__ import annotations

from bs4 import Tag
from bs4.element import NavigableString

from crawler.writer.nodes import (
    Element,
    Text,
    add,
    children,
    descendants,
    elements,
    enclose,
    fill,
    is_blank,
    link,
    replace,
    text_of,
)


def test_nodes_are_what_markdownify_looks_for() -> None:
    assert isinstance(Element("p"), Tag)
    assert isinstance(Text("a"), NavigableString)
    assert Element("p") != Element("p")
    assert len({Element("p"), Element("p")}) == 2


def test_nodes_change_places() -> None:
    a, b, c = Text("a"), Element("b"), Text("a")
    root = Element("div", contents=[a, b])
    add(root, [c])
    assert [node.parent for node in (a, b, c)] == [root] * 3
    d = Element("i", contents=[Text("d")])
    replace(c, d, c)
    assert root.contents == [a, b, d, c]
    assert root.contents[3] is c  # which equals a, but is another
    replace(b)
    assert b.parent is None
    outer = Element("u")
    enclose([d, c], outer)
    assert root.contents == [a, outer]
    assert outer.contents == [d, c]
    assert [node.parent for node in (outer, d, c)] == [root, outer, outer]
    fill(root, [outer])
    assert root.contents == [outer]


def test_nodes_are_found_in_the_order_of_the_document() -> None:
    inner = Element("b", contents=[Text("c")])
    root = Element("div", contents=[Text("a"), Element("p", contents=[Text("b"), inner]), Element("b")])
    assert [str(node) if isinstance(node, Text) else node.name for node in descendants(root)] == [
        "a",
        "p",
        "b",
        "b",
        "c",
        "b",
    ]
    assert [element.name for element in elements(root)] == ["p", "b", "b"]
    assert elements(root, {"b"})[0] is inner
    assert len(children(root, {"b"})) == 1
    assert text_of(root) == "abc"
    assert inner.find_parent("div") is root
    assert inner.find_parent("b") is None


def test_blank_is_what_shows_nothing() -> None:
    assert is_blank(Element("p", contents=[Text(" \u3000"), Element("br")]))
    assert not is_blank(Element("p", contents=[Element("b", contents=[Element("img")])]))
    assert not is_blank(Element("rt", contents=[Text("a")]))


def test_siblings_are_known_once_linked() -> None:
    a, b = Text("a"), Element("b", contents=[Text("c"), Text("d")])
    link(Element("p", contents=[a, b]))
    assert a.previous_sibling is None
    assert a.next_sibling is b
    assert b.previous_sibling is a
    assert b.contents[1].previous_sibling is b.contents[0]
