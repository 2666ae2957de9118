"""`crawler demo`: the real pipeline on a tiny site bundled with the package, without a network."""

from __future__ import annotations

import asyncio
import shlex
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path

import click

from ..archive import below, facts, open_archive
from ..config import Config, load
from ..demo import Request, Site, serve
from ..engine.local import run_once
from ..errors import ArchiveError, ConfigError
from ..slices import Want
from ..wording import iso
from .common import EXIT_CODES, SystemClock, common_options, say
from .parts import locked_store
from .report import as_text
from .run import Outcome, code_of, summary, work

#: The sources' `every` of 15 minutes, less what `scheduler.floor` takes off, and its jitter.
UNTIL_NEXT_POLL = timedelta(minutes=14, seconds=50)


@click.command(epilog=EXIT_CODES)
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="Keep the archive in this folder.")
@common_options
def demo(into: Path | None, config_path: Path) -> int:
    """Crawl a tiny bundled site on the loopback interface and show the posts.

    One of its feeds and one of its pages are broken on purpose, so it ends with 3: one source is failing.
    """
    folder = into or Path(tempfile.mkdtemp(prefix="crawler-demo-"))
    with served() as web:
        config_file = write_config(folder, web.config_text(folder / "archive"))
        config = load(config_file, {})
        first = one_pass(config, web, SystemClock())
        say(f"first pass: {summary(first)}")
        show_posts(config)
        say("\n" + as_text(first.report))
        before = len(web.requests)
        again = one_pass(config, web, LaterClock())
        say("\n" + second_pass(again, web.requests[before:]))
    say(f"\nthe archive stays in {folder}; look at it with: crawler status --config {shlex.quote(str(config_file))}")
    return code_of(first, None)


def write_config(folder: Path, text: str) -> Path:
    """Write config.yaml into a folder, unless one stands there that a person may have written; returns its path."""
    path = folder / "config.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.read_bytes().splitlines()[:1] != text.encode().splitlines()[:1]:
            raise ConfigError(f"{path}: is there already; choose an empty folder")
        path.write_text(text, encoding="utf-8")
    except OSError as e:
        raise ArchiveError(f"{path}: {e.strerror}") from e
    return path


@contextmanager
def served(port: int = 0) -> Iterator[Site]:
    """Serve the bundled site from a thread of its own, as the crawl has the main one; by default on a free port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="demo site", daemon=True)
    thread.start()
    site = serve(port)
    try:
        yield asyncio.run_coroutine_threadsafe(site.__aenter__(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(site.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class LaterClock(SystemClock):
    """The machine's clock when the sources are due again, and before the article that failed is."""

    def now(self) -> datetime:
        """Return the time a poll's interval ahead."""
        return super().now() + UNTIL_NEXT_POLL


def one_pass(config: Config, web: Site, clock: SystemClock) -> Outcome:
    """Run the real pipeline over the bundled site; only its host names lead to the loopback interface."""
    with locked_store(config, clock) as store:
        job = partial(run_once, want=Want())
        return work(config, store, clock, job, kind="demo", shown=False, connect_to=web.connect_to)


def show_posts(config: Config) -> None:
    """List what was written."""
    archive = open_archive(config.place)
    for path in archive.list():
        known = facts(archive.read(path) or b"")
        if known is not None:
            written = iso(known.published) if known.published else "no date"
            say(f"  {written}  {next(iter(known.names), '')}: {known.title}\n    {below(config.place, path)}")


def second_pass(outcome: Outcome, asked: Sequence[Request]) -> str:
    """Tell what the second pass asked for."""
    tally = outcome.tally
    conditional = sum(request.conditional for request in asked)
    unchanged = sum(request.status == HTTPStatus.NOT_MODIFIED for request in asked)
    return (
        f"second pass, 15 minutes on: {tally.fetched} pages fetched, {tally.archived} articles archived; "
        f"{len(asked)} requests, {conditional} of them conditional, {unchanged} answered 304 Not Modified"
    )
