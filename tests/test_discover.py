"""The feed behind a site's address."""

from __future__ import annotations

import pytest

from crawler.model import Listing
from crawler.sources.discover import COMMON_PATHS, MAX_CANDIDATES, feed_links, feed_title, guesses
from tests.answers import page

SITE = "https://site.example/blog/post"


def links(markup: str, charset: str = "utf-8") -> tuple[str, ...]:
    return feed_links(page(markup.encode(charset), f"text/html; charset={charset}", SITE))


FOUND = [
    ("", ()),
    ("<!-- nothing -->", ()),
    ("<p>no feed here <a href='/about'>about</a> <a>x</a> <a href='/feedback'>say</a></p>", ()),
    (
        "<link rel='alternate' type='application/rss+xml' href='/feed'>"
        "<link rel='ALTERNATE home' type='Application/Atom+XML; charset=utf-8' href='atom'>"
        "<link rel=alternate type=application/feed+json href='https://x.example/feed.json'>",
        ("https://site.example/feed", "https://site.example/blog/atom", "https://x.example/feed.json"),
    ),
    (
        "<link rel=alternate type=application/rss+xml title='Site » Comments Feed' href=/c>"
        "<link rel=alternate type=application/rss+xml href=/comments/feed/>"
        "<link rel=alternate type=application/rss+xml title=Site href=/feed>",
        ("https://site.example/feed", "https://site.example/c", "https://site.example/comments/feed/"),
    ),
    (
        "<a href='/rss.xml?x=1#y'>RSS</a><a href='//h.example/news/feed/'>f</a><a href='/all.atom'>a</a>"
        "<a href='/feeds/world.xml'>w</a><a href='/rss/china.xml'>c</a><a href='javascript:feed'>j</a>"
        "<link rel=alternate type=text/xml href=/news.rss>",
        (
            "https://site.example/news.rss",
            "https://site.example/rss.xml?x=1#y",
            "https://h.example/news/feed/",
            "https://site.example/all.atom",
        ),
    ),
    (
        "<link rel=alternate type=application/json href=/wp-json/wp/v2/posts/1>"
        "<link rel=alternate type=application/json+oembed href=/oembed/feed>"
        "<link rel=alternate type=text/html hreflang=de href=/de/feed.html>"
        "<link rel=stylesheet type=application/rss+xml href=/x.css>"
        "<link rel=alternate type=application/rss+xml>"
        "<link rel=alternate href=/feed2>"
        "<link type=application/rss+xml href=/no-rel>",
        (),
    ),
    ("<base href='/sub/'><link rel=alternate type=application/rss+xml href=feed>", ("https://site.example/sub/feed",)),
    ("<base><link rel=alternate type=application/rss+xml href=feed>", ("https://site.example/blog/feed",)),
    ("<base href='x:y'><link rel=alternate type=application/rss+xml href=feed>", ("https://site.example/blog/feed",)),
    ("<link rel=alternate type=application/rss+xml href=/f><a href=/f>", ("https://site.example/f",)),
]


@pytest.mark.parametrize(("markup", "found"), FOUND)
def test_feed_links(markup: str, found: tuple[str, ...]) -> None:
    assert links(f"<html><head>{markup}</head></html>" if "<link" in markup else markup) == found


def test_chinese_comments_go_last() -> None:
    one = "<link rel=alternate type=application/rss+xml title='{}' href=/{}>"
    page_of_two = one.format("评论", "c") + one.format("文章", "f")
    assert links(page_of_two, "gb18030") == ("https://site.example/f", "https://site.example/c")


def test_a_directory_of_feeds_is_cut() -> None:
    assert len(links("".join(f"<a href='/{n}/feed'>x</a>" for n in range(99)))) == MAX_CANDIDATES


def test_guesses_begin_below_the_address() -> None:
    found = guesses("https://site.example/blog?x=1#y")
    assert found[:2] == ("https://site.example/blog/feed", "https://site.example/blog/rss")
    assert found[len(COMMON_PATHS)] == "https://site.example/feed"
    assert len(found) == len(set(found)) == 2 * len(COMMON_PATHS)


@pytest.mark.parametrize("url", ["https://site.example", "https://site.example/"])
def test_guesses_at_the_root_are_tried_once(url: str) -> None:
    assert guesses(url) == tuple(f"https://site.example/{path}" for path in COMMON_PATHS)


@pytest.mark.parametrize("url", ["", "site.example", "ftp://site.example/", "rsshub://x/y"])
def test_nothing_is_guessed_for_what_is_no_web_address(url: str) -> None:
    assert guesses(url) == ()


@pytest.mark.parametrize(
    ("listing", "title"),
    [
        (Listing((), "The Courier", "https://site.example/"), "The Courier"),
        (Listing((), "", "https://site.example/"), "site.example"),
        (Listing(()), ""),
    ],
)
def test_feed_title(listing: Listing, title: str) -> None:
    assert feed_title(listing) == title
