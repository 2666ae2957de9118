"""One step of a backfill: a document that lists old articles, from a due job into the backlog.

Rule: what comes after it, another method or the end, is `backfill`'s business.
Order that must not be swapped: what a document names is in the backlog before its step is done; a run that is cut
off between the two reads it once more.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus

from .. import copies, scheduler
from ..enumerators import Reading, enumerator
from ..errors import FetchError
from ..fetcher import Request
from ..model import Failure, Job, Page, Source, Tally
from ..past import Backfill, Found, Step
from ..sources import urlset
from ..workers import as_failure
from .backfill import add
from .pages import of_copy
from .shop import Shop

log = logging.getLogger(__name__)

#: Waits after a document that could not be had; after the last it is left out, and the backfill says so at its end.
STEP_WAITS = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
#: The index of a web archive goes through all captures of a site before it answers.
INDEX_PATIENCE = timedelta(minutes=2)
#: Who answers so has the document, perhaps, and does not give it.
REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


async def work_step(shop: Shop, job: Job) -> Tally:
    """Read one document of an enumeration, and put what it names into the backlog."""
    source = shop.sources[job.source]
    step = await shop.threads.database(shop.state.backfills.step, job.key)
    backfill = await shop.threads.database(shop.state.backfills.get, job.backfill)
    reading = Reading(step, source, backfill.origin, backfill.asked.window)
    answer = await _read(shop, reading)
    if isinstance(answer, Failure):
        if answer.status == 0 and shop.politeness.silent_until(job.host):
            return Tally()  # never asked: it stays due until the host may be asked
        return await _failed(shop, job, reading, answer, backfill)
    new = await add(shop, job.backfill, answer.listed)
    await shop.threads.database(shop.state.backfills.end_step, job.key, answer, shop.clock.now())
    why = f"; {answer.said}" if answer.said else ""
    log.info("%s: %d articles, %d of them new%s", step.url, len(answer.listed), new, why)
    return Tally(steps=1, new=new)


async def _read(shop: Shop, reading: Reading) -> Found | Failure:
    page = await _fetch(shop, reading.step, reading.source)
    if isinstance(page, Failure):
        return page
    found = await shop.parsers.index(reading, page)
    return replace(found, status=page.status) if isinstance(found, Failure) else found


async def _fetch(shop: Shop, step: Step, source: Source) -> Page | Failure:
    """Fetch a document. Pages for readers are asked for as robots.txt allows; the rest is meant for programs."""
    is_for_readers = step.method == "pages" and source.kind != "json"
    cap = urlset.MAX_BYTES if step.method == "sitemap" else 0
    request = Request(step.url, kind="feed", min_cap_bytes=cap)
    if step.method == "wayback":
        request = of_copy(request) if copies.read(step.url) else replace(request, patience=INDEX_PATIENCE)
    try:
        return await shop.fetcher.get(
            replace(request, kind="article", permit=shop.permit) if is_for_readers else request
        )
    except FetchError as e:
        return as_failure(e)


async def _failed(shop: Shop, job: Job, reading: Reading, failure: Failure, backfill: Backfill) -> Tally:
    """Let a step wait for its next try, try something else in place of a guess, or give the step up.

    A guess that stays without an answer gives way, too, where there is something else to try.
    """
    step, now, is_wrong = reading.step, shop.clock.now(), _is_wrong(failure)
    tries = job.tries + (failure.status != HTTPStatus.TOO_MANY_REQUESTS)  # who is told to come later has not failed
    was_reached = backfill.counts.listed > 0 or failure.status != 0  # else there is no net, or no such host: say so now
    due = now + _wait(tries, failure) if tries <= len(STEP_WAITS) and failure.passing and was_reached else None
    if step.is_guess and (is_wrong or due is None) and not _is_refused(step, failure, took=backfill.took):
        index = enumerator(step.method).missing(step, reading.source, reading.origin, reading.window)
        if is_wrong or index.onward:
            found = Found(onward=index.onward, offers=index.offers, said=_ended(index.said, failure))
            await shop.threads.database(shop.state.backfills.end_step, job.key, found, now)
            log.info("%s: %s; %s", step.url, failure.reason, index.said or "no more is tried")
            return Tally(steps=1)
    may_pass = failure.passing and failure.status != HTTPStatus.OK  # what was read so often and is no list, is none
    fail = shop.state.backfills.fail_step
    await shop.threads.database(fail, job.key, failure.reason, tries, due, passing=may_pass)
    log.warning("%s: %s: %s", step.url, f"waits until {due:%Y-%m-%d %H:%M} UTC" if due else "left out", failure.reason)
    return Tally()


def _ended(said: str, failure: Failure) -> str:
    """Return the word on an end, and what stood there where that is more than nothing: it may be a page in the way."""
    is_nothing = failure.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
    return said if is_nothing or not said else f"{said}: {failure.reason}"


def _is_wrong(failure: Failure) -> bool:
    """Tell whether a guess was wrong: the server answered, and with something else than was hoped for.

    One who names a time to come again has not answered yet.
    """
    if failure.passing and failure.retry_after is not None:
        return False
    return not failure.passing or (200 <= failure.status < 500 and failure.status not in (408, 425, 429))


def _is_refused(step: Step, failure: Failure, *, took: bool) -> bool:
    """Tell whether a page is withheld that is no mere guess: the way to it is the user's word, or has proved right.

    It is no sign of the end: what is behind it would be lost without a word. robots.txt withholds with status 0.
    """
    withheld = failure.status in REFUSALS or (failure.status == 0 and not failure.passing)
    return withheld and (step.method == "pages" or (step.method == "feed" and took))


def _wait(tries: int, failure: Failure) -> timedelta:
    return max(STEP_WAITS[max(tries, 1) - 1], min(failure.retry_after or timedelta(), scheduler.MAX_RETRY_AFTER))
