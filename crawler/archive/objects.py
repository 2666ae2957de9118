"""The archive in a store of objects: names that are whole keys, no folders, no links.

Rule 1: a post is written where there is none, or in the place of bytes that were read, on a condition that the store
checks; it is there for good when `put` returns. Nothing is ever half there, so nothing is swept.
Rule 2: what may pass is tried again, a few times. A try of which no answer came may have been done all the same, and
aiohttp repeats some by itself: what stands there with our very bytes, and did not a moment ago, is ours.
"""

from __future__ import annotations

import logging
import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import ParamSpec, TypeVar

from .. import assets
from ..errors import ArchiveError, PathTaken
from ..heads import BOM
from .contract import (
    BUILT,
    REVISIONS,
    SUFFIXES,
    Moved,
    Stamp,
    as_it_is,
    check_path,
    file_hash,
    revisions_of,
)
from .faults import is_foreign, is_passing, reason
from .stores import Listed, Rest, Store

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

#: Tries of one call, and the seconds before the second one; the time before each doubles, spread by half.
TRIES, FIRST_PAUSE_S = 5, 0.25
#: What is no post whatever it begins with: it is not worth a request to look.
OTHER = (".avif", ".bmp", ".css", ".gif", ".ico", ".jpeg", ".jpg", ".js", ".json", ".png", ".svg", ".webp", ".xml")


class ObjectArchive:
    """An `OpenArchive` in a store.

    Args:
        store: which.
        address: of it, for messages, and by which the user may name folders.
        pause: waits for some seconds.
    """

    is_far = True

    def __init__(self, store: Store, address: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._store = store
        self._address = address
        self._pause = pause

    def put(self, path: str, data: bytes, *, over: bytes | None = None) -> None:
        check_path(path)
        if over is None:
            self._trying(path, lambda again: self._create(path, data, is_again=again))
        else:
            self._trying(path, lambda again: self._replace(path, data, over, is_again=again))

    def _create(self, path: str, data: bytes, *, is_again: bool) -> None:
        was_free = self._store.stamp(path) is None  # conditions may not be heeded
        if was_free and self._store.create(path, data):
            return
        if not ((was_free or is_again) and self._is_there(path, data)):
            raise PathTaken(f"{path}: a file stands there")

    def _replace(self, path: str, data: bytes, over: bytes, *, is_again: bool) -> None:
        there = self._store.fetch(path)
        if is_again and there is not None and there.data == data:
            return
        if there is None or file_hash(there.data) != over:
            raise PathTaken(f"{path}: it is not as we left it")
        if not (self._store.replace(path, data, there) or self._is_there(path, data)):
            raise PathTaken(f"{path}: it is not as we left it")

    def _is_there(self, path: str, data: bytes) -> bool:
        there = self._store.fetch(path)
        return there is not None and there.data == data

    def read(self, path: str) -> bytes | None:
        check_path(path)
        return self._read(path)

    def _read(self, path: str) -> bytes | None:
        held = self._ask(path, self._store.fetch, path)
        return None if held is None else held.data

    def inside(self, place: Path) -> str:
        named = place.as_posix()
        root = PurePosixPath(self._address).as_posix()  # a path has one slash where an address has two
        path = named.removeprefix(root).strip("/") if named == root or named.startswith(f"{root}/") else named
        path = "" if path == "." else path
        if path.startswith(("/", "~")) or ":/" in path or ".." in path.split("/"):
            raise ArchiveError(f"{named}: does not lie in the archive {self._address}")
        if path and next(self._listed(path), None) is None:
            raise ArchiveError(f"{named}: is no folder")
        return path

    def list(self) -> Iterator[str]:
        return (path for path, _ in self.walk())

    def walk(self) -> Iterator[tuple[str, Stamp]]:
        seen = (one for one in self._listed("") if _is_visible(one[0]) and not assets.is_asset(one[0]))
        return (one for one in seen if one[0].endswith(SUFFIXES) or self._begins_as_post(one[0]))

    def assets(self) -> Iterator[str]:
        folders = (assets.FOLDER, assets.STATIC + assets.FOLDER)
        return (path for folder in folders for path, _ in self._listed(folder) if assets.is_asset(path))

    def _listed(self, base: str) -> Iterator[Listed]:
        """Yield all objects below a folder, page by page; what some programs make for folders is left out."""
        rest: Rest | None = None
        while rest != ():
            found, rest = self._ask(base or self._address, self._store.page, base, rest)
            yield from (one for one in found if all(one[0].split("/")))

    def _begins_as_post(self, path: str) -> bool:
        if path.lower().endswith(OTHER):
            return False
        try:
            begin = self._ask(path, self._store.begins, path, 8)
        except ArchiveError:
            return True  # it may be one; `read` will say what is wrong
        return begin.removeprefix(BOM).startswith((b"---\n", b"---\r"))

    def stamp(self, path: str) -> Stamp | None:
        return self._ask(path, self._store.stamp, path)

    def name_also(self, pairs: Sequence[tuple[str, str]], as_moved: Moved = as_it_is) -> tuple[bool, ...]:
        return tuple(self._name_also(old, new, as_moved) for old, new in pairs)

    def _name_also(self, old: str, new: str, as_moved: Moved) -> bool:
        data, there = self.read(old), self.read(new)
        said = data and as_moved(data, old, new)
        if data is None or said is None or there is not None:
            return there is not None and said in (there, None)
        try:
            self.put(new, said)
        except PathTaken:
            return False
        return True

    def take_along(self, pairs: Sequence[tuple[str, str]]) -> None:
        for old, new in pairs:
            before, after = (f"{REVISIONS}/{revisions_of(path)}" for path in (old, new))
            for path, _ in list(self._listed(before)):
                self._move(path, after + path.removeprefix(before))

    def _move(self, old: str, new: str) -> None:
        """Copy an object, then remove it; where another one stands at the new path, both stay."""
        data = self._read(old)
        if data is None:
            return
        try:
            self._trying(new, lambda again: self._create(new, data, is_again=again))
        except PathTaken:
            if self._read(new) != data:
                return
        self._ask(old, self._store.remove, old)

    def forget(self, pairs: Sequence[tuple[str, str]], as_moved: Moved = as_it_is) -> None:
        for old, new in pairs:
            data = self.read(old)
            if data is not None and as_moved(data, old, new) == self.read(new):
                self._ask(old, self._store.remove, old)

    def check_writable(self) -> None:
        probe = f".crawler-{secrets.token_hex(8)}.tmp"
        heeds = self._ask(self._address, self._store.heeds_conditions, probe)
        self._ask(self._address, self._store.remove, probe)
        if not heeds:
            log.warning("%s: the store heeds no If-None-Match: let one machine alone write there", self._address)

    def sweep(self, folders: Sequence[str] | None = None) -> int:
        return 0

    def _ask(self, path: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call what may be repeated without a thought; as `_trying`."""
        return self._trying(path, lambda _: call(*args, **kwargs))

    def _trying(self, path: str, call: Callable[[bool], T]) -> T:
        """Call, and once more where what went wrong may pass; the call is told whether it is repeated.

        Raises:
            ArchiveError: it does not pass; names the path.
        """
        number = 0
        while True:
            try:
                return call(number > 0)
            except Exception as e:
                if not is_foreign(e):
                    raise
                if number + 1 == TRIES or not is_passing(e):
                    raise ArchiveError(f"{path}: {reason(e)}") from e
                log.debug("%s: %s; once more", path, reason(e))
            self._pause(FIRST_PAUSE_S * 2**number * random.uniform(0.75, 1.25))  # noqa: S311 - guards nothing
            number += 1


def _is_visible(path: str) -> bool:
    parts = path.split("/")
    return parts[0] not in BUILT and not any(part.startswith(".") for part in parts)
