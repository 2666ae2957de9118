"""What a source brings: one function (Source, Page) -> Listing for each kind.

Pure; parsing happens in a killable worker. New kind: a function here, a line in KINDS, a pair in tests/feeds/.
"""

from __future__ import annotations

from collections.abc import Callable

from ..model import Listing, Page, Source
from .feed import parse_feed

KINDS: dict[str, Callable[[Source, Page], Listing]] = {"feed": parse_feed}


def parse_listing(source: Source, page: Page) -> Listing:
    """Read what a source's address answered.

    Raises:
        ParseError: it is no feed; the reason says what it is.
    """
    return KINDS["feed"](source, page)


__all__ = ["KINDS", "parse_feed", "parse_listing"]
