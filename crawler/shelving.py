"""Old posts moved to a folder of their own, within the archive; what an article is, and that it is known, stays.

Order that must not be swapped: the state learns what is to move, the file gets its new name beside the old one, the
state learns that the post stands there, its earlier texts follow, the old name goes. A run that is cut off between any
two leaves the post where the state has it, and `finish` does the rest at the beginning of the next run. A post that
gets deeper, or less so, gets the addresses of its pictures of the archive that lead there from its new place.
May touch: the archive and the state.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from . import urls
from .archive import Moved, OpenArchive, file_hash, survey
from .batches import batches
from .errors import ParseError
from .state import Move, State
from .writer.names import choices

log = logging.getLogger(__name__)

#: Posts planned at a time.
BATCH = 500
#: Folders that mean something to Jekyll and Hugo: what leaves them is published no more.
PUBLISHED = ("_posts/", "content/")


@dataclass(frozen=True, slots=True)
class Old:
    """A post to move."""

    key: bytes  #: of its article
    path: str
    to: str  #: first choice


def find(archive: OpenArchive, state: State, before: datetime, into: str) -> Iterator[Old]:
    """Yield the posts that the state knows and that were published before a time, but for those already moved.

    Args:
        archive: walked.
        state: asked.
        before: by the `date` in the post; one without stays.
        into: the folder, relative to the archive.
    """
    for batch in batches(survey(archive), BATCH):
        dated = {path: known for path, known, _ in batch if known and known.published and known.published < before}
        keys = {path: key for path, known in dated.items() if (key := _key(known.url))}
        there = state.known(list(keys.values()))
        for path, key in keys.items():
            if key in there and there[key].path == path and not path.startswith(f"{into}/"):
                yield Old(key, path, place(path, into))


def _key(url: str) -> bytes:
    try:
        return urls.key(urls.canonical(url))
    except ParseError:
        return b""


def place(path: str, into: str) -> str:
    """Return where a post goes: below the folder as it stood below the one that is published."""
    for folder in (*PUBLISHED, "_archive/"):
        if path.startswith(folder):
            return f"{into}/{path.removeprefix(folder)}"
    return f"{into}/{path}"


def shelve(archive: OpenArchive, state: State, posts: Sequence[Old]) -> tuple[Move, ...]:
    """Move some posts; returns the moves that were made."""
    wanted = [(post.key, post.path, _free(archive, post.to)) for post in posts]
    return _carry_out(archive, state, state.plan_moves(wanted))


def _free(archive: OpenArchive, path: str) -> Iterator[str]:
    """Yield the paths at which no file stands, best first."""
    return (choice for choice in choices(path) if archive.read(choice) is None)


def finish(archive: OpenArchive, state: State) -> None:
    """Do what a run that was cut off had planned."""
    moves = state.planned_moves()
    if moves:
        done = _carry_out(archive, state, moves)
        log.warning("finished moving %d posts, which a run that was cut off had begun", len(done))


def _carry_out(archive: OpenArchive, state: State, moves: Sequence[Move]) -> tuple[Move, ...]:
    from .writer.pictures import moved  # what reads posts is loaded where some are to be moved

    named = archive.name_also([(move.old, move.new) for move in moves], moved)
    done = tuple(move for move, is_there in zip(moves, named, strict=True) if is_there)
    state.carry_out(done, dict(filter(None, (_altered(archive, move, moved) for move in done))))
    pairs = [(move.old, move.new) for move in done]
    archive.take_along(pairs)
    archive.forget(pairs, moved)
    state.plan_moves(())
    return done


def _altered(archive: OpenArchive, move: Move, moved: Moved) -> tuple[bytes, bytes] | None:
    """Return the hashes of a post, before and after, whose pictures have other addresses seen from its new place."""
    data = archive.read(move.old)
    new = moved(data, move.old, move.new) if data is not None else None
    return None if data is None or new is None or new == data else (file_hash(data), file_hash(new))
