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

from .model import Failure, Page, Source, SourceState

if TYPE_CHECKING:
    from random import Random

NONE = timedelta()
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


def next_poll(source: Source, state: SourceState, now: datetime, *, headers: Page | None, rng: Random) -> datetime:
    """Return from when on to poll after a success: as `every`, the server's caching headers and the feed allow.

    Args:
        source: for its `every`.
        state: for what the feed itself asked when it was last read (RSS ttl, skipHours, skipDays).
        now: when the answer came.
        headers: the answer, a 304 too; None when nothing was asked.
        rng: for a jitter of at most 15 s.
    """
    asked = max(freshness(headers, now) if headers else NONE, state.ttl or NONE)
    wait = max(floor(source.every), min(asked, MAX_SERVER_WAIT))
    due = now + wait + min(source.every * JITTER_SHARE, MAX_JITTER) * rng.random()
    return past_skipped(due, state)


def freshness(page: Page, now: datetime) -> timedelta:
    """Return how long an answer stays fresh: max-age less Age, else Expires less Date (RFC 9111 §4.2)."""
    control = ",".join(value for name, value in page.headers if name == "cache-control").lower()
    if re.search(r"\bno-(?:cache|store)\b", control):
        return NONE
    if found := re.search(r"""(?<![\w-])max-age\s*=\s*"?(\d+)""", control):
        age = page.header("age").strip()
        return max(NONE, _seconds(found[1]) - (_seconds(age) if age.isdecimal() else NONE))
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


def after_failure(state: SourceState, failure: Failure, now: datetime, rng: Random, every: timedelta) -> datetime:
    """Return from when on to poll after a failure: Retry-After where it was said, else `every` doubled each time.

    Args:
        state: with this failure counted in `fails`.
        failure: for Retry-After.
        now: when it failed.
        rng: for a jitter of at most 5 minutes.
        every: the source's floor.
    """
    if failure.retry_after is not None:
        return now + max(floor(every), min(failure.retry_after, MAX_RETRY_AFTER))
    doubled = every * 2.0 ** min(max(state.fails - 1, 0), 16)  # minutes become a day well before the 16th
    wait = floor(max(every, min(doubled, MAX_BACK_OFF)))
    return now + wait + min(wait * RETRY_JITTER_SHARE, MAX_RETRY_JITTER) * rng.random()


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
    wait += min(wait * RETRY_JITTER_SHARE, MAX_RETRY_JITTER) * rng.random()
    return now + max(wait, min(failure.retry_after or NONE, MAX_RETRY_AFTER))


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
