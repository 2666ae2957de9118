"""Markdown as its readers show it, and the words that one reads there."""

from __future__ import annotations

import re
from pathlib import Path

from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from crawler.writer.markdown import to_markdown

POSTS = Path(__file__).parent / "posts"
#: CommonMark with raw HTML, and GitHub's tables and strikethrough over it.
READERS = (
    MarkdownIt("commonmark", {"html": True}).enable("table"),
    MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]),
)
for reader in READERS:
    reader.validateLink = lambda url: True  # type: ignore[method-assign]  # kramdown lets every scheme through


BLOCK_NAMES = (
    *("p", "div", "section", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd"),
    *("pre", "figure", "figcaption", "table", "caption", "thead", "tbody", "tr", "td", "th"),
)


def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(f"<body>{html}</body>", "html.parser")


def words(html: str) -> list[str]:
    """Return the words; a block or a line break ends one."""
    tree = soup(re.sub(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufdd0-\ufdef\ufffe\uffff]+", "", html))
    for tag in tree.find_all(["br", "hr", *BLOCK_NAMES]):
        tag.insert_before(" ")
        tag.insert_after(" ")
    return tree.get_text().split()


def rendered(markdown: str) -> list[str]:
    """Render as it stands in a post."""
    return [reader.render(f'<div markdown="1">\n\n{markdown}\n\n</div>\n') for reader in READERS]


def assert_same_text(html: str) -> None:
    markdown = to_markdown(html)
    for page in rendered(markdown):
        assert words(page) == words(html)
    assert not re.search(r"\{[{%]|[\ufdd0-\ufdef]", markdown)
