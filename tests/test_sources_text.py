"""Encodings, and the small shapes of text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.sources.text import absolute_links, decode, drop_illegal, fold, has_text, paragraphs, plain

CHINESE = "公告：渡轮今日恢复通航，市民排队等候两小时"
RUSSIAN = "Паром снова ходит, и жители города стояли в очереди два часа подряд, чтобы попасть на него."

DECODED = [
    ("utf-8", b"\xef\xbb\xbf" + CHINESE.encode(), "text/xml; charset=gbk", CHINESE),
    ("mark of UTF-16", CHINESE.encode("utf-16"), "", CHINESE),
    ("mark of UTF-32", CHINESE.encode("utf-32"), "", CHINESE),
    ("UTF-16 without a mark", "<?xml?>x".encode("utf-16-be"), "", "<?xml?>x"),
    ("UTF-8 under a wrong label", CHINESE.encode(), "text/xml; charset=iso-8859-1", CHINESE),
    ("two letters that are valid UTF-8 by chance", "联通".encode("gbk"), "text/xml; charset=gbk", "联通"),
    ("gb2312 means gb18030", "喆镕囍".encode("gb18030"), 'text/xml; Charset="gb2312"', "喆镕囍"),
    ("latin-1 means windows-1252", b"\x93caf\xe9\x94", "text/xml; charset=ISO-8859-1", "“café”"),
    ("latin-1 where windows-1252 has a hole", b"caf\xe9\x81", "text/xml; charset=ISO-8859-1", "café\x81"),
    ("seven bits, by its label", "日本".encode("iso2022_jp"), "text/xml; charset=iso-2022-jp", "日本"),
    ("a label nobody knows", b"abc", "text/xml; charset=x-user", "abc"),
    ("a codec that is no charset", b"a\\u0041", "text/xml; charset=unicode_escape", "a\\u0041"),
    ("no text codec at all", b"abc", "text/xml; charset=hex", "abc"),
    ("declaration after a header that lies", "渡轮".encode("gbk"), "text/xml; charset=utf-8", "渡轮"),
    ("one cut character", ("渡轮" * 40).encode()[:-1], "text/xml", "渡轮" * 39 + "渡\ufffd"),
    ("no label", RUSSIAN.encode("cp1251"), "", RUSSIAN),
]


@pytest.mark.parametrize(("body", "header", "text"), [row[1:] for row in DECODED], ids=[row[0] for row in DECODED])
def test_decode(body: bytes, header: str, text: str) -> None:
    if text == "渡轮":
        head = '<?xml version="1.0" encoding="gbk"?>'
        body, text = head.encode() + body, head + text
    assert decode(body, header) == text


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.binary(max_size=60), st.sampled_from(["", "text/xml; charset=gbk", "text/xml; charset=utf-16"]))
def test_decode_never_raises(body: bytes, header: str) -> None:
    decode(body, header)


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
]


@pytest.mark.parametrize(("text", "markup", "line"), PLAIN)
def test_plain(text: str, markup: bool | None, line: str) -> None:
    assert plain(text, markup=markup) == line


@settings(deadline=None, derandomize=True)
@given(st.text())
def test_fold_leaves_one_line_and_is_idempotent(text: str) -> None:
    line = fold(text)
    assert len(line.splitlines()) <= 1
    assert fold(line) == line


PARAGRAPHS = [
    ("", ""),
    (" \n \n", ""),
    ('a & b < c "d"', '<p>a &amp; b &lt; c "d"</p>'),
    ("a\nb\r\n\r\nc\r \rd", "<p>a<br>b</p><p>c</p><p>d</p>"),
]


@pytest.mark.parametrize(("text", "markup"), PARAGRAPHS)
def test_paragraphs(text: str, markup: str) -> None:
    assert paragraphs(text) == markup


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
