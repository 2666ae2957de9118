"""Pictures of posts that are there already, found so that they are brought home: `crawler backfill SOURCE --images`.

Finds them and no more. They enter with those of new articles, and `gallery` does the rest: posts that were filed before
their source wanted its pictures here, or whose state was lost, or that a predecessor wrote. What a person edited stays
as it is; of a post that was adopted the bytes that stand there are taken for those that are known.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from .. import assets
from ..archive import Archive, file_hash
from ..errors import ConfigError
from ..memory import Shows
from ..model import Source
from ..state import Filed
from ..writer.pictures import wanted
from .shop import Shop

log = logging.getLogger(__name__)

#: Posts that are read between two looks at whether the run is to stop; a second's work.
BATCH = 500


async def enlist(shop: Shop, source: Source, limit: int | None = None) -> int:
    """Have the pictures of a source's posts brought home; return of how many posts some are to come.

    Args:
        shop: with archive and state.
        source: whose posts, by the state.
        limit: no more posts than that; None: all.

    Raises:
        ConfigError: the source leaves its pictures where they are.
    """
    if source.images == "link":
        raise ConfigError(f"--images: {source.name} leaves its pictures where they are; give it `images: download`")
    of, found, after = shop.state.pictures, 0, b""
    while not shop.stop.is_set() and (limit is None or found < limit):
        room = BATCH if limit is None else min(BATCH, limit - found)
        posts = await shop.threads.database(of.posts, source.url, after, room)
        if not posts:
            break
        after = posts[-1].key
        there = await shop.threads.files(_shown, shop.archive, source, posts)
        found += await shop.threads.database(of.enlist, there, shop.clock.now())
    log.info("%s: pictures of %d posts are to be brought home", source.url, found)
    return found


def _shown(archive: Archive, source: Source, posts: Sequence[Filed]) -> list[tuple[bytes, bytes, Shows]]:
    """Return those of some posts, unedited, that show pictures from elsewhere: key, hash of the bytes, pictures."""
    found = []
    for post in posts:
        data = archive.read(post.path)
        if data is None or post.file_hash not in (b"", file_hash(data)):
            continue
        if addresses := wanted(data, source.images):
            found.append((post.key, file_hash(data), Shows(addresses, assets.folder_of(source))))
    return found
