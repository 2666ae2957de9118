"""A page that lists articles, as a source of its own (`kind: list`).

Pure. Reads links, titles and times, where the user's selectors say so or as lists usually have them. Refuses a page
without any entry: a list is never empty, so the site was changed, or something else came in its place.
"""

from __future__ import annotations

from ..errors import ParseError
from ..model import Listing, Page, Source
from .spotted import named_articles
from .spotting import open_sheet, spot


def parse_list(source: Source, page: Page) -> Listing:
    """Read a list.

    Raises:
        ParseError: not a page, or there is no entry on it.
        ExtractError: a selector fails on it.
    """
    sheet = open_sheet(page)
    found = spot(sheet, source, named_articles(source))
    if not found:
        raise ParseError(_why_none(source))
    return Listing(tuple(one.entry for one in found), sheet.title, page.final_url)


def _why_none(source: Source) -> str:
    if source.item:
        matching = f" to an address that matches {source.article_url!r}" if source.article_url else ""
        return f"no entries: nothing on the page is found by item {source.item!r} and has a link{matching}"
    if source.article_url:
        return f"no entries: no link on the page matches article_url {source.article_url!r}"
    return "no entries: nothing on the page looks like a list of articles; name them by `item`"
