"""The pages of one article: the one that has it whole, or one after the other until it ends.

The worker reads a page and says which one it wants next (`Onward`); this module fetches it, as its host's robots.txt
allows, and asks again. Each page is parsed once. Rule: half an article is never filed in silence. A page that cannot
be had for now lets the article wait; one that is gone for good, or one too many, ends it, and the log says so.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

from .. import copies, urls
from ..errors import FetchError, ItemError
from ..fetcher import Request
from ..model import CanonicalURL, Draft, Entry, Failure, Job, Onward, Page, Source, Validators
from ..workers import Task, as_failure
from .shop import Shop

log = logging.getLogger(__name__)

UNCONDITIONAL = Validators()
#: Pages of one article, the first one counted: the longest read in the wild have about a dozen.
MAX_PAGES = 20
#: Bytes of those behind the first one, decoded; no further page is fetched beyond.
MAX_BYTES = 30_000_000
#: A web archive looks for its captures on slow disks; its own clients give it as long (edgi-govdata-archiving/wayback).
PATIENCE = timedelta(seconds=60)


async def fetch_page(
    shop: Shop, url: str, validators: Validators = UNCONDITIONAL, *, is_packed: bool = True
) -> Page | Failure:
    """Fetch an article's page, as its host's robots.txt allows; with validators, its status may be 304.

    With `is_packed` it comes as it was sent: the worker opens it, and a sixth of the bytes go through its pipe.
    """
    try:
        return await _had(shop, Request(url, validators, "article", permit=shop.permit, is_packed=is_packed))
    except FetchError as e:
        return as_failure(e)


async def _had(shop: Shop, request: Request) -> Page:
    """Get a page when there is room for it."""
    page = await shop.fetcher.get(replace(request, ready=shop.rounds.pages.room))
    shop.rounds.pages.came()
    return page


async def fetch_copy(shop: Shop, copy: str) -> Page | Failure:
    """Fetch the copy of an article's page in a web archive; the answer is as its own server gave it.

    No robots.txt is asked: what answers is an interface for programs, and the user named it.
    """
    try:
        return copies.as_original(await _had(shop, of_copy(Request(copy))))
    except ItemError as e:
        failure, name = as_failure(e), urls.host(copy)
        is_none = failure.status == 404 and not failure.reason.startswith("captured")
        return replace(failure, reason=f"no copy at {name}" if is_none else f"its copy at {name}: {failure.reason}")


def of_copy(request: Request) -> Request:
    """Return the request of a copy, which must not lead out of its archive: nobody permitted what is there."""

    async def stay(address: str) -> None:
        if not copies.stays(request.url, address):
            raise FetchError(f"leads out of the archive, to {address}", passing=False)

    return replace(request, permit=stay, is_copy=True, patience=PATIENCE)


async def task_of(shop: Shop, job: Job, source: Source, entry: Entry) -> Task:
    """Return the worker's task of making an article's post, its page still to be fetched."""
    lately = await shop.prints.of(shop, source, but=job.key)
    copy, now = copies.read(entry.copy), shop.clock.now()
    now = min(copy.moment, now) if copy else now
    return await with_rules(shop, Task(None, entry, source, CanonicalURL(job.url), now, lately=lately))


async def with_rules(shop: Shop, task: Task) -> Task:
    """Give a task the user's rules for its hosts."""
    if shop.rules is None:
        return task
    hosts = (task.page.final_url, task.url) if task.page else (task.url,)
    return replace(task, own=await shop.threads.files(shop.rules.find, *hosts))


async def draft_alone(shop: Shop, task: Task) -> Draft | Failure:
    """Make a post of what a task has, following nothing: the feed's text, or the pages that were read."""
    return cast("Draft | Failure", await shop.parsers.draft(task))


async def draft_from(shop: Shop, task: Task, first: Page) -> tuple[Draft | Failure, int]:
    """Make the post of an article from its first page; also return how many pages were fetched for it."""
    task = replace(task, page=first)
    if first.copy:
        task = replace(task, now=min(task.now, first.fetched), archived=first.copy)
    walk = _Walk(shop, task, seen={first.url, first.final_url})
    answer = await walk.ask(replace(task, follow="all"))
    if isinstance(answer, Onward) and answer.is_whole:
        answer = await walk.whole(answer)
    if isinstance(answer, Onward):
        answer = await walk.rest(answer)
    return remembering(answer, walk.refused), walk.fetched


def remembering(answer: Draft | Failure, refused: bytes) -> Draft | Failure:
    """Add to a draft or failure what pages were made of that were refused on the way, so that they stay known."""
    if isinstance(answer, Failure):
        return replace(answer, blocks=answer.blocks + refused)
    return replace(answer, article=replace(answer.article, blocks=answer.article.blocks + refused))


@dataclass(slots=True)
class _Walk:
    """The way through one article."""

    shop: Shop
    task: Task  #: with the first page
    seen: set[str]  #: addresses that were read
    fetched: int = 1  #: the first page included
    size: int = 0  #: bytes of the pages behind the first one
    refused: bytes = b""  #: see `Failure.blocks`, of pages that the article does without

    async def ask(self, task: Task) -> Draft | Onward | Failure:
        """Let a worker read the page of a task."""
        return await self.shop.parsers.draft(await with_rules(self.shop, task))

    async def whole(self, onward: Onward) -> Draft | Onward | Failure:
        """Read the page that has the article whole; the first page and its followers where that one is no help."""
        answer = await self._turn(replace(self.task, before=onward), onward)
        if isinstance(answer, Failure) and not answer.passing:
            log.warning("%s: read page by page, for %s is no help: %s", self.task.url, onward.url, answer.reason)
            return await self.ask(replace(self.task, follow="next"))
        return replace(answer, reason=f"its single page: {answer.reason}") if isinstance(answer, Failure) else answer

    async def rest(self, onward: Onward) -> Draft | Failure:
        """Read the following pages until the article ends."""
        for number in range(2, MAX_PAGES + 1):
            answer = await self._turn(replace(self.task, before=onward, follow="next"), onward)
            if isinstance(answer, Failure) and answer.passing:
                return replace(answer, reason=f"page {number}: {answer.reason}")
            if isinstance(answer, Failure):
                return await self._end(onward, f"page {number}, {onward.url}: {answer.reason}")
            if isinstance(answer, Draft):
                return answer
            onward = answer
        return await self._end(onward, f"over {MAX_PAGES} pages")

    async def _turn(self, task: Task, onward: Onward) -> Draft | Onward | Failure:
        """Fetch the page that is wanted, and let it be read."""
        if onward.url in self.seen:
            return Failure("leads back to a page that was read", passing=False)
        if self.size > MAX_BYTES:
            return Failure(f"over {MAX_BYTES // 1_000_000} MB in all", passing=False)
        page = await self._fetch(onward.url)
        if isinstance(page, Failure):
            return page
        self.fetched += 1
        self.size += len(page.body)
        if page.final_url in self.seen or not urls.same_site(page.final_url, onward.url):
            return Failure(f"leads elsewhere, to {page.final_url}", passing=False)
        self.seen |= {page.url, page.final_url}
        answer = await self.ask(replace(task, page=page))
        self.refused += answer.blocks if isinstance(answer, Failure) else b""
        return answer

    async def _fetch(self, url: str) -> Page | Failure:
        """Fetch a further page; of an article that is read from copies, its copy."""
        if not self.task.archived:
            return await fetch_page(self.shop, url, is_packed=False)  # its size counts
        return await fetch_copy(self.shop, copies.beside(self.task.archived, url))

    async def _end(self, onward: Onward, why: str) -> Draft | Failure:
        """Make the post of what was read."""
        log.warning("%s: taken without what follows: %s", self.task.url, why)
        return await draft_alone(self.shop, await with_rules(self.shop, replace(self.task, page=None, before=onward)))
