"""The past in a feed's older pages: those it links to (RFC 5005, JSON Feed), else those its maker is known to have.

Pure. A link that a document states is followed. Else guesses are tried; one that brings entries not seen before fixes
the way for the rest, and from then on a page that is not there is the end. It also ends where nothing new comes, where
all that is new is older than what is wanted, where a link leads back, and after MAX_PAGES.
Links may lead to another host (Blogger's do, and FeedBurner's); the fetcher refuses what it must.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

from .. import urls
from ..errors import ParseError
from ..model import Entry, Page, Source
from ..moments import shifted
from ..past import Index, Origin, Step, Window
from ..sources import rsshub
from ..sources.paging import Paging, parse_paged
from .marks import LENGTH, mark
from .ways import WAYS, Guess, guesses

#: Documents of one feed: 100,000 articles at WordPress's ten a page, and three hours at a second each.
MAX_PAGES = 10_000
#: Archives in a row that may bring nothing new: the feed itself may hold the entries of several, and RFC 5005 lets an
#: archive be empty.
MAX_IDLE_ARCHIVES = 10
#: Entries of a document whose marks are remembered, for bounds on the cursor (24 kB). Feeds of more are met as
#: one document that has it all.
MAX_MARKS = 1000
#: Ways whose addresses are stated by the user or a document.
STATED = ("feed", "archive", "next")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a feed a step is: what its cursor holds."""

    at: Guess  #: the document to read
    left: tuple[Guess, ...] = ()  #: what to try where this one is wrong
    number: int = 1  #: of the document among those that were right, 1 is the feed itself
    proved: bool = False  #: whether the way is known to be right
    idle: int = 0  #: documents in a row, before this one, that brought nothing new
    first: str = ""  #: marks of the feed's own entries, one after another
    last: str = ""  #: those of the document before this one
    kept: str = ""  #: those of the last document whose number was a power of two (R. P. Brent's way to find a loop)
    been: tuple[str, ...] = ()  #: marks of the addresses of the first document and of that one

    @property
    def seen(self) -> frozenset[str]:
        """Return the marks of the entries that may come again."""
        return frozenset(text[i : i + LENGTH] for text in (self.first, self.last, self.kept) for i in _starts(text))

    @property
    def name(self) -> str:
        return WAYS[self.at.way].name


def _starts(text: str) -> range:
    return range(0, len(text), LENGTH)


def _step(place: Place) -> Step:
    """Return the step to a place; what is stated is certain, but where the feed itself has other addresses to try."""
    is_guess = place.at.way not in STATED or (place.number == 1 and bool(place.left))
    return Step("feed", place.at.address, json.dumps(asdict(place), separators=(",", ":")), is_guess)


def _place(step: Step) -> Place:
    facts = json.loads(step.cursor)
    facts |= {"at": Guess(*facts["at"]), "left": tuple(Guess(*one) for one in facts["left"])}
    return Place(**facts | {"been": tuple(facts["been"])})


class Document(NamedTuple):
    """One document of a feed."""

    page: Page
    paging: Paging
    entries: tuple[Entry, ...]
    fresh: tuple[Entry, ...]  #: those not seen before
    marks: tuple[str, ...]  #: of its entries, MAX_MARKS at most


def _mark_of(entry: Entry) -> str:
    """Return the mark of an entry: of its address without what differs from one request to the next, else its name."""
    try:
        return mark(urls.canonical(entry.url))
    except ParseError:
        return mark(entry.guid or entry.title)


def _document(place: Place, page: Page) -> Document:
    """Parse a document, and tell what is new in it."""
    listing, paging = parse_paged(page)
    seen, marks = place.seen, tuple(map(_mark_of, listing.entries))
    fresh = tuple(entry for entry, mark in zip(listing.entries, marks, strict=True) if mark not in seen)
    # Of a long document only what is remembered can repeat; all else would be new for ever.
    is_new = not seen.issuperset(marks[:MAX_MARKS])
    return Document(page, paging, listing.entries, fresh if is_new else (), marks[:MAX_MARKS])


def first(source: Source, origin: Origin, window: Window) -> tuple[Step, ...]:
    """Return the feed's own address, the other ones of an RSSHub route as what to try instead."""
    if source.kind != "feed" or not origin.feeds:
        return ()
    here, *others = (Guess("feed", address) for address in origin.feeds)
    return (_step(Place(here, tuple(others))),)


def missing(step: Step, source: Source, origin: Origin, window: Window) -> Index:
    """Return what to try instead of a page that is not there; of a way that worked it means the end."""
    return _instead(_place(step))


def _instead(place: Place) -> Index:
    if place.proved:
        return Index(said=_last(place.name, place.number - 1))
    if place.left:
        return Index(onward=(_step(replace(place, at=place.left[0], left=place.left[1:])),))
    said = "the feed cannot be read" if place.number == 1 else "no older page could be found"
    return Index(said=said)


def read(step: Step, page: Page, source: Source, origin: Origin, window: Window) -> Index:
    """Read a document of a feed.

    Raises:
        ParseError: it is no feed.
    """
    place = _place(step)
    document = _document(place, page)
    if place.number == 1:
        onward, said = _begin(place, document, source, origin)
        if _is_past(document.fresh, source, window):
            onward, said = (), "all that the feed holds is older than what is wanted"
        return Index(document.fresh, onward, are_articles=True, said=said)
    if not place.proved and not _proves(place, document):
        empty = f"{place.name}: empty beyond the first"  # who answers with nothing has understood the question
        return _instead(place) if document.entries else Index(said=empty)
    place = replace(place, proved=True, left=())
    said = _reason(place, document, source, window)
    onward, said = ((), said) if said else _onward(place, document)
    return Index(document.fresh, onward, are_articles=True, offers=bool(document.fresh), said=said)


def _begin(place: Place, document: Document, source: Source, origin: Origin) -> tuple[tuple[Step, ...], str]:
    """Return the step from the feed itself to its second page, or why there is none."""
    paging, page = document.paging, document.page
    if paging.archive or paging.onward:
        return _onward(replace(place, proved=True, left=()), document)
    if paging.is_complete:
        return (), "the feed says that it has nothing else"
    if not document.entries:
        return (), "the feed is empty"
    instances = origin.feeds if rsshub.is_route(source.url) else ()
    tried = guesses(place.at.base, page.final_url, len(document.entries), paging, instances)
    if not tried:
        return (), "the feed has no older pages"
    return (_step(_further(replace(place, left=tried[1:]), tried[0], document)),), ""


def _proves(place: Place, document: Document) -> bool:
    """Tell whether a document shows that the guess was right, and not only that an article came out meanwhile."""
    if WAYS[place.at.way].grows:
        return bool(document.fresh) and len(document.marks) * LENGTH > len(place.first)
    return 2 * len(document.fresh) > len(document.entries)


def _reason(place: Place, document: Document, source: Source, window: Window) -> str:
    """Return why nothing is to be read after a document, as its entries tell; "" to go on."""
    if not document.fresh and (place.at.way != "archive" or place.idle + 1 >= MAX_IDLE_ARCHIVES):
        what = "repeats what came before" if document.entries else "is empty"
        return f"{place.name}: the {_ordinal(place.number)} {what}"
    if _is_past(document.fresh, source, window):
        return f"{place.name}: from the {_ordinal(place.number)} on older than what is wanted"
    return f"{place.name}: no more than {MAX_PAGES} are read" if place.number >= MAX_PAGES else ""


def _is_past(entries: tuple[Entry, ...], source: Source, window: Window) -> bool:
    """Tell whether entries are too early, as far as they are dated; false where none is."""
    dated = [moment for entry in entries if (moment := shifted(entry.published, source.time_offset))]
    return bool(dated) and all(map(window.is_before, dated))


def _onward(place: Place, document: Document) -> tuple[tuple[Step, ...], str]:
    """Return the step to the page after a document, or why there is none."""
    if place.at.way in STATED:
        return _linked(place, document)
    after = place.at.after(len(document.entries))
    if after is None or (after.way == "start" and 0 < document.paging.total < after.number):
        return (), _last(place.name, place.number)
    return (_step(_further(place, after, document)),), ""


def _linked(place: Place, document: Document) -> tuple[tuple[Step, ...], str]:
    """Return the step to the page that a document links to, or why there is none."""
    paging, page = document.paging, document.page
    link = Guess("archive", paging.archive) if paging.archive else Guess("next", paging.onward)
    if not link.base:
        return (), _last(place.name, place.number)
    then = _further(place, link, document)
    if mark(link.base) in (*then.been, mark(page.url), mark(page.final_url)):
        return (), f"{then.name}: the {_ordinal(place.number)} leads back"
    return (_step(then),), ""


def _further(place: Place, at: Guess, document: Document) -> Place:
    """Return the place one document further, with what is remembered of the one just read."""
    marks, is_kept = "".join(document.marks), place.number & (place.number - 1) == 0
    if place.number == 1:
        return replace(place, at=at, number=2, first=marks, been=(mark(document.page.url),))
    return replace(
        place,
        at=at,
        number=place.number + 1,
        idle=0 if document.fresh else place.idle + 1,
        last=marks,
        kept=marks if is_kept else place.kept,
        been=(place.been[0], mark(document.page.url)) if is_kept else place.been,
    )


def _last(name: str, number: int) -> str:
    return f"{name}, the {_ordinal(number)} is the last"


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}" + {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
