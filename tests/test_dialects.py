"""Markdown for Hugo and for Obsidian."""

from __future__ import annotations

import re
from html import escape, unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from crawler.writer.dialects import harmless, to_hugo, to_obsidian

GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
LISTED = "<table><tr><td>a</td><td><ul><li>b</li><li>c</li></ul></td></tr></table>"


def shown(markdown: str) -> str:
    """Return the text of Markdown as GitHub's readers show it, blanks aside."""
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]*>", "", GITHUB.render(markdown))))


class TestHugo:
    @pytest.mark.parametrize(
        ("html", "want"),
        [
            ("<p>{{ x }} {% y %}</p>", "{{ x }} {% y %}"),
            ("<p>{{% x %}}</p>", "&#123;{% x %}}"),
            ("<p>{{&lt; x &gt;}}</p>", "{{&lt; x >}}"),
            ("<p>{{{% x</p>", "&#123;&#123;{% x"),
            ("<p>{{<a href='https://e.org/'>https://e.org/</a></p>", "&#123;&#123;<https://e.org/>"),
            ("<p><del>a</del> <s>b</s></p>", "~~a~~ ~~b~~"),
            ("<p>x<sup>2</sup> H<sub>2</sub>O 4<sup>th</sup><sup></sup></p>", "x² H₂O 4th"),
            ("<p><b>“你好”</b>他 <b>x</b></p>", "“你好”他 **x**"),
            ("<h2>A {#id}</h2>", "## A {#id\\}"),
            ("<h2>A</h2>", "## A"),
            ("<p><code>a`b</code> <code>`</code> <code> </code>x</p>", "``a`b`` `` ` `` x"),
            ("<p><code>{{&lt; x &gt;}}</code></p>", "`{{</* x */>}}`"),
            ("<pre><code class='language-go'>a ``` b</code></pre>", "````go\na ``` b\n````"),
            ("<pre>{{% x %}}</pre>", "```\n{{%/* x */%}}\n```"),
            (
                "<table><tr><th>a</th></tr><tr><td>1<br>2 <code>x|y</code> p|q</td></tr></table>",
                "| a |\n| --- |\n| 1 2 `x\\|y` p\\|q |",
            ),
            (LISTED, "|  |  |\n| --- | --- |\n| a | • b • c |"),
        ],
    )
    def test_says_it_without_html_and_shortcodes(self, html: str, want: str) -> None:
        assert to_hugo(html).replace("&gt;", ">") == want

    @pytest.mark.parametrize(
        ("code", "want"),
        [
            ("{{< a >}} {{% b %}}", "{{</* a */>}} {{%/* b */%}}"),
            ("{{< a", "{ {< a"),
            ("{{< a %}}", "{ {< a %}}"),
            ("{{</* a */>}}", "{ {</* a */>}}"),
            ("{{< a {{< b >}}", "{ {< a {{</* b */>}}"),
            ("{{{< a >}}", "{{{</* a */>}}"),
            ("{{<>}}", "{{</**/>}}"),
            ("{{ a }} {% b %}", "{{ a }} {% b %}"),
            ("{{< " + "x" * 2000 + " >}}", "{ {< " + "x" * 2000 + " >}}"),
        ],
    )
    def test_finds_no_shortcode_in_code(self, code: str, want: str) -> None:
        assert harmless(code) == want

    def test_takes_long_over_no_code(self) -> None:
        assert len(harmless("{{<" * 300_000)) == 300_000 * 4

    @given(
        st.text(st.sampled_from("{<%/*>} a`|"), max_size=30), st.sampled_from(["p", "pre", "code", "h2", "li", "td"])
    )
    @settings(deadline=None, derandomize=True, max_examples=300)
    def test_nothing_begins_a_shortcode_that_does_not_end(self, text: str, tag: str) -> None:
        html = f"<{tag}>{escape(text)}</{tag}>"
        markdown = to_hugo({"td": f"<table><tr>{html}</tr></table>", "li": f"<ul>{html}</ul>"}.get(tag, html))
        commented = re.sub(r"\{\{</\*(?:(?!\*/).)*\*/>\}\}|\{\{%/\*(?:(?!\*/).)*\*/%\}\}", "", markdown, flags=re.S)
        assert not re.search(r"\{\{[<%]", commented)


class TestObsidian:
    @pytest.mark.parametrize(
        ("html", "want"),
        [
            ("<p>#MeToo and C#, &amp;#38; &amp;#x</p>", "\\#MeToo and C\\#, &amp;\\#38; &amp;\\#x"),
            ("<p>$5 and $6, $$x$$</p>", "\\$5 and \\$6, \\$\\$x\\$\\$"),
            ("<p>%%a%% ==b== c=d 5%</p>", "%\\%a%\\% =\\=b=\\= c=d 5%"),
            ("<p>[[a]] ![[b]] end ^id</p>", "\\[\\[a\\]\\] !\\[\\[b\\]\\] end \\^id"),
            ("<p>{{ x }} {% y %}</p>", "{{ x }} {% y %}"),
            ("<p>\\# \\\\$</p>", "\\\\\\# \\\\\\\\\\$"),
            ("<p>x<sup>2</sup> <del>y</del> <code>#a</code></p>", "x<sup>2</sup> ~~y~~ `#a`"),
            ("<p><b>“你好”</b>他</p>", "<strong>“你好”</strong>他"),
            ("<pre>#a $b {{ c }}</pre>", "```\n#a $b {{ c }}\n```"),
            ("<table><tr><td>1<br>2</td></tr></table>", "|  |\n| --- |\n| 1<br>2 |"),
            (LISTED, "|  |  |\n| --- | --- |\n| a | • b<br>• c |"),
            ("<p># no heading</p>", "\\# no heading"),
        ],
    )
    def test_has_no_word_that_means_something_to_it(self, html: str, want: str) -> None:
        assert to_obsidian(html) == want


@pytest.mark.parametrize("convert", [to_hugo, to_obsidian], ids=["hugo", "obsidian"])
@given(st.lists(st.text(st.sampled_from("#$%=^{}[]()<>*_~`|\\:!-+.1a 字&;\n"), max_size=20), min_size=1, max_size=4))
@settings(deadline=None, derandomize=True, max_examples=300)
def test_the_text_is_the_text(convert: object, texts: list[str]) -> None:
    html = "".join(f"<p>{escape(text)}</p>" for text in texts)
    assert callable(convert)
    assert shown(convert(html)) == re.sub(r"\s+", "", "".join(texts))
