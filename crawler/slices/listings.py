"""What a source lists now: asked of its server, of RSSHub's instances in turn, and of what belongs to the listing.

Rule: asks, and lets a worker parse; what is new of it, and when to ask again, is `poll`'s business. What is the same
as last time is not parsed. A listing that cannot be had is a `Failure`, never an exception.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Literal

from .. import scheduler, urls
from ..errors import FetchError
from ..fetcher import Request
from ..memory import SourceState
from ..model import Failure, Listing, Page, Source, Validators
from ..sources import rsshub
from ..workers import as_failure
from .hosts import note_host
from .shop import Shop


async def fetch_listing(shop: Shop, source: Source, memory: SourceState) -> tuple[Page, Listing | None] | Failure:
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
        page = await shop.fetcher.get(Request(address, validators, _accepted(source), scope, _least_cap(source)))
    except FetchError as e:
        return as_failure(e)
    if page.status == 304 or (body_hash(page) == memory.body_hash and same_filters):
        return page, None
    listing = await shop.parsers.listing(source, page)
    if isinstance(listing, Listing) and listing.onward:
        page, listing = await _whole(shop, source, page, listing)
        if isinstance(listing, Listing) and body_hash(page) == memory.body_hash and same_filters:
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


def _accepted(source: Source) -> Literal["feed", "article"]:
    """Return which Accept header a source is asked with: a list is a page for readers."""
    return "article" if source.kind == "list" else "feed"


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


def body_hash(page: Page) -> bytes:
    """Return the hash by which an unchanged body is known; 16 bytes."""
    return hashlib.blake2b(page.body, digest_size=16).digest()


def filters(source: Source) -> bytes:
    """Return the hash by which a change of what a source takes from its listing is known; b"" for all, 16 bytes."""
    taken: tuple[object, ...] = (source.include, source.exclude)
    if source.kind != "feed":
        places = (source.item, source.link, source.title, source.date, source.timezone)
        taken += (source.kind, source.article_url, *places)
    return hashlib.blake2b(repr(taken).encode(), digest_size=16).digest() if any(taken) else b""
