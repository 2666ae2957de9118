"""The archive: files of posts, which are the product, and how they are read back.

contract  what an archive promises, and the names that mean something in it
folder    an archive in a folder
objects   an archive in a store of objects, by keys; with `stores`, the doors of fsspec, and `faults`, what goes wrong
survey    posts read back
lock      one run at a time

Nothing of fsspec is loaded where the archive is a folder.
"""

from __future__ import annotations

from pathlib import Path

from ..heads import PostFacts, facts
from .contract import (
    CORNER,
    REVISIONS,
    Archive,
    Moved,
    OpenArchive,
    Place,
    Stamp,
    below,
    check_path,
    file_hash,
    revisions_of,
)
from .folder import FolderArchive
from .lock import lock
from .survey import EMPTY, HEADLESS, OWN, survey

__all__ = [
    "CORNER",
    "EMPTY",
    "HEADLESS",
    "OWN",
    "REVISIONS",
    "Archive",
    "FolderArchive",
    "Moved",
    "OpenArchive",
    "Place",
    "PostFacts",
    "Stamp",
    "below",
    "caveat",
    "earlier_texts",
    "facts",
    "file_hash",
    "lock",
    "open_archive",
    "revisions_of",
    "survey",
]


def open_archive(place: Place) -> OpenArchive:
    """Return the archive at a place; nothing is asked of it yet.

    Raises:
        ConfigError: the address is of a kind that is not known here, or needs what is not installed.
    """
    if isinstance(place, Path):
        return FolderArchive(place)
    from .objects import ObjectArchive
    from .stores import open_store

    return ObjectArchive(open_store(place), place)


def earlier_texts(place: Place, path: str) -> Archive:
    """Return the archive of the texts of a post that later ones replaced.

    Raises:
        ArchiveError: none was kept.
    """
    if isinstance(place, Path):
        folder = place / REVISIONS / revisions_of(path)
        FolderArchive(place / REVISIONS).inside(folder)
        return FolderArchive(folder)
    check_path(path)
    return open_archive(below(place, f"{REVISIONS}/{revisions_of(path)}"))


def caveat(place: Place) -> str:
    """Return what somebody should know who keeps an archive at a place, or "".

    Raises:
        ConfigError: as `open_archive`.
    """
    if isinstance(place, Path):
        return ""
    from .stores import open_store

    return open_store(place).caveat
