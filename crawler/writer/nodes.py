"""The tree that the converter walks: bs4's classes, as markdownify wants them, quick to make and to change.

Pure. What bs4 keeps for its parsers, printers and searches (thirty fields an element, a thread through the whole
document) is left out. Rule: while a tree changes, only parents and contents are true; `link` adds the siblings at
the end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from bs4 import Tag
from bs4.element import NavigableString, PageElement

#: By its name markdownify knows the root.
DOCUMENT = "[document]"
#: What a run of inline content in a list item becomes when only lists follow it: a line, not a paragraph.
LINE = "x-line"
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
CELLS = ("td", "th")
TABLE_PARTS = ("thead", "tbody", "tfoot", "tr", *CELLS, "caption")
LISTS = ("ul", "ol")
SECTIONS = ("html", "body", "div", "section", "article", "main", "header", "footer", "aside", "nav", "search", "menu")
GROUPS = ("address", "details", "summary", "center", "form", "fieldset", "figure", "blockquote", "hgroup")
CONTAINERS = frozenset({*SECTIONS, *GROUPS, *LISTS, "li", "dl", "dt", "dd"})
BLOCKS = CONTAINERS | {"p", LINE, "pre", "hr", "table", "figcaption", *TABLE_PARTS, *HEADINGS}


class Element(Tag):
    """An element, equal to itself only."""

    contents: list[Node]  # type: ignore[assignment]  # any PageElement to bs4
    attrs: dict[str, str]  # type: ignore[assignment]  # lists, too, to bs4
    parent: Element | None
    previous_sibling: Node | None
    next_sibling: Node | None
    html: str  #: how a table is written that Markdown cannot hold; "": as Markdown

    def __init__(self, name: str, attrs: dict[str, str] | None = None, contents: Iterable[Node] = ()) -> None:
        """Set what is ever asked for, which is far less than Tag sets; `contents` stand nowhere yet."""
        self.name = name
        self.attrs = attrs or {}
        self.parent = self.previous_sibling = self.next_sibling = None
        self.html = ""
        fill(self, contents)

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def find_parent(self, name: str) -> Element | None:  # type: ignore[override]  # bs4 knows more to search by
        """Return the nearest element of that name about this one; markdownify asks at each one for `pre`."""
        parent = self.parent
        while parent is not None and parent.name != name:
            parent = parent.parent
        return parent


class Text(NavigableString):
    """A piece of text."""

    parent: Element | None
    previous_sibling: Node | None
    next_sibling: Node | None

    def __new__(cls, value: str) -> Text:
        """Set what is ever asked for."""
        text = str.__new__(cls, value)
        text.parent = text.previous_sibling = text.next_sibling = None
        return text


Node = Element | Text


def fill(parent: Element, nodes: Iterable[Node]) -> None:
    """Make nodes that stand nowhere, or in this element already, its whole content."""
    parent.contents = list(nodes)
    for node in parent.contents:
        node.parent = parent


def add(parent: Element, nodes: Iterable[Node]) -> None:
    """Put nodes that stand nowhere behind the content."""
    for node in nodes:
        node.parent = parent
        parent.contents.append(node)


def replace(node: Node, *others: Node) -> None:
    """Put other nodes, of which the node may be one, in the place of a node that stands in a tree."""
    parent = node.parent
    assert parent is not None  # noqa: S101 - nobody replaces the root
    node.parent = None
    at = next(at for at, sibling in enumerate(parent.contents) if sibling is node)
    parent.contents[at : at + 1] = others
    for other in others:
        other.parent = parent


def enclose(run: list[Node], element: Element) -> None:
    """Put neighbours into an element that takes their place."""
    replace(run[0], element, run[0])
    parent, run[0].parent = run[0].parent, None
    assert parent is not None  # noqa: S101 - see `replace`
    at = next(at for at, sibling in enumerate(parent.contents) if sibling is element)
    del parent.contents[at + 1 : at + 1 + len(run)]
    fill(element, run)


def link(root: Element) -> None:
    """Tell each node of its siblings, once the tree is what it shall be."""
    for parent in [root, *elements(root)]:
        before = None
        for node in parent.contents:
            node.previous_sibling = before
            if before is not None:
                before.next_sibling = node
            before = node


def elements(root: Element, names: Collection[str] = ()) -> list[Element]:
    """Return the elements below of these names, or all, in document order."""
    found: list[Element] = []
    stack = root.contents[::-1]
    while stack:
        node = stack.pop()
        if isinstance(node, Element):
            if not names or node.name in names:
                found.append(node)
            stack += node.contents[::-1]
    return found


def descendants(root: Element) -> list[Node]:
    """Return all nodes below, in document order."""
    found: list[Node] = []
    stack = root.contents[::-1]
    while stack:
        node = stack.pop()
        found.append(node)
        if isinstance(node, Element):
            stack += node.contents[::-1]
    return found


def ancestors(node: Node) -> list[Element]:
    """Return the elements about a node, the innermost first, without the root."""
    found: list[Element] = []
    while node.parent is not None and node.parent.parent is not None:
        node = node.parent
        found.append(node)
    return found


def children(parent: Element, names: Collection[str]) -> list[Element]:
    return [node for node in parent.contents if isinstance(node, Element) and node.name in names]


def is_block(node: PageElement) -> bool:
    return isinstance(node, Tag) and node.name in BLOCKS


def is_blank(node: Node) -> bool:
    """Tell whether a node holds neither text nor picture."""
    if isinstance(node, Text):
        return not node.strip()
    return node.name != "img" and all(map(is_blank, node.contents))


def text_of(node: Node) -> str:
    """Return all text in a node; that of ruby, too, which bs4 leaves out."""
    return (
        "".join([part for part in descendants(node) if isinstance(part, Text)])
        if isinstance(node, Element)
        else str(node)
    )
