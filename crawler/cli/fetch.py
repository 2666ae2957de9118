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
from ..model import Admission, Entry, Failure, Job, Source
from ..slices import Shop, draft_of, work_article
from .common import EXIT_CODES, EXIT_OK, EXIT_UNHEALTHY, SystemClock, common_options, plain, read_config, say
from .parts import Store, locked_store, open_shop, trial_store
from .report import MOST_FAILURES
from .run import chosen


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
    config = replace(config, sources=(*(s for s in config.sources if s.url != source.url), source))
    job = Job(urls.key(address), "article", address, urls.host(address), source.url, entry=Entry(url=address))
    with (trial_store if dry_run else locked_store)(config, SystemClock()) as store:
        return asyncio.run(_at_work(config, store, job, _show if dry_run else _archive))


def _source(config: Config, name: str | None, url: str) -> Source:
    """Return the source an article is filed under: the named one, one of its site, or its host with the defaults."""
    host = urls.host(url)
    own = replace(config.defaults, name=host, tags=(host,), url=urls.join(url, "/"))
    kin = (source for source in config.sources if urls.same_site(source.url, url))
    if name is not None:
        named = chosen(config, (name,)) or frozenset()
        kin = (source for source in config.sources if source.url in named)
    # Without an entry there is no text that could stand in for the page.
    return replace(next(kin, own), content="page")


async def _at_work(config: Config, store: Store, job: Job, work: Callable[[Shop, Job], Awaitable[int]]) -> int:
    async with open_shop(config, store, SystemClock()) as shop:
        return await work(shop, job)


async def _show(shop: Shop, job: Job) -> int:
    """Print the post, and on stderr which rule or candidate won and how sure it is."""
    draft, _ = await draft_of(shop, job, shop.sources[job.source])
    if isinstance(draft, Failure):
        return _refused(job.url, draft.reason)
    article = draft.article
    click.echo(f"path: {plain(draft.post.path)}", err=True)
    click.echo(f"body: {plain(article.won)}, from the {article.origin}", err=True)
    click.echo(f"sure: {article.confidence:.0%}", err=True)
    sys.stdout.buffer.write(draft.post.data)
    return EXIT_OK


async def _archive(shop: Shop, job: Job) -> int:
    """Write the post, unless it is there already."""
    state = shop.state
    known = state.known((job.key,)).get(job.key)
    if known is not None and known.state == "done":
        say(f"already archived: {known.path}" if known.path else "already archived under another address")
        return EXIT_OK
    until = shop.politeness.silent_until(job.host)
    if until is not None:
        return _refused(job.url, f"the host asked for silence until {until:%Y-%m-%d %H:%M} UTC")
    admission = Admission(job.key, urls.canonical(job.url), job.host, job.entry or Entry(url=job.url))
    state.enter(urls.key(job.source), (admission,), shop.clock.now())
    await work_article(shop, replace(job, path=known.path if known else ""))
    now_known = state.known((job.key,))[job.key]
    if now_known.state != "done":
        reason = next((f.reason for f in state.failures(MOST_FAILURES) if f.url == job.url), "not archived")
        return _refused(job.url, reason)
    say(now_known.path)
    return EXIT_OK


def _refused(url: str, reason: str) -> int:
    click.echo(f"{plain(url)}: {plain(reason)}", err=True)
    return EXIT_UNHEALTHY
