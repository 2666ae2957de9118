"""What the state remembers between runs, and what it is told: of sources, hosts, articles, and how jobs ended.

Frozen, as in `model`. Rule: no behaviour here. All datetimes are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from .model import Came, CanonicalURL, Entry, Fingerprint, Validators


@dataclass(frozen=True, slots=True)
class SourceState:
    """What we remember of a source between polls."""

    validators: Validators = Validators()
    address: str = ""  #: which gave the validators; RSSHub instances do not share them
    body_hash: bytes = b""  #: of the last body parsed
    fails: int = 0  #: failed polls in a row
    off: bool = False  #: the server said 410
    moved_to: str = ""  #: permanent redirect under observation, or remembered
    moved_since: datetime | None = None
    moved_polls: int = 0  #: polls in a row that redirected there
    last_success: datetime | None = None
    last_new: datetime | None = None  #: when an entry last appeared that we did not know
    next_poll: datetime | None = None  #: None: at once, or never when `off`
    next_why: str = ""  #: why then, in words; "" where nobody said
    fresh: timedelta | None = None  #: as the server last stated it (max-age, Expires)
    rhythm: tuple[int, ...] = ()  #: how often there was something new, by hour of the day; see `rhythm`
    rhythm_since: datetime | None = None  #: from when on that is known
    ttl: timedelta | None = None  #: as the last listing parsed had it, like the three below
    ttl_base: datetime | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    filters: bytes = b""  #: of the source's include and exclude, when the last listing was parsed
    empty_since: datetime | None = None  #: since when the feed has no entry at all; None: it has some


@dataclass(frozen=True, slots=True)
class Plan:
    """When to poll next, and why then."""

    due: datetime
    why: str  #: in words, for `status`


@dataclass(frozen=True, slots=True)
class HostState:
    """What we remember of a host, or of one route of an RSSHub instance."""

    name: str  #: as `urls.host` gives it; of a route the address, where `retry_after_scope` tells routes apart
    not_before: datetime | None = None  #: the server asked for silence until then
    fails: int = 0  #: failed exchanges in a row; the health memory of RSSHub instances
    robots: bytes | None = None  #: robots.txt as fetched; b"" when there is none; None when never asked
    robots_until: datetime | None = None  #: how long that answer may be used


@dataclass(frozen=True, slots=True)
class Known:
    """What we remember of an article's URL."""

    key: bytes
    state: Literal["pending", "done", "dead"]
    path: str = ""
    article: bytes = b""  #: key of the one whose post it is, where this is another of its addresses


@dataclass(frozen=True, slots=True)
class Admission:
    """A new entry on its way into the frontier."""

    key: bytes
    url: CanonicalURL
    host: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Watch:
    """What is remembered of a filed article, to notice that it changed."""

    filed: datetime
    read: datetime  #: when its text was last read
    written: datetime  #: since when its post says what it says
    file_hash: bytes = b""  #: of the post as we left it
    next_hash: bytes = b""  #: of the bytes that were about to replace it; kept when a run is cut off there
    said: bytes = b""  #: `rereads.said` of its entry, when we last looked
    updated: datetime | None = None  #: the entry's own word, then
    due: datetime | None = None  #: when it is read again; None: not without a new cause
    entry: Entry | None = None  #: what the feed says now, where that is the cause
    reads: int = 0  #: how often the feed was the cause so far
    tries: int = 0  #: failures in a row
    revised: int = 0  #: how often the post was rewritten
    is_feeds: bool = False  #: its text is the feed's
    is_over: bool = False  #: a person edited or removed the post: it is theirs now
    validators: Validators = Validators()  #: of its page
    keeps_head: bool = False  #: `backfill --refresh` named it: what stands above its text stays as it is
    error: str = ""  #: why it is still a stub, though its text was asked for (`backfill --refresh`)


@dataclass(frozen=True, slots=True)
class Mention:
    """What a source said of an article when it named it last, as far as it tells articles apart."""

    article: bytes  #: key of the address by which it named it
    host: str = ""  #: of that address
    guid: bytes = b""  #: hash, like the next three; empty when there is none
    place: bytes = b""  #: path and query
    fragment: bytes = b""
    title: bytes = b""
    published: datetime | None = None  #: as the feed stated it
    is_doubted: bool = False  #: the guid was found at different articles, and tells nothing in this source


@dataclass(frozen=True, slots=True)
class Renaming:
    """Another address of an article that is known, or is admitted in the same breath."""

    admission: Admission
    article: bytes  #: key by which it is known


@dataclass(frozen=True, slots=True)
class Sightings:
    """What a listing says of articles, new ones and known ones."""

    mentions: tuple[Mention, ...] = ()
    renamed: tuple[Renaming, ...] = ()
    left: tuple[tuple[bytes, str], ...] = ()  #: waiting articles that are admitted anew under this other address
    doubted: tuple[bytes, ...] = ()  #: guids that from now on tell nothing in this source


@dataclass(frozen=True, slots=True)
class PollOutcome:
    """What a poll changes in the state, saved in one transaction with what it brought."""

    key: bytes
    state: SourceState  #: the new memory, next_poll included
    error: str = ""  #: why the poll failed, or ""
    admitted: tuple[Admission, ...] = ()
    noticed: tuple[tuple[bytes, Watch], ...] = ()  #: filed articles that changed, by key
    sightings: Sightings = Sightings()


@dataclass(frozen=True, slots=True)
class Shows:
    """The pictures that a post shows from where they are, and that are to be brought into the archive."""

    addresses: tuple[str, ...]  #: as the post means them, each once
    folder: str  #: where they go; see `assets.folder_of`


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is to be brought into the archive."""

    url: str
    referer: str  #: address of an article that shows it
    folder: str  #: where it goes


@dataclass(frozen=True, slots=True)
class PictureOutcome:
    """How a picture's job ended this time."""

    key: bytes
    state: Literal["pending", "done", "dead"]
    error: str = ""
    tries: int = 0
    due: datetime | None = None  #: next try; pending only
    path: str = ""  #: done only


@dataclass(frozen=True, slots=True)
class Album:
    """A post that shows pictures from elsewhere, of which some lie in the archive by now."""

    path: str
    there: Mapping[str, str]  #: address → path of the asset
    hashes: frozenset[bytes]  #: of the bytes that we left, or were about to leave, of which one is there
    next_hash: bytes = b""  #: of those that were to show the pictures when a run was cut off; b"" else


#: Fingerprints kept of a source: of its last articles, and of the last that were refused. A banner is learned within
#: half so many, and forgotten as soon; the refused stay, so that a wall that comes back is known. Together 1 to 10 kB.
KEEP_TAKEN, KEEP_REFUSED = 20, 5


def lately(prints: Iterable[Fingerprint]) -> tuple[Fingerprint, ...]:
    """Return those of a source's fingerprints, the newest first, that later articles are compared with."""
    room = {False: KEEP_TAKEN, True: KEEP_REFUSED}
    kept: list[Fingerprint] = []
    for one in prints:
        if room[one.refused]:
            room[one.refused] -= 1
            kept.append(one)
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class Reservation:
    """An article that wants a name for its post."""

    key: bytes
    paths: Iterable[str]  #: candidates in order of preference; may be endless, read as far as needed
    not_these: Collection[str] = ()  #: paths found taken on the disk by files of others
    source: bytes = b""  #: key of the source that named it
    guid: bytes = b""  #: hash, by which that source knows it; wants no name where it knows another article by it


@dataclass(frozen=True, slots=True)
class Ownership:
    """Which shard a state's writes are of, and by which epoch they are allowed; see `State.take_shard`."""

    shard: int = 0
    epoch: int | None = None  #: None: nobody asks


@dataclass(frozen=True, slots=True)
class ArticleOutcome:
    """How an article's job ended this time."""

    key: bytes
    state: Literal["pending", "done", "dead"]
    error: str = ""
    tries: int = 0
    due: datetime | None = None  #: next try; pending only
    path: str = ""  #: done only; "" for what was left out on purpose (filters, duplicates)
    also: str = ""  #: done without a path: where the post of the same article stands
    file_hash: bytes = b""  #: of the bytes we wrote
    aliases: tuple[bytes, ...] = ()  #: further keys of the same article (rel=canonical)
    held: bool = False  #: as in `Failure`
    blocks: bytes = b""  #: of its fingerprint, empty when nothing is to be learned; a refused one's unless done
    watch: Watch | None = None  #: done only
    origin: Came = ""  #: done with a post: where its text is from
    doubted: bytes = b""  #: as in `Sightings`, of one guid
    outside: datetime | None = None  #: when it was published, where that is why a backfill left it out; done only
    shows: Shows | None = None  #: done with a post: what is to be brought home; None: nothing ever is
