"""Ways to ask for older pages of a feed that links to none, by what made the feed.

Pure. A *guess* is a way, the address it changes, and a number; what comes of it, `feed` decides.
New way: a row in WAYS, and its maker in `guesses`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from ..sources.paging import Paging
from ..urls import same_site

#: Numbers of entries that an RSSHub route is asked for, one after another; without, it gives its newest twenty or so.
#: Routes that heed `limit` may fetch a page for each entry: it grows slowly, as more than a thousand take them minutes.
LIMITS = (100, 500, 1000)
#: Entries that Blogger is asked for at once. It gave up to 500 once, then 150, then 100; what comes is counted.
BLOGGER_PAGE = 100
#: RSSHub instances that are asked for more; a user lists two or three.
MOST_INSTANCES = 5
#: What makes feeds of which there is one document: generators of static sites, to whom a query changes nothing, and
#: Medium, which has the newest ten.
ONE_PAGE = re.compile(r"\b(?:astro|eleventy|gatsby(?:js)?|hexo|hugo|jekyll|medium|nikola|pelican|zola)\b")
#: Ghost had /rss/2/ until version 3 took it away (its pull request 11069).
GHOST = re.compile(r"\bghost (\d{1,3})")
#: The last of them that serves pages.
GHOST_WITH_PAGES = 2


class Guess(NamedTuple):
    """A page of a feed, and how its address is made."""

    way: str  #: a key of WAYS
    base: str  #: address that the way changes
    number: int = 0  #: of the page; what is counted is the way's business

    @property
    def address(self) -> str:
        return WAYS[self.way].address(self.base, self.number)

    def after(self, count: int) -> Guess | None:
        """Return the guess that follows a page of so many entries; None after the last that is asked for."""
        number = WAYS[self.way].after(self.number, count)
        return None if number is None else self._replace(number=number)


@dataclass(frozen=True, slots=True)
class Way:
    """How the pages of a feed are addressed."""

    name: str  #: for people, in the plural
    address: Callable[[str, int], str]  #: from the base and the number
    after: Callable[[int, int], int | None] = lambda number, count: number + 1  #: from it and how many entries came
    grows: bool = False  #: whether a document holds those before it, and more


def with_query(url: str, **parameters: object) -> str:
    """Set parameters of an address; what else stands in its query stays as it is spelled."""
    parts = urlsplit(url)
    kept = [part for part in parts.query.split("&") if part and part.partition("=")[0] not in parameters]
    query = "&".join([*kept, *(f"{name}={value}" for name, value in parameters.items())])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def with_path(url: str, name: object) -> str:
    """Go one name below the path of an address, as into a folder."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"{parts.path.rstrip('/')}/{name}/", parts.query, ""))


def blogger_names(url: str, number: int) -> str:
    """Return the address of Blogger's entries from a number on, the newest being 1."""
    return with_query(url, **{"start-index": number, "max-results": BLOGGER_PAGE})


def as_stated(url: str, number: int) -> str:
    """Return an address that a document stated."""
    return url


WAYS: dict[str, Way] = {
    "feed": Way("the feed", as_stated),
    "archive": Way("archived feeds", as_stated),
    "next": Way("linked pages", as_stated),
    "paged": Way("WordPress pages", lambda url, number: with_query(url, paged=number)),
    "page": Way("numbered pages", lambda url, number: with_query(url, page=number)),
    "path": Way("Ghost pages", with_path),
    "start": Way("Blogger pages", blogger_names, lambda number, count: number + count),
    "limit": Way(
        "RSSHub limits",
        lambda url, number: with_query(url, limit=number),
        lambda number, count: next((limit for limit in LIMITS if limit > number), None),
        grows=True,
    ),
}


def guesses(address: str, stands: str, count: int, paging: Paging, instances: tuple[str, ...]) -> tuple[Guess, ...]:
    """Return how the older pages of a feed may be had, the likeliest way first; none where it is known to have none.

    Args:
        address: of its first page, as asked for.
        stands: where that was found, redirects followed; these may drop a query.
        count: of its entries.
        paging: what it says of its pages and of its maker.
        instances: addresses that serve it, too, where it is an RSSHub route.
    """
    return tuple(_guesses(address, stands, count, paging, instances))


def _guesses(address: str, stands: str, count: int, paging: Paging, instances: tuple[str, ...]) -> Iterator[Guess]:
    maker = paging.maker
    if "rsshub" in maker or instances:
        yield from _limits((address, *instances), count)
    elif ghost := GHOST.search(maker):
        if int(ghost[1]) <= GHOST_WITH_PAGES:
            yield Guess("path", stands, 2)
    elif "blogger" in maker:
        if not paging.total or paging.total > count:
            yield Guess("start", stands, count + 1)
    elif "wordpress" in maker:
        yield Guess("paged", stands, 2)
        if paging.home and not same_site(paging.home, stands):  # a feed handed on by FeedBurner: the site's own
            yield Guess("paged", with_path(paging.home, "feed"), 2)
    elif "discourse" in maker:
        yield Guess("page", stands, 1)
    elif not ONE_PAGE.search(maker):
        # Page 1 may be the first (then it repeats) or the second: who began at 2 there would miss one.
        yield from (Guess("paged", stands, 2), Guess("page", stands, 1), Guess("page", stands, 2))


def _limits(addresses: tuple[str, ...], count: int) -> Iterator[Guess]:
    first = next((limit for limit in LIMITS if limit > count), None)
    if first is not None:
        for address in tuple(dict.fromkeys(addresses))[:MOST_INSTANCES]:
            yield Guess("limit", address, first)
