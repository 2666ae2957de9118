"""`crawler source list | add | test`: look after the sources."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, get_args

import click

from .. import rhythm, scheduler, urls
from ..config import Config, add_sources, check_keys
from ..errors import ConfigError, FetchError
from ..fetcher import Request
from ..memory import SourceState
from ..model import Entry, Failure, Listing, Page, Source, SourceKind
from ..slices import Shop
from ..slices.listings import fetch_listing
from ..slices.news import find_news
from ..slices.poll import asked_by
from ..sources import rsshub
from ..sources.discover import feed_title, guesses
from ..wording import iso
from ..workers import as_failure, site_rules
from .common import (
    EXIT_CODES,
    EXIT_OK,
    EXIT_UNHEALTHY,
    SystemClock,
    common_options,
    complain,
    config_to_extend,
    introduce,
    read_config,
    say,
)
from .offers import Offers, find_offers
from .parts import trial_store
from .report import NO_SOURCE, table
from .shop import open_shop
from .status import read_report
from .subscriptions import spelled

T = TypeVar("T")

#: Characters of a title in the list of `source test`.
TITLE_CHARACTERS = 60
#: What follows the reason why an address could not be reached.
UNREACHED = "  nothing was added; a source that cannot be looked at now can be written into the configuration by hand"


@click.group(name="source", epilog=EXIT_CODES)
def source_group() -> None:
    """Look after the sources."""


@source_group.command(name="list", epilog=EXIT_CODES)
@common_options
def list_sources(config_path: Path) -> int:
    """Show each source's health."""
    sources = read_report(config_path).sources
    rows: list[tuple[object, ...]] = [("source", "health", "articles", "url", "reason")]
    rows += [(s.name, s.health, s.all, s.url, s.reason) for s in sources]
    say("\n".join(table(rows)) if sources else NO_SOURCE)
    return EXIT_UNHEALTHY if any(s.is_sick for s in sources) else EXIT_OK


@source_group.command(epilog=EXIT_CODES)
@click.argument("url")
@click.option("--name", help="How to call it; by default its own title.")
@click.option("--kind", type=click.Choice(get_args(SourceKind)), help="Add the address itself, as one of this kind.")
@click.option("--item", default="", help="CSS or XPath of an entry in a list; dotted path in JSON.")
@click.option("--link", default="", help="The same of the link inside an entry.")
@click.option("--title", default="", help="The same of the title inside an entry.")
@click.option("--date", default="", help="The same of the time inside an entry.")
@common_options
def add(url: str, name: str | None, kind: SourceKind | None, config_path: Path, **places: str) -> int:
    """Find the feed behind a site's address and append it to config.yaml; say what else there is where it has none.

    The first one makes config.yaml.
    """
    config, is_new = config_to_extend(config_path)
    keys = {key: said for key, said in places.items() if said}
    if keys and kind is None:
        raise ConfigError(f"--{next(iter(keys))}: needs --kind list or --kind json beside it")
    given = {"kind": kind, **keys} if kind and kind != "feed" else keys
    url = url if "://" in url else f"https://{url}"
    check_keys({"url": url, "content": config.defaults.content, **given})
    source = replace(config.defaults, url=url, **given)  # type: ignore[arg-type]  # keys of `Source` that are texts
    found = _with_shop(config, lambda shop: _found(shop, source, kind))
    if isinstance(found, Offers):
        say("\n".join(line for offer in found.offers for line in offer.lines(name or "")))
        return _refused(url, Failure(f"{found.why}; what there is instead stands above, with the command that adds it"))
    if isinstance(found, Failure):
        is_reached = found.status > 0 or not found.passing
        return _refused(url, found if is_reached else replace(found, reason=f"{found.reason}\n{UNREACHED}"))
    address, listing = found
    if any(spelled(source.url) == spelled(address) for source in config.sources):
        raise ConfigError(f"sources: {address} is there already{'' if address == url else f', the feed behind {url}'}")
    called = name or feed_title(listing) or urls.host(address) or address
    add_sources(config.path, [{"name": called, "url": address, **given}])
    say(f"added {called}: {address} ({len(listing.entries)} entries)")
    if is_new:
        introduce(config)
    return EXIT_OK


@source_group.command(epilog=EXIT_CODES)
@click.argument("name", metavar="NAME|URL")
@common_options
def test(name: str, config_path: Path) -> int:
    """Show what a poll would bring; nothing is written."""
    config = read_config(config_path)
    source = next((s for s in config.sources if name in (s.name, s.url)), None)
    if source is None:
        if not rsshub.is_route(name) and not urls.join(name, ""):
            raise ConfigError(f"no source is called {name!r}, and it is no address; see crawler source list")
        source = replace(config.defaults, name=urls.host(name) or name, url=name)
    polled = source
    answer = _with_shop(config, lambda shop: _peek(shop, polled))
    if isinstance(answer, Failure):
        return _refused(source.url, answer)
    listing, lines = answer
    say("\n".join([f"{source.name}: {len(listing.entries)} entries from {listing.title or source.url}", *lines]))
    return EXIT_OK


def _with_shop(config: Config, work: Callable[[Shop], Awaitable[T]]) -> T:
    """Do something with a fetcher and a throw-away state."""
    clock = SystemClock()

    async def at_work() -> T:
        async with open_shop(config, store, clock) as shop:
            return await work(shop)

    with trial_store(config, clock) as store:
        return asyncio.run(at_work())


async def _peek(shop: Shop, source: Source) -> tuple[Listing, list[str]] | Failure:
    """Poll without validators; return the listing, and a line for each entry: known or new, date, text, title."""
    answer = await fetch_listing(shop, source, SourceState())
    if isinstance(answer, Failure):
        return answer
    page, listing = answer[0], answer[1] or Listing(())
    news = await find_news(shop, source, listing)
    filed, problems = news.filed, news.problems
    rows: list[tuple[object, ...]] = [(news.state_of(a), *_facts(a.entry), a.url) for a in filed]
    told = await shop.threads.files(_site_rules, shop, tuple(a.url for a in filed))
    left_out = len(listing.entries) - len(filed) - len(problems)
    lines = table(rows) if rows else ["no entry can be archived"]
    lines += [f"left out by include/exclude or double: {left_out}"] if left_out > 0 else []
    next_poll = _next_poll(shop, source, page, listing, [a.entry for a in filed])
    return listing, lines + told + [f"problem: {p}" for p in problems] + [next_poll]


def _next_poll(shop: Shop, source: Source, page: Page, listing: Listing, entries: list[Entry]) -> str:
    """Return a line that says when a source polled now would be polled next, and why then."""
    now, state = shop.clock.now(), asked_by(SourceState(), listing)
    state = rhythm.learn(state, entries, entries, source.time_offset, now)
    state = replace(state, fresh=scheduler.lifetime(state, page, now))
    plan = scheduler.next_poll(source, state, now, rng=shop.rng)
    return f"next poll after {scheduler.spoken(plan.due - now)}, {plan.why}"


def _site_rules(shop: Shop, addresses: tuple[str, ...]) -> list[str]:
    """Return a line for each host of some articles whose pages are read by a site rule."""
    from ..extractor import Rules  # lxml, which few commands need in their own process

    lines = []
    for name, url in sorted({urls.host(url): url for url in addresses}.items()):
        found = Rules(site_rules().rows, shop.rules.find(url) if shop.rules else ()).all_for(url)
        lines += [f"site rule for {name}: {', '.join(rule.name or 'sites.yaml' for rule in found)}"] if found else []
    return lines


def _facts(entry: Entry) -> tuple[str, str, str]:
    stated = iso(entry.published)[:16] if entry.published else "no date"
    return stated, f"{len(entry.content)} chars", entry.title[:TITLE_CHARACTERS] or "(no title)"


async def _found(shop: Shop, source: Source, kind: SourceKind | None) -> tuple[str, Listing] | Offers | Failure:
    """Return what an address brings, and where it settled; as a source of the kind that the user named, if one."""
    if kind in (None, "feed"):
        return await find_feed(shop, source.url, kind)
    answer = await fetch_listing(shop, source, SourceState())
    return answer if isinstance(answer, Failure) else (answer[0].moved_to or source.url, answer[1] or Listing(()))


async def find_feed(shop: Shop, url: str, kind: SourceKind | None = None) -> tuple[str, Listing] | Offers | Failure:
    """Return the feed at an address, or the one that the site behind it names or has at a usual place.

    Where there is none, and the user named no kind, it is what the site offers instead.
    """
    if rsshub.is_route(url):
        answer = await fetch_listing(shop, Source(url, url), SourceState())
        return answer if isinstance(answer, Failure) else (url, answer[1] or Listing(()))
    first = await _try(shop, url)
    if not isinstance(first, Page):
        return first  # a feed, or an error: behind a page that is not there stands no feed that was meant
    named = await _named(shop, first)
    for address in dict.fromkeys((*named, *guesses(url))):
        found = await _try(shop, address)
        if isinstance(found, tuple):
            return found
    why = f"no feed found: the page names {len(named)}, and none is at the usual places"
    offers = await find_offers(shop, first, why) if kind is None else Offers(why, ())
    return offers if offers.offers else Failure(why, passing=False)


async def _named(shop: Shop, page: Page) -> tuple[str, ...]:
    """Return the feeds that a page names; none where it cannot be parsed."""
    links = await shop.parsers.links(page)
    return () if isinstance(links, Failure) else links


async def _try(shop: Shop, address: str) -> tuple[str, Listing] | Page | Failure:
    """Return the listing at an address with the address it settled on; the page when it is none."""
    try:
        page = await shop.fetcher.get(Request(address, kind="feed"))
    except FetchError as e:
        return as_failure(e)
    listing = await shop.parsers.listing(Source(address, address), page)
    return page if isinstance(listing, Failure) else (page.moved_to or address, listing)


def _refused(url: str, failure: Failure) -> int:
    complain(f"{url}: {failure.reason}")
    return EXIT_UNHEALTHY
