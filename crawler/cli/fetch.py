"""`crawler fetch URL`: one article by hand, with the reasons told."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import click

from .. import urls
from ..config import Config
from ..errors import ConfigError, ItemError
from ..fetcher import Clock
from ..memory import Admission
from ..model import Entry, Failure, Job, Source
from ..slices import Shop
from ..slices.article import draft_of, work_article
from ..slices.gallery import bring_home
from ..slices.hosts import note_silenced
from .common import EXIT_CODES, EXIT_OK, EXIT_UNHEALTHY, common_options, complain, read_config, say
from .indexing import Indexer
from .parts import Store, clock_of, locked_store, trial_store
from .report import MOST_FAILURES
from .run import chosen
from .shop import open_shop

#: Characters shown of a block that was left out.
LONGEST_BLOCK = 100


@click.command(epilog=EXIT_CODES)
@click.argument("url")
@click.option("--dry-run", is_flag=True, help="Print the post, and on stderr how the body was found; write nothing.")
@click.option("--source", "name", help="File it under this source, with its settings.")
@common_options
def fetch(url: str, dry_run: bool, name: str | None, config_path: Path) -> int:
    """Archive one article by hand. Ends with 3 when it cannot be had; `run` retries it if its source is configured."""
    config = read_config(config_path)
    try:
        address = urls.canonical(url)
    except ItemError as e:
        raise ConfigError(f"URL: {e.reason}") from e
    source = _source(config, name, address)
    if source not in config.sources:
        config = replace(config, sources=(*config.sources, source))
    job = Job(urls.key(address), "article", address, urls.host(address), source.url)
    clock = clock_of(config)
    with (trial_store if dry_run else locked_store)(config, clock) as store:
        indexer = Indexer(config, store, clock, "trial" if dry_run else "fetch")
        deed = _show if dry_run else _archive
        code = asyncio.run(_at_work(config, indexer.store, clock, job, deed, named=name is not None))
        indexer.finish()
        return code


def _source(config: Config, name: str | None, url: str) -> Source:
    """Return the source an article is filed under: the named one, one of its site, or its host with the defaults."""
    host = urls.host(url)
    own = replace(config.defaults, name=host, tags=(host,), url=urls.join(url, "/"))
    kin = (source for source in config.sources if urls.same_site(source.url, url))
    if name is not None:
        named = chosen(config, (name,)) or frozenset()
        kin = (source for source in config.sources if source.url in named)
    return next(kin, own)


async def _at_work(
    config: Config, store: Store, clock: Clock, job: Job, work: Callable[[Shop, Job], Awaitable[int]], *, named: bool
) -> int:
    async with open_shop(config, store, clock) as shop:
        job = await _resumed(shop, job, named=named)
        source = shop.sources[job.source]
        if job.entry is None or not job.entry.content:  # there is no text that could stand in for the page
            source = replace(source, content="page")
        return await work(replace(shop, sources={**shop.sources, source.url: source}), job)


async def _resumed(shop: Shop, job: Job, *, named: bool) -> Job:
    """Return the job as it waits in the state, with what the feed said and its tries; the one given if there is none.

    It stays with its source, unless another one was named.
    """
    waiting = await shop.threads.database(shop.state.job, job.key)
    if waiting is None:
        return job
    waiting = replace(waiting, backfill=0)  # who asks for an article by hand wants it, whatever its date
    return replace(waiting, source=job.source) if named or waiting.source not in shop.sources else waiting


async def _show(shop: Shop, job: Job) -> int:
    """Print the post, and on stderr which rule or candidate won and how sure it is."""
    draft, _ = await draft_of(shop, job, shop.sources[job.source])
    if isinstance(draft, Failure):
        return _refused(job.url, draft.reason)
    article = draft.article
    complain(f"path: {draft.post.path}")
    complain(f"body: {article.won}, from the {article.origin}")
    complain(f"sure: {article.confidence:.0%}")
    complain(f"left out: {len(article.boilerplate)} blocks that the source repeats")
    for block in article.boilerplate:
        complain(f"  {block[:LONGEST_BLOCK]}")
    show(draft.post.data)
    return EXIT_OK


def show(post: bytes) -> None:
    """Print a post: byte for byte, but on a terminal nothing that could move it or turn its text round."""
    if sys.stdout.isatty():
        say(post.decode("utf-8").removesuffix("\n"))
        return
    sys.stdout.buffer.write(post)
    sys.stdout.flush()


async def _archive(shop: Shop, job: Job) -> int:
    """Write the post, unless it is there already."""
    database, state = shop.threads.database, shop.state
    known = (await database(state.known, (job.key,))).get(job.key)
    if known is not None and known.state == "done":
        if known.path and await shop.threads.files(shop.archive.read, known.path) is None:
            return _refused(job.url, f"{known.path} was removed, which is heeded; `crawler rebuild` forgets it")
        say(f"already archived: {known.path}" if known.path else "already archived under another address")
        return EXIT_OK
    until = shop.politeness.silent_until(job.host)
    if until is not None:
        return _refused(job.url, f"the host asked for silence until {until:%Y-%m-%d %H:%M} UTC")
    if known is None:
        admission = Admission(job.key, urls.canonical(job.url), job.host, Entry(url=job.url))
        await database(state.enter, urls.key(job.source), (admission,), shop.clock.now())
    await work_article(shop, job)
    await note_silenced(shop)
    now_known = (await database(state.known, (job.key,)))[job.key]
    if now_known.state != "done":
        failures = await database(state.failures, MOST_FAILURES)
        failure = next((f for f in failures if f.url == job.url), None)
        reason = failure.reason if failure else "not archived"
        return _refused(job.url, f"{reason}{'; runs try it again' if failure and failure.state == 'pending' else ''}")
    await bring_home(shop, job)
    await note_silenced(shop)
    say(now_known.path)
    return EXIT_OK


def _refused(url: str, reason: str) -> int:
    complain(f"{url}: {reason}")
    return EXIT_UNHEALTHY
