"""Whether the crawler is alive, by what its runs left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.model import Source
from crawler.pulse import awake_since, crawler_report, patience
from crawler.reports import RunSpan

NOW = datetime(2021, 11, 20, 6, 43, 44, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOURCE = Source("x", "https://a.example/feed")


def at(ago: timedelta, *, lasted: timedelta = MINUTE, cut: bool = False) -> RunSpan:
    """Return a run that ended (or was cut off) so long ago."""
    return RunSpan(NOW - ago - lasted, NOW - ago, None if cut else NOW - ago)


def each(gap: timedelta, count: int = 30, since: timedelta = MINUTE) -> list[RunSpan]:
    return [at(since + gap * n) for n in range(count)]


def told(*runs: RunSpan, sources: tuple[Source, ...] = (SOURCE,)) -> tuple[str, str]:
    report = crawler_report(runs, sources, NOW)
    return report.health, report.reason


def test_a_crawler_that_never_ran_says_so_and_is_not_sick() -> None:
    assert told() == ("ok", "the crawler has not run yet")
    assert told(at(9 * DAY), sources=()) == ("ok", "")


def test_one_that_runs_is_well() -> None:
    report = crawler_report(each(15 * MINUTE), [SOURCE], NOW)
    assert (report.health, report.reason, report.last_run) == ("ok", "", NOW - MINUTE)


@pytest.mark.parametrize(
    ("rhythm", "every", "stale_after", "longest"),
    [
        (15 * MINUTE, 15 * MINUTE, 3 * DAY, 2 * HOUR),
        (15 * MINUTE, HOUR, 3 * DAY, 3 * HOUR),
        (DAY, 15 * MINUTE, 3 * DAY, 2 * (DAY - MINUTE)),
        (9 * DAY, 15 * MINUTE, 3 * DAY, 3 * DAY),
        (DAY, 2 * DAY, 3 * DAY, 6 * DAY),
    ],
)
def test_a_pause_is_told_from_the_rhythm(
    rhythm: timedelta, every: timedelta, stale_after: timedelta, longest: timedelta
) -> None:
    source = replace(SOURCE, every=every, stale_after=stale_after)
    assert patience(each(rhythm), [source]) == longest
    assert told(*each(rhythm, since=longest), sources=(source,))[0] == "ok"
    assert told(*each(rhythm, since=longest + MINUTE), sources=(source,))[0] == "stale"


def test_one_that_does_not_run_says_since_when() -> None:
    assert told(at(31 * DAY)) == ("stale", "the crawler has not run since 2021-10-20 06:43 UTC")
    reason = "the crawler has not run since 2021-11-19 06:43 UTC; its last run was cut off, or hangs"
    assert told(at(DAY, cut=True)) == ("stale", reason)


def test_one_that_was_cut_off_says_so_before_that() -> None:
    assert told(at(9 * MINUTE, cut=True))[0] == "ok", "it may be at work"
    reason = "the run that began at 2021-11-20 06:31 UTC was cut off, or hangs since 2021-11-20 06:32 UTC"
    assert told(at(11 * MINUTE, cut=True)) == ("failing", reason)
    assert told(at(MINUTE), at(HOUR, cut=True))[0] == "ok", "it was well since"


def test_one_that_is_cut_off_again_and_again_is_sick_while_it_works() -> None:
    now, before, earlier = (at(t, cut=True) for t in (MINUTE, HOUR, 2 * HOUR))
    assert told(now, before, earlier) == ("failing", "the last runs were cut off; this one goes on")
    assert told(now, before)[0] == told(now, before, at(2 * HOUR))[0] == "ok"


def test_serving_for_a_year_is_one_run() -> None:
    serving = RunSpan(NOW - 365 * DAY, NOW - MINUTE, None)
    assert told(serving) == ("ok", "")
    assert awake_since([serving], [SOURCE], NOW) == NOW - 365 * DAY


def test_awake_is_it_since_the_last_pause() -> None:
    runs = [*each(15 * MINUTE, 10), *each(15 * MINUTE, 10, since=30 * DAY)]
    assert awake_since(runs, [SOURCE], NOW) == NOW - MINUTE - 9 * 15 * MINUTE - MINUTE
    assert awake_since(each(HOUR, since=DAY), [SOURCE], NOW) is None
    assert awake_since([], [SOURCE], NOW) is awake_since(runs, [], NOW) is None


def test_a_run_that_is_yet_to_come_is_no_sign_of_life() -> None:
    health, reason = told(at(-9 * DAY))
    assert (health, "which is yet to come" in reason) == ("stale", True)
    assert told(at(-MINUTE))[0] == "ok", "clocks are set by some moments now and then"


class TestSeveralAtOnce:
    """Workers: the newest run is one of many, and may be the one that was killed."""

    def worker(self, silent: timedelta, lasted: timedelta = 5 * HOUR) -> RunSpan:
        return replace(at(silent, lasted=lasted, cut=True), is_one_of_many=True)

    def test_are_well_though_none_of_them_ended(self) -> None:
        assert told(*(self.worker(MINUTE, n * HOUR) for n in range(9))) == ("ok", "")
        serving = at(MINUTE, lasted=HOUR, cut=True)
        assert told(self.worker(MINUTE), serving, self.worker(MINUTE), self.worker(9 * DAY)) == ("ok", "")

    def test_are_as_well_as_the_one_that_was_heard_of_last(self) -> None:
        killed, others = self.worker(3 * HOUR, MINUTE), [self.worker(MINUTE)] * 2
        assert told(killed, *others) == ("ok", "")
        assert awake_since([killed, *others], [SOURCE], NOW) == others[0].started
        assert told(killed, self.worker(HOUR))[0] == "failing"
        assert told(killed, self.worker(3 * HOUR))[0] == "stale"
