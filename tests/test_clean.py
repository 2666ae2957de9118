"""A body's HTML → what may stand in a post: pictures, links, boilerplate, blocks, and the allow-list."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from crawler.extractor import clean
from crawler.extractor.clean import clean_html

BASE = "https://e.org/news/a.html"
LONG = "This is a sentence of the article, and it is long enough to be told from a menu. " * 6
P = f"<p>{LONG.strip()}</p>"
NOTE = "The shares of the ferry company fell by three percent, and rose again before the evening."


def only(before: str) -> str:
    """Clean something between two long paragraphs, and return what is left of it."""
    cleaned = clean_html(f"{P}{before}{P}", BASE)
    assert cleaned.startswith(P)
    assert cleaned.endswith(P)
    return cleaned[len(P) : len(cleaned) - len(P)]


# --- pictures -----------------------------------------------------------------------------------------------------

GIF = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


@pytest.mark.parametrize(
    ("before", "address"),
    [
        ("<img src='b.jpg'>", "https://e.org/news/b.jpg"),
        ("<img src='//i.org/b c.jpg'>", "https://i.org/b%20c.jpg"),
        (f"<img src='{GIF}' data-src='/b.jpg?x=1'>", "https://e.org/b.jpg?x=1"),
        ("<img src='/low.jpg' data-original='https://i.org/high.jpg'>", "https://i.org/high.jpg"),
        ("<img src='/lazy/placeholder-16x9.png' data-lazy-src='b.jpg'>", "https://e.org/news/b.jpg"),
        ("<img src='/static/blank.gif' data-srcset='/s.jpg 320w, /l.jpg 1,280w, /m.jpg 640w'>", "https://e.org/m.jpg"),
        ("<img srcset='/s.jpg 1x, /l.jpg 2x'>", "https://e.org/l.jpg"),
        ("<img srcset='/only.jpg'>", "https://e.org/only.jpg"),
        ("<img src='/b.jpg' data-src='{{ lazy }}'>", "https://e.org/b.jpg"),
        ("<picture><source srcset='/l.webp 2x'><img data-src=''></picture>", "https://e.org/l.webp"),
        ("<picture><source data-srcset='/l.webp 2x'><img src='/b.jpg'></picture>", "https://e.org/b.jpg"),
        ("<amp-img src='/b.jpg'></amp-img>", "https://e.org/b.jpg"),
        *[
            (f"<img src='/i/{name}'>", f"https://e.org/i/{name}")
            for name in ("blank-verse-poet.jpg", "grey-heron.jpg", "loading-dock.png", "lazy-sunday.jpg")
        ],
        ("<img src='/i/blank.gif' data-src='/img/lazy.jpg'>", "https://e.org/img/lazy.jpg"),
        (f"<img src='{GIF}'><noscript><img src='/b.jpg'></noscript>", "https://e.org/b.jpg"),
        ("<img src='/b.jpg' width='1200' height=630px>", "https://e.org/b.jpg"),
        ("<img src='/b.jpg' width='100%' style='width:100%'>", "https://e.org/b.jpg"),
        ("<img src='/b.jpg' style='width:0;height:0;min-width:100%;min-height:100%'>", "https://e.org/b.jpg"),
    ],
)
def test_a_picture_keeps_the_address_a_browser_would_show(before: str, address: str) -> None:
    assert only(f"<p>{before}</p>") == f'<p><img src="{address}"></p>'


@pytest.mark.parametrize(
    "before",
    [
        "<img>",
        "<img src=''>",
        f"<img src='{GIF}'>",
        "<img src='javascript:x()'>",
        "<img src='http://[x'>",
        "<img src='/b.gif' width=1 height=1>",
        "<img src='/b.gif' width='1px'>",
        "<img src='/b.gif' style='width:0; height: 1px'>",
        "<img src='https://feeds.feedburner.com/~r/x/1'>",
        "<img src='https://sb.scorecardresearch.com/p?c1=2'>",
        "<img src='https://pixel.wp.com/b.gif?x'>",
        "<img src='https://static.zaobao.com/s3fs-public/freemium_images/paywall.png'>",
    ],
)
def test_a_picture_that_is_none_disappears_with_its_paragraph(before: str) -> None:
    assert only(f"<p>{before}</p>") == ""


def test_a_pictures_words_are_kept_and_its_handlers_are_not() -> None:
    got = only(
        "<p><img src=/b.jpg alt='Alt' title='Title' class=x onerror='x()' referrerpolicy=no-referrer loading=lazy></p>"
    )
    assert got == '<p><img src="https://e.org/b.jpg" alt="Alt" title="Title"></p>'


# --- players and links --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "<iframe src='https://v.org/embed/1' title='A walk'></iframe>",
            '<p><a href="https://v.org/embed/1">A walk</a></p>',
        ),
        (
            "<p>See <iframe data-src='//v.org/1'></iframe></p>",
            '<p>See <a href="https://v.org/1">v.org</a></p>',
        ),
        (
            "<video controls><source src='/v.mp4'>No video</video>",
            '<p><a href="https://e.org/v.mp4">e.org</a></p>',
        ),
        ("<audio src='/a.mp3'></audio>", '<p><a href="https://e.org/a.mp3">e.org</a></p>'),
        (
            "<object data='/f.swf'><embed src='/g.swf'></object>",
            '<p><a href="https://e.org/f.swf">e.org</a></p>',
        ),
        (
            "<object><param name=movie value='/m.swf'></object>",
            '<p><a href="https://e.org/m.swf">e.org</a></p>',
        ),
        (
            "<a href='/x'><video src='/v.mp4'></video></a>",
            '<p><a href="https://e.org/v.mp4">e.org</a></p>',
        ),
        ("<iframe src='https://ad.doubleclick.net/x'></iframe>", ""),
        ("<iframe src='about:blank'></iframe>", ""),
        ("<iframe srcdoc='<script>x()</script>'></iframe>", ""),
        (
            "<p>a <a href='b.html#c' target=_blank onclick='x()' title='t'>b</a></p>",
            '<p>a <a href="https://e.org/news/b.html#c" title="t">b</a></p>',
        ),
        ("<p>a <a href=' javascript:x() '>b</a> <a href='java\nscript:x()'>c</a> <a>d</a></p>", "<p>a b c d</p>"),
        ("<p>a <a href='data:text/html,x'>b</a> <a href='http://[x'>c</a></p>", "<p>a b c</p>"),
        (
            "<p><a href='mailto:a@e.org'>mail</a> <a href='mailto:'>none</a></p>",
            '<p><a href="mailto:a@e.org">mail</a> none</p>',
        ),
        ("<a href='vbscript:x'><p>one</p><p>two</p></a>", "<p>one</p><p>two</p>"),
        ("<p>x <a href='/empty'></a>y</p>", "<p>x y</p>"),
        (
            "<p>x <a href='#'>opens a box</a> <a href='#n1'>1</a></p>",
            '<p>x opens a box <a href="https://e.org/news/a.html#n1">1</a></p>',
        ),
    ],
)
def test_players_and_links(before: str, after: str) -> None:
    assert only(before) == after


# --- blocks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("Just words", "<p>Just words</p>"),
        ("one &amp; two\nthree\n\n\nfour", "<p>one &amp; two<br>three</p><p>four</p>"),
        ("one<br>two", "<p>one<br>two</p>"),
        ("<b>bold</b> and plain", "<p><b>bold</b> and plain</p>"),
        ("<div>one</div><div>two</div>", "<p>one</p><p>two</p>"),
        ("<div>one<div>two</div>three</div>", "<p>one</p><p>two</p><p>three</p>"),
        ("<p>one <span>two</span><font color=red>three</font></p>", "<p>one twothree</p>"),
        ("<section><article><p>one</p></article></section>", "<p>one</p>"),
        ("<b><p>one</p></b><i><ul><li>two</li></ul></i>", "<p>one</p><ul><li>two</li></ul>"),
        ("<p>\u3000\u3000第一段。</p><p>&nbsp;</p><p>第二段。<br></p>", "<p>第一段。</p><p>第二段。</p>"),
        ("<p>一。<br>\u3000\u3000二。</p>", "<p>一。<br>二。</p>"),
        ("<p>one\n\n  two</p>\n\n<p>three</p>", "<p>one two</p><p>three</p>"),
        ("<pre>a\n  b</pre>\n  <p>c</p>", "<pre>a\n  b</pre><p>c</p>"),
        ("<pre class='brush: sql'><code>x  =  1\n</code></pre>", '<pre><code class="language-sql">x  =  1\n</code></pre>'),
        ("<pre><code class='hljs language-C++ x'>a</code></pre>", '<pre><code class="language-c++">a</code></pre>'),
        ("<div class='highlight-source-rust'><pre>a</pre></div>", '<pre class="language-rust">a</pre>'),
        ("<div class='lang-en'><pre>a</pre><p>b</p></div>", '<pre>a</pre><p>b</p>'),
        ("<ul><li><p>one</p></li><li><div>two</div></li><li></li></ul>", "<ul><li>one</li><li>two</li></ul>"),
        ("<ul><li><p>one</p><p>two</p></li></ul>", "<ul><li><p>one</p><p>two</p></li></ul>"),
        ("<blockquote><p> </p></blockquote><p>x</p>", "<p>x</p>"),
        ("<p>a<b> </b>c<i></i></p>", "<p>a c</p>"),
        ("<a href='/x'><div>one</div> two</a>", '<p><a href="https://e.org/x">one two</a></p>'),
        ("<h2><div>Head</div></h2><p>x</p>", "<h2>Head</h2><p>x</p>"),
        ("<table><tr><td><p>one</p><p>two</p></td></tr></table>", "<p>one</p><p>two</p>"),
        ("<table><tr><th rowspan=2 style='x'>a</th><td colspan=2>b</td></tr><tr><td></td></tr></table>",
         '<table><tbody><tr><th rowspan="2">a</th><td colspan="2">b</td></tr><tr><td></td></tr></tbody></table>'),
        ("<ol start=3 type=a><li>c</li></ol>", '<ol start="3"><li>c</li></ol>'),
        ("<details><summary>More</summary><p>Text</p></details>", "<p>More</p><p>Text</p>"),
        ("<p>x<!-- y --></p><?pi z?>", "<p>x</p>"),
        ("<p>mc<sup>2</sup>, <ruby>漢<rt>かん</rt></ruby></p>", "<p>mc<sup>2</sup>, <ruby>漢<rt>かん</rt></ruby></p>"),
        ("<hr><p>x</p>", "<hr><p>x</p>"),
    ],
)  # fmt: skip
def test_blocks(before: str, after: str) -> None:
    assert clean_html(before, BASE) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "<div><img src=/a.jpg></div><figcaption>c</figcaption>tail",
            '<figure><img src="https://e.org/a.jpg"><figcaption>c</figcaption></figure><p>tail</p>',
        ),
        (
            "<figure><div><img src=/a.jpg></div><figcaption><p>c</p></figcaption></figure>",
            '<figure><p><img src="https://e.org/a.jpg"></p><figcaption>c</figcaption></figure>',
        ),
        (
            "<ul><li><img src=/a.jpg></li></ul><figcaption>c</figcaption>",
            '<figure><ul><li><img src="https://e.org/a.jpg"></li></ul><figcaption>c</figcaption></figure>',
        ),
        (
            "<figure><a href=#><img src=/a.jpg></a><span>2 of 7</span><figcaption><span>A bridge</span><span>Photo: <b>A</b>P</span></figcaption></figure>",
            '<figure><img src="https://e.org/a.jpg"><figcaption>A bridge Photo: <b>A</b>P</figcaption></figure>',
        ),
        (
            "<figure><img src=/a.jpg><figcaption>The B<span>ridge, <span>old</span></span> <span>© AP</span></figcaption></figure>",
            '<figure><img src="https://e.org/a.jpg"><figcaption>The Bridge, old © AP</figcaption></figure>',
        ),
        (
            "<figure><img src=/a.jpg><figcaption>The year<p>1984</p></figcaption></figure><figure><p>7</p></figure>",
            '<figure><img src="https://e.org/a.jpg"><figcaption>The year<p>1984</p></figcaption></figure><figure><p>7</p></figure>',
        ),
        ("<ul><li>Part one<div><p>It rains.</p></div></li></ul>", "<ul><li>Part one<p>It rains.</p></li></ul>"),
        ("<ul><li>1.<div><p>It rains.</p></div></li></ul>", "<ul><li>1. It rains.</li></ul>"),
        ("<ul><li><div><p>It rains.</p></div></li></ul>", "<ul><li>It rains.</li></ul>"),
        (
            "<figure><img src=/a.jpg><figcaption>The bridge<figcaption><span>Photo: AP</span></figcaption></figcaption></figure>",
            '<figure><img src="https://e.org/a.jpg"><figcaption>The bridge<figcaption>Photo: AP</figcaption></figcaption></figure>',
        ),
        ("<p>text</p><figcaption>c</figcaption>", "<p>text</p><p>c</p>"),
        ("<figcaption>c</figcaption>", "<p>c</p>"),
    ],
)
def test_captions_find_their_pictures(before: str, after: str) -> None:
    assert clean_html(before, BASE) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<h1>The title</h1><p>x</p>", "<p>x</p>"),
        ("<p></p><div><h2> The \n title </h2></div><p>x</p>", "<p>x</p>"),
        ("<p>x</p><h2>The title</h2><p>y</p>", "<p>x</p><h2>The title</h2><p>y</p>"),
        ("<p>The title</p><p>x</p>", "<p>The title</p><p>x</p>"),
        ("<h1>Another</h1><p>x</p>", "<h1>Another</h1><p>x</p>"),
        ("", ""),
    ],
)
def test_a_heading_that_repeats_the_title_is_dropped_at_the_top(before: str, after: str) -> None:
    root = clean.clean_element(html.fragment_fromstring(before, create_parent="div"), BASE, title="The  title")
    assert clean.allow(root) == after


def test_an_element_is_not_changed() -> None:
    body = html.fragment_fromstring("<td>one <script>x()</script><a href=/b>two</a></td>")
    before = html.tostring(body)
    assert clean_html(body, BASE) == '<p>one <a href="https://e.org/b">two</a></p>'
    assert html.tostring(body) == before


# --- safety -------------------------------------------------------------------------------------------------------

DANGEROUS = re.compile(
    r"(?i)<\s*/?\s*(?:script|style|iframe|object|embed|form|input|svg|math|meta|link|base|template|noscript)\b|<[^>]*\s(?:on\w+|style|srcdoc|formaction|id|name)\s*=|(?:href|src)=[\"']?\s*(?:javascript|vbscript|data|file|blob):"
)


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<a href='java&#10;script:alert(1)'>x</a>",
        "<a href='&#x6A;avascript:alert(1)'>x</a>",
        "<a href='\x01javascript:alert(1)'>x</a>",
        "<math><mtext><table><mglyph><style><img src onerror=alert(1)></style></mglyph></table></mtext></math>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<template><script>alert(1)</script></template>",
        "<p style='background:url(javascript:alert(1))' onclick=alert(1) id=x>x</p>",
        "<base href='javascript:/'><a href='x'>y</a>",
        "<code class='language-x\"><script>alert(1)</script>'>x</code>",
        "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
        "<textarea><script>alert(1)</script></textarea>",
        "<iframe src='javascript:alert(1)'></iframe>",
    ],
)
def test_nothing_live_survives(attack: str) -> None:
    assert not DANGEROUS.search(clean_html(f"{attack}<p>rest</p>", BASE))


def test_markup_written_as_text_stays_text() -> None:
    assert (
        clean_html("<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>", BASE)
        == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"
    )


TAGGED = st.sampled_from(
    [
        f"<{t}>"
        for t in (
            "p",
            "div",
            "b",
            "a href=/x",
            "ul",
            "li",
            "table",
            "td",
            "pre",
            "h2",
            "figure",
            "blockquote",
            "script",
            "span",
            "br",
        )
    ]
)
CLOSED = st.sampled_from(
    [
        f"</{t}>"
        for t in (
            "p",
            "div",
            "b",
            "a",
            "ul",
            "li",
            "table",
            "td",
            "pre",
            "h2",
            "figure",
            "blockquote",
            "script",
            "span",
        )
    ]
)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(
    st.lists(
        st.one_of(TAGGED, CLOSED, st.sampled_from(["one", "two ", " three", "桥", "&lt;b&gt;", "\n"])), max_size=25
    )
)
def test_any_soup_cleans_to_something_stable_and_safe(parts: list[str]) -> None:
    cleaned = clean_html("".join(parts), BASE)
    assert not DANGEROUS.search(cleaned)
    assert set(re.findall(r"<(\w+)", cleaned)) <= clean.TAGS
    if not {"<script>", "<table>", "<td>"} & set(parts):
        assert cleaned.count("桥") == parts.count("桥")


@pytest.mark.parametrize("name", ["mtext", "text", "view", "desc", "app-article"])
def test_elements_of_foreign_names_keep_their_text(name: str) -> None:
    assert clean_html(f"<div><{name}><p>The ferry left.</p><p>It came back.</p></{name}></div>", BASE) == (
        "<p>The ferry left.</p><p>It came back.</p>"
    )


def test_the_language_of_an_element_stays_and_what_only_a_mouse_finds_goes() -> None:
    assert clean_html('<p lang="fr" title="x" dir="ltr">mot</p>', BASE) == '<p lang="fr">mot</p>'
