"""The archive against the state: rebuild the one from the other, and tell where they differ.

Files are the truth; the state is a convenience. May touch: the archive (read only) and the state.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from . import urls
from .archive import Archive, file_hash, survey
from .errors import ParseError
from .state import Adopted, Filed, State

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between archive and state."""

    path: str
    kind: Literal["missing", "unknown", "broken", "double", "edited"]
    text: str

    @property
    def is_fault(self) -> bool:
        """A post that a person edited is no fault."""
        return self.kind != "edited"


def rebuild(archive: Archive, state: State, now: datetime) -> tuple[int, tuple[str, ...]]:
    """Enter every post of the archive into the state as done.

    Returns:
        How many articles became known, and one line for each file that could not be read as a post.
    """
    problems: list[str] = []

    def posts() -> Iterator[Adopted]:
        for path, known, reason in survey(archive):
            if known is None:
                problems.extend([f"{path}: {reason}"] if reason else [])
                continue
            try:
                url = urls.canonical(known.url)
            except ParseError as e:
                problems.append(f"{path}: from: {e.reason}")
                continue
            yield Adopted(url, path, known.source, known.published)

    return state.adopt(posts(), now), tuple(problems)


def verify(archive: Archive, state: State) -> Iterator[Finding]:
    """Check every file of the archive against the state, and every post of the state against the archive."""
    seen: dict[str, str] = {}
    filed = {row.path: row for row in _all_filed(state)}
    for path, known, reason in survey(archive):
        row = filed.pop(path, None)
        if known is None:
            if row is not None:
                yield Finding(path, "broken", f"the post of {row.url} can no longer be read: {reason}")
            elif reason:
                yield Finding(path, "broken", reason)
            continue
        url = _spelled(known.url)
        first = seen.setdefault(url, path)
        if first != path:
            yield Finding(path, "double", f"the same article as {first}: {url}")
        elif row is None:
            yield Finding(path, "unknown", f"not in the state (`crawler rebuild` enters it): {url}")
        elif row.file_hash and _digest(archive, path) != row.file_hash:
            yield Finding(path, "edited", "changed since it was written")
    for row in filed.values():
        yield Finding(row.path, "missing", f"the state has it, the archive has not: {row.url}")


def _all_filed(state: State) -> Iterator[Filed]:
    batch = state.filed()
    while batch:
        yield from batch
        batch = state.filed(after=batch[-1].key)


def _spelled(url: str) -> str:
    try:
        return urls.canonical(url)
    except ParseError:
        return url


def _digest(archive: Archive, path: str) -> bytes:
    data = archive.read(path)
    return b"" if data is None else file_hash(data)
