"""`crawler backfill`: the past of a source, in one command that goes on where it was interrupted."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

import click

from ..config import Config
from ..engine.past import run_past, watch_past
from ..errors import ConfigError
from ..model import Source, Tally
from ..past import METHODS, Asked, Backfill, Method
from ..slices import Shop, Want, tick
from ..slices.backfill import begin
from ..slices.dead import add_dead
from ..slices.naming import Named, name_addresses
from .common import (
    EXIT_CODES,
    EXIT_OK,
    EXIT_UNHEALTHY,
    SystemClock,
    common_options,
    is_quiet,
    read_config,
    say,
    say_json,
)
from .images import pictured
from .parts import Store, clock_of, store_beside, trial_store
from .past import Names, as_json, hint, story
from .refresh import refreshed
from .run import Outcome, chosen, signal_code, work
from .shop import NO_PINS
from .watch import after_run, filed
from .window import window

T = TypeVar("T")

#: Addresses of a dry run that are read from the state at a time.
BATCH = 1000


@dataclass(slots=True)
class Deed:
    """What the command was asked to do, and what it found."""

    sources: tuple[Source, ...]
    asked: tuple[Asked, ...]  #: for each source
    limit: int | None
    is_trial: bool
    lines: IO[bytes] | None = None  #: of addresses
    numbers: list[int] = field(default_factory=list)  #: of the backfills
    named: Named = field(default_factory=Named)  #: what came of the lines
    taken: int = 0  #: articles that had left their backlogs when it began
    is_shared: bool = False  #: whether workers do it, and we look on


@click.command(epilog=EXIT_CODES)
@click.argument("names", metavar="SOURCE...", nargs=-1, required=True)
@click.option("--from", "method", type=click.Choice(METHODS), help="Look there; without it, in this order.")
@click.option("--urls", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True),
              help="Archive the addresses of a file, one a line; - for standard input.")  # fmt: skip
@click.option("--dead", is_flag=True, help="Look for articles that were given up in the Wayback Machine.")
@click.option("--refresh", metavar="DIR", type=click.Path(path_type=Path),
              help="Give posts of a folder of the archive that are no more than stubs their texts.")  # fmt: skip
@click.option("--images", is_flag=True, help="Bring the pictures of posts that are there already into the archive.")
@click.option("--since", metavar="DATE", help="Only what was published then or later: 2021, 2021-11, 2021-11-20.")
@click.option("--until", metavar="DATE", help="Only what was published then or earlier.")
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Take at most N articles this time.")
@click.option("--dry-run", is_flag=True, help="Read the lists, and say what would be fetched; write nothing.")
@click.option("--json", "in_json", is_flag=True, help="Print the outcome as JSON.")
@common_options
def backfill(
    names: tuple[str, ...],
    method: Method | None,
    urls: Path | None,
    dead: bool,
    refresh: Path | None,
    images: bool,
    since: str | None,
    until: str | None,
    limit: int | None,
    dry_run: bool,
    in_json: bool,
    config_path: Path,
) -> int:
    """Archive the past of a source; given again, it goes on where it was interrupted. News is polled meanwhile."""
    config = read_config(config_path)
    sources = tuple(source for source in config.sources if source.url in (chosen(config, names) or ()))
    methods = methods_of(method, is_named=urls is not None, is_dead=dead)
    if refresh is not None or images:
        _refuse_dates("--images" if images else "--refresh", since or until)
        want = Want(limit=limit, articles=not dry_run)
        if refresh is None:
            return pictured(config, sources, methods, want, in_json=in_json)
        if images:
            raise ConfigError("--images and --refresh do two different things: give one")
        return refreshed(config, sources, methods, refresh, want, in_json=in_json)
    if urls is not None and len(sources) > 1:
        raise ConfigError(f"--urls: {len(sources)} sources are called so; name one by its url")
    windows = [window(since, until, source) for source in sources]
    with opened(urls) as lines:
        deed = Deed(sources, tuple(Asked(methods, one) for one in windows), limit, dry_run, lines)
        return done(config, deed, in_json=in_json, is_quiet=is_quiet())


def _refuse_dates(option: str, date: str | None) -> None:
    if date:
        raise ConfigError(f"{option}: takes posts of any date; give it without --since and --until")


def methods_of(method: Method | None, *, is_named: bool, is_dead: bool) -> tuple[Method, ...]:
    """Return the ways to look, of which the user may name one."""
    if sum((method is not None, is_named, is_dead)) > 1:
        raise ConfigError("--from, --urls and --dead say three different things: give one")
    if is_named:
        return ("urls",)
    return ("dead",) if is_dead else (method,) if method else METHODS


@contextmanager
def opened(urls: Path | None) -> Iterator[IO[bytes] | None]:
    """Open the file of addresses; standard input for a dash.

    Raises:
        ConfigError: it cannot be read.
    """
    if urls is None:
        yield None
        return
    if str(urls) == "-":
        if sys.stdin is None:  # as Python has it where it was closed, under some supervisors and crons
            raise ConfigError("--urls: -: standard input is closed")
        yield sys.stdin.buffer
        return
    try:
        lines = urls.open("rb")
    except OSError as e:
        raise ConfigError(f"--urls: {urls}: {e.strerror}") from e
    with lines:
        yield lines


def done(
    config: Config,
    deed: Deed,
    *,
    in_json: bool = False,
    is_quiet: bool = False,
    connect_to: Mapping[str, tuple[str, int]] = NO_PINS,
) -> int:
    """Do the deed and print what came of it; return the exit code."""
    clock, names = clock_of(config), {source.url: source.name for source in config.sources}
    with _store(config, clock, deed) as store:
        kind = "trial" if deed.is_trial else "backfill"
        job = partial(_work, deed)
        outcome = work(config, store, clock, job, kind=kind, shown=not is_quiet, connect_to=connect_to)
        found = [store.state.backfills.get(number) for number in deed.numbers]
        code = _code(outcome, deed, found)
        if not deed.is_trial and not outcome.signal:
            is_new = filed(outcome.tally) > 0
            asyncio.run(after_run(config, store.state, clock.now(), is_well=code == EXIT_OK, is_new=is_new))
        if in_json:
            say_json({"backfills": list(_in_json(names, store, deed, found))})
        elif code or deed.is_trial or not is_quiet:
            _tell(names, store, deed, found, clock.now())
    return code


@contextmanager
def _store(config: Config, clock: SystemClock, deed: Deed) -> Iterator[Store]:
    if deed.is_trial:
        with trial_store(config, clock) as store:
            yield store
        return
    with store_beside(config, clock) as (store, deed.is_shared):
        if deed.is_shared and deed.limit is not None:
            raise ConfigError("--limit: workers are at work on this state, and they know no limit; give it without")
        yield store


def _tell(names: Names, store: Store, deed: Deed, found: Sequence[Backfill], now: datetime) -> None:
    addresses = _addresses(store, deed, found)
    for one in found:
        say(story(one, names))
        for address in addresses[one.id]:
            say(f"  {address}")
        if not deed.is_trial and (advice := hint(one, _due(store, one, now))):
            say(advice)


def _in_json(names: Names, store: Store, deed: Deed, found: Sequence[Backfill]) -> Iterator[dict[str, Any]]:
    addresses = _addresses(store, deed, found)
    for one in found:
        yield as_json(one, names) | ({"waiting": list(addresses[one.id])} if deed.is_trial else {})


def _due(store: Store, backfill: Backfill, now: datetime) -> datetime | None:
    """Return when there is something to do for a backfill; None for now, and for never."""
    number, of = backfill.id, store.state.backfills
    due = min(filter(None, (of.next_step((number,)), of.next_taken(number), of.next_owed(number, now))), default=now)
    return due if due > now else None


def _addresses(store: Store, deed: Deed, found: Sequence[Backfill]) -> dict[int, Iterator[str]]:
    """Return what a dry run found, by backfill: as many in all as the user wants."""
    room = sys.maxsize if deed.limit is None else deed.limit
    shares: dict[int, Iterator[str]] = {}
    for one in found:
        most = min(room, one.left) if deed.is_trial else 0
        room, shares[one.id] = room - most, _owed(store, one, most)
    return shares


def _owed(store: Store, backfill: Backfill, most: int) -> Iterator[str]:
    """Read the addresses of a backlog, a batch at a time."""
    after = 0
    while rows := store.state.backfills.owed(backfill.id, after, min(BATCH, most)):
        yield from (address for _, address in rows)
        after, most = rows[-1][0], most - len(rows)


async def _work(deed: Deed, shop: Shop) -> Tally:
    """Begin or resume the backfills, and work them; addresses are named while others are fetched."""
    await tick(shop)
    naming: asyncio.Task[Named] | None = None
    for source, asked in zip(deed.sources, deed.asked, strict=True):
        if shop.stop.is_set():
            break
        begun = await _unless_stopped(shop, begin(shop, source, asked))
        if begun is None:
            break
        deed.numbers.append(begun.id)
        deed.taken += begun.counts.taken
        shop.expect(begun.left)
        if asked.methods == ("dead",):
            shop.expect(await add_dead(shop, begun.id, source))
        if deed.lines is not None:
            naming = asyncio.create_task(name_addresses(shop, begun.id, source, deed.lines))
    want = Want(limit=deed.limit, articles=not deed.is_trial, polls=not deed.is_trial, backfills=tuple(deed.numbers))
    try:
        tally = await (watch_past if deed.is_shared else run_past)(shop, want, naming)
        if naming is not None:
            deed.named = await naming
    finally:
        if naming is not None:
            naming.cancel()
    return tally


async def _unless_stopped(shop: Shop, job: Coroutine[Any, Any, T]) -> T | None:
    """Do a job; None where a stop was asked for before it was done: a stop must be over within 10 s."""
    doing, stopping = asyncio.create_task(job), asyncio.create_task(shop.stop.wait())
    try:
        await asyncio.wait((doing, stopping), return_when=asyncio.FIRST_COMPLETED)
        return doing.result() if doing.done() else None
    finally:
        for task in (doing, stopping):
            task.cancel()
        await asyncio.wait((doing, stopping))


def _code(outcome: Outcome, deed: Deed, found: Sequence[Backfill]) -> int:
    """Return the exit code: all well also where the user's limit left something for the next time."""
    if outcome.signal:
        return signal_code(outcome.signal)
    if any(one.state == "failed" for one in found) or deed.named.faults:
        return EXIT_UNHEALTHY
    return EXIT_OK if _is_full(deed, found) or not any(_is_late(deed, one) for one in found) else EXIT_UNHEALTHY


def _is_full(deed: Deed, found: Sequence[Backfill]) -> bool:
    """Tell whether as many articles were found or taken as the user wants."""
    number = sum(one.left if deed.is_trial else one.counts.taken for one in found)
    return deed.limit is not None and number - (0 if deed.is_trial else deed.taken) >= deed.limit


def _is_late(deed: Deed, backfill: Backfill) -> bool:
    """Tell whether a backfill was left before its end, since it would have had to wait for long."""
    waits = backfill.waiting > 0 or (backfill.left + backfill.in_hand > 0 and not deed.is_trial)
    return backfill.state == "going" and waits
