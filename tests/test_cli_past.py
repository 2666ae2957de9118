"""How backfills are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from crawler.cli.past import ELSEWHERE, as_json, hint, story, time_left, told
from crawler.past import METHODS, Asked, Backfill, Counts, Origin, Window

NOON, MIDNIGHT = datetime(2021, 11, 20, 12, tzinfo=UTC), datetime(2021, 11, 20, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NAMES = {"http://a.example/feed": "Harbour"}
COUNTS = Counts(listed=2100, known=90, outside=6, unwanted=4, owed=2000, taken=500, archived=490, failed=3, steps=12)
GOING = Backfill(
    7, "http://a.example/feed", Asked(METHODS), Origin(), "feed", "going", COUNTS, NOON, HOUR, waiting=3, in_hand=1
)


def test_the_story_is_one_line_of_counts() -> None:
    assert story(GOING, NAMES) == (
        "Harbour, from the older pages of its feed: not done yet: 2,100 listed, 2,000 of them to fetch, 490 archived, "
        "3 failing, 90 known already, 6 of other dates, 4 no articles of this source, 1,501 left, 3 lists to read, about 3h"
    )
    asked = replace(GOING, asked=Asked(METHODS, window=Window(MIDNIGHT, MIDNIGHT + 30 * DAY)))
    assert story(asked, NAMES).startswith(
        "Harbour since 2021-11-20 until 2021-12-19, from the older pages of its feed: "
    )
    until = replace(GOING, asked=Asked(METHODS, window=Window(None, NOON.astimezone(timezone(8 * HOUR)))))
    assert story(until, NAMES).startswith("Harbour until 2021-11-20 12:00, from")
    bare = replace(GOING, source="http://gone.example", counts=Counts(), waiting=0, in_hand=0, state="done")
    assert story(bare, NAMES) == (
        "http://gone.example, from the older pages of its feed: done: 0 listed, 0 of them to fetch, 0 archived"
    )


@pytest.mark.parametrize(
    ("taken", "owed", "left"), [(4, 100, None), (5, 100, 19 * HOUR), (100, 100, None), (0, 100, None)]
)
def test_the_time_left_is_told_when_there_is_a_pace(taken: int, owed: int, left: timedelta | None) -> None:
    assert time_left(replace(GOING, counts=Counts(owed=owed, taken=taken))) == left


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, ""),
        ({"said": "feed: nothing"}, "feed: nothing"),
        ({"said": "feed: nothing", "word": "the 12th page is the last"}, "feed: nothing; the 12th page is the last"),
        ({"said": "feed: nothing (one page)", "word": "one page"}, "feed: nothing (one page)"),
        ({"gaps": 1, "gap": "u: why"}, "a list could not be read: u: why"),
        ({"said": "x", "gaps": 2000, "gap": "u: why"}, "x; 2,000 lists could not be read: u: why"),
        ({"said": "feed: u: why", "gaps": 1, "gap": "u: why"}, "feed: u: why"),
    ],
)
def test_each_thing_is_told_once(facts: dict[str, object], words: str) -> None:
    one = replace(GOING, **facts)  # type: ignore[arg-type]
    assert told(one) == words
    assert story(one, NAMES).endswith(f" ({words})" if words else "about 3h")
    assert as_json(one, NAMES)["said"] == words


HELP = ELSEWHERE.format("--from wayback, ")
AGAIN = "  the same command tries again what could not be read"


@pytest.mark.parametrize(
    ("facts", "due", "words"),
    [
        ({}, None, "  the same command goes on from here"),
        ({}, NOON, "  it waits for an answer until 2021-11-20 12:00 UTC; the same command goes on then"),
        ({"state": "done"}, None, ""),
        ({"state": "failed", "took": True, "gaps": 1}, None, AGAIN),
        ({"state": "failed", "gaps": 1}, None, f"{AGAIN}\n{HELP}"),
        ({"state": "failed"}, None, HELP),
        ({"state": "failed", "method": "wayback"}, None, ELSEWHERE.format("")),
        ({"state": "failed", "took": True}, None, ""),
    ],
)
def test_what_can_be_done_is_told(facts: dict[str, object], due: datetime | None, words: str) -> None:
    assert hint(replace(GOING, **facts), due) == words  # type: ignore[arg-type]


def test_programs_are_told_the_rest() -> None:
    found = as_json(replace(GOING, gaps=2), NAMES)
    assert found["articles"]["left"] == 1501
    assert (found["lists_left"], found["lists_failed"], found["seconds_left"]) == (3, 2, 10800)
