"""A post's bytes → what a reader sees."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from crawler.search.texts import readable, text_of
from crawler.writer.markdown import to_markdown

POSTS = Path(__file__).parent / "posts"
HEAD = '---\nlayout: post\ntitle: "T"\nfrom: https://a.example/1\n---\n<!--1-->\n[T](https://a.example/1)\n------\n\n'


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>中<b>国</b>人</p><p>香港</p>", "中国人\n香港"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<td>1</td><td>2</td>", "1\n2"),
        ('<img alt="<i>x</i> > y" src=z>seen', "seen"),
        ("<a href='x\">'>link</a> 1 < 2 > 0", "link 1 < 2 > 0"),
        ('<a href="broken>text</a>', "text"),
        ("<script>if (a<b) {}</script>x<!-- <p>no</p> -->y<style>p{}</style>", "x y"),
        ("<script>open", "open"),
        ("&lt;b&gt; &amp;amp; &nbsp; x", "<b> &amp; x"),
        ("2 * 3 * 4 [a](b)", "2 * 3 * 4 [a](b)"),
        ("<custom-tag>x</custom-tag>", "x"),
    ],
)
def test_html(body: str, text: str) -> None:
    assert readable(body, is_html=True) == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("**中**国 *香*港 `北`京", "中国 香港 北京"),
        ("snake_case _em_ __strong__ a_", "snake_case em strong a"),
        (r"1\. \*not\* \_em\_ a\\b c\d", r"1. *not* _em_ a\b c\d"),
        ('[text](https://a.example/x "t") ![alt](b.jpg) [![alt](c)](d)', "text"),
        ("[a\\]b](<https://x y>)", "a]b"),
        (r"\[no link\](x)", "[no link](x)"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("# Head\n> > quoted\n- item\n  + deep\n* * *\n-5 degrees", "Head\nquoted\nitem\ndeep\n-5 degrees"),
        ("| a | b |\n| --- | :-: |\n| c \\| d | e |", "a b\nc | d e"),
        ("```python\nx = 1\n```\n~~~\ny\n~~~", "x = 1\ny"),
        ("H<sub>2</sub>O&#124;x", "H2O|x"),
    ],
)
def test_markdown(body: str, text: str) -> None:
    assert readable(body, is_html=False) == text


def test_a_table_that_is_html_in_markdown() -> None:
    cells = ("see [1](Smith 2001) a*b*c 2*3", "__init__ _x_ C:\\*dir a|b `c` ![d](e) x_y", "***")
    rows = "".join(f"<tr><td>{cell}</td></tr>" for cell in cells)
    html = f"<table>{rows}<tr><td><ul><li>f</li><li>g</li></ul></td></tr></table>"
    assert readable(to_markdown(html), is_html=False).split("\n") == [*cells, "f", "g"]


def test_posts_of_every_form() -> None:
    assert text_of(f"{HEAD}<div>\n<p>a*b*</p>\n</div>\n".encode()) == "a*b*"
    assert text_of(f'{HEAD}<div markdown="1">\n\na*b*\n\n</div>\n'.encode()) == "ab"
    assert text_of(b"---\nfrom: x\n---\nPlain **text**\n") == "Plain text"
    assert text_of(b"no front *matter*") == "no front matter"
    assert text_of(b"---\r\nfrom: x\r\n---\r\n<div>\r\n<p>\xff</p></div>") == "\ufffd"


def test_our_own_posts_read_as_their_pages() -> None:
    text = text_of((POSTS / "jekyll-markdown.md").read_bytes())
    assert "](" not in text
    assert "<" not in text.replace("<script>", "").replace("</script>", "")


HOSTILE = (
    '<a b="', "<a b='\"", "<a =", "<", "[", "![", "[a](", "[a](<", "![a](", "\\", "\\[", "_", "a_", "`", "<!--", "<script>",
    "<script></script ", "- ", "|", "*", "-", "> ", "=\"'", "&nbsp;", "\n ", "~~~", "-- ", "| -", "&", " ", '<a="',
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("is_html", [True, False])
def test_is_linear_in_anything(piece: str, is_html: bool) -> None:
    begun = time.process_time()
    for end in ("", "x", "\n"):
        readable(piece * (200_000 // len(piece)) + end, is_html=is_html)
    assert time.process_time() - begun < 5  # it takes a tenth of a second; were it quadratic, minutes
