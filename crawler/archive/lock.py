"""One run at a time: a lock on a file of this machine, beside what it guards.

Rule: it parts processes of this machine alone; machines that share a state are parted by its epochs
(`State.take_shard`).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from .. import rooted
from ..errors import Locked
from .contract import CORNER
from .folder import explained

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
    with explained(str(place)):
        rooted.inside(rooted.real(root), rooted.real(root) / CORNER, CORNER)
        place.parent.mkdir(parents=True, exist_ok=True)
        _refuse_links(rooted.real(root))
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    _held.add(descriptor)
    try:
        with explained(str(place)):
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
