"""The file of a post, to the byte (SPEC §4): front matter, comment, link line, body in its envelope; other layouts.

Pure. Text of the article never becomes structure: no key of the front matter, no tag, no Liquid. What the cleaned
body may contain is the extractor's business; that it is one balanced piece of HTML is taken for granted here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ..model import Article, Source
from ..moments import EPOCH
from .dialects import to_hugo, to_obsidian
from .escape import address, escape, purge
from .extras import extras
from .labels import categories, tags
from .markdown import to_markdown
from .raw import without_liquid
from .scalars import SURROGATE, extra, plainly, quoted, scalar, sequence, timestamp

__all__ = ["FORMATS", "link_line", "quoted", "render", "scalar", "sequence", "timestamp"]

#: Line ends of any kind with the controls about them; blanks of a title stay as they are.
LINE_END = re.compile("[\x00-\x20\x7f-\x9f]*[\x00-\x1f\x7f-\x9f\u2028\u2029][\x00-\x20\x7f-\x9f]*")
#: Of Obsidian's tags (its help, "Tags"); letters of all scripts and their marks, and emoji, are allowed.
NOT_IN_TAG = re.compile(r"[\x00-,.:-@\[-^`{-\xa9\s\u2000-\u206f\u3000-\u303f\uff00-\uff0f\uff1a-\uff20]+")
NOT_A_DIGIT = re.compile(r"[^\d]")
PRE = re.compile(r"(<pre\b[^>]*>.*?</pre\s*>)", re.S | re.I)


def render(article: Article, source: Source) -> bytes:
    """Return the bytes of a post, in the source's format: UTF-8, LF, no BOM."""
    return SURROGATE.sub("\ufffd", FORMATS[source.format](article, source)).encode("utf-8")


def jekyll(article: Article, source: Source) -> str:
    """Lay out a post for Jekyll, in the predecessor's form."""
    stated_ms = (article.stated - EPOCH) // timedelta(milliseconds=1)
    lines = [
        "---",
        "layout: post",
        f"title: {quoted(article.title)}",
        f"date: {timestamp(article.published)}",
        f"author: {scalar(article.author)}",
        f"from: {scalar(article.url)}",
        f"tags: {sequence(tags(article, source))}",
        f"categories: {sequence(categories(article, source))}",
        *(f"{name}: {extra(value)}" for name, value in extras(article, source).items()),
        "---",
        f"<!--{stated_ms}-->",
        link_line(article.title, article.url),
        "------",
        "",
        *(html_body(article.html) if source.body == "html" else markdown_body(article.html)),
        "",
    ]
    return "\n".join(lines)


def hugo(article: Article, source: Source) -> str:
    """Lay out a page for Hugo: its own keys at the top, ours below `params`, where it wants those it does not know."""
    own = extras(article, source)
    own.pop("updated", None)  # which is Hugo's `lastmod`
    described = own.pop("description", "")
    head = [
        "---",
        f"title: {plainly(article.title)}",
        f"date: {timestamp(article.published)}",
        *([f"lastmod: {timestamp(article.updated)}"] if article.updated else []),
        *([f"description: {extra(described, plainly)}"] if described else []),
        f"tags: {sequence(tags(article, source), plainly)}",
        f"categories: {sequence(categories(article, source), plainly)}",
        "params:",
        f"  from: {scalar(article.url, plainly)}",
        f"  author: {scalar(article.author, plainly)}",
        *(f"  {name}: {extra(value, plainly)}" for name, value in own.items()),
    ]
    return "\n".join([*head, "---", "", to_hugo(article.html), ""])


def obsidian(article: Article, source: Source) -> str:
    """Lay out a note for Obsidian: flat properties of its types, and the text as it is."""
    head = [
        "---",
        f"title: {plainly(article.title)}",
        f"aliases: {sequence((article.title,), plainly)}",
        f"date: {local(article.published)}",
        f"author: {scalar(article.author, plainly)}",
        f"from: {scalar(article.url, plainly)}",
        f"tags: {sequence(tuple(filter(None, map(as_tag, tags(article, source)))))}",
        f"categories: {sequence(categories(article, source), plainly)}",
        *(
            f"{name}: {local(value) if isinstance(value, datetime) else extra(value, plainly)}"
            for name, value in extras(article, source).items()
        ),
    ]
    return "\n".join([*head, "---", "", to_obsidian(article.html), ""])


def local(moment: datetime) -> str:
    """Write a time as Obsidian's property of that type: to the second, without a zone, which it knows none of; UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


def as_tag(label: str) -> str:
    """Write a label as a tag of Obsidian: letters, digits, `_`, `-`, `/`, and not digits alone; "" for no such."""
    tag = NOT_IN_TAG.sub("-", label).strip("-/")
    return f"{tag}_" if tag and not NOT_A_DIGIT.search(tag) else tag


def by_template(article: Article, source: Source) -> str:
    """Lay out a post by the user's own template."""
    from .template import fill  # jinja2 is an extra

    return fill(article, source)


def link_line(title: str, url: str) -> str:
    """Write `[TITLE](URL)`, on one line, the title as it reads.

    A pipe stays as it is: neither the comment line above (kramdown) nor the line of dashes below (one column, GFM)
    lets it become a table, and the predecessor wrote it so; only after a backslash it would count as none (GFM).
    Dashes and dots stay as well: that kramdown sets `--` as a dash falsifies no title.
    A bracket with a colon would define a link (kramdown's link.rb does not see that the bracket is escaped).
    """
    text = escape(LINE_END.sub(" ", title).strip(), keep="|-.").replace("]:", "]\\:").replace("\\|", "\\&#124;")
    return f"[{text or escape(url, keep='|-.')}]({address(url)})"


def html_body(html: str) -> list[str]:
    """Put cleaned HTML on one line; a line end becomes a blank, or `&#10;` where it means one."""
    parts = PRE.split(purge(SURROGATE.sub("\ufffd", html)))
    parts[::2] = (re.sub(r"[ \t]*[\r\n\f\u2028\u2029][ \t\r\n\f\u2028\u2029]*", " ", part) for part in parts[::2])
    parts[1::2] = (re.sub(r"\r\n?|\n", "&#10;", part) for part in parts[1::2])
    return ["<div>", without_liquid("".join(parts).strip(" ")), "</div>"]


def markdown_body(html: str) -> list[str]:
    """Put Markdown into an envelope that kramdown, GitHub and CommonMark all read."""
    return ['<div markdown="1">', "", to_markdown(html), "", "</div>"]


#: Layouts by the name that `format:` gives in the configuration.
FORMATS: dict[str, Callable[[Article, Source], str]] = {
    "jekyll": jekyll,
    "hugo": hugo,
    "obsidian": obsidian,
    "template": by_template,
}
