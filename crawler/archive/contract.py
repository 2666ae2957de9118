"""What an archive promises, wherever it is: its methods, and the names that mean something in it.

Rule: nothing that stands there is overwritten, save bytes that the caller names by their hash. The folder `.crawler`
belongs to the program; hidden names and `_site` (what Jekyll built) are no posts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..errors import ArchiveError

#: Where an archive is: a folder, absolute, or the address of a store as fsspec has it: `s3://bucket/prefix`.
Place = Path | str

#: The program's own corner of the archive.
CORNER = ".crawler"
#: Texts that later ones replaced, beside the posts: hidden, so that neither Jekyll nor `verify` takes what stands there
#: for posts; and not in the program's own corner, which people delete to make the state anew.
REVISIONS = ".revisions"
SUFFIXES = (".md", ".markdown", ".html")
#: Folders at the root that hold no posts: what Jekyll makes.
BUILT = frozenset({"_site"})
#: A page that is called as its folder is.
BUNDLED = "/index.md"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file as it looks from outside; one that keeps it is taken to be unchanged."""

    size: int
    changed: int  #: ns since 1970, or any other number that changes with the bytes


class Archive(Protocol):
    """Where posts are kept, by paths relative to the root, with forward slashes.

    All methods raise ArchiveError, naming the path and the reason; they may be called from several threads.
    """

    @property
    def is_far(self) -> bool:
        """Tell whether a file takes a while to come, so that who reads many does well to ask for some at a time."""
        ...

    def put(self, path: str, data: bytes, *, over: bytes | None = None) -> None:
        """Write a whole file, durable when this returns.

        Args:
            path: whose folders are made as needed.
            data: all of it.
            over: `file_hash` of the bytes that may be replaced; None: nothing may stand there.

        Raises:
            PathTaken: something else stands there.
        """
        ...

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes; None when there is none, only a folder or a link out of the archive."""
        ...

    def inside(self, place: Path) -> str:
        """Return the path of a folder that the user named, "" for the root itself.

        Raises:
            ArchiveError: it is none, or lies elsewhere.
        """
        ...

    def list(self) -> Iterator[str]:
        """Yield the paths of the posts, folder by folder in sorted order.

        A post ends in one of `SUFFIXES`, or begins as front matter does: the predecessor cut long names. In a store a
        name sorts by all of its path, so that what follows `a-b` and what is in a folder `a` may change places.
        """
        ...

    def assets(self) -> Iterator[str]:
        """Yield the paths of the pictures that were brought into the archive."""
        ...


#: What a file says once it is moved: its bytes, its path, the new one.
Moved = Callable[[bytes, str, str], bytes]


def as_it_is(data: bytes, old: str, new: str) -> bytes:
    """Return a file that says the same anywhere."""
    return data


class OpenArchive(Archive, Protocol):
    """An archive as the program opens it: what is done beside filing posts, by whoever holds the lock or only reads."""

    def walk(self) -> Iterator[tuple[str, Stamp]]:
        """Yield what `list` does, with how each file looks from outside; one that is gone by then is left out."""
        ...

    def stamp(self, path: str) -> Stamp | None:
        """Return how a file looks from outside; None where there is none, or a link."""
        ...

    def name_also(self, pairs: Sequence[tuple[str, str]], as_moved: Moved = as_it_is) -> tuple[bool, ...]:
        """Give files second paths, all durable when this returns.

        Args:
            pairs: of paths, old and new.
            as_moved: what a file at the first path says at the second.

        Returns:
            Of each whether its file stands at the new path now; not so where there is none, or another stands there.
        """
        ...

    def take_along(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Move the earlier texts of posts, which are kept in a folder named after each, to their new paths' names."""
        ...

    def forget(self, pairs: Sequence[tuple[str, str]], as_moved: Moved = as_it_is) -> None:
        """Remove the old paths of files that stand at their new ones, to the byte; durable when this returns.

        Arguments as of `name_also`.
        """
        ...

    def check_writable(self) -> None:
        """Try whether files can be written, before any work is done for nothing.

        Raises:
            ArchiveError: they cannot.
        """
        ...

    def sweep(self, folders: Sequence[str] | None = None) -> int:
        """Remove what runs that crashed left half written; only while no other run is at work.

        Args:
            folders: relative to the root; None for all.

        Returns:
            How many files were removed.
        """
        ...


def file_hash(data: bytes) -> bytes:
    """Return the 16 bytes by which we know a file's content again."""
    return hashlib.blake2b(data, digest_size=16).digest()


def revisions_of(path: str) -> str:
    """Return the folder below `REVISIONS` in which the earlier texts of a post are kept."""
    return path.removesuffix(".md")


def below(place: Place, path: str) -> Place:
    """Return where a path of an archive is."""
    return place / path if isinstance(place, Path) else f"{place}/{path}"


def check_path(path: str) -> None:
    """Refuse what is no path of an archive, or one to hidden names.

    Raises:
        ArchiveError: it is none.
    """
    if "\0" in path or any(part == "" or part.startswith(".") for part in path.split("/")):
        raise ArchiveError(f"{path!r}: not a path of the archive")
