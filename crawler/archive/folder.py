"""The archive in a folder.

Rule 1: a file is written beside its place under a hidden name, fsynced, renamed, and its folder fsynced; whoever
looks sees it whole or not at all, and it is on the disk when `put` returns.
Rule 2: nothing is read or written outside the root, by no `..` and no symbolic link (`rooted`).
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from .. import assets, rooted
from ..errors import ArchiveError, PathTaken
from ..heads import BOM
from .contract import (
    BUILT,
    BUNDLED,
    REVISIONS,
    SUFFIXES,
    Moved,
    Stamp,
    as_it_is,
    check_path,
    file_hash,
    revisions_of,
)

#: Names of files being written. Hidden, so that no reader and no Jekyll takes one for a post.
TEMPORARY = re.compile(r"\.crawler-[0-9a-f]{16}\.tmp")
#: What a file system says that knows no second names (exFAT, some shares), or no more of them.
NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


class FolderArchive:
    """An `OpenArchive` in a folder, which need not exist yet."""

    is_far = False

    def __init__(self, root: Path) -> None:
        self._root = rooted.real(root)
        self._syncs = rooted.Syncs()

    def put(self, path: str, data: bytes, *, over: bytes | None = None) -> None:
        names, name = self._place(path)
        with explained(path), rooted.folder(self._root, names, make=True) as folder:
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
            explained(path),
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

    def walk(self) -> Iterator[tuple[str, Stamp]]:
        return ((path, seen) for path in self.list() if (seen := self.stamp(path)) is not None)

    def stamp(self, path: str) -> Stamp | None:
        try:
            found = os.stat(self._root / path, follow_symlinks=False)
        except OSError:
            return None
        return Stamp(found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None

    def name_also(self, pairs: Sequence[tuple[str, str]], as_moved: Moved = as_it_is) -> tuple[bool, ...]:
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
            explained(new),
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
        for old, new in pairs:
            (names, name), (new_names, new_name) = (self._place(revisions_of(path)) for path in (old, new))
            if not self._root.joinpath(REVISIONS, *names, name).is_dir():
                continue
            with (
                explained(f"{REVISIONS}/{old}"),
                rooted.folder(self._root, (REVISIONS, *names)) as folder,
                rooted.folder(self._root, (REVISIONS, *new_names), make=True) as other,
            ):
                if not rooted.exists(other, new_name):
                    os.rename(name, new_name, src_dir_fd=folder, dst_dir_fd=other)
                    self._syncs.sync(other)

    def forget(self, pairs: Sequence[tuple[str, str]], as_moved: Moved = as_it_is) -> None:
        there = ((old, new, data) for old, new in pairs if (data := self.read(old)) is not None)
        gone = [old for old, new, data in there if as_moved(data, old, new) == self.read(new)]
        for path in gone:
            names, name = self._place(path)
            with explained(path), rooted.folder(self._root, names) as folder:
                os.unlink(name, dir_fd=folder)
        self._sync({path.rpartition("/")[0] for path in gone})
        for path in gone:
            if path.endswith(BUNDLED):  # the folder was its own
                with contextlib.suppress(OSError):
                    self._root.joinpath(*self._place(path)[0]).rmdir()

    def _sync(self, folders: Iterable[str]) -> None:
        for path in sorted(folders):
            with explained(path), rooted.folder(self._root, self._place(f"{path}/x" if path else "x")[0]) as folder:
                self._syncs.sync(folder)

    def check_writable(self) -> None:
        probe = f".crawler-{secrets.token_hex(8)}.tmp"
        with explained(str(self._root)), rooted.folder(self._root, (), make=True) as folder:
            try:
                rooted.create(folder, probe, b"\n")
            finally:
                _remove(folder, probe)

    def sweep(self, folders: Sequence[str] | None = None) -> int:
        with explained(str(self._root)):
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
        check_path(path)
        place = self._root / path
        with explained(path):
            return rooted.inside(self._root, place.parent, path), place.name


@contextlib.contextmanager
def explained(path: str) -> Iterator[None]:
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
    with explained(base or str(root)):
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
