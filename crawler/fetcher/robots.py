"""robots.txt (RFC 9309): may this page be fetched, and how slowly.

Rule: asked for article pages, never for feeds, which the user named. 4xx means no rules; 429, 5xx and an unreachable
host mean no, for now. Fetches through the same fetcher as everything else, so it waits its turn, and keeps what it
learned for a day.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from .. import urls
from ..errors import FetchError, RobotsDenied
from ..memory import HostState
from .contract import MAX_ROBOTS_BYTES, Fetcher, Request
from .politeness import Clock, Politeness

#: The product token that robots.txt may name (RFC 9309 §2.2.1).
TOKEN = "crawler"  # noqa: S105 - no secret
#: RFC 9309 §2.4: not used longer than this.
KEEP = timedelta(hours=24)
#: How long an unreachable robots.txt is not asked for again; never stored.
KEEP_UNREACHABLE = timedelta(minutes=15)
#: SPEC §6: longer Crawl-delays are not obeyed in full.
LONGEST_DELAY = timedelta(seconds=60)
#: Parsed files held; most are under 10 KB, and the state still has those that were dropped.
MAX_HOSTS = 1000

#: What the state knows of a host, by the name that `urls.host` gives.
Recall = Callable[[str], Awaitable[HostState | None]]
#: Store a host's robots.txt (b"" when there is none) and until when it may be used.
Remember = Callable[[str, bytes, datetime], Awaitable[None]]


@dataclass(slots=True)
class _Site:
    """One host's rules; `until` is in the past as long as they were never asked for."""

    until: datetime
    rules: Protego | None = None  # None: not known
    fault: FetchError | None = None  # why they are not known
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Robots:
    """The rules of all hosts; belongs to one event loop.

    Args:
        fetcher: gets robots.txt.
        hosts: told of Crawl-delays.
        clock: for the age of what is known.
        recall: what the state remembers.
        remember: puts an answer into the state; not called for unreachable hosts.
    """

    def __init__(self, fetcher: Fetcher, hosts: Politeness, clock: Clock, recall: Recall, remember: Remember) -> None:
        self._fetcher = fetcher
        self._hosts = hosts
        self._clock = clock
        self._recall = recall
        self._remember = remember
        self._sites: OrderedDict[str, _Site] = OrderedDict()

    async def allowed(self, url: str) -> None:
        """Return when the page may be fetched.

        Several askers of one host wait for one request. http and https of a host share one file, the first asked for.

        Raises:
            RobotsDenied: the rules forbid it (not passing), or cannot be had now (passing).
        """
        host = urls.host(url)
        site = self._site(host)
        async with site.lock:
            if not self._may_use(site.until):
                await self._learn(site, host, url)
        if site.rules is None:
            raise _unknown(site.fault)
        self._slow_down(host, site.rules)
        if not site.rules.can_fetch(url, TOKEN):
            raise RobotsDenied("robots.txt forbids it", passing=False)

    def _may_use(self, until: datetime) -> bool:
        """Tell whether an answer may be used; one that lasts longer than any was kept by a clock that ran ahead."""
        return self._clock.now() < until <= self._clock.now() + KEEP

    def _site(self, host: str) -> _Site:
        site = self._sites.setdefault(host, _Site(until=self._clock.now()))
        self._sites.move_to_end(host)
        while len(self._sites) > MAX_HOSTS:
            self._sites.popitem(last=False)
        return site

    async def _learn(self, site: _Site, host: str, url: str) -> None:
        known = await self._recall(host)
        if known and known.robots is not None and known.robots_until and self._may_use(known.robots_until):
            site.rules, site.until = parse(known.robots), known.robots_until
            return
        try:
            text = await self._fetch(url)
        except FetchError as e:
            site.fault, site.until = e, self._clock.now() + min(e.retry_after or KEEP_UNREACHABLE, KEEP_UNREACHABLE)
            if site.rules is None and known and known.robots is not None:
                site.rules = parse(known.robots)  # RFC 9309 §2.4: an old copy is better than none
            return
        site.rules, site.fault, site.until = parse(text), None, self._clock.now() + KEEP
        await self._remember(host, text, site.until)

    async def _fetch(self, url: str) -> bytes:
        """Return robots.txt; b"" when the site says that it has none."""
        parts = urlsplit(url)
        try:
            page = await self._fetcher.get(Request(f"{parts.scheme}://{parts.netloc}/robots.txt", kind="robots"))
        except FetchError as e:
            # RFC 9309 §2.3.1.3: unavailable, so everything is allowed; lost in redirects counts as that (§2.3.1.2).
            # 429 is no such word but a request for silence: every large crawler takes it for a 5xx.
            if 300 <= e.status < 500 and e.status != 429:
                return b""
            raise
        return page.body

    def _slow_down(self, host: str, rules: Protego) -> None:
        """Say the delay each time: `Politeness` forgets idle hosts."""
        delay = rules.crawl_delay(TOKEN)
        if delay:
            self._hosts.set_delay(host, timedelta(seconds=min(delay, LONGEST_DELAY.total_seconds())))


def _unknown(fault: FetchError | None) -> RobotsDenied:
    reason = fault.reason if fault else "not asked"
    after = fault.retry_after if fault else None
    return RobotsDenied(f"robots.txt cannot be read: {reason}", retry_after=after, status=fault.status if fault else 0)


def parse(text: bytes) -> Protego:
    """Parse robots.txt; whatever is not understood is no rule."""
    if len(text) >= MAX_ROBOTS_BYTES:
        text = text.rpartition(b"\n")[0]  # half a path forbids more than was meant
    return Protego.parse(text.decode("utf-8-sig", "replace"))
