"""When: what is due, when it is due next, when to give up.

Pure: `now` and `rng` are arguments. Knows no network and no state; every wait it hands out is bounded, so that
neither a server's header nor a run of failures can put a source to sleep for good.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from . import rhythm
from .cron import following, spacing
from .memory import Plan, SourceState
from .model import Auto, Cron, Failure, Page, Source

if TYPE_CHECKING:
    from random import Random

NONE, SECOND = timedelta(), timedelta(seconds=1)
#: Caches send max-age of a year for feeds that change hourly; a day keeps the worst of them within reach.
MAX_SERVER_WAIT = timedelta(days=1)
#: A source that fails is asked once a day at least, so that it recovers by itself.
MAX_BACK_OFF = timedelta(days=1)
#: Retry-After beyond a week is an error of the server (RFC 9110 §10.2.3 sets no bound).
MAX_RETRY_AFTER = timedelta(days=7)
#: Sources that started together drift apart; small, because a cron job comes round only once per `every`.
JITTER_SHARE, MAX_JITTER = 0.02, timedelta(seconds=15)
#: How much too early a poll may be: cron's next run starts a few seconds sooner after the last poll than `every`.
GRACE_SHARE, MAX_GRACE = 0.1, timedelta(seconds=60)
#: How late a turn of a cron expression may be taken when server or feed did not allow it in time, at most.
MAX_LATE = timedelta(hours=1)
#: Waits after the 1st, 2nd, … failure of an article; after the 10th it is dead. Together 30 days (SPEC §5.4).
ARTICLE_WAITS = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=5),
    timedelta(days=8),
    timedelta(days=12),
)
#: A waiting article's jitter: enough to part the articles of one broken site.
RETRY_JITTER_SHARE, MAX_RETRY_JITTER = 0.05, timedelta(minutes=5)
#: SPEC §6: a permanent redirect is remembered after 3 polls over at least 2 days.
STABLE_POLLS, STABLE_TIME = 3, timedelta(days=2)
#: Failures in a row at a remembered address after which the configured one is asked again.
MAX_MOVED_FAILS = 3


def floor(every: timedelta) -> timedelta:
    """Return the least wait between two polls: `every`, less a little, so that cron misses no turn."""
    return every - min(every * GRACE_SHARE, MAX_GRACE)


def next_poll(source: Source, state: SourceState, now: datetime, *, rng: Random) -> Plan:
    """Return from when on to poll after a success, as `every`, the server's caching headers and the feed allow.

    Args:
        source: for its `every` and `timezone`.
        state: with this answer in it: how long it is fresh, what the feed asks for, what was learned of its rhythm.
        now: when the answer came.
        rng: for a jitter of at most 15 s, which a cron expression has not.
    """
    asked, asker = _asked(state, now)
    if isinstance(source.every, Cron):
        plan = _in_turn(source.every, source.timezone, now, now + asked, asker)
    else:
        unit = pace(source, state, now)
        own = max(floor(unit), source.every.low) if isinstance(source.every, Auto) else floor(unit)
        due = now + max(own, asked) + _jitter(unit, JITTER_SHARE, MAX_JITTER, rng)
        plan = Plan(due, asker if asked > own else _own_words(source, state, now))
    return _past_skipped(source, plan, state)


def pace(source: Source, state: SourceState, now: datetime) -> timedelta:
    """Return the time between two polls as the user wants it."""
    match source.every:
        case Cron() as cron:
            return spacing(cron, source.timezone, now)
        case Auto() as auto:
            return rhythm.interval(auto, state, now)
        case span:
            return span


def _own_words(source: Source, state: SourceState, now: datetime) -> str:
    if isinstance(source.every, Auto):
        return f"auto: something new {rhythm.a_day(state, now):.1f} times a day"
    return f"every: {spoken(pace(source, state, now))}"


def _jitter(span: timedelta, share: float, most: timedelta, rng: Random) -> timedelta:
    return min(span * share, most) * rng.random()


def _asked(state: SourceState, now: datetime) -> tuple[timedelta, str]:
    """Return the longest wait within a day that server or feed ask for, and who asks."""
    wishes = [(NONE, "")]
    wishes += [(state.fresh, "the server's max-age or Expires")] if state.fresh else []
    wishes += [(_until_update(state.ttl, state.ttl_base, now), "the feed's ttl or update period")] if state.ttl else []
    wait, asker = max((min(wait, MAX_SERVER_WAIT), asker) for wait, asker in wishes)
    return wait, f"{asker}: {spoken(wait)}" if asker else ""


def _until_update(period: timedelta, base: datetime | None, now: datetime) -> timedelta:
    """Return how long until a feed's next update, where its periods are counted from a date (sy:updateBase)."""
    return period - (now - base) % period if base else period


def _in_turn(cron: Cron, zone: str, now: datetime, allowed: datetime, asker: str) -> Plan:
    """Return the first turn of a cron expression that is allowed.

    One that is a little too early is taken as soon as it is allowed: else a daily feed that is fresh for a day, and
    always answers some seconds after its turn, would be polled every other day.
    """
    first = following(cron, zone, now)
    if first >= allowed:
        return Plan(first, f'cron: "{cron.expression}" in {zone}')
    late = min(spacing(cron, zone, now) * GRACE_SHARE, MAX_LATE)
    return Plan(max(allowed, following(cron, zone, max(now, allowed - late))), asker)


def lifetime(state: SourceState, page: Page, now: datetime) -> timedelta | None:
    """Return `fresh` after an answer: a 304 that says nothing repeats what the answer before said (RFC 9111 §4.3.4)."""
    says = page.header("cache-control") or page.header("expires")
    return state.fresh if page.status == 304 and not says else freshness(page, now)


def freshness(page: Page, now: datetime) -> timedelta:
    """Return how long an answer stays fresh: max-age less Age, else Expires less Date (RFC 9111 §4.2)."""
    control = ",".join(value for name, value in page.headers if name == "cache-control").lower()
    if re.search(r"\bno-(?:cache|store)\b", control):
        return NONE
    if re.search(r"(?<![\w-])max-age\b", control):  # one that is no number means stale (§4.2.1)
        found = re.search(r"""(?<![\w-])max-age\s*=\s*"?(\d+)""", control)
        age = page.header("age").strip()
        stated = _seconds(found[1]) if found else NONE
        return max(NONE, stated - (_seconds(age) if age.isdecimal() else NONE))
    expires = http_date(page.header("expires"))
    return max(NONE, expires - (http_date(page.header("date")) or now)) if expires else NONE


def _seconds(digits: str) -> timedelta:
    return timedelta(seconds=int(digits[:10]))  # ten digits are three centuries


def http_date(text: str) -> datetime | None:
    """Read a date of an HTTP header (RFC 9110 §5.6.7); None for what is none, such as `0`."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def past_skipped(due: datetime, state: SourceState) -> datetime:
    """Move a time out of the feed's skipHours and skipDays; a feed that skips them all is not believed."""
    hours, days = set(state.skip_hours), set(state.skip_days)
    hours, days = hours if len(hours) < 24 else set(), days if len(days) < 7 else set()
    moved = due
    while moved.hour in hours or moved.weekday() in days:
        moved = moved.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moved


def _past_skipped(source: Source, plan: Plan, state: SourceState) -> Plan:
    """Move a plan out of the skipped hours: to a turn of the cron expression, unless that is skipped as well."""
    moved = past_skipped(plan.due, state)
    if moved == plan.due:
        return plan
    if isinstance(source.every, Cron):
        turn = following(source.every, source.timezone, moved - SECOND)
        moved = turn if past_skipped(turn, state) == turn else moved
    return Plan(moved, "the feed's skipHours or skipDays")


def after_failure(source: Source, state: SourceState, failure: Failure, now: datetime, rng: Random) -> Plan:
    """Return from when on to poll after a failure: Retry-After where it was said, else `every` doubled each time.

    Args:
        source: for its `every`, of a cron expression the time between its turns.
        state: with this failure counted in `fails`.
        failure: for Retry-After.
        now: when it failed.
        rng: for a jitter of at most 5 minutes.
    """
    unit = pace(source, state, now)
    wait, why = _pause(state, failure, unit)
    if isinstance(source.every, Cron):
        return replace(_in_turn(source.every, source.timezone, now, now + wait, why), why=why)
    if failure.retry_after is None:
        wait += _jitter(wait, RETRY_JITTER_SHARE, MAX_RETRY_JITTER, rng)
    return Plan(now + wait, why)


def _pause(state: SourceState, failure: Failure, unit: timedelta) -> tuple[timedelta, str]:
    """Return how long a failed source is left alone, and why, in words."""
    again = f"back-off after {state.fails} failed polls in a row" if state.fails > 1 else "again after a failed poll"
    if failure.retry_after is not None:
        asked = min(failure.retry_after, MAX_RETRY_AFTER)
        return max(floor(unit), asked), f"Retry-After: {spoken(asked)}" if asked > floor(unit) else again
    doubled = unit * 2.0 ** min(max(state.fails - 1, 0), 16)  # minutes become a day well before the 16th
    return floor(max(unit, min(doubled, MAX_BACK_OFF))), again


def spoken(span: timedelta) -> str:
    """Write a length of time for people, in its two largest units: `1d 2h`, `15m`, `20s`."""
    left, parts = round(span.total_seconds()), []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts[:2]) or "0s"


def article_retry(tries: int, failure: Failure, now: datetime, rng: Random) -> datetime | None:
    """Return when to try an article again; None when it is dead.

    Args:
        tries: failures in a row, this one included (1 after the first).
        failure: for Retry-After, which lengthens the wait.
        now: when it failed.
        rng: for a jitter of at most 5 minutes.
    """
    if tries > len(ARTICLE_WAITS):
        return None
    wait = ARTICLE_WAITS[max(tries, 1) - 1]
    wait += _jitter(wait, RETRY_JITTER_SHARE, MAX_RETRY_JITTER, rng)
    return now + max(wait, min(failure.retry_after or NONE, MAX_RETRY_AFTER))


def latest_poll(source: Source, state: SourceState, now: datetime) -> datetime:
    """Return the latest time that a next poll can stand at: no wait handed out so far leads beyond it.

    One that stands later was set by a clock that ran ahead, or before `every` became shorter.
    """
    asked = now + (MAX_RETRY_AFTER if state.fails else MAX_SERVER_WAIT)
    match source.every:
        case Cron() as cron:  # a turn that feed or server forbid is moved to the next
            latest = following(cron, source.timezone, following(cron, source.timezone, asked))
        case Auto() as auto:
            latest = max(asked, now + auto.high)
        case span:
            latest = max(asked, now + span)
    latest = past_skipped(latest + MAX_RETRY_JITTER, state)
    if isinstance(source.every, Cron):  # out of the skipped hours a plan goes on to the next turn
        latest = max(latest, following(source.every, source.timezone, latest - SECOND))
    return latest


def is_adrift(source: Source, state: SourceState, now: datetime) -> bool:
    """Tell whether a source waits for a time that a wrong clock set: past all waits, or after a success yet to come."""
    if state.next_poll is None:
        return False
    ahead = state.last_success is not None and state.last_success - now > MAX_GRACE
    return ahead or state.next_poll > latest_poll(source, state, now)


def latest_retries(now: datetime) -> tuple[datetime, ...]:
    """Return the latest times that pending articles can be awaited at, by their number of tries; the last for more.

    One that was never tried is due as soon as it is known; clocks are set by some moments now and then.
    """
    waits = (max(wait, MAX_RETRY_AFTER) + MAX_RETRY_JITTER for wait in ARTICLE_WAITS)
    return (now + MAX_GRACE, *(now + wait for wait in waits))


def moved(state: SourceState, page: Page, now: datetime) -> SourceState:
    """Return the memory after an answer: permanent redirects are counted while they agree.

    The third poll counts only once two days have passed since the first, so `moved_polls` reaches
    STABLE_POLLS exactly when the move has proved stable (SPEC §6).
    """
    if not page.moved_to:
        if state.moved_to and is_stable(state) and page.url == state.moved_to:
            return state
        return replace(state, moved_to="", moved_since=None, moved_polls=0)
    if page.moved_to != state.moved_to or state.moved_since is None:
        return replace(state, moved_to=page.moved_to, moved_since=now, moved_polls=1)
    enough = now - state.moved_since >= STABLE_TIME
    return replace(state, moved_polls=min(state.moved_polls + 1, STABLE_POLLS if enough else STABLE_POLLS - 1))


def is_stable(state: SourceState) -> bool:
    """Tell whether a permanent move has proved stable."""
    return bool(state.moved_to) and state.moved_polls >= STABLE_POLLS


def poll_address(source_url: str, state: SourceState) -> str:
    """Return where to poll: the remembered address of a source that moved, unless it keeps failing there.

    RSSHub routes stay routes: which instance serves them is decided anew each time. An address with a user name
    stays, too: the new one would be asked without it.
    """
    parts = urlsplit(source_url)
    web = parts.scheme.lower() in ("http", "https") and "@" not in parts.netloc
    return state.moved_to if web and is_stable(state) and state.fails < MAX_MOVED_FAILS else source_url
