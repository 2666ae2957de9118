"""One poll: ask a source, compare, hand the new entries to the frontier.

Order that must not be swapped: entries into the frontier and the source's validators are saved in one
transaction (`State.admit`), else a crash turns into a 304 and lost items.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from datetime import datetime
from typing import Literal

from .. import identity, rhythm, scheduler, urls
from ..errors import FetchError
from ..fetcher import Request
from ..memory import HostState, Plan, PollOutcome, SourceState
from ..model import Failure, Job, Listing, Page, Source, Tally, Validators
from ..sources import rsshub
from ..workers import as_failure
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
    answer = await ask(shop, source, known)
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


async def ask(shop: Shop, source: Source, memory: SourceState) -> tuple[Page, Listing | None] | Failure:
    """Get a source's listing; None in its place means that nothing changed.

    An `rsshub://` source is asked of its instances, the healthiest first; only when all fail has the source failed.
    """
    failures: list[tuple[str, Failure]] = []
    for address in await _addresses(shop, source, memory):
        answer = await _ask_one(shop, source, address, memory)
        if rsshub.is_route(source.url):
            await note_host(shop, urls.host(address), well=not isinstance(answer, Failure))
        if not isinstance(answer, Failure):
            return answer
        failures.append((address, answer))
    return _together(failures) if rsshub.is_route(source.url) else failures[0][1]


async def _addresses(shop: Shop, source: Source, memory: SourceState) -> tuple[str, ...]:
    if not rsshub.is_route(source.url):
        return (scheduler.poll_address(source.url, memory),)
    names = {urls.host(instance) for instance in shop.rsshub}
    hosts = [await shop.threads.database(shop.state.hosts.get, name) for name in names]
    return rsshub.addresses(source.url, shop.rsshub, {host.name: host.fails for host in hosts if host})


async def _ask_one(
    shop: Shop, source: Source, address: str, memory: SourceState
) -> tuple[Page, Listing | None] | Failure:
    """Ask one address.

    Validators go back only to the address that gave them, and while the source's filters are those they were given
    under: wider ones must see the entries that were left out.
    """
    same_filters = memory.filters == filters(source)
    validators = memory.validators if memory.address in ("", address) and same_filters else Validators()
    scope: Literal["host", "address"] = "address" if rsshub.is_route(source.url) else "host"
    try:
        page = await shop.fetcher.get(Request(address, validators, wanted(source), scope, _least_cap(source)))
    except FetchError as e:
        return as_failure(e)
    if page.status == 304 or (fingerprint(page) == memory.body_hash and same_filters):
        return page, None
    listing = await shop.parsers.listing(source, page)
    if isinstance(listing, Listing) and listing.onward:
        page, listing = await _whole(shop, source, page, listing)
        if isinstance(listing, Listing) and fingerprint(page) == memory.body_hash and same_filters:
            return page, None
    # The server was reached, whatever it said: its status tells so (exit 4 is for those that were not).
    return replace(listing, status=page.status) if isinstance(listing, Failure) else (page, listing)


def _least_cap(source: Source) -> int:
    """Return how many bytes of a source's document are taken, however few the user allows a page."""
    if source.kind != "sitemap":
        return 0
    from ..sources.urlset import MAX_BYTES  # loaded for who has such a source, as the parsers are

    return MAX_BYTES


async def _whole(shop: Shop, source: Source, page: Page, listing: Listing) -> tuple[Page, Listing | Failure]:
    """Read what else belongs to a listing: a few documents, whatever these lead to.

    The page that comes back stands for all of them: its body changes when one of theirs does. It has no validators,
    for an index may stay as it is while what it names changes. One that cannot be had is a problem, all are a failure.
    """
    from ..sources.sitemap import MAX_ONWARD, newest

    bodies, entries, problems, failures = [page.body], [*listing.entries], [*listing.problems], list[Failure]()
    waiting, asked = [*listing.onward], set[str]()
    while waiting and len(asked) < MAX_ONWARD:
        address = waiting.pop(0)
        if address in asked:
            continue
        asked.add(address)
        answer = await _further(shop, source, address)
        if isinstance(answer, Failure):
            failures.append(answer)
            problems.append(f"{address}: {answer.reason}")
            continue
        bodies.append(answer[0].body)
        entries += answer[1].entries
        problems += answer[1].problems
        waiting = [*answer[1].onward, *waiting]
    if len(failures) == len(asked) and not entries:
        return page, failures[0]
    headers = tuple(header for header in page.headers if header[0] not in ("etag", "last-modified"))
    merged = newest(entries)
    return replace(page, headers=headers, body=b"\0".join(bodies)), replace(
        listing, entries=merged, problems=tuple(problems), onward=()
    )


async def _further(shop: Shop, source: Source, address: str) -> tuple[Page, Listing] | Failure:
    try:
        page = await shop.fetcher.get(Request(address, kind="feed", min_cap_bytes=_least_cap(source)))
    except FetchError as e:
        return as_failure(e)
    listing = await shop.parsers.listing(source, page)
    return replace(listing, status=page.status) if isinstance(listing, Failure) else (page, listing)


def wanted(source: Source) -> Literal["feed", "article"]:
    """Return which Accept header a source is asked with: a list is a page for readers."""
    return "article" if source.kind == "list" else "feed"


async def note_host(shop: Shop, name: str, *, not_before: datetime | None = None, well: bool | None = None) -> None:
    """Save what an exchange told us of a host: a wish for silence, or whether it is well."""

    def note() -> None:
        host = shop.state.hosts.get(name) or HostState(name)
        fails = host.fails if well is None else 0 if well else host.fails + 1
        shop.state.hosts.remember(replace(host, not_before=not_before or host.not_before, fails=fails))

    await shop.threads.database(note)


def _together(failures: list[tuple[str, Failure]]) -> Failure:
    """Make one failure of what several instances answered."""
    if not failures:
        return Failure("no RSSHub instance is configured (key `rsshub`)", passing=False)
    reasons = "; ".join(f"{urls.host(address)}: {failure.reason}" for address, failure in failures)
    waits = [failure.retry_after for _, failure in failures]
    wait = min((w for w in waits if w is not None), default=None) if all(waits) else None
    status = max(failure.status for _, failure in failures)
    # 410 from an instance says that this instance gave up the route, not that the source is gone.
    head = f"all {len(failures)} instances failed: " if len(failures) > 1 else ""
    return Failure(head + reasons, True, wait, 0 if status == 0 else 503)


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


def fingerprint(page: Page) -> bytes:
    """Return the hash by which an unchanged body is known; 16 bytes."""
    return hashlib.blake2b(page.body, digest_size=16).digest()


def filters(source: Source) -> bytes:
    """Return the hash by which a change of what a source takes from its listing is known; b"" for all, 16 bytes."""
    taken: tuple[object, ...] = (source.include, source.exclude)
    if source.kind != "feed":
        places = (source.item, source.link, source.title, source.date, source.timezone)
        taken += (source.kind, source.article_url, *places)
    return hashlib.blake2b(repr(taken).encode(), digest_size=16).digest() if any(taken) else b""


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
    return asked_by(replace(state, body_hash=fingerprint(page), filters=filters(source)), listing)


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
