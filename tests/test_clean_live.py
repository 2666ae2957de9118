"""Whatever a body holds, what comes out is read anew by several parsers and has no live markup."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.extractor.clean import clean_html
from crawler.writer.post import html_body, markdown_body
from tests.live import as_browsers_read, live
from tests.rendering import READERS

BASE = "https://e.org/news/a.html"

ELEMENTS = (
    "a p div b i span img svg math mi mtext mglyph annotation-xml foreignObject title style script textarea noscript"
    " noembed noframes iframe object embed param video source form input button select option template table caption"
    " tr td th li ul ol dl dt pre code xmp plaintext listing details base meta link body html head frameset frame"
    " marquee isindex keygen x-y a:b"
)
NAMES = st.sampled_from(ELEMENTS.split())
SCRIPTS = st.sampled_from(
    [
        "javascript:x()", "JaVaScRiPt:x()", " javascript:x()", "java\nscript:x()", "java&#10;script:x()",
        "&#106;avascript:x()", "&#x6A&#x61vascript:x()", "javascript&colon;x()", "\x01javascript:x()", "vbscript:x",
        "data:text/html,<script>x()</script>", "data:image/svg+xml,<svg onload=x()>", "blob:https://e.org/1",
        "file:///etc/passwd", "//e.org/b", "/b?c=1&d=2", "https://e.org/\"onload=x()", "http://[", "mailto:a@e.org",
        "feed:javascript:x()", "https://e.org/{{ site }}", "{% include x %}",
    ]
)  # fmt: skip
HANDLERS = st.sampled_from(
    ["href", "src", "xlink:href", "srcset", "data-src", "onclick", "onerror", "ONLOAD", "on\x0cload", "style", "srcdoc",
     "action", "formaction", "id", "name", "class", "title", "alt", "background", "poster", "markdown", "/", "xmlns"]
)  # fmt: skip
QUOTES = st.sampled_from(['"', "'", "", "`"])
TEXTS = st.text(max_size=8) | st.sampled_from(
    ["<", ">", "&lt;script&gt;x()&lt;/script&gt;", "&amp;lt;b&amp;gt;", "<!--", "-->", "<!--><img src=x onerror=x()>",
     "<![CDATA[", "]]>", "<?xml", "</", "\x00", "{{ x }}", "{% x %}", "`", "```", "~~~", "    ", "\n\n", "<br", "\\",
     "[a](javascript:x())", "![a](x)", "<javascript:x()>", "<https://e.org>", "{: onclick=x() }", "{::options /}",
     "{::nomarkdown}<script>x()</script>{:/}", "* * *", "| a | b |\n|---|---|", "$$x$$", "&#123;", "Words of the text. "]
)  # fmt: skip


@st.composite
def tags(draw: st.DrawFn) -> str:
    """Return a tag with attributes, well formed or not."""
    name = draw(NAMES)
    if draw(st.booleans()):
        return f"</{name}>"
    attributes = [
        f" {draw(HANDLERS)}={(quote := draw(QUOTES))}{draw(SCRIPTS | TEXTS)}{quote}"
        for _ in range(draw(st.integers(0, 2)))
    ]
    return f"<{name}{''.join(attributes)}{draw(st.sampled_from(['>', '>', '/>', '']))}"


SOUP = st.lists(tags() | TEXTS, max_size=12).map("".join)


@given(SOUP)
@example("<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=x()&gt;'>")
@example("<svg></p><style><a id='</style><img src=1 onerror=x()>'>")
@example("<noscript><p title='</noscript><img src=x onerror=x()>'>")
@settings(deadline=None, derandomize=True, max_examples=250)
def test_nothing_live_is_left_of_any_body(soup: str) -> None:
    cleaned = clean_html(soup, BASE)
    assert live(cleaned) == []
    assert as_browsers_read(cleaned) == cleaned
    posted = html_body(cleaned)
    assert "\n" not in posted[1]
    assert live("\n".join(posted)) == []
    assert not {"{{", "{%"} & {posted[1][n : n + 2] for n in range(len(posted[1]))}


@given(SOUP)
@settings(deadline=None, derandomize=True, max_examples=150)
def test_nor_of_its_markdown_as_readers_show_it(soup: str) -> None:
    body = "\n".join(markdown_body(clean_html(f"<p>{soup}</p>", BASE)))
    for reader in READERS:
        assert live(reader.render(body)) == []
    assert "{{" not in body
    assert "{%" not in body


@pytest.mark.parametrize(
    "html",
    [
        "<script>x()</script>",
        "<p onclick=x()>a</p>",
        "<a href='java\nscript:x()'>a</a>",
        "<a href='&#x6A;avascript:x()'>a</a>",
        "<img src='data:image/svg+xml,x'>",
        "<p style='color:red'>a</p>",
        "<svg></svg>",
    ],
)
def test_what_is_live_is_found(html: str) -> None:
    assert live(html)
