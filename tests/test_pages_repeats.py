"""Several pages read as one, of a source that repeats itself: banners on every page, walls among the pages."""

from __future__ import annotations

import pytest

from crawler.errors import Repeated
from crawler.extractor import Pages, Rules, extract, learn
from crawler.extractor.repeats import MAX_BLOCKS, NOT_SIFTED, NOTHING, SIZE, joined, sift
from crawler.extractor.tree import fragment
from crawler.model import Article, Entry, Fingerprint, Onward, Page, Source
from crawler.urls import canonical
from tests.clock import START
from tests.fakes import paragraphs, prose

SITE = "https://news.example"
URL = canonical(f"{SITE}/ferry")
SOURCE = Source("News", f"{SITE}/feed")
BANNER = "<p>Like what you read? Our letter comes <a href=https://news.example/letter>every Friday</a> and costs nothing.</p>"
SHOWN = "Like what you read? Our letter comes every Friday and costs nothing."
WALL = f"<h2>We are repainting</h2>{'<p>The reading room is closed while the painters work in it, come again.</p>' * 3}"
BRIEF = "<p>The ferry sank in the night.</p>"


def prints(*bodies: str) -> list[bytes]:
    found = b"".join(sift(fragment(body), NOTHING).prints for body in bodies)
    return [found[i : i + SIZE] for i in range(0, len(found), SIZE)]


def others(piece: str) -> Rules:
    """Return what is known of a source after three articles that hold a piece."""
    return Rules(learned=learn([Fingerprint(b"".join(prints(prose(20 + i) + piece))) for i in range(3)]))


def page(number: int, body: str, *, is_last: bool = False) -> Page:
    url = URL if number == 1 else f"{URL}/{number}"
    head = "" if is_last else f"<link rel=next href=/ferry/{number + 1}>"
    text = f"<html><head><title>The ferry</title>{head}</head><body><article id=story>{body}</article></body></html>"
    return Page(url, url, 200, (("content-type", "text/html; charset=utf-8"),), text.encode(), START)


def read(bodies: list[str], rules: Rules, *, ends: bool = True) -> Pages:
    """Return the last of an article's pages; with `ends` off, what was read is all that can be had."""
    before: Onward | None = None
    for number, body in enumerate(bodies, 1):
        there = Pages(page(number, body, is_last=ends and number == len(bodies)), SOURCE, rules, before, "all")
        if not ends or number < len(bodies):
            before = there.onward()
            assert before is not None
    return there if ends else Pages(None, SOURCE, rules, before)


def article(there: Pages, rules: Rules, feed: str = "") -> Article:
    return extract(there, Entry(URL, title="Ferry", content=feed), SOURCE, URL, rules, START)


class TestABanner:
    def test_on_each_of_three_pages_goes_from_all(self) -> None:
        bodies = [prose(1) + BANNER, BANNER + prose(2), prose(3) + BANNER]
        rules = others(BANNER)
        got = article(read(bodies, rules), rules)
        assert got.html == prose(1) + prose(2) + prose(3)
        assert got.won.endswith("; 3 pages")
        assert got.boilerplate == (SHOWN,)

    def test_is_remembered_once_with_the_blocks_of_all_pages(self) -> None:
        bodies = [prose(1) + BANNER, BANNER + prose(2), prose(3) + BANNER]
        for rules in (Rules(), others(BANNER)):
            blocks = article(read(bodies, rules), rules).blocks
            assert [blocks[i : i + SIZE] for i in range(0, len(blocks), SIZE)] == prints(
                prose(1), BANNER, prose(2), prose(3)
            )

    def test_goes_from_a_first_page_that_is_short_too(self) -> None:
        """Alone it would be refused as a repetition; what counts is the whole."""
        rules = others(BANNER)
        got = article(read([BRIEF + BANNER, prose(2) + BANNER], rules), rules)
        assert (got.html, got.boilerplate) == (BRIEF + prose(2), (SHOWN,))

    def test_leaves_the_picture_that_a_page_shows(self) -> None:
        rules = others(BANNER)
        picture = "<p><img src=/wreck.jpg></p>"
        got = article(read([prose(1), picture + BANNER, prose(3)], rules), rules)
        assert got.html == f'{prose(1)}<p><img src="{SITE}/wreck.jpg"></p>{prose(3)}'

    def test_that_outweighs_the_pages_together_makes_them_a_repetition(self) -> None:
        rules, bodies = others(WALL), [BRIEF + WALL, "<p>Nobody was hurt.</p>" + WALL]
        for ends in (True, False):
            with pytest.raises(Repeated, match="the same text as 3 other articles") as e:
                article(read(bodies, rules, ends=ends), rules, "A summary.")
            assert e.value.blocks == b"".join(prints(BRIEF, WALL, "<p>Nobody was hurt.</p>"))

    def test_leaves_the_feeds_text_to_stand_in(self) -> None:
        rules = others(WALL)
        got = article(read([BRIEF + WALL], rules, ends=False), rules, prose(7))
        assert (got.html, got.origin) == (prose(7), "feed")
        assert got.blocks == b"".join(prints(prose(7), BRIEF, WALL)), "of the feed's, then of the page's"


class TestAWall:
    def test_leads_nowhere(self) -> None:
        there = Pages(page(1, WALL), SOURCE, others(WALL), None, "all")
        assert there.onward() is None
        with pytest.raises(Repeated) as e:
            article(there, others(WALL))
        assert e.value.blocks == b"".join(prints(WALL))

    @pytest.mark.parametrize("beside", ["", "<p>Page 2 of 3</p>", "<ul><li>1</li><li>2</li><li>3</li></ul>"])
    def test_on_a_following_page_is_refused_though_the_feed_has_a_text(self, beside: str) -> None:
        """So that the caller can file what was read before it, and remember what it was."""
        rules = others(WALL)
        there = read([prose(1), WALL + beside], rules)
        with pytest.raises(Repeated, match="the same text as 3 other articles") as e:
            article(there, rules, prose(4))
        assert e.value.blocks == b"".join(prints(WALL))
        assert article(read([prose(1)], rules, ends=False), rules).html == prose(1)

    def test_that_is_not_known_yet_is_read_and_remembered(self) -> None:
        got = article(read([prose(1), WALL], Rules()), Rules())
        assert paragraphs(1)[0] in got.html
        assert got.blocks == b"".join(prints(prose(1), WALL))


def test_of_very_many_blocks_what_ends_every_page_is_remembered() -> None:
    parts = [
        sift(fragment("".join(f"<p>Name {page}.{i}</p>" for i in range(MAX_BLOCKS - 50)) + BANNER), NOTHING)
        for page in range(3)
    ]
    found = joined(joined(parts[0], parts[1]), parts[2]).prints
    assert len(found) == MAX_BLOCKS * SIZE
    assert found.startswith(prints("<p>Name 0.0</p>")[0])
    assert found.endswith(prints(BANNER)[0])
    assert joined(NOT_SIFTED, NOT_SIFTED) == NOT_SIFTED
