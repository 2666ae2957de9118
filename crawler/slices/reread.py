"""One filed article read again: from a due check to a post that says what its page says now.

Rule 1: only bytes of ours are replaced. What a person edited or removed is theirs from then on.
Rule 2: a text is replaced by a fuller or an equal one of the same article, never by less (`writer.earlier`), and a
page's text never by the feed's.
Order that must not be swapped: the state learns the hash of the bytes to come, the earlier text is kept aside (where
that is wished), the file is replaced, the state learns that it is so. A run that is cut off between any two leaves a
file that has one of the two hashes, so that it is never taken for a person's.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime

from .. import rereads, urls
from ..archive import file_hash, revisions_of
from ..errors import ParseError, PathTaken
from ..memory import Watch
from ..model import CanonicalURL, Draft, Failure, Job, Source, Tally, Validators
from ..writer.adopted import read_adopted
from ..writer.earlier import Earlier, as_entry, is_same, objection, read_post
from ..writer.names import choices
from .gallery import at_home, hang_now, is_half_hung, shown_by
from .pages import draft_alone, draft_from, fetch_page, task_of
from .shop import Shop

log = logging.getLogger(__name__)

#: What became of a post that is not touched again.
REMOVED, EDITED = "was removed", "was edited"
FOREIGN = "is of a form that cannot be read back"


async def reread(shop: Shop, job: Job) -> Tally:
    """Read one filed article again, rewrite its post where it changed, note when the next time is."""
    async with shop.pens.setdefault(job.key, asyncio.Lock()):
        return await _reread(shop, job)


async def _reread(shop: Shop, job: Job) -> Tally:
    watch = (await shop.threads.database(shop.state.watched, (job.key,)))[job.key]
    source = shop.sources[job.source]
    data = await shop.threads.files(shop.archive.read, job.path)
    if data is not None and file_hash(data) == watch.next_hash:
        log.info("%s: already rewritten by a run that was cut off: %s", job.url, job.path)
        return await _rewritten(shop, job, source, watch, data)
    if data is not None and await is_half_hung(shop, job.key, data):
        return await hang_now(shop, job) + await _reread(shop, job)
    if data is None or file_hash(data) != watch.file_hash:
        return await _give_up(shop, job, watch, REMOVED if data is None else EDITED)
    earlier = _as_read(watch, data)
    if earlier is None:
        return await _give_up(shop, job, watch, FOREIGN)
    answer, fetched = await _read(shop, job, source, watch, earlier)
    if isinstance(answer, Failure) and answer.status == 0 and shop.politeness.silent_until(job.host):
        return Tally()  # never asked: it stays due until the host may be asked
    return Tally(fetched=fetched) + await _heed(shop, job, source, watch, data, answer)


async def _read(
    shop: Shop, job: Job, source: Source, watch: Watch, earlier: Earlier
) -> tuple[Draft | Failure | None, int]:
    """Read the article as it is now; None where the server says that its page did not change.

    A page is asked for in any case where it may not be all there is to read: its feed has a new title, or the filed
    text is the feed's. Where the feed names it by another address now, it is asked for there.
    """
    entry = watch.entry or as_entry(earlier, CanonicalURL(job.url), source)
    task = replace(await task_of(shop, job, source, entry), earlier=earlier)
    if not rereads.is_paged(entry, source):
        return await draft_alone(shop, task), 0
    address = _address(watch, job)
    is_all = entry.title == earlier.title and not watch.is_feeds and address == job.url
    page = await fetch_page(shop, address, watch.validators if is_all else Validators())
    if isinstance(page, Failure):
        return page, 0
    draft, fetched = await draft_from(shop, task, page) if page.status != 304 else (None, 0)
    if isinstance(draft, Draft) and address != job.url:
        draft = replace(draft, validators=Validators())  # they are that address's, and the next ages ask ours
    return draft, fetched


def _address(watch: Watch, job: Job) -> str:
    """Return where an article is to be had: as its feed names it now, else as it was filed."""
    try:
        return urls.canonical(watch.entry.url) if watch.entry is not None and watch.entry.url else job.url
    except ParseError:
        return job.url


async def _heed(
    shop: Shop, job: Job, source: Source, watch: Watch, data: bytes, answer: Draft | Failure | None
) -> Tally:
    """Do what the answer asks for: nothing, another try, or a new post."""
    now = shop.clock.now()
    if isinstance(answer, Failure):
        log.info("%s: read again in vain, the post stays: %s", job.url, answer.reason)
        return await _note(shop, job, _in_vain(watch, source, answer, now))
    if answer is None:
        return await _note(shop, job, rereads.done(watch, source, now))
    told = replace(watch, validators=rereads.kept(answer.validators))
    answer = await at_home(shop, source, answer, job.path)
    earlier, later = _as_read(watch, data), _as_read(watch, answer.post.data)
    if earlier is None or later is None or is_same(earlier, later):
        return await _note(shop, job, rereads.done(told, source, now))
    why_not = objection(earlier, later, is_stub=_is_stub(watch))
    if answer.article.origin == "feed" and not watch.is_feeds:
        why_not = "only the feed has a text now"
    if why_not:
        log.info("%s: changed, and the post stays: %s", job.url, why_not)
        why = f"its page has no text in place of the stub: {why_not}" if _is_stub(watch) else ""
        return await _note(shop, job, replace(rereads.done(told, source, now), error=why))
    return await _rewrite(shop, job, source, told, data, answer)


def _as_read(watch: Watch, data: bytes) -> Earlier | None:
    return read_adopted(data) if watch.keeps_head else read_post(data)


def _is_stub(watch: Watch) -> bool:
    """Tell whether a post is still without the text that `backfill --refresh` is to give it."""
    return watch.keeps_head and not watch.revised


def _in_vain(watch: Watch, source: Source, failure: Failure, now: datetime) -> Watch:
    """Return what is remembered of a page that could not be had; of a stub the reason, too, for `status`."""
    told = (rereads.failed if failure.passing else rereads.done)(watch, source, now)
    return replace(told, error=f"the post stays a stub: {failure.reason}") if _is_stub(watch) else told


async def _rewrite(shop: Shop, job: Job, source: Source, watch: Watch, data: bytes, draft: Draft) -> Tally:
    """Put the new post in the earlier one's place.

    Validators are saved only with the post that they stand for: a run that is cut off before would else be told by
    the next one's 304 that there is nothing to do.
    """
    watch = replace(watch, next_hash=file_hash(draft.post.data), is_feeds=draft.article.origin == "feed")
    await shop.threads.database(shop.state.watch, job.key, replace(watch, validators=Validators()))
    if source.keep_revisions:
        await _keep(shop, job, watch, data)
    try:
        await shop.threads.files(shop.archive.put, job.path, draft.post.data, over=file_hash(data))
    except PathTaken:
        return await _give_up(shop, job, watch, EDITED)
    log.info("%s: changed, rewritten: %s", job.url, job.path)
    return await _rewritten(shop, job, source, watch, draft.post.data)


async def _keep(shop: Shop, job: Job, watch: Watch, data: bytes) -> None:
    """Keep a text that is about to be replaced, in a folder named after its post, by the time since when it stood."""
    path = f"{revisions_of(job.path)}/{watch.written:%Y%m%dT%H%M%SZ}.md"
    for choice in choices(path):
        if await _is_kept(shop, choice, data):
            return


async def _is_kept(shop: Shop, path: str, data: bytes) -> bool:
    """Keep a text at a path, unless another stands there; it may be the same one, of a run that was cut off."""
    try:
        await shop.threads.files(shop.revisions.put, path, data)
    except PathTaken:
        return await shop.threads.files(shop.revisions.read, path) == data
    return True


async def _rewritten(shop: Shop, job: Job, source: Source, watch: Watch, data: bytes) -> Tally:
    """Note that a post says what its page says now; its pictures are those of the new text."""
    now, shows = shop.clock.now(), await shown_by(shop, source, data)
    told = replace(watch, file_hash=watch.next_hash, written=now, revised=watch.revised + 1)
    await shop.threads.database(shop.state.watch, job.key, rereads.done(told, source, now), shows=shows)
    return Tally(revised=1)


async def _give_up(shop: Shop, job: Job, watch: Watch, what: str) -> Tally:
    """Leave a post as it is for good, and say so aloud where its feed has something new that it will not get."""
    level = logging.WARNING if watch.entry is not None else logging.INFO
    log.log(level, "%s: not read again, since its post %s: %s", job.url, what, job.path)
    return await _note(shop, job, rereads.over(watch))


async def _note(shop: Shop, job: Job, watch: Watch) -> Tally:
    await shop.threads.database(shop.state.watch, job.key, watch)
    return Tally()
