"""What comes out of the state beside `model` and `memory`: rows for `status`, `verify` and `rebuild`, as data.

Rule: data; what a row means for the health of a source is said elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..memory import SourceState
from ..model import Came, CanonicalURL, Entry, Tally


@dataclass(frozen=True, slots=True)
class Adopted:
    """A post found in the archive, on its way back into the state."""

    url: CanonicalURL  #: canonical form of the post's `from`
    path: str  #: relative to the archive
    names: tuple[str, ...] = ()  #: what may be the name of the source it came from, the likelier first
    published: datetime | None = None  #: the post's `date`
    file_hash: bytes = b""  #: of its bytes, where they may be taken for the ones we wrote


@dataclass(frozen=True, slots=True)
class SourceRow:
    """All we remember of a configured source, for `crawler status`; health is the scheduler's to say."""

    name: str
    url: str
    first_seen: datetime
    memory: SourceState
    error: str  #: why the last poll failed, or ""
    day: int = 0  #: posts written in the last 24 hours
    week: int = 0  #: in the last 7 days
    all: int = 0
    pending: int = 0
    dead: int = 0
    held: int = 0  #: of the pending and the dead: a text was there, and not believed
    revised: int = 0  #: articles whose posts were rewritten
    paged: int = 0  #: of all posts: the text is the page's
    fed: int = 0  #: of all posts: the text is the feed's
    lately: tuple[Came, ...] = ()  #: what became of the last articles from the feed, the newest first
    told: str = ""  #: the trouble that `notify` told last
    shared: int = 0  #: posts that it named, too, and that are counted at another source
    paused: datetime | None = None  #: since when a person wants it left alone


@dataclass(frozen=True, slots=True)
class Filed:
    """A post that the state believes to be in the archive, for `crawler verify`."""

    key: bytes
    url: str
    path: str
    file_hash: bytes  #: b"" when it was never known
    next_hashes: tuple[bytes, ...] = ()  #: of what was about to replace it when a run was cut off

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """Return the hashes of the bytes that are ours."""
        return (self.file_hash, *self.next_hashes)


@dataclass(frozen=True, slots=True)
class Shelved:
    """A post as readers of the archive find it."""

    key: bytes
    url: str  #: of the article
    path: str  #: relative to the archive
    filed: datetime
    source: str  #: name of the source it came from; "" where none is known
    revised: datetime | None = None  #: when it was rewritten last, since its article changed


@dataclass(frozen=True, slots=True)
class Move:
    """A post on its way to another place in the archive."""

    key: bytes
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Dead:
    """An article that was given up."""

    key: bytes
    url: str  #: canonical
    entry: Entry  #: what the feed said, an empty one where that is not known
    error: str  #: why it was given up
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as noted down; `ended` is None while it goes on, and for ever when it crashed."""

    id: int
    kind: str
    started: datetime
    ended: datetime | None
    tally: Tally


@dataclass(frozen=True, slots=True)
class Share:
    """Who owns a shard, or owned it last."""

    shard: int
    epoch: int  #: raised each time that it is taken
    owner: str
    taken: datetime
