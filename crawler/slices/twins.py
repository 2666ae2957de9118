"""Whether an article that was just made is archived already, under another address.

Asked of three kinds of articles: of the one that the page's `rel=canonical` names (on the same site), of the posts
that stand where this one would stand, and of those that had this entry's guid in this source, where the state says
that there are any when a path is reserved. Their texts are compared (`shop.Claim`), since templates give all pages one
canonical address, feeds give one guid to many articles, and columns have one title for years; none of that must cost
an article. The second finds twins after the state was lost, and with it all other addresses and guids. Rule: reads
only; the answer is settled by `article`.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, islice

from .. import copies, identity, urls
from ..archive import facts
from ..errors import ArchiveError, ItemError
from ..model import Draft, Job
from ..writer.names import choices
from .shop import Claim, Shop

log = logging.getLogger(__name__)

#: Posts of one title and day that are looked at before one is written beside them.
NEIGHBOURS = 9
#: An article that is younger may have no time of its own, but the crawl's.
YOUNG = timedelta(minutes=10)
#: Bytes; shorter passages are found in many articles.
PASSAGE = 40
BETWEEN_PASSAGES = re.compile(rb"<[^<>]*>|\n")


@dataclass(frozen=True, slots=True)
class Twin:
    """What was found out."""

    place: str = ""  #: where the same article stands; "" when nowhere
    alias: bytes = b""  #: key of the address that the page calls its own, where that is free to be this article's
    doubted: bytes = b""  #: a guid that stands at another article
    guid: bytes = b""  #: the article's own, until `by_guid` has looked at what else has it


async def find_twin(shop: Shop, job: Job, draft: Draft) -> Twin:
    """Return where the same article stands already; one that is being written is waited for.

    Until `let_go` others that may be this article wait for it. Who waits has claimed nothing, so that no two wait for
    each other.
    """
    mine, alias = claim_of(shop, job, draft), _alias(job.url, draft)
    names = _names(job, alias)
    while (same := _being_written(shop, names, mine, draft)) is not None:
        is_named = any(shop.claims.get(name) is same for name in names)
        place = await asyncio.shield(same.written)
        if place and is_named:
            return Twin(place)
    for name in names:
        shop.claims.setdefault(name, mine)
    twin = Twin(alias=alias if alias and shop.claims[alias].job == job.key else b"", guid=_guid(job))
    return await _canonical(shop, job, mine, twin) or replace(twin, place=await _beside(shop, job, mine))


def _being_written(shop: Shop, names: Iterable[bytes], mine: Claim, draft: Draft) -> Claim | None:
    """Return the claim of another one who writes this article just now, or a post that `_beside` is to look at."""
    beside = (claim for claim in shop.claims.values() if claim.path == mine.path)
    holders = chain((shop.claims.get(name) for name in names), beside)
    return next((one for one in holders if one and one.job != mine.job and one.is_also(mine, draft.post.data)), None)


def let_go(shop: Shop, job: Job, draft: Draft, place: str) -> None:
    """Claim an article no more: it is settled, so that the state knows it by all its names, or came to nothing."""
    for key in _names(job, _alias(job.url, draft)):
        if key in shop.claims and shop.claims[key].job == job.key:
            claim = shop.claims.pop(key)
            if not claim.written.done():
                claim.written.set_result(place)


def _names(job: Job, alias: bytes) -> tuple[bytes, ...]:
    """Return the keys by which an article may be met while it is written: its own, its page's, its guid's."""
    guid = _guid(job)
    return tuple(filter(None, (job.key, alias, guid and urls.key(job.source + guid.hex()))))


async def _canonical(shop: Shop, job: Job, mine: Claim, twin: Twin) -> Twin | None:
    """Look at the article that the page's rel=canonical names."""
    known = (await shop.threads.database(shop.state.known, (twin.alias,))).get(twin.alias) if twin.alias else None
    if known is None or known.state != "done" or not known.path:
        return None
    if await _is_at(shop, known.path, mine):
        return replace(twin, place=known.path)
    log.warning("%s: its page names the address of %s as its own; taken for another article", job.url, known.path)
    return None


async def by_guid(shop: Shop, job: Job, draft: Draft, twin: Twin) -> Twin:
    """Look at the articles that have the guid of one that `find_twin` found none for."""
    mine, guid, twin = claim_of(shop, job, draft), twin.guid, replace(twin, guid=b"")
    for path in await _holders(shop, job, guid):
        if await _is_at(shop, path, mine):
            return replace(twin, place=path)
        twin = replace(twin, doubted=guid)
        log.warning(
            "%s: its guid is that of %s; taken for another article, the guid is not believed any more", job.url, path
        )
    return twin


async def _holders(shop: Shop, job: Job, guid: bytes) -> tuple[str, ...]:
    """Return the paths of the other articles that have a guid; none where it is not believed."""
    found = await shop.threads.database(shop.state.mentions, urls.key(job.source), guids=(guid,))
    others = [mention.article for mention in found if mention.article != job.key]
    if not others or any(mention.is_doubted for mention in found):
        return ()
    known = await shop.threads.database(shop.state.known, others)
    return tuple(dict.fromkeys(one.path for one in known.values() if one.state == "done" and one.path))


async def _beside(shop: Shop, job: Job, mine: Claim) -> str:
    """Return the post, among those that hold the names this one would get, that is this article; "" when none is.

    Title, time and text must agree there, and the site; or the path, where no source names the other address: then
    the site moved. Copies on two sites that are both read are two articles.
    """
    for path in islice(choices(mine.path), NEIGHBOURS):
        data = await shop.threads.files(_read, shop, path)
        if data is None:
            return ""
        there = facts(data)
        if there is None or mine.agreements(there.title, there.published, data) != (True, True, True):
            continue
        if await _may_be(shop, job.url, there.url):
            return path
    return ""


def _read(shop: Shop, path: str) -> bytes | None:
    """Return what stands at a path; None also where it cannot be read, which `put` will say."""
    try:
        return shop.archive.read(path)
    except ArchiveError:
        return None


async def _may_be(shop: Shop, url: str, stated: str) -> bool:
    """Tell whether two addresses may be of one article, of which the second is a post's own word."""
    try:
        other = urls.canonical(stated)
    except ItemError:
        return False
    if other == url or urls.same_site(url, other):
        return other != url
    moved = urls.place(url) == urls.place(other) != ""
    return moved and not await shop.threads.database(shop.state.is_named, urls.key(other))


async def _is_at(shop: Shop, path: str, mine: Claim) -> bool:
    data = await shop.threads.files(shop.archive.read, path) or b""
    there = facts(data)
    return there is not None and sum(mine.agreements(there.title, there.published, data)) > 1


def claim_of(shop: Shop, job: Job, draft: Draft) -> Claim:
    """Return what tells an article, for as long as it is being written."""
    data = draft.post.data
    body = data.partition(b"\n------\n")[2] or data.partition(b"\n---\n")[2] or data  # other formats have no link line
    passages = tuple(p.strip() for p in BETWEEN_PASSAGES.split(body) if len(p.strip()) >= PASSAGE)
    published = draft.article.published if _is_known(shop, draft) else None
    written: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    return Claim(job.key, draft.article.title, published, passages or (body.strip(),), written, draft.post.path)


def dated(shop: Shop, draft: Draft) -> datetime | None:
    """Return when an article was published; None where that may be the time of the crawl."""
    published = draft.article.published
    return published if shop.clock.now() - published > YOUNG else None


def _is_known(shop: Shop, draft: Draft) -> bool:
    """Tell whether a time is the article's own: neither the crawl's nor the web archive's."""
    copy, published = copies.read(draft.article.archived), dated(shop, draft)
    return published is not None and (copy is None or published != copy.moment)


def _guid(job: Job) -> bytes:
    return identity.guid_hash(job.entry.guid) if job.entry else b""


def _alias(url: str, draft: Draft) -> bytes:
    """Return the key of the page's rel=canonical where it is another address on the same site, else b""."""
    try:
        canonical = urls.canonical(draft.article.canonical) if draft.article.canonical else ""
    except ItemError:
        return b""
    return urls.key(canonical) if canonical != url and urls.same_site(url, canonical) else b""
