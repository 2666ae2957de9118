"""How a source fares, for `status`, the exit code and `notify`.

Pure. Judges only what was seen: a source is silent when polls brought nothing, not when nobody polled it. What is
told of is damped here (`Verdict.is_ripe`, `Verdict.lingers`); what was told before is `telling`'s to compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .cron import longest
from .memory import SourceState
from .model import Came, Health, Source, Trouble

#: Failed polls in a row that are told of at once: with `every: 15m` the third comes about 45 minutes after the first.
FIRM_FAILS = 3
#: Two are enough where the last success is so long ago: for sources that are polled once a day.
FIRM_TIME = timedelta(hours=6)
#: A feed that holds one day's news is empty from Saturday evening to Monday morning, some 40 hours; longer is a fault.
EMPTY_AFTER = timedelta(days=2)
#: A new source brings the past along, much of it gone; how it fares is judged by what comes later.
NEW_FOR = timedelta(days=1)
#: Articles that must have ended before a source is called poorer, and how many of them at least must be poor.
ENOUGH, POOR_AT_LEAST = 5, 4
#: Posts made of pages after which pages count as what used to work.
USED_TO = 5
#: A poorer source has recovered when less than this share of its last articles is poor: no telling to and fro.
RECOVERED_SHARE = 1 / 3
SICK: tuple[Trouble, ...] = ("failing", "off", "stale", "silent", "unpolled", "poorer")


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a source."""

    memory: SourceState
    first_seen: datetime  #: when it entered the state
    error: str = ""  #: why the last poll failed, or ""
    lately: tuple[Came, ...] = ()  #: what became of its last articles, the newest first
    paged: int = 0  #: posts ever made of pages
    fed: int = 0  #: posts ever made of the feed's text
    paused: datetime | None = None  #: since when a person wants it left alone

    @property
    def last_new(self) -> datetime:
        """Return when it last brought something, or was first seen."""
        return self.memory.last_new or self.first_seen


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a source fares."""

    health: Health
    trouble: Trouble = ""
    reason: str = ""  #: one line for people; "" when all is well
    is_ripe: bool = True  #: False: may pass by itself, so nobody is told yet
    lingers: tuple[Trouble, ...] = ()  #: what was told of these stays true enough; nothing else is told


def judge(source: Source, seen: Seen, awake_since: datetime | None, now: datetime) -> Verdict:
    """Tell how a source fares: paused before off before failing before silent, stale, unpolled and poorer.

    What a person paused is no trouble, and whatever was told of it before stays true.

    Args:
        source: for its `stale_after` and `content`.
        seen: what is known of it.
        awake_since: since when the crawler has run without a longer pause; None when it does not run.
        now: the time of asking.
    """
    if seen.paused:
        return Verdict("off", "", f"paused since {seen.paused:%Y-%m-%d %H:%M} UTC", False, SICK)
    if seen.memory.off:
        return Verdict("off", "off", seen.error or "the server says it is gone (410)")
    if seen.error or seen.memory.fails:
        return _failing(source, seen, awake_since or now, now)
    return _silent(source, seen) or _unpolled(source, seen, awake_since, now) or _by_articles(source, seen, now)


def _failing(source: Source, seen: Seen, awake_since: datetime, now: datetime) -> Verdict:
    fails = seen.memory.fails
    times = f" ({fails} times in a row)" if fails > 1 else ""
    is_late = now - max(seen.last_new, awake_since) > source.stale_after
    reason = f"{seen.error or 'the last poll failed'}{times}" + (f"; {_nothing_new(seen)}" if is_late else "")
    lasting = now - (seen.memory.last_success or seen.first_seen) >= FIRM_TIME
    if fails >= FIRM_FAILS or (fails > 1 and lasting):
        return Verdict("failing", "failing", reason)
    return Verdict("failing", "failing", reason, is_late, SICK)


def _nothing_new(seen: Seen) -> str:
    if seen.memory.last_new is None:
        return f"nothing new since it was added on {seen.first_seen:%Y-%m-%d}"
    return f"nothing new since {seen.memory.last_new:%Y-%m-%d}"


def _silent(source: Source, seen: Seen) -> Verdict | None:
    """Judge by what the last poll saw, so that a pause of the crawler is no silence of the source."""
    asked, empty = seen.memory.last_success, seen.memory.empty_since
    if asked is None:
        return None
    is_stale = asked - seen.last_new > source.stale_after
    was_full = empty is not None and seen.memory.last_new is not None
    if empty and (is_stale or (was_full and asked - empty > min(source.stale_after, EMPTY_AFTER))):
        return Verdict("stale", "silent", f"the feed answers, but has been empty since {empty:%Y-%m-%d}")
    return Verdict("stale", "stale", f"the feed answers, but {_nothing_new(seen)}") if is_stale else None


def _unpolled(source: Source, seen: Seen, awake_since: datetime | None, now: datetime) -> Verdict | None:
    """Tell of a source to which a crawler that runs did not come: its host wants silence, or others take the time."""
    last = seen.memory.last_success
    since = max(last or seen.first_seen, awake_since or now)
    if now - since > max(source.stale_after, 3 * longest(source.every, source.timezone, since)):
        return Verdict("stale", "unpolled", f"not polled since {last:%Y-%m-%d}" if last else "never polled")
    return None


def _by_articles(source: Source, seen: Seen, now: datetime) -> Verdict:
    """Judge a source whose feed is well by what became of its articles."""
    if now - seen.first_seen < NEW_FOR:
        return Verdict("ok")
    lost = _poor(seen.lately, "none")
    texts = tuple(came for came in seen.lately if came in ("page", "feed"))
    fed = _poor(texts, "feed") if source.content == "best" and seen.paged >= USED_TO else 0
    if _is_poorer(lost, len(seen.lately)):
        reason = f"{lost} of the last {len(seen.lately)} articles have no text; the list of failures says why"
        return Verdict("failing", "poorer", reason)
    if _is_poorer(fed, len(texts)) and fed * (seen.paged + seen.fed) >= 2 * seen.fed * len(texts):
        reason = f"{fed} of the last {len(texts)} articles have the feed's text only, where pages used to work"
        return Verdict("failing", "poorer", reason)
    is_between = lost > RECOVERED_SHARE * len(seen.lately) or fed > RECOVERED_SHARE * len(texts)
    return Verdict("ok", lingers=("poorer",) if is_between else ())


def _poor(lately: tuple[Came, ...], what: Came) -> int:
    return sum(came == what for came in lately)


def _is_poorer(poor: int, of: int) -> bool:
    return of >= ENOUGH and poor >= POOR_AT_LEAST and 2 * poor > of
