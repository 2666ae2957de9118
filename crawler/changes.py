"""What of a listing is new.

Pure. Gives each entry its key and leaves out what the source's filters leave out; what is known already, `identity`
tells. Decides nothing about content: a known entry stays known, whatever its text says now.
"""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import fields, replace
from datetime import datetime

from . import urls
from .errors import ParseError
from .identity import own_address
from .memory import Admission
from .model import CanonicalURL, Entry, Listing, Source

#: How far an address is quoted in a problem line.
QUOTED_CHARACTERS = 80


def keyed(listing: Listing, source: Source) -> tuple[tuple[Admission, ...], tuple[str, ...]]:
    """Return the listing's entries under their keys, oldest first, and what was skipped and why.

    Two entries of one address are one: the first of them, completed by the second. Not so where the address is that
    of a page about all of them (a changelog, a front page): there each entry is an article, and its text the feed's.
    """
    found: dict[CanonicalURL, Entry] = {}
    problems = list(listing.problems)
    shared = shared_addresses(listing, source)
    for entry in oldest_first(listing.entries):
        if not is_wanted(entry, source):
            continue
        try:
            url = address_of(entry, source)
        except ParseError as e:
            problems.append(f"entry {_quoted(entry, entry.url)}: {e.reason}")
            continue
        if url in shared and entry.content:
            url, entry = own_address(url, entry), replace(entry, url="")
        if url in found and _titles_differ(found[url], entry):
            if entry.content and not entry.url:
                url = own_address(url, entry)
            else:
                problems.append(f"{url}: two entries, taken for one: {_quoted(found[url])} and {_quoted(entry)}")
        found[url] = merged(found[url], entry) if url in found else entry
    admissions = (Admission(urls.key(url), url, urls.host(url), entry) for url, entry in found.items())
    return tuple(admissions), tuple(problems)


def shared_addresses(listing: Listing, source: Source) -> frozenset[CanonicalURL]:
    """Return the addresses of pages about several entries: each entry is to have an address of its own.

    They are such where entries of different titles name different fragments of them, or where these are half of the
    listing. A front page of the source's own site always is. A few entries of one address among many others are one
    article under several headlines.
    """
    groups: dict[CanonicalURL, list[Entry]] = defaultdict(list)
    for entry in listing.entries:
        with suppress(ParseError):  # `keyed` meets it again and says so
            groups[urls.canonical(entry.url)].append(entry)
    return frozenset(url for url, group in groups.items() if _is_shared(url, group, listing, source))


def _is_shared(url: CanonicalURL, group: list[Entry], listing: Listing, source: Source) -> bool:
    if not urls.place(url):
        return any(urls.same_site(url, own) for own in (listing.link, source.url))
    anchors = {urls.anchor(entry.url) for entry in group}
    are_apart = "" not in anchors and len(anchors) > 1
    return len({entry.title for entry in group}) > 1 and (are_apart or 2 * len(group) >= len(listing.entries))


def _quoted(entry: Entry, first: str = "") -> str:
    return repr((first or entry.title or entry.guid)[:QUOTED_CHARACTERS])


def _titles_differ(one: Entry, other: Entry) -> bool:
    return one.title.split() != other.title.split() and bool(one.title and other.title)


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
    if not source.include and not source.exclude:
        return True
    texts = (entry.title, entry.url, entry.author, *entry.categories)
    included, excluded = (
        any(re.search(pattern, text) for pattern in patterns for text in texts)
        for patterns in (source.include, source.exclude)
    )
    return (included or not source.include) and not excluded
