"""Learned boilerplate, the whole way: a source with the same banner on every page, that ends in one page for all.

The commands themselves, on a real server on the loopback interface and a state file; parsing is done in this process.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape

import pytest

from crawler.extractor.repeats import MIN_ARTICLES
from tests.conftest import Desk
from tests.fakes import entry, paragraphs, prose, rss, says, stories
from tests.webserver import Handler

PROMO = "<p><a href='/almanac'><img src='/pictures/almanac.png' alt='The almanac'></a></p>"
LETTER = "<p>The harbour letter comes every Friday, with the tides of the week and a word from the pilots.</p>"
FRIENDS = "<p>* * *</p><p>Friends of the harbour keep this paper afloat. <a href='/friends'>Be one of them.</a></p>"
MARKS = ("almanac", "The harbour letter", "* * *", "\\* \\* \\*", "Friends of the harbour")
NEW = "<p>The almanac is sold out, and the pilots write the next one.</p>"
#: What the server gives for every address once its presses are being moved: no words that walls are known by.
WALL = (
    "<p>The presses of the harbour paper are on their way to the new hall behind the fish market.</p>"
    "<p>Until they stand there, our pages rest. The pilots thank all readers for their patience.</p>"
)


def page(n: int, banners: tuple[str, str, str] = (PROMO, LETTER, FRIENDS)) -> Handler:
    """Story n with the source's banners at the top, in the middle and at the end."""
    top, middle, end = banners
    first, *rest = (f"<p>{text}</p>" for text in paragraphs(n))
    return framed(f"<h1>Story {n}</h1>{top}{first}{middle}{''.join(rest)}{end}")


def framed(inner: str) -> Handler:
    text = f"<html><head><title>Harbour</title></head><body><article>{inner}</article></body></html>"
    return says(text, Content_Type="text/html; charset=utf-8")


def following(n: int, more: str = "", beside: str = "") -> Handler:
    """The text of story n between banners, on a page that goes on elsewhere."""
    head = f"<link rel='next' href='{more}'>" if more else ""
    text = f"<article><h1>Harbour</h1>{PROMO}{LETTER}{prose(n)}{FRIENDS}</article>{beside}"
    page = f"<html><head><title>Harbour</title>{head}</head><body>{text}</body></html>"
    return says(page, Content_Type="text/html; charset=utf-8")


def publish(desk: Desk, *numbers: int, shown: Callable[[int], Handler] = page) -> None:
    """Put some stories into the feed and on the server, and let the source's next turn come."""
    desk.later(minutes=16)
    desk.routes["/feed"] = says(rss(*stories(desk.base, *numbers)))
    desk.routes.update({f"/{n}": shown(n) for n in numbers})


def wall(n: int) -> Handler:
    return framed(WALL)


def posts(desk: Desk) -> dict[str, str]:
    return {place.stem[11:]: place.read_text() for place in desk.archive.rglob("*.md")}


def bodies(desk: Desk, archive: str = "archive") -> dict[str, str]:
    places = (desk.folder / archive).rglob("*.md")
    return {place.stem[11:]: place.read_text().partition("\n------\n")[2] for place in places}


def with_banners(desk: Desk) -> list[str]:
    return [name for name, text in posts(desk).items() if any(mark in text for mark in MARKS)]


def test_the_same_banner_on_every_page_disappears_and_nothing_else(desk: Desk) -> None:
    publish(desk, *range(1, 13))
    assert desk.run("run").code == 0
    assert len(desk.posts) == 12
    assert len(with_banners(desk)) == MIN_ARTICLES, "what the first ones share is not known before"
    assert all(all(text in post for text in paragraphs(int(name[6:]))) for name, post in posts(desk).items())


def test_posts_are_those_of_the_source_without_its_banners(desk: Desk) -> None:
    publish(desk, 1, 2, 3)
    desk.run("run")
    publish(desk, *range(4, 13))
    desk.run("run")
    assert sorted(with_banners(desk)) == ["Story 1", "Story 2", "Story 3"]
    learned = bodies(desk)
    desk.configure({"name": "Bare", "url": f"{desk.base}/feed"}, archive="bare")
    desk.archive.rename(desk.folder / "with banners")
    publish(desk, *range(4, 13), shown=partial(page, banners=("", "", "")))
    desk.run("run")
    bare = bodies(desk, "bare")
    assert {name: learned[name] for name in bare} == bare


def test_a_banner_that_changes_is_forgotten_and_the_new_one_learned(desk: Desk) -> None:
    publish(desk, *range(1, 30))
    desk.run("run")
    publish(desk, *range(30, 60), shown=partial(page, banners=("", "", NEW)))
    desk.run("run")
    assert len(desk.posts) == 59
    assert sum(NEW[3:-4] in text for text in posts(desk).values()) == 11, (
        "more than half of the last twenty must have held it"
    )
    publish(desk, 60)
    desk.run("run")
    assert "Story 60" in with_banners(desk), "the old one is forgotten by now"


class TestOnePageForAll:
    @pytest.fixture
    def walled(self, desk: Desk) -> Desk:
        """A desk whose source serves its wall from story 13 on."""
        publish(desk, *range(1, 13))
        desk.run("run")
        publish(desk, *range(13, 19), shown=wall)
        return desk

    def test_is_an_alarm_and_no_article(self, walled: Desk) -> None:
        said = walled.run("run")
        assert len(walled.posts) == 12 + MIN_ARTICLES, "the first ones are archived before it can be known"
        for told in (said.err, walled.run("status").out):
            assert told.count("other articles of this source: The presses of the harbour") == 3
            assert "the same text as 3 other articles" in told
        assert walled.later(minutes=20).run("run", "-q") == (0, "", ""), "it is said once"
        assert len(walled.posts) == 12 + MIN_ARTICLES

    def test_is_over_when_the_pages_are_back(self, walled: Desk) -> None:
        walled.run("run")
        walled.routes.update({f"/{n}": page(n) for n in range(13, 19)})
        walled.later(minutes=20).run("run")
        assert len(walled.posts) == 18
        assert sum("The presses" in text for text in posts(walled).values()) == MIN_ARTICLES
        assert len(with_banners(walled)) == MIN_ARTICLES, "the banners are still known"

    def test_is_known_when_it_comes_back(self, walled: Desk) -> None:
        walled.run("run")
        for n in (20, 50, 80):
            publish(walled, *range(n, n + 25))
            walled.run("run")
            publish(walled, n + 28, n + 29, shown=wall)
            walled.run("run")
        assert len(walled.posts) == 12 + MIN_ARTICLES + 75
        assert sum("The presses" in text for text in posts(walled).values()) == MIN_ARTICLES

    def test_lets_the_feeds_text_stand_in(self, walled: Desk) -> None:
        walled.run("run")
        full = says(rss(*(entry(f"{walled.base}/{n}", f"Story {n}", prose(n)) for n in range(20, 50))))
        publish(walled, *range(20, 50), shown=wall)
        walled.routes["/feed"] = full
        walled.run("run")
        assert len(walled.posts) == 12 + MIN_ARTICLES + 30
        assert sum("The presses" in text for text in posts(walled).values()) == MIN_ARTICLES

    def test_of_pages_that_are_gone_and_a_feed_that_repeats(self, desk: Desk) -> None:
        gone = (entry(f"{desk.base}/gone/{n}", f"Story {n}", WALL * 3) for n in range(1, 6))
        desk.later(minutes=16).routes["/feed"] = says(rss(*gone))
        desk.run("run")
        assert len(desk.posts) == MIN_ARTICLES
        assert "HTTP 404 Not Found; the same text as 3 other articles" in desk.run("status").out


class TestArticlesOfSeveralPages:
    """Story n has the pages /n, /n/2 and /n/3, of the texts n, 100 + n and 200 + n, with the banners on each."""

    def publish(self, desk: Desk, *numbers: int, second: Callable[[int], Handler] | None = None) -> None:
        publish(desk, *numbers, shown=lambda n: following(n, f"/{n}/2"))
        for n in numbers:
            desk.routes[f"/{n}/2"] = second(n) if second else following(100 + n, f"/{n}/3")
            desk.routes[f"/{n}/3"] = following(200 + n)

    def test_lose_the_banners_of_every_page(self, desk: Desk) -> None:
        self.publish(desk, *range(1, 7))
        assert desk.run("run").code == 0
        assert len(desk.posts) == 6
        assert len(with_banners(desk)) == MIN_ARTICLES
        for name, post in posts(desk).items():
            assert all(paragraphs(int(name[6:]) + more)[2] in post for more in (0, 100, 200))

    def test_end_at_a_wall_that_repeats_and_it_stays_known(self, desk: Desk) -> None:
        """It is remembered with the articles, more of which follow than a source keeps."""
        for numbers in (range(1, 4), range(4, 34)):
            self.publish(desk, *numbers, second=wall)
            said = desk.run("run")
        assert len(desk.posts) == 33
        assert sum("The presses" in post for post in posts(desk).values()) == MIN_ARTICLES
        assert said.err.count("taken without what follows: page 2") == 30
        assert said.err.count("other articles of this source: The presses of the harbour") == 30

    def test_whose_single_page_is_a_wall_are_read_page_by_page(self, desk: Desk) -> None:
        (desk.folder / "rules").mkdir()
        (desk.folder / "rules" / "127.0.0.1.txt").write_text("single_page_link: //a[@class='print']\n")
        desk.configure(site_rules="rules")
        for numbers in (range(1, 4), range(4, 34)):
            self.publish(desk, *numbers)
            for n in numbers:
                desk.routes[f"/{n}"] = following(n, f"/{n}/2", f"<a class='print' href='/print/{n}'>Print</a>")
                desk.routes[f"/print/{n}"] = wall(n)
            desk.run("run")
        assert sum("The presses" in post for post in posts(desk).values()) == MIN_ARTICLES
        assert sum(paragraphs(int(name[6:]) + 200)[2] in post for name, post in posts(desk).items()) == 30


def test_an_article_is_not_another_one_of_itself(desk: Desk) -> None:
    publish(desk, 1, 2, 3, shown=wall)
    desk.run("run")
    desk.routes["/4"] = wall(4)
    said = desk.run("fetch", "--dry-run", f"{desk.base}/1")
    assert (said.code, "The presses" in said.out) == (0, True)
    assert desk.run("fetch", "--dry-run", f"{desk.base}/4").code == 3


def test_a_dry_run_tells_what_is_left_out(desk: Desk) -> None:
    publish(desk, 1, 2, 3)
    desk.run("run")
    publish(desk, 4)
    said = desk.run("fetch", "--dry-run", f"{desk.base}/4")
    assert said.err.partition("left out")[2].splitlines() == [
        ": 4 blocks that the source repeats",
        f"  {desk.base}/pictures/almanac.png",
        "  The harbour letter comes every Friday, with the tides of the week and a word from the pilots.",
        "  * * *",
        "  Friends of the harbour keep this paper afloat. Be one of them.",
    ]
    assert escape(paragraphs(4)[0], quote=False) in said.out


def test_a_state_that_is_lost_takes_it_along(desk: Desk) -> None:
    publish(desk, *range(1, 13))
    desk.run("run")
    desk.run("rebuild")
    publish(desk, *range(13, 19))
    desk.run("run")
    assert len(desk.posts) == 18
    assert len(with_banners(desk)) == 2 * MIN_ARTICLES, "posts do not hold the banners, so they are learned anew"
