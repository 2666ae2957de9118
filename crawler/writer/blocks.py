"""The tree of a body, brought into the one shape that the converter reads.

Afterwards every container holds blocks only, every leaf (p, line, h1 to h6) inline content only, no block stands
inside a link or an emphasis, a list holds items only, `pre` and `code` hold text only, a table is either one of data
or gone. Text is never lost, but for scripts and the like. Changes the soup in place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from bs4 import BeautifulSoup, Tag
from bs4.element import PageElement, PreformattedString

from .escape import BREAK, NO_TEXT, purge

#: Elements inside elements; deeper ones are unwrapped. The converter takes three Python frames a level (limit 1000).
MAX_DEPTH = 60
#: Characters; a cell with more is a part of the page's layout, not of a table.
MAX_CELL_CHARS = 600
#: What stands beside a formula in MathML to say it again in another language; no browser shows it.
FORMULA_SOURCES = ("annotation", "annotation-xml")
DROPPED = frozenset(
    {"script", "style", "template", "noscript", "head", "title", "colgroup", "col", "wbr", *FORMULA_SOURCES}
)
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
#: Blocks that tell a part of the page's layout from a cell of data.
LAYOUT = frozenset({"table", "pre", "blockquote", "hr", "figure", *HEADINGS})


def shape(soup: BeautifulSoup) -> None:
    """Bring the tree into shape."""
    _drop_no_text(soup)
    _limit_depth(soup)
    soup.smooth()  # what is one text is escaped as one
    _keep_code_as_text(soup)
    for table in reversed(_tags(soup, {"table"})):
        _settle_table(soup, table)
    _settle_stray_parts(soup)
    for heading in _tags(soup, HEADINGS):
        _flatten(soup, heading)
    _settle_captions(soup)
    for dl in reversed(_tags(soup, {"dl"})):
        _list_of_terms(soup, dl)
    for element in [tag for tag in reversed(_tags(soup)) if tag.name not in BLOCKS and _has_block(tag)]:
        _push_down(soup, element)
    for listing in reversed(_tags(soup, LISTS)):
        _settle_list(soup, listing)
    for element in [soup, *_tags(soup, CONTAINERS | {"p"})]:
        if element.name != "p" or _has_block(element):
            _wrap_runs(soup, element)
    for leaf in _tags(soup, {"p", "pre"}):
        if _is_blank(leaf):
            leaf.extract()


def is_block(node: PageElement) -> bool:
    return isinstance(node, Tag) and node.name in BLOCKS


def _is_blank(node: PageElement) -> bool:
    if isinstance(node, Tag):
        return node.name != "img" and node.find("img") is None and not node.get_text().strip()
    return not str(node).strip()


def _tags(root: Tag, names: Collection[str] = ()) -> list[Tag]:
    """Return the elements below, in document order; bs4's own search is slow with many names."""
    return [tag for tag in root.descendants if isinstance(tag, Tag) and (not names or tag.name in names)]


def _children(parent: Tag, names: Collection[str]) -> list[Tag]:
    return [tag for tag in parent.children if isinstance(tag, Tag) and tag.name in names]


def _has_block(root: Tag) -> bool:
    return any(isinstance(tag, Tag) and tag.name in BLOCKS for tag in root.descendants)


def _drop_no_text(soup: BeautifulSoup) -> None:
    for node in soup.find_all(string=lambda s: isinstance(s, PreformattedString)):
        node.extract()  # comments, declarations, CDATA
    for text in soup.find_all(string=NO_TEXT):  # character references bring them too
        text.replace_with(purge(text))
    for tag in _tags(soup, DROPPED):
        tag.extract()
    for rule in _tags(soup, {"hr"}):
        if rule.find_parent("li") is not None:  # it would end the list in kramdown (list.rb)
            rule.replace_with(soup.new_tag("br"))


def _limit_depth(soup: BeautifulSoup) -> None:
    deep = []
    stack: list[tuple[Tag, int]] = [(soup, 0)]
    while stack:
        tag, depth = stack.pop()
        if depth > MAX_DEPTH and tag.contents:
            deep.append(tag)
        stack += [(child, depth + 1) for child in tag.children if isinstance(child, Tag)]
    for tag in deep:
        if is_block(tag):
            tag.insert_before(" ")
            tag.insert_after(" ")
        tag.unwrap()


def _keep_code_as_text(soup: BeautifulSoup) -> None:
    for pre in _tags(soup, {"pre"}):
        pre["class"] = " ".join(_classes(pre.parent, pre, pre.find("code")))
        _keep_text(pre, "\n")
    for code in _tags(soup, {"code", "kbd", "samp", "tt"}):
        _keep_text(code, " ")


def _keep_text(tag: Tag, line_end: str) -> None:
    for inner in _tags(tag, {"br", *BLOCKS}):
        inner.insert_before(line_end if inner.name == "br" else BREAK)
        inner.insert_after("" if inner.name == "br" else BREAK)
    tag.string = re.sub(f"\n?{BREAK}+\n?", line_end, re.sub("\r\n?", "\n", tag.get_text()))


def _classes(*tags: Tag | None) -> Iterator[str]:
    for tag in tags:
        value = tag.get("class") if tag else None
        yield from [value] if isinstance(value, str) else value or []


def _settle_table(soup: BeautifulSoup, table: Tag) -> None:
    """Keep a table of data, its cells flat; dissolve one that lays out the page."""
    if not _is_data(table):
        for tag in [*_own(table, TABLE_PARTS), table]:
            tag.name = "div"
        return
    for cell in _own(table, CELLS):
        for pre in _tags(cell, {"pre"}):
            _code_by_line(soup, pre)
        for listing in _tags(cell, LISTS):
            _mark_items(listing)
        _flatten(soup, cell)
    for caption in _own(table, {"caption"}):
        caption.name = "figcaption"
        table.insert_before(caption.extract())


def _own(table: Tag, names: Collection[str]) -> list[Tag]:
    return [tag for tag in _tags(table, names) if tag.find_parent("table") is table]


def _is_data(table: Tag) -> bool:
    """Tell a table of data: one that says so, or has two columns at least and short cells without blocks.

    A broken one, with text beside the cells, is none.
    """
    cells = _own(table, CELLS)
    if any(text.strip() and text.find_parent((*CELLS, "caption")) is None for text in table.find_all(string=True)):
        return False
    if any(cell.parent is None or cell.parent.name != "tr" for cell in cells):
        return False
    if any(not _is_blank(part) for part in _own(table, {"th", "thead", "caption"})):
        return True
    columns = max((len(_children(row, CELLS)) for row in _own(table, {"tr"})), default=0)
    return columns > 1 and not any(len(cell.get_text()) > MAX_CELL_CHARS or _tags(cell, LAYOUT) for cell in cells)


def _code_by_line(soup: BeautifulSoup, pre: Tag) -> None:
    """Make a block of code, which no cell can hold, lines of code."""
    lines = pre.get_text().split("\n")
    pre.name = "p"
    pre.clear()
    for line in lines:
        code = soup.new_tag("code", string=line)
        pre.append(code)
        code.insert_after(soup.new_tag("br"))


def _mark_items(listing: Tag) -> None:
    """Write the items' bullets or numbers as text; an item that begins with a list has none of its own."""
    for number, item in enumerate(_children(listing, {"li"}), _first_number(listing)):
        place: PageElement | None = item
        while isinstance(place, Tag) and is_block(place) and place.name not in LISTS:
            place = next((node for node in place.children if not _is_blank(node)), None)
        if place is not None and not is_block(place):
            place.insert_before(f"{number}. " if listing.name == "ol" else "• ")


def _settle_stray_parts(soup: BeautifulSoup) -> None:
    """Make parts of tables and lists that stand alone into containers."""
    for tag in _tags(soup, TABLE_PARTS):
        if tag.find_parent("table") is None:
            tag.name = "div"
    for tag in _tags(soup, {"li", "dt", "dd"}):
        at_home = tag.find_parent("dl") if tag.name != "li" else tag.parent and tag.parent.name in LISTS
        if not at_home:
            tag.name = "div"


def _flatten(soup: BeautifulSoup, leaf: Tag) -> None:
    """Make the blocks inside a leaf lines of it; of a table, each row."""
    for tag in _tags(leaf, BLOCKS):
        tag.insert_before(" " if tag.name in CELLS else soup.new_tag("br"))
        tag.insert_after(" " if tag.name in CELLS else soup.new_tag("br"))
        tag.unwrap()


def _settle_captions(soup: BeautifulSoup) -> None:
    """Set the caption of a figure or table as a paragraph in italics."""
    for caption in _tags(soup, {"figcaption"}):
        _flatten(soup, caption)
        caption.name = "em"
        caption.attrs = {}
        caption.wrap(soup.new_tag("p"))


def _list_of_terms(soup: BeautifulSoup, dl: Tag) -> None:
    """Make a definition list, which CommonMark lacks, a list of terms in bold, each with its definitions."""
    parts = [part for part in _tags(dl, {"dt", "dd"}) if part.find_parent("dl") is dl]
    dl.name = "ul"
    item = soup.new_tag("li")
    for part in parts:
        if part.name == "dt":
            _flatten(soup, part)
            item = soup.new_tag("li")
            part.name = "strong"
            part.attrs = {}
            term = soup.new_tag("p")
            term.append(part.extract())
            item.append(term)
        else:
            part.name = "div"
            item.append(part.extract())
        dl.append(item)


def _push_down(soup: BeautifulSoup, element: Tag) -> None:
    """Move an inline element that holds blocks into them: a link about a heading becomes a heading with a link."""
    stack = [element]
    while stack:
        wrapper = stack.pop()
        for run in _runs(wrapper):
            _enclose(run, _clone(soup, wrapper))
        for block in _children(wrapper, BLOCKS - {"pre", "hr"}):
            inner = _clone(soup, wrapper)
            for child in list(block.children):
                inner.append(child.extract())
            block.append(inner)
            if _has_block(inner):
                stack.append(inner)
        wrapper.unwrap()


def _clone(soup: BeautifulSoup, tag: Tag) -> Tag:
    return soup.new_tag(tag.name, attrs={"href": str(tag["href"])} if tag.has_attr("href") else {})


def _settle_list(soup: BeautifulSoup, listing: Tag) -> None:
    """Leave items only, numbered."""
    for run in _runs(listing, lambda node: isinstance(node, Tag) and node.name == "li"):
        item = soup.new_tag("li")
        _enclose(run, item)
        before = item.find_previous_sibling("li")
        if before is not None:
            before.append(item)
            item.unwrap()
    for item in _children(listing, {"li"}):
        _raise_first_list(item)
    number = _first_number(listing)
    for item in _children(listing, {"li"}):
        item.attrs = {"value": str(number)}
        number += 1


def _first_number(listing: Tag) -> int:
    first = str(listing.get("start") or "1")
    return int(first) if re.fullmatch(r"\d{1,6}", first) else 1


def _raise_first_list(item: Tag) -> None:
    """Raise the items of a list that an item begins with: kramdown loses its way in `- 1. a` (list.rb)."""
    first = next((node for node in item.children if not _is_blank(node)), None)
    if isinstance(first, Tag) and first.name in LISTS:
        for raised in list(first.children):
            item.insert_before(raised.extract())
        first.extract()


def _wrap_runs(soup: BeautifulSoup, container: Tag) -> None:
    """Make each run of inline content in a container a paragraph, or a line before nested lists."""
    if container.name == "p":
        container.name = "div"
    runs = _runs(container)
    blocks = _children(container, BLOCKS)
    tight = container.name == "li" and len(runs) == 1 and all(block.name in LISTS for block in blocks)
    tight = tight and not any(is_block(node) for node in runs[0][0].previous_siblings)
    for run in runs:
        _enclose(run, soup.new_tag(LINE if tight else "p"))


def _runs(container: Tag, ends: Callable[[PageElement], bool] = is_block) -> list[list[PageElement]]:
    """Return the runs of neighbouring children between blocks; blank ones are taken out of the tree."""
    runs: list[list[PageElement]] = [[]]
    for child in container.children:
        if ends(child):
            runs.append([])
        else:
            runs[-1].append(child)
    for run in runs:
        if all(_is_blank(node) for node in run):
            for node in run:
                node.extract()
    return [run for run in runs if run and run[0].parent is container]


def _enclose(run: list[PageElement], parent: Tag) -> None:
    run[0].insert_before(parent)
    for node in run:
        parent.append(node.extract())
