"""When a source is polled next and why, for each kind of `every`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from crawler import scheduler
from crawler.memory import Plan, SourceState
from crawler.model import Auto, Cron, Failure, Page, Source
from crawler.scheduler import after_failure, next_poll, spoken
from tests.test_scheduler import DAY, HOUR, LEAST, MINUTE, MOST, NOW, SOURCE, answer

TEN = replace(SOURCE, every=Cron("*/10 6-22 * * *"))
DAILY = replace(SOURCE, every=Cron("0 8 * * *"), timezone="Asia/Singapore")
AUTO = replace(SOURCE, every=Auto())
ASKED, TTL = "the server's max-age or Expires", "the feed's ttl or update period"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


PLANS: list[tuple[Source, SourceState, Plan]] = [
    (SOURCE, SourceState(), Plan(NOW + 14 * MINUTE, "every: 15m")),
    (SOURCE, SourceState(fresh=10 * MINUTE), Plan(NOW + 14 * MINUTE, "every: 15m")),
    (SOURCE, SourceState(fresh=HOUR, ttl=MINUTE), Plan(NOW + HOUR, f"{ASKED}: 1h")),
    (SOURCE, SourceState(fresh=HOUR, ttl=90 * MINUTE), Plan(NOW + 90 * MINUTE, f"{TTL}: 1h 30m")),
    (SOURCE, SourceState(fresh=2 * HOUR, ttl=90 * MINUTE), Plan(NOW + 2 * HOUR, f"{ASKED}: 2h")),
    (SOURCE, SourceState(fresh=400 * DAY), Plan(NOW + DAY, f"{ASKED}: 1d")),
    # sy:updateBase: up to the feed's next update, which is at the full hour
    (SOURCE, SourceState(ttl=HOUR, ttl_base=at("2000-01-01T12:00")), Plan(at("2021-11-20T07:00"), f"{TTL}: 16m 15s")),
    (SOURCE, SourceState(ttl=DAY, ttl_base=at("2030-01-01T07:30")), Plan(at("2021-11-20T07:30"), f"{TTL}: 46m 15s")),
    (SOURCE, SourceState(ttl=HOUR, ttl_base=at("2000-01-01T12:45")), Plan(NOW + 14 * MINUTE, "every: 15m")),
    # cron: exactly then, without a jitter
    (TEN, SourceState(), Plan(at("2021-11-20T06:50"), 'cron: "*/10 6-22 * * *" in UTC')),
    (TEN, SourceState(fresh=HOUR), Plan(at("2021-11-20T07:50"), f"{ASKED}: 1h")),
    (TEN, SourceState(fresh=17 * HOUR), Plan(at("2021-11-21T06:00"), f"{ASKED}: 17h")),
    (TEN, SourceState(skip_hours=(6,)), Plan(at("2021-11-20T07:00"), "the feed's skipHours or skipDays")),
    (TEN, SourceState(skip_days=(5,)), Plan(at("2021-11-21T06:00"), "the feed's skipHours or skipDays")),
    (DAILY, SourceState(), Plan(at("2021-11-21T00:00"), 'cron: "0 8 * * *" in Asia/Singapore')),
    (DAILY, SourceState(fresh=DAY), Plan(at("2021-11-22T00:00"), f"{ASKED}: 1d")),
    (DAILY, SourceState(skip_hours=(0, 1)), Plan(at("2021-11-21T02:00"), "the feed's skipHours or skipDays")),
]  # fmt: skip


@pytest.mark.parametrize(("source", "state", "plan"), PLANS)
def test_plans(source: Source, state: SourceState, plan: Plan) -> None:
    found = next_poll(source, state, NOW, rng=LEAST)
    assert (abs(found.due - plan.due) < timedelta(seconds=1), found.why) == (True, plan.why), found


def test_a_cron_expression_has_no_jitter() -> None:
    assert next_poll(TEN, SourceState(), NOW, rng=MOST) == next_poll(TEN, SourceState(), NOW, rng=LEAST)


def test_a_daily_turn_is_not_missed_for_the_seconds_that_an_answer_takes() -> None:
    """Polled at eight, fresh for a day: the next turn comes three seconds too early, and is taken three seconds late."""
    polled = at("2021-11-20T00:00:03")
    plan = next_poll(DAILY, SourceState(fresh=DAY), polled, rng=LEAST)
    assert plan == Plan(at("2021-11-21T00:00:03"), f"{ASKED}: 1d")
    assert next_poll(DAILY, SourceState(ttl=10 * MINUTE), polled, rng=LEAST).due == at("2021-11-21T00:00")


def test_a_turn_is_never_taken_hours_late() -> None:
    polled = at("2021-11-20T03:00")
    assert next_poll(DAILY, SourceState(fresh=DAY), polled, rng=LEAST).due == at("2021-11-22T00:00")


def test_auto_says_what_it_expects() -> None:
    plan = next_poll(AUTO, SourceState(rhythm=(1000,) * 24, rhythm_since=NOW - 30 * DAY), NOW, rng=LEAST)
    assert plan.why == "auto: something new 2.4 times a day"
    assert HOUR < plan.due - NOW < 3 * HOUR


@pytest.mark.parametrize("rng", [LEAST, MOST])
def test_auto_keeps_its_bounds_unless_the_server_asks_for_more(rng: Random) -> None:
    lively = SourceState(rhythm=(10**6,) * 24, rhythm_since=NOW - 30 * DAY)
    silent = SourceState(rhythm_since=NOW - 900 * DAY, last_new=NOW - 900 * DAY)
    tight = replace(SOURCE, every=Auto(2 * MINUTE, 4 * MINUTE))
    for state in (lively, silent):
        assert 2 * MINUTE <= next_poll(tight, state, NOW, rng=rng).due - NOW <= 4 * MINUTE
    asked = next_poll(tight, replace(lively, fresh=HOUR), NOW, rng=rng)
    assert HOUR <= asked.due - NOW < HOUR + MINUTE
    assert asked.why == f"{ASKED}: 1h"


FAILED: list[tuple[Source, int, timedelta | None, Plan]] = [
    (SOURCE, 1, None, Plan(NOW + 14 * MINUTE, "again after a failed poll")),
    (SOURCE, 3, None, Plan(NOW + 59 * MINUTE, "back-off after 3 failed polls in a row")),
    (SOURCE, 1, 4 * HOUR, Plan(NOW + 4 * HOUR, "Retry-After: 4h")),
    (SOURCE, 1, 99 * DAY, Plan(NOW + 7 * DAY, "Retry-After: 7d")),
    (SOURCE, 1, MINUTE, Plan(NOW + 14 * MINUTE, "again after a failed poll")),
    (TEN, 1, None, Plan(at("2021-11-20T07:00"), "again after a failed poll")),
    (TEN, 3, None, Plan(at("2021-11-20T07:30"), "back-off after 3 failed polls in a row")),
    (TEN, 30, None, Plan(at("2021-11-21T06:50"), "back-off after 30 failed polls in a row")),
    (TEN, 1, 4 * HOUR, Plan(at("2021-11-20T10:50"), "Retry-After: 4h")),
    (DAILY, 1, None, Plan(at("2021-11-22T00:00"), "again after a failed poll")),
    (AUTO, 1, None, Plan(NOW + 89 * MINUTE, "again after a failed poll")),
]


@pytest.mark.parametrize(("source", "fails", "asked", "plan"), FAILED)
def test_failures(source: Source, fails: int, asked: timedelta | None, plan: Plan) -> None:
    found = after_failure(source, SourceState(fails=fails), Failure("no", retry_after=asked), NOW, LEAST)
    assert (abs(found.due - plan.due) < 10 * MINUTE, found.why) == (True, plan.why), found


KEPT = HOUR
LIFETIMES: list[tuple[Page, timedelta | None]] = [
    (answer(("cache-control", "max-age=60")), MINUTE),
    (answer(), timedelta()),
    (replace(answer(), status=304), KEPT),
    (replace(answer(("cache-control", "max-age=60")), status=304), MINUTE),
    (replace(answer(("expires", "0")), status=304), timedelta()),
]


@pytest.mark.parametrize(("page", "fresh"), LIFETIMES)
def test_a_304_without_a_word_repeats_what_was_said(page: Page, fresh: timedelta) -> None:
    assert scheduler.lifetime(SourceState(fresh=KEPT), page, NOW) == fresh


SPANS = [
    (timedelta(), "0s"),
    (timedelta(seconds=0.4), "0s"),
    (timedelta(seconds=90), "1m 30s"),
    (timedelta(seconds=59.6), "1m"),
    (timedelta(hours=26, minutes=5), "1d 2h"),
    (timedelta(days=2, minutes=1), "2d 1m"),
]


@pytest.mark.parametrize(("span", "text"), SPANS)
def test_spoken(span: timedelta, text: str) -> None:
    assert spoken(span) == text
