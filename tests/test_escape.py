"""Text that stays text, addresses that stay addresses."""

from __future__ import annotations

from html import escape as html_escape

import pytest

from crawler.writer.escape import address
from crawler.writer.markdown import to_markdown
from tests.rendering import rendered, words

TEXTS = {
    "中国|大陆": "中国\\|大陆",
    "<script>alert(1)</script>": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "```": "\\`\\`\\`",
    "~~~": "\\~\\~\\~",
    "---": "-\\-\\-",
    "- - -": "\\- - \\-",
    "--help and -v": "-\\-help and -v",
    "a----b": "a-\\--\\-b",
    "<<x>> >> <<": "&lt;&lt;x&gt;&gt; &gt;&gt; &lt;&lt;",
    "go ./... (...) a...b .... f": "go ./..\\. (..\\.) a..\\.b ..\\.. f",
    "等等...... Well... yes.": "等等...... Well... yes.",
    "http://x.y/a--b~c 中 http://x.y/a-b": "http\\://x.y/a-\\-b\\~c 中 http://x.y/a-b",
    "看www.x.y/a--b": "看www\\.x.y/a-\\-b",
    "===": "\\===",
    "# x": "\\# x",
    "#话题#": "\\#话题#",
    "1. x": "1\\. x",
    "2021) x": "2021\\) x",
    "1.5 x": "1.5 x",
    "+ x": "\\+ x",
    "+1": "+1",
    "-5度": "-5度",
    "* toc": "\\* toc",
    "> x": "&gt; x",
    "[a](b)": "\\[a\\](b)",
    "<https://x>": "&lt;https\\://x&gt;",
    "{:.class}": "&#123;:.class}",
    "{::options /}": "&#123;::options /}",
    "{{ a }} {% b %} {c}": "&#123;{ a }} &#123;% b %} {c}",
    "[^1]: note": "\\[^1\\]: note",
    "*[abbr]: x": "\\*\\[abbr\\]: x",
    "[ref]: https://x": "\\[ref\\]: https://x",
    "$$x$$ and $5": "\\$\\$x\\$\\$ and $5",
    ": definition": "\\: definition",
    "^": "&#94;",
    "\xa0^\xa0": "&#94;",
    "5~10": "5\\~10",
    "a_b _c_ 1_000": "a_b \\_c\\_ 1\\_000",
    "AT&T &amp; &copy": "AT&T &amp;amp; &amp;copy",
    "a\\b\\": "a\\\\b&#92;",
    "--:": "-\\-:",
    "</div>": "&lt;/div&gt;",
    "a\x00\x1b\u2028b\x0bc\ufeff\ufdd0": "a b c",
}


@pytest.mark.parametrize(("text", "want"), TEXTS.items())
def test_text_that_looks_like_markup_stays_text(text: str, want: str) -> None:
    html = f"<p>{html_escape(text)}</p>"
    assert to_markdown(html) == want
    for page in rendered(want):
        assert words(page) == words(html)


TYPOGRAPHY = {
    "heading": ("<h2>a--b</h2>", "## a-\\-b"),
    "cell": ("<table><tr><td>--a</td><td>...</td></tr></table>", "|  |  |\n| --- | --- |\n| -\\-a | ..\\. |"),
    "link": ("<a href='http://e.org/a--b'>http://x.y/c--d</a>", "[http://x.y/c-\\-d](http://e.org/a--b)"),
    "link to itself": ("<a href='http://e.org/a--b'>http://e.org/a--b</a>", "<http://e.org/a--b>"),
    "between elements": ("<span>-</span>-<wbr>-<u>--</u>", "\\--\\--\\-"),
    "address before markup": (
        "http://e.org/<b>a</b> <i>http://e.org</i>。<i>http://e.org</i> http://e.org<br>http://e.org",
        "http\\://e.org/**a** *http\\://e.org*。*http://e.org* http://e.org  \nhttp://e.org",
    ),
    "address with a place to break": ("http://e.org/<wbr>a--b", "http\\://e.org/a-\\-b"),
    "picture": ("<img src=x alt='--a ...'>", "![--a ...](x)"),
}


@pytest.mark.parametrize(("html", "want"), TYPOGRAPHY.values(), ids=TYPOGRAPHY)
def test_no_dash_is_made_of_two(html: str, want: str) -> None:
    assert to_markdown(html) == want


def test_marks_of_ours_cannot_come_in_by_reference() -> None:
    assert to_markdown("<p>a&#xfdd2;b&#xfdd0;c</p><img src='x&#xfdd1;' alt='&#xfdd1;'>") == "abc\n\n![](x)"


ADDRESSES = {
    "https://e.org/a?b=c&d=e#f": "https://e.org/a?b=c&d=e#f",
    ' https://e.org/a b\n(c)[d]{e}|`^"<f>\\ ': "https://e.org/a%20b%28c%29%5Bd%5D%7Be%7D%7C%60%5E%22%3Cf%3E%5C",
    "https://e.org/新\u3000闻\u202e": "https://e.org/新%E3%80%80闻%E2%80%AE",
    "http://[::1]:80/[a]": "http://[::1]:80/%5Ba%5D",
    "/relative?a=b:c": "/relative?a=b:c",
    "mailto:a@e.org": "mailto:a@e.org",
    "java\tscript:alert(1)": "",
    "JavaScript:alert(1)": "",
    "javascript&colon;alert(1)": "javascript&amp;colon;alert%281%29",
    "data:text/html,x": "",
    "": "",
}


@pytest.mark.parametrize(("url", "want"), ADDRESSES.items())
def test_an_address_ends_where_it_should(url: str, want: str) -> None:
    assert address(url) == want
