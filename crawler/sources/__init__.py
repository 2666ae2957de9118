"""What a source brings: one function (Source, Page) -> Listing for each kind.

Pure; parsing happens in a killable worker. New kind: a function here, a line in KINDS, a pair in tests/feeds/.
"""

from __future__ import annotations

from collections.abc import Callable

from ..model import Listing, Page, Source, SourceKind
from .feed import parse_feed
from .jsonlist import parse_json_list
from .sitemap import parse_sitemap


def parse_list(source: Source, page: Page) -> Listing:
    """Read a page of links; see `listing`. lxml takes long to load, and most sources are feeds."""
    from .listing import parse_list as parse

    return parse(source, page)


KINDS: dict[SourceKind, Callable[[Source, Page], Listing]] = {
    "feed": parse_feed,
    "list": parse_list,
    "json": parse_json_list,
    "sitemap": parse_sitemap,
}


def parse_listing(source: Source, page: Page) -> Listing:
    """Read what a source's address answered.

    Raises:
        ParseError: it is not of the source's kind; the reason says what it is.
        ExtractError: a selector of the source's fails on it.
    """
    return KINDS[source.kind](source, page)


__all__ = ["KINDS", "parse_feed", "parse_json_list", "parse_list", "parse_listing"]
