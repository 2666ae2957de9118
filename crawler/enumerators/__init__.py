"""How the addresses of a source's old articles are learned: one enumerator for each `past.Method` that reads documents.

Pure. An enumerator is three functions: `first` says where to begin, `read` what a document brought and which ones
are to be read after it, `missing` what to try instead of one that a guess was wrong about. What each has to remember
it writes into `Step.cursor`. `read` runs in a killable worker, the others where the run is decided.
New method: a module here, a line in ENUMERATORS, a word in `past.Method`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from sys import intern
from typing import Protocol

from .. import changes, likeness, packing, urls
from ..errors import ParseError
from ..model import Entry, Page, Source
from ..moments import shifted
from ..past import ALWAYS, Found, Index, Listed, Method, Origin, Step, Window


class Enumerator(Protocol):
    """A module of this package."""

    def first(self, source: Source, origin: Origin, window: Window) -> tuple[Step, ...]:
        """Return the documents to begin with; none where this way is closed to the source."""
        ...

    def read(self, step: Step, page: Page, source: Source, origin: Origin, window: Window) -> Index:
        """Read a document.

        Raises:
            ParseError: it is not what it should be; of a guess it means that the guess was wrong.
        """
        ...

    def missing(self, step: Step, source: Source, origin: Origin, window: Window) -> Index:
        """Return what to try instead of a guess that is not there, or brought nothing new; no entries."""
        ...


#: Imported when they are needed: parsers take long to load.
ENUMERATORS: dict[Method, str] = {"feed": ".feed", "sitemap": ".sitemap", "pages": ".pages", "wayback": ".wayback"}


def enumerator(method: Method) -> Enumerator:
    """Return the enumerator of a method that reads documents."""
    module: Enumerator = import_module(ENUMERATORS[method], __name__)
    return module


@dataclass(frozen=True, slots=True)
class Reading:
    """A document to read, with what is known beside it; crosses into a worker."""

    step: Step
    source: Source
    origin: Origin
    window: Window


def read(reading: Reading, page: Page) -> Found:
    """Read a document, leave out what is not wanted, key and pack the rest.

    Raises:
        ParseError: it is not what it should be.
    """
    step, source, origin, window = reading.step, reading.source, reading.origin, reading.window
    index = enumerator(step.method).read(step, page, source, origin, window)
    listed, outside, unwanted = sift(index.entries, source, origin, window, are_articles=index.are_articles)
    return Found(listed, outside, unwanted, index.onward, index.offers, index.said)


def sift(
    entries: Iterable[Entry], source: Source, origin: Origin, window: Window, *, are_articles: bool = False
) -> tuple[tuple[Listed, ...], int, int]:
    """Return what the backlog keeps of some entries, and how many the window and the filters left out. In a worker.

    Where it is not known that they are articles, their addresses must look like it.
    """
    from . import dating  # the parsers that it loads take long

    listed: list[Listed] = []
    outside, unwanted, is_bounded = 0, 0, window != ALWAYS
    for entry in entries:
        published = shifted(entry.published, source.offset_of(entry))
        if is_bounded and dating.is_outside(entry, published, window):
            outside += 1
        elif (one := _listed(entry, published, source, origin, are_articles=are_articles)) is None:
            unwanted += 1
        else:
            listed.append(one)
    return tuple(listed), outside, unwanted


def _listed(
    entry: Entry, published: datetime | None, source: Source, origin: Origin, *, are_articles: bool
) -> Listed | None:
    """Key and pack an entry; None where it is not wanted, or has no address."""
    if not changes.is_wanted(entry, source) or not (are_articles or is_article(entry.url, source, origin)):
        return None
    try:
        url = changes.address_of(entry, source)
    except ParseError:
        return None
    host = intern(urls.host(entry.copy or url))  # one text for all, which crosses to the other process once
    return Listed(urls.key(url), url, host, packing.pack(entry), published)


def is_article(url: str, source: Source, origin: Origin) -> bool:
    """Tell whether an address may be an article's: as the user says, else as those of known articles look."""
    if source.article_url:
        return re.search(source.article_url, url) is not None
    return likeness.is_like(url, origin.shapes)
