"""Bodies → Markdown: what each element becomes."""

from __future__ import annotations

import pytest

from crawler.writer.markdown import to_markdown
from tests.rendering import POSTS, assert_same_text


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
    "an address with marks": ("see WWW.e.org/a--b", "see WWW\\.e.org/a-\\-b"),
    "another": ("HTTP://e.org/a--b", "HTTP\\://e.org/a-\\-b"),
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
    "a term in a term": ("<dl><dt>a<dt>b</dt></dt><dd>c</dd></dl>", "- **a  \n  b**\n\n  c"),
    "items without a list": (
        "a<li>b</li> <li>c<ol><li>d</li></ol></li> e<li>f</li> ",
        "a\n\n- b\n- c\n  1. d\n\ne\n\nf",
    ),
    "items in a container in a list": ("<ul><div><li>a</li><li>b</li></div></ul>", "- a\n\n  b"),
    "definitions without a term": ("<dl><dd>a</dd><dd>b<p>c</p></dd></dl>", "a\n\nb\n\nc"),
    "a definition before a term": ("<dl><dd>a</dd><dt>b</dt></dl>", "- a\n- **b**"),
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
    "links in a block": (
        "<pre>\na <a href='http://e.org/?b=1&amp;copy=2(3)'>b &lt; {{</a>\n\n<a href='javascript:x'>c</a><a></a>\n</pre>",
        '<pre><code>a <a href="http://e.org/?b=1&amp;copy=2%283%29">b &lt; &#123;{</a>\n\nc</code></pre>',
    ),
    "a link in a block in an item": (
        "<ul><li><pre class=lang-c><div><a href=x>- a</a></div>b</pre></li></ul>",
        '- <pre><code class="language-c"><a href="x">&#45; a</a>\n  b</code></pre>',
    ),
    "links in a span": ("<code>a <a href=x>b<br>c</a> d</code>", "`a` [`b c`](x) `d`"),
    "code in code": ("<code>a <kbd>b</kbd></code>", "`a b`"),
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
    "caption in a caption": (
        "<figure><img src=x><figcaption>a<figcaption>b</figcaption></figcaption></figure>",
        "![](x)\n\n*a  \nb*",
    ),
    "ruby": ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>", "漢(かん)"),
    "ruby alone": ("<p><ruby><rt>a</rt></ruby></p>", "a"),
    "figure": (
        "<figure><a href=x><img src=y></a><figcaption><p>a <em>b</em></p>c</figcaption></figure>d",
        "[![](y)](x)\n\n*a b  \nc*\n\nd",
    ),
    "heading in a link": ("<a href=x><p>b</p>\n\n<h2>a</h2>c</a>", "b\n\n## [a](x)\n\nc"),
    "paragraphs in a link": ("<a href=x><p><img src=y></p><p>a</p><p>b</p></a>", "![](y)\n\n[a](x)\n\nb"),
    "pictures in a link": ("<a href=x><p><img src=y></p><p><img src=z></p></a>", "[![](y)](x)\n\n![](z)"),
    "code in a link": ("<a href=x><pre>a</pre></a>", "```\na\n```"),
    "a paragraph in emphasis in a link": ("<a href=x><b><p>a</p></b>c</a>", "[**a**](x)\n\nc"),
    "list in emphasis": ("<b>a<ul><li>b</li></ul><hr><pre>c</pre></b>", "**a**\n\n- **b**\n\n* * *\n\n```\nc\n```"),
    "table in a link": (
        "<a href=x><table><tr><td>a</td><td>b</td></tr></table></a>",
        "|  |  |\n| --- | --- |\n| [a](x) | b |",
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
        "<table>\n<tr><th>a</th><th>b</th></tr>\n"
        '<tr><td>c<ul><li><p>d</p><p>e</p></li><li><br>f<ol start="3"><li>g</li><li><b>h</b></li></ol></li></ul></td>'
        "<td><ul><li><ul><li>i</li></ul></li><li> </li></ul></td></tr>\n</table>",
    ),
    "a list in a table without a head": (
        "<table><tr><td>a</td><td><ul><li>b</li><li>c</li></ul></td></tr></table>",
        "<table>\n<tr><td>a</td><td><ul><li>b</li><li>c</li></ul></td></tr>\n</table>",
    ),
    "all that a table with lists may hold": (
        "<table class=x><caption>a</caption><thead><tr><th colspan=2 style=b>c\n d</th></tr></thead>"
        "<tr><td onclick=e><ul><li>{{ f }}<u>{</u>{</li><li>&lt;g&gt; &amp;amp; *h* | \\ ` _j_k [l](m)</li></ul><custom>i</custom></td>"
        "<td rowspan=many><a href='j?k=1&l=2' title=m>n</a><a href='javascript:o'>p</a><div>q</div>"
        "<img src='r' alt='s\n\" `\x7ft' width=1><img src='data:u'><pre><code>v\n\n <b>w</b></code></pre><br></td></tr></table>",
        "*a*\n\n<table>\n"
        '<tr><th colspan="2">c d</th></tr>\n'
        "<tr><td><ul><li>&#123;{ f }}&#123;{</li><li>&lt;g&gt; &amp;amp; &#42;h&#42; &#124; &#92; &#96; &#95;j_k [l]&#40;m)</li></ul>i</td>"
        '<td><a href="j?k=1&amp;l=2">n</a>p<div>q</div><img src="r" alt="s &quot; &#96;t">'
        "<pre>v&#10;&#10; w</pre><br></td></tr>\n</table>",
    ),
    "a table that says how it is written": (
        "<table x-html='<script>a</script>' html='<script>b</script>'><tr><td>c</td><td>d</td></tr></table>",
        "|  |  |\n| --- | --- |\n| c | d |",
    ),
    "lists in cells that never end": (
        "<table><tr><td>a<ul><li>b</li><li>c</li></ul><tr><td>d<tr><td>e</table>",
        "|  |\n| --- |\n| a<br>• b<br>• c<br>d<br>e |",
    ),
    "items in a caption": (
        "<table><caption><ul><li>a</li><li>b</li></ul></caption><tr><td>c</td></tr></table>",
        "*a*\n\n*b*\n\n|  |\n| --- |\n| c |",
    ),
    "empty items in a cell": ("<table><tr><td><ul><li> </li><li></li></ul></td></tr></table>", ""),
    "one item in a cell": (
        "<table><tr><td>a</td><td><ul><li>b</li></ul></td></tr></table>",
        "|  |  |\n| --- | --- |\n| a | • b |",
    ),
    "items in cells of a table in a link": (
        "<a href=x><table><tr><td>a</td><td><ul><li>b</li><li>c</li></ul></td></tr></table></a>",
        "|  |  |\n| --- | --- |\n| [a](x) | • b<br>• c |",
    ),
    "items in cells of a table in a list and a quotation": (
        "<blockquote><ul><li>a<table><tr><td><ol><li>b</li><li>c</li></ol></td></tr></table></li></ul></blockquote>",
        "> - a\n>\n>   <table>\n>   <tr><td><ol><li>b</li><li>c</li></ol></td></tr>\n>   </table>",
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
        "a\n\n*b*\n\n|  |  |\n| --- | --- |\n| c | d |\n| e | f |",
    ),
    "cells like rules": (
        "<table><tr><th>a</th><th>b</th></tr><tr><td>-</td><td>+</td></tr><tr><td>= =</td><td>:</td></tr></table>",
        "| a | b |\n| --- | --- |\n| \\- | \\+ |\n| \\= = | \\: |",
    ),
    "one column": ("<table><tr><td>a</td></tr><tr><td>b</td></tr></table>", "|  |\n| --- |\n| a |\n| b |"),
    "one column with a caption": (
        "<table><caption>a</caption><tr><td>b</td></tr><tr><td>c</td></tr></table>",
        "*a*\n\n|  |\n| --- |\n| b |\n| c |",
    ),
    "layout about a table": (
        "<table><tr><td>a</td><td><table><tr><th>b</th></tr><tr><td>c</td></tr></table></td></tr></table>",
        "a\n\n| b |\n| --- |\n| c |",
    ),
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
