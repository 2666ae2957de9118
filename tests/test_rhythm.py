"""The rhythm of a source: what is learned, what follows from it, and whether it pays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.memory import Plan, SourceState
from crawler.model import Auto, Entry, Source
from crawler.rhythm import HOURS, MEMORY, UNIT, a_day, expected, interval, learn, rates
from crawler.scheduler import next_poll

NOW = datetime(2021, 11, 20, 6, 43, 44, 821000, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ZERO = timedelta()
FRESH = SourceState()


def entries(*published: datetime | None) -> list[Entry]:
    return [Entry(published=moment) for moment in published]


def taught(*published: datetime | None, state: SourceState = FRESH, offset: timedelta = ZERO) -> SourceState:
    found = entries(*published)
    return learn(state, found, found, offset, NOW)


def counted(state: SourceState) -> dict[int, int]:
    return {hour: count for hour, count in enumerate(state.rhythm) if count}


# ---------------------------------------------------------------- what is learned


def test_a_first_poll_learns_from_the_dates_of_the_entries() -> None:
    state = taught(NOW - HOUR, NOW - 3 * HOUR, NOW - 7 * DAY)
    assert counted(state) == {5: UNIT, 3: UNIT, 6: UNIT // 2}
    assert state.rhythm_since == NOW - 7 * DAY


def test_a_first_poll_takes_known_entries_as_well() -> None:
    """The state may be older than this memory, or made anew from the archive."""
    assert counted(learn(FRESH, entries(NOW - HOUR), [], ZERO, NOW)) == {5: UNIT}


def test_a_first_poll_leaves_out_what_tells_nothing() -> None:
    state = taught(NOW + HOUR, None, NOW - MEMORY - DAY, NOW - 4000 * DAY, datetime(9999, 12, 31, tzinfo=UTC))
    assert (counted(state), state.rhythm_since) == ({}, NOW - MEMORY)
    assert taught().rhythm_since == NOW


def test_entries_that_appear_together_are_one_occasion() -> None:
    state = taught(*(NOW - HOUR - n * MINUTE for n in range(9)), NOW - 2 * HOUR)
    assert counted(state) == {5: UNIT, 4: UNIT}


POLLED = SourceState(rhythm=(0,) * HOURS, rhythm_since=NOW - HOUR, last_success=NOW - HOUR)
APPEARED: list[tuple[datetime | None, int]] = [
    (NOW - 50 * MINUTE, 5),  # between the polls: believed
    (NOW - 3 * HOUR, 6),  # was not there at the last poll: when we saw it
    (NOW + 8 * HOUR, 6),  # Singapore time stated as UTC
    (datetime(1970, 1, 2, tzinfo=UTC), 6),
    (None, 6),
]


@pytest.mark.parametrize(("published", "hour"), APPEARED)
def test_later_polls_believe_a_date_only_since_the_poll_before(published: datetime | None, hour: int) -> None:
    assert counted(taught(published, state=POLLED)) == {hour: UNIT}


def test_the_time_offset_is_added() -> None:
    assert counted(taught(NOW + 7 * HOUR + 10 * MINUTE, state=POLLED, offset=-8 * HOUR)) == {5: UNIT}


def test_polls_without_news_leave_it_until_a_day_has_passed() -> None:
    since = NOW - 3 * DAY - HOUR
    state = replace(POLLED, rhythm=(UNIT,) * HOURS, rhythm_since=since)
    assert learn(state, [], [], ZERO, NOW).rhythm == state.rhythm
    a_week_ago = replace(state, last_success=NOW - 7 * DAY, rhythm_since=NOW - 30 * DAY)
    assert set(learn(a_week_ago, [], [], ZERO, NOW).rhythm) == {UNIT // 2}


def test_a_clock_that_was_set_back_does_no_harm() -> None:
    state = replace(POLLED, rhythm_since=NOW + DAY, last_success=NOW + 2 * DAY, last_new=NOW + 2 * DAY)
    assert Auto().low <= interval(Auto(), taught(NOW, state=state), NOW) <= Auto().high


# ---------------------------------------------------------------- what follows


def test_rates_are_those_observed_with_a_little_of_everything() -> None:
    state = taught(*(NOW.replace(hour=3) - n * DAY for n in range(30)))
    hourly = rates(state, NOW)
    assert 0.9 < sum(hourly) < 1.2
    assert max(range(HOURS), key=lambda hour: hourly[hour]) == 3
    assert min(hourly) > 0
    assert a_day(state, NOW) == sum(hourly)


def test_expected_counts_days_and_hours() -> None:
    hourly = (0.0,) * 6 + (6.0,) + (0.0,) * 17  # one each ten minutes from 06:00 to 07:00
    at = NOW.replace(minute=0, second=0, microsecond=0)
    assert expected(hourly, at, at + HOUR) == 6
    assert expected(hourly, at + 30 * MINUTE, at + 5 * HOUR) == 3
    assert expected(hourly, at - 2 * DAY, at + 10 * MINUTE) == 13
    assert expected(hourly, at, at - HOUR) == 0


def test_nothing_known_means_some_polls_a_day_at_first() -> None:
    assert HOUR < interval(Auto(), FRESH, NOW) < 2 * HOUR


def test_silence_against_all_expectation_slows_down_in_proportion() -> None:
    lively = taught(*(NOW - n * HOUR for n in range(1, 200)))
    waits = [interval(Auto(MINUTE, 9 * DAY), replace(lively, last_new=NOW - n * DAY), NOW) for n in (0, 1, 2, 4)]
    assert 5 * MINUTE < waits[0] < 30 * MINUTE
    assert waits == sorted(waits)
    assert 1.8 < waits[3] / waits[2] < 2.2


@settings(deadline=None, derandomize=True)
@given(
    st.lists(st.integers(0, 10**7), min_size=HOURS, max_size=HOURS),
    st.timedeltas(ZERO, 900 * DAY),
    st.timedeltas(ZERO, 900 * DAY),
    st.timedeltas(MINUTE, 5 * HOUR),
    st.integers(2, 400),
)
def test_the_bounds_hold_whatever_was_learned(
    rhythm: list[int], observed: timedelta, silent: timedelta, low: timedelta, times: int
) -> None:
    state = SourceState(rhythm=tuple(rhythm), rhythm_since=NOW - observed, last_new=NOW - silent, last_success=NOW)
    auto = Auto(low, low * times)
    assert low <= interval(auto, state, NOW) <= auto.high
    due = next_poll(Source("x", "https://a.example/", every=auto), state, NOW, rng=Random(1)).due
    assert NOW + low <= due <= NOW + auto.high
    learned = learn(state, [], entries(NOW), ZERO, NOW + DAY)
    assert len(learned.rhythm) == HOURS, "the memory does not grow"


# ---------------------------------------------------------------- whether it pays

DAYS, LEARNING = 28, 14  #: simulated, and of these not counted
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday


@dataclass(frozen=True, slots=True)
class Record:
    """How polling went, after two weeks of learning."""

    polls: float  #: a day
    delay: timedelta  #: mean, from publication to the poll that finds it
    longest: timedelta


def simulated(source: Source, published: Sequence[datetime]) -> Record:
    """Poll by a clock that runs from poll to poll."""
    now, state, rng = BEGIN, FRESH, Random(7)
    polls, delays = 0, list[timedelta]()
    while now < BEGIN + timedelta(days=DAYS):
        seen = state.last_success or BEGIN - 9999 * DAY
        new = [moment for moment in published if seen < moment <= now]
        if now >= BEGIN + timedelta(days=LEARNING):
            polls, delays = polls + 1, delays + [now - moment for moment in new]
        state = learn(state, entries(*new), entries(*new), ZERO, now)
        state = replace(state, last_success=now, last_new=now if new else state.last_new)
        plan: Plan = next_poll(source, state, now, rng=rng)
        now = plan.due
    return Record(polls / (DAYS - LEARNING), sum(delays, ZERO) / max(len(delays), 1), max(delays, default=ZERO))


def days() -> Iterator[datetime]:
    return (BEGIN + timedelta(days=n) for n in range(-20, DAYS))


def busy(rng: Random) -> list[datetime]:
    """Forty entries a day, most of them between two and ten o'clock."""
    return sorted(day + timedelta(hours=rng.gauss(6, 4) % 24) for day in days() for _ in range(40))


def magazine(rng: Random) -> list[datetime]:
    """Eight entries at once, at about six each day."""
    at = [day + timedelta(hours=6, minutes=rng.uniform(-10, 10)) for day in days()]
    return [moment + timedelta(seconds=n) for moment in at for n in range(8)]


def dead(_: Random) -> list[datetime]:
    """Ten entries of years ago."""
    return [BEGIN - timedelta(days=400 + 30 * n) for n in range(10)]


def dying(rng: Random) -> list[datetime]:
    """Busy until the day that the counting begins."""
    return [moment for moment in busy(rng) if moment < BEGIN + timedelta(days=LEARNING)]


AUTO, FIXED = Source("x", "https://a.example/", every=Auto()), Source("x", "https://a.example/")
#: Kind; polls a day, mean delay and longest delay in minutes of `auto`, at most.
PAYS: list[tuple[Callable[[Random], list[datetime]], float, float, float]] = [
    (busy, 140, 6, 60),
    (magazine, 6, 30, 60),
    (dead, 1.1, 0, 0),
    (dying, 5, 0, 0),
]


@pytest.mark.parametrize(("kind", "polls", "mean", "longest"), PAYS)
def test_auto_against_every_15m(
    kind: Callable[[Random], list[datetime]], polls: float, mean: float, longest: float
) -> None:
    """Polls a day, mean and longest delay in minutes.

    | kind     | auto        | every: 15m  |
    | busy     | 129, 5, 53  | 102, 7, 14  |
    | magazine | 4.4, 26, 46 | 102, 7, 14  |
    | dead     | 1, –, –     | 102, –, –   |
    | dying    | 4, –, –     | 102, –, –   |
    """
    auto, fixed = (simulated(source, kind(Random(3))) for source in (AUTO, FIXED))
    assert auto.polls <= polls
    assert auto.delay <= mean * MINUTE
    assert auto.longest <= longest * MINUTE
    assert 95 < fixed.polls < 105
    assert fixed.longest <= 15 * MINUTE
    assert auto.polls < fixed.polls / 9 or auto.delay < fixed.delay
    assert simulated(AUTO, kind(Random(3))) == auto, "the same clock and chance, the same polls"
