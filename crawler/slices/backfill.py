"""One step of a backfill: a document that lists old articles, from a due job into the backlog.

Also what happens between steps: where the enumeration begins, which method comes next, when it has come to its end.
Order that must not be swapped: what a document names is in the backlog before its step is done; a run that is cut
off between the two reads it once more.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from .. import copies, likeness, scheduler, urls
from ..enumerators import ENUMERATORS, Reading, enumerator
from ..errors import FetchError
from ..fetcher import Request
from ..memory import SourceState
from ..model import Failure, Job, Listing, Page, Source, Tally
from ..past import Asked, Backfill, Found, Listed, Method, Origin, Step, Window
from ..sources import rsshub, urlset
from ..workers import as_failure
from .listings import fetch_listing
from .pages import of_copy
from .shop import Shop

log = logging.getLogger(__name__)

#: Rows that enter the backlog in one transaction: other writes wait a tenth of a second at most.
BATCH = 5000
#: Waits after a document that could not be had; after the last it is left out, and the backfill says so at its end.
STEP_WAITS = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
#: The index of a web archive goes through all captures of a site before it answers.
INDEX_PATIENCE = timedelta(minutes=2)
#: Who answers so has the document, perhaps, and does not give it.
REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
#: Articles whose addresses are looked at to learn their shapes.
EXAMPLES = 500


async def origin_of(shop: Shop, source: Source) -> Origin:
    """Find out where a source's past is to be looked for: its feed is read once, and what is archived looked at."""
    answer = await fetch_listing(shop, source, SourceState())
    listing, feeds = Listing(()), tuple[str, ...]((source.url,))
    if isinstance(answer, Failure):
        log.warning("%s: its list cannot be read now: %s", source.url, answer.reason)
    else:
        feeds, listing = (answer[0].url,), answer[1] or listing
    if rsshub.is_route(source.url):
        feeds = tuple(dict.fromkeys((*_answered(source, feeds), *rsshub.addresses(source.url, shop.rsshub, {}))))
    filed = await shop.threads.database(shop.state.addresses, urls.key(source.url), EXAMPLES)
    named = [entry.url for entry in listing.entries if entry.url]
    today = shop.clock.now().astimezone(ZoneInfo(source.timezone)).date().isoformat()
    return Origin(
        feeds, _site(source, listing, [*named, *filed]), likeness.shapes([*named, *filed]), shop.wayback, today
    )


def _answered(source: Source, feeds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(address for address in feeds if address != source.url)


def _site(source: Source, listing: Listing, articles: list[str]) -> str:
    """Return the root of the site that most articles stand on, else the one the feed names, else the source's own."""
    hosts = Counter(root for root in map(_root, articles) if root)
    if hosts:
        return hosts.most_common(1)[0][0]
    return _root(listing.link) or ("" if rsshub.is_route(source.url) else _root(source.url))


def _root(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/" if parts.scheme in ("http", "https") and parts.netloc else ""


async def begin(shop: Shop, source: Source, asked: Asked) -> Backfill:
    """Return the backfill of these wishes: the one that was interrupted, else a new one with its first documents.

    One that has found nothing yet looks everywhere anew, as the source is configured now: the user may have done what
    it said would help.
    """
    database, backfills = shop.threads.database, shop.state.backfills
    going = await database(backfills.resume, source.url, asked, shop.clock.now())
    if going is not None and not _found_nothing(going):
        return going
    reads = any(method in ENUMERATORS for method in asked.methods)
    origin = await origin_of(shop, source) if reads else Origin(wayback=shop.wayback)
    steps = first_steps(asked.methods[0], source, origin, asked.window)
    warn_of_strangers(asked.methods[0], source, origin)
    if going is not None:
        await database(backfills.restart, going.id, origin, asked.methods[0], steps, shop.clock.now())
        return await database(backfills.get, going.id)
    number = await database(backfills.begin, source.url, asked, origin, shop.clock.now(), steps)
    return await database(backfills.get, number)


def _found_nothing(backfill: Backfill) -> bool:
    """Tell whether a backfill that reads lists has found no way yet, nor anything that it owes."""
    owes = backfill.left > 0 or backfill.in_hand > 0
    return backfill.method in ENUMERATORS and not backfill.took and not owes


def first_steps(method: Method, source: Source, origin: Origin, window: Window) -> tuple[Step, ...]:
    """Return the documents with which a method begins; none where it is closed to the source."""
    return enumerator(method).first(source, origin, window) if method in ENUMERATORS else ()


def warn_of_strangers(method: Method, source: Source, origin: Origin) -> None:
    """Say aloud that nothing tells the source's articles from what else its site lists."""
    lists_all = method == "wayback" or (method == "sitemap" and source.kind != "sitemap")
    if lists_all and not source.article_url and not origin.shapes:
        log.warning(
            "%s: %s: too few articles are known, or too different ones, to tell them by their addresses: "
            "all that the site lists counts, unless `article_url` says more",
            *(source.url, method),
        )


async def go_on(shop: Shop, number: int) -> Backfill:
    """Bring a backfill that has nothing to read any more to its next method, or to its end; return how it stands.

    A list that may be had another day is waited for: what comes next is second best.
    """
    database, backfills = shop.threads.database, shop.state.backfills
    backfill = await database(backfills.get, number)
    if backfill.state != "going" or backfill.waiting:
        return backfill
    has_its_way = backfill.took or backfill.method not in ENUMERATORS
    if has_its_way or await database(backfills.may_pass, number):
        await _end(shop, backfill, backfill.said, has_failed=backfill.gaps > 0)
    else:
        await _next_method(shop, backfill)
    return await database(backfills.get, number)


async def _next_method(shop: Shop, backfill: Backfill) -> None:
    """Begin the next method that has a place to begin; where none has, the source offers nothing."""
    source, asked = shop.sources[backfill.source], backfill.asked
    said = _with(backfill.said, f"{backfill.method}: {_outcome(backfill)}")
    for method in asked.methods[asked.methods.index(backfill.method) + 1 :]:
        steps = first_steps(method, source, backfill.origin, asked.window)
        if steps:
            log.info("%s: %s; now %s", source.url, said, method)
            warn_of_strangers(method, source, backfill.origin)
            go = shop.state.backfills.next_method
            await shop.threads.database(go, backfill.id, method, steps, said, shop.clock.now())
            return
        said = _with(said, f"{method}: no place to look")
    await _end(shop, backfill, said, has_failed=True)


def _outcome(backfill: Backfill) -> str:
    """Return in words what came of a method that offers nothing."""
    if backfill.gap:
        return backfill.gap
    nothing = "offers nothing older" if backfill.counts.steps else "no place to look"
    return f"{nothing} ({backfill.word})" if backfill.word else nothing


def _with(said: str, more: str) -> str:
    """Add a sentence to a story that has not got it: a backfill that is asked for again may come to the same end."""
    return said if more in said else "; ".join(filter(None, (said, more)))


async def _end(shop: Shop, backfill: Backfill, said: str, *, has_failed: bool) -> None:
    """Note that a backfill is over, unless articles wait that it found."""
    if not backfill.left and not backfill.in_hand:
        await shop.threads.database(
            shop.state.backfills.end, backfill.id, said, shop.clock.now(), has_failed=has_failed
        )


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


async def add(shop: Shop, number: int, rows: tuple[Listed, ...], *, again: bool = False) -> int:
    """Put articles into the backlog, in batches; return how many are new to us."""
    new = 0
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        new += await shop.threads.database(shop.state.backfills.add, number, batch, again=again)
    return new


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
    log.warning("%s: %s: %s", step.url, "waits" if due else "left out", failure.reason)
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
