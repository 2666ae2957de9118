"""A post → what a browser may show of it: HTML of an allow-list, whoever wrote the file.

Pure. What comes out has no script, no style, no form, no frame; links lead to the web, or to files of the archive.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

import nh3

from ..archive import facts
from ..writer.adopted import is_html, read_adopted
from ..writer.earlier import read_post

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

#: Characters of a body that is rendered, and brackets in it, as each may have the parser read to the end; of one that
#: has more the beginning, as it stands. The longest posts have 200,000 characters.
MOST_RENDERED, MOST_BRACKETS = 1_000_000, 5_000
#: Characters shown of one that is longer.
MOST_SHOWN = 200_000
#: Elements of text, lists, tables and pictures.
NAMES = """
    a abbr b blockquote br caption cite code col colgroup dd del dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr
    i img ins kbd li mark ol p pre q rp rt ruby s samp small strong sub sup table tbody td tfoot th thead tr u ul var
"""
TAGS = frozenset(NAMES.split())
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start", "reversed"},
    "*": {"lang"},
}
SCHEMES = {"http", "https", "mailto", "tel"}
#: Elements whose content is no text of the article.
EMPTIED = {"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title"}
HEADING = re.compile(r"<(/?)h([1-6])\b")
IMAGE = re.compile(r"<img\b[^<>]*>")
SRC, ALT = (re.compile(rf'\b{name}="([^"]*)"') for name in ("src", "alt"))
#: What browsers show as a picture, by the end of its name.
PICTURES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A post as people read it."""

    title: str
    author: str
    url: str  #: of the article, http(s) or ""
    published: datetime | None
    names: tuple[str, ...]  #: its categories and tags, each once
    body: str  #: as it stands in the file
    is_html: bool  #: whether that is HTML and no Markdown


def read(data: bytes) -> Reading | None:
    """Read a post; None for a file that is none."""
    known, post = facts(data), read_adopted(data)
    if known is None or post is None:
        return None
    ours = None if post.author else read_post(data)
    return Reading(
        title=known.title or post.title,
        author=ours.author if ours else post.author,  # Hugo's stands deeper in the head
        url=web(known.url),
        published=known.published,
        names=tuple(dict.fromkeys(known.names)),
        body=post.body,
        is_html=is_html(data, post),
    )


def web(url: str) -> str:
    """Return an address that may be a link; "" for any other."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme.lower() in ("http", "https") and parts.netloc else ""


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def as_html(reading: Reading, path: str, *, images: bool, files: str = "/file/") -> str:
    """Return the body of a post as HTML that is safe in any page.

    Args:
        reading: the post.
        path: of it in the archive: links to files beside it start there.
        images: whether pictures of other sites are shown; else each becomes a link to it. Those of the archive are.
        files: the address under which files of the archive are found.
    """
    if len(reading.body) > MOST_RENDERED or (not reading.is_html and reading.body.count("[") > MOST_BRACKETS):
        return f"<pre>{nh3.clean_text(reading.body[:MOST_SHOWN])} …</pre>"
    html = reading.body if reading.is_html else _markdown().render(reading.body)
    return _shown(_cleaned(html, _linked(path, files)), images=images, files=files)


def _cleaned(html: str, linked: Callable[[str, str, str], str | None]) -> str:
    html = nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags=EMPTIED,
        attributes=ATTRIBUTES,
        attribute_filter=linked,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
    )
    return _levelled(html)


def _linked(path: str, files: str) -> Callable[[str, str, str], str | None]:
    """Return a filter of attributes by which relative addresses lead to files of the archive, or nowhere."""

    def filtered(element: str, name: str, value: str) -> str | None:
        if name not in ("href", "src"):
            return value
        try:
            parts = urlsplit(value.strip())
        except ValueError:
            return None
        if parts.scheme:
            return value
        if parts.netloc or not parts.path or not files:
            return None
        place = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), unquote(parts.path)))
        return files + quote(place.lstrip("/")) if picture(place) else None

    return filtered


def picture(path: str) -> str:
    """Return the media type of a picture by its name; "" for what is none."""
    return PICTURES.get(posixpath.splitext(path)[1].lower(), "")


def _levelled(html: str) -> str:
    """Let headings begin below the page's own, and none skip a level on the way down."""
    open_levels: list[int] = []

    def level(found: re.Match[str]) -> str:
        if not found[1]:
            said = int(found[2])
            while open_levels and open_levels[-1] >= said:
                open_levels.pop()
            open_levels.append(said)
        return f"<{found[1]}h{min(len(open_levels) + 1, 6)}"

    return HEADING.sub(level, html)


def _shown(html: str, *, images: bool, files: str) -> str:
    """Give each picture what a page wants of it, or a link in its place."""

    def one(found: re.Match[str]) -> str:
        src, alt = SRC.search(found[0]), ALT.search(found[0])
        if src is None:
            return ""
        name = (alt[1] if alt else "").strip()
        if images or (files and src[1].startswith(files)):
            return f'<img src="{src[1]}" alt="{name}" loading="lazy">'
        return f'<a class="picture" href="{src[1]}" rel="noopener noreferrer">Picture{name and f": {name}"}</a>'

    return _unnested(IMAGE.sub(one, html))


#: A link about a picture that became a link: the outer one goes, since links do not nest.
NESTED = re.compile(
    r'<a href="[^"]*"(?: title="[^"]*")?(?: rel="[^"]*")?>\s*(<a class="picture"[^<>]*>[^<>]*</a>)\s*</a>'
)


def _unnested(html: str) -> str:
    return NESTED.sub(r"\1", html)
