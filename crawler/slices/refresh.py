"""Stubs of a predecessor found, so that they are given their texts: `crawler backfill SOURCE --refresh DIR`.

Finds them and no more. They enter the watched articles, due now, and `reread` does the rest as it does for any
article that changed: the same file, only while nobody edited it, whole at every moment. What is above the text stays.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from .. import urls
from ..archive import Archive, facts, file_hash
from ..errors import ArchiveError, ConfigError, ParseError
from ..model import Source
from ..state import Adopted
from .shop import Shop

log = logging.getLogger(__name__)

#: Posts that are read between two looks at whether the run is to stop; a second's work.
BATCH = 500


async def refresh(shop: Shop, source: Source, folder: Path) -> int:
    """Have a source's stubs in a folder read again, and return how many wait for it.

    The next slices work them (`Want.refreshed`). Those that were read in vain are tried once more; those whose pages
    had no more to say are not.

    Args:
        shop: with archive and state.
        source: whose they are: by the state, or by name among their categories and tags.
        folder: of the archive, or the archive itself.

    Raises:
        ConfigError: the folder lies elsewhere, or the source's articles have no pages.
    """
    if source.content == "feed":
        raise ConfigError(f"--refresh: {source.name} takes its texts from the feed alone; give it `content: best`")
    try:
        base = shop.archive.inside(folder)
    except ArchiveError as e:
        raise ConfigError(f"--refresh {e}; posts get their texts in the archive, so copy them there first") from e
    paths, found = _below(shop.archive, base), 0
    while not shop.stop.is_set() and (batch := await shop.threads.files(_next, paths)):
        posts = await shop.threads.files(_stubs, shop.archive, batch)
        if posts:
            found += await shop.threads.database(shop.state.enlist, source.url, posts, shop.clock.now())
    log.info("%s: %d stubs below %s wait for their texts", source.url, found, folder)
    return found


def _below(archive: Archive, base: str) -> Iterator[str]:
    return (path for path in archive.list() if not base or path.startswith(f"{base}/"))


def _next(paths: Iterator[str]) -> list[str]:
    return list(islice(paths, BATCH))


def _stubs(archive: Archive, paths: Sequence[str]) -> tuple[Adopted, ...]:
    """Return the stubs among some files, each with the hash of the bytes that were looked at."""
    from ..stubs import fault_of  # when it is needed: what it judges by takes long to load

    found: list[Adopted] = []
    for path in paths:
        data = archive.read(path)
        known = facts(data) if data else None
        if data is None or known is None:
            continue
        try:
            url = urls.canonical(known.url)
        except ParseError:
            continue
        if why := fault_of(data, url):
            log.debug("%s: a stub: %s", path, why)
            found.append(Adopted(url, path, known.names, known.published, file_hash(data)))
    return tuple(found)


async def next_refresh(shop: Shop, sources: Collection[str]) -> list[datetime]:
    """Return when stubs of these sources that are due may be asked for, if any are."""
    due = await shop.threads.database(shop.state.next_stub, sources, shop.clock.now())
    return [due] if due is not None else []
