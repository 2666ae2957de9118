"""When: due, next, given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import scheduler
from crawler.memory import SourceState
from crawler.model import Auto, Cron, Failure, Page, Source
from crawler.scheduler import after_failure, article_retry, moved, next_poll, poll_address

NOW = datetime(2021, 11, 20, 6, 43, 44, 821000, tzinfo=UTC)  # a Saturday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOURCE = Source("x", "https://a.example/feed")
FRESH = SourceState()


class Least(Random):
    """Chance at its least."""

    def random(self) -> float:
        return 0.0


class Most(Random):
    """Chance at its most."""

    def random(self) -> float:
        return 0.9999


LEAST, MOST = Least(), Most()


def answer(*headers: tuple[str, str], url: str = SOURCE.url, moved_to: str = "") -> Page:
    return Page(url, url, 200, headers, b"", NOW, moved_to)


def wait(source: Source, *, headers: Page | None = None, state: SourceState = FRESH, rng: Random = LEAST) -> timedelta:
    """How long until a poll may happen."""
    fresh = scheduler.lifetime(state, headers, NOW) if headers else None
    return next_poll(source, replace(state, fresh=fresh), NOW, rng=rng).due - NOW


def failed(state: SourceState, failure: Failure, rng: Random, every: timedelta) -> datetime:
    """When a failed source is due again."""
    return after_failure(replace(SOURCE, every=every), state, failure, NOW, rng).due


# ---------------------------------------------------------------- our own floor

EVERY = [5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, 2 * DAY]


@pytest.mark.parametrize("rng", [LEAST, MOST])
@pytest.mark.parametrize("every", EVERY)
def test_a_cron_job_at_exactly_every_polls_each_time(every: timedelta, rng: Random) -> None:
    source = replace(SOURCE, every=every)
    due = next_poll(source, FRESH, NOW + timedelta(seconds=10), rng=rng).due
    assert NOW + every * 0.85 < due <= NOW + every


@pytest.mark.parametrize("rng", [LEAST, MOST])
def test_an_hour_is_not_a_minute_and_not_two_hours(rng: Random) -> None:
    assert 58 * MINUTE < wait(replace(SOURCE, every=HOUR), rng=rng) < 2 * HOUR


# ---------------------------------------------------------------- what the server and the feed ask for

HEADERS: list[tuple[tuple[tuple[str, str], ...], timedelta]] = [
    ((), timedelta()),
    ((("cache-control", "max-age=3600"),), HOUR),
    ((("cache-control", "public"), ("cache-control", 'Max-Age="3600", must-revalidate')), HOUR),
    ((("cache-control", "max-age=3600"), ("age", "1800")), 30 * MINUTE),
    ((("cache-control", "max-age=3600"), ("age", "99999")), timedelta()),
    ((("cache-control", "max-age=3600"), ("age", "x")), HOUR),
    ((("cache-control", "no-cache, max-age=3600"),), timedelta()),
    ((("cache-control", "no-store"), ("expires", "Sat, 20 Nov 2021 07:43:44 GMT")), timedelta()),
    ((("cache-control", "s-maxage=3600"),), timedelta()),
    ((("cache-control", "max-age=soon"),), timedelta()),
    ((("cache-control", "max-age=-5"), ("expires", "Sun, 21 Nov 2021 07:43:44 GMT")), timedelta()),
    ((("cache-control", "max-age"), ("expires", "Sun, 21 Nov 2021 07:43:44 GMT")), timedelta()),
    ((("cache-control", "max-age=3600"), ("age", "-1800")), HOUR),
    ((("cache-control", "max-age=3600"), ("age", "9" * 5000)), timedelta()),
    ((("cache-control", "max-age=3600, max-age=60"),), HOUR),
    ((("cache-control", "stale-max-age=3600"),), timedelta()),
    ((("expires", "Sat, 32 Nov 2021 08:00:00 GMT"),), timedelta()),
    ((("expires", "2021-11-20T08:00:00Z"),), timedelta()),
    ((("expires", "Thu, 01 Jan 1970 00:00:00 GMT"), ("date", "Sat, 20 Nov 2021 07:00:00 GMT")), timedelta()),
    ((("expires", "Saturday, 20-Nov-21 08:43:44 GMT"), ("date", "Sat Nov 20 07:43:44 2021")), HOUR),
    ((("cache-control", "max-age=0"), ("expires", "Sun, 21 Nov 2021 07:43:44 GMT")), timedelta()),
    ((("expires", "Sat, 20 Nov 2021 08:00:00 GMT"), ("date", "Sat, 20 Nov 2021 07:00:00 GMT")), HOUR),
    ((("expires", "Sat, 20 Nov 2021 05:00:00 GMT"),), timedelta()),
    ((("expires", "0"),), timedelta()),
    ((("expires", "Sat, 20 Nov 2021 08:00:00 -0000"), ("date", "-1")), timedelta(hours=1, minutes=16, seconds=15.179)),
    ((("expires", "Fri, 31 Dec 9999 23:59:59 -1200"),), timedelta()),
    ((("cache-control", "max-age=31536000"),), 365 * DAY),
    ((("cache-control", "max-age=" + "9" * 5000),), timedelta(seconds=9999999999)),
]


@pytest.mark.parametrize(("headers", "fresh"), HEADERS)
def test_freshness(headers: tuple[tuple[str, str], ...], fresh: timedelta) -> None:
    assert scheduler.freshness(answer(*headers), NOW) == fresh


ASKED = [
    (answer(("cache-control", "max-age=3600")), FRESH, HOUR),
    (answer(), SourceState(ttl=2 * HOUR), 2 * HOUR),
    (answer(("cache-control", "max-age=3600")), SourceState(ttl=2 * HOUR), 2 * HOUR),
    (answer(("cache-control", "max-age=9999999")), FRESH, DAY),
    (None, SourceState(ttl=400 * DAY), DAY),
]


@pytest.mark.parametrize("rng", [LEAST, MOST])
@pytest.mark.parametrize(("headers", "state", "least"), ASKED)
def test_the_server_is_never_undercut_and_never_obeyed_beyond_a_day(
    headers: Page | None, state: SourceState, least: timedelta, rng: Random
) -> None:
    assert least <= wait(SOURCE, headers=headers, state=state, rng=rng) <= least + 2 * MINUTE


def test_our_own_floor_may_be_longer_than_what_is_asked() -> None:
    weekly = replace(SOURCE, every=7 * DAY)
    assert wait(weekly, headers=answer(("cache-control", "max-age=60"))) >= 7 * DAY - MINUTE


SKIPPED = [
    ((), (), NOW),
    ((6,), (), datetime(2021, 11, 20, 7, tzinfo=UTC)),
    ((6, 7, 8, 23), (), datetime(2021, 11, 20, 9, tzinfo=UTC)),
    ((7,), (), NOW),
    ((), (5, 6), datetime(2021, 11, 22, tzinfo=UTC)),
    ((0, 1), (5,), datetime(2021, 11, 21, 2, tzinfo=UTC)),
    (tuple(range(24)), (), NOW),
    ((), tuple(range(7)), NOW),
    (tuple(range(23)), (0, 1, 2, 3, 4, 5), datetime(2021, 11, 21, 23, tzinfo=UTC)),
]


@pytest.mark.parametrize(("hours", "days", "due"), SKIPPED)
def test_skip_hours_and_days(hours: tuple[int, ...], days: tuple[int, ...], due: datetime) -> None:
    assert scheduler.past_skipped(NOW, SourceState(skip_hours=hours, skip_days=days)) == due


def test_next_poll_moves_out_of_skipped_hours() -> None:
    state = SourceState(skip_hours=(6, 7))
    plan = next_poll(SOURCE, state, NOW, rng=LEAST)
    assert (plan.due.hour, plan.why) == (8, "the feed's skipHours or skipDays")


# ---------------------------------------------------------------- failures of a source


def test_back_off_doubles_up_to_a_day() -> None:
    waits = [
        failed(SourceState(fails=fails), Failure("no"), LEAST, 15 * MINUTE) - NOW for fails in (0, 1, 2, 3, 7, 8, 999)
    ]
    assert waits == [scheduler.floor(w) for w in (15 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 16 * HOUR, DAY, DAY)]


@pytest.mark.parametrize("every", EVERY[:4])
def test_a_day_later_a_failing_source_is_due_however_often_it_failed(every: timedelta) -> None:
    for fails in range(40):
        due = failed(SourceState(fails=fails), Failure("no"), MOST, every)
        assert NOW + scheduler.floor(every) <= due <= NOW + 25 * HOUR


RETRY_AFTERS = [
    (4 * HOUR, 4 * HOUR),
    (timedelta(), 15 * MINUTE),
    (MINUTE, 15 * MINUTE),
    (7 * DAY, 7 * DAY),
    (3650 * DAY, 7 * DAY),
]


@pytest.mark.parametrize(("asked", "least"), RETRY_AFTERS)
def test_retry_after_goes_first(asked: timedelta, least: timedelta) -> None:
    due = failed(SourceState(fails=9), Failure("busy", retry_after=asked, status=429), MOST, 15 * MINUTE)
    assert NOW + scheduler.floor(least) <= due <= NOW + least + MINUTE


def test_a_slow_source_keeps_its_floor_when_it_fails() -> None:
    assert failed(FRESH, Failure("no"), LEAST, 3 * DAY) == NOW + 3 * DAY - MINUTE


# ---------------------------------------------------------------- articles


@pytest.mark.parametrize("rng", [LEAST, MOST])
def test_an_article_is_dead_after_ten_tries_over_about_thirty_days(rng: Random) -> None:
    now, tries = NOW, 1
    while due := article_retry(tries, Failure("no"), now, rng):
        now, tries = due, tries + 1
    assert tries == 10
    assert timedelta(days=29) < now - NOW < timedelta(days=31)


@pytest.mark.parametrize("tries", [1, 2, 3, 4, 5])
def test_thirty_hours_later_the_first_tries_are_due(tries: int) -> None:
    due = article_retry(tries, Failure("no"), NOW, MOST)
    assert due is not None
    assert due <= NOW + 30 * HOUR


def test_retry_after_lengthens_an_articles_wait_within_bounds() -> None:
    def waits(tries: int, retry_after: timedelta) -> timedelta | None:
        due = article_retry(tries, Failure("busy", retry_after=retry_after), NOW, LEAST)
        return due - NOW if due else None

    assert waits(1, 2 * HOUR) == 2 * HOUR
    assert waits(1, timedelta()) == waits(0, timedelta()) == 15 * MINUTE
    assert waits(1, 90 * DAY) == 7 * DAY
    assert waits(9, HOUR) == 12 * DAY
    assert waits(10, HOUR) is None


# ---------------------------------------------------------------- moves

NEW, NEWER = "https://new.example/feed", "https://newer.example/feed"


def observed(*steps: tuple[float, str], start: SourceState = FRESH) -> SourceState:
    """The state after polls at these days, each answered with a permanent move to that address (or none)."""
    state = start
    for day, target in steps:
        asked = poll_address(SOURCE.url, state)
        target = "" if target == asked else target
        state = moved(state, answer(url=asked, moved_to=target), NOW + day * DAY)
    return state


MOVES: list[tuple[list[tuple[float, str]], str]] = [
    ([(0, NEW)], SOURCE.url),
    ([(0, NEW), (1, NEW)], SOURCE.url),
    ([(0, NEW), (1, NEW), (2, NEW)], NEW),
    ([(0, NEW), (0.01, NEW), (0.02, NEW), (1.99, NEW)], SOURCE.url),
    ([(0, NEW), (0.01, NEW), (0.02, NEW), (2.01, NEW)], NEW),
    ([(0, NEW), (5, NEW)], SOURCE.url),
    ([(0, NEW), (1, ""), (2, NEW), (3, NEW)], SOURCE.url),
    ([(0, NEW), (1, NEWER), (2, NEW), (3, NEWER)], SOURCE.url),
    ([(0, NEW), (1, NEW), (2, NEW), (3, NEW), (4, NEW)], NEW),
    ([(0, NEW), (1, NEW), (2, NEW), (3, NEWER)], SOURCE.url),
    ([(0, ""), (9, "")], SOURCE.url),
]


@pytest.mark.parametrize(("steps", "address"), MOVES)
def test_permanent_moves_are_remembered_once_stable(steps: list[tuple[float, str]], address: str) -> None:
    assert poll_address(SOURCE.url, observed(*steps)) == address


def test_the_old_address_answering_itself_ends_the_memory() -> None:
    stable = observed((0, NEW), (1, NEW), (2, NEW))
    failing = replace(stable, fails=scheduler.MAX_MOVED_FAILS)
    assert poll_address(SOURCE.url, failing) == SOURCE.url
    assert moved(failing, answer(moved_to=NEW), NOW + 5 * DAY).moved_polls == stable.moved_polls
    assert moved(failing, answer(), NOW + 5 * DAY) == replace(failing, moved_to="", moved_since=None, moved_polls=0)


def test_a_move_without_its_date_starts_anew() -> None:
    state = moved(SourceState(moved_to=NEW, moved_polls=9), answer(moved_to=NEW), NOW)
    assert (state.moved_polls, state.moved_since) == (1, NOW)


def test_routes_stay_routes() -> None:
    assert poll_address("rsshub://x/y", observed((0, NEW), (1, NEW), (2, NEW))) == "rsshub://x/y"


# ---------------------------------------------------------------- bounds

WAITS = st.timedeltas(timedelta(), timedelta(days=400))


@settings(deadline=None, derandomize=True)
@given(st.timedeltas(MINUTE, 3 * DAY), WAITS, st.integers(0, 10**6), st.integers(0, 2**32))
def test_every_wait_is_bounded(every: timedelta, asked: timedelta, fails: int, seed: int) -> None:
    source, rng = replace(SOURCE, every=every), Random(seed)
    ready = next_poll(source, SourceState(ttl=asked), NOW, rng=rng).due
    assert NOW + scheduler.floor(every) <= ready <= NOW + max(every, DAY) + 2 * MINUTE
    silenced = failed(SourceState(fails=fails), Failure("no", retry_after=asked), rng, every)
    assert NOW + scheduler.floor(every) <= silenced <= NOW + max(every, 7 * DAY) + 2 * MINUTE
    backed_off = failed(SourceState(fails=fails), Failure("no"), rng, every)
    assert NOW + scheduler.floor(every) <= backed_off <= NOW + max(every, DAY) + 5 * MINUTE


# ---------------------------------------------------------------- waits that nobody handed out


CRONS = (
    "*/10 * * * *",
    "*/15 6-22 * * *",
    "0 6 * * *",
    "0 8 * * 1-5",
    "0 6 * * 1,2",
    "30 23 1 * *",
    "0 0 29 2 *",
    "0 12 * * 3",
)


@given(
    every=st.timedeltas(min_value=MINUTE, max_value=60 * DAY) | st.sampled_from(CRONS).map(Cron) | st.just(Auto()),
    fails=st.integers(0, 40),
    retry_after=st.none() | st.timedeltas(min_value=timedelta(), max_value=30 * DAY),
    max_age=st.integers(0, 10**9),
    skipped=st.tuples(st.sets(st.integers(0, 6)), st.sets(st.integers(0, 23))),
)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_every_wait_handed_out_is_believed(
    every: timedelta | Cron | Auto,
    fails: int,
    retry_after: timedelta | None,
    max_age: int,
    skipped: tuple[set[int], set[int]],
) -> None:
    days, hours = map(tuple, skipped)
    source, state = replace(SOURCE, every=every), replace(FRESH, fails=fails, skip_days=days, skip_hours=hours)
    if fails:
        due = after_failure(source, state, Failure("x", retry_after=retry_after), NOW, MOST).due
    else:
        fresh = scheduler.freshness(answer(("cache-control", f"max-age={max_age}")), NOW)
        due = next_poll(source, replace(state, fresh=fresh), NOW, rng=MOST).due
    waiting = replace(state, next_poll=due, last_success=NOW)
    assert due <= scheduler.latest_poll(source, state, NOW)
    assert not scheduler.is_adrift(source, waiting, NOW)
    assert not scheduler.is_adrift(source, replace(waiting, next_poll=None), NOW - 99 * DAY)
    assert scheduler.is_adrift(source, waiting, NOW - timedelta(seconds=61)), "it succeeded in a minute's time"
    assert scheduler.is_adrift(source, replace(waiting, next_poll=due + 9999 * DAY), NOW)


@pytest.mark.parametrize("tries", range(1, 12))
def test_every_wait_of_an_article_is_believed(tries: int) -> None:
    latest = scheduler.latest_retries(NOW)
    assert NOW < latest[0] <= NOW + timedelta(minutes=1)
    for failure in (Failure("x"), Failure("x", retry_after=30 * DAY)):
        due = article_retry(tries, failure, NOW, MOST)
        assert due is None or due <= latest[tries] <= NOW + 12 * DAY + 5 * MINUTE
