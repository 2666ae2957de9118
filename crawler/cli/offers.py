"""What a site without a feed offers instead: the list on a page, and its sitemaps, for the user to choose from.

Asks the web, writes nothing. Each offer was tried: it says how much it would bring, and which command adds it.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..errors import FetchError
from ..fetcher import Request
from ..model import Failure, Page, Source
from ..slices import Shop
from ..sources.discover import sitemap_links
from ..wording import counted

#: Titles that are shown of each, and characters of one.
TITLES, TITLE_CHARACTERS = 3, 70


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that could be added as a source."""

    what: str  #: in words, with the number of its entries
    url: str
    keys: tuple[tuple[str, str], ...]  #: the further keys of the source, `kind` first
    titles: tuple[str, ...] = ()  #: of its first entries

    def lines(self, name: str = "") -> list[str]:
        """Return what the user is shown."""
        keys = [("name", name), *self.keys] if name else list(self.keys)
        words = ["crawler", "source", "add", self.url, *(word for key, value in keys for word in (f"--{key}", value))]
        return [
            self.what,
            *(f"  - {title[:TITLE_CHARACTERS]}" for title in self.titles[:TITLES]),
            f"  {shlex.join(words)}",
        ]


@dataclass(frozen=True, slots=True)
class Offers:
    """What there is instead of a feed."""

    why: str  #: no feed was found, in words
    offers: tuple[Offer, ...]


async def find_offers(shop: Shop, page: Page, why: str) -> Offers:
    """Look what the site of a page has that can be read: its list first, for it is what the user looked at."""
    return Offers(why, (*await _lists(shop, page), *await _sitemaps(shop, page.final_url)))


async def _lists(shop: Shop, page: Page) -> tuple[Offer, ...]:
    found = await shop.parsers.lists(page)
    if found is None or isinstance(found, Failure):
        return ()
    keys = (("kind", "list"), *((key, said) for key, said in (("item", found.item), ("link", found.link)) if said))
    return (Offer(f"a list of {counted(found.count, 'article')}", page.moved_to or page.url, keys, found.titles),)


async def _sitemaps(shop: Shop, address: str) -> tuple[Offer, ...]:
    """Return the first sitemap that can be read; publishers have many, of which news is the one to poll."""
    root = "{0.scheme}://{0.netloc}".format(urlsplit(address))
    robots = await _get(shop, f"{root}/robots.txt", is_robots=True)
    for url in sitemap_links(root, robots):
        page = await _get(shop, url)
        listing = await shop.parsers.listing(Source(url, url, kind="sitemap"), page) if page else None
        if page is not None and listing is not None and not isinstance(listing, Failure):
            titles = tuple(entry.title or entry.url for entry in listing.entries[:TITLES])
            what = f"a sitemap of {counted(len(listing.entries), 'page')}" if titles else "a sitemap"
            return (Offer(what, page.moved_to or url, (("kind", "sitemap"),), titles),)
    return ()


async def _get(shop: Shop, url: str, *, is_robots: bool = False) -> Page | None:
    try:
        return await shop.fetcher.get(Request(url, kind="robots" if is_robots else "feed"))
    except FetchError:
        return None  # what is not there cannot be offered
