"""The tree of a body, brought into the one shape that the converter reads.

Afterwards every container holds blocks only, every leaf (p, line, h1 to h6) inline content only, no block stands
inside a link or an emphasis, a list holds items only, `pre` and `code` hold text only, a table is either one of data
or gone. Text is never lost. Changes the tree in place; pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from .escape import BREAK
from .nodes import (
    BLOCKS,
    CELLS,
    CONTAINERS,
    HEADINGS,
    LINE,
    LISTS,
    TABLE_PARTS,
    Element,
    Node,
    Text,
    add,
    children,
    elements,
    fill,
    is_blank,
    is_block,
    link,
    replace,
    text_of,
)

#: Characters; a cell with more is a part of the page's layout, not of a table.
MAX_CELL_CHARS = 600
#: Blocks that tell a part of the page's layout from a cell of data.
LAYOUT = frozenset({"table", "pre", "blockquote", "hr", "figure", *HEADINGS})
CODE = ("code", "kbd", "samp", "tt")
#: Blocks that need a home, by the name they have.
PARTS = frozenset({*TABLE_PARTS, "li", "dt", "dd"})


def shape(root: Element) -> None:
    """Bring the tree into shape, and link it."""
    names = {element.name for element in elements(root)}
    for concerned, step in STEPS:
        if not names.isdisjoint(concerned):
            step(root)
    for element in _about_blocks(root):
        _push_down(element)
    for listing in reversed(elements(root, LISTS)):
        _settle_list(listing)
    for element in [root, *elements(root, CONTAINERS | {"p"})]:
        if element.name != "p" or any(map(is_block, element.contents)):
            _wrap_runs(element)
    _drop_blank(root)
    link(root)


def _keep_code_as_text(root: Element) -> None:
    for pre in elements(root, {"pre"}):
        named = (pre.parent, pre, *elements(pre, {"code"})[:1])
        pre.attrs["class"] = " ".join(element.attrs.get("class", "") for element in named if element)
        _keep_text(pre, "\n")
    for code in elements(root, CODE):
        _keep_text(code, " ")


def _keep_text(element: Element, line_end: str) -> None:
    text = re.sub("\r\n?", "\n", "".join(_spoken(element, line_end)))
    fill(element, [Text(re.sub(f"\n?{BREAK}+\n?", line_end, text))])


def _spoken(element: Element, line_end: str) -> Iterator[str]:
    """Yield the text of an element, with a mark at both ends of each block."""
    for node in element.contents:
        if isinstance(node, Text):
            yield str(node)
            continue
        mark = BREAK if node.name in BLOCKS else ""
        yield line_end if node.name == "br" else mark
        yield from _spoken(node, line_end)
        yield mark


def _settle_tables(root: Element) -> None:
    for table in reversed(elements(root, {"table"})):
        _settle_table(table)


def _settle_table(table: Element) -> None:
    """Keep a table of data, its cells flat; dissolve one that lays out the page."""
    if not _is_data(table):
        for element in [*_own(table, TABLE_PARTS), table]:
            element.name = "div"
        return
    for cell in _own(table, CELLS):
        for pre in elements(cell, {"pre"}):
            _code_by_line(pre)
        for listing in elements(cell, LISTS):
            _mark_items(listing)
        _flatten(cell)
    for caption in _own(table, {"caption"}):
        replace(caption)
        caption.name = "figcaption"
        replace(table, caption, table)


def _own(table: Element, names: Collection[str]) -> list[Element]:
    return [element for element in elements(table, names) if element.find_parent("table") is table]


def _is_data(table: Element) -> bool:
    """Tell a table of data: one that says so, or has two columns at least and short cells without blocks.

    A broken one, with text beside the cells, is none.
    """
    cells = _own(table, CELLS)
    if not any(table.find_parent(name) for name in (*CELLS, "caption")) and _has_stray_text(table):
        return False
    if any(cell.parent is None or cell.parent.name != "tr" for cell in cells):
        return False
    if not all(map(is_blank, _own(table, {"th", "thead", "caption"}))):
        return True
    columns = max((len(children(row, CELLS)) for row in _own(table, {"tr"})), default=0)
    return columns > 1 and not any(len(text_of(cell)) > MAX_CELL_CHARS or elements(cell, LAYOUT) for cell in cells)


def _has_stray_text(part: Element) -> bool:
    """Tell whether text stands beside the cells."""
    return any(
        bool(node.strip()) if isinstance(node, Text) else node.name not in (*CELLS, "caption") and _has_stray_text(node)
        for node in part.contents
    )


def _code_by_line(pre: Element) -> None:
    """Make a block of code, which no cell can hold, lines of code."""
    lines = text_of(pre).split("\n")
    pre.name = "p"
    fill(pre, [node for line in lines for node in (Element("code", contents=[Text(line)]), Element("br"))])


def _mark_items(listing: Element) -> None:
    """Write the items' bullets or numbers as text; an item that begins with a list has none of its own."""
    for number, item in enumerate(children(listing, {"li"}), _first_number(listing)):
        place: Node | None = item
        while isinstance(place, Element) and is_block(place) and place.name not in LISTS:
            place = next((node for node in place.contents if not is_blank(node)), None)
        if place is not None and not is_block(place):
            replace(place, Text(f"{number}. " if listing.name == "ol" else "• "), place)


def _settle_stray_parts(root: Element) -> None:
    """Make parts of tables and lists that stand alone into containers."""
    for part in elements(root, TABLE_PARTS):
        if part.find_parent("table") is None:
            part.name = "div"
    for part in elements(root, {"li", "dt", "dd"}):
        at_home = part.find_parent("dl") if part.name != "li" else part.parent and part.parent.name in LISTS
        if not at_home:
            part.name = "div"


def _flatten(leaf: Element) -> None:
    """Make the blocks inside a leaf lines of it; of a table, each row."""
    if elements(leaf, BLOCKS):
        fill(leaf, list(_flat(leaf.contents)))


def _flat(nodes: list[Node]) -> Iterator[Node]:
    for node in nodes:
        if not isinstance(node, Element) or node.name not in BLOCKS:
            if isinstance(node, Element):
                _flatten(node)
            yield node
            continue
        inner, node.contents, node.parent = node.contents, [], None  # whoever has it in a list sees that it is gone
        yield Text(" ") if node.name in CELLS else Element("br")
        yield from _flat(inner)
        yield Text(" ") if node.name in CELLS else Element("br")


def _flatten_headings(root: Element) -> None:
    for heading in elements(root, HEADINGS):
        _flatten(heading)


def _settle_captions(root: Element) -> None:
    """Set the caption of a figure or table as a paragraph in italics."""
    for caption in reversed(elements(root, {"figcaption"})):
        _flatten(caption)
        replace(caption, Element("p", contents=[Element("em", contents=caption.contents)]))


def _settle_terms(root: Element) -> None:
    for dl in reversed(elements(root, {"dl"})):
        _list_of_terms(dl)


def _list_of_terms(dl: Element) -> None:
    """Make a definition list, which CommonMark lacks, a list of terms in bold, each with its definitions."""
    parts = [part for part in elements(dl, {"dt", "dd"}) if part.find_parent("dl") is dl]
    dl.name = "ul"
    items = [Element("li")]
    for part in parts:
        if part.parent is not None:
            replace(part)
        if part.name == "dt":
            _flatten(part)
            items.append(Element("li", contents=[Element("p", contents=[Element("strong", contents=part.contents)])]))
        else:
            part.name = "div"
            add(items[-1], [part])
    add(dl, [item for item in items if item.contents])


def _about_blocks(root: Element) -> list[Element]:
    """Return the inline elements that hold blocks, the innermost first."""
    holders: set[Element] = set()
    for block in elements(root, BLOCKS):
        parent = block.parent
        while parent is not None and parent not in holders:
            holders.add(parent)
            parent = parent.parent
    return [element for element in reversed(elements(root)) if element in holders and element.name not in BLOCKS]


def _push_down(element: Element) -> None:
    """Move an inline element that holds blocks into them: a link about a heading becomes a heading with a link."""
    stack = [element]
    while stack:
        wrapper = stack.pop()
        parts = _parts(wrapper)
        for block in (part for part in parts if isinstance(part, Element) and part.name not in ("pre", "hr")):
            inner = _clone(wrapper, block.contents)
            fill(block, [inner])
            if elements(inner, BLOCKS):
                stack.append(inner)
        replace(wrapper, *(part if isinstance(part, Element) else _clone(wrapper, part) for part in parts))


def _clone(element: Element, contents: list[Node]) -> Element:
    return Element(element.name, {"href": element.attrs["href"]} if "href" in element.attrs else {}, contents)


def _settle_list(listing: Element) -> None:
    """Leave items only, numbered."""
    items: list[Element] = []
    for part in _parts(listing, lambda node: isinstance(node, Element) and node.name == "li"):
        if isinstance(part, Element):
            items.append(part)
        elif items:
            add(items[-1], part)
        else:
            items.append(Element("li", contents=part))
    fill(listing, [raised for item in items for raised in (*_raised(item), item)])
    for number, item in enumerate(children(listing, {"li"}), _first_number(listing)):
        item.attrs = {"value": str(number)}


def _first_number(listing: Element) -> int:
    first = listing.attrs.get("start") or "1"
    return int(first) if re.fullmatch(r"\d{1,6}", first) else 1


def _raised(item: Element) -> list[Node]:
    """Take out the items of a list that an item begins with: kramdown loses its way in `- 1. a` (list.rb)."""
    first = next((node for node in item.contents if not is_blank(node)), None)
    if not isinstance(first, Element) or first.name not in LISTS:
        return []
    replace(first)
    return first.contents


def _wrap_runs(container: Element) -> None:
    """Make each run of inline content in a container a paragraph, or a line before nested lists."""
    if container.name == "p":
        container.name = "div"
    parts = _parts(container)
    runs = [part for part in parts if not isinstance(part, Element)]
    is_tight = (
        container.name == "li"
        and parts[:1] == runs
        and all(p.name in LISTS for p in parts[1:] if isinstance(p, Element))
    )
    name = LINE if is_tight else "p"
    fill(container, [part if isinstance(part, Element) else Element(name, contents=part) for part in parts])


def _parts(container: Element, is_end: Callable[[Node], bool] = is_block) -> list[Element | list[Node]]:
    """Return the content: blocks, and the runs of what stands between them, those without text or picture left out."""
    parts: list[Element | list[Node]] = []
    run: list[Node] = []
    for node in container.contents:
        if isinstance(node, Element) and is_end(node):
            parts += [run, node]
            run = []
        else:
            run.append(node)
    return [part for part in [*parts, run] if isinstance(part, Element) or not all(map(is_blank, part))]


def _drop_blank(root: Element) -> None:
    for leaf in elements(root, {"p", "pre"}):
        if is_blank(leaf):
            replace(leaf)


#: What is done first, in this order, where one of the elements concerned is there; most bodies have few of them.
STEPS: tuple[tuple[Collection[str], Callable[[Element], None]], ...] = (
    ({"pre", *CODE}, _keep_code_as_text),
    ({"table"}, _settle_tables),
    (PARTS, _settle_stray_parts),
    (HEADINGS, _flatten_headings),
    ({"figcaption", "caption"}, _settle_captions),
    ({"dl"}, _settle_terms),
)
