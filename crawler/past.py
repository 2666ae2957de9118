"""The data of a backfill: what was asked for, what is still to be read, what one document brought.

Frozen, as in `model`. A backfill of one source goes through *methods* (ways to learn the addresses of old articles),
each of which reads *steps* (one document each: a page of a feed, a sitemap, a list, an index of copies). What a step
brought goes to the backlog, from which articles enter the frontier a few at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from .model import Entry

#: Ways to learn the addresses of old articles. "dead" are articles given up, looked for in the Wayback Machine;
#: "urls" are named by the user, and need no step.
Method = Literal["feed", "sitemap", "pages", "wayback", "dead", "urls"]
#: Those that are tried where the user names none, the best first: what has texts and dates before what has neither.
METHODS: tuple[Method, ...] = ("feed", "sitemap", "pages", "wayback")

Ending = Literal["going", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Window:
    """Which times of publication are wanted."""

    since: datetime | None = None  #: from then on
    until: datetime | None = None  #: before then

    def holds(self, moment: datetime | None) -> bool:
        """Tell whether a time is wanted; one that nobody stated may be."""
        return moment is None or not (self.is_before(moment) or self.is_after(moment))

    def is_before(self, moment: datetime) -> bool:
        """Tell whether a time is too early."""
        return self.since is not None and moment < self.since

    def is_after(self, moment: datetime) -> bool:
        """Tell whether a time is too late."""
        return self.until is not None and moment >= self.until


ALWAYS = Window()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a source's past is looked for; found out once, when its backfill begins."""

    feeds: tuple[str, ...] = ()  #: http(s) addresses of its feed, the one that answered first; of rsshub:// all
    site: str = ""  #: root of the site its articles stand on, with a slash at the end; "" when it cannot be told
    shapes: tuple[str, ...] = ()  #: of its known articles' addresses; see `likeness`
    wayback: str = ""  #: address of the Wayback Machine, without a slash at the end
    today: str = ""  #: day on which the backfill began, in the source's time zone, as 2021-11-20; "" of older ones


@dataclass(frozen=True, slots=True)
class Step:
    """One document of an enumeration, still to be read."""

    method: Method
    url: str  #: to fetch
    cursor: str = ""  #: what the enumerator has to remember for it, in a form of its own (JSON); "" for nothing
    is_guess: bool = False  #: whether the document may well not exist: then the enumerator says what to try instead


class Listed(NamedTuple):
    """An article that a document names: what the backlog keeps of it. Primitive, for there are millions."""

    key: bytes  #: urls.key of the canonical URL
    url: str  #: canonical
    host: str  #: to ask for the page: of a copy, the archive's
    entry: bytes  #: see `packing`
    published: datetime | None  #: as far as the document tells, the source's `time_offset` added


@dataclass(frozen=True, slots=True)
class Index:
    """What one document of an enumeration brought, as its enumerator reads it."""

    entries: tuple[Entry, ...] = ()  #: in the document's order; see `Entry.dated_by`
    onward: tuple[Step, ...] = ()  #: to be read after this one, in this order
    are_articles: bool = False  #: whether its entries are articles, whatever their addresses look like
    offers: bool = False  #: whether it shows that the method works here: older articles than the feed's
    said: str = ""  #: why it ends here, or what was found, in words; for the log and for who must be told


@dataclass(frozen=True, slots=True)
class Found:
    """An `Index` on its way out of the worker: filtered, keyed, packed."""

    listed: tuple[Listed, ...] = ()
    outside: int = 0  #: entries left out by the window
    unwanted: int = 0  #: entries left out by the source's filters, or without an address
    onward: tuple[Step, ...] = ()
    offers: bool = False
    said: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked of one backfill. Two that are equal are one, and go on where the first was interrupted."""

    methods: tuple[Method, ...]  #: to try in this order; one where the user named it
    window: Window = ALWAYS


@dataclass(frozen=True, slots=True)
class Counts:
    """How far a backfill is, in articles."""

    listed: int = 0  #: that documents named, repetitions included
    known: int = 0  #: of these: archived, waiting or given up already, or named twice
    outside: int = 0  #: left out by the window: as the document dates them, or as their page did
    unwanted: int = 0  #: left out by the source's filters
    owed: int = 0  #: entered the backlog
    taken: int = 0  #: of these: left it for the frontier
    archived: int = 0
    failed: int = 0  #: waiting for another try, or given up
    steps: int = 0  #: documents read


@dataclass(frozen=True, slots=True)
class Backfill:
    """One backfill as the state has it."""

    id: int
    source: str  #: the source's url
    asked: Asked
    origin: Origin
    method: Method  #: at work now
    state: Ending
    counts: Counts
    started: datetime
    worked: timedelta  #: time that runs spent on it
    waiting: int = 0  #: steps to be read
    in_hand: int = 0  #: articles that left the backlog and were not tried yet
    gaps: int = 0  #: steps that were given up, until it is asked for again
    gap: str = ""  #: the first of them, and why
    took: bool = False  #: whether the method at work offers something
    said: str = ""  #: what became of the methods before, in words
    word: str = ""  #: what a document of the method at work said last
    ended: datetime | None = None

    @property
    def left(self) -> int:
        """Return how many articles wait in the backlog."""
        return self.counts.owed - self.counts.taken

    @property
    def is_named(self) -> bool:
        """Tell whether the command that asked for it names its articles, rather than documents that lead to them."""
        return not set(self.asked.methods) & set(METHODS)
