"""HTML to Markdown that reads the same in CommonMark, on GitHub and in kramdown.

Pure. Takes a cleaned body; `blocks` shapes its tree, markdownify walks it, `escape` finishes the lines. Raw HTML is
written on purpose only: `sup`, `sub`, `del`, `br` in cells, `strong`, `em`, `code`, `pre` where Markdown's own marks
would not hold, and tables with lists in them (`raw`). Text that looks like markup stays text; the text of the rendered
Markdown is the text of the HTML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape as escape_html
from typing import ClassVar

from markdownify import MarkdownConverter

from .blocks import shape
from .escape import (
    BREAK,
    CODE,
    EM,
    EM_END,
    IMAGE_SCHEMES,
    LINK,
    STRONG,
    STRONG_END,
    TAGS,
    address,
    code_entities,
    escape,
    fold,
    one_line,
    paragraphs,
    purge,
    unlinked,
    wrap,
)
from .nodes import CELLS, LINE, Element, Node, Text, elements, is_block, text_of
from .raw import LIQUID, raw_address, without_liquid
from .reader import read

#: Columns; wider than any table one reads. A cell can claim 1000 (HTML §4.9.11).
MAX_COLUMNS = 100
LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|highlight-source|highlight-text|brush:)-?\s*([\w+#.-]+)")
#: An address that can stand between angle brackets as it is.
AUTOLINK = re.compile(r"https?://[^\s<>&{}]+")
#: kramdown looks for items and rules in a list before it looks for fences (list.rb).
NOT_IN_ITEM = re.compile(r"^( {0,3})([-*_+]|[0-9](?=[0-9]*\.))", re.M)
#: What a code span cannot hold in one of the readers: Liquid would run, a pipe would make a cell.
NOT_IN_SPAN = re.compile(r"[`|\\]|\]:|\{[{%]|\{$|^\s|\s$")
#: kramdown looks for code spans and pipes in a row before it undoes backslashes (table.rb).
ESCAPED_IN_CELL = re.compile(r"\\(.)")
#: A row of nothing else is a line between rows to kramdown (table.rb).
RULE_IN_CELL = re.compile(r"[-+=:][-+=: ]*")
CELL_ENTITIES = {"\\": "&#92;", "`": "&#96;", "|": "&#124;"}


def to_markdown(html: str) -> str:
    """Convert a cleaned body.

    Args:
        html: a fragment, links and images absolute; anything else does no harm.

    Returns:
        Markdown without blank lines at its ends; "" when there is no text.
    """
    return converted(html, CONVERTER)


def converted(html: str, converter: Converter) -> str:
    """Convert a cleaned body by a converter, of this dialect or another (`dialects`)."""
    root = read(html)
    shape(root)
    return str(converter.convert_soup(root))


class Converter(MarkdownConverter):
    """markdownify's walk, with our own words for each element.

    Inside a leaf the pieces carry the marks of `escape` instead of line breaks and emphasis.
    """

    #: What is written where stars would not be read as emphasis; of a cell's lines, what stands between them.
    tags: ClassVar[Mapping[str, str]] = TAGS
    line_break: ClassVar[str] = "<br>"
    has_html_tables: ClassVar[bool] = True  #: for lists in cells; else their bullets are text

    class Options:
        """Ours: all text is escaped, by `escape.escape`."""

        escape_misc = True
        heading_style = "atx"

    def process_tag(self, node: Element, parent_tags: set[str] | None = None) -> str:
        if node.name == "table":
            return self.table(node)
        if node.name == "pre":
            return fenced(node.contents, node.attrs["class"], in_item=node.find_parent("li") is not None)
        text = node.contents[0] if len(node.contents) == 1 else None
        if isinstance(text, Text) and not text.isspace():
            return self._told(node, text, parent_tags or set())
        return str(super().process_tag(node, parent_tags=parent_tags))  # type: ignore[misc]  # not in its stub

    def _told(self, node: Element, text: Text, parent_tags: set[str]) -> str:
        """Convert an element that holds one text, which has no neighbours to be kept apart from."""
        convert = self.get_conv_fn_cached(node.name)  # type: ignore[attr-defined]  # not in its stub
        said = self.process_text(text, parent_tags={*parent_tags, node.name})
        return str(convert(node, said, parent_tags=parent_tags)) if convert else said

    def process_text(self, el: Text, parent_tags: set[str] | None = None) -> str:
        text = escape(fold(str(el)))
        in_link = "a" in (parent_tags or ())
        return unlinked(text, glued=_is_glued(el)) if not in_link and _may_link(text) else text

    # ------------------------------------------------------------------ leaves

    def convert_p(self, el: Element, text: str, parent_tags: set[str]) -> str:
        return "\n\n" + "\n\n".join(paragraphs(text, self.tags)) + "\n\n"

    def convert_x_line(self, el: Element, text: str, parent_tags: set[str]) -> str:
        return "\n" + "\n\n".join(paragraphs(text, self.tags)) + "\n"

    def convert_hN(self, n: int, el: Element, text: str, parent_tags: set[str]) -> str:  # noqa: N802  markdownify's name
        line = one_line(text, " ", self.tags)
        trailing = re.search(r"#+$", line)  # would be taken for the closing sequence (CommonMark §4.2)
        line = line[: trailing.start()] + "\\#" * len(trailing.group()) if trailing else line
        return f"\n\n{'#' * n} {line}\n\n" if line else ""

    def convert_hr(self, el: Element, text: str, parent_tags: set[str]) -> str:
        return "\n\n* * *\n\n"  # never dashes: those begin front matter

    def convert_li(self, el: Element, text: str, parent_tags: set[str]) -> str:
        text = text.strip("\n")
        if not text:
            return ""
        ordered = el.parent is not None and el.parent.name == "ol"
        bullet = f"{el.attrs['value']}. " if ordered else "- "
        indent = "\n" + " " * len(bullet)
        return bullet + re.sub(r"\n(?=[^\n])", indent, text) + "\n"

    def convert_ul(self, el: Element, text: str, parent_tags: set[str]) -> str:
        before = el.previous_sibling
        numbered_on = el.name == "ol" and bool(el.contents) and elements(el)[0].attrs["value"] != "1"
        close = isinstance(before, Element) and before.name == LINE and not numbered_on  # CommonMark §5.3: only 1. may
        return ("\n" if close else "\n\n") + text.strip("\n") + "\n\n"

    convert_ol = convert_ul

    # ------------------------------------------------------------------ inside a line

    def convert_br(self, el: Element, text: str, parent_tags: set[str]) -> str:
        return BREAK

    def convert_b(self, el: Element, text: str, parent_tags: set[str]) -> str:
        return text if parent_tags & {"b", "strong"} else wrap(text, STRONG, STRONG_END)

    def convert_em(self, el: Element, text: str, parent_tags: set[str]) -> str:
        return text if parent_tags & {"i", "em"} else wrap(text, EM, EM_END)

    def convert_del(self, el: Element, text: str, parent_tags: set[str]) -> str:
        return wrap(text, "<del>", "</del>")  # CommonMark has no `~~`

    def convert_sub(self, el: Element, text: str, parent_tags: set[str]) -> str:
        return wrap(text, "<sub>", "</sub>")

    def convert_sup(self, el: Element, text: str, parent_tags: set[str]) -> str:
        return wrap(text, "<sup>", "</sup>")

    def convert_code(self, el: Element, text: str, parent_tags: set[str]) -> str:
        code = re.sub(r"\s+", " ", text_of(el))
        return (
            wrap(code, CODE, CODE)
            if not NOT_IN_SPAN.search(code.strip())
            else wrap(code_entities(code), "<code>", "</code>")
        )

    def convert_a(self, el: Element, text: str, parent_tags: set[str]) -> str:
        href = str(el.get("href") or "").strip()
        target = address(href)
        if not target or "a" in parent_tags:
            return text
        if text_of(el).strip() == href == target and AUTOLINK.fullmatch(href) and not elements(el):
            return f"<{href}>"
        return wrap(text, f"{LINK}[", f"]({target})")

    def convert_img(self, el: Element, text: str, parent_tags: set[str]) -> str:
        source = address(str(el.get("src") or ""), IMAGE_SCHEMES)
        alt = escape(" ".join(purge(str(el.get("alt") or "")).split()), keep="-.")  # no typography in an attribute
        alt = alt.replace("\\~", "&#126;")  # kramdown's link.rb knows no escaped tilde
        return f"![{alt}]({source})" if source else ""

    def convert_video(self, el: Element, text: str, parent_tags: set[str]) -> str:
        return text  # the extractor made a link of it

    convert_strong = convert_b
    convert_i = convert_em
    convert_s = convert_strike = convert_del
    convert_kbd = convert_samp = convert_tt = convert_code

    # ------------------------------------------------------------------ tables

    def convert_td(self, el: Element, text: str, parent_tags: set[str]) -> str:
        line = ESCAPED_IN_CELL.sub(
            lambda m: CELL_ENTITIES.get(m.group(1), m.group()), one_line(text, self.line_break, self.tags)
        )
        return f"\\{line}" if RULE_IN_CELL.fullmatch(line) else line

    convert_th = convert_td

    def table(self, table: Element) -> str:
        """Write a table of data; one without a header row gets an empty one, which GitHub wants.

        One of a header row only is none to kramdown (table.rb): that row goes below.
        """
        if self.has_html_tables and table.html:
            return f"\n\n{table.html}\n\n"
        grid = self.grid(table)
        columns = max((len(line) for _, line in grid), default=0)
        if not columns:
            return ""
        lines = [line for _, line in grid]
        head, *rest = lines if len(lines) > 1 and _is_head(grid[0][0]) else [[], *lines]
        return "\n\n" + "\n".join(_row(line, columns) for line in [head, ["---"] * columns, *rest]) + "\n\n"

    def grid(self, table: Element) -> list[tuple[Element, list[str]]]:
        """Lay out the cells' texts by row; a cell that reaches over others leaves those empty, empty rows go."""
        grid: list[tuple[Element, list[str]]] = []
        taken_until = [0] * MAX_COLUMNS  # by column: the row from which it is free
        for y, row in enumerate(elements(table, {"tr"})):
            line: list[str] = []
            for cell in elements(row, CELLS):
                while len(line) < MAX_COLUMNS and taken_until[len(line)] > y:
                    line.append("")
                width, height = _span(cell, "colspan"), _span(cell, "rowspan")
                taken_until[len(line) : len(line) + width] = [y + height] * len(
                    taken_until[len(line) : len(line) + width]
                )
                line += [self.process_tag(cell), *[""] * (width - 1)]
            if any(line):
                grid.append((row, line[:MAX_COLUMNS]))
        return grid


def fenced(pieces: list[Node], classes: str, *, in_item: bool) -> str:
    """Write a block of code with its language, or as HTML where a fence would not hold it.

    Args:
        pieces: texts, and links that hold one.
        classes: class names of the element and those about it.
        in_item: whether it stands in a list's item.
    """
    code = "".join(map(text_of, pieces)).strip("\n")
    found = LANGUAGE.search(classes)
    language = found.group(1) if found else ""
    if LIQUID.search(code) or (in_item and NOT_IN_ITEM.search(code)) or any(isinstance(p, Element) for p in pieces):
        start = f'<code class="language-{language}">' if language else "<code>"
        raw = "".join(_raw(piece, in_item=in_item) for piece in pieces).strip("\n")
        return f"\n\n<pre>{start}{raw}</code></pre>\n\n"
    longest = max((len(run) for run in re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"\n\n{fence}{language}\n{code}\n{fence}\n\n"


def _raw(piece: Node, *, in_item: bool) -> str:
    """Write code as the text of `<pre>`, which ends in all readers at `</pre>` only, not at a blank line.

    CommonMark §4.6, first kind of HTML block; kramdown's html.rb, raw content even where `markdown="1"` is about it.
    """
    code = without_liquid(escape_html(text_of(piece), quote=False))
    code = NOT_IN_ITEM.sub(lambda m: f"{m.group(1)}&#{ord(m.group(2))};", code) if in_item else code
    if isinstance(piece, Text):
        return code
    return f'<a href="{raw_address(piece.attrs["href"])}">{code}</a>'


def _may_link(text: str) -> bool:
    """Tell whether an address can be in a text that GitHub would link; a third of the work of a pattern."""
    return "://" in text or "www." in text.lower()


def _is_glued(text: Text) -> bool:
    """Tell whether markup and no blank follows a text in its line."""
    node: Node = text
    while node.next_sibling is None and node.parent is not None and not is_block(node.parent):
        node = node.parent
    after = node.next_sibling
    ends = after is None or is_block(after) or (isinstance(after, Element) and after.name == "br")
    return after is not None and not ends and not text_of(after)[:1].isspace()


def _is_head(row: Element) -> bool:
    return row.find_parent("thead") is not None or not elements(row, {"td"})


def _span(cell: Element, name: str) -> int:
    stated = cell.attrs.get(name, "")
    return max(1, min(int(stated), MAX_COLUMNS)) if re.fullmatch(r"\d{1,4}", stated) else 1


def _row(cells: list[str], columns: int) -> str:
    return f"| {' | '.join([*cells, *[''] * (columns - len(cells))])} |"


#: Holds its options and nothing of what it converts.
CONVERTER = Converter()
