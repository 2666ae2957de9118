"""Backfills walked on a fake web: what is read and fetched, in which order, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import FetchError
from crawler.model import Tally
from crawler.past import Window
from tests.clock import START
from tests.fakes import FEED, Answer, Reply, World, article, rss, stories
from tests.pastworld import DAY, HOST, OLD, dated, feed, of, pages, world
from tests.scripted import ROOT, listing

pytestmark = pytest.mark.usefixtures("scripted")


class TestAWalk:
    def test_archives_what_its_lists_name(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(1, 2), f"onward {ROOT}/2"), {f"{ROOT}/2": listing(*of(2, 3))}, pages(1, 2, 3))
        tally, done = there.past("feed")
        assert there.froms == [f"{OLD}/{n}" for n in (1, 2, 3)]
        assert (done.state, done.said, done.gaps, done.ended) == ("done", "", 0, there.clock.now())
        counts = done.counts
        assert (counts.listed, counts.known, counts.owed, counts.taken, counts.archived) == (4, 1, 3, 3, 3)
        assert (counts.steps, tally.steps, tally.archived) == (2, 2, 3)

    def test_reads_lists_and_articles_in_turns(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(1), f"onward {ROOT}/2"), {f"{ROOT}/2": listing(*of(2))}, pages(1, 2))
        there.past("feed")
        assert there.targets == [FEED, f"{ROOT}/feed", f"{OLD}/1", f"{ROOT}/2", f"{OLD}/2"] or there.targets == [
            FEED, f"{ROOT}/feed", f"{ROOT}/2", f"{OLD}/1", f"{OLD}/2"
        ]  # fmt: skip

    def test_twice_fetches_nothing_twice(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(1, 2)), pages(1, 2))
        _, first = there.past("feed")
        _, again = there.past("feed")
        assert again.id != first.id
        assert there.targets == [FEED, f"{ROOT}/feed"]
        assert (again.state, again.counts.listed, again.counts.known) == ("done", 2, 2)

    def test_finds_what_is_new_since(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(1)), pages(1, 2))
        there.past("feed")
        there.pages |= feed(*of(1, 2))
        there.past("feed")
        assert there.targets == [FEED, f"{ROOT}/feed", f"{OLD}/2"]

    def test_a_state_that_is_lost_makes_no_difference(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(*range(20))), pages(*range(20)))
        there.past("feed", limit=7)
        before = dict(there.posts)
        lost = World(tmp_path, there.pages)
        from crawler.inventory import rebuild

        lost.state.sync_sources(lost.sources, START)
        rebuild(lost.archive, lost.state, START)
        _, done = lost.past("feed")
        assert done.state == "done"
        assert before.items() <= lost.posts.items()
        assert lost.froms == sorted(f"{OLD}/{n}" for n in range(20))
        assert not set(before.values()) & set(lost.targets)


class TestTheNextMethod:
    def test_is_taken_when_one_offers_nothing(self, tmp_path: Path) -> None:
        there = world(tmp_path, {f"{ROOT}/feed": listing(*of(100, host=HOST), "says it has one page")})
        there.pages |= {f"{ROOT}/sitemap": listing("offers", *of(1))} | pages(1)
        _, done = there.past()
        assert (done.method, done.state) == ("sitemap", "done")
        assert done.said == "feed: offers nothing older (it has one page)"
        assert there.froms == [f"{HOST}/100", f"{OLD}/1"]

    def test_is_taken_when_the_place_is_closed(self, tmp_path: Path) -> None:
        there = world(tmp_path, {f"{ROOT}/wayback": listing("offers", *of(1))}, pages(1), wayback="http://web.example")
        _, done = there.past("pages", "wayback")
        assert (done.method, done.state, done.said) == ("wayback", "done", "pages: no place to look")

    @pytest.mark.parametrize(("feed", "why"), [(Answer(status=404), "HTTP 404 Not Found"), ("<html>", "no list")])
    def test_is_taken_when_one_cannot_be_had_at_all(self, feed: Reply, why: str, tmp_path: Path) -> None:
        there = world(tmp_path, {f"{ROOT}/feed": feed}, {f"{ROOT}/sitemap": listing("offers", *of(1))})
        there.pages |= pages(1)
        _, done = there.past("feed", "sitemap")
        assert (done.method, done.state, done.gaps) == ("sitemap", "done", 0)
        assert done.said == f"feed: {ROOT}/feed: {why}"

    def test_is_not_taken_while_one_may_answer_another_day(self, tmp_path: Path) -> None:
        there = world(tmp_path, {f"{ROOT}/feed": Answer(status=500)}, {f"{ROOT}/sitemap": listing("offers", *of(1))})
        _, done = there.past("feed", "sitemap")
        assert (done.method, done.state, done.gaps) == ("feed", "failed", 1)
        assert done.gap == f"{ROOT}/feed: HTTP 500 Internal Server Error"
        assert there.targets.count(f"{ROOT}/feed") == 4

    def test_where_there_is_none_is_a_failure_that_tells_of_all(self, tmp_path: Path) -> None:
        _, done = world(tmp_path, {f"{ROOT}/feed": listing()}).past()
        assert (done.state, done.took) == ("failed", False)
        assert done.said == (
            "feed: offers nothing older; sitemap: offers nothing older (neither is there); pages: no place to look; "
            "wayback: no place to look"
        )

    def test_of_a_closed_one_alone_is_a_failure(self, tmp_path: Path) -> None:
        _, done = world(tmp_path).past("pages")
        assert (done.state, done.said) == ("failed", "pages: no place to look")


class TestAGuess:
    @pytest.mark.parametrize("wrong", [Answer(status=404), Answer(status=403), "<html>no list</html>"])
    def test_that_is_wrong_is_followed_by_another(self, wrong: Reply, tmp_path: Path) -> None:
        there = world(tmp_path, {f"{ROOT}/sitemap": wrong, f"{ROOT}/sitemap-2": listing("offers", *of(1))}, pages(1))
        _, done = there.past("sitemap")
        assert (done.state, done.gaps, done.counts.archived) == ("done", 0, 1)

    def test_that_a_server_cannot_answer_is_tried_four_times_and_gives_way(self, tmp_path: Path) -> None:
        there = world(tmp_path, {f"{ROOT}/sitemap": Answer(status=502)})
        _, done = there.past("sitemap")
        assert (done.state, done.gaps) == ("failed", 0)
        assert (there.targets.count(f"{ROOT}/sitemap"), there.targets.count(f"{ROOT}/sitemap-2")) == (4, 1)


class TestAListThatFails:
    def test_is_tried_four_times_and_told_once(self, tmp_path: Path) -> None:
        lists: dict[str, Reply] = {f"{ROOT}/2": FetchError("no answer"), f"{ROOT}/3": "no list"}
        there = world(tmp_path, feed(f"onward {ROOT}/2", f"onward {ROOT}/3", *of(1)), lists, pages(1))
        _, done = there.past("feed")
        assert (there.targets.count(f"{ROOT}/2"), there.targets.count(f"{ROOT}/3")) == (4, 4)
        assert (done.state, done.gaps, done.gap, done.said) == ("failed", 2, f"{ROOT}/2: no answer", "")
        assert there.froms == [f"{OLD}/1"]

    def test_is_tried_again_when_it_is_asked_for_again(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(f"onward {ROOT}/2", *of(1)), {f"{ROOT}/2": FetchError("no answer")}, pages(1, 2))
        _, first = there.past("feed")
        _, second = there.past("feed")
        assert (second.id, second.state, second.gaps, second.said) == (first.id, "failed", 1, first.said)
        assert there.targets == [f"{ROOT}/2"] * 4
        there.pages[f"{ROOT}/2"] = listing(*of(2))
        _, third = there.past("feed")
        assert (third.id, third.state, third.gaps) == (first.id, "done", 0)
        assert there.targets == [f"{ROOT}/2", f"{OLD}/2"]

    def test_the_story_of_one_that_offers_nothing_does_not_grow(self, tmp_path: Path) -> None:
        there = world(tmp_path, {f"{ROOT}/feed": "no list"})
        stories = {there.past("feed")[1].said for _ in range(3)}
        assert len(stories) == 1, stories


class TestTheWindow:
    SINCE = Window(START - 10 * DAY, START - 5 * DAY)

    def test_leaves_out_what_a_list_dates_outside(self, tmp_path: Path) -> None:
        late, early, within = (of(n, date=START - days * DAY) for n, days in ((1, 5), (2, 10.1), (3, 10)))
        there = world(tmp_path, feed(*late, *early, *within), pages(1, 2, 3))
        _, done = there.past("feed", window=self.SINCE)
        assert there.froms == [f"{OLD}/3"]
        assert (done.counts.listed, done.counts.outside, done.counts.owed) == (3, 2, 1)
        assert f"{OLD}/1" not in there.targets

    def test_leaves_out_what_its_page_dates_outside(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(1)), {f"{OLD}/1": dated(1, START - 20 * DAY)})
        tally, done = there.past("feed", window=self.SINCE)
        assert (there.froms, tally.outside, done.counts.outside, done.state) == ([], 1, 1, "done")

    def test_takes_what_nobody_dates(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(1)), pages(1))
        there.past("feed", window=self.SINCE)
        assert there.froms == [f"{OLD}/1"]

    def test_that_is_wider_fetches_what_the_narrow_one_left_out(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(1)), {f"{OLD}/1": dated(1, START - 20 * DAY)})
        there.past("feed", window=self.SINCE)
        _, same = there.past("feed", window=self.SINCE)
        assert (there.targets, same.counts.known) == ([FEED, f"{ROOT}/feed"], 1)
        there.past("feed")
        assert there.froms == [f"{OLD}/1"]

    def test_what_it_left_out_is_new_to_a_poll(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(100, host=HOST)), {f"{HOST}/100": dated(100, START - 20 * DAY)})
        there.past("feed", window=self.SINCE)
        assert (there.froms, there.known(f"{HOST}/100")) == ([], None)
        assert there.run().archived == 1
        assert there.froms == [f"{HOST}/100"]

    def test_does_not_hold_for_what_a_feed_names_too(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(100, host=HOST)), {f"{HOST}/100": FetchError("no answer")})
        there.past("feed", window=self.SINCE)
        there.run()  # its entry is known, and never named again while the feed is unchanged
        there.pages[f"{HOST}/100"] = dated(100, START - 20 * DAY)
        there.later(hours=1).run()
        assert there.froms == [f"{HOST}/100"]

    def test_what_it_left_out_is_free_to_be_another_address_of_an_article(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(1, host=HOST)), {f"{HOST}/1": dated(1, START - 20 * DAY)})
        there.past("feed", window=self.SINCE)
        there.pages[f"{HOST}/100"] = article(100, head=f'<link rel="canonical" href="{HOST}/1">')
        there.run()
        known = there.known(f"{HOST}/1")
        assert known is not None
        assert (known.state, there.posts[known.path]) == ("done", f"{HOST}/100")


class TestAnArticleThatFails:
    def test_is_retried_by_a_run(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(1, 2)), pages(2))
        _, done = there.past("feed")
        assert (done.state, done.counts.failed, done.counts.archived) == ("done", 1, 1)
        there.pages |= pages(1)
        there.later(hours=1).run()
        assert f"{OLD}/1" in there.froms
        counts = there.state.backfills.get(done.id).counts
        assert (counts.failed, counts.archived) == (0, 2)

    def test_says_nothing_of_the_health_of_its_source(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(*range(1, 12))))
        there.run()
        before = there.state.source_rows(there.clock.now())[0].lately
        there.past("feed")
        for _ in range(12):
            there.later(days=13).run()
        assert there.state.source_rows(there.clock.now())[0].lately == before == ("page",)
        assert there.state.frontier() == (0, 11)

    def test_that_was_given_up_is_not_tried_again(self, tmp_path: Path) -> None:
        there = world(tmp_path, {FEED: rss(*stories(OLD, 1))})
        there.run()
        for _ in range(12):
            there.later(days=13).run()
        there.pages |= feed(*of(1)) | pages(1)
        _, done = there.past("feed")
        assert (done.counts.known, done.state, there.froms) == (1, "done", [])


class TestARunBeside:
    def test_starts_no_backlog(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(*range(20))), pages(*range(20)))
        _, going = there.past("feed", limit=5)
        assert going.left == 15
        assert there.run().archived == 1
        assert there.later(hours=1).run() == Tally(polled=1, unchanged=1)
        assert len(there.froms) == 6

    def test_takes_what_a_feed_names_and_the_backlog_too(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(1, 2, 100, host=HOST)), pages(1, 2, host=HOST))
        there.past("feed", limit=1)
        there.run()
        assert f"{HOST}/100" in there.froms
        _, done = there.past("feed")
        assert (done.state, done.counts.archived, done.counts.known) == ("done", 2, 1)
        assert there.targets == [f"{HOST}/2"]


class TestOtherWishes:
    def test_begin_anew_and_leave_nothing_to_those_before(self, tmp_path: Path) -> None:
        dated_ = of(*range(20), date=START - DAY)
        there = world(tmp_path, feed(*dated_), pages(*range(20)))
        _, first = there.past("feed", limit=5)
        _, second = there.past("feed", window=Window(START - 2 * DAY))
        assert second.id != first.id
        assert (second.state, second.counts.archived) == ("done", 15)
        _, third = there.past("feed")
        assert (third.id, third.state) == (first.id, "done")
        assert (third.counts.archived, third.counts.known, there.targets) == (5, 15, [])
