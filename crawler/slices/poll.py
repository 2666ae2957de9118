"""One poll: get what a source lists, compare, hand the new entries to the frontier.

Order that must not be swapped: entries into the frontier and the source's validators are saved in one
transaction (`State.admit`), else a crash turns into a 304 and lost entries.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from .. import identity, rhythm, scheduler
from ..memory import Plan, PollOutcome, SourceState
from ..model import Failure, Job, Listing, Page, Source, Tally, Validators
from .listings import body_hash, fetch_listing, filters
from .news import NO_NEWS, News, find_changes, find_news
from .shop import Shop

log = logging.getLogger(__name__)

#: Polls that brought nothing whose memories are saved in one transaction.
QUIET_AT_ONCE = 50


async def poll(shop: Shop, job: Job) -> Tally:
    """Poll one source and save what it brought.

    Args:
        shop: the parts.
        job: the source's job; `job.source` is its url in the configuration.
    """
    source = shop.sources[job.source]
    known = job.memory
    if known is None:
        known = await shop.threads.database(shop.state.source_state, source.url)
    answer = await fetch_listing(shop, source, known)
    now = shop.clock.now()
    if isinstance(answer, Failure):
        if answer.status == 0 and shop.politeness.silent_until(job.host):
            return Tally()  # never asked: another of its host or site was told to leave it alone meanwhile
        return await _failed(shop, source, job.key, known, answer, now)
    page, listing = answer
    news = await _news(shop, source, job.key, listing)
    fresh = news.recognised.fresh
    entries = [a.entry for a in news.filed]
    memory = rhythm.learn(known, entries, [a.entry for a in fresh], source.time_offset, now)
    memory = replace(memory, fails=0, off=False, last_success=now, fresh=scheduler.lifetime(memory, page, now))
    state = scheduler.moved(memory, page, now)
    state = _with_listing(_with_validators(state, page), source, page, listing)
    state = replace(state, last_new=now) if fresh else state
    state = planned(state, scheduler.next_poll(source, state, now, rng=shop.rng))
    outcome = PollOutcome(job.key, state, "", fresh, news.noticed, news.recognised.sightings)
    if listing is None:
        shop.quiet.append(outcome)
        if len(shop.quiet) >= QUIET_AT_ONCE:
            await save_quiet(shop)
        log.info("%s: unchanged", source.url)
        return Tally(polled=1, unchanged=1)
    admitted = await shop.threads.database(shop.state.admit, outcome, now)
    told = f"{admitted} new of {len(entries)} entries" + (f", {len(news.noticed)} changed" if news.noticed else "")
    log.info("%s: %s", source.url, told)
    return Tally(polled=1, new=admitted)


async def save_quiet(shop: Shop) -> None:
    """Save the memories of sources whose polls brought nothing, together; a crash before only polls them once more."""
    outcomes, shop.quiet[:] = tuple(shop.quiet), ()
    if outcomes:
        await shop.threads.database(shop.state.remember_polls, outcomes)


def planned(state: SourceState, plan: Plan) -> SourceState:
    """Return the memory with the time of the next poll."""
    return replace(state, next_poll=plan.due, next_why=plan.why)


async def _failed(
    shop: Shop, source: Source, key: bytes, memory: SourceState, failure: Failure, now: datetime
) -> Tally:
    state = replace(memory, fails=memory.fails + 1, off=memory.off or failure.status == 410)
    plan = scheduler.after_failure(source, state, failure, now, shop.rng)
    state = replace(state, next_poll=None, next_why="") if state.off else planned(state, plan)
    await shop.threads.database(shop.state.admit, PollOutcome(key, state, failure.reason), now)
    log.warning("source failed: %s (%s): %s", source.name, source.url, failure.reason)
    return Tally(polled=1, failed=1, unreached=int(failure.status == 0))


async def _news(shop: Shop, source: Source, key: bytes, listing: Listing | None) -> News:
    """Tell new, known and changed entries of a listing apart; say what is odd about them."""
    if listing is None:
        return NO_NEWS
    news = await find_changes(shop, key, await find_news(shop, source, listing))
    said = news.recognised.sightings
    for problem in news.problems:
        log.info("%s: %s", source.url, problem)  # once each time the feed changes, so no matter for cron's mails
    for renaming in said.renamed:
        log.info("%s: another address of an article that is known", renaming.admission.url)
    for _, address in said.left:
        log.info("%s: the new address of an article that waits", address)
    if said.doubted:
        doubted = [one.entry for one in news.filed if identity.guid_hash(one.entry.guid) in said.doubted]
        log.warning(
            "%s: %d entries have guids that others have, too, such as %r; these guids are not believed any more",
            *(source.url, len(doubted), doubted[0].guid),
        )
    return news


def _with_validators(state: SourceState, page: Page) -> SourceState:
    """Remember what the answer gave for the next conditional request."""
    given = page.validators
    if page.status == 304:
        # RFC 9111 §4.3.4: what a 304 repeats replaces what we have; the rest stays.
        kept = state.validators
        return replace(state, validators=Validators(given.etag or kept.etag, given.modified or kept.modified))
    return replace(state, validators=given, address=page.url)


def _with_listing(state: SourceState, source: Source, page: Page, listing: Listing | None) -> SourceState:
    """Remember what a listing that was parsed asks for, and which body it was."""
    if listing is None:
        return state
    return asked_by(replace(state, body_hash=body_hash(page), filters=filters(source)), listing)


def asked_by(state: SourceState, listing: Listing) -> SourceState:
    """Return the memory with what a listing asks of those who poll it."""
    return replace(
        state,
        ttl=listing.ttl,
        ttl_base=listing.ttl_base,
        skip_hours=listing.skip_hours,
        skip_days=listing.skip_days,
        empty_since=None if listing.entries else state.empty_since or state.last_success,
    )
