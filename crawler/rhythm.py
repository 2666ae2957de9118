"""The rhythm of a source: at which hours of the day how much is new, and how soon to look again.

Pure. Remembers 24 numbers, one for each hour of the day (UTC): how often something new appeared in it, old days
counting less and less. A source is taken for a Poisson process with that daily profile; the next poll comes when
`TARGET` of an occasion is to be expected, later the longer the source has been silent against all expectation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from .memory import SourceState
from .model import Auto, Entry

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURS = 24
#: Occasions are counted in thousandths, so that days can fade in whole numbers.
UNIT = 1000
#: What a day weighs a day later: half after a week, which holds each weekday and forgets a holiday in two.
FADING = 0.5 ** (1 / 7)
#: How far back the entries of a first poll tell of the rhythm; older days weigh under a twentieth.
MEMORY = timedelta(days=30)
#: Entries that appear within this time are one occasion: a poll brings them all.
TOGETHER = timedelta(minutes=10)
#: Before anything is known: one occasion in six hours.
PRIOR_OCCASIONS, PRIOR_TIME = 1.0, timedelta(hours=6)
#: How much of each hour's weight is its own; the rest is spread over the whole day, so that news may break rules.
OWN_SHARE = 0.8
#: Occasions to be expected between two polls: a source is asked four times for each one it has.
TARGET = 0.25
#: Occasions expected in vain from which on silence counts as a change of rhythm, in proportion.
PATIENCE = 2.0


def learn(
    state: SourceState, listed: Sequence[Entry], new: Sequence[Entry], offset: timedelta, now: datetime
) -> SourceState:
    """Return the memory with what a successful poll tells of the rhythm.

    Args:
        state: as before the poll.
        listed: the entries of the feed, none where it did not change; they tell of the time before the first poll.
        new: those among them that were not known.
        offset: the source's `time_offset`.
        now: when the answer came.
    """
    if state.rhythm_since is None:
        stated = [m for m in _moments(listed, offset, now) if m is not None and m <= now]
        since = max(min(stated, default=now), now - MEMORY)
        return replace(state, rhythm=_added((0,) * HOURS, (m for m in stated if m >= since), now), rhythm_since=since)
    seen = state.last_success or now
    faded = _faded(state.rhythm, _days(state.rhythm_since, now) - _days(state.rhythm_since, seen))
    # What is new to us and says that it is older than the last poll was not there then: it appeared in between.
    appeared = (m if m is not None and seen <= m <= now else now for m in _moments(new, offset, now))
    return replace(state, rhythm=_added(faded, appeared, now))


def _moments(entries: Sequence[Entry], offset: timedelta, now: datetime) -> Iterator[datetime | None]:
    """Yield when entries were published by their own account, None for what cannot be or is too old to matter."""
    for entry in entries:
        near = entry.published is not None and abs(entry.published - now) <= 2 * MEMORY
        yield entry.published + offset if entry.published is not None and near else None


def _days(since: datetime, moment: datetime) -> int:
    return max((moment - since) // DAY, 0)


def _faded(rhythm: tuple[int, ...], days: int) -> tuple[int, ...]:
    return tuple(round(count * FADING**days) for count in rhythm)


def _added(rhythm: tuple[int, ...], moments: Iterable[datetime], now: datetime) -> tuple[int, ...]:
    """Count each occasion in its hour, with the weight of its age."""
    counts, last = list(rhythm), None
    for moment in sorted(moments):
        if last is None or moment - last >= TOGETHER:
            counts[moment.hour] += round(UNIT * FADING ** ((now - moment) // DAY))
            last = moment
    return tuple(counts)


def rates(state: SourceState, now: datetime) -> tuple[float, ...]:
    """Return the occasions to be expected in each hour of the day, by what was learned and the prior."""
    counts = [count / UNIT for count in state.rhythm] or [0.0] * HOURS
    days = _days_that_count(now - (state.rhythm_since or now)) + PRIOR_TIME / DAY
    even = ((1 - OWN_SHARE) * sum(counts) + PRIOR_OCCASIONS) / HOURS
    smooth = [(counts[h - 1] + 2 * counts[h] + counts[(h + 1) % HOURS]) / 4 for h in range(HOURS)]
    return tuple((OWN_SHARE * own + even) / days for own in smooth)


def _days_that_count(observed: timedelta) -> float:
    """Return how many days the counts stand for, each weighed by its age."""
    whole, part = divmod(max(observed, timedelta()), DAY)
    return float((1 - FADING**whole) / (1 - FADING) + (part / DAY) * FADING**whole)


def expected(hourly: tuple[float, ...], start: datetime, end: datetime) -> float:
    """Return how many occasions are to be expected between two moments."""
    days, rest = divmod(max(end - start, timedelta()), DAY)
    count, moment, end = days * sum(hourly), start, start + rest
    while moment < end:
        until = min(_next_hour(moment), end)
        count += hourly[moment.hour] * ((until - moment) / HOUR)
        moment = until
    return count


def _next_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) + HOUR


def interval(auto: Auto, state: SourceState, now: datetime) -> timedelta:
    """Return how long to wait after a poll at `now`: within the bounds, and never outside them."""
    hourly = rates(state, now)
    in_vain = expected(hourly, state.last_new, now) if state.last_new else 0.0
    target = TARGET * max(1.0, in_vain / PATIENCE)
    return min(max(_until(hourly, target, now, auto.high), auto.low), auto.high)


def _until(hourly: tuple[float, ...], target: float, now: datetime, most: timedelta) -> timedelta:
    """Return how long it takes until so many occasions are to be expected; `most` where it takes longer."""
    moment, left = now, target
    while moment - now < most:
        until = _next_hour(moment)
        count = hourly[moment.hour] * ((until - moment) / HOUR)
        if count >= left:
            return moment - now + (left / hourly[moment.hour]) * HOUR
        moment, left = until, left - count
    return most


def a_day(state: SourceState, now: datetime) -> float:
    """Return how many occasions a day are to be expected."""
    return sum(rates(state, now))
