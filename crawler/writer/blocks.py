"""The tree of a body, brought into the one shape that the converter reads.

Afterwards every container holds blocks only, every leaf (p, line, h1 to h6) inline content only, no block stands
inside a link or an emphasis, a list holds items only, `pre` holds text and links, `code` text, a table is one that
can be written. Text is never lost. Changes the tree in place; pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from itertools import groupby
from typing import TypeGuard

from .escape import BREAK, LINK, LINK_END, address
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
    ancestors,
    children,
    elements,
    enclose,
    fill,
    is_blank,
    is_block,
    link,
    replace,
    text_of,
)
from .raw import raw_table

CODE_NAMES = ("code", "kbd", "samp", "tt")
LINKED = re.compile(f"{LINK}([^{LINK_END}]*){LINK_END}")
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
    for listing in reversed(elements(root, LISTS) if not names.isdisjoint({*LISTS, "li", "dl"}) else []):
        _mend_list(listing)
    for element in [root, *elements(root, CONTAINERS | {"p"})]:
        if element.name != "p" or any(map(is_block, element.contents)):
            _wrap_runs(element)
    _drop_blank(root)
    link(root)


def _keep_code_as_text(root: Element) -> None:
    """Leave in `pre` text and links, in other code text; a link in that is put about its part of it."""
    for pre in elements(root, {"pre"}):
        named = (pre.parent, pre, *elements(pre, {"code"})[:1])
        pre.attrs["class"] = " ".join(element.attrs.get("class", "") for element in named if element)
        fill(pre, _code(pre, "\n"))
    for code in elements(root, CODE_NAMES):
        if code.parent is not None:
            replace(code, *(_about_text(code, piece) for piece in _code(code, " ")))


def _about_text(code: Element, piece: Node) -> Element:
    if isinstance(piece, Text):
        return Element(code.name, contents=[piece])
    fill(piece, [Element(code.name, contents=piece.contents)])
    return piece


def _code(element: Element, line_end: str) -> list[Node]:
    """Return the content of code: texts, and links that hold one."""
    links: list[str] = []
    text = re.sub("\r\n?", "\n", "".join(_spoken(element, line_end, links)))
    pieces = LINKED.split(re.sub(f"\n?{BREAK}+\n?", line_end, text))
    nodes: list[Node] = [Text(piece) for piece in pieces]
    nodes[1::2] = [Element("a", {"href": href}, [text]) for href, text in zip(links, nodes[1::2], strict=True)]
    return [node for node in nodes if text_of(node)]


def _spoken(element: Element, line_end: str, links: list[str]) -> Iterator[str]:
    """Yield the text of an element, with a mark at both ends of each block and link."""
    for node in element.contents:
        if isinstance(node, Text):
            yield str(node)
            continue
        node.parent = None  # code in code is gone
        before, after = (line_end, "") if node.name == "br" else (BREAK, BREAK) if node.name in BLOCKS else ("", "")
        if address(node.attrs.get("href", "")) and not elements(node, {"a"}):
            before, after = LINK, LINK_END
            links.append(node.attrs["href"])
        yield before
        yield from _spoken(node, line_end, links)
        yield after


def _mend_tables(root: Element) -> None:
    for table in reversed(elements(root, {"table"})):
        _mend_table(table)


def _mend_table(table: Element) -> None:
    """Keep a table, its cells flat; dissolve one about another, or a broken one."""
    if not _is_table(table):
        for element in [*_own(table, TABLE_PARTS), table]:
            element.name = "div"
        return
    if _holds_lists(table):
        table.html = raw_table(_own(table, {"tr"}))
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


def _holds_lists(table: Element) -> bool:
    """Tell whether a list is in a cell, and neither link nor emphasis about the table, which goes into its cells."""
    cells = _own(table, CELLS)
    if any(elements(cell, {"tr", *CELLS}) for cell in cells) or not all(map(is_block, ancestors(table))):
        return False
    listings = (children(listing, {"li"}) for cell in cells for listing in elements(cell, LISTS))
    return any(sum(not is_blank(item) for item in items) > 1 for items in listings)


def _own(table: Element, names: Collection[str]) -> list[Element]:
    return [element for element in elements(table, names) if element.find_parent("table") is table]


def _is_table(table: Element) -> bool:
    """Tell whether a table can be written as one: its text in the cells of its rows, none of them in another table.

    Whether it ought to be is for the extractor to say.
    """
    cells = _own(table, CELLS)
    if any(cell.parent is None or cell.parent.name != "tr" or elements(cell, {"table"}) for cell in cells):
        return False
    return bool(cells) and not _has_stray_text(table)


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


def _mend_stray_parts(root: Element) -> None:
    """Make parts of tables and lists that stand alone into containers."""
    for part in elements(root, TABLE_PARTS):
        if part.find_parent("table") is None:
            part.name = "div"
    for part in elements(root, {"dt", "dd"}):
        if part.find_parent("dl") is None:
            part.name = "div"
    holders = {item.parent: None for item in elements(root, {"li"}) if item.parent is not None}
    for holder in holders:
        if holder.name not in LISTS:
            _gather_items(holder)


def _gather_items(holder: Element) -> None:
    """Make a list of items that follow one another in none, as browsers show them; one alone is a container."""
    gathered: list[Node] = []
    is_listed = holder.parent is not None and holder.parent.name in LISTS  # then it is itself an item
    for _, run in groupby(holder.contents, lambda node: _is_item(node) or is_blank(node)):
        nodes = list(run)
        items = [node for node in nodes if _is_item(node)]
        if sum(not is_blank(item) for item in items) > 1 and not is_listed:
            gathered.append(Element("ul", contents=nodes))
            continue
        for item in items:
            item.name = "div"
        gathered += nodes
    fill(holder, gathered)


def _is_item(node: Node) -> TypeGuard[Element]:
    return isinstance(node, Element) and node.name == "li"


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


def _mend_captions(root: Element) -> None:
    """Set the caption of a figure or table as a paragraph in italics."""
    for caption in reversed(elements(root, {"figcaption"})):
        _flatten(caption)
        replace(caption, Element("p", contents=[Element("em", contents=caption.contents)]))


def _mend_terms(root: Element) -> None:
    for dl in reversed(elements(root, {"dl"})):
        _list_of_terms(dl)


def _list_of_terms(dl: Element) -> None:
    """Make a definition list, which CommonMark lacks, a list of terms in bold, each with its definitions.

    One without terms is how wikis indent: paragraphs.
    """
    parts = [part for part in elements(dl, {"dt", "dd"}) if part.find_parent("dl") is dl]
    if all(part.name == "dd" for part in parts):
        for element in (dl, *parts):
            element.name = "div"
        return
    dl.name = "ul"
    items = [Element("li")]
    for part in parts:
        if part.parent is None:  # it stood in a term, and is a line of it
            continue
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
    found = elements(root)
    holders: set[Element] = set()
    for block in found:
        parent = block.parent if block.name in BLOCKS else None
        while parent is not None and parent not in holders:
            holders.add(parent)
            parent = parent.parent
    return [element for element in reversed(found) if element in holders and element.name not in BLOCKS]


def _push_down(element: Element) -> None:
    """Move emphasis that holds blocks into them, a link into one of them."""
    runs = list(_lines(element))
    for run in runs if element.name != "a" else _face(runs):
        enclose(run, Element(element.name, element.attrs))
    replace(element, *element.contents)


def _face(runs: list[list[Node]]) -> list[list[Node]]:
    """Return what stands for the whole link, so that one link stays one: its heading, first text or first picture."""
    headed = [run for run in runs if run[0].parent is not None and run[0].parent.name in HEADINGS]
    spoken = [run for run in runs if any(text_of(node).strip() for node in run)]
    return (headed or spoken or runs)[:1]


def _lines(element: Element) -> Iterator[list[Node]]:
    """Yield the runs of inline content between and in the blocks of an element, but for code."""
    for part in _parts(element):
        if not isinstance(part, Element):
            yield part
        elif part.name != "pre":
            yield from _lines(part)


def _mend_list(listing: Element) -> None:
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
    ({"pre", *CODE_NAMES}, _keep_code_as_text),
    ({"table"}, _mend_tables),
    (PARTS, _mend_stray_parts),
    (HEADINGS, _flatten_headings),
    ({"figcaption", "caption"}, _mend_captions),
    ({"dl"}, _mend_terms),
)
