"""Full-text search over the posts: an index of its own, made from the files alone.

`search` asks, `walk` and `update` keep it; nothing else of this room is for others. Not imported by whoever only
runs: a pass without news does without it.
"""

from __future__ import annotations

from .find import is_known, search, search_files
from .hits import Hit, Hits, Part, plain
from .keep import Index, Kept, Standing, remove, standing, update, walk
from .query import read_query

__all__ = [
    "Hit",
    "Hits",
    "Index",
    "Kept",
    "Part",
    "Standing",
    "is_known",
    "plain",
    "read_query",
    "remove",
    "search",
    "search_files",
    "standing",
    "update",
    "walk",
]
