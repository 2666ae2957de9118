"""The tree of a body, brought into the one shape that the converter reads.

Afterwards every container holds blocks only, every leaf (p, line, h1 to h6) inline content only, no block stands
inside a link or an emphasis, a list holds items only, `pre` and `code` hold text only, a table is either one of data
or gone. Text is never lost, but for scripts and the like. Changes the soup in place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bs4 import BeautifulSoup, Tag
from bs4.element import PageElement, PreformattedString

#: Elements inside elements; deeper ones are unwrapped. The converter takes three Python frames a level (limit 1000).
MAX_DEPTH = 60
#: Characters; a cell with more is a part of the page's layout, not of a table.
MAX_CELL_CHARS = 600
DROPPED = ["script", "style", "template", "noscript", "head", "title", "colgroup", "col"]
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
#: Blocks that no cell of a Markdown table can hold.
NOT_IN_CELL = ["table", "ul", "ol", "dl", "pre", "blockquote", "hr", "figure", *HEADINGS]


def shape(soup: BeautifulSoup) -> None:
    """Bring the tree into shape."""
    _drop_no_text(soup)
    _limit_depth(soup)
    _keep_code_as_text(soup)
    for table in reversed(soup.find_all("table")):
        _settle_table(soup, table)
    _settle_stray_parts(soup)
    for heading in soup.find_all(HEADINGS):
        _flatten(soup, heading)
    _settle_captions(soup)
    for dl in reversed(soup.find_all("dl")):
        _list_of_terms(soup, dl)
    for element in reversed(soup.find_all(_is_inline_with_blocks)):
        _push_down(soup, element)
    for listing in reversed(soup.find_all(LISTS)):
        _settle_list(soup, listing)
    for leaf in soup.find_all(["p", "pre"]):
        if _is_blank(leaf):
            leaf.extract()
    for element in [soup, *soup.find_all(_is_container)]:
        _wrap_runs(soup, element)


def is_block(node: PageElement) -> bool:
    return isinstance(node, Tag) and node.name in BLOCKS


def _is_blank(node: PageElement) -> bool:
    if isinstance(node, Tag):
        return node.name != "img" and node.find("img") is None and not node.get_text().strip()
    return not str(node).strip()


def _is_inline_with_blocks(tag: Tag) -> bool:
    return tag.name not in BLOCKS and tag.find(BLOCKS) is not None


def _is_container(tag: Tag) -> bool:
    return tag.name in CONTAINERS or (tag.name == "p" and tag.find(BLOCKS) is not None)


def _drop_no_text(soup: BeautifulSoup) -> None:
    for node in soup.find_all(string=lambda s: isinstance(s, PreformattedString)):
        node.extract()  # comments, declarations, CDATA
    for tag in soup.find_all(lambda tag: tag.name in DROPPED or (tag.name == "hr" and tag.find_parent("li"))):
        tag.extract()  # a rule ends the list in kramdown (list.rb)


def _limit_depth(soup: BeautifulSoup) -> None:
    deep = []
    stack: list[tuple[Tag, int]] = [(soup, 0)]
    while stack:
        tag, depth = stack.pop()
        if depth > MAX_DEPTH:
            deep.append(tag)
        stack += [(child, depth + 1) for child in tag.children if isinstance(child, Tag)]
    for tag in deep:
        if is_block(tag):
            tag.insert_before(" ")
            tag.insert_after(" ")
        tag.unwrap()


def _keep_code_as_text(soup: BeautifulSoup) -> None:
    for pre in soup.find_all("pre"):
        code = pre.find("code")
        pre["class"] = " ".join(_classes(pre.parent, pre, code))
        for tag in pre.find_all(["br", *BLOCKS]):
            tag.insert_after("\n")
        text = pre.get_text()
        pre.string = text.removeprefix("\n") if text.strip() else ""
    for code in soup.find_all(["code", "kbd", "samp", "tt"]):
        for tag in code.find_all(["br", *BLOCKS]):
            tag.insert_after(" ")
        code.string = code.get_text()


def _classes(*tags: Tag | None) -> Iterator[str]:
    for tag in tags:
        value = tag.get("class") if tag else None
        yield from [value] if isinstance(value, str) else value or []


def _settle_table(soup: BeautifulSoup, table: Tag) -> None:
    """Keep a table of data, its cells flat; dissolve one that lays out the page."""
    if not _is_data(table):
        for tag in [table, *table.find_all(TABLE_PARTS)]:
            tag.name = "div"
        return
    for cell in table.find_all(CELLS):
        _flatten(soup, cell)
    for caption in table.find_all("caption"):
        caption.name = "div"
        table.insert_before(caption.extract())


def _is_data(table: Tag) -> bool:
    """Tell a table of data: two columns at least, short cells without blocks, nothing beside the cells."""
    if all(len(row.find_all(CELLS)) < 2 for row in table.find_all("tr")):
        return False
    if any(text.strip() and text.find_parent((*CELLS, "caption")) is None for text in table.find_all(string=True)):
        return False
    return all(
        cell.find_parent(("tr", *CELLS)) is cell.parent
        and len(cell.get_text()) <= MAX_CELL_CHARS
        and cell.find(NOT_IN_CELL) is None
        for cell in table.find_all(CELLS)
    )


def _settle_stray_parts(soup: BeautifulSoup) -> None:
    """Make parts of tables and lists that stand alone into containers."""
    for tag in soup.find_all(TABLE_PARTS):
        if tag.find_parent("table") is None:
            tag.name = "div"
    for tag in soup.find_all(["li", "dt", "dd"]):
        at_home = tag.find_parent("dl") if tag.name != "li" else tag.parent and tag.parent.name in LISTS
        if not at_home:
            tag.name = "div"


def _flatten(soup: BeautifulSoup, leaf: Tag) -> None:
    """Make the blocks inside a leaf lines of it."""
    for tag in leaf.find_all(BLOCKS):
        tag.insert_before(soup.new_tag("br"))
        tag.insert_after(soup.new_tag("br"))
        tag.unwrap()


def _settle_captions(soup: BeautifulSoup) -> None:
    """Set the caption of a figure as a paragraph in italics."""
    for caption in soup.find_all("figcaption"):
        _flatten(soup, caption)
        caption.name = "em"
        caption.attrs = {}
        caption.wrap(soup.new_tag("p"))


def _list_of_terms(soup: BeautifulSoup, dl: Tag) -> None:
    """Make a definition list, which CommonMark lacks, a list of terms in bold, each with its definitions."""
    parts = [part for part in dl.find_all(["dt", "dd"]) if part.find_parent("dl") is dl]
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
        for block in wrapper.find_all(BLOCKS - {"pre", "hr"}, recursive=False):
            inner = _clone(soup, wrapper)
            for child in list(block.children):
                inner.append(child.extract())
            block.append(inner)
            if inner.find(BLOCKS) is not None:
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
    for item in listing.find_all("li", recursive=False):
        _raise_first_list(item)
    first = str(listing.get("start") or "1")
    number = int(first) if re.fullmatch(r"\d{1,6}", first) else 1
    for item in listing.find_all("li", recursive=False):
        item.attrs = {"value": str(number)}
        number += 1


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
    only_lists_follow = all(node.name in LISTS for node in container.find_all(BLOCKS, recursive=False))
    tight = container.name == "li" and only_lists_follow and len(runs) == 1 and not _follows_block(runs[0][0])
    for run in runs:
        _enclose(run, soup.new_tag(LINE if tight else "p"))


def _follows_block(node: PageElement) -> bool:
    return node.find_previous_sibling(BLOCKS) is not None


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
