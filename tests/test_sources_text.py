"""The small shapes of text that feeds are made of."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.plaintext import paragraphs
from crawler.sources.text import absolute_links, drop_illegal, fold, has_text, plain

ILLEGAL = [
    ("a\x00b\x1fc\ufffed", "abcd"),
    ("tab\tand\nbreak", "tab\tand\nbreak"),
    ("&#65;&#x41;&#10;&#128512;", "&#65;&#x41;&#10;&#128512;"),
    ("&#0;&#x0;&#31;&#xD800;&#xFFFF;&#1114112;&#" + "9" * 5000 + ";", ""),
    ("&#" + "0" * 5000 + "65;", "&#" + "0" * 5000 + "65;"),
    ("&#xZ; &amp; &;", "&#xZ; &amp; &;"),
]


@pytest.mark.parametrize(("text", "left"), ILLEGAL)
def test_drop_illegal(text: str, left: str) -> None:
    assert drop_illegal(text) == left


PLAIN = [
    ("1 < 2 & 3", None, "1 < 2 & 3"),
    ("<script>alert(1)</script", None, "<script>alert(1)</script"),
    ("a<br>b", None, "a b"),
    ("a <em>b</em>c&nbsp;d&#33;", None, "a bc d!"),
    ("<!-- x --><p>a</p><p>b", True, "a  b"),
    ("a<!-- never closed <b>", True, "a"),
    ("&lt;b&gt; &amp;amp;", True, "<b> &amp;"),
    ("<b>x</b> &amp;", False, "<b>x</b> &amp;"),
    ("\u3000a\u3000 b  \n c\u2028d\x07", False, "a\u3000 b c d"),
    ("half \ud83d of it \ud83d", False, "half  of it"),
    ("half &#xD83D; of it", True, "half \ufffd of it"),
]


@pytest.mark.parametrize(("text", "markup", "line"), PLAIN)
def test_plain(text: str, markup: bool | None, line: str) -> None:
    assert plain(text, markup=markup) == line


@settings(deadline=None, derandomize=True)
@given(st.text(st.characters(exclude_categories=()) | st.sampled_from("\ud83d\udc4d\n ")))
def test_fold_leaves_one_line_that_can_be_printed_and_is_idempotent(text: str) -> None:
    line = fold(text)
    line.encode()
    assert len(line.splitlines()) <= 1
    assert fold(line) == line


@pytest.mark.parametrize(
    ("markup", "answer"),
    [
        ("", False),
        ("<p> &nbsp;</p><!-- x -->", False),
        ("<p>x", True),
        ("<img src=x>", True),
        ("<iframe src=x>", True),
    ],
)
def test_has_text(markup: str, answer: bool) -> None:
    assert has_text(markup) is answer


BASE = "https://a.example/b/"
RESOLVED = [
    ("<p>nothing</p>", "<p>nothing</p>"),
    ('<a href="https://x.example/?a&b">x</a> 1 < 2', '<a href="https://x.example/?a&b">x</a> 1 < 2'),
    ('<a class=y href="c">x</a>', '<a class=y href="https://a.example/b/c">x</a>'),
    ("text <IMG SRC = '/c?d&amp;e'> tail", 'text <IMG SRC = "https://a.example/c?d&amp;e"> tail'),
    ("<video poster=p.jpg src=//x.example/v>", '<video poster="https://a.example/b/p.jpg" src="https://x.example/v">'),
    ('<a href="&#47;c">x</a>', '<a href="https://a.example/c">x</a>'),
    ("<a href='#n'>x</a><a href=''>y</a>", "<a href='#n'>x</a><a href=''>y</a>"),
    ("<a href='mailto:a@b'>x</a><img src=data:x>", "<a href='mailto:a@b'>x</a><img src=data:x>"),
    ("<a href='http://[x'>x</a><a href='c'>y</a>", "<a href='http://[x'>x</a><a href=\"https://a.example/b/c\">y</a>"),
    ("<!-- x --> write href=c", "<!-- x --> write href=c"),
    ("</body></html><body>kept", "</body></html><body>kept"),
]


@pytest.mark.parametrize(("markup", "resolved"), RESOLVED)
def test_absolute_links(markup: str, resolved: str) -> None:
    assert absolute_links(markup, BASE) == resolved


def test_hostile_text_takes_linear_time() -> None:
    started = time.process_time()
    for hostile in (
        "<!--" * 100_000,
        " " * 200_000 + "x",
        "<a" * 200_000,
        "&#" * 200_000,
        "\n " * 100_000,
        '<a href="' * 50_000,
    ):
        plain(hostile, markup=True)
        paragraphs(hostile)
        has_text(hostile)
        drop_illegal(hostile)
        absolute_links(hostile, BASE)
    assert time.process_time() - started < 5
