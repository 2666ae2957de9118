"""Which filed articles are read again, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.memory import Watch
from crawler.model import Article, CanonicalURL, Content, Draft, Entry, Post, Source, Validators
from crawler.rereads import (
    FEED_WAITS,
    MAX_VALIDATOR,
    RETRY_WAITS,
    begun,
    done,
    failed,
    kept,
    next_age,
    noticed,
    over,
    said,
)

NOW = datetime(2021, 11, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ENTRY = Entry(url="https://e.org/1", title="Bridge", content="<p>It is <b>open</b>.</p>", updated=NOW - DAY)
SOURCE = Source("Bay", "https://e.org/feed", recheck=(HOUR, DAY))
BARE = Source("Bay", "https://e.org/feed")
DRAFT = Draft(
    Article(CanonicalURL("https://e.org/1"), "Bridge", "Ann", NOW, NOW, "<p>It is open.</p>", "page"),
    Post("_posts/x.md", b"..."),
    Validators('"1"'),
)
WATCH = begun(ENTRY, BARE, DRAFT, NOW)


class TestWhatAFeedSays:
    @pytest.mark.parametrize(
        "same",
        [
            {"content": "<div class='x'>It is\n open.</div>"},
            {"content": "It is&#32;open<!-- 3 views -->."},
            {"guid": "new", "author": "Ben", "published": NOW, "updated": NOW, "image": "https://e.org/b.jpg"},
            {"categories": ("a",), "language": "de", "url": "https://e.org/1?utm_source=x"},
        ],
        ids=["markup", "entities", "facts", "labels"],
    )
    def test_is_the_same_whatever_is_about_its_words(self, same: dict[str, object]) -> None:
        assert said(replace(ENTRY, **same)) == said(ENTRY)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "other", [{"title": "The bridge"}, {"content": "<p>It is open!</p>"}, {"summary": "More"}, {"content": ""}]
    )
    def test_is_another_when_a_word_is(self, other: dict[str, str]) -> None:
        assert said(replace(ENTRY, **other)) != said(ENTRY)  # type: ignore[arg-type]

    @pytest.mark.parametrize("text", ["<" * 300_000, "<!--" * 100_000, "&" * 300_000, "<p " * 100_000])
    def test_takes_no_longer_for_hostile_text(self, text: str) -> None:
        assert len(said(Entry(content=text))) == 8

    def test_bears_halves_of_characters(self) -> None:
        assert len(said(Entry(title="\ud83d"))) == 8


def test_the_first_word_of_a_feed_about_a_post_that_was_there_before_us_is_no_cause() -> None:
    watch = replace(WATCH, said=b"", updated=None)
    assert noticed(watch, ENTRY, NOW + DAY) == replace(watch, said=said(ENTRY), updated=ENTRY.updated)


class TestFiling:
    def test_remembers_what_the_feed_and_the_page_said(self) -> None:
        assert Watch(NOW, NOW, NOW, said=said(ENTRY), updated=NOW - DAY, validators=Validators('"1"')) == WATCH

    def test_sets_the_first_age(self) -> None:
        assert begun(ENTRY, SOURCE, DRAFT, NOW).due == NOW + HOUR

    @pytest.mark.parametrize(
        ("entry", "content", "origin", "is_feeds"),
        [
            (ENTRY, "best", "page", False),
            (ENTRY, "best", "feed", True),
            (ENTRY, "feed", "feed", True),
            (replace(ENTRY, url=""), "best", "feed", True),
        ],
    )
    def test_tells_whose_text_it_is(self, entry: Entry, content: Content, origin: str, is_feeds: bool) -> None:
        draft = replace(DRAFT, article=replace(DRAFT.article, origin=origin))  # type: ignore[arg-type]
        source = replace(SOURCE, content=content)
        assert begun(entry, source, draft, NOW).is_feeds == is_feeds
        has_page = content != "feed" and entry.url
        assert begun(entry, source, draft, NOW).due == (NOW + HOUR if has_page else None)

    def test_of_a_copy_sets_none(self) -> None:
        copy = "https://web.archive.org/web/20190501000000id_/https://e.org/1"
        assert begun(replace(ENTRY, copy=copy), SOURCE, DRAFT, NOW).due is None

    def test_of_a_run_that_was_cut_off_knows_less(self) -> None:
        watch = begun(ENTRY, SOURCE, None, NOW)
        assert (watch.due, watch.is_feeds, watch.validators) == (NOW + HOUR, False, Validators())

    def test_keeps_no_validators_that_are_too_long(self) -> None:
        assert kept(Validators("x" * MAX_VALIDATOR)) == Validators("x" * MAX_VALIDATOR)
        assert kept(Validators("x" * MAX_VALIDATOR, "y")) == Validators()


class TestAges:
    def test_are_reached_one_after_the_other_then_never(self) -> None:
        ages, at = (7 * DAY, HOUR, DAY), NOW
        times = []
        while (due := next_age(NOW, ages, at)) is not None:
            times.append(due - NOW)
            at = due
        assert times == [HOUR, DAY, 7 * DAY]

    def test_that_were_missed_are_past(self) -> None:
        assert next_age(NOW, (HOUR, DAY), NOW + 2 * HOUR) == NOW + DAY
        assert next_age(NOW, (HOUR, DAY), NOW + 2 * DAY) is None
        assert next_age(NOW, (), NOW) is None


class TestNoticing:
    @pytest.mark.parametrize(
        "entry",
        [
            replace(ENTRY, updated=NOW),
            replace(ENTRY, title="The bridge"),
            replace(ENTRY, content="It is shut."),
            replace(ENTRY, content="It is shut.", updated=None),
        ],
        ids=["updated", "title", "content", "updated lost"],
    )
    def test_a_change_is_read_an_hour_after_the_last_reading(self, entry: Entry) -> None:
        found = noticed(WATCH, entry, NOW + HOUR / 4)
        assert found is not None
        assert (found.due, found.entry, found.said) == (NOW + HOUR, entry, said(entry))
        assert found.updated == (entry.updated or ENTRY.updated)
        later = noticed(WATCH, entry, NOW + DAY)
        assert later is not None
        assert later.due == NOW + DAY

    @pytest.mark.parametrize("updated", [None, NOW - DAY, NOW - 2 * DAY])
    def test_what_is_as_it_was_is_no_change(self, updated: datetime | None) -> None:
        assert noticed(WATCH, replace(ENTRY, updated=updated), NOW + DAY) is None

    def test_a_time_that_was_never_said_counts_from_the_last_reading(self) -> None:
        silent = replace(WATCH, updated=None)
        assert noticed(silent, replace(ENTRY, updated=NOW), NOW + DAY) is None
        assert noticed(silent, replace(ENTRY, updated=NOW + HOUR), NOW + DAY) is not None

    def test_an_age_that_comes_sooner_stays(self) -> None:
        found = noticed(replace(WATCH, due=NOW + HOUR / 2), replace(ENTRY, title="x"), NOW)
        assert found is not None
        assert found.due == NOW + HOUR / 2
        found = noticed(replace(WATCH, due=NOW + DAY), replace(ENTRY, title="x"), NOW)
        assert found is not None
        assert found.due == NOW + HOUR

    def test_what_waits_already_is_noticed_again_for_its_words_only(self) -> None:
        first = noticed(WATCH, replace(ENTRY, updated=NOW), NOW)
        assert first is not None
        assert noticed(first, replace(ENTRY, updated=NOW + HOUR / 2), NOW + HOUR / 2) is None
        again = noticed(first, replace(ENTRY, title="x"), NOW + HOUR / 2)
        assert again is not None
        assert (again.due, again.entry) == (first.due, replace(ENTRY, title="x"))

    def test_a_feed_that_is_never_still_costs_a_few_readings_at_growing_distances(self) -> None:
        watch, at, read = WATCH, NOW, []
        for minute in range(0, 30 * 24 * 60, 15):
            at = NOW + timedelta(minutes=minute)
            watch = noticed(watch, replace(ENTRY, updated=at, content=f"{minute} views"), at) or watch
            if watch.due is not None and watch.due <= at:
                read.append(at)
                watch = done(watch, BARE, at)
        gaps = [after - before for before, after in zip([NOW, *read], read, strict=False)]
        assert len(read) == len(FEED_WAITS) == 6
        assert all(gap >= wait for gap, wait in zip(gaps, FEED_WAITS, strict=True))

    def test_a_persons_post_is_left_alone(self) -> None:
        theirs = over(noticed(WATCH, replace(ENTRY, title="x"), NOW) or WATCH)
        assert (theirs.due, theirs.entry, theirs.is_over) == (None, None, True)
        assert noticed(theirs, replace(ENTRY, title="y"), NOW + DAY) is None


class TestTheEndOfAReading:
    def test_that_the_feed_caused_is_counted_and_the_next_age_set(self) -> None:
        caused = noticed(begun(ENTRY, SOURCE, DRAFT, NOW), replace(ENTRY, title="x"), NOW)
        assert caused is not None
        ended = done(replace(caused, tries=2, next_hash=b"h"), SOURCE, NOW + 2 * HOUR)
        assert (ended.reads, ended.tries, ended.next_hash, ended.entry) == (1, 0, b"", None)
        assert (ended.read, ended.due) == (NOW + 2 * HOUR, NOW + DAY)
        again = done(ended, SOURCE, NOW + DAY)
        assert (again.reads, again.due) == (1, None)

    def test_sets_no_age_where_there_is_no_page(self) -> None:
        assert done(WATCH, replace(SOURCE, content="feed"), NOW).due is None
        assert done(replace(WATCH, entry=replace(ENTRY, url="")), SOURCE, NOW).due is None
        assert done(replace(WATCH, entry=ENTRY), SOURCE, NOW).due == NOW + HOUR

    def test_that_failed_is_tried_again_a_few_times(self) -> None:
        watch, at, waits = replace(begun(ENTRY, SOURCE, DRAFT, NOW), entry=ENTRY), NOW + HOUR, []
        for _ in RETRY_WAITS:
            watch = failed(watch, SOURCE, at)
            assert watch.due is not None
            waits.append(watch.due - at)
            at = watch.due
            assert watch.entry == ENTRY
        assert tuple(waits) == RETRY_WAITS
        watch = failed(watch, SOURCE, at)
        assert (watch.due, watch.tries, watch.entry, watch.reads) == (NOW + DAY, 0, None, 1)
