"""Bodies → Markdown that reads the same everywhere; checked by rendering it with markdown-it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape as html_escape
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from crawler.writer.escape import address
from crawler.writer.markdown import to_markdown

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
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


def test_a_body_of_everything_equals_its_golden_file() -> None:
    html = (POSTS / "everything.html").read_text(encoding="utf-8")
    assert to_markdown(html) + "\n" == (POSTS / "everything.md").read_text(encoding="utf-8")
    assert_same_text(html)


BLOCKS = {
    "paragraphs": ("<p>a</p><p>b\n c</p>", "a\n\nb c"),
    "text beside blocks": ("a<p>b</p>c <b>d</b><div>e</div>", "a\n\nb\n\nc **d**\n\ne"),
    "indents are dropped": ("<p>　　中文</p><p>\xa0 \xa0 \xa0 b</p>", "中文\n\nb"),
    "breaks": ("<p><br>a<br>b<br/>　　c<br></p>", "a  \nb  \nc"),
    "two breaks are a paragraph": ("<p>a<br> <br>b</p>", "a\n\nb"),
    "headings": (
        "<h1>a</h1><h2>b<br>c</h2><h3># d #</h3><h6><p>e</p></h6><h4> </h4>",
        "# a\n\n## b c\n\n### # d \\#\n\n###### e",
    ),
    "rule": ("a<hr>b", "a\n\n* * *\n\nb"),
    "quote": ("<blockquote>a<p>b</p></blockquote>c", "> a\n>\n> b\n\nc"),
    "empty blocks": ("<p> </p><div><br></div><ul></ul><p><img></p><pre>\n</pre><blockquote></blockquote>", ""),
    "empty": ("", ""),
    "an address alone": ("https://e.org/", "https://e.org/"),
    "scripts, comments, declarations": (
        "<!DOCTYPE html><!--a--><?b?><script>c</script><style>d</style>e<![CDATA[f]]>",
        "e",
    ),
    "paragraph with a block": ("<p>a<div>b</div>c</p>", "a\n\nb\n\nc"),
    "an empty block between": ("<b>a<span><p> </p>b</span></b>", "**a**\n\n**b**"),
    "a formula": (
        "<p>a <math><semantics><mi>x</mi><mo>=</mo><mn>1</mn><annotation>x=1</annotation></semantics></math> b</p>",
        "a x=1 b",
    ),
    "a formula alone": ("<math>x=1</math>", "x=1"),
    "unknown elements": ("<x-y>a <z>b</z></x-y>", "a b"),
}
LISTS = {
    "nested": ("<ul><li>a<ul><li>b<ol><li>c</li></ol></li></ul></li><li>d</li></ul>", "- a\n  - b\n    1. c\n- d"),
    "numbers": ("<ol start=9><li>a</li><li>b<p>c</p></li></ol>", "9. a\n10. b\n\n    c"),
    "a number that is none": ("<ol start=-1><li>a</li></ol>", "1. a"),
    "loose": ("<ul><li><p>a</p><p>b</p></li><li>c</li></ul>", "- a\n\n  b\n- c"),
    "text after": ("<ul><li>a<ul><li>b</li></ul>c</li></ul>", "- a\n\n  - b\n\n  c"),
    "not from one": ("<ul><li>a<ol start=3><li>b</li></ol></li></ul>", "- a\n\n  3. b"),
    "in a list directly": ("<ul>x<li>a</li><ul><li>b</li></ul><li> </li></ul>", "- x\n- a\n  - b"),
    "first in an item": ("<ul><li><ol><li>a</li></ol></li><li>b</li></ul>", "- a\n- b"),
    "no rule": ("<ul><li>a<hr>b</li></ul>", "- a  \n  b"),
    "an item alone": ("<li>a</li><dd>b</dd><div>c</div>", "a\n\nb\n\nc"),
    "two kinds": ("<ul><li>a</li></ul><ol><li>b</li></ol>", "- a\n\n1. b"),
    "terms": (
        "<dl><dt>a<dfn>b</dfn></dt><dd>c</dd><dd><p>d</p></dd><div><dt>e</dt><dd>f</dd></div></dl>",
        "- **ab**\n\n  c\n\n  d\n- **e**\n\n  f",
    ),
    "a definition without a term": ("<dl><dd>a</dd></dl>", "- a"),
}
CODE = {
    "fence": ("<pre>\na *b*\n\n  c </pre>", "```\na *b*\n\n  c \n```"),
    "language": ('<pre class="x"><code class="language-c++">a</code></pre>', "```c++\na\n```"),
    "language of the editor": ('<div class="highlight highlight-source-shell"><pre>a</pre></div>', "```shell\na\n```"),
    "language, short": ('<pre class="lang-py">a</pre>', "```py\na\n```"),
    "longer fence": ("<pre>````\na</pre>", "`````\n````\na\n`````"),
    "lines of a highlighter": ("<pre><div>a</div><div>b</div>c<br>d</pre>", "```\na\nb\nc\nd\n```"),
    "Liquid": (
        '<pre class="language-x">{{ a }}\n</pre>',
        '<pre><code class="language-x">&#123;{ a }}</code></pre>',
    ),
    "Liquid, legible": (
        "<pre>if (a[0] &lt; b &amp;&amp; c) {\n\n    *d* = '{{{% e %}';\n</pre><p>f</p>",
        "<pre><code>if (a[0] &lt; b &amp;&amp; c) {\n\n    *d* = '&#123;&#123;&#123;% e %}';</code></pre>\n\nf",
    ),
    "Liquid in an item": (
        "<ul><li>a<pre>- {% b %}\n\n12. c\n1 d</pre></li></ul>",
        "- a\n\n  <pre><code>&#45; &#123;% b %}\n\n  &#49;2. c\n  1 d</code></pre>",
    ),
    "Liquid in a quote": (
        "<blockquote><pre>{{ a }}\n\nb</pre></blockquote>",
        "> <pre><code>&#123;{ a }}\n>\n> b</code></pre>",
    ),
    "line ends of old": ("<ul><li><pre>a&#13;b&#13;\nc</pre></li></ul>", "- ```\n  a\n  b\n  c\n  ```"),
    "xmp, its tags escaped": ("a<XMP x>&lt;b&gt;\n&amp;</XMP>", "a\n\n```\n<b>\n&\n```"),
    "xmp, its tags bare": ("<xmp><b>a</b></p></xmp>b", "```\n<b>a</b></p>\n```\n\nb"),
    "xmp after an end of one": ("</xmp>a<xmp><b></xmp>", "a\n\n```\n<b>\n```"),
    "xmp that never ends": ("<p>a</p><xmp><b>b</b>", "a\n\n**b**"),
    "in an item": ("<ul><li><pre>a + b\n1</pre></li></ul>", "- ```\n  a + b\n  1\n  ```"),
    "a list in an item": ("<ul><li><div><pre>+ a\nb</pre></div></li></ul>", "- <pre><code>&#43; a\n  b</code></pre>"),
    "span": ("<p>a <code>b*c  d\ne</code> <kbd>f</kbd><samp>g</samp></p>", "a `b*c d e` `fg`"),
    "span for a tag": (
        "<code>a`b</code> <code>{%c</code> <code>d|e</code> <code>{</code>",
        "<code>a&#96;b</code> <code>&#123;%c</code> <code>d&#124;e</code> <code>&#123;</code>",
    ),
    "span, legible": (
        "<code>f(a, b)[0] --c='d' | http://e.org &amp;amp; www.e.org</code>",
        "<code>f(a, b)&#91;0&#93; --c='d' &#124; http&#58;//e.org &#38;amp; www&#46;e.org</code>",
    ),
    "options in a span": ("<code>--help ...</code>", "`--help ...`"),
    "markup in code": ("<code>a<b>b</b><br>c<p>d</p></code><code> </code>", "`ab c d`"),
}
INLINE = {
    "emphasis": ("a <b>b <strong>c</strong></b> <i>d</i> <em>e <i>f</i></em>", "a **b c** *d* *e f*"),
    "blanks outside": ("a<b> b </b>c<i>\xa0</i>", "a **b** c"),
    "neighbours": ("<b>a</b><b>b</b><i>c</i><i>d</i>", "<strong>ab</strong><em>cd</em>"),
    "nested": ("<b>a <i>b</i> c</b> <b><i>d</i></b>", "**a <em>b</em> c** <strong><em>d</em></strong>"),
    "Chinese quotes": ("<b>“a”</b>他，<b>“b”</b>。", "<strong>“a”</strong>他，**“b”**。"),
    "paragraphs": ("<b>a<br><br>b<br></b>c", "**a**\n\n**b**  \nc"),
    "heights": (
        "H<sub>2</sub>O<sup>[1]</sup><s>a</s><del>b</del><sup> </sup>",
        "H<sub>2</sub>O<sup>\\[1\\]</sup><del>a</del><del>b</del>",
    ),
    "quotation": ("<q>a</q> <video>b</video>", '"a" b'),
    "link": (
        "<a href='http://e.org/a b(1)?c=&amp;copy;d'>a <b>b</b></a>",
        "[a **b**](http://e.org/a%20b%281%29?c=&amp;copy;d)",
    ),
    "link to itself": ("<a href='http://e.org/a_b'>http://e.org/a_b</a>", "<http://e.org/a_b>"),
    "link with another text": ("<a href='http://e.org/a*b'>http://e.org/</a>", "[http://e.org/](http://e.org/a*b)"),
    "link without address": ("<a>a</a> <a href=''>b</a> <a href='javascript:c'>c</a><a href=x></a>", "a b c"),
    "link in a link": ("<a href=x>a <b><a href=y>b</a></b></a>", "[a **b**](x)"),
    "exclamation": ("<p>a!<a href=x>b</a></p>", "a\\![b](x)"),
    "a footnote's mark": ("<a href=x>^1</a> <a href=x> ^2</a>", "[&#94;1](x) [&#94;2](x)"),
    "a definition": ("<a href=x>[a]: b</a><br><i><a href=x>[c]: d</a></i>", "[\\[a\\]\\: b](x)  \n*[\\[c\\]\\: d](x)*"),
    "image": (
        "<img src='http://e.org/a b<c>.jpg' alt='a\n|[b]~'>",
        "![a \\|\\[b\\]&#126;](http://e.org/a%20b%3Cc%3E.jpg)",
    ),
    "no image": ("a<img src='data:image/gif;base64,R0'><img alt=b>", "a"),
    "image in a link": ("<a href=x><img src=y></a>", "[![](y)](x)"),
    "figure": (
        "<figure><a href=x><img src=y></a><figcaption><p>a <em>b</em></p>c</figcaption></figure>d",
        "[![](y)](x)\n\n*a b  \nc*\n\nd",
    ),
    "heading in a link": ("<a href=x>\n\n<h2>a</h2><p>b</p>c</a>", "## [a](x)\n\n[b](x)\n\n[c](x)"),
    "list in emphasis": ("<b>a<ul><li>b</li></ul><hr><pre>c</pre></b>", "**a**\n\n- **b**\n\n* * *\n\n```\nc\n```"),
    "table in a link": (
        "<a href=x><table><tr><td>a</td><td>b</td></tr></table></a>",
        "|  |  |\n| --- | --- |\n| [a](x) | [b](x) |",
    ),
}
TABLES = {
    "with a head": (
        "<table><tr><th>a</th><th>b</th></tr><tr><td>c</td></tr></table>",
        "| a | b |\n| --- | --- |\n| c |  |",
    ),
    "with thead": ("<table><thead><tr><td>a</td><td>b</td></tr></thead></table>", "|  |  |\n| --- | --- |\n| a | b |"),
    "with an empty head": (
        "<table><tr><th></th><th> </th></tr><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>",
        "|  |  |\n| --- | --- |\n| a | b |\n| c | d |",
    ),
    "without": (
        "<table><tr><td>a|`\\</td><td>b<p>c</p></td></tr></table>",
        "|  |  |\n| --- | --- |\n| a&#124;&#96;&#92; | b<br>c |",
    ),
    "spans": (
        "<table><tr><th rowspan=2>a</th><th colspan=2>b</th></tr><tr><td>c</td><td>d</td></tr><tr></tr></table>",
        "| a | b |  |\n| --- | --- | --- |\n|  | c | d |",
    ),
    "caption and colspan": (
        "<table><caption><p>a</p>b</caption><thead><tr><th colspan=2>c</th></tr></thead>"
        "<tr><td>d</td><td>e</td></tr></table>",
        "*a  \nb*\n\n| c |  |\n| --- | --- |\n| d | e |",
    ),
    "lists in cells": (
        "<table><tr><th>a</th><th>b</th></tr>"
        "<tr><td>c<ul><li><p>d</p><p>e</p></li><li><br>f<ol start=3><li>g</li><li><b>h</b></li></ol></li></ul></td>"
        "<td><ul><li><ul><li>i</li></ul></li><li> </li></ul></td></tr></table>",
        "| a | b |\n| --- | --- |\n| c<br>• d<br>e<br>• f<br>3. g<br>4. **h** | • i |",
    ),
    "a list in a table without a head": (
        "<table><tr><td>a</td><td><ul><li>b</li><li>c</li></ul></td></tr></table>",
        "|  |  |\n| --- | --- |\n| a | • b<br>• c |",
    ),
    "lines and paragraphs": (
        "<table><tr><td>a<br>b</td><td><p>c</p><p>d</p></td></tr></table>",
        "|  |  |\n| --- | --- |\n| a<br>b | c<br>d |",
    ),
    "blocks under a head": (
        "<table><tr><th>a</th></tr><tr><td><h3>b</h3><pre>c\n d</pre><blockquote>e</blockquote></td></tr></table>",
        "| a |\n| --- |\n| b<br>`c`<br>`d`<br>e |",
    ),
    "long cells under a head": (
        f"<table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>{'d' * 700}</td></tr></table>",
        f"| a | b |\n| --- | --- |\n| c | {'d' * 700} |",
    ),
    "a table in a table": (
        "<table><tr><th>a</th></tr><tr><td><table><caption>b</caption><tr><td>c</td><td>d</td></tr>"
        "<tr><td>e</td><td>f</td></tr></table></td></tr></table>",
        "| a |\n| --- |\n| b<br>c d<br>e f |",
    ),
    "cells like rules": (
        "<table><tr><th>a</th><th>b</th></tr><tr><td>-</td><td>+</td></tr><tr><td>= =</td><td>:</td></tr></table>",
        "| a | b |\n| --- | --- |\n| \\- | \\+ |\n| \\= = | \\: |",
    ),
    "one column": ("<table><tr><td>a</td></tr><tr><td>b</td></tr></table>", "a\n\nb"),
    "one column with a caption": (
        "<table><caption>a</caption><tr><td>b</td></tr><tr><td>c</td></tr></table>",
        "*a*\n\n|  |\n| --- |\n| b |\n| c |",
    ),
    "layout": (
        "<table><caption></caption><tr><td>a</td><td><h2>b</h2>c</td></tr></table>",
        "a\n\n## b\n\nc",
    ),
    "layout about a table": (
        "<table><tr><td>a</td><td><table><tr><th>b</th></tr><tr><td>c</td></tr></table></td></tr></table>",
        "a\n\n| b |\n| --- |\n| c |",
    ),
    "long cells": (f"<table><tr><td>a</td><td>{'b' * 700}</td></tr></table>", "a\n\n" + "b" * 700),
    "text beside cells": ("<table>a<tr><td>b</td><td>c</td></tr></table>", "a\n\nb\n\nc"),
    "cells in cells": ("<table><tr><td>a<td>b</table>", "a\n\nb"),
    "cells alone": ("<tr><td>a</td><td>b</td></tr>", "a\n\nb"),
    "empty": ("<table><tr><td></td><td> </td></tr></table>", ""),
}


@pytest.mark.parametrize(
    ("html", "want"),
    [
        pytest.param(*case, id=f"{group}: {name}")
        for group, cases in (("blocks", BLOCKS), ("lists", LISTS), ("code", CODE), ("line", INLINE), ("tables", TABLES))
        for name, case in cases.items()
    ],
)
def test_each_element_has_its_words(html: str, want: str) -> None:
    assert to_markdown(html) == want


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
