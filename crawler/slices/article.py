"""One article: from a due job to a post on disk.

Order that must not be swapped: the path is reserved in the state, then the file is written, then the job is done.
A crash between file and row is healed here, by reading the file's own `from`.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator

from .. import scheduler, urls
from ..archive import facts, file_hash
from ..errors import FetchError, ItemError, PathTaken
from ..fetcher import Request
from ..model import ArticleOutcome, CanonicalURL, Draft, Entry, Failure, Job, Page, Source, Tally
from ..workers import Task, as_failure
from ..writer.names import numbered
from .poll import silence
from .shop import Shop

log = logging.getLogger(__name__)


async def work_article(shop: Shop, job: Job) -> Tally:
    """Fetch one article, write its post, settle its job."""
    if job.path and await _is_ours(shop, job.path, job.url):
        await _settle(shop, ArticleOutcome(job.key, "done", path=job.path))
        log.info("%s: already written by a run that was cut off: %s", job.url, job.path)
        return Tally(archived=1)
    source = shop.sources[job.source]
    draft, fetched = await draft_of(shop, job, source)
    if isinstance(draft, Failure):
        if not fetched and draft.status == 0 and shop.politeness.silent_until(job.host):
            return Tally()  # never asked: another job was told to leave the host alone, which costs this one no try
        return Tally(fetched=fetched) + await _failed(shop, job, draft)
    return Tally(fetched=fetched) + await _file(shop, job, draft)


async def draft_of(shop: Shop, job: Job, source: Source) -> tuple[Draft | Failure, int]:
    """Make an article's post; also return how many pages were fetched for it (0 or 1).

    `content: best` takes the feed's text at once where the page is gone for good, and otherwise waits:
    a passing failure leads to the feed's text only when no try is left.
    """
    entry = job.entry or Entry(url=job.url)
    page, failure, fetched = None, None, 0
    if source.content != "feed" and entry.url:
        try:
            page = await _page(shop, job.url)
            fetched = 1
        except FetchError as e:
            failure = as_failure(e)
    if failure is not None and (source.content == "page" or (failure.passing and not _last_try(shop, job, failure))):
        return failure, fetched
    task = Task(page, entry, source, CanonicalURL(job.url), shop.clock.now())
    draft = await shop.parsers.draft(task)
    if isinstance(draft, Failure) and failure is not None:
        draft = Failure(f"{failure.reason}; {draft.reason}", failure.passing, failure.retry_after, failure.status)
    return draft, fetched


async def _page(shop: Shop, url: str) -> Page:
    """Fetch an article's page, as its host's robots.txt allows."""
    try:
        return await shop.fetcher.get(Request(url, kind="article", permit=shop.permit))
    except FetchError as e:
        await silence(shop, urls.host(url), as_failure(e))
        raise


def _last_try(shop: Shop, job: Job, failure: Failure) -> bool:
    return scheduler.article_retry(job.tries + 1, failure, shop.clock.now(), shop.rng) is None


async def _file(shop: Shop, job: Job, draft: Draft) -> Tally:
    """Write the post, unless the same article is archived under another address."""
    alias = _alias(job.url, draft)
    twin = await _twin(shop, job, alias)
    if twin is not None:
        await _settle(shop, ArticleOutcome(job.key, "done", error="the same article as " + twin))
        log.info("%s: the same article as %s", job.url, twin)
        return Tally()
    path = await _write(shop, job, draft)
    aliases = (alias,) if alias else ()
    await _settle(
        shop, ArticleOutcome(job.key, "done", path=path, file_hash=file_hash(draft.post.data), aliases=aliases)
    )
    log.info("%s: archived as %s (%s, %s)", job.url, path, draft.article.origin, draft.article.won)
    return Tally(archived=1)


def _alias(url: str, draft: Draft) -> bytes:
    """Return the key of the page's rel=canonical where it is another address on the same site, else b""."""
    try:
        canonical = urls.canonical(draft.article.canonical) if draft.article.canonical else ""
    except ItemError:
        return b""
    return urls.key(canonical) if canonical != url and urls.same_site(url, canonical) else b""


async def _twin(shop: Shop, job: Job, alias: bytes) -> str | None:
    """Return the path of the post that already holds this article under its rel=canonical address."""
    holder = shop.claims.setdefault(job.key, job.key)
    if alias:
        holder = shop.claims.setdefault(alias, job.key)
        known = (await shop.threads.database(shop.state.known, (alias,))).get(alias)
        if known is not None and known.state == "done" and known.key != job.key:
            return known.path or "one left out"
    return None if holder == job.key else "one being written"


async def _write(shop: Shop, job: Job, draft: Draft) -> str:
    """Reserve a path and write the post there; a foreign file on the way is stepped round, never replaced."""
    taken: set[str] = set()
    while True:
        choices = _names(draft.post.path)
        path = await shop.threads.database(shop.state.reserve, job.key, choices, not_these=frozenset(taken))
        try:
            await shop.threads.files(shop.archive.put, path, draft.post.data)
        except PathTaken:
            if await _is_ours(shop, path, job.url):
                return path
            taken.add(path)
        else:
            return path


def _names(path: str) -> Iterator[str]:
    yield path
    for n in itertools.count(2):
        yield numbered(path, n)


async def _is_ours(shop: Shop, path: str, url: str) -> bool:
    """Tell whether the file at a path is this article's post."""
    data = await shop.threads.files(shop.archive.read, path)
    known = facts(data) if data is not None else None
    return known is not None and known.url == url


async def _failed(shop: Shop, job: Job, failure: Failure) -> Tally:
    """Let the job wait for its next try, or give it up."""
    now, tries = shop.clock.now(), job.tries + 1
    due = scheduler.article_retry(tries, failure, now, shop.rng)
    state = "dead" if due is None else "pending"
    await _settle(shop, ArticleOutcome(job.key, "dead" if due is None else "pending", failure.reason, tries, due))
    log.log(logging.WARNING if due is None else logging.INFO, "%s: %s: %s", job.url, state, failure.reason)
    return Tally(retried=int(due is not None), dead=int(due is None))


async def _settle(shop: Shop, outcome: ArticleOutcome) -> None:
    await shop.threads.database(shop.state.settle, (outcome,), shop.clock.now())
