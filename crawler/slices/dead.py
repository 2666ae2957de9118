"""Articles that were given up, looked for in the Wayback Machine (`backfill --dead`).

No document is read for it: the state has their addresses. Each is put into the backlog with the address of its copy
nearest to its publication; where there is none, it is given up again at once, and the reason says both.
"""

from __future__ import annotations

from dataclasses import replace

from .. import changes, copies, urls
from ..model import Entry, Source
from ..moments import shifted
from ..packing import pack
from ..past import Listed, Window
from ..state import Dead
from .backfill import BATCH, add
from .shop import Shop

NO_ENTRY = Entry()


async def add_dead(shop: Shop, number: int, source: Source) -> int:
    """Put a source's dead articles into the backlog of a backfill; return how many.

    Run again for the same backfill, it leaves out what that one brought and gave up again.
    """
    window = await shop.threads.database(shop.state.backfills.window, number)
    after, found = b"", 0
    while True:
        dead = await shop.threads.database(shop.state.dead, urls.key(source.url), but=number, after=after, limit=BATCH)
        if not dead:
            return found
        after = dead[-1].key
        rows = [row for one in dead if (row := _listed(shop, one, source, window)) is not None]
        found += await add(shop, number, tuple(rows), again=True)


def _listed(shop: Shop, dead: Dead, source: Source, window: Window) -> Listed | None:
    """Return what the backlog keeps of a dead article; None where it is not wanted, or never had a page."""
    entry = dead.entry if dead.entry != NO_ENTRY else replace(NO_ENTRY, url=dead.url)
    published = shifted(entry.published, source.time_offset)
    is_paged = entry.url != "" and urls.place(dead.url) != ""
    if not is_paged or not window.holds(published) or not changes.is_wanted(entry, source):
        return None
    copy = copies.address(shop.wayback, published or dead.first_seen, dead.url)
    entry = replace(entry, copy=copy, given_up=entry.given_up if entry.copy else dead.error)
    return Listed(dead.key, dead.url, urls.host(copy), pack(entry), published)
