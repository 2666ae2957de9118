"""Pictures of filed articles: from where they are into the archive, and the posts that are to show them from there.

Rule 1: nothing about a picture delays, loses or doubles an article: its post is filed at once, its pictures come when
they come, and what cannot be had stays a link to where it is.
Rule 2: only bytes of ours are replaced, and of them only addresses of pictures. What a person edited is theirs.
Order that must not be swapped: the file of a picture, then the state has it; of a post, as in `reread`, the state
learns the hash of the bytes to come, the file is replaced, the state learns that it is so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from .. import assets, scheduler
from ..archive import file_hash
from ..errors import FetchError, PathTaken
from ..fetcher import Request
from ..memory import Picture, PictureOutcome, Shows
from ..model import Draft, Failure, Job, Source, Tally
from ..workers import as_failure
from ..writer.pictures import localized, wanted
from .going import JOBS_A_TURN, Pass
from .shop import Shop

log = logging.getLogger(__name__)

#: Of posts that are rewritten no host is asked anything: they have one turn, that of no host.
NO_HOST = ""
NEVER = datetime.max.replace(tzinfo=UTC)


# --- what a post shows ---


async def at_home(shop: Shop, source: Source, draft: Draft, path: str) -> Draft:
    """Return a draft that shows those of its pictures from the archive that were brought there before."""
    shows = await shown_by(shop, source, draft.post.data)
    if shows is None or not shows.addresses:
        return draft
    there = await shop.threads.database(shop.state.pictures.known, shows.addresses, shows.folder)
    data = localized(draft.post.data, there, path, source.image_links) if there else draft.post.data
    return replace(draft, post=replace(draft.post, data=data))


async def shown_by(shop: Shop, source: Source, data: bytes) -> Shows | None:
    """Return what a post shows from elsewhere and is to be brought home; None where its source leaves all there."""
    if source.images == "link":
        return None
    return Shows(await shop.threads.files(wanted, data, source.images), assets.folder_of(source))


# --- a picture ---


async def bring(shop: Shop, job: Job) -> Tally:
    """Fetch one picture, keep it under the name that its bytes give it, settle its job."""
    picture = await shop.threads.database(shop.state.pictures.picture, job.key)
    data = await _fetched(shop, picture)
    if isinstance(data, Failure):
        if data.status == 0 and shop.politeness.silent_until(job.host):
            return Tally()  # never asked: it stays due until the host may be asked
        return await _failed(shop, job, data)
    path = assets.path_of(data, picture.folder)
    try:
        await shop.threads.files(shop.archive.put, path, data)
    except PathTaken:
        if await shop.threads.files(shop.archive.read, path) != data:
            return await _failed(shop, job, Failure(f"another file stands at {path}", passing=False))
    await _settle(shop, PictureOutcome(job.key, "done", path=path))
    log.info("%s: kept as %s", job.url, path)
    return Tally(pictures=1)


async def _fetched(shop: Shop, picture: Picture) -> bytes | Failure:
    """Return the bytes of a picture, as robots.txt of its host allows; a failure for what is none that we keep."""
    request = Request(picture.url, kind="image", referer=picture.referer, permit=shop.permit)
    try:
        page = await shop.fetcher.get(request)
    except FetchError as e:
        return as_failure(e)
    refused = assets.refusal(page.body)
    return Failure(refused, passing=False, status=page.status) if refused else page.body


async def _failed(shop: Shop, job: Job, failure: Failure) -> Tally:
    """Let a picture wait for its next try, or give it up: its link stays as it is."""
    now, tries = shop.clock.now(), job.tries + 1
    due = scheduler.article_retry(tries, failure, now, shop.rng) if failure.passing else None
    await _settle(shop, PictureOutcome(job.key, "pending" if due else "dead", failure.reason, tries, due))
    log.info("%s: its picture %s: %s", job.url, "waits" if due else "stays there", failure.reason)
    return Tally()


async def _settle(shop: Shop, outcome: PictureOutcome) -> None:
    await shop.threads.database(shop.state.pictures.settle, outcome, shop.clock.now())


# --- a post ---


async def hang(shop: Shop, job: Job) -> Tally:
    """Rewrite one post so that it shows the pictures from the archive that were brought there."""
    async with shop.pens.setdefault(job.key, asyncio.Lock()):
        return await hang_now(shop, job)


async def hang_now(shop: Shop, job: Job) -> Tally:
    """Do the same where nobody else rewrites that post meanwhile."""
    album = await shop.threads.database(shop.state.pictures.album, job.key)
    if album is None:
        return Tally()
    data = await shop.threads.files(shop.archive.read, album.path)
    if data is None or file_hash(data) not in album.hashes:
        return await _let_be(shop, job, "was removed" if data is None else "was edited")
    links = shop.sources[job.source].image_links
    hung = await shop.threads.files(localized, data, album.there, album.path, links)
    if hung != data:
        await shop.threads.database(shop.state.pictures.expect, job.key, file_hash(hung))
        try:
            await shop.threads.files(shop.archive.put, album.path, hung, over=file_hash(data))
        except PathTaken:
            return await _let_be(shop, job, "was edited")
        log.info("%s: shows its pictures from the archive: %s", job.url, album.path)
    now = shop.clock.now()
    await shop.threads.database(shop.state.pictures.hung, job.key, file_hash(hung), tuple(album.there), now)
    return Tally(hung=int(hung != data))


async def is_half_hung(shop: Shop, article: bytes, data: bytes) -> bool:
    """Tell whether a post has the bytes that were to show its pictures when a run was cut off."""
    album = await shop.threads.database(shop.state.pictures.album, article)
    return album is not None and album.next_hash == file_hash(data)


async def _let_be(shop: Shop, job: Job, what: str) -> Tally:
    await shop.threads.database(shop.state.pictures.forget, job.key)
    log.info("%s: shows its pictures from where they are, since its post %s: %s", job.url, what, job.path)
    return Tally()


async def bring_home(shop: Shop, job: Job) -> Tally:
    """Bring the pictures of one article home, one after another, and let its post show them."""
    tally = Tally()
    for picture in await shop.threads.database(shop.state.pictures.of, job.key, shop.clock.now()):
        tally += await bring(shop, picture)
    return tally + await hang(shop, job)


# --- what is due ---


async def due_pictures(
    shop: Shop, going: Pass, sources: frozenset[str] | None, free: int, busy: Collection[str]
) -> list[Job]:
    """Return posts that can show their pictures by now, and pictures to fetch, of these sources; None: of all.

    Where there are none it is remembered until when: to find out takes long where many wait for other sources.
    """
    of, ask_for, now = shop.state.pictures, shop.threads.database, shop.clock.now()
    filed = going.tally.archived + going.tally.revised
    if going.no_pictures_until is not None and now < going.no_pictures_until and filed == going.filed:
        return []
    jobs: list[Job] = []
    if NO_HOST not in busy:
        jobs += await ask_for(of.due_albums, now, JOBS_A_TURN, sources=sources)
    most = free * JOBS_A_TURN
    jobs += await ask_for(of.due, now, most, sources=sources, busy_hosts=busy, per_host=JOBS_A_TURN)
    if not jobs:
        going.filed, going.no_pictures_until = filed, await next_picture(shop, sources) or NEVER
    return [job for job in jobs if job.source in shop.sources]


async def next_picture(shop: Shop, sources: frozenset[str] | None) -> datetime | None:
    """Return when a picture or a post that is to show some is due next; None for never."""
    return await shop.threads.database(shop.state.pictures.next_due, shop.clock.now(), sources)
