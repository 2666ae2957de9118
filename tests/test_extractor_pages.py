"""Whole pages, in the shapes that the web has: what a reader would call the article is kept, what stands beside it not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

import pytest

from crawler.extractor import from_page
from crawler.extractor.rules import Rules
from crawler.extractor.tree import fragment, visible_text
from crawler.model import Article, Entry, Page, Source
from crawler.urls import canonical

Frame: TypeAlias = Callable[..., str]
Lines: TypeAlias = tuple[str, ...]
NOW = datetime(2026, 11, 23, tzinfo=UTC)
URL = "https://news.example.org/2026/11/bridge-opens"
TITLE = "Bridge over the Lenne opens two months early"

PROSE = (
    "The new bridge over the Lenne opened to traffic on Saturday morning, two months ahead of schedule and a little"
    " below the price that the county had set aside for it.",
    "Some four thousand people walked across before the first cars were let on, many of them with the flags that the"
    " rowing club had handed out at dawn.",
    "“I have waited half my life for this,” said Ilse Brandt, a retired teacher from the eastern bank, who crossed it"
    " twice before noon and meant to do so again.",
    "The bridge is 1.2 kilometres long, has four lanes and a path for bicycles, and saves the villages on both banks a"
    " detour of forty minutes.",
    "Work began in the spring of 2023, after a dispute over the piers had kept the plans in court for nearly a decade.",
    "Engineers say that the winter of 2024, when the river froze for three weeks, taught them to pour the concrete in"
    " tents heated by straw boilers.",
    "The ferry company, which has crossed here since the year of the flood, announced that its boats would run until"
    " March, and that passengers would decide the rest.",
    "Its owner, Karl Voss, said he did not mind being overtaken: “A ferry is for people who have time, and there will"
    " always be a few of them.”",
    "Critics point to the traffic that the new road will bring to the old town, whose lanes are barely wide enough for"
    " the milk lorry.",
    "The council has promised a bypass, but neither the route nor the money has been settled, and the vote is not due"
    " before the autumn.",
)
STORY = "".join(f"<p>{line}</p>" for line in PROSE)
LEAD = (
    "After three years of work and ten of quarrels the two banks are joined at last, and the ferry that served them for"
    " a century looks for a new task."
)
HERO = '<figure class="hero"><img src="/img/bridge.jpg" alt="Dawn"><figcaption>The eastern pier at dawn, seen from the ferry. Photo: M. Lund</figcaption></figure>'
CAPTION = "The eastern pier at dawn, seen from the ferry."

OTHER = {
    "related": "Harbour town argues about the price of its new fish market hall",
    "teaser": "The hall was to cost nine million; now it is fourteen, and the roof has not even been ordered yet.",
    "newsletter": "Get the best stories of the week in your inbox, every Friday at noon, free of charge.",
    "author": "Mara Lund has covered the river towns since 2011. She lives in a houseboat with two cats.",
    "comment": "I crossed it yesterday and my hat was blown off, but what a view it is from up there!",
    "reply": "Same here, they should put up a sign about the wind, it is quite something at the middle.",
    "next": "Night trains return to the coast line after eleven years, with beds for two hundred sleepers.",
    "footer": "All rights reserved. No part of this site may be copied without the leave of the publisher.",
    "popular": "Ten walks along the river that end at a bakery with a garden",
}
CARDS = "".join(
    f'<li class="card"><a href="/2026/11/{n}"><img src="/t/{n}.jpg" alt=""><h3>{title}</h3></a><p>{teaser}</p></li>'
    for n, (title, teaser) in enumerate((
        (OTHER["related"], OTHER["teaser"]),
        ("School kitchen wins prize for its lentil soup", "Pupils of the seventh form cooked for two hundred guests, and nobody asked for salt."),
        ("Storm warning lifted for the lower valley", "The wind turned to the north on Friday, so that the dykes were never put to the test."),
    ))
)  # fmt: skip
POPULAR = "".join(
    f'<li><a href="/p/{n}">{title}</a></li>'
    for n, title in enumerate((OTHER["popular"], "Why the clock on the town hall runs late", "Quiz: how well do you know the valley?"))
)  # fmt: skip
COMMENTS = (
    f'<div class="comment"><b>Jo</b> <time>2 hours ago</time><p>{OTHER["comment"]}</p><a href="#r">Reply</a></div>'
    f'<div class="comment"><b>Kit</b> <time>1 hour ago</time><p>{OTHER["reply"]}</p><a href="#r">Reply</a></div>'
)
SECTIONS = ("World", "Politics", "Business", "Culture", "Sport", "Weather", "Travel", "Opinion")
MENU = "".join(f'<li><a href="/{name.lower()}">{name}</a></li>' for name in SECTIONS)
SHARE = '<a href="/fb">Facebook</a><a href="/tw">Twitter</a><a href="/mail">E-mail</a><a href="/print">Print</a>'


def newspaper(body: str, above: str = "", behind: str = "") -> str:
    """Return a page of a news site as they are built now."""
    return f"""
<header class="site-header"><a class="logo" href="/">The Valley Post</a><nav class="main-nav"><ul>{MENU}</ul></nav></header>
<main id="main"><article class="article">
<header class="article-header"><ul class="breadcrumb"><li><a href="/">Home</a></li><li><a href="/region">Region</a></li></ul>
<h1 class="headline">{TITLE}</h1>{above}<div class="byline">By <a href="/by/ml">Mara Lund</a> <time datetime="2026-11-21">21 November 2026</time></div>
<div class="share-bar">{SHARE}</div></header>
<div class="article-body">{body}</div>
<div class="tags"><a href="/t/b">bridges</a> <a href="/t/l">Lenne</a></div>
<div class="author-box"><h4>About the author</h4><p>{OTHER["author"]}</p></div>
<div class="newsletter-signup"><h3>The week in your inbox</h3><p>{OTHER["newsletter"]}</p><form><input name=e><button>Sign up</button></form></div>
</article>{behind}
<section class="related-stories"><h2>More from the region</h2><ul class="cards">{CARDS}</ul></section>
<section class="comments" id="comments"><h2>Comments (2)</h2>{COMMENTS}</section></main>
<aside class="sidebar"><h3>Most read</h3><ol class="most-read">{POPULAR}</ol></aside>
<footer class="site-footer"><ul>{MENU}</ul><p>© 2026 The Valley Post. {OTHER["footer"]}</p></footer>"""


def blog(body: str, above: str = "", behind: str = "") -> str:
    """Return a page as WordPress themes build it."""
    return f"""
<div id="page" class="site"><header id="masthead" class="site-header"><p class="site-title"><a href="/">Valley Notes</a></p>
<div class="menu-main-container"><ul id="primary-menu" class="menu">{MENU}</ul></div></header>
<div id="content" class="site-content"><div id="primary" class="content-area">
<div id="post-812" class="post type-post hentry category-region"><header class="entry-header"><h1 class="entry-title">{TITLE}</h1>
<div class="entry-meta"><span class="posted-on"><a href="{URL}">November 21, 2026</a></span> <span class="byline">by <a href="/author/ml">Mara</a></span></div></header>
{above}<div class="entry-content">{body}
<div class="sharedaddy sd-sharing-enabled"><h3 class="sd-title">Share this:</h3><ul><li><a href="?share=tw">Twitter</a></li><li><a href="?share=fb">Facebook</a></li></ul></div>
<div id="jp-relatedposts" class="jp-relatedposts"><h3 class="jp-relatedposts-headline"><em>Related</em></h3><div class="jp-relatedposts-items">
<div class="jp-relatedposts-post"><h4><a href="/a">{OTHER["related"]}</a></h4><p>{OTHER["teaser"]}</p></div></div></div></div>
<footer class="entry-footer"><span class="cat-links">Posted in <a href="/c/region">Region</a></span></footer></div>
<nav class="navigation post-navigation"><div class="nav-previous"><a href="/n">{OTHER["next"]}</a></div></nav>{behind}
<div id="comments" class="comments-area"><h2 class="comments-title">2 thoughts on “{TITLE}”</h2><ol class="comment-list">
<li class="comment"><div class="comment-content"><p>{OTHER["comment"]}</p></div></li><li class="comment"><div class="comment-content"><p>{OTHER["reply"]}</p></div></li></ol></div>
</div><div id="secondary" class="widget-area"><section class="widget widget_recent_entries"><h2>Recent Posts</h2><ul>{POPULAR}</ul></section>
<section class="widget widget_subscribe"><p>{OTHER["newsletter"]}</p></section></div></div>
<footer id="colophon" class="site-footer"><p>{OTHER["footer"]} Proudly powered by WordPress.</p></footer></div>"""


def plain(body: str, above: str = "", behind: str = "") -> str:
    """Return a page whose elements have no telling names, as style compilers leave them."""
    return f"""
<div id="root"><div class="x1a b7"><a href="/">The Valley Post</a><ul class="q3">{MENU}</ul></div>
<div class="k9 b2"><div class="c4"><h1 class="h0">{TITLE}</h1><div class="z8">{above}</div>
<div class="z2"><span>Mara Lund</span><span>21 November 2026</span></div><div class="r5">{body}</div></div>
{behind}<div class="f6"><h2>More from the region</h2><ul class="g1">{CARDS}</ul></div></div>
<div class="e2"><h3>Most read</h3><ol>{POPULAR}</ol></div><div class="w7"><ul>{MENU}</ul><p>© 2026 {OTHER["footer"]}</p></div></div>"""


def old(body: str, above: str = "", behind: str = "") -> str:
    """Return a page laid out with tables, its paragraphs parted by line breaks."""
    lines = body.replace("<p>", "").replace("</p>", "<br><br>\n")
    links = "".join(f'<a href="/{name}">{name}</a><br>' for name in SECTIONS)
    return f"""
<table width="760"><tr><td colspan="3"><img src="/logo.gif" alt="The Valley Post"></td></tr><tr><td width="120" valign="top">{links}</td>
<td width="480" valign="top"><font size="5"><b>{TITLE}</b></font><br><font size="1">Saturday, November 21, 2026</font><br><br>{above}
<font face="Verdana" size="2">{lines}</font>{behind}</td>
<td width="160" valign="top"><b>Most read</b><br>{"".join(f'<a href="/p/{n}">{t}</a><br>' for n, t in enumerate((OTHER["popular"], OTHER["related"])))}</td></tr>
<tr><td colspan="3" align="center"><font size="1">{OTHER["footer"]}</font></td></tr></table>"""


def read(inner: str, title: str = TITLE, url: str = URL) -> Article:
    text = f'<html lang="en"><head><title>{title} | The Valley Post</title><meta property="og:title" content="{title}"></head><body>{inner}</body></html>'
    page = Page(url, url, 200, (("content-type", "text/html; charset=utf-8"),), text.encode(), NOW)
    return from_page(page, Entry(), Source("n", "https://news.example.org/feed"), canonical(url), Rules(), NOW)


def lines_of(article: Article) -> list[str]:
    return visible_text(fragment(article.html)).split("\n")


def paragraphs(*lines: str) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


FIRST, REST = paragraphs(*PROSE[:5]), paragraphs(*PROSE[5:])

# --- the article, whole and alone ---------------------------------------------------------------------------------


@pytest.mark.parametrize("frame", [newspaper, blog, plain])
def test_the_article_is_all_that_is_kept(frame: Frame) -> None:
    got = read(frame(STORY))
    assert got.html == STORY
    assert got.won.startswith("judge ")
    assert got.confidence > 0.9


@pytest.mark.parametrize("frame", [newspaper, blog, plain])
@pytest.mark.parametrize(
    "lead", ['<p class="standfirst">{}</p>', '<div class="intro"><p>{}</p></div>', '<h2 class="dek">{}</h2>']
)
def test_a_lead_between_headline_and_text_is_kept(frame: Frame, lead: str) -> None:
    assert lines_of(read(frame(STORY, lead.format(LEAD)))) == [LEAD, *PROSE]


@pytest.mark.parametrize("frame", [newspaper, blog, plain])
@pytest.mark.parametrize(
    "box",
    [
        f'<div class="inline-related"><h4>Read more</h4><a href="/r">{OTHER["related"]}</a></div>',
        f'<div class="newsletter-box"><h4>The week in your inbox</h4><p>{OTHER["newsletter"]}</p><a href="/s">Sign up</a></div>',
    ],
)
def test_boxes_between_the_paragraphs_are_not(frame: Frame, box: str) -> None:
    assert lines_of(read(frame(FIRST + box + REST))) == list(PROSE)


NEXT = (
    f'<div class="next-article"><h2>Next</h2><h3><a href="/n">Night trains return</a></h3><p>{OTHER["next"]}</p></div>',
    f'<article class="article next"><h2><a href="/n">Night trains return</a></h2><div class="article-body"><p>{OTHER["next"]}</p>'
    "<p>The carriages were built in the seventies and have been fitted with showers, which work.</p>"
    "<p>Tickets go on sale in January; the first train leaves on the first of May at nine in the evening.</p></div></article>",
)


@pytest.mark.parametrize(
    ("frame", "following"),
    [(newspaper, NEXT[0]), (blog, NEXT[0]), (plain, NEXT[0]), (blog, NEXT[1]), (plain, NEXT[1])],
)
def test_the_next_article_is_another(frame: Frame, following: str) -> None:
    assert lines_of(read(frame(STORY, "", following))) == list(PROSE)


@pytest.mark.parametrize(("frame", "count"), [(newspaper, 3), (blog, 2), (plain, 3)])
def test_a_brief_is_found_beside_much_else(frame: Frame, count: int) -> None:
    assert lines_of(read(frame(paragraphs(*PROSE[:count])))) == list(PROSE[:count])


# --- what is not a paragraph --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page", [newspaper(HERO + STORY), newspaper(STORY, HERO), blog(HERO + STORY), blog(STORY, HERO), plain(STORY, HERO)]
)
def test_the_picture_above_the_text_is_kept_with_its_caption(page: str) -> None:
    got = read(page)
    assert 'src="https://news.example.org/img/bridge.jpg"' in got.html.partition(PROSE[0])[0]
    assert CAPTION in got.html.partition(PROSE[0])[0]
    assert got.html.count("<img") == 1


INSERTS = (
    ("<h3>The quarrel</h3>", ("The quarrel",)),
    ("<blockquote><p>“They will ask why we waited.”</p></blockquote>", ("“They will ask why we waited.”",)),
    (
        "<h2>Before you cross</h2><ul><li>Bring a windproof coat.</li><li>Leave the car at the bank.</li></ul>",
        ("Before you cross", "Bring a windproof coat.", "Leave the car at the bank."),
    ),
    ("<pre><code>span = 1200\nprint(span / 4)</code></pre>", ("span = 1200 print(span / 4)",)),
)


@pytest.mark.parametrize("frame", [newspaper, blog, plain])
@pytest.mark.parametrize(("markup", "lines"), INSERTS)
def test_what_stands_between_the_paragraphs_is_kept_in_its_place(frame: Frame, markup: str, lines: Lines) -> None:
    assert lines_of(read(frame(FIRST + markup + REST))) == [*PROSE[:5], *lines, *PROSE[5:]]


CROSSINGS = (
    ("Ferry at Lund", "1903", "25"),
    ("Railway bridge", "1911", "12"),
    ("Ford of the mill", "1650", "40"),
    ("New bridge", "2026", "3"),
)
ROWS = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in CROSSINGS)
TABLE = f"<table><thead><tr><th>Crossing</th><th>Opened</th><th>Minutes</th></tr></thead><tbody>{ROWS}</tbody></table>"


@pytest.mark.parametrize("frame", [newspaper, blog, plain])
def test_a_table_of_data_is_kept_whole(frame: Frame) -> None:
    got = read(frame(FIRST + TABLE + REST)).html
    assert got == FIRST + TABLE + REST


INGREDIENTS = (
    "400 g green lentils, soaked overnight",
    "2 onions, finely chopped",
    "1 leek and 3 carrots",
    "Salt, pepper",
)
STEPS = (
    "Fry the onions in a little oil until they are golden, but not brown.",
    "Add the leek and the carrots and let them sweat for ten minutes under a lid.",
    "Pour in the lentils with two litres of water, add the bay leaf and simmer for an hour.",
    "Stir in the mustard, season with salt and pepper, and serve with dark bread.",
)
SOUP = (
    "The soup that won the school kitchen its prize takes an hour and costs next to nothing, and even those who fear"
    " lentils ask for more.",
    "It keeps for three days in a cold cellar, and tastes better on each of them.",
)


@pytest.mark.parametrize("frame", [blog, plain])
def test_a_recipe_is_kept_with_its_lists(frame: Frame) -> None:
    needed, done = ("".join(f"<li>{line}</li>" for line in lines) for lines in (INGREDIENTS, STEPS))
    recipe = f"<p>{SOUP[0]}</p><h2>Ingredients</h2><ul>{needed}</ul><h2>Method</h2><ol>{done}</ol><p>{SOUP[1]}</p>"
    got = lines_of(read(frame(recipe)))
    assert got == [SOUP[0], "Ingredients", *INGREDIENTS, "Method", *STEPS, SOUP[1]]


# --- other layouts ------------------------------------------------------------------------------------------------


def test_paragraphs_parted_by_line_breaks_in_a_table_cell_are_found() -> None:
    got = lines_of(read(old(STORY)))
    assert [line for line in got if line in PROSE] == list(PROSE)
    assert not {OTHER["footer"], "Weather"} & set(got)  # two links beside it are too few for a menu: one may stay


def test_of_several_articles_the_headlines_one_is_taken() -> None:
    teasers = (("Harbour town argues about its fish hall", OTHER["teaser"]), ("Night trains return", OTHER["next"]))
    posts = [
        f'<article class="post"><h2><a href="/{n}">{title}</a></h2><div class="excerpt"><p>{text}</p></div><a class="more" href="/{n}">Continue reading</a></article>'
        for n, (title, text) in enumerate(teasers)
    ]
    whole = (
        f'<article class="post"><h2 class="entry-title">{TITLE}</h2><div class="entry-content">{STORY}</div></article>'
    )
    got = read(
        f'<div class="site-header"><a href="/">Valley Notes</a><ul class="menu">{MENU}</ul></div>'
        f'<div class="site-content">{posts[0]}{whole}{posts[1]}</div>'
        f'<div class="widget-area"><ul>{POPULAR}</ul></div><div class="site-footer"><p>{OTHER["footer"]}</p></div>'
    )
    assert lines_of(got) == list(PROSE)
