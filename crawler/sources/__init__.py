"""What a source brings: one function (Source, Page) -> Listing for each kind.

Pure; parsing happens in a killable worker. New kind: a function in a module here, a line in KINDS, a pair in
tests/feeds/. The modules are loaded when a source of their kind is read: most runs find nothing new.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from ..model import Listing, Page, Source, SourceKind

#: Kind → module and name of the function that reads it.
KINDS: Mapping[SourceKind, tuple[str, str]] = {
    "feed": ("feed", "parse_feed"),
    "list": ("listing", "parse_list"),
    "json": ("jsonlist", "parse_json_list"),
    "sitemap": ("sitemap", "parse_sitemap"),
}


def parse_listing(source: Source, page: Page) -> Listing:
    """Read what a source's address answered.

    Raises:
        ParseError: it is not of the source's kind; the reason says what it is.
        ExtractError: a selector of the source's fails on it.
    """
    module, name = KINDS[source.kind]
    listing: Listing = getattr(import_module(f"{__name__}.{module}"), name)(source, page)
    return listing


__all__ = ["KINDS", "parse_listing"]
