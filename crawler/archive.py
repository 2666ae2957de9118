"""The archive: a folder of posts, which is the product, and of the pictures that they show.

Rule 1: a file is written beside its place under a hidden name, fsynced, renamed, and its folder fsynced; whoever
looks sees it whole or not at all, and it is on the disk when `put` returns.
Rule 2: nothing that stands there is overwritten, save bytes that the caller names by their hash.
Rule 3: nothing is read or written outside the root, by no `..` and no symbolic link (`rooted`). The folder `.crawler`
belongs to the program; hidden names and `_site` (what Jekyll built) are no posts.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from . import assets, rooted
from .errors import ArchiveError, Locked, PathTaken
from .heads import BOM, PostFacts, facts

__all__ = ["Archive", "FolderArchive", "PostFacts", "facts", "file_hash", "lock", "revisions_of"]

#: The program's own corner of the archive.
CORNER = ".crawler"
#: Texts that later ones replaced, beside the posts: hidden, so that neither Jekyll nor `verify` takes what stands there
#: for posts; and not in the program's own corner, which people delete to make the state anew.
REVISIONS = ".revisions"
#: Names of files being written. Hidden, so that no reader and no Jekyll takes one for a post.
TEMPORARY = re.compile(r"\.crawler-[0-9a-f]{16}\.tmp")
SUFFIXES = (".md", ".markdown", ".html")
#: Folders at the root that hold no posts: what Jekyll makes.
BUILT = frozenset({"_site"})
#: A page that is called as its folder is.
BUNDLED = "/index.md"
#: What a file system says that knows no second names (exFAT, some shares), or no more of them.
NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


class Archive(Protocol):
    """Where posts are kept, by paths relative to the root, with forward slashes.

    All methods raise ArchiveError, naming the path and the reason; they may be called from several threads.
    """

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

        A post ends in one of `SUFFIXES`, or begins as front matter does: the predecessor cut long names.
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


def file_hash(data: bytes) -> bytes:
    """Return the 16 bytes by which we know a file's content again."""
    return hashlib.blake2b(data, digest_size=16).digest()


def revisions_of(path: str) -> str:
    """Return the folder below `REVISIONS` in which the earlier texts of a post are kept."""
    return path.removesuffix(".md")


class FolderArchive:
    """An `Archive` in a folder, which need not exist yet."""

    def __init__(self, root: Path) -> None:
        self._root = rooted.real(root)
        self._syncs = rooted.Syncs()

    def put(self, path: str, data: bytes, *, over: bytes | None = None) -> None:
        names, name = self._place(path)
        with _explained(path), rooted.folder(self._root, names, make=True) as folder:
            self._claim(folder, path, name, over)
            temporary = f".crawler-{secrets.token_hex(8)}.tmp"
            try:
                rooted.create(folder, temporary, data)
                os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                _remove(folder, temporary)
                raise
            self._syncs.sync(folder)

    def _claim(self, folder: int, path: str, name: str, over: bytes | None) -> None:
        """Refuse to replace what we were not asked to."""
        if over is None:
            if rooted.exists(folder, name):
                raise PathTaken(f"{path}: a file stands there")
        elif (there := rooted.read(folder, name)) is None or file_hash(there) != over:
            raise PathTaken(f"{path}: it is not as we left it")

    def read(self, path: str) -> bytes | None:
        names, name = self._place(path)
        place = rooted.real(self._root.joinpath(*names, name))
        if place == self._root or not place.is_relative_to(self._root):
            return None
        names = place.parent.relative_to(self._root).parts
        with (
            _explained(path),
            contextlib.suppress(FileNotFoundError, NotADirectoryError),
            rooted.folder(self._root, names) as folder,
        ):
            return rooted.read(folder, place.name)
        return None

    def inside(self, place: Path) -> str:
        folder = rooted.real(place)
        if not folder.is_dir():
            raise ArchiveError(f"{place}: is no folder")
        if not folder.is_relative_to(self._root):
            raise ArchiveError(f"{place}: does not lie in the archive {self._root}")
        return "/".join(folder.relative_to(self._root).parts)

    def list(self) -> Iterator[str]:
        paths = (p for p in _walk(self._root, "") if not assets.is_asset(p))  # so many that none is opened
        return (p for p in paths if p.endswith(SUFFIXES) or _begins_as_post(self._root / p))

    def assets(self) -> Iterator[str]:
        folders = (assets.FOLDER, assets.STATIC + assets.FOLDER)
        return (p for folder in folders for p in _walk(self._root, folder) if assets.is_asset(p))

    def name_also(self, pairs: Sequence[tuple[str, str]], as_moved: Moved = as_it_is) -> tuple[bool, ...]:
        """Give files second paths, all durable when this returns.

        Args:
            pairs: of paths, old and new.
            as_moved: what a file at the first path says at the second.

        Returns:
            Of each whether its file stands at the new path now; not so where there is none, or another stands there.

        Raises:
            ArchiveError: as for the methods of `Archive`.
        """
        named = tuple(self._name_also(old, new, as_moved) for old, new in pairs)
        self._sync({new.rpartition("/")[0] for (_, new), is_there in zip(pairs, named, strict=True) if is_there})
        return named

    def _name_also(self, old: str, new: str, as_moved: Moved) -> bool:
        data, there = self.read(old), self.read(new)
        said = data and as_moved(data, old, new)
        if data is None or said is None or there is not None:
            return there is not None and said in (there, None)
        if said != data:
            self.put(new, said)
            return True
        (names, name), (new_names, new_name) = self._place(old), self._place(new)
        with (
            _explained(new),
            rooted.folder(self._root, names) as folder,
            rooted.folder(self._root, new_names, make=True) as other,
        ):
            try:
                os.link(name, new_name, src_dir_fd=folder, dst_dir_fd=other, follow_symlinks=False)
            except FileExistsError:
                return False
            except OSError as e:
                if e.errno not in NO_LINKS:
                    raise
                self.put(new, data)
        return True

    def take_along(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Move the earlier texts of posts, which are kept in a folder named after each, to their new paths' names."""
        for old, new in pairs:
            (names, name), (new_names, new_name) = (self._place(revisions_of(path)) for path in (old, new))
            if not self._root.joinpath(REVISIONS, *names, name).is_dir():
                continue
            with (
                _explained(f"{REVISIONS}/{old}"),
                rooted.folder(self._root, (REVISIONS, *names)) as folder,
                rooted.folder(self._root, (REVISIONS, *new_names), make=True) as other,
            ):
                if not rooted.exists(other, new_name):
                    os.rename(name, new_name, src_dir_fd=folder, dst_dir_fd=other)
                    self._syncs.sync(other)

    def forget(self, pairs: Sequence[tuple[str, str]], as_moved: Moved = as_it_is) -> None:
        """Remove the old paths of files that stand at their new ones, to the byte; durable when this returns."""
        there = ((old, new, data) for old, new in pairs if (data := self.read(old)) is not None)
        gone = [old for old, new, data in there if as_moved(data, old, new) == self.read(new)]
        for path in gone:
            names, name = self._place(path)
            with _explained(path), rooted.folder(self._root, names) as folder:
                os.unlink(name, dir_fd=folder)
        self._sync({path.rpartition("/")[0] for path in gone})
        for path in gone:
            if path.endswith(BUNDLED):  # the folder was its own
                with contextlib.suppress(OSError):
                    self._root.joinpath(*self._place(path)[0]).rmdir()

    def _sync(self, folders: Iterable[str]) -> None:
        for path in sorted(folders):
            with _explained(path), rooted.folder(self._root, self._place(f"{path}/x" if path else "x")[0]) as folder:
                self._syncs.sync(folder)

    def check_writable(self) -> None:
        """Try whether files can be written, before any work is done for nothing.

        Raises:
            ArchiveError: they cannot.
        """
        probe = f".crawler-{secrets.token_hex(8)}.tmp"
        with _explained(str(self._root)), rooted.folder(self._root, (), make=True) as folder:
            try:
                rooted.create(folder, probe, b"\n")
            finally:
                _remove(folder, probe)

    def sweep(self, folders: Iterable[str] | None = None) -> int:
        """Remove what runs that crashed left half written; only while no other run is at work.

        Args:
            folders: relative to the root; None for all.

        Returns:
            How many files were removed.
        """
        with _explained(str(self._root)):
            places = _folders(self._root) if folders is None else map(self._folder, folders)
            left = [place / name for place in places for name in _names(place) if TEMPORARY.fullmatch(name)]
            for temporary in left:
                temporary.unlink(missing_ok=True)  # another run's probe may go by itself
        return len(left)

    def _folder(self, path: str) -> Path:
        names, name = self._place(path) if path else ((), "")
        return self._root.joinpath(*rooted.inside(self._root, self._root.joinpath(*names, name), path))

    def _place(self, path: str) -> tuple[tuple[str, ...], str]:
        """Return the folders that lead to a path, links resolved, and its name there. Links out are refused, by name.

        Raises:
            ArchiveError: outside the root, or to hidden names.
        """
        if "\0" in path or any(part == "" or part.startswith(".") for part in path.split("/")):
            raise ArchiveError(f"{path!r}: not a path of the archive")
        place = self._root / path
        with _explained(path):
            return rooted.inside(self._root, place.parent, path), place.name


@contextlib.contextmanager
def _explained(path: str) -> Iterator[None]:
    """Turn what the system refuses into ArchiveError."""
    try:
        yield
    except OSError as e:
        raise ArchiveError(f"{path}: {e.strerror or e}") from e


def _remove(folder: int, temporary: str) -> None:
    """Remove what may be there; where not even that is allowed, `sweep` does it in a later run."""
    with contextlib.suppress(OSError):
        os.unlink(temporary, dir_fd=folder)


def _begins_as_post(place: Path) -> bool:
    try:
        with open(place, "rb") as file:
            return file.read(8).removeprefix(BOM).startswith((b"---\n", b"---\r"))
    except OSError:
        return True  # it may be one; `read` will say what is wrong


def _walk(root: Path, base: str) -> Iterator[str]:
    """Yield the path of every visible file, links not followed."""
    with _explained(base or str(root)):
        entries = sorted(os.scandir(root / base), key=lambda entry: entry.name) if (root / base).is_dir() else []
    for entry in entries:
        path = f"{base}/{entry.name}" if base else entry.name
        if entry.name.startswith(".") or (path in BUILT):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(root, path)
        elif entry.is_file(follow_symlinks=False):
            yield path


def _folders(root: Path) -> Iterator[Path]:
    return (Path(folder) for folder, _, _ in os.walk(root))


def _names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder)) if folder.is_dir() else []


# --- one run at a time ---

#: Descriptors of the locks this process holds; a child that outlives us must not go on holding them.
_held: set[int] = set()


def _let_go() -> None:
    while _held:
        os.close(_held.pop())


os.register_at_fork(after_in_child=_let_go)


@contextlib.contextmanager
def lock(root: Path) -> Iterator[None]:
    """Keep every other run off this archive; a crash lets go by itself.

    Raises:
        Locked: another run is at work; the message names its process and since when.
        ArchiveError: the lock cannot be made.
    """
    place = root / CORNER / "lock"
    with _explained(str(place)):
        rooted.inside(rooted.real(root), rooted.real(root) / CORNER, CORNER)
        place.parent.mkdir(parents=True, exist_ok=True)
        _refuse_links(rooted.real(root))
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    _held.add(descriptor)
    try:
        with _explained(str(place)):
            _take(descriptor, root)
        yield
    finally:
        _held.discard(descriptor)
        os.close(descriptor)


def _refuse_links(root: Path) -> None:
    """Refuse a corner that holds a link out of the archive: what is written there would land elsewhere."""
    corner = root / CORNER
    for name in os.listdir(corner):
        rooted.inside(root, corner / name, f"{CORNER}/{name}")


def _take(descriptor: int, root: Path) -> None:
    """Lock the file and sign it with our process's number; when it is signed is the file's own time."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as e:
        since = datetime.fromtimestamp(os.fstat(descriptor).st_mtime, UTC)
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        raise Locked(f"{root}: another run is at work (process {holder}, since {since:%Y-%m-%dT%H:%M:%SZ})") from e
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
