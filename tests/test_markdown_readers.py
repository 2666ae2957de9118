"""Bodies → Markdown that reads the same everywhere; checked by rendering it with markdown-it and kramdown."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape as html_escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.writer.markdown import to_markdown
from tests.rendering import POSTS, READERS, assert_same_text, rendered, soup, words
from tests.test_escape import TEXTS, TYPOGRAPHY
from tests.test_markdown import BLOCKS, CODE, INLINE, LISTS, TABLES

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"


def test_depth_and_length_have_bounds() -> None:
    deep = "<div><b>" * 400 + "a<img src=x>" + "</b></div>" * 400
    assert to_markdown(deep).replace("*", "") == "a![](x)"
    wide = "<table>" + "<tr>" + "<td colspan=999 rowspan=999>a</td><td>b</td>" + "</tr>" + "</table>"
    assert to_markdown(wide).count("|") == 3 * 101
    tall = "<table>" + "<tr><td rowspan=999 colspan=99>a</td><td>b</td><td>c</td></tr>" * 5 + "</table>"
    assert to_markdown(tall).count("\n") == 6
    assert len(to_markdown("<p>a" + " \u3000" * 50_000 + "b</p>")) == 100_002


ATOMS = [
    *("*", "_", "**", "__", "`", "```", "~~~", "~", "#", "##", "1.", "1)", "--", "---", "-", "+", "=", "===", ">", "<"),
    *(
        "&",
        "&amp;",
        "&#42;",
        "|",
        "||",
        "|-|",
        "[",
        "]",
        "(",
        ")",
        "!",
        "![",
        "](",
        "[^1]",
        "[^1]:",
        "*[a]:",
        "{{",
        "}}",
    ),
    *("{%", "%}", "{:.c}", "{::comment}", "$", "$$", "\\", "\\\\", ":", "^", "a", "b1", "中文", "“", "”", "，", "😀"),
    *("x_y", "http://a.b/c_d?e=1&f=2", "<script>", "</div>", "<!--", "-->", "<?php", "é", "...", "'", '"', " ", "\n"),
    *("\u3000", "\xa0", "\t", "- ", "+ ", "# "),
]
NASTY_TEXT = st.lists(st.sampled_from(ATOMS) | st.text(max_size=3), min_size=1, max_size=5).map("".join)
INLINE_TAGS = st.sampled_from(["b", "i", "strong", "em", "a href='http://e.org/(*'", "code", "span", "sub", "del", "u"])
BLOCK_TAGS = st.sampled_from(
    ["p", "div", "blockquote", "h2", "ul", "ol start=7", "li", "pre", "figure", "dl", "dd", "section"]
)


def _enclosed(tags: st.SearchStrategy[str], inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(tags, inner).map(lambda pair: f"<{pair[0]}>{pair[1]}</{pair[0].split()[0]}>")


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(inner, min_size=1, max_size=3).map("".join)


LEAF = NASTY_TEXT.map(
    lambda text: html_escape(re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", "", text))
) | st.just("<br>")
HTML = st.recursive(LEAF, lambda inner: _enclosed(INLINE_TAGS | BLOCK_TAGS, _joined(inner)), max_leaves=12)


@given(NASTY_TEXT | st.lists(st.sampled_from(["-", "--", "<", ">", "a", " ", "\\"]), max_size=9).map("".join))
@settings(deadline=None, derandomize=True, max_examples=500)
def test_no_text_becomes_markup(text: str) -> None:
    markdown = to_markdown(f"<p>{html_escape(text)}</p>")
    assert not re.search(r"--|<<|>>", re.sub(r"\\.", "x", markdown))
    for page in rendered(markdown):
        assert {tag.name for tag in soup(page).find_all(True)} <= {"body", "div", "p"}


@given(_joined(HTML))
@settings(deadline=None, derandomize=True, max_examples=500)
def test_the_text_of_the_page_is_the_text_of_the_body(html: str) -> None:
    assert_same_text(html)


@given(_joined(LEAF | _enclosed(INLINE_TAGS, LEAF)), _joined(HTML), _joined(HTML))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_the_text_of_a_table_with_a_list_is_its_text(heading: str, first: str, other: str) -> None:
    inner = f"<tr><th>{heading}</th></tr><tr><td><ul><li>a{first}</li><li>b{other}</li></ul></td></tr>"
    assert_same_text(f"<p>a</p><table>{inner}</table><p>b</p>")


#: kramdown as Jekyll sets it (jekyll/configuration.rb).
KRAMDOWN = """
require "json"; require "kramdown"; require "kramdown-parser-gfm"
options = {input: "GFM", hard_wrap: false, smart_quotes: "lsquo,rsquo,ldquo,rdquo", syntax_highlighter: nil}
puts JSON.generate(JSON.parse($stdin.read).map { |text| Kramdown::Document.new(text, options).to_html })
"""
QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "…": "..."})


def test_kramdown_reads_the_same() -> None:
    cases = [html for group in (BLOCKS, LISTS, CODE, INLINE, TABLES, TYPOGRAPHY) for html, _ in group.values()]
    cases += [f"<p>{html_escape(text)}</p>" for text in TEXTS]
    cases.append((POSTS / "everything.html").read_text(encoding="utf-8"))
    posts = [f'<div markdown="1">\n\n{to_markdown(html)}\n\n</div>\n' for html in cases]
    ruby = shutil.which("ruby") or "no-ruby"
    try:
        done = subprocess.run(
            [ruby, "-e", KRAMDOWN], input=json.dumps(posts), capture_output=True, text=True, check=True
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("kramdown with its GFM parser is not installed")
    for markdown, page in zip(posts, json.loads(done.stdout), strict=True):
        want = READERS[0].render(markdown)
        assert [word.translate(QUOTES) for word in words(page)] == [word.translate(QUOTES) for word in words(want)]
        for name in ("table", "th", "td", "li", "pre", "code", "a", "img", "h2", "strong", "em", "del", "sup"):
            assert len(soup(page).find_all(name)) == len(soup(want).find_all(name)), (name, markdown)


def test_real_bodies_keep_their_text() -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real posts is not beside this project")
    for item in json.loads((CORPUS / "nasty.json").read_text(encoding="utf-8")):
        assert_same_text(f"<p>{html_escape(item['title'])}</p>{html_escape(item['body'])}")
    for path in sorted((CORPUS / "predecessor").glob("联合早报/*.md"))[:60]:
        assert_same_text(path.read_text(encoding="utf-8").split("<div>\n")[1].removesuffix("\n</div>\n"))
