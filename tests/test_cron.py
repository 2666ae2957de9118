"""Cron expressions: what they mean, above all when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.cron import fault, following, longest, spacing
from crawler.model import Auto, Cron

NOW = datetime(2021, 11, 20, 6, 43, 44, 821000, tzinfo=UTC)  # a Saturday
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BERLIN = "Europe/Berlin"  # 2021: forward on 28 March at 01:00 UTC, back on 31 October at 01:00 UTC

NEXT = [
    ("*/10 6-22 * * *", "UTC", "2021-11-20T06:50"),
    ("*/10 6-22 * * *", "Asia/Singapore", "2021-11-20T06:50"),
    ("*/10 6-12 * * *", "Asia/Singapore", "2021-11-20T22:00"),
    ("0 8 * * *", "Asia/Singapore", "2021-11-21T00:00"),
    ("0 8 * * MON-fri", "UTC", "2021-11-22T08:00"),
    ("0 8 * * 7", "UTC", "2021-11-21T08:00"),
    ("30 5 1 jan,JUL *", "UTC", "2022-01-01T05:30"),
    ("5/20 * * * *", "UTC", "2021-11-20T06:45"),
    ("43 6 * * *", "UTC", "2021-11-21T06:43"),
    ("* * * * *", "UTC", "2021-11-20T06:44"),
    ("0 12 29 2 *", "UTC", "2024-02-29T12:00"),
]


@pytest.mark.parametrize(("expression", "zone", "due"), NEXT)
def test_comes_round_next(expression: str, zone: str, due: str) -> None:
    assert following(Cron(expression), zone, NOW) == datetime.fromisoformat(due).replace(tzinfo=UTC)


FAULTS = [
    ("*/10 6-22 * *", "has 4 fields, not 5"),
    ("0 */10 6-22 * * *", "has 6 fields, not 5"),
    ("60 * * * *", "its minute cannot be read"),
    ("* 24 * * *", "its hour cannot be read"),
    ("* 22-6 * * *", "its hour cannot be read"),
    ("* * 0 * *", "its day-of-month cannot be read"),
    ("* * * FOO *", "its month cannot be read"),
    ("* * * * 8", "its day-of-week cannot be read"),
    ("*/0 * * * *", "its minute cannot be read"),
    ("٣ * * * *", "its minute cannot be read"),
    ("0 0 31 2 *", "its day-of-month cannot be read"),
    ("* * */20 * 1L", "never comes round"),
]


@pytest.mark.parametrize(("expression", "words"), FAULTS)
def test_faults_are_told_in_words(expression: str, words: str) -> None:
    assert fault(expression).startswith(words)


@pytest.mark.parametrize(("expression", "zone", "due"), NEXT)
def test_what_is_sound_has_no_fault(expression: str, zone: str, due: str) -> None:
    assert fault(expression) == ""


def on(day: str, expression: str, zone: str = BERLIN) -> list[str]:
    """The turns of a day by the wall clock, as UTC."""
    moment = datetime.fromisoformat(f"{day}T00:00").astimezone(UTC) - timedelta(hours=3)
    found: list[str] = []
    while (moment := following(Cron(expression), zone, moment)) < datetime.fromisoformat(f"{day}T05:00").replace(
        tzinfo=UTC
    ):
        found += [f"{moment:%H:%M}"] if f"{moment:%F}" == day else []
    return found


FORWARD, BACK = "2021-03-28", "2021-10-31"
CHANGES = [
    # An hour that falls into the gap comes when the clocks leave it out, once.
    (FORWARD, "30 2 * * *", ["01:00"]),
    (FORWARD, "0,30 2 * * *", ["01:00"]),
    (FORWARD, "*/20 2 * * *", ["01:00"]),
    (FORWARD, "30 2,3 * * *", ["01:00", "01:30"]),
    (FORWARD, "0 3 * * *", ["01:00"]),
    (FORWARD, "0 */2 * * *", ["01:00", "02:00", "04:00"]),
    # One that comes twice is taken once, by the first of the two.
    (BACK, "30 2 * * *", ["00:30"]),
    (BACK, "*/20 2 * * *", ["00:00", "00:20", "00:40"]),
    (BACK, "30 2,3 * * *", ["00:30", "02:30"]),
    (BACK, "0 */2 * * *", ["00:00", "03:00"]),
    # What is for every hour goes on in real time.
    (FORWARD, "30 * * * *", ["00:30", "01:30", "02:30", "03:30", "04:30"]),
    (BACK, "30 * * * *", ["00:30", "01:30", "02:30", "03:30", "04:30"]),
    (BACK, "30 0-23 * * *", ["00:30", "01:30", "02:30", "03:30", "04:30"]),
    (FORWARD, "0/30 * * * *", ["00:00", "00:30", "01:00", "01:30", "02:00", "02:30", "03:00", "03:30", "04:00", "04:30"]),
]  # fmt: skip


@pytest.mark.parametrize(("day", "expression", "turns"), CHANGES)
def test_clock_changes_lose_no_hour_and_double_none(day: str, expression: str, turns: list[str]) -> None:
    assert on(day, expression) == turns


def test_a_day_that_a_country_skips_is_made_up_for() -> None:
    """Samoa had no 30 December 2011."""
    before = datetime(2011, 12, 30, 9, tzinfo=UTC)  # the 29th, 23:00
    assert following(Cron("0 8 30 12 *"), "Pacific/Apia", before) == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_asked_in_the_hour_that_comes_again_it_does_not_go_back() -> None:
    again = datetime(2021, 10, 31, 1, 10, tzinfo=UTC)  # 02:10 for the second time
    assert following(Cron("30 2 * * *"), BERLIN, again) == datetime(2021, 11, 1, 1, 30, tzinfo=UTC)


SPACES = [
    ("*/10 6-22 * * *", 10 * MINUTE),
    ("0 8,9 * * *", HOUR),
    ("0 8 * * *", 24 * HOUR),
    ("0 8 * * MON", 7 * 24 * HOUR),
    ("* * * * *", MINUTE),
]


@pytest.mark.parametrize(("expression", "space"), SPACES)
def test_spacing_is_that_of_the_closest_turns(expression: str, space: timedelta) -> None:
    assert spacing(Cron(expression), "UTC", NOW) == space
    assert spacing(Cron(expression), "UTC", datetime(2021, 11, 20, 22, 50, tzinfo=UTC)) == space


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    st.sampled_from(["*/10 6-22 * * *", "30 2 * * *", "0 */2 * * *", "15 * * * *", "0 0 * * 1"]),
    st.sampled_from([BERLIN, "America/Havana", "Australia/Lord_Howe", "Asia/Singapore", "UTC"]),
    st.datetimes(datetime(2021, 1, 1), datetime(2022, 1, 1)),
)
def test_is_always_in_the_future_and_never_skips_a_turn(expression: str, zone: str, wall: datetime) -> None:
    moment = wall.replace(tzinfo=UTC)
    due = following(Cron(expression), zone, moment)
    assert moment < due
    assert following(Cron(expression), zone, moment + (due - moment) / 2) == due


@pytest.mark.parametrize(
    ("every", "span"),
    [
        (timedelta(minutes=15), timedelta(minutes=15)),
        (Auto(high=timedelta(hours=12)), timedelta(hours=12)),
        (Cron("*/10 * * * *"), timedelta(minutes=10)),
        (Cron("*/10 6-22 * * *"), timedelta(minutes=10)),  # the night is further off than is looked
        (Cron("0 6 * * 1,2"), timedelta(days=6)),
        (Cron("0 6 1 * *"), timedelta(days=31)),
    ],
)
def test_how_far_apart_two_polls_may_lie(every: timedelta | Cron | Auto, span: timedelta) -> None:
    assert longest(every, "UTC", NOW) == span
