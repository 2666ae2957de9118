"""What a search brings: data for the command line, the web, and programs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text that is shown."""

    text: str  #: as it stands in the post, on one line; not escaped for anything
    is_hit: bool = False  #: whether it is what was looked for


@dataclass(frozen=True, slots=True)
class Hit:
    """A post that was found."""

    path: str  #: relative to the archive
    url: str  #: its `from`
    title: tuple[Part, ...]  #: all of it; may be empty
    source: str  #: its first category, or tag; "" where it has none
    published: datetime | None  #: aware, UTC
    snippet: tuple[Part, ...]  #: some of its text, round a hit if there is one; empty where the file is gone


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of what was found, the most relevant first, then the newest."""

    hits: tuple[Hit, ...]
    total: int  #: how many there are in all
    is_whole: bool = True  #: whether every post of the archive was looked at; False while the index is being made


def plain(parts: tuple[Part, ...]) -> str:
    """Return the text of parts."""
    return "".join(part.text for part in parts)
