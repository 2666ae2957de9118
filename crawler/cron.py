"""Cron expressions: when one comes round next, in the source's own time zone.

Pure. cronsim reads the five fields; what clock changes do to them is decided here, since it leaves out an hour that
falls into a gap, and takes one twice that comes twice, as soon as a field has a star. Our rule: an expression that
names hours has each of them once a day (one that the clocks leave out at the moment they do), one that is for every
hour follows real time and knows no clock change.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from .model import Auto, Cron

#: minute, hour, day of the month, month, day of the week; cronsim would take a sixth for seconds.
FIELDS = 5
HOUR_FIELD = 1
#: Turns ahead among which the longest gap is looked for: a week of a daily one.
TURNS = 8
#: Where the search for a first turn begins when an expression is checked; 50 years of it hold every kind of year.
TRIAL = datetime(2000, 1, 1)  # noqa: DTZ001 - a wall clock
MINUTE = timedelta(minutes=1)


def fault(expression: str) -> str:
    """Return what is wrong with an expression, in words, or ""."""
    count = len(expression.split())
    if count != FIELDS:
        return f"has {count} fields, not {FIELDS}: minute, hour, day of month, month, day of week"
    try:
        turns = CronSim(expression, TRIAL)
    except CronSimError as e:
        return f"its {str(e).removeprefix('Bad ')} cannot be read"
    return "" if next(turns, None) else "never comes round"


def following(cron: Cron, timezone: str, moment: datetime) -> datetime:
    """Return the first time after a moment at which an expression comes round; aware, in UTC.

    Args:
        cron: without fault.
        timezone: an IANA name, in whose clock the expression is meant.
        moment: aware.
    """
    place = ZoneInfo(timezone)
    local = moment.astimezone(place)
    fields = cron.expression.split()
    if len(CronSim(cron.expression, TRIAL).hours) == 24:
        fields[HOUR_FIELD] = "*"  # the spelling by which cronsim follows real time
        return next(CronSim(" ".join(fields), local)).astimezone(UTC)
    turns = CronSim(cron.expression, local.replace(tzinfo=None))
    return next(real for real in (_real(turn, place) for turn in turns) if real > moment)


def _real(wall: datetime, place: ZoneInfo) -> datetime:
    """Return when a wall clock first shows a time; the end of the gap for one that it leaves out."""
    while (real := wall.replace(tzinfo=place).astimezone(UTC)).astimezone(place).replace(tzinfo=None) != wall:
        wall += MINUTE
    return real


def spacing(cron: Cron, timezone: str, moment: datetime) -> timedelta:
    """Return how close the next turns are to each other: the unit of a back-off."""
    first = following(cron, timezone, moment)
    second = following(cron, timezone, first)
    return min(second - first, following(cron, timezone, second) - second)


def longest(every: timedelta | Cron | Auto, timezone: str, moment: datetime) -> timedelta:
    """Return how far apart two polls may lie, as the user wants them."""
    match every:
        case Cron() as cron:
            turns = [moment]
            while len(turns) < TURNS:
                turns.append(following(cron, timezone, turns[-1]))
            return max(later - earlier for earlier, later in pairwise(turns))
        case Auto() as auto:
            return auto.high
        case span:
            return span
