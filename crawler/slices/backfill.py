"""The course of a backfill: where it begins, which method comes next, when it has come to its end.

Rule: reads no list of the past, which is done in `step`, a document at a time; all that it finds out stands in the
state, so that it goes on where it was interrupted.
"""

from __future__ import annotations

import logging
from collections import Counter
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from .. import likeness, urls
from ..enumerators import ENUMERATORS, enumerator
from ..memory import SourceState
from ..model import Failure, Listing, Source
from ..past import Asked, Backfill, Listed, Method, Origin, Step, Window
from ..sources import rsshub
from .listings import fetch_listing
from .shop import Shop

log = logging.getLogger(__name__)

#: Rows that enter the backlog in one transaction: other writes wait a tenth of a second at most.
BATCH = 5000
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


async def add(shop: Shop, number: int, rows: tuple[Listed, ...], *, again: bool = False) -> int:
    """Put articles into the backlog, in batches; return how many are new to us."""
    new = 0
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        new += await shop.threads.database(shop.state.backfills.add, number, batch, again=again)
    return new
