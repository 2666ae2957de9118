"""What is dropped from a body as boilerplate, and what only looks like it."""

from __future__ import annotations

import re

import pytest
from lxml import html

from crawler.extractor import noise
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


@pytest.mark.parametrize(
    "before",
    [
        "<section id='imu'><div id='dfp-ad-imu1'>   </div></section>",
        "<div id='innity-in-post'></div>",
        "<ins class='adsbygoogle'>x</ins>",
        "<div class='bff-google-ad'>广告</div>",
        "<div class='articleAd'>Buy this</div>",
        "<div class='overlay-microtransaction'><p>此文章为早报订户专享内容</p></div>",
        "<div class='read-on-app-cover'>打开</div>",
        "<div class='further-reading'>延伸</div>",
        "<ul class='social-share'><li><a href=/f>Facebook</a></li></ul>",
        "<div class='newsletter-signup'><p>Get our letter every day.</p></div>",
        "<p>广告</p>",
        "<p> — Advertisement — </p>",
        "<p><b>Read more:</b> <a href='/1'>The old bridge</a></p>",
        f"<aside><h3>More</h3><p>{NOTE}</p></aside>",
        "<h3>延伸阅读</h3><a href='/1'>一</a><a href='/2'>二</a>",
        "<div><p><b>Related stories:</b></p><ul><li><a href='/1'>One</a></li><li><a href='/2'>Two</a></li></ul></div>",
        "<p>autoplay</p><h3>Auch interessant</h3><p>Weitere Videos</p>",
        "<p>Article content</p>",
        "<h3>Comments (12)</h3>",
        "<p>댓글 3</p>",
        "<p><strong>Baca juga:</strong> <a href='/1'>Jembatan lama</a></p>",
        "<h3>À lire aussi</h3><ul><li><a href='/1'>Un</a></li><li><a href='/2'>Deux</a></li></ul>",
        "<p>写真拡大 (全2枚)</p>",
        "<div class='article-content__sign-in-group'><ul><li>Unlimited access to all sites.</li></ul></div>",
        "<h3>Most read in Football</h3><div><a href='/1'>One</a> <a href='/2'>Two</a></div>",
        "<ul><li><a href='/1'>Home</a></li><li><a href='/2'>World</a></li></ul>",
        "<a href='https://subscribe.sph.com.sg/x?a=1'><img src='/banner.png'></a>",
        "<p><a href='https://subscribe.example.com/x'>Subscribe from $1</a> now</p>",
    ],
)
def test_boilerplate_is_dropped(before: str) -> None:
    assert only(before) == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p class='share'>" + LONG + "</p>", f"<p>{LONG.strip()}</p>"),
        (f"<div class='related'><p>{LONG}</p></div>", f"<p>{LONG.strip()}</p>"),
        ("<div class='social-embed'><blockquote>A post</blockquote></div>", "<blockquote>A post</blockquote>"),
        (
            "<p>It is <a class='related' href='/1'>part of the sentence</a> here.</p>",
            '<p>It is <a href="https://e.org/1">part of the sentence</a> here.</p>',
        ),
        (
            "<p>Sources:</p><ul><li><a href='/1'>One</a></li><li><a href='/2'>Two</a></li></ul>",
            '<p>Sources:</p><ul><li><a href="https://e.org/1">One</a></li><li><a href="https://e.org/2">Two</a></li></ul>',
        ),
        ("<p>广告业去年增长，报纸的收入下降。</p>", "<p>广告业去年增长，报纸的收入下降。</p>"),
        (
            "<p>Whoever wants to go on reading may <a href='https://subscribe.example.com/'>subscribe</a> to their paper.</p>",
            '<p>Whoever wants to go on reading may <a href="https://subscribe.example.com/">subscribe</a> to their paper.</p>',
        ),
        ("<h3>Related</h3><p>Not a link.</p>", "<p>Not a link.</p>"),
        *[
            (said, said)
            for said in (
                "<h2>Further reading</h2><p>I like Smith, who has written more about bridges than anybody else.</p>",
                "<p><strong>See also</strong> the earlier report, which is longer.</p>",
                "<p>It is one; the <b>Recommended</b> dose is two.</p>",
                '<h2>References</h2><ul><li><a href="https://e.org/1">One</a></li><li><a href="https://e.org/2">Two</a></li></ul>',
                '<p>These are links</p><ul><li><a href="https://e.org/1">One</a></li><li><a href="https://e.org/2">Two</a></li></ul>',
                '<h3>参考资料</h3><ol><li><a href="https://e.org/1">一</a></li><li><a href="https://e.org/2">二</a></li></ol>',
            )
        ],
        (
            "<section><h2>Sources</h2><ul><li><a href='/1'>The rather long title of one</a></li><li><a href='/2'>The rather long title of two</a></li></ul></section>",
            '<h2>Sources</h2><ul><li><a href="https://e.org/1">The rather long title of one</a></li><li><a href="https://e.org/2">The rather long title of two</a></li></ul>',
        ),
        *[
            (f"<h2 id={name}>What it means</h2>", "<h2>What it means</h2>")
            for name in (
                "related-work",
                "cookies-and-consent",
                "cookie-policy",
                "social-media",
                "sharing-state",
                "comments",
            )
        ],
        *[
            (f"<{frame}>{NOTE}</{frame.split()[0]}>", f"<p>{NOTE}</p>")
            for frame in ("div class=share-price", "p class=comment", "p class='note social'", "p class=ad-note")
        ],
        (f"<section id=sharing><p>{NOTE}</p></section>", f"<p>{NOTE}</p>"),
        (f"<div><p>One.</p><aside>{NOTE}</aside><p>Two.</p></div>", f"<p>One.</p><p>{NOTE}</p><p>Two.</p>"),
        (f"<div><p>One.</p><menu><li>{NOTE}</menu></div>", f"<p>One.</p><ul><li>{NOTE}</li></ul>"),
        (
            "<p>Let <math><semantics><mrow><mi>x</mi><mo>=</mo><mn>1</mn></mrow><annotation encoding=TeX>x{=}1</annotation></semantics></math> be.</p>",
            "<p>Let x=1 be.</p>",
        ),
        (
            "<div><p>One.</p><embed src=/v.swf>Two. <p>Three.</p> Four.</div>",
            '<p>One.</p><p><a href="https://e.org/v.swf">e.org</a></p><p>Two.</p><p>Three.</p><p>Four.</p>',
        ),
        ("<figure class='ad'><img src=/b.jpg></figure>", '<figure><img src="https://e.org/b.jpg"></figure>'),
    ],
)
def test_what_only_looks_like_boilerplate_is_kept(before: str, after: str) -> None:
    assert only(before) == after


def test_the_heading_of_a_list_may_be_framed() -> None:
    assert only("<section><h3>Related</h3></section><ul><li><a href='/1'>One</a></li></ul>") == ""


def test_a_name_never_takes_the_article() -> None:
    assert clean_html(f"<div class='share-wrapper ad'>{P}</div>", BASE) == P
    assert clean_html(f"<div class='comments'>{P}</div>", BASE) == P


def test_a_heading_is_dropped_with_what_says_no_more() -> None:
    root = html.fragment_fromstring("<div><div><h3><b>Related</b></h3></div><p>x</p></div>", create_parent="div")
    noise.drop_noise(root)
    assert html.tostring(root, encoding="unicode") == "<div><div><p>x</p></div></div>"


def test_selectors_of_what_to_remove_are_obeyed_whatever_the_share() -> None:
    assert clean_html(f"{P}<p id=x>Short.</p>", BASE, ["p:first-child", "//*[@class='none']", ""]) == "<p>Short.</p>"
    assert clean_html("<p>x</p>", BASE, ["div"]) == "<p>x</p>"


LINKS = "<a href=/1><img src=/ann.jpg></a><a href=/1>Ann Lee</a> <a href=/2>Lee wins a vote</a> <a href=/3>More</a>"


@pytest.mark.parametrize(
    "name",
    [
        f"Ann Lee<span class=over><span>{LINKS}</span></span>",
        f"<span class=person>Ann Lee<span class=over>{LINKS}</span></span>",
        f"<span class=person><a href=/1>Ann Lee</a><span class=over><span>{LINKS}</span></span></span>",
    ],
)
def test_a_card_that_opens_over_a_name_is_dropped(name: str) -> None:
    cleaned = only(f"<p>The bill was brought in by {name} on Monday morning.</p>")
    assert html.fragment_fromstring(cleaned).text_content() == "The bill was brought in by Ann Lee on Monday morning."


@pytest.mark.parametrize(
    "kept",
    [
        "<p>The film got <strong>300 comments</strong> in a day, and was taken down before the evening came.</p>",
        "<p>Turn off <strong>Autoplay</strong> in the settings, and the films will wait until you ask for them.</p>",
        "<p>They say that an <strong>advertisement</strong> must be marked as one, and few of them ever were.</p>",
        "<ul><li>300 likes</li><li>20 comments</li><li>4 shares</li></ul>",
        "<table><tbody><tr><td>Likes</td><td>300</td></tr><tr><td>Comments</td><td>12</td></tr></tbody></table>",
        f"<h2>Comments</h2><p>{NOTE}</p>",
        f"<h3>Te recomendamos</h3><p>{NOTE}</p>",
        f'<h2 class="design-inline">A bridge</h2><p>{NOTE}</p>',
        f'<p class="how-to-sign-in">{NOTE}</p>',
    ],
)
def test_what_labels_say_is_said_by_articles_too(kept: str) -> None:
    assert only(kept) == re.sub(r' class="[^"]*"', "", kept)


def test_each_name_of_a_sentence_may_have_its_card() -> None:
    names = [f"{name}<span class=over>{LINKS}</span>" for name in ("Ann Lee", "Bo Berg")]
    cleaned = only(f"<p>The bill was brought in by {names[0]} and {names[1]} on Monday morning.</p>")
    said = html.fragment_fromstring(cleaned).text_content()
    assert said == "The bill was brought in by Ann Lee and Bo Berg on Monday morning."


@pytest.mark.parametrize(
    "span",
    [
        "<span><a href=/1>Ann Lee</a>, <a href=/2>Bo Berg</a> and <a href=/3>Cy Dahl</a></span>",
        "<span><a href=/1>Ann Lee</a> <a href=/2>Bo Berg</a></span>",
    ],
)
def test_links_that_are_words_of_a_sentence_are_kept(span: str) -> None:
    assert "Bo Berg" in only(f"<p>The bill was brought in by {span} on Monday morning, after a long dispute.</p>")


def test_the_links_to_edit_a_section_are_dropped() -> None:
    edit = "<span class=mw-editsection>[<a href=/edit>edit</a>]</span>"
    assert only(f"<h2>The quarrel{edit}</h2>") == "<h2>The quarrel</h2>"
