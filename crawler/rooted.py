"""Files below a root, reached so that no symbolic link leads out, not even one that is put there meanwhile.

Each folder on the way is opened by its descriptor, from the one above it, and a link is not followed (O_NOFOLLOW,
openat(2)); what is then done to a file is done by its name in that folder. A link that stays inside is resolved
first, so that people may lay out their archive as they like. Refuses what leads out, naming the link.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from .errors import ArchiveError

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: What opening a link says where it must not be followed: Linux with O_DIRECTORY, without it, FreeBSD.
IS_LINK = frozenset({errno.ENOTDIR, errno.ELOOP, errno.EMLINK})

#: Folders that are made durable at the same time, of those that many threads write.
STRIPES = 16


def inside(root: Path, place: Path, path: str) -> tuple[str, ...]:
    """Return the names on the way from a root to a place, its links resolved.

    Args:
        root: resolved.
        place: below it, as written; need not exist.
        path: for the message.

    Raises:
        ArchiveError: it leads out; the message names the link that does.
    """
    resolved = real(place)
    if not resolved.is_relative_to(root):
        link = next(
            at for at in (*reversed(place.parents), place) if at.is_symlink() and not real(at).is_relative_to(root)
        )
        raise ArchiveError(f"{path}: leads out of the archive: {link} is a link to {real(link)}")
    return resolved.relative_to(root).parts


def real(place: Path) -> Path:
    """Return where a place really is; of links in a circle what was found so far, which cannot be opened."""
    return Path(os.path.realpath(place))


@contextmanager
def folder(root: Path, names: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
    """Open a folder below a root; the descriptor is closed at the end.

    Args:
        root: resolved; made, too, where `make` is set.
        names: the way there, without links.
        make: make what is missing, each folder durable.

    Raises:
        OSError: it cannot be opened.
        ArchiveError: a link was put in the way.
    """
    if make:
        make_folders(root)
    descriptor = os.open(root, FOLDER)
    try:
        for number, name in enumerate(names):
            below = _below(descriptor, name, root.joinpath(*names[: number + 1]), make=make)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def _below(above: int, name: str, place: Path, *, make: bool) -> int:
    if make:
        try:
            os.mkdir(name, dir_fd=above)
            sync(above)
        except FileExistsError:
            pass  # whether it is a folder, opening it will tell
    try:
        return os.open(name, FOLDER, dir_fd=above)
    except OSError as e:
        if e.errno in IS_LINK and place.is_symlink():
            raise ArchiveError(f"{place}: is a link now, and was none a moment ago") from e
        raise


def make_folders(place: Path) -> None:
    """Make the root and those above it, which the user named, each of them durable."""
    if not place.is_dir():
        make_folders(place.parent)
        place.mkdir(exist_ok=True)
        with folder(place.parent.resolve(), ()) as descriptor:
            sync(descriptor)


def create(above: int, name: str, data: bytes) -> None:
    """Write a new file through to the disk. Readable as the user's umask says, since a web server may read it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(name, flags, 0o666, dir_fd=above), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def exists(above: int, name: str) -> bool:
    """Tell whether anything stands there, be it a link that leads nowhere."""
    try:
        os.stat(name, dir_fd=above, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def read(above: int, name: str) -> bytes | None:
    """Return a file's bytes; None where there is none, or anything else (a link, a folder, a pipe)."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=above)
    except OSError as e:
        if e.errno in IS_LINK or isinstance(e, FileNotFoundError):
            return None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with open(descriptor, "rb") as file:
        return file.read()


def sync(descriptor: int) -> None:
    """Make what was renamed in a folder durable; some network file systems cannot, and say EINVAL."""
    try:
        os.fsync(descriptor)
    except OSError as e:
        if e.errno != errno.EINVAL:
            raise


class Syncs:
    """Makes folders durable, once for all threads that ask while the last time still goes on."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[tuple[int, int], Future[None]] = {}  # by folder, who has not begun
        self._turns = [Lock() for _ in range(STRIPES)]

    def sync(self, descriptor: int) -> None:
        """Return when all that was renamed in a folder before this call is on the disk.

        Raises:
            OSError: as `sync`, for each that waited.
        """
        facts = os.fstat(descriptor)
        key = facts.st_dev, facts.st_ino
        with self._lock:
            others, mine = self._waiting.get(key), Future[None]()
            if others is None:
                self._waiting[key] = mine
        if others is not None:
            others.result()
            return
        with self._turns[hash(key) % STRIPES]:
            with self._lock:
                del self._waiting[key]  # who renames from now on may be too late for this time
            try:
                sync(descriptor)
            except BaseException as e:  # noqa: BLE001 - raised below, in each thread that waited
                mine.set_exception(e)
            else:
                mine.set_result(None)
        mine.result()
