"""`crawler run` and `crawler serve`: the two doors that work what is due."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from ..config import Config
from ..engine.local import run_always, run_once
from ..errors import ConfigError
from ..fetcher import Clock
from ..memory import ArticleOutcome
from ..model import Tally
from ..reports import Report
from ..slices import Shop, Want
from ..state import State
from ..wording import counted
from .common import (
    EXIT_CODES,
    EXIT_INT,
    EXIT_OK,
    EXIT_TERM,
    EXIT_UNHEALTHY,
    EXIT_UNREACHED,
    DatabaseClock,
    common_options,
    is_quiet,
    read_config,
    say,
    say_json,
)
from .indexing import Indexer
from .metrics import metrics_option, write_metrics
from .parts import Store, clock_of, locked_store, shared_store, trial_store
from .progress import Progress
from .reload import Reload
from .report import NO_SOURCE, as_json, make_report
from .shop import NO_PINS, open_shop
from .watch import after_run, filed, warn_of_pause, watched
from .web import closing_listener, web_face
from .working import SLOTS, Working

log = logging.getLogger(__name__)

#: Seconds before a second signal is taken for impatience: `timeout` sends its signal twice, to the child and its group.
IMPATIENCE_S = 1.0
#: Articles of a host that are looked up at a time: SQLite joins 500 questions at most in one, and is slow before that.
LISTED_AT_ONCE, BATCH = 50, 1000


@dataclass(slots=True)
class Outcome:
    """How a pass ended."""

    tally: Tally
    report: Report
    signal: int = 0  #: that stopped it, or 0
    waiting: tuple[str, ...] = ()  #: addresses in the frontier; dry runs only


@click.command(epilog=EXIT_CODES)
@click.argument("names", metavar="[SOURCE]...", nargs=-1)
@click.option(
    "--force",
    is_flag=True,
    help="Poll sources that are not due yet, too, and retry what failed; of a named SOURCE also what is held back.",
)
@click.option("--dry-run", is_flag=True, help="Poll, and list what would be fetched; write nothing.")
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Work at most N articles.")
@click.option("--json", "in_json", is_flag=True, help="Print the outcome as JSON.")
@metrics_option
@common_options
def run(
    names: tuple[str, ...],
    force: bool,
    dry_run: bool,
    limit: int | None,
    in_json: bool,
    metrics_file: Path | None,
    config_path: Path,
) -> int:
    """One pass: poll the sources that are due, fetch what is new, retry what failed, write posts."""
    config = read_config(config_path)
    want = Want(chosen(config, names), limit, articles=not dry_run, force=force)
    opening, clock = (trial_store if dry_run else locked_store), clock_of(config)
    with opening(config, clock) as store:
        kind, job = "trial" if dry_run else "run", partial(run_once, want=want)
        counts = in_json or metrics_file is not None
        outcome = work(config, store, clock, job, kind=kind, shown=not is_quiet(), counts=counts)
        if dry_run:
            outcome.waiting = waiting(store.state, clock.now(), want.sources)[:limit]
        code = code_of(outcome, want.sources)
        if not dry_run and not outcome.signal:
            is_well, is_new = code in (EXIT_OK, EXIT_UNHEALTHY), filed(outcome.tally) > 0
            asyncio.run(after_run(config, store.state, clock.now(), is_well=is_well, is_new=is_new))
    if metrics_file is not None and not dry_run:
        write_metrics(metrics_file, outcome.report, outcome.tally, clock.now())
    if in_json:
        say_json({"tally": asdict(outcome.tally), "waiting": outcome.waiting} | as_json(outcome.report))
    elif dry_run:
        say(foretold(outcome))
    elif not is_quiet():
        say(summary(outcome))
    return code


@click.command(epilog=EXIT_CODES)
@common_options
def serve(config_path: Path) -> int:
    """Run for ever, each source on its own schedule, until SIGTERM or Ctrl-C.

    The configuration is read anew when its file changes, within a minute, or at once at SIGHUP.
    """
    config = read_config(config_path)
    reload, clock = Reload(config), clock_of(config)
    if not is_quiet():  # nobody sits before it: what it does goes to the log of the container or service
        logging.getLogger("crawler").setLevel(min(logging.INFO, logging.getLogger("crawler").level))
    signal.signal(signal.SIGHUP, lambda *_: reload.ask())  # until `served` listens: to make a state anew takes minutes
    loop = (
        Working(reload, SLOTS, clock) if isinstance(clock, DatabaseClock) else partial(run_always, renew=reload.renew)
    )
    opening = shared_store if isinstance(clock, DatabaseClock) else locked_store
    with opening(config, clock) as store, closing_listener(config) as at:
        log.info("serving %s into %s", counted(len(config.sources), "source"), config.place)
        job = partial(served, reload, at=at, work_on=loop)
        outcome = work(config, store, clock, job, kind="serve", shown=False, counts=False, now=lambda: reload.config)
    return outcome.signal and signal_code(outcome.signal)


async def served(
    reload: Reload,
    shop: Shop,
    at: socket.socket | None = None,
    work_on: Callable[[Shop], Awaitable[Tally]] | None = None,
) -> Tally:
    """Work for ever, beside the web face; SIGHUP has the configuration read anew at once.

    Args:
        reload: of the configuration.
        shop: the parts.
        at: where the web face listens; None: there is none.
        work_on: works slices until a stop; None: all of them, one after another, here.
    """

    def told() -> None:
        reload.ask()
        shop.wake.set()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, told)
    try:
        async with web_face(shop, lambda: reload.config, at) as seen:
            return await (work_on(seen) if work_on else run_always(seen, reload.renew))
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


def chosen(config: Config, names: tuple[str, ...]) -> frozenset[str] | None:
    """Return the urls of the sources that the user named, by name or url; None for all."""
    if not names:
        return None
    known = [(source.name, source.url) for source in config.sources]
    for name in names:
        if not any(name in pair for pair in known):
            there = ", ".join(sorted({n for n, _ in known})) or "none is configured"
            raise ConfigError(f"no source is called {name!r}; there are: {there}")
    return frozenset(url for pair in known for url in pair[1:] if set(pair) & set(names))


def work(
    config: Config,
    store: Store,
    clock: Clock,
    job: Callable[[Shop], Awaitable[Tally]],
    *,
    kind: str,
    shown: bool,
    counts: bool = True,
    connect_to: Mapping[str, tuple[str, int]] = NO_PINS,
    now: Callable[[], Config] | None = None,
) -> Outcome:
    """Run an engine's loop over an open store, with signals and the progress bar; note it as a run.

    With `counts`, the report tells of all that is archived. `now` gives the configuration where it may have changed.
    """
    now = now or (lambda: config)
    warn_of_pause(config, store.state, clock.now())
    indexer = Indexer(config, store, clock, kind)
    number = store.state.diary.begin_run(kind, clock.now())
    watching = partial(watched, indexer.beside(job), now, run=number, tells=kind in ("serve", "backfill"))
    bar: AbstractContextManager[Progress] = Progress(store.state.frontier()[0], shown, clock, speaks=kind == "backfill")
    with bar as progress:
        tally, caught = asyncio.run(_until_stopped(config, indexer.store, clock, watching, progress, connect_to))
    store.state.diary.end_run(number, tally, clock.now())
    report = make_report(now(), store.state, clock.now(), is_whole=counts)
    return Outcome(tally, report, caught)


async def _until_stopped(
    config: Config,
    store: Store,
    clock: Clock,
    job: Callable[[Shop], Awaitable[Tally]],
    progress: Progress,
    connect_to: Mapping[str, tuple[str, int]],
) -> tuple[Tally, int]:
    """Run until done; SIGTERM or SIGINT lets running jobs end, a later one ends at once."""
    caught: list[int] = []
    loop = asyncio.get_running_loop()
    async with open_shop(config, store, clock, connect_to=connect_to, saw=progress.saw, expect=progress.expect) as shop:

        def let_go() -> None:
            for each in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(each)

        def stop(number: int) -> None:
            if not caught:
                loop.call_later(IMPATIENCE_S, let_go)
            caught.append(number)
            shop.stop.set()

        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, stop, each)
        tally = await job(shop)
    return tally, caught[0] if caught else 0


def summary(outcome: Outcome) -> str:
    """Return the one line that `run` prints."""
    tally, report = outcome.tally, outcome.report
    parts = [f"{counted(tally.polled, 'source')} polled", f"{counted(tally.archived, 'article')} archived"]
    parts += [] if report.sources else [NO_SOURCE]
    parts += [f"{tally.revised} rewritten"] if tally.revised else []
    parts += [f"{counted(tally.pictures, 'picture')} kept"] if tally.pictures else []
    parts += [f"{report.pending} pending"] if report.pending else []
    parts += [f"{tally.dead} given up"] if tally.dead else []
    sick = [source for source in report.sources if source.is_sick]
    parts += [f"{counted(len(sick), 'source')} not well: " + ", ".join(s.name for s in sick)] if sick else []
    return "; ".join(parts)


def waiting(state: State, now: datetime, sources: frozenset[str] | None) -> tuple[str, ...]:
    """Return the addresses of the articles that a run would fetch now; uses the state up, a dry run's own copy."""
    found: list[str] = []
    while jobs := state.due_articles(now, BATCH, sources=sources, per_host=LISTED_AT_ONCE):
        found += [job.url for job in jobs]
        state.settle([ArticleOutcome(job.key, "done") for job in jobs], now)
    return tuple(found)


def foretold(outcome: Outcome) -> str:
    """Return what a dry run prints."""
    polled, found = counted(outcome.tally.polled, "source"), counted(len(outcome.waiting), "article")
    head = f"{polled} polled, {found} to fetch; nothing was written"
    return "\n".join([head, *(f"  {url}" for url in outcome.waiting)])


def code_of(outcome: Outcome, sources: frozenset[str] | None) -> int:
    """Return the exit code of a pass over these sources (their urls; None: all)."""
    if outcome.signal:
        return signal_code(outcome.signal)
    tally = outcome.tally
    if tally.polled and tally.unreached == tally.polled:
        return EXIT_UNREACHED
    concerned = [s for s in outcome.report.sources if sources is None or s.url in sources]
    return EXIT_UNHEALTHY if any(s.is_sick for s in concerned) else EXIT_OK


def signal_code(number: int) -> int:
    """Return the exit code of who was stopped by a signal."""
    return EXIT_INT if number == signal.SIGINT else EXIT_TERM
