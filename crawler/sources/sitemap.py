"""A sitemap as a source: what it names last, as a listing.

Pure. Of an index the sitemaps that changed last are asked for, too: `Listing.onward`, which a poll follows.
Which of the addresses are articles, `article_url` of the source says, where the user gave one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from ..model import Entry, Listing, Page, Source
from .urlset import Child, is_of_menus, read_sitemap

#: Entries of one poll; Google's own bound for a news sitemap, and more than any site publishes in a day.
MAX_ENTRIES = 1000
#: Further documents of one poll.
MAX_ONWARD = 3
NEVER = datetime.min.replace(tzinfo=UTC)
NEWS = re.compile(r"(?i)news")


def parse_sitemap(source: Source, page: Page) -> Listing:
    """Read a sitemap, or an index of some; its newest entries first.

    Raises:
        ParseError: it is none.
    """
    found = read_sitemap(source, page)
    problems = (found.fault,) if found.fault else ()
    entries = newest(entry for entry in found.entries if is_wanted(entry, source))
    return Listing(entries, problems=problems, onward=lately_changed(found.children))


def is_wanted(entry: Entry, source: Source) -> bool:
    """Tell whether an address is an article's, as far as the user said which are."""
    return not source.article_url or re.search(source.article_url, entry.url) is not None


def newest(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the newest entries, the last first; those without a time come behind, in their order.

    Where that are too many, those at both ends are taken, since sitemaps grow at either.
    """
    ranked = sorted(entries, key=lambda entry: entry.published or NEVER, reverse=True)
    dated = sum(entry.published is not None for entry in ranked[:MAX_ENTRIES])
    rest, room = ranked[dated:], MAX_ENTRIES - dated
    if len(rest) > room > 0 and rest[0].published is None:
        rest = [*rest[: room - room // 2], *rest[len(rest) - room // 2 :]]
    return (*ranked[:dated], *rest[:room])


def lately_changed(children: Sequence[Child]) -> tuple[str, ...]:
    """Return the sitemaps of an index that may hold news, the likeliest first.

    Where no times tell, those that are called news; then the first and the last, as sites number from either end.
    """
    able = [child for child in children if not is_of_menus(child.url)]
    ends = {child.url for child in (*able[:1], *able[-1:])}
    ranked = sorted(
        able, key=lambda c: (c.modified or NEVER, NEWS.search(c.url) is not None, c.url in ends), reverse=True
    )
    return tuple(child.url for child in ranked[:MAX_ONWARD])
