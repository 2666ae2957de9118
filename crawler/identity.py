"""Whether two entries of a source are one article, though their addresses differ; and two, though they agree.

Pure. The address comes first: one canonical address is one article, whatever guid, title and time become. Beyond it:

1. The same path and query on the same site (http or https, www., m., amp.): one article, if title or time agrees.
2. The same guid, and two of title, time and path agree: one article, whose address was changed.
3. The same path, title and time on another host: one article, if the listing names the old host no more (the site
   moved). A copy on another site, while both are there, is another article.
4. A guid that stands at articles of different titles in one listing is none: it is doubted for good in this source.
   Where a guid agrees and rule 2 does not, nothing is decided here: the texts are compared once both are there
   (`slices.twins`), and the guid is doubted if they differ.
5. Two fragments of one page under two titles, or an entry without a link under a reused guid with another title
   *and* another time, are two articles at one address.

In doubt two posts are made rather than one article lost. Refuses nothing, decides nothing about content.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from . import urls
from .memory import Admission, Known, Mention, Renaming, Sightings
from .model import CanonicalURL, Entry

#: Times this close are one: a new CMS may drop the seconds.
A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Recognised:
    """What of a listing is new, and what it says of the articles."""

    fresh: tuple[Admission, ...]
    sightings: Sightings


def guid_hash(guid: str) -> bytes:
    """Return the hash by which a guid is known again; b"" of none."""
    return urls.key(guid.strip()) if guid.strip() else b""


def mention_of(admission: Admission) -> Mention:
    """Return what an entry says of its article."""
    entry, place = admission.entry, urls.place(admission.url)
    title, fragment = " ".join(entry.title.casefold().split()), urls.anchor(entry.url)
    return Mention(
        article=admission.key,
        host=admission.host,
        guid=guid_hash(entry.guid),
        place=urls.key(place) if place else b"",
        fragment=urls.key(fragment) if fragment else b"",
        title=urls.key(title) if title else b"",
        published=entry.published,
    )


def told_apart(filed: Iterable[Admission], memory: Iterable[Mention]) -> tuple[Admission, ...]:
    """Give an entry an address of its own where its address is known as that of another article (rule 5).

    Args:
        filed: a listing's entries.
        memory: what the source said earlier; of these articles at least.
    """
    earlier = {mention.article: mention for mention in memory}
    return tuple(
        _readdressed(one) if one.key in earlier and _is_another(one, earlier[one.key]) else one for one in filed
    )


def _is_another(admission: Admission, earlier: Mention) -> bool:
    new = mention_of(admission)
    if not admission.entry.content or not _differ(new.title, earlier.title):
        return False
    if admission.entry.url:
        return _differ(new.fragment, earlier.fragment)
    return None not in (new.published, earlier.published) and not _same_time(new, earlier)


def _differ(one: bytes, other: bytes) -> bool:
    return b"" not in (one, other) and one != other


def _readdressed(admission: Admission) -> Admission:
    url = own_address(admission.url, admission.entry)
    return Admission(urls.key(url), url, urls.host(url), replace(admission.entry, url=""))


def own_address(url: str, entry: Entry) -> CanonicalURL:
    """Return an address that an entry has to itself, where another article has the one it would get.

    Made of the fragment or guid it has, of all that it says where it has no link (its guid is another's, too).
    """
    stated = entry.published.isoformat() if entry.published else ""
    told = entry.url and (urls.anchor(entry.url) or entry.guid)
    return urls.entry_address(url, told or "\n".join((entry.guid, entry.title, stated)))


def recognise(filed: tuple[Admission, ...], known: Mapping[bytes, Known], memory: tuple[Mention, ...]) -> Recognised:
    """Tell new articles from known ones.

    Args:
        filed: a listing's entries under their keys, each key once.
        known: what we remember of their addresses and of those in `memory`.
        memory: what this source said earlier of articles of the same key, guid or path.
    """
    mentions = {one.key: mention_of(one) for one in filed}
    doubted = _reused(mentions.values())
    disbelieved = doubted | {mention.guid for mention in memory if mention.is_doubted}
    mentions = {key: replace(m, is_doubted=m.guid in disbelieved) for key, m in mentions.items()}
    hosts = {one.host for one in filed}
    seen = [mention for mention in memory if mention.article in known and mention.article not in mentions]
    seen += [mentions[one.key] for one in filed if one.key in known]
    fresh, renamed, left = [], [], []
    for one in filed:
        if one.key in known:
            continue
        new = mentions[one.key]
        same = [m for m in seen if _is_same(new, m, moved=m.host not in hosts, both=m.article in mentions)]
        old = min(same, key=lambda m: _rank(known.get(m.article)), default=None)
        if old is not None and not _waits(known.get(old.article)):
            renamed.append(Renaming(one, old.article))
            continue
        if old is not None:
            left.append((old.article, one.url))
            seen.remove(old)
        fresh.append(one)
        seen.append(new)
    before = {mention.guid for mention in memory if mention.is_doubted}
    said = Sightings(tuple(mentions.values()), tuple(renamed), tuple(left), tuple(sorted(doubted - before)))
    return Recognised(tuple(fresh), said)


def _waits(known: Known | None) -> bool:
    """Tell whether an article is still to be had: then its new address is the better one to ask."""
    return known is not None and known.state != "done" and not known.path


def _rank(known: Known | None) -> int:
    """Tell which of several addresses of an article is believed: one that waits, one with a post, one left behind."""
    return 0 if _waits(known) else 1 if known is None or known.path else 2


def _reused(mentions: Iterable[Mention]) -> set[bytes]:
    """Return the guids that stand at several titles of one listing (rule 4)."""
    titles: dict[bytes, set[bytes]] = defaultdict(set)
    untitled: dict[bytes, int] = defaultdict(int)
    for mention in mentions:
        titles[mention.guid].add(mention.title)
        untitled[mention.guid] += not mention.title
    return {guid for guid, found in titles.items() if guid and (len(found) > 1 or untitled[guid] > 1)}


def _is_same(new: Mention, old: Mention, *, moved: bool, both: bool) -> bool:
    """Apply rules 1 to 3.

    Args:
        new: an entry of the listing.
        old: what the source said of another address.
        moved: whether the listing names the old one's host no more.
        both: whether the listing names both addresses. Then a guid needs the path beside it: a feed that gives one
            time to all its entries may give one guid and one title to many.
    """
    title = new.title == old.title != b""
    time = _same_time(new, old)
    place = new.place == old.place != b""
    if place and urls.bare(new.host) == urls.bare(old.host):
        return title or time
    if moved and place and title and time:
        return True
    guid = new.guid == old.guid != b"" and not new.is_doubted
    return guid and title + time + place > 1 and (place or not both)


def _same_time(one: Mention, other: Mention) -> bool:
    if one.published is None or other.published is None:
        return False
    return abs(one.published - other.published) < A_MINUTE
