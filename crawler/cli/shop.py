"""Build a `Shop`, the parts round an open store that touch network and processes, and take it down in order.

Rule: no decisions about items. Beside `parts`, since commands that only read the state need not load the network.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from .. import __version__
from ..archive import REVISIONS, below, open_archive
from ..config import Config
from ..fetcher import Clock, Fetcher, Permit, Politeness, Robots, WebFetcher
from ..fetcher.scope import whose
from ..memory import HostState
from ..model import Tally
from ..siterules import SiteRules
from ..slices import Shop, Threads
from ..state import State
from ..workers import Workers
from .parts import Store

NO_PINS: Mapping[str, tuple[str, int]] = {}


@asynccontextmanager
async def open_shop(
    config: Config,
    store: Store,
    clock: Clock,
    *,
    connect_to: Mapping[str, tuple[str, int]] = NO_PINS,
    saw: Callable[[Tally], None] = lambda _: None,
    expect: Callable[[int], None] = lambda _: None,
) -> AsyncIterator[Shop]:
    """Build the parts round an open store: threads, politeness, fetcher, robots, workers."""
    limits = config.limits
    politeness = Politeness(clock, limits.host_delay, limits.host_connections, whose(limits.retry_after_scope))
    fetcher = WebFetcher(limits, user_agent(config), clock, politeness, connect_to=connect_to)
    with Threads() as threads, Workers() as workers:
        async with fetcher:
            for host, until in (await threads.database(store.state.hosts.silenced, clock.now())).items():
                politeness.silence(host, until)
            politeness.take_silenced()  # so that only what is new is saved
            yield Shop(
                sources={source.url: source for source in config.sources},
                rsshub=config.rsshub,
                wayback=config.wayback,
                state=store.state,
                archive=store.archive,
                revisions=open_archive(below(config.place, REVISIONS)),
                fetcher=fetcher,
                permit=robots(fetcher, politeness, clock, store.state, threads) if limits.robots else anything,
                politeness=politeness,
                parsers=workers,
                threads=threads,
                clock=clock,
                rules=SiteRules(config.site_rules) if config.site_rules else None,
                rng=random.Random(),  # noqa: S311 - spreads polls, guards nothing
                connections=limits.host_connections,
                concurrency=limits.concurrency,
                saw=saw,
                expect=expect,
            )


def renewed(shop: Shop, before: Config, config: Config) -> Shop:
    """Return the parts as another configuration wants them, the same archive and state; what is under way goes on."""
    limits, politeness = config.limits, shop.politeness
    politeness.heed(limits.host_delay, limits.host_connections, whose(limits.retry_after_scope))
    permit = shop.permit
    if isinstance(shop.fetcher, WebFetcher):
        shop.fetcher.heed(limits, user_agent(config))
    if limits.robots != before.limits.robots:
        asked = robots(shop.fetcher, politeness, shop.clock, shop.state, shop.threads)
        permit = asked if limits.robots else anything
    return replace(
        shop,
        sources={source.url: source for source in config.sources},
        rsshub=config.rsshub,
        wayback=config.wayback,
        permit=permit,
        rules=SiteRules(config.site_rules) if config.site_rules else None,
        connections=limits.host_connections,
        concurrency=limits.concurrency,
    )


def user_agent(config: Config) -> str:
    """Return the User-Agent: program, version, contact."""
    return f"crawler/{__version__} (+{config.user_agent_contact})"


def robots(fetcher: Fetcher, politeness: Politeness, clock: Clock, state: State, threads: Threads) -> Permit:
    """Return the one who asks robots.txt, with the state for a memory."""

    async def recall(host: str) -> HostState | None:
        return await threads.database(state.hosts.get, host)

    async def remember(host: str, text: bytes, until: datetime) -> None:
        def note() -> None:  # in one go, or a silence noted in between would be lost
            known = state.hosts.get(host) or HostState(host)
            state.hosts.remember(replace(known, robots=text, robots_until=until))

        await threads.database(note)

    return Robots(fetcher, politeness, clock, recall, remember).allowed


async def anything(url: str) -> None:
    """Permit every page: the user switched robots.txt off."""
