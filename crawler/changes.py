"""What of a listing is new.

Pure. Gives each entry its key, leaves out what the source's filters leave out and what is known already.
Decides nothing about content: a known entry stays known, whatever its text says now.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime

from . import urls
from .errors import ParseError
from .model import Admission, CanonicalURL, Entry, Known, Listing, Source

#: How far an address is quoted in a problem line.
QUOTED_CHARACTERS = 80


def keyed(listing: Listing, source: Source) -> tuple[tuple[Admission, ...], tuple[str, ...]]:
    """Return the listing's entries under their keys, oldest first, and what was skipped and why.

    Two entries of one address are one: the first of them, completed by the second.
    """
    found: dict[CanonicalURL, Entry] = {}
    problems = list(listing.problems)
    for entry in oldest_first(listing.entries):
        if not is_wanted(entry, source):
            continue
        try:
            url = address_of(entry, source)
        except ParseError as e:
            problems.append(f"entry {(entry.url or entry.title or entry.guid)[:QUOTED_CHARACTERS]!r}: {e.reason}")
            continue
        found[url] = merged(found[url], entry) if url in found else entry
    admissions = (Admission(urls.key(url), url, urls.host(url), entry) for url, entry in found.items())
    return tuple(admissions), tuple(problems)


def fresh(admissions: tuple[Admission, ...], known: Mapping[bytes, Known]) -> tuple[Admission, ...]:
    """Return the admissions whose key is not known, in the same order."""
    return tuple(admission for admission in admissions if admission.key not in known)


def address_of(entry: Entry, source: Source) -> CanonicalURL:
    """Return an entry's canonical address; one made from its guid, title or text where it has no link.

    Raises:
        ParseError: the link is no address to fetch, or there is neither link nor text.
    """
    if entry.url:
        return urls.canonical(entry.url)
    if not entry.content:
        raise ParseError("neither a web address nor a text", passing=False)
    stated = entry.published.isoformat() if entry.published else ""
    return urls.entry_address(source.url, entry.guid or "\n".join((entry.title or entry.content, stated)))


def merged(first: Entry, second: Entry) -> Entry:
    """Return the first entry, its empty fields filled from the second."""
    names = [f.name for f in fields(Entry) if not getattr(first, f.name)]
    return replace(first, **{name: getattr(second, name) for name in names})


def oldest_first(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the entries in the order of their dates, so that the posts of one run are written in time order.

    Feeds put the newest on top: entries without a date keep their place, counted from the bottom.
    """
    if not any(entry.published for entry in entries):
        return entries[::-1]
    last = min(entry.published for entry in entries if entry.published)
    dated: list[tuple[datetime, Entry]] = []
    for entry in reversed(entries):
        last = entry.published or last
        dated.append((last, entry))
    return tuple(entry for _, entry in sorted(dated, key=lambda pair: pair[0]))


def is_wanted(entry: Entry, source: Source) -> bool:
    """Tell whether the source's filters let an entry pass: one of `include` matches, and none of `exclude`."""
    texts = (entry.title, entry.url, entry.author, *entry.categories)
    included, excluded = (
        any(re.search(pattern, text) for pattern in patterns for text in texts)
        for patterns in (source.include, source.exclude)
    )
    return (included or not source.include) and not excluded
