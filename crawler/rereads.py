"""Whether a filed article is read again, and when: as its feed says something new, and at the ages the user named.

Pure. Compares what a feed says by its words, not its bytes. Every cause is bounded: feeds that touch `updated` at
each poll, or print view counters and relative times, cost a few fetches of a page and no more.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from .memory import Watch
from .model import Draft, Entry, Source, Validators

#: Least waits after the text was last read, before the feed has it read again for the 1st, 2nd, … time; after the
#: last, the feed's word counts no more. Corrections come early, and reader stops for the same reason
#: (lemon24/reader, `HASH_CHANGED_LIMIT`, issue 225).
FEED_WAITS = tuple(timedelta(hours=hours) for hours in (1, 2, 4, 8, 16, 32))
#: Waits after a re-read that failed and may succeed later; after them it is left out.
RETRY_WAITS = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
#: Bytes of a validator that is kept; real ones have some forty, and there is one for each article.
MAX_VALIDATOR = 200
#: Of feeds, so whatever it meets it looks once at each character: a comment without an end takes the rest.
TAG = re.compile(r"<!--(?:.*?-->|.*)|<[^<>]*>", re.S)
BLANK = re.compile(r"\s+")


def said(entry: Entry) -> bytes:
    """Return the 8 bytes by which an entry's words are known again: title and text, no markup, no blanks."""
    words = BLANK.sub("", html.unescape(TAG.sub(" ", "\n".join((entry.title, entry.content, entry.summary)))))
    return hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=8).digest()


def begun(entry: Entry, source: Source, draft: Draft | None, now: datetime) -> Watch:
    """Return what is remembered of an article that is filed now.

    Args:
        entry: what its feed said.
        source: for the ages at which it is read again.
        draft: what was filed; None where a run that was cut off had done so.
        now: when.
    """
    has_page = is_paged(entry, source)
    return Watch(
        filed=now,
        read=now,
        written=now,
        said=said(entry),
        updated=entry.updated,
        # What a web archive had to be asked for is no news: its own page is gone, or says something else by now.
        due=next_age(now, source.recheck, now) if has_page and not entry.copy else None,
        is_feeds=not has_page or (draft is not None and draft.article.origin == "feed"),
        validators=kept(draft.validators) if draft is not None else Validators(),
    )


def is_paged(entry: Entry, source: Source) -> bool:
    """Tell whether an article's text is looked for in its page."""
    return source.content != "feed" and entry.url != ""


def kept(validators: Validators) -> Validators:
    """Return the validators if they are worth keeping for each article."""
    return validators if len(validators.etag) + len(validators.modified) <= MAX_VALIDATOR else Validators()


def noticed(watch: Watch, entry: Entry, now: datetime) -> Watch | None:
    """Return what is remembered once the feed says something new of an article; None where it does not.

    What was noticed once and is not read again yet is noticed anew only when the words differ once more. Of a post
    that was there before us it is not known what the feed said: that is learned, and no cause to read.
    """
    if watch.is_over or watch.reads >= len(FEED_WAITS):
        return None
    words = said(entry)
    if not watch.said:
        return replace(watch, said=words, updated=entry.updated or watch.updated)
    is_later = entry.updated is not None and entry.updated > (watch.updated or watch.read)
    if words == watch.said and not (is_later and watch.entry is None):
        return None
    due = max(now, watch.read + FEED_WAITS[watch.reads])
    due = min(due, watch.due) if watch.due is not None else due
    return replace(watch, said=words, updated=entry.updated or watch.updated, due=due, entry=entry)


def next_age(filed: datetime, ages: Collection[timedelta], now: datetime) -> datetime | None:
    """Return when an article reaches the next of some ages; None after the last. Ages that were missed are past."""
    return min((filed + age for age in ages if filed + age > now), default=None)


def done(watch: Watch, source: Source, now: datetime) -> Watch:
    """Return what is remembered after a re-read that came to an end."""
    has_page = source.content != "feed" and (watch.entry is None or watch.entry.url != "")
    due = next_age(watch.filed, source.recheck, now) if has_page else None
    reads = watch.reads + (watch.entry is not None)
    return replace(watch, read=now, due=due, entry=None, reads=reads, tries=0, next_hash=b"", error="")


def failed(watch: Watch, source: Source, now: datetime) -> Watch:
    """Return what is remembered after a re-read that may succeed later: it is tried a few times more."""
    if watch.tries >= len(RETRY_WAITS):
        return done(watch, source, now)
    return replace(watch, due=now + RETRY_WAITS[watch.tries], tries=watch.tries + 1)


def over(watch: Watch) -> Watch:
    """Return what is remembered of a post that is a person's from now on."""
    return replace(watch, is_over=True, due=None, entry=None, next_hash=b"", error="")
