"""One article: from a due job to a post on disk.

Order that must not be swapped: the path is reserved in the state, then the file is written, then the job is done.
A crash between file and row is healed here, by reading the file's own `from`.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from .. import rereads, scheduler, urls
from ..archive import facts, file_hash
from ..errors import GuidHeld, PathTaken
from ..memory import ArticleOutcome, Reservation
from ..model import Draft, Entry, Failure, Fingerprint, Job, Source, Tally
from ..writer.names import choices
from .gallery import at_home, shown_by
from .pages import draft_alone, draft_from, fetch_copy, fetch_page, remembering, task_of
from .shop import Shop
from .twins import Twin, by_guid, dated, find_twin, let_go

log = logging.getLogger(__name__)


async def work_article(shop: Shop, job: Job) -> Tally:
    """Fetch one article, write its post, settle its job."""
    with shop.rounds.working():
        return await _work(shop, job)


async def _work(shop: Shop, job: Job) -> Tally:
    left = await _post_at(shop, job.path, job.url) if job.path else None
    if left is not None:
        watch = rereads.begun(_entry(job), shop.sources[job.source], None, shop.clock.now())
        shows = await shown_by(shop, shop.sources[job.source], left)
        done = ArticleOutcome(job.key, "done", path=job.path, file_hash=file_hash(left), watch=watch, shows=shows)
        await _settle(shop, done)
        log.info("%s: already written by a run that was cut off: %s", job.url, job.path)
        return Tally(archived=1)
    source = shop.sources[job.source]
    draft, fetched = await draft_of(shop, job, source)
    if isinstance(draft, Failure):
        if not fetched and draft.status == 0 and shop.politeness.silent_until(job.host):
            return Tally()  # never asked: another job was told to leave the host alone, which costs this one no try
        return Tally(fetched=fetched) + await _failed(shop, job, draft)
    return Tally(fetched=fetched) + (await _left_out(shop, job, draft) or await _file(shop, job, draft))


async def _left_out(shop: Shop, job: Job, draft: Draft) -> Tally | None:
    """Settle an article that a backfill's window leaves out, as is known now that its page was read.

    What a source named meanwhile is wanted whatever its date: it will not name it again while its feed is unchanged.
    """
    published = dated(shop, draft) if job.backfill else None
    if published is None:
        return None
    window = await shop.threads.database(shop.state.backfills.window, job.backfill)
    if window.holds(published) or await shop.threads.database(shop.state.is_named, job.key):
        return None
    said = f"published on {published:%Y-%m-%d}, which its backfill leaves out"
    await _settle(shop, ArticleOutcome(job.key, "done", error=said, outside=published))
    log.info("%s: %s", job.url, said)
    return Tally(outside=1)


async def draft_of(shop: Shop, job: Job, source: Source) -> tuple[Draft | Failure, int]:
    """Make an article's post; also return how many pages were fetched for it.

    `content: best` takes the feed's text at once where the page is gone for good or no page at all, and otherwise
    waits: after a passing failure the feed's text is taken only when no try is left.
    """
    entry = _entry(job)
    task = await task_of(shop, job, source, entry)
    if source.content == "feed" or not entry.url:
        return await draft_alone(shop, task), 0
    page = await (fetch_copy(shop, entry.copy) if entry.copy else fetch_page(shop, job.url))
    fetched = 0
    if isinstance(page, Failure):
        draft: Draft | Failure = page
    else:
        draft, fetched = await draft_from(shop, task, page)
        if entry.copy and isinstance(draft, Failure) and draft.held:
            draft = replace(draft, passing=False)  # a copy says tomorrow what it says today
    if isinstance(draft, Failure) and source.content == "best" and (not draft.passing or _last_try(shop, job, draft)):
        draft = _instead(draft, await draft_alone(shop, task))
    return draft, fetched


def _entry(job: Job) -> Entry:
    """Return what the feed said of an article; one that was named by hand is in no feed."""
    return job.entry or Entry(url=job.url)


def _instead(page: Failure, feed: Draft | Failure) -> Draft | Failure:
    """Return the feed's draft, or why neither text could be had; what may be done about it is the page's to tell.

    A page that was refused for its repeated text is remembered in either case.
    """
    if isinstance(feed, Failure):
        reason = page.reason if page.reason == feed.reason else f"{page.reason}; {feed.reason}"
        feed = replace(page, reason=reason, blocks=feed.blocks)
    return remembering(feed, page.blocks)


def _last_try(shop: Shop, job: Job, failure: Failure) -> bool:
    return scheduler.article_retry(job.tries + 1, failure, shop.clock.now(), shop.rng) is None


async def _file(shop: Shop, job: Job, draft: Draft) -> Tally:
    """Write the post, unless the same article is archived under another address."""
    source, place = shop.sources[job.source], ""
    draft = await at_home(shop, source, draft, job.path or draft.post.path)
    try:
        twin = await find_twin(shop, job, draft)
        try:
            place = twin.place or await _filed(shop, job, draft, twin)
        except GuidHeld:
            shop.prints.drop(source, job.key)
            twin = await by_guid(shop, job, draft, twin)
            place = twin.place or await _filed(shop, job, draft, twin)
        if twin.place:
            same = ArticleOutcome(job.key, "done", error="the same article as " + twin.place, also=twin.place)
            await _settle(shop, same)
            log.info("%s: the same article as %s", job.url, twin.place)
            return Tally()
    finally:
        let_go(shop, job, draft, place)
    log.info("%s: archived as %s (%s, %s)", job.url, place, draft.article.origin, draft.article.won)
    return Tally(archived=1)


async def _filed(shop: Shop, job: Job, draft: Draft, twin: Twin) -> str:
    """Write the post and settle its job; return the path."""
    source = shop.sources[job.source]
    shop.prints.add(shop, source, job.key, Fingerprint(draft.article.blocks))
    path = await _write(shop, job, draft, twin.guid)
    done = ArticleOutcome(
        job.key,
        "done",
        path=path,
        file_hash=file_hash(draft.post.data),
        aliases=(twin.alias,) if twin.alias else (),
        blocks=draft.article.blocks,
        watch=rereads.begun(_entry(job), source, draft, shop.clock.now()),
        origin=draft.article.origin,
        doubted=twin.doubted,
        shows=await shown_by(shop, source, draft.post.data),
    )
    await _settle(shop, done)
    return path


async def _write(shop: Shop, job: Job, draft: Draft, guid: bytes) -> str:
    """Reserve a path and write the post there; a foreign file on the way is stepped round, never replaced.

    Raises:
        GuidHeld: the source knows another article by this guid; nothing is written.
    """
    shop.asked()
    taken: set[str] = set()
    while True:
        wanted = Reservation(job.key, choices(draft.post.path), frozenset(taken), urls.key(job.source), guid)
        path = await shop.rounds.write(shop, wanted)
        try:
            await shop.threads.files(shop.archive.put, path, draft.post.data)
        except PathTaken:
            if await _post_at(shop, path, job.url) is not None:
                return path
            taken.add(path)
        else:
            return path


async def _post_at(shop: Shop, path: str, url: str) -> bytes | None:
    """Return the bytes of this article's post, if it is what stands at a path."""
    data = await shop.threads.files(shop.archive.read, path)
    known = facts(data) if data is not None else None
    return data if known is not None and known.url == url else None


async def _failed(shop: Shop, job: Job, failure: Failure) -> Tally:
    """Let the job wait for its next try, or give it up."""
    now, tries, entry = shop.clock.now(), job.tries + 1, _entry(job)
    is_final = entry.copy != "" and not failure.passing  # what the archive has not got, it will not get
    due = None if is_final else scheduler.article_retry(tries, failure, now, shop.rng)
    failure = replace(failure, reason="; ".join(filter(None, (entry.given_up, failure.reason))))
    shop.prints.add(shop, shop.sources[job.source], job.key, Fingerprint(failure.blocks, refused=True))
    told = ArticleOutcome(job.key, "pending", failure.reason, tries, due, blocks=failure.blocks, held=failure.held)
    if due is None:
        await _settle(shop, replace(told, state="dead"))
        log.warning("%s: given up: %s", job.url, failure.reason)
        return Tally(dead=1)
    await _settle(shop, told)
    is_alarm = bool(failure.blocks) and tries == 1  # who reads only the warnings must hear of it, and once
    log.log(logging.WARNING if is_alarm else logging.INFO, "%s: pending: %s", job.url, failure.reason)
    return Tally(retried=1)


async def _settle(shop: Shop, outcome: ArticleOutcome) -> None:
    shop.asked()
    await shop.rounds.write(shop, outcome)
