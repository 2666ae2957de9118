"""How a source fares: in which words, and from when on it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.health import SICK, Seen, Verdict, judge
from crawler.memory import SourceState
from crawler.model import Came, Source

NOW = datetime(2021, 11, 20, 6, 43, 44, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MINUTE = HOUR / 60
SOURCE = Source("x", "https://a.example/feed")
OLD = NOW - 9 * DAY
LONG_AGO = NOW - 99 * DAY
WELL = SourceState(last_success=NOW, last_new=NOW - HOUR)
PAGE: tuple[Came, ...] = ("page",)
FEED: tuple[Came, ...] = ("feed",)
NONE: tuple[Came, ...] = ("none",)
UNKNOWN: tuple[Came, ...] = ("",)


def verdict(
    memory: SourceState,
    error: str = "",
    *,
    first_seen: datetime = LONG_AGO,
    awake: datetime | None = LONG_AGO,
    source: Source = SOURCE,
) -> Verdict:
    return judge(source, Seen(memory, first_seen, error), awake, NOW)


def told(one: Verdict) -> tuple[str, str, str, bool]:
    return one.health, one.trouble, one.reason, one.is_ripe


class TestOff:
    def test_comes_first(self) -> None:
        memory = SourceState(off=True, fails=3, last_new=OLD)
        assert told(verdict(memory)) == ("off", "off", "the server says it is gone (410)", True)
        assert verdict(memory, "gone").reason == "gone"


class TestPaused:
    def test_is_no_trouble_whatever_else_is_wrong(self) -> None:
        for memory in (WELL, SourceState(off=True, fails=3, last_new=OLD)):
            found = judge(SOURCE, Seen(memory, LONG_AGO, "timed out", paused=NOW - HOUR), LONG_AGO, NOW)
            assert told(found) == ("off", "", "paused since 2021-11-20 05:43 UTC", False)
            assert found.lingers == SICK, "it has not recovered either"


class TestFailing:
    def test_says_why_and_how_often(self) -> None:
        assert told(verdict(replace(WELL, fails=1), "timed out")) == ("failing", "failing", "timed out", False)
        assert verdict(replace(WELL, fails=2), "timed out").reason == "timed out (2 times in a row)"
        assert verdict(replace(WELL, fails=1)).reason == "the last poll failed"
        assert verdict(WELL, "not a feed").health == "failing"

    @pytest.mark.parametrize(
        ("fails", "since_success", "ripe"),
        [(1, HOUR, False), (2, HOUR, False), (3, HOUR, True), (1, DAY, False), (2, 6 * HOUR, True), (2, DAY, True)],
    )
    def test_is_told_when_it_lasts(self, fails: int, since_success: timedelta, ripe: bool) -> None:
        memory = SourceState(fails=fails, last_success=NOW - since_success, last_new=NOW - since_success)
        assert verdict(memory, "timed out").is_ripe is ripe

    def test_of_a_new_source_is_counted_from_its_first_day(self) -> None:
        assert not verdict(SourceState(fails=2), "no", first_seen=NOW - HOUR).is_ripe
        assert verdict(SourceState(fails=2), "no", first_seen=NOW - 7 * HOUR).is_ripe

    def test_once_is_enough_where_nothing_new_came_for_long_unless_that_was_told(self) -> None:
        one = verdict(SourceState(fails=1, last_success=NOW - HOUR, last_new=OLD), "timed out")
        assert told(one) == ("failing", "failing", "timed out; nothing new since 2021-11-11", True)
        assert one.lingers == SICK
        firm = verdict(SourceState(fails=3, last_success=NOW - HOUR, last_new=OLD), "timed out")
        assert (firm.is_ripe, firm.lingers) == (True, ())

    def test_after_a_pause_of_the_crawler_begins_anew(self) -> None:
        memory = SourceState(fails=1, last_success=OLD, last_new=OLD)
        assert told(verdict(memory, "no", awake=NOW)) == ("failing", "failing", "no", False)
        assert not verdict(memory, "no", awake=None).is_ripe


class TestSilence:
    @pytest.mark.parametrize(
        ("last_new", "asked", "trouble"),
        [
            (3 * DAY, HOUR * 0, ""),
            (3 * DAY + MINUTE, HOUR * 0, "stale"),
            (4 * DAY, 2 * DAY, ""),  # nobody has asked since
            (9 * DAY, 2 * DAY, "stale"),
        ],
    )
    def test_is_measured_by_polls(self, last_new: timedelta, asked: timedelta, trouble: str) -> None:
        assert verdict(SourceState(last_success=NOW - asked, last_new=NOW - last_new)).trouble == trouble

    def test_says_since_when(self) -> None:
        one = verdict(replace(WELL, last_new=OLD))
        assert told(one) == ("stale", "stale", "the feed answers, but nothing new since 2021-11-11", True)
        never = verdict(replace(WELL, last_new=None), first_seen=OLD)
        assert never.reason == "the feed answers, but nothing new since it was added on 2021-11-11"

    def test_is_none_for_a_new_source(self) -> None:
        assert verdict(SourceState(last_success=NOW), first_seen=NOW - DAY).health == "ok"
        assert verdict(SourceState(), first_seen=NOW).health == "ok"

    def test_of_a_feed_that_is_empty_says_so_sooner(self) -> None:
        def empty(days: float, last_new: datetime | None = NOW - 2.5 * DAY, stale_after: timedelta = 3 * DAY) -> str:
            memory = SourceState(last_success=NOW, last_new=last_new, empty_since=NOW - days * DAY)
            return verdict(memory, first_seen=NOW - 2.6 * DAY, source=replace(SOURCE, stale_after=stale_after)).trouble

        assert empty(1.7) == "", "a weekend without news"
        assert empty(2.1) == "silent"
        assert empty(1.2, stale_after=DAY) == "silent"
        assert empty(2.1, last_new=None) == "", "it may not have begun"
        assert empty(2.1, last_new=None, stale_after=2 * DAY) == "silent"
        memory = SourceState(last_success=NOW, last_new=OLD, empty_since=OLD)
        assert told(verdict(memory)) == (
            "stale",
            "silent",
            "the feed answers, but has been empty since 2021-11-11",
            True,
        )

    def test_of_the_crawler_is_none_of_the_source(self) -> None:
        memory = SourceState(last_success=OLD, last_new=OLD - HOUR)
        assert verdict(memory, awake=None).health == "ok"
        assert verdict(memory, awake=NOW - DAY).health == "ok"

    def test_of_a_crawler_that_runs_and_never_comes_to_the_source(self) -> None:
        memory = SourceState(last_success=OLD, last_new=OLD - HOUR)
        assert told(verdict(memory)) == ("stale", "unpolled", "not polled since 2021-11-11", True)
        assert told(verdict(SourceState(), first_seen=OLD)) == ("stale", "unpolled", "never polled", True)
        weekly = replace(SOURCE, every=timedelta(weeks=1))
        assert verdict(memory, source=weekly).health == "ok"


def by_articles(
    *lately: Came, paged: int = 0, fed: int = 0, age: timedelta = 99 * DAY, source: Source = SOURCE
) -> Verdict:
    return judge(source, Seen(WELL, NOW - age, "", lately, paged, fed), LONG_AGO, NOW)


class TestPoorer:
    @pytest.mark.parametrize(
        ("lately", "poorer"),
        [
            (NONE * 3, False),
            (NONE * 4, False),
            (NONE * 4 + PAGE, True),
            (NONE * 5, True),
            (NONE * 3 + PAGE * 2, False),
            (NONE + PAGE * 9, False),
            (NONE * 5 + PAGE * 5, False),
            (NONE * 6 + PAGE * 4, True),
            (NONE * 6 + UNKNOWN * 4, True),
        ],
    )
    def test_where_most_of_the_last_articles_have_no_text(self, lately: tuple[Came, ...], poorer: bool) -> None:
        assert (by_articles(*lately).trouble == "poorer") is poorer

    def test_says_how_many(self) -> None:
        one = by_articles(*NONE * 6, *PAGE * 4)
        reason = "6 of the last 10 articles have no text; the list of failures says why"
        assert told(one) == ("failing", "poorer", reason, True)

    def test_not_on_a_sources_first_day(self) -> None:
        assert by_articles(*NONE * 10, age=23 * HOUR).health == "ok"

    def test_recovers_when_few_are_poor(self) -> None:
        assert by_articles(*NONE * 5, *PAGE * 5).lingers == ("poorer",)
        assert by_articles(*NONE * 3, *PAGE * 7).lingers == ()

    def test_where_pages_used_to_work(self) -> None:
        one = by_articles(*FEED * 6, *PAGE * 4, paged=40, fed=6)
        reason = "6 of the last 10 articles have the feed's text only, where pages used to work"
        assert told(one) == ("failing", "poorer", reason, True)

    @pytest.mark.parametrize(
        ("lately", "paged", "fed"),
        [
            (FEED * 10, 0, 40),  # they never did
            (FEED * 10, 4, 40),
            (FEED * 6 + PAGE * 4, 40, 60),  # as ever
            (FEED * 3 + PAGE * 7, 40, 3),
            (UNKNOWN * 10, 40, 3),
        ],
    )
    def test_not_where_it_was_ever_so(self, lately: tuple[Came, ...], paged: int, fed: int) -> None:
        assert by_articles(*lately, paged=paged, fed=fed).health == "ok"

    def test_not_where_the_user_wants_the_feeds_text(self) -> None:
        assert by_articles(*FEED * 10, paged=40, fed=10, source=replace(SOURCE, content="feed")).lingers == ()

    def test_that_lasts_is_no_recovery_when_it_has_become_usual(self) -> None:
        one = by_articles(*FEED * 10, paged=40, fed=60)
        assert (one.health, one.lingers) == ("ok", ("poorer",))
