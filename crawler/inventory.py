"""The archive against the state: rebuild the one from the other, and tell where they differ.

Files are the truth; the state is a convenience. May touch: the archive (read only) and the state.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from . import assets, urls
from .archive import EMPTY, HEADLESS, OWN, Archive, PostFacts, file_hash, survey
from .errors import ParseError
from .model import Source
from .state import Adopted, Filed, State
from .wording import counted
from .writer.pictures import asset_of, pictures_of

log = logging.getLogger(__name__)

#: Names that are told of posts without a source.
MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between archive and state."""

    path: str
    kind: Literal["missing", "unknown", "broken", "double", "edited"]
    text: str

    @property
    def is_fault(self) -> bool:
        """What a person did to the posts is no fault, nor are two posts of one article that were there before us."""
        return self.kind not in ("edited", "double")


class Rebuilt(NamedTuple):
    """What came of rebuilding."""

    articles: int  #: that became known
    problems: tuple[str, ...]  #: a line for each file that could not be read as a post
    strangers: Counter[str]  #: posts of no source that is configured, by the name that they are filed under

    def lines(self) -> list[str]:
        """Return what people should know."""
        said = [f"not taken for a post: {problem}" for problem in self.problems]
        if self.strangers:
            some = ", ".join(f"{name} ({number})" for name, number in self.strangers.most_common(MOST_NAMES))
            more = ", …" if len(self.strangers) > MOST_NAMES else ""
            said.append(f"{counted(self.strangers.total(), 'post')} of no source in the configuration: {some}{more}")
        return said


def rebuild(archive: Archive, state: State, now: datetime, sources: Iterable[Source] | None = None) -> Rebuilt:
    """Enter every post of the archive into the state as done.

    Args:
        archive: read.
        state: entered into; it knows the sources.
        now: for posts without a time.
        sources: those of the configuration; None: strangers are not looked for.
    """
    names = None if sources is None else {source.name for source in sources}
    problems: list[str] = []
    strangers = Counter[str]()

    def posts() -> Iterator[Adopted]:
        for path, known, reason in survey(archive):
            if known is None:
                problems.extend([f"{path}: {reason}"] if reason not in ("", OWN) else [])
                continue
            try:
                url = urls.canonical(known.url)
            except ParseError as e:
                problems.append(f"{path}: from: {e.reason}")
                continue
            if known.names and names is not None and names.isdisjoint(known.names):
                strangers[known.names[0]] += 1
            yield Adopted(url, path, known.names, known.published)

    return Rebuilt(state.adopt(posts(), now), tuple(problems), strangers)


def verify(archive: Archive, state: State) -> Iterator[Finding]:
    """Check every file of the archive against the state, and every post of the state against the archive.

    A run may go on meanwhile: what it writes after the state was read is looked up again at the end.
    """
    seen: dict[str, str] = {}
    shown: dict[str, str] = {}
    unknown: list[tuple[str, str]] = []
    filed = {row.path: row for row in _all_filed(state)}
    for path, known, reason in survey(archive):
        row, url = filed.pop(path, None), _address(known)
        shown |= dict.fromkeys(_shown(archive, path) if url else (), path)
        if not url:
            yield from _unreadable(path, row, reason)
        elif seen.setdefault(url, path) != path:
            yield Finding(path, "double", f"the same article as {seen[url]} (one of them may go): {url}")
        elif row is None:
            unknown.append((path, url))
        elif row.file_hash and _digest(archive, path) not in row.hashes:
            yield Finding(path, "edited", "changed since it was written")
    yield from _pictures(archive, shown)
    for path, url in _still_unknown(state, unknown):
        yield Finding(path, "unknown", f"not in the state (`crawler rebuild` enters it): {url}")
    for row in filed.values():
        yield Finding(
            row.path, "missing", f"in the state alone (put it back, or `crawler rebuild` forgets it): {row.url}"
        )


def _shown(archive: Archive, path: str) -> Iterator[str]:
    """Yield the pictures of the archive that a post shows."""
    data = archive.read(path) or b""
    for address in pictures_of(data) if b"assets/" in data else ():
        if asset := asset_of(address, path):
            yield asset


def _pictures(archive: Archive, shown: Mapping[str, str]) -> Iterator[Finding]:
    """Check the pictures that are there, and whether those are that posts show; `shown` gives each a post."""
    there = set[str]()
    for path in archive.assets():
        there.add(path)
        if not assets.is_whole(path, archive.read(path) or b""):
            yield Finding(path, "broken", "the picture is not the one that it is called after")
    for path, post in shown.items():
        if not there & {path, assets.STATIC + path}:
            yield Finding(path, "missing", f"a picture that is not there is shown by {post}")


def _address(known: PostFacts | None) -> str:
    """Return the canonical address of a file's article; "" where it is none."""
    try:
        return urls.canonical(known.url) if known else ""
    except ParseError:
        return ""


def _unreadable(path: str, row: Filed | None, reason: str) -> Iterator[Finding]:
    """Judge a file that is no post: a fault where it was one, or where nothing is left of it."""
    if row is not None:
        yield Finding(path, "broken", f"the post of {row.url} can no longer be read: {reason}")
    elif reason in (EMPTY, HEADLESS):
        yield Finding(path, "broken", reason)


def _still_unknown(state: State, posts: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Return the posts, paths with addresses, for whose articles the state has no such path by now."""
    known = state.known([urls.key(url) for _, url in posts])
    for path, url in posts:
        memory = known.get(urls.key(url))
        if memory is None or memory.path != path:
            yield path, url


def _all_filed(state: State) -> Iterator[Filed]:
    batch = state.filed()
    while batch:
        yield from batch
        batch = state.filed(after=batch[-1].key)


def _digest(archive: Archive, path: str) -> bytes:
    data = archive.read(path)
    return b"" if data is None else file_hash(data)
