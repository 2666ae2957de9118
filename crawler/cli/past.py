"""How backfills are told, in `backfill` and in `status`.

Rule: data in, words out; prints nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import Any

from ..past import Backfill
from ..scheduler import spoken

Names = Mapping[str, str]  #: of sources, by url
#: In words, what each method reads.
READS = {
    "feed": "the older pages of its feed",
    "sitemap": "the site's sitemap",
    "pages": "the older pages of its list",
    "wayback": "the Wayback Machine",
    "dead": "the Wayback Machine, for articles that were given up",
    "urls": "the addresses given",
}
STANDINGS = {"going": "not done yet", "done": "done", "failed": "failed"}
#: What the user can do where a source offers nothing.
ELSEWHERE = "  what may help: its list pages by `pages` and `item` at the source, {}or a file of addresses by --urls"
#: A window ends before its last moment.
MOMENT = timedelta(microseconds=1)
#: Articles after which a pace is one.
ENOUGH = 5


def name_of(backfill: Backfill, names: Names) -> str:
    """Return what people call the source."""
    return names.get(backfill.source, backfill.source)


def time_left(backfill: Backfill) -> timedelta | None:
    """Return how long it will take at the pace so far, without what is not found yet; None while there is no pace."""
    taken = backfill.counts.taken
    return backfill.worked / taken * backfill.left if taken >= ENOUGH and backfill.left else None


def story(backfill: Backfill, names: Names) -> str:
    """Return one line: where it looks, what it found, what became of it, how far it is."""
    counts = backfill.counts
    parts = [f"{counts.listed:,} listed", f"{counts.owed:,} of them to fetch", f"{counts.archived:,} archived"]
    parts += [f"{number:,} {what}" for number, what in (
        (counts.failed, "failing"), (counts.known, "known already"),
        (counts.outside, "of other dates"), (counts.unwanted, "no articles of this source"),
        (backfill.left + backfill.in_hand, "left"),
        (backfill.waiting, "list to read" if backfill.waiting == 1 else "lists to read"),
    ) if number]  # fmt: skip
    left = time_left(backfill)
    parts += [f"about {spoken(left)}"] if left else []
    head = f"{name_of(backfill, names)}{_window(backfill)}, from {READS[backfill.method]}: {STANDINGS[backfill.state]}"
    more = told(backfill)
    return f"{head}: {', '.join(parts)}" + (f" ({more})" if more else "")


def _window(backfill: Backfill) -> str:
    """Return the days that were asked for, UTC, with the time where they are those of another zone; "" for all."""
    window = backfill.asked.window
    since = f" since {_day(window.since)}" if window.since else ""
    return since + (f" until {_day(window.until, is_end=True)}" if window.until else "")


def _day(moment: datetime, *, is_end: bool = False) -> str:
    moment = moment.astimezone(UTC)
    if moment.time() != time():
        return f"{moment:%Y-%m-%d %H:%M}"
    return f"{moment - MOMENT if is_end else moment:%Y-%m-%d}"


def told(backfill: Backfill) -> str:
    """Return what became of the methods, and which lists could not be read, in words; "" for nothing."""
    lists = f"{backfill.gaps:,} lists" if backfill.gaps > 1 else "a list"
    gap = f"{lists} could not be read: {backfill.gap}" if backfill.gap not in backfill.said else ""
    word = backfill.word if backfill.word not in backfill.said else ""
    return "; ".join(filter(None, (backfill.said, word, gap)))


def hint(backfill: Backfill, due: datetime | None = None) -> str:
    """Return what the user can do now; "" for nothing.

    Args:
        backfill: as it stands.
        due: when there is something to do for it, where that is later than now.
    """
    if backfill.state == "going" and due is not None:
        return f"  it waits for an answer until {due:%Y-%m-%d %H:%M} UTC; the same command goes on then"
    if backfill.state == "going":
        return "  the same command goes on from here"
    if backfill.state == "done":
        return ""
    again = "  the same command tries again what could not be read" if backfill.gaps else ""
    archive = "" if backfill.method == "wayback" else "--from wayback, "  # no advice to do what was just done
    return "\n".join(filter(None, (again, "" if backfill.took else ELSEWHERE.format(archive))))


def as_json(backfill: Backfill, names: Names) -> dict[str, Any]:
    """Return it for programs; keys are added to, never renamed."""
    left = time_left(backfill)
    return {
        "source": name_of(backfill, names),
        "url": backfill.source,
        "method": backfill.method,
        "state": backfill.state,
        "said": told(backfill),
        "since": backfill.asked.window.since,
        "until": backfill.asked.window.until,
        "started": backfill.started,
        "ended": backfill.ended,
        "articles": asdict(backfill.counts) | {"left": backfill.left + backfill.in_hand},
        "lists_left": backfill.waiting,
        "lists_failed": backfill.gaps,
        "seconds_left": round(left.total_seconds()) if left else None,
    }
