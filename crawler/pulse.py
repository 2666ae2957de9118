"""Whether the crawler itself is alive, by the signs of life that its runs left.

Pure. A pause is told from a rhythm: who runs once a night is not dead in the morning. Runs that poll
nothing (`fetch`, a trial) are no signs. Of several runs at once, as workers are, the one that was heard of last tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from .cron import longest
from .model import Source
from .reports import CrawlerReport, RunSpan

#: Kinds of run that poll what is due.
KINDS = ("run", "serve", "worker", "backfill", "demo")
#: Runs looked at; ten days of a cron job each 15 minutes, and no more are kept.
RUNS = 1000
#: A run gives a sign of life every minute; one without any for so long was cut off.
CUT_OFF_AFTER = timedelta(minutes=10)
#: A pause shorter than this is none: a reboot, a run that takes its time, a machine that sleeps over lunch.
SHORTEST_PAUSE = timedelta(hours=2)
#: Turns missed, of the sources' and of cron's rhythm, before a pause is one.
MISSED_POLLS, MISSED_RUNS = 3, 2
#: Runs from which the rhythm of cron is taken.
RHYTHM_RUNS = 21


def crawler_report(runs: Sequence[RunSpan], sources: Sequence[Source], now: datetime) -> CrawlerReport:
    """Tell whether the crawler runs.

    Args:
        runs: the last ones that poll, the newest first.
        sources: as configured, for their `every` and `stale_after`.
        now: the time of asking.
    """
    if not runs or not sources:
        return CrawlerReport(reason="" if runs else "the crawler has not run yet")
    last = _heard_last(runs)
    if last.seen - now > CUT_OFF_AFTER:
        reason = f"the last run was at {_moment(last.seen)}, which is yet to come: the clock was ahead, or is behind"
        return CrawlerReport("stale", reason, last.seen)
    if now - last.seen > patience(runs, sources):
        end = "" if last.ended else "; its last run was cut off, or hangs"
        return CrawlerReport("stale", f"the crawler has not run since {_moment(last.seen)}{end}", last.seen)
    if last.ended is None and now - last.seen > CUT_OFF_AFTER:
        reason = f"the run that began at {_moment(last.started)} was cut off, or hangs since {_moment(last.seen)}"
        return CrawlerReport("failing", reason, last.seen)
    lone = [run for run in runs if not run.is_one_of_many]
    if last in lone and last.ended is None and len(lone) > 2 and lone[1].ended is lone[2].ended is None:
        return CrawlerReport("failing", "the last runs were cut off; this one goes on", last.seen)
    return CrawlerReport(last_run=last.seen)


def _heard_last(runs: Sequence[RunSpan]) -> RunSpan:
    """Return the run that began last, or one that goes on beside it and was heard of later."""
    beside = [run for run in runs[1:] if run.ended is None and run.seen > runs[0].seen]
    return max((runs[0], *beside), key=lambda run: run.seen)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def patience(runs: Sequence[RunSpan], sources: Sequence[Source]) -> timedelta:
    """Return the longest time without a sign of life that is no pause.

    Three turns of the most frequent source, or twice the usual time between runs where that is longer, though not
    longer than the least patient source: a person who runs by hand once a month has no rhythm.
    """
    turns = MISSED_POLLS * min(longest(source.every, source.timezone, runs[0].seen) for source in sources)
    recent = runs[:RHYTHM_RUNS]
    gaps = [later.started - earlier.seen for later, earlier in pairwise(recent)]
    usual = timedelta(seconds=median(gap.total_seconds() for gap in gaps)) if gaps else timedelta()
    return max(SHORTEST_PAUSE, turns, min(MISSED_RUNS * usual, min(source.stale_after for source in sources)))


def awake_since(runs: Sequence[RunSpan], sources: Sequence[Source], now: datetime) -> datetime | None:
    """Return since when the crawler has run without a pause; None when it does not run."""
    if not runs or not sources:
        return None
    most = patience(runs, sources)
    later: datetime | None = None
    for run in sorted(runs, key=lambda run: run.seen, reverse=True):
        if (later or now) - run.seen > most:
            break
        later = min(later or now, run.started)
    return later
