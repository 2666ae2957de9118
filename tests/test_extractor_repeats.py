"""Learned boilerplate: what goes, what stays, and which bodies are none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from crawler.errors import Repeated
from crawler.extractor import extract
from crawler.extractor.clean import allow
from crawler.extractor.repeats import MAX_BLOCKS, MIN_ARTICLES, NOTHING, SIZE, Sifted, learn, sift
from crawler.extractor.rules import Rules
from crawler.extractor.tree import fragment
from crawler.model import Article, Entry, Fingerprint, Page, Source
from crawler.urls import canonical
from tests.clock import START
from tests.fakes import paragraphs, prose

BANNER = "<p>Like what you read? Our letter comes <a href=/letter?from=7>every Friday</a> and costs nothing.</p>"
OTHER_BANNER = BANNER.replace("/letter?from=7", "/gift")
PROMO = "<p><a href=/shop><img src=/promo.png></a></p>"
WALL = f"<h2>We are repainting</h2>{'<p>The reading room is closed while the painters work in it, come again.</p>' * 3}"


def seen(*bodies: str, refused: bool = False) -> list[Fingerprint]:
    return [Fingerprint(sift(fragment(body), NOTHING).prints, refused) for body in bodies]


def left(body: str, lately: Sequence[Fingerprint], least: int = 0) -> tuple[str, Sifted]:
    root = fragment(body)
    sifted = sift(root, learn(lately), least)
    return allow(root), sifted


def with_all(piece: str, n: int = 3) -> list[Fingerprint]:
    """Return what is remembered of n articles that hold a piece, and nothing else in common."""
    return seen(*(f"{prose(i)}{piece}" for i in range(n)))


class TestWhatGoes:
    @pytest.mark.parametrize(
        ("piece", "shown"),
        [
            (BANNER, ["Like what you read? Our letter comes every Friday and costs nothing."]),
            (PROMO, ["/promo.png"]),
            ("<figure><img src=/promo.png><figcaption>Ad</figcaption></figure>", ["Ad"]),
            ("<p>Scan <img src=/code.png></p>", ["Scan", "/code.png"]),
            (f"<p>———</p>{BANNER}<p>***</p>", ["———", "Like what you read? Our letter comes every Friday and costs nothing.", "***"]),
            (f"<ul><li>{'One of many. ' * 3}</li><li>—</li></ul>", ["One of many. One of many. One of many.", "—"]),
            (f"<table><tr><td>{'Prices ' * 5}</td><td>7</td></tr></table>", ["Prices Prices Prices Prices Prices 7"]),
            ("<blockquote><p>微信搜索“港口书评”：重申航海想象，重塑缆绳力量。</p></blockquote>", ["微信搜索“港口书评”：重申航海想象，重塑缆绳力量。"]),
        ],
        ids=["paragraph", "picture", "figure", "picture in text", "lines beside", "list", "row", "Chinese"],
    )  # fmt: skip
    def test_stands_in_other_articles(self, piece: str, shown: list[str]) -> None:
        for body in (f"{prose(9)}{piece}", f"{piece}{prose(9)}"):
            got, sifted = left(body, with_all(piece))
            assert got == prose(9), "with its frame, and nothing else with it"
            assert sifted.dropped == tuple(shown)
            assert sifted.repeats == 0

    def test_leaves_the_text_beside_a_picture(self) -> None:
        lately = seen(*(f"<p>{i}: <img src=/icon.png> {'words ' * i}</p>" for i in range(4)))
        got, sifted = left("<p>Nine: <img src=/icon.png> a text</p>", lately)
        assert got == "<p>Nine:  a text</p>"
        assert sifted.dropped == ("/icon.png",)

    def test_leaves_a_heading_beside_a_banner(self) -> None:
        heading = "<h2>Contents</h2>"
        assert left(f"{BANNER}{heading}{prose(9)}", with_all(BANNER + heading))[0] == heading + prose(9)

    def test_is_remembered_though_it_goes(self) -> None:
        _, sifted = left(prose(9) + BANNER, with_all(BANNER))
        assert sifted.prints == seen(prose(9) + BANNER)[0].blocks
        assert len(sifted.prints) == 4 * SIZE

    def test_may_outweigh_the_article(self) -> None:
        brief = "<p>The ferry is late today, and the next one is full.</p>"
        long = f"<p>{'This notice is here for all to read. ' * 30}</p>"
        assert left(brief + long, with_all(long))[0] == brief


class TestWhatStays:
    @pytest.mark.parametrize(
        ("piece", "lately"),
        [
            (BANNER, []),
            (BANNER, with_all(BANNER, MIN_ARTICLES - 1)),
            (BANNER, with_all(BANNER, 3) + with_all("", 3)),
            (BANNER, with_all(OTHER_BANNER)),
            (BANNER, with_all(BANNER.replace("Friday", "Monday"))),
            (PROMO, with_all(PROMO, 9) + with_all("", 3)),
            ("<h2>Conclusion</h2>", with_all("<h2>Conclusion</h2>", 9)),
            ("<p>* * *</p>", with_all("<p>* * *</p>", 9)),
            ("<p><img src=/photo.php?id=7></p>", with_all("<p><img src=/photo.php?id=8></p>")),
            ("<figure><img src=/a.png><figcaption>The quay</figcaption></figure>", with_all("<figure><img src=/a.png></figure>")),
        ],
        ids=["nothing known", "in two", "in half", "leads elsewhere", "other words", "picture in few", "heading", "line", "query", "caption"],
    )  # fmt: skip
    def test_is_not_the_same_in_enough_articles(self, piece: str, lately: list[Fingerprint]) -> None:
        body = prose(9) + piece
        assert left(body, lately) == (allow(fragment(body)), Sifted(seen(body)[0].blocks))

    def test_refused_articles_do_not_make_a_banner(self) -> None:
        lately = with_all("") + [Fingerprint(one.blocks, refused=True) for one in with_all(BANNER, 5)]
        assert left(prose(9) + BANNER, lately)[1].dropped == ()

    @pytest.mark.parametrize("others", [0, 11])
    def test_a_live_blog_holds_what_its_instalments_held(self, others: int) -> None:
        instalments = ["".join(prose(i) for i in range(n, -1, -1)) for n in range(12)]
        got, sifted = left(instalments[-1], seen(*instalments[:-1], *(prose(20 + i) for i in range(others))))
        assert got == instalments[-1]
        assert (sifted.dropped, sifted.repeats) == ((), 0)

    def test_a_text_that_was_posted_twice_and_is_quoted_once(self) -> None:
        assert left(prose(1), seen(prose(1), prose(1), prose(3)), 100) == (prose(1), Sifted(seen(prose(1))[0].blocks))

    def test_the_same_block_twice_in_one_article_is_one(self) -> None:
        assert left(prose(9) + BANNER, with_all(BANNER * 5, 2))[1].dropped == ()


class TestABodyThatRepeats:
    @pytest.mark.parametrize("refused", [False, True])
    @pytest.mark.parametrize("own", ["", "<p>Request 8a61c0</p>"])
    def test_is_refused_whole(self, own: str, refused: bool) -> None:
        lately = seen(*[WALL] * 4, refused=refused) + seen(*map(prose, range(20)))
        got, sifted = left(WALL + own, lately, 100)
        assert sifted.repeats == 4
        assert got == allow(fragment(WALL + own)), "so that people see what it says"
        with pytest.raises(Repeated, match="the same text as 4 other articles of this source: We are repainting") as e:
            sifted.demand_own("We are repainting")
        assert (e.value.passing, e.value.blocks) == (False, sifted.prints)

    def test_may_be_all_pictures(self) -> None:
        _, sifted = left(PROMO, seen(PROMO, PROMO, PROMO))
        with pytest.raises(Repeated, match="source: pictures"):
            sifted.demand_own("")

    @pytest.mark.parametrize(
        ("own", "least"), [(prose(9), 100), ("<p>今天无事。</p>", 0), ("<p><img src=/9.png></p>", 0)]
    )
    def test_with_something_of_its_own_is_an_article(self, own: str, least: int) -> None:
        got, sifted = left(BANNER + own, with_all(BANNER), least)
        assert (got, sifted.repeats) == (allow(fragment(own)), 0)

    def test_loose_text_is_its_own(self) -> None:
        item = "<ul><li>{}<ul><li>One of many, many more of them</li></ul></li></ul>"
        _, sifted = left(item.format("Today"), seen(*(item.format(n) for n in range(3))))
        assert sifted.repeats == 0

    def test_of_too_little_text_is_the_judges_business(self) -> None:
        assert left("<p>Soon.</p>", seen(*["<p>Soon.</p>"] * 3), 100)[1].repeats == 0

    def test_a_brief_is_not_refused_for_a_word_it_shares(self) -> None:
        heading, brief = (
            "<h2>At once</h2>",
            "<p>The ferry to the far shore will leave an hour later than planned, says the port.</p>",
        )
        _, sifted = left(heading + brief, with_all(heading), 90)
        assert (sifted.repeats, sifted.dropped) == (0, ())


def test_of_a_very_long_body_both_ends_are_remembered() -> None:
    body = "".join(f"<p>Name {i}</p>" for i in range(MAX_BLOCKS + 50)) + BANNER
    prints = sift(fragment(body), NOTHING).prints
    assert len(prints) == MAX_BLOCKS * SIZE
    assert seen(BANNER)[0].blocks == prints[-SIZE:]
    assert prints.startswith(seen("<p>Name 0</p>")[0].blocks)


# ------------------------------------------------------------------ through the extractor

FEED = Source("n", "https://e.org/feed")
URL = canonical("https://e.org/9")


def made(page: str, feed: str, lately: Sequence[Fingerprint], source: Source = FEED) -> Article:
    body = f"<html><body><article>{page}</article></body></html>".encode()
    fetched = Page(URL, URL, 200, (("content-type", "text/html"),), body, START) if page else None
    entry = Entry(url=URL, title="Nine", content=feed)
    return extract(fetched, entry, source, URL, Rules(learned=learn(lately)), START)


def pages(*bodies: str) -> list[Fingerprint]:
    return [Fingerprint(made(body, "", ()).blocks) for body in bodies]


class TestAnArticle:
    def test_is_made_without_the_sources_boilerplate(self) -> None:
        lately = pages(*(prose(i) + BANNER for i in range(3)))
        article = made(prose(9) + BANNER, "", lately)
        assert article.html == prose(9)
        assert article.boilerplate == ("Like what you read? Our letter comes every Friday and costs nothing.",)

    def test_is_made_so_from_the_feed_too(self) -> None:
        lately = [Fingerprint(made("", prose(i) + BANNER, ()).blocks) for i in range(3)]
        assert made("", prose(9) + BANNER, lately).html == prose(9)

    def test_is_the_feeds_where_the_page_repeats(self) -> None:
        article = made(WALL, prose(9), pages(WALL, WALL, WALL))
        assert (article.html, article.origin) == (prose(9), "feed")
        assert article.blocks == seen(prose(9), WALL)[0].blocks + seen(WALL)[0].blocks, "the wall is not forgotten"

    def test_is_the_pages_where_the_longer_feed_repeats(self) -> None:
        notice = f"<p>{'All our articles stand behind this door, which opens at nine. ' * 20}</p>"
        lately = [Fingerprint(made("", prose(i) + notice, ()).blocks) for i in range(3)]
        assert made(prose(9), notice, lately).html == prose(9)

    @pytest.mark.parametrize("feed", ["", "A summary.", WALL * 9])
    def test_is_none_where_page_and_feed_repeat_or_say_nothing(self, feed: str) -> None:
        with pytest.raises(Repeated):
            made(WALL, feed, pages(WALL, WALL, WALL))

    def test_is_one_where_the_user_wants_the_feed_and_that_repeats(self) -> None:
        source = Source("n", "https://e.org/feed", content="feed")
        lately = [Fingerprint(made("", "<p>Listen to us on Tuesdays at ten.</p>", (), source).blocks)] * 3
        said = made("", "<p>Listen to us on Tuesdays at ten.</p>", lately, source).html
        assert said == "<p>Listen to us on Tuesdays at ten.</p>", "channels say the same under each video"
        assert "Nine" in made("", "", lately, source).html, "an entry without a text has a body of its own facts"

    def test_of_a_brief_and_a_wall_is_the_first(self) -> None:
        assert paragraphs(9)[0] in made(f"<p>{paragraphs(9)[0]}</p>{WALL}", "", pages(WALL, WALL, WALL)).html
