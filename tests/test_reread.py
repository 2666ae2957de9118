"""Filed articles read again: what is rewritten, what stays, and whose word counts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler import urls
from crawler.archive import file_hash
from crawler.errors import FetchError
from crawler.memory import PollOutcome, Watch
from crawler.model import Tally, Validators
from tests.fakes import FEED, A, Answer, Reply, World, answer, article, entry, paragraphs, prose, rss, stories

HOST = "http://a.example"
URL = f"{HOST}/1"
POST = "_posts/2021-11-20-Story 1.md"
FEED_OF_ONE = rss(*stories(HOST, 1))
PAGE = article(1)
CORRECTED = article(1).replace("before the tide turned", "before the rain came")
AGES = (timedelta(minutes=30), timedelta(days=1), timedelta(days=7))


def world(folder: Path, page: Reply = PAGE, feed: Reply = FEED_OF_ONE, **source: object) -> World:
    """A world with one filed article."""
    there = World(folder, {FEED: feed, URL: page}, replace(A, **source))  # type: ignore[arg-type]
    assert there.run().archived == 1
    return there


def text(there: World) -> str:
    data: bytes = there.archive.read(POST)
    return data.decode()


def watch(there: World) -> Watch:
    return there.state.watched([urls.key(URL)])[urls.key(URL)]


def corrected(there: World, title: str = "Story 1", summary: str = "A summary, corrected.") -> World:
    """Let the feed say something new of the article, be polled, and the time come to read it again."""
    there.pages[FEED] = rss(entry(URL, title, summary))
    there.later(minutes=16).run()
    assert there.targets == [FEED], "not at once"
    return there.later(minutes=50)


class TestAFeedThatSaysSomethingNew:
    def test_has_the_page_read_and_the_post_rewritten_in_place(self, tmp_path: Path) -> None:
        there = world(tmp_path)
        before = text(there)
        there.pages[URL] = CORRECTED
        assert corrected(there).run() == Tally(polled=1, unchanged=1, fetched=1, revised=1)
        assert there.posts == {POST: URL}
        assert text(there) == before.replace("before the tide turned", "before the rain came")
        assert there.later(days=9).run() == Tally(polled=1, unchanged=1)

    def test_by_a_title_alone_changes_the_title_inside(self, tmp_path: Path) -> None:
        there = world(tmp_path)
        before = text(there)
        assert corrected(there, "Story 1: the truth", "A summary.").run().revised == 1
        assert there.posts == {POST: URL}
        want = before.replace('"Story 1"', '"Story 1: the truth"').replace("[Story 1]", "[Story 1: the truth]")
        assert text(there) == want

    def test_by_updated_alone_changes_what_the_page_changed(self, tmp_path: Path) -> None:
        stamp = '<atom:updated xmlns:atom="http://www.w3.org/2005/Atom">2021-11-{}T00:00:00Z</atom:updated></item>'
        feeds = [FEED_OF_ONE.replace("</item>", stamp.format(day)) for day in (19, 21)]
        there = world(tmp_path, feed=feeds[0], extras=("updated",))
        assert "updated: 2021-11-19T00:00:00.000Z" in text(there)
        there.pages |= {FEED: feeds[1], URL: CORRECTED}
        there.later(minutes=16).run()
        there.later(days=1).run()
        assert "updated: 2021-11-21T00:00:00.000Z" in text(there)
        assert "before the rain came" in text(there)

    def test_that_the_page_does_not_say_changes_nothing(self, tmp_path: Path) -> None:
        there = world(tmp_path)
        place = tmp_path / POST
        before = place.stat().st_mtime_ns, place.stat().st_ino
        assert corrected(there).run() == Tally(polled=1, unchanged=1, fetched=1)
        assert (place.stat().st_mtime_ns, place.stat().st_ino) == before
        assert watch(there).reads == 1

    def test_asks_for_the_page_by_its_validators(self, tmp_path: Path) -> None:
        there = world(tmp_path, answer(article(1), ETag='"1"'))
        assert corrected(there).run() == Tally(polled=1, unchanged=1)
        assert [(r.url, r.validators) for r in there.asked if r.url == URL] == [(URL, Validators('"1"'))]
        assert there.parsers.drafts == 1
        there.pages[URL] = answer(CORRECTED, ETag='"2"')
        there.pages[FEED] = FEED_OF_ONE
        assert there.later(hours=3).run().revised == 1
        assert watch(there).validators == Validators('"2"')

    def test_in_a_title_asks_for_the_page_whatever_its_validators(self, tmp_path: Path) -> None:
        there = world(tmp_path, answer(article(1), ETag='"1"'))
        assert corrected(there, "Story one").run().revised == 1

    def test_of_a_text_of_its_own_has_that_taken(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed=rss(*stories(HOST, 1, text=prose(1))), content="feed", recheck=AGES)
        there.pages[FEED] = rss(
            entry(URL, "Story 1", prose(1).replace("before the tide turned", "before the rain came"))
        )
        there.later(minutes=16).run()
        assert there.later(minutes=50).run() == Tally(polled=1, unchanged=1, revised=1)
        assert there.targets == [FEED]
        assert "before the rain came" in text(there)
        there.pages[FEED] = rss(entry(URL, "Story 1", "Gone."))
        there.later(days=1).run()
        assert there.later(days=1).run().revised == 0
        assert "before the rain came" in text(there), "a text is not replaced by hardly any"

    def test_is_no_word_of_another_sources_article(self, tmp_path: Path) -> None:
        other = replace(A, url=f"{HOST}/other", name="Other")
        there = World(tmp_path, {FEED: FEED_OF_ONE, URL: article(1), other.url: rss(entry(URL, "1", "x"))}, A, other)
        assert there.run().archived == 1
        there.pages[other.url] = rss(entry(URL, "one", "y"))
        there.later(minutes=16).run()
        assert there.later(hours=2).run().fetched == 0

    def test_waits_for_the_articles_that_are_new(self, tmp_path: Path) -> None:
        there = world(tmp_path)
        there.pages |= {URL: CORRECTED, f"{HOST}/2": article(2)}
        corrected(there)
        there.pages[FEED] = rss(*stories(HOST, 2, 1))
        assert there.run(limit=1) == Tally(polled=1, new=1, fetched=1, archived=1)
        assert there.targets == [FEED, f"{HOST}/2"]
        assert there.run(limit=1) == Tally(fetched=1, revised=1)


class TestAges:
    def test_are_those_at_which_the_page_is_read_without_a_cause_then_never(self, tmp_path: Path) -> None:
        there = world(tmp_path, recheck=AGES)
        read = []
        for hours in (0.3, 0.6, 1, 2, 12, 23, 24.1, 25, 50, 167, 168.1, 169, 400, 9999):
            there.clock.advance(timedelta(hours=hours) - (there.clock.now() - watch(there).filed))
            if there.run().fetched:
                read.append(hours)
        assert read == [0.6, 24.1, 168.1]

    def test_bring_what_the_page_corrected(self, tmp_path: Path) -> None:
        there = world(tmp_path, recheck=AGES)
        before = text(there)
        there.pages[URL] = CORRECTED
        assert there.later(minutes=31).run() == Tally(polled=1, unchanged=1, fetched=1, revised=1)
        assert text(there) == before.replace("before the tide turned", "before the rain came")

    def test_that_were_missed_are_one(self, tmp_path: Path) -> None:
        there = world(tmp_path, recheck=AGES)
        assert there.later(days=3).run().fetched == 1
        assert there.later(days=3).run().fetched == 0
        assert there.later(days=3).run().fetched == 1

    def test_a_failing_page_is_asked_for_a_few_times_more(self, tmp_path: Path) -> None:
        there = world(tmp_path, recheck=AGES)
        there.pages[URL] = FetchError("connection reset")
        before = text(there)
        asked = 0
        for _ in range(20):
            there.later(minutes=31).run()
            asked += there.targets.count(URL)
        assert asked == 4
        assert text(there) == before
        assert there.failures() == {}, "an article that is filed has not failed"
        there.pages[URL] = CORRECTED
        assert there.later(hours=14).run().revised == 1, "at the next age"

    def test_a_host_that_wants_silence_costs_no_try(self, tmp_path: Path) -> None:
        feed = rss(*stories(HOST, 1, 2))
        there = World(tmp_path, {FEED: feed, URL: article(1), f"{HOST}/2": article(2)}, replace(A, recheck=AGES))
        assert there.run().archived == 2
        there.pages |= dict.fromkeys([FEED, URL, f"{HOST}/2"], answer(status=429, Retry_After="7200"))
        there.sources = (replace(A, recheck=AGES, every=timedelta(days=1)),)
        off = replace(there.memory(), next_poll=there.clock.now() + timedelta(days=1))
        there.state.admit(PollOutcome(urls.key(FEED), off), there.clock.now())
        assert there.later(minutes=31).run() == Tally()
        assert len(there.targets) == 1
        there.pages |= {URL: CORRECTED, f"{HOST}/2": article(2)}
        assert there.later(hours=3).run().fetched == 2

    def test_nor_those_that_already_wait_for_their_turn(self, tmp_path: Path) -> None:
        async def slow() -> Answer:
            await asyncio.sleep(0.01)
            return answer(status=429, Retry_After="3600")

        feed = answer(rss(*stories(HOST, 1, 2)), Cache_Control="max-age=7200")
        there = World(tmp_path, {FEED: feed, URL: PAGE, f"{HOST}/2": article(2)}, replace(A, recheck=AGES))
        there.run()
        there.pages |= {URL: slow, f"{HOST}/2": slow}
        assert there.later(minutes=31).run(connections=2) == Tally()
        assert len(there.targets) == 1
        tries = [there.state.watched([urls.key(url)])[urls.key(url)].tries for url in (URL, f"{HOST}/2")]
        assert sorted(tries) == [0, 1]


class TestAPersonsPost:
    @pytest.mark.parametrize("feeds", [False, True], ids=["by age", "by the feed"])
    def test_is_never_overwritten_and_that_is_said_once(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture, feeds: bool
    ) -> None:
        there = world(tmp_path, recheck=() if feeds else AGES)
        edited = text(there) + "\nPS: true.\n"
        (tmp_path / POST).write_text(edited)
        there.pages[URL] = CORRECTED
        caplog.set_level("INFO", "crawler")
        (corrected(there) if feeds else there.later(minutes=31)).run()
        assert URL not in there.targets
        told = [r for r in caplog.records if "was edited" in r.message]
        assert [r.levelname for r in told] == ["WARNING" if feeds else "INFO"]
        caplog.clear()
        corrected(there, "Story 1, again").run()
        there.later(days=9).run()
        assert (URL in there.targets, text(there)) == (False, edited)
        assert "was edited" not in caplog.text

    def test_that_was_removed_is_not_made_again(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        there = world(tmp_path, recheck=AGES)
        (tmp_path / POST).unlink()
        there.pages[URL] = CORRECTED
        caplog.set_level("INFO", "crawler")
        for _ in range(5):
            there.later(days=3).run()
            assert URL not in there.targets
        assert there.posts == {}
        assert caplog.text.count("was removed") == 1

    def test_that_is_edited_while_the_page_is_read_is_theirs(self, tmp_path: Path) -> None:
        there = world(tmp_path, recheck=AGES, keep_revisions=True)

        async def slow() -> Answer:
            (tmp_path / POST).write_text("mine")
            return Answer(CORRECTED)

        there.pages[URL] = slow
        assert there.later(minutes=31).run().revised == 0
        assert text(there) == "mine"
        assert watch(there).is_over

    def test_of_a_form_that_is_not_read_back_is_left_alone(self, tmp_path: Path) -> None:
        there = world(tmp_path, recheck=AGES)
        (tmp_path / POST).write_text("From another program, or an older one.")
        ours = file_hash((tmp_path / POST).read_bytes())
        there.state.watch(urls.key(URL), replace(watch(there), file_hash=ours))
        assert there.later(minutes=31).run() == Tally(polled=1, unchanged=1)
        assert watch(there).is_over


WALL = "<html><body><h1>Story 1</h1><p>Subscribe now to continue reading. Already a subscriber?</p></body></html>"


class TestAPageThatIsPoorerNow:
    @pytest.mark.parametrize(
        "page",
        [
            Answer(status=404),
            Answer(status=410),
            "",
            WALL,
            article(1).replace(paragraphs(1)[2], ""),
            "<html><body><nav><a href='/'>Home</a></nav></body></html>",
        ],
        ids=["gone", "gone for good", "empty", "wall", "shorter", "shell"],
    )
    def test_never_costs_the_text_that_is_filed(self, tmp_path: Path, page: str | Answer) -> None:
        there = world(tmp_path, recheck=AGES)
        before = text(there)
        there.pages[URL] = page
        for _ in range(20):
            assert there.later(hours=13).run().revised == 0
        assert text(there) == before
        assert there.failures() == {}

    def test_nor_does_another_article_at_its_address(self, tmp_path: Path) -> None:
        full = "".join(prose(n) for n in (1, 2, 3))
        budget = "".join(
            f"<p>Budget line {n} of the town of Eastham was voted down, as {n} members said no.</p>" for n in range(20)
        )
        there = world(tmp_path, article(1).replace(prose(1), full), recheck=AGES)
        before = text(there)
        there.pages[URL] = article(1).replace(prose(1), budget)
        assert there.later(minutes=31).run() == Tally(polled=1, unchanged=1, fetched=1)
        assert text(there) == before

    def test_nor_does_the_feeds_text(self, tmp_path: Path) -> None:
        there = world(tmp_path)
        before = text(there)
        there.pages[URL] = WALL
        corrected(there, summary=prose(1).replace("before the tide turned", "before the rain came")).run()
        assert text(there) == before
        there.pages[URL] = CORRECTED
        corrected(there, summary="x")
        assert there.later(hours=2).run().revised == 1

    def test_and_the_feeds_text_makes_way_for_the_pages(self, tmp_path: Path) -> None:
        there = world(tmp_path, Answer(status=404), rss(*stories(HOST, 1, text=prose(1))), recheck=AGES)
        assert watch(there).is_feeds
        there.pages[URL] = article(1).replace(prose(1), prose(1) + prose(2))
        assert there.later(minutes=31).run().revised == 1
        assert "harbour 2" in text(there)
        assert not watch(there).is_feeds


class TestRevisions:
    def test_are_kept_beside_the_posts_by_the_time_since_when_they_stood(self, tmp_path: Path) -> None:
        there = world(tmp_path, recheck=AGES, keep_revisions=True)
        texts = [text(there)]
        for words, age in (("rain came", 0.6), ("ice broke", 24), ("rain came", 168)):
            there.pages[URL] = article(1).replace("tide turned", words)
            assert there.later(hours=age).run().revised == 1
            texts.append(text(there))
        kept = sorted((tmp_path / ".revisions/_posts/2021-11-20-Story 1").iterdir())
        assert [place.read_text() for place in kept] == texts[:3]
        assert [place.name for place in kept] == [
            "20211120T064344Z.md",
            "20211120T071944Z.md",
            "20211121T071944Z.md",
        ]
        assert list(there.archive.list()) == [POST]

    def test_of_one_second_stand_side_by_side(self, tmp_path: Path) -> None:
        there = world(tmp_path, recheck=AGES, keep_revisions=True)
        name = "_posts/2021-11-20-Story 1/20211120T064344Z"
        there.revisions.put(f"{name}.md", b"of an earlier archive")
        before = text(there)
        there.pages[URL] = CORRECTED
        there.later(minutes=31).run()
        assert there.revisions.read(f"{name}.md") == b"of an earlier archive"
        assert there.revisions.read(f"{name}-2.md") == before.encode()

    def test_are_not_kept_unless_that_is_wished(self, tmp_path: Path) -> None:
        there = world(tmp_path, recheck=AGES)
        there.pages[URL] = CORRECTED
        assert there.later(minutes=31).run().revised == 1
        assert not (tmp_path / ".revisions").exists()
