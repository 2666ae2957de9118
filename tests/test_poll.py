"""Polls: what is asked, what is remembered, what fails; over a web in a dict."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler import urls
from crawler.errors import FetchError
from crawler.health import Seen, judge
from crawler.memory import PollOutcome, SourceState
from crawler.model import Tally, Validators
from tests.clock import START
from tests.fakes import FEED, A, Answer, Reply, World, answer, article, entry, rss, stories

HOST = "http://a.example"
STAMP = "Sat, 20 Nov 2021 05:00:00 GMT"
ONE = rss(*stories(HOST, 1))
PAGES = {f"{HOST}/{n}": article(n) for n in range(1, 9)}


def world(folder: Path, feed: str | Answer | FetchError, **source: object) -> World:
    return World(folder, {FEED: feed, **PAGES}, replace(A, **source))  # type: ignore[arg-type]


def sent(world: World) -> list[tuple[str, Validators]]:
    return [(request.url, request.validators) for request in world.asked if request.kind == "feed"]


class TestAnAnswer:
    def test_brings_entries_and_is_remembered(self, tmp_path: Path) -> None:
        there = world(tmp_path, answer(ONE, ETag='W/"é1"', Last_Modified=STAMP))
        assert there.run() == Tally(polled=1, new=1, fetched=1, archived=1)
        memory = there.memory()
        assert memory.validators == Validators('W/"é1"', STAMP)
        assert memory.address == FEED
        assert (memory.fails, memory.off, memory.last_success, memory.last_new) == (0, False, START, START)
        assert memory.next_poll is not None
        assert timedelta(minutes=14) <= memory.next_poll - START <= timedelta(minutes=15)

    def test_is_asked_for_again_with_exactly_its_validators(self, tmp_path: Path) -> None:
        there = world(tmp_path, answer(ONE, ETag='W/"é1"', Last_Modified=STAMP))
        there.run()
        assert sent(there) == [(FEED, Validators())]
        assert there.later(minutes=16).run() == Tally(polled=1, unchanged=1)
        assert sent(there) == [(FEED, Validators('W/"é1"', STAMP))]
        assert there.targets == [FEED]
        assert there.parsers.listings == 1

    def test_that_is_the_same_without_validators_is_not_parsed(self, tmp_path: Path) -> None:
        there = world(tmp_path, ONE)
        there.run()
        assert there.later(minutes=16).run() == Tally(polled=1, unchanged=1)
        assert there.targets == [FEED]
        assert there.parsers.listings == 1
        assert there.memory().last_new == START

    def test_that_is_the_same_under_new_validators_has_these_sent_next(self, tmp_path: Path) -> None:
        there = world(tmp_path, answer(ONE, ETag='"1"'))
        there.run()
        there.pages[FEED] = answer(ONE, ETag='"2"')
        assert there.later(minutes=16).run().unchanged == 1
        there.later(minutes=16).run()
        assert sent(there) == [(FEED, Validators('"2"'))]

    def test_without_validators_makes_the_next_request_unconditional(self, tmp_path: Path) -> None:
        there = world(tmp_path, answer(ONE, ETag='"1"', Last_Modified=STAMP))
        there.run()
        there.pages[FEED] = rss(*stories(HOST, 1, 2))
        assert there.later(minutes=16).run().new == 1
        there.later(minutes=16).run()
        assert sent(there) == [(FEED, Validators())]

    @pytest.mark.parametrize(
        ("repeated", "kept"),
        [
            ({}, Validators('"1"', STAMP)),
            ({"etag": '"1"'}, Validators('"1"', STAMP)),
            ({"etag": '"1"', "last-modified": "later"}, Validators('"1"', "later")),
        ],
        ids=["none", "one of two", "both"],
    )
    def test_304_replaces_the_validators_that_it_repeats(
        self, tmp_path: Path, repeated: dict[str, str], kept: Validators
    ) -> None:
        """RFC 9111 §4.3.4: stored fields are replaced by those of the 304, the others stay."""
        there = world(tmp_path, answer(ONE, ETag='"1"', Last_Modified=STAMP))
        there.run()
        there.pages[FEED] = Answer(status=304, headers=repeated)
        assert there.later(minutes=16).run().unchanged == 1
        assert there.memory().validators == kept

    def test_keeps_known_entries_as_they_are(self, tmp_path: Path) -> None:
        there = world(tmp_path, ONE)
        there.run()
        before = there.archive.read("_posts/2021-11-20-Story 1.md")
        there.pages[FEED] = rss(entry(f"{HOST}/1", "Story 1, corrected"), *stories(HOST, 2))
        there.later(minutes=16).run()
        assert there.targets == [FEED, f"{HOST}/2"]
        assert there.archive.read("_posts/2021-11-20-Story 1.md") == before
        assert len(there.posts) == 2

    def test_with_one_bad_entry_keeps_its_neighbours(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        bad = "<item><title>No address, no text</title></item>"
        caplog.set_level("INFO", "crawler")
        there = world(tmp_path, rss(*stories(HOST, 1), bad, entry("javascript:alert(1)", "", ""), *stories(HOST, 2)))
        assert there.run().archived == 2
        assert there.froms == [f"{HOST}/1", f"{HOST}/2"]
        assert "No address, no text" in caplog.text

    def test_is_not_asked_for_before_the_feed_and_its_server_allow(self, tmp_path: Path) -> None:
        there = world(tmp_path, answer(ONE, Cache_Control="max-age=7200"))
        there.run()
        assert there.later(minutes=119).run() == Tally()
        assert there.later(minutes=3).run().polled == 1
        there.pages[FEED] = rss(*stories(HOST, 1, 2), head="<ttl>300</ttl>")
        there.later(hours=3).run()
        assert there.later(hours=4).run() == Tally()

    def test_is_not_asked_for_before_then_even_when_it_did_not_change(self, tmp_path: Path) -> None:
        there = world(tmp_path, answer(rss(head="<ttl>180</ttl>"), ETag='"1"'))
        there.run()
        assert there.later(hours=3, minutes=1).run() == Tally(polled=1, unchanged=1)
        assert there.later(hours=2, minutes=50).run() == Tally()
        assert there.later(minutes=11).run() == Tally(polled=1, unchanged=1)

    def test_that_did_not_change_is_read_anew_under_wider_filters(self, tmp_path: Path) -> None:
        there = world(tmp_path, answer(rss(*stories(HOST, 1, 2)), ETag='"1"'), include=("Story 1",))
        assert there.run().archived == 1
        there.sources = (replace(A, include=("Story",)),)
        assert there.later(minutes=16).run() == Tally(polled=1, new=1, fetched=1, archived=1)
        assert there.later(minutes=16).run() == Tally(polled=1, unchanged=1)

    def test_is_asked_for_by_a_cron_job_that_comes_round_as_often_as_the_source_says(self, tmp_path: Path) -> None:
        """Cron's next run starts a few seconds sooner after the last poll than `every` (README: */15, 15m)."""
        there = world(tmp_path, ONE)
        polls = [there.later(minutes=15).run().polled for _ in range(5)]
        assert polls == [1] * 5
        assert there.later(minutes=13).run().polled == 0


class TestAFailure:
    def test_is_remembered_with_its_reason_and_doubles_the_wait(self, tmp_path: Path) -> None:
        there = world(tmp_path, ONE)
        there.run()
        there.pages[FEED] = Answer(status=500)
        waits = []
        for n in (1, 2, 3):
            there.later(days=2)
            assert there.run() == Tally(polled=1, failed=1)
            memory = there.memory()
            assert (memory.fails, memory.last_success) == (n, START)
            assert memory.next_poll is not None
            waits.append((memory.next_poll - there.clock.now()) / timedelta(minutes=15))
        assert [round(wait) for wait in waits] == [1, 2, 4]
        (failure,) = there.state.failures(9)
        assert (failure.reason, failure.kind, failure.tries) == ("HTTP 500 Internal Server Error", "feed", 3)
        there.pages[FEED] = ONE
        there.later(days=1).run()
        assert (there.memory().fails, there.state.failures(9)) == (0, ())

    def test_keeps_the_validators(self, tmp_path: Path) -> None:
        there = world(tmp_path, answer(ONE, ETag='"1"'))
        there.run()
        there.pages[FEED] = FetchError("connection reset")
        assert there.later(minutes=16).run() == Tally(polled=1, failed=1, unreached=1)
        there.later(hours=1).run()
        assert sent(there) == [(FEED, Validators('"1"'))]

    def test_of_what_is_no_feed_is_not_taken_for_silence(self, tmp_path: Path) -> None:
        """A page in the feed's place was reached: exit 3, not 4."""
        there = world(tmp_path, "<!doctype html><html><body><p>Soon back</p></body></html>")
        assert there.run() == Tally(polled=1, failed=1)
        assert there.failures()[FEED].reason == "not a feed: an HTML page"

    def test_with_retry_after_waits_that_long_for_every_job_of_the_host_and_for_later_runs(
        self, tmp_path: Path
    ) -> None:
        other = replace(A, url=f"{HOST}/other")
        there = World(tmp_path, {other.url: ONE, FEED: answer(status=429, Retry_After="7200"), **PAGES}, A, other)
        assert there.run() == Tally(polled=1, failed=1)
        assert there.targets == [FEED]
        host = there.state.hosts.get("a.example")
        assert host is not None
        assert host.not_before == START + timedelta(hours=2)
        assert there.later(minutes=119).run(force=True) == Tally()
        assert there.later(minutes=2).run().polled >= 1

    def test_of_its_host_while_it_waits_for_its_turn_is_none_of_a_source(self, tmp_path: Path) -> None:
        other = replace(A, url=f"{HOST}/other")
        busy = answer(status=429, Retry_After="7200")
        there = World(tmp_path, {FEED: busy, other.url: busy}, A, other, connections=2)  # politeness lets one in
        assert there.run() == Tally(polled=1, failed=1)
        assert len(there.asked) == 1
        assert there.memory().fails + there.memory(other).fails == 1

    def test_410_switches_the_source_off_until_it_is_forced(self, tmp_path: Path) -> None:
        there = world(tmp_path, Answer(status=410))
        there.run()
        assert there.memory().off
        assert judge(A, Seen(there.memory(), START, "HTTP 410 Gone"), START, START).health == "off"
        assert there.later(days=40).run() == Tally()
        there.pages[FEED] = FetchError("connection refused")
        there.run(force=True)
        assert there.memory().off, "a failure is no sign of life"
        there.pages[FEED] = ONE
        assert there.run(force=True).archived == 1
        assert not there.memory().off

    def test_of_one_source_leaves_the_others_alone(self, tmp_path: Path) -> None:
        bad = replace(A, url="http://bad.example/feed")
        ugly = replace(A, url="http://ugly.example/feed")
        pages: dict[str, Reply] = {bad.url: FetchError("name not found"), ugly.url: "\0\1\2", FEED: ONE, **PAGES}
        there = World(tmp_path, pages, bad, ugly, A)
        assert there.run() == Tally(polled=3, failed=2, unreached=1, new=1, fetched=1, archived=1)


class TestAMove:
    def test_is_remembered_after_three_polls_over_two_days(self, tmp_path: Path) -> None:
        there = world(tmp_path, ONE)
        new = "http://new.example/feed"
        there.pages[new] = ONE
        moved = SourceState(moved_to=new, moved_since=START - timedelta(days=3), moved_polls=3)
        there.run()
        there.state.admit(PollOutcome(urls.key(FEED), moved), START)
        there.later(minutes=16).run()
        assert sent(there) == [(new, Validators())]
        assert there.memory().address == new


ROUTE = replace(A, url="rsshub://town/news", name="Town")
FIRST, SECOND, THIRD = (f"http://{name}.example" for name in ("one", "two", "three"))


def hub(folder: Path, *instances: str, **replies: str | Answer | FetchError) -> World:
    names = {"one": FIRST, "two": SECOND, "three": THIRD}
    pages = {f"{names[name]}/town/news": reply for name, reply in replies.items()}
    return World(folder, {**pages, **PAGES}, ROUTE, rsshub=instances or (FIRST, SECOND))


class TestRSSHub:
    def test_asks_the_next_instance_and_the_healthy_one_first_the_next_time(self, tmp_path: Path) -> None:
        there = hub(tmp_path, one=Answer(status=503), two=answer(ONE, ETag='"2"'))
        assert there.run() == Tally(polled=1, new=1, fetched=1, archived=1)
        assert sent(there) == [(f"{FIRST}/town/news", Validators()), (f"{SECOND}/town/news", Validators())]
        assert there.later(minutes=16).run() == Tally(polled=1, unchanged=1)
        assert sent(there) == [(f"{SECOND}/town/news", Validators('"2"'))]

    def test_sends_validators_to_no_other_instance_than_gave_them(self, tmp_path: Path) -> None:
        there = hub(tmp_path, one=answer(ONE, ETag='"1"'), two=answer(rss(*stories(HOST, 1, 2)), ETag='"2"'))
        there.run()
        there.pages[f"{FIRST}/town/news"] = FetchError("connection refused")
        assert there.later(minutes=16).run().archived == 1
        assert sent(there) == [(f"{FIRST}/town/news", Validators('"1"')), (f"{SECOND}/town/news", Validators())]
        assert there.memory(ROUTE).validators == Validators('"2"')

    def test_an_instance_that_answers_nonsense_has_failed_too(self, tmp_path: Path) -> None:
        there = hub(tmp_path, one="<html><body>Error: route is empty</body></html>", two=ONE)
        assert there.run().archived == 1
        one = there.state.hosts.get("one.example")
        assert one is not None
        assert one.fails == 1

    def test_an_instance_recovers(self, tmp_path: Path) -> None:
        there = hub(tmp_path, one=FetchError("timeout"), two=ONE)
        there.run()
        there.pages |= {f"{FIRST}/town/news": rss(*stories(HOST, 2)), f"{SECOND}/town/news": Answer(status=500)}
        there.later(minutes=16).run()
        assert there.targets[:2] == [f"{SECOND}/town/news", f"{FIRST}/town/news"]
        there.later(minutes=16).run()
        assert there.targets[:1] == [f"{FIRST}/town/news"]
        assert there.run(force=True).polled == 1

    def test_fails_as_one_that_names_each_instance(self, tmp_path: Path) -> None:
        there = hub(tmp_path, one=Answer(status=500), two=FetchError("name not found"))
        assert there.run() == Tally(polled=1, failed=1)
        reason = "all 2 instances failed: one.example: HTTP 500 Internal Server Error; two.example: name not found"
        assert there.failures()[ROUTE.url].reason == reason

    def test_was_not_reached_when_no_instance_was(self, tmp_path: Path) -> None:
        there = hub(tmp_path, one=FetchError("timeout"), two=FetchError("name not found"))
        assert there.run() == Tally(polled=1, failed=1, unreached=1)

    @pytest.mark.parametrize("instances", [(FIRST,), (FIRST, SECOND)])
    def test_is_not_switched_off_by_an_instance_that_gave_the_route_up(
        self, tmp_path: Path, instances: tuple[str, ...]
    ) -> None:
        there = hub(tmp_path, *instances, one=Answer(status=410), two=Answer(status=410))
        there.run()
        assert not there.memory(ROUTE).off
        assert there.memory(ROUTE).fails == 1

    def test_waits_for_the_first_instance_that_will_answer_again(self, tmp_path: Path) -> None:
        one, two = (answer(status=429, Retry_After=seconds) for seconds in ("36000", "7200"))
        there = hub(tmp_path, one=one, two=two)
        there.run()
        due = there.memory(ROUTE).next_poll
        assert due is not None
        assert timedelta(hours=2) <= due - START < timedelta(hours=2, minutes=5)

    def test_waits_for_none_where_another_only_failed(self, tmp_path: Path) -> None:
        there = hub(tmp_path, one=answer(status=429, Retry_After="36000"), two=Answer(status=500))
        there.run()
        due = there.memory(ROUTE).next_poll
        assert due is not None
        assert due - START < timedelta(minutes=20)

    def test_does_not_ask_a_silenced_instance(self, tmp_path: Path) -> None:
        there = hub(tmp_path, one=answer(status=429, Retry_After="86400"), two=ONE)
        there.run()
        assert there.later(minutes=16).run() == Tally(polled=1, unchanged=1)
        assert there.targets == [f"{SECOND}/town/news"]
        one = there.state.hosts.get("one.example")
        assert one is not None
        assert (one.fails, one.not_before) == (1, START + timedelta(days=1))

    def test_that_is_broken_upstream_leaves_the_other_routes_alone(self, tmp_path: Path) -> None:
        routes = (replace(A, url="rsshub://news/broken"), replace(A, url="rsshub://news/well"))
        pages: dict[str, Reply] = {"http://hub.example/news/broken": answer(status=503)}
        pages["http://hub.example/news/well"] = rss()
        there = World(tmp_path, pages, *routes, rsshub=("http://hub.example",))
        assert there.run() == Tally(polled=2, failed=1)
        assert there.memory(routes[1]).fails == 0

    def test_needs_an_instance(self, tmp_path: Path) -> None:
        there = World(tmp_path, {}, ROUTE)
        assert there.run().failed == 1
        assert there.failures()[ROUTE.url].reason == "no RSSHub instance is configured (key `rsshub`)"
