"""Pictures of filed articles: brought home once, shown from there, and never in an article's way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.errors import FetchError, RobotsDenied
from crawler.inventory import rebuild, verify
from crawler.model import Source, Tally
from crawler.slices import next_due
from crawler.state.opening import open_state
from tests.fakes import FEED, A, Answer, Reply, World, answer, article, entry, prose, rss, stories
from tests.pictures import GIF, JPEG, PNG, SVG, asset, shows

HOST, CDN = "http://a.example", "http://cdn.example"
URL, POST = f"{HOST}/1", "_posts/2021-11-20-Story 1.md"
P, Q = f"{CDN}/p.png?w=9&h=9", f"{HOST}/q.jpg"
KEEPS = replace(A, images="download")
QUARTER = timedelta(minutes=16)


def world(folder: Path, *addresses: str, source: Source = KEEPS) -> World:
    """A world with one article that shows pictures."""
    there: dict[str, Reply] = {FEED: rss(*stories(HOST, 1)), URL: shows(*addresses), P: answer(PNG), Q: answer(JPEG)}
    return World(folder, there, source)


def text(there: World, path: str = POST) -> str:
    data: bytes = there.archive.read(path)
    return data.decode()


def is_sound(there: World) -> bool:
    return list(verify(there.archive, there.state)) == []


def rows(there: World, address: str) -> tuple[str, int, str]:
    """Return how a picture that failed stands: state, tries, reason."""
    (found,) = (one for one in there.state.pictures.failures(99) if one.url == address)
    return found.state, found.tries, found.reason


class TestOnePass:
    def test_files_the_post_and_lets_it_show_its_pictures_from_the_archive(self, tmp_path: Path) -> None:
        there = world(tmp_path, P, Q)
        assert there.run() == Tally(polled=1, new=1, fetched=1, archived=1, pictures=2, hung=1)
        assert f"\n![Picture 1](../{asset(PNG)})\n\n![Picture 2](../{asset(JPEG)})\n" in text(there)
        assert there.archive.read(asset(PNG)) == PNG
        assert list(there.archive.assets()) == sorted([asset(PNG), asset(JPEG)])
        assert list(there.archive.list()) == [POST]
        assert is_sound(there)
        assert there.later(minutes=16).run() == Tally(polled=1, unchanged=1)
        assert there.targets == [FEED]

    def test_of_html_does_the_same(self, tmp_path: Path) -> None:
        there = world(tmp_path, P, Q, source=replace(KEEPS, body="html"))
        there.run()
        assert f'<img src="../{asset(PNG)}" alt="Picture 1">' in text(there)

    @pytest.mark.parametrize(
        ("source", "path", "want"),
        [
            (replace(KEEPS, image_links="root"), POST, f"(/{asset(PNG)})"),
            (
                replace(KEEPS, format="hugo", image_links="root", path="content/posts/{date}-{title}/index.md"),
                "content/posts/2021-11-20-Story 1/index.md",
                f"(/{asset(PNG)})",
            ),
            (
                replace(KEEPS, format="obsidian", path="{source}/{date}-{title}.md"),
                "Harbour/2021-11-20-Story 1.md",
                f"(../{asset(PNG)})",
            ),
            (
                replace(KEEPS, path="_posts/{year}/{date}-{title}.md"),
                f"_posts/2021/{POST[7:]}",
                f"(../../{asset(PNG)})",
            ),
        ],
    )
    def test_names_them_as_the_source_wants(self, tmp_path: Path, source: Source, path: str, want: str) -> None:
        there = world(tmp_path, P, source=source)
        there.run()
        assert want in text(there, path)
        folder = "static/assets" if source.format == "hugo" else "assets"
        assert there.archive.read(asset(PNG, folder)) == PNG
        assert is_sound(there)

    def test_with_lead_brings_the_first_alone(self, tmp_path: Path) -> None:
        there = world(tmp_path, P, Q, source=replace(KEEPS, images="lead"))
        assert there.run().pictures == 1
        assert f"![Picture 1](../{asset(PNG)})\n\n![Picture 2]({Q})" in text(there)
        assert there.later(minutes=16).run().pictures == 0

    def test_with_link_leaves_all_where_it_is(self, tmp_path: Path) -> None:
        there = world(tmp_path, P, Q, source=A)
        assert there.run() == Tally(polled=1, new=1, fetched=1, archived=1)
        assert there.targets == [FEED, URL]
        assert P in text(there)

    def test_asks_with_the_article_as_referrer_and_by_robots(self, tmp_path: Path) -> None:
        there = world(tmp_path, P)
        there.run()
        (request,) = (one for one in there.asked if one.url == P)
        assert (request.kind, request.referer) == ("image", URL)
        assert request.permit is not None

    def test_fetches_news_before_pictures(self, tmp_path: Path) -> None:
        there = world(tmp_path, Q)
        there.pages |= {FEED: rss(*stories(HOST, *range(1, 20)))} | {f"{HOST}/{n}": article(n) for n in range(2, 20)}
        there.run()
        assert there.targets[-1] == Q

    def test_counts_no_pictures_for_the_limit(self, tmp_path: Path) -> None:
        there = world(tmp_path, P, Q)
        there.pages |= {FEED: rss(*stories(HOST, 1, 2)), f"{HOST}/2": shows(P, Q, n=2)}
        assert there.run(limit=1) == Tally(polled=1, new=2, fetched=1, archived=1, pictures=2, hung=1)

    def test_works_those_of_the_sources_that_were_asked_for(self, tmp_path: Path) -> None:
        other = replace(A, name="Other", url=f"{CDN}/feed")
        there = world(tmp_path, P)
        there.sources = (KEEPS, other)
        there.pages[other.url] = rss(entry(f"{CDN}/9", "Story 9"))
        there.pages[f"{CDN}/9"] = shows(Q, n=9)
        assert there.run().pictures == 1
        there.sources = (KEEPS, replace(other, images="download"))
        assert there.later(minutes=16).run().pictures == 0, "it was filed before"


class TestManyArticles:
    def test_that_show_one_picture_have_it_fetched_once(self, tmp_path: Path) -> None:
        there = world(tmp_path, P)
        there.pages[FEED] = rss(*stories(HOST, *range(1, 31)))  # what most of them show is left out as boilerplate
        there.pages |= {f"{HOST}/{n}": shows(*[P] * (n % 2), n=n) for n in range(1, 31)}
        tally = there.run()
        assert (tally.archived, tally.pictures) == (30, 1)
        assert there.targets.count(P) == 1
        assert sum(f"(../{asset(PNG)})" in text(there, path) for path in there.posts) == 15
        assert is_sound(there)

    def test_show_one_that_is_known_from_the_first_byte_on(self, tmp_path: Path) -> None:
        there = world(tmp_path, P)
        there.run()
        there.pages |= {FEED: rss(*stories(HOST, 2, 1)), f"{HOST}/2": shows(P, n=2)}
        assert there.later(minutes=16).run() == Tally(polled=1, new=1, fetched=1, archived=1)
        assert f"(../{asset(PNG)})" in text(there, "_posts/2021-11-20-Story 2.md")

    def test_of_two_addresses_with_the_same_bytes_keep_one_file(self, tmp_path: Path) -> None:
        there = world(tmp_path, P, Q)
        there.pages[Q] = answer(PNG)
        assert there.run().pictures == 2
        assert list(there.archive.assets()) == [asset(PNG)]
        assert text(there).count(asset(PNG)) == 2

    def test_of_another_address_are_known_for_one_with_their_pictures_here(self, tmp_path: Path) -> None:
        """Most of such an article is pictures: were theirs not compared as they stand, it would be two."""
        many = [f"{CDN}/{'x' * 99}/{n}.png" for n in range(20)]
        there = world(tmp_path)
        there.pages |= {one: answer(PNG + bytes([n])) for n, one in enumerate(many)}
        there.pages |= {
            URL: shows(*many),
            f"{HOST}/moved": shows(*many),
        }
        there.run()
        there.pages[FEED] = rss(entry(f"{HOST}/moved", "Story 1", date=there.clock.now() - timedelta(hours=1)))
        there.later(minutes=16).run()
        assert len(there.posts) == 1


class TestWhatCannotBeHad:
    @pytest.mark.parametrize(
        ("reply", "reason"),
        [
            (Answer(status=404), "HTTP 404 Not Found"),
            (answer(SVG, content_type="image/png"), "no picture of a kind that is kept: avif, gif, jpg, png, webp"),
            (answer(article(1)), "no picture of a kind that is kept: avif, gif, jpg, png, webp"),
            (answer(b"GIF89a\x01\0\x01\0"), "a picture of one point, which counts readers"),
            (FetchError("over 10 MB", passing=False), "over 10 MB"),
            (RobotsDenied("robots.txt forbids it", passing=False), "robots.txt forbids it"),
        ],
    )
    def test_for_good_stays_a_link_and_is_asked_for_once(self, tmp_path: Path, reply: Reply, reason: str) -> None:
        there = world(tmp_path, P, Q)
        there.pages[P] = reply
        assert there.run() == Tally(polled=1, new=1, fetched=1, archived=1, pictures=1, hung=1)
        assert f"![Picture 1]({P})\n\n![Picture 2](../{asset(JPEG)})" in text(there)
        assert rows(there, P) == ("dead", 1, reason)
        assert there.state.pictures.counts() == (0, 1)
        assert there.later(days=40).run(force=True).pictures == 0
        assert there.targets == [FEED]

    def test_for_now_is_asked_for_again_and_then_shown(self, tmp_path: Path) -> None:
        there = world(tmp_path, P, Q)
        there.pages[P] = answer(status=500)
        there.run()
        assert f"![Picture 1]({P})\n\n![Picture 2](../{asset(JPEG)})" in text(there), "the other did not wait"
        assert rows(there, P) == ("pending", 1, "HTTP 500 Internal Server Error")
        assert there.later(minutes=5).run(force=True).pictures == 0
        assert there.targets == [FEED, P]
        there.pages[P] = answer(GIF)
        assert there.later(hours=3).run() == Tally(polled=1, unchanged=1, pictures=1, hung=1)
        assert f"![Picture 1](../{asset(GIF)})\n" in text(there)
        assert (there.state.pictures.counts(), there.state.pictures.failures(9)) == ((0, 0), ())

    def test_is_given_up_after_ten_tries(self, tmp_path: Path) -> None:
        there = world(tmp_path, P)
        there.pages[P] = FetchError("no answer within 20 s")
        asked = 0
        for _ in range(20):
            there.run()
            asked += there.targets.count(P)
            there.later(days=13)
        assert asked == 10
        assert rows(there, P) == ("dead", 10, "no answer within 20 s")

    def test_for_its_host_wants_silence_waits_and_loses_no_try(self, tmp_path: Path) -> None:
        more = [f"{CDN}/{n}.png" for n in range(5)]
        there = world(tmp_path, *more)
        there.pages |= {one: answer(status=429, retry_after="3600") for one in more}
        there.run()
        assert len([one for one in there.targets if one in more]) == 1
        assert there.state.pictures.counts() == (5, 0)
        there.pages |= {one: answer(PNG) for one in more}
        assert there.later(minutes=30).run().pictures == 0
        assert there.later(minutes=45).run() == Tally(polled=1, unchanged=1, pictures=5, hung=1)

    def test_since_another_file_stands_there_stays_a_link(self, tmp_path: Path) -> None:
        there = world(tmp_path, P)
        there.archive.put(asset(PNG), b"another")
        there.run()
        assert rows(there, P) == ("dead", 1, f"another file stands at {asset(PNG)}")
        assert there.archive.read(asset(PNG)) == b"another"

    def test_of_a_source_that_is_gone_or_wants_links_again_is_let_be(self, tmp_path: Path) -> None:
        there = world(tmp_path, P)
        there.pages[P] = answer(status=500)
        there.run()
        for sources in ((A,), (replace(KEEPS, name="Other", url=f"{HOST}/other"),)):
            there.sources = sources
            there.pages[f"{HOST}/other"] = rss()
            assert there.later(hours=5).run().pictures == 0
            assert P not in there.targets
        there.sources, there.pages[P] = (KEEPS,), answer(PNG)
        assert there.later(hours=5).run().pictures == 1

    def test_of_a_paused_source_waits(self, tmp_path: Path) -> None:
        there = world(tmp_path, P)
        there.pages[P] = answer(status=500)
        there.run()
        there.state.pause(FEED, there.clock.now())
        assert there.later(hours=5).run() == Tally()

    def test_until_a_wrong_clock_says_is_due_when_that_is_set_right(self, tmp_path: Path) -> None:
        there = world(tmp_path, P)
        there.pages[P] = answer(status=500)
        there.later(days=900).run()
        there.pages[P] = answer(PNG)
        there.clock.advance(-timedelta(days=899))
        assert there.run().pictures == 1


class TestTheNextTime:
    def test_is_that_of_a_picture_too(self, tmp_path: Path) -> None:
        there = world(tmp_path, P, source=replace(KEEPS, every=timedelta(days=9)))
        there.pages[P] = answer(status=500)
        there.run()
        due = there.work(next_due)
        assert timedelta(minutes=15) <= due - there.clock.now() <= timedelta(minutes=21)
        there.sources = (replace(A, every=timedelta(days=9)),)
        assert there.work(next_due) - there.clock.now() > timedelta(days=8)

    def test_is_its_hosts_word(self, tmp_path: Path) -> None:
        there = world(tmp_path, P, source=replace(KEEPS, every=timedelta(days=9)))
        there.pages[P] = answer(status=429, retry_after="7200")
        there.run()
        assert there.work(next_due) == there.clock.now() + timedelta(hours=2)


def test_a_lost_state_leaves_local_pictures_and_fetches_none_again(tmp_path: Path) -> None:
    there = world(tmp_path, P)
    there.run()
    before = text(there)
    there.state = open_state("sqlite://")
    there.state.sync_sources(there.sources, there.clock.now())
    assert rebuild(there.archive, there.state, there.clock.now())[:2] == (1, ())
    assert there.later(minutes=16).run() == Tally(polled=1)
    assert (text(there), there.targets) == (before, [FEED])
    assert is_sound(there)


def test_a_feeds_own_text_shows_its_pictures_from_here_too(tmp_path: Path) -> None:
    there = world(tmp_path, source=replace(KEEPS, content="feed"))
    there.pages[FEED] = rss(entry(URL, "Story 1", f'<p><img src="{P}" width="900" height="600"></p>{prose(1)}'))
    assert there.run() == Tally(polled=1, new=1, archived=1, pictures=1, hung=1)
    assert f"(../{asset(PNG)})" in text(there)


def test_an_archive_moved_between_holds_what_is_still_to_come(tmp_path: Path) -> None:
    from crawler.shelving import find, shelve

    there = world(tmp_path, P)
    there.pages[P] = answer(status=500)
    there.run()
    old = list(find(there.archive, there.state, there.clock.now() + timedelta(days=1), "old/2021"))
    assert len(shelve(there.archive, there.state, old)) == 1
    there.pages[P] = answer(PNG)
    assert there.later(minutes=20).run().hung == 1
    assert f"(../../{asset(PNG)})" in text(there, f"old/2021/{POST[7:]}")
