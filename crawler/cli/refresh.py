"""`crawler backfill SOURCE --refresh DIR`: posts of a predecessor that are no more than stubs get their texts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ..config import Config
from ..engine.past import run_past
from ..errors import ConfigError
from ..model import Source, Tally
from ..past import METHODS, Method
from ..slices import Shop, Want, tick
from ..slices.refresh import refresh
from ..wording import counted
from .common import EXIT_OK, EXIT_UNHEALTHY, is_quiet, say, say_json
from .parts import clock_of, locked_store, trial_store
from .run import signal_code, work
from .watch import after_run, filed


@dataclass(slots=True)
class Stubs:
    """What was found."""

    count: int = 0


def refreshed(
    config: Config,
    sources: Sequence[Source],
    methods: tuple[Method, ...],
    folder: Path,
    want: Want,
    *,
    in_json: bool = False,
) -> int:
    """Refresh the stubs of some sources and print what came of it; return the exit code.

    Args:
        config: as read.
        sources: whose stubs.
        methods: what else the user asked for, which is too much.
        folder: of the archive.
        want: with the limit; `articles` is False in a dry run, which only counts.
        in_json: whether to print for programs.
    """
    if methods != METHODS:
        raise ConfigError("--refresh: reads posts, and no lists; give it without --from, --urls and --dead")
    clock, stubs, is_trial = clock_of(config), Stubs(), not want.articles
    want = replace(want, polls=not is_trial, refreshed=frozenset(source.url for source in sources))
    with (trial_store if is_trial else locked_store)(config, clock) as store:
        job = partial(_work, sources, folder, want, stubs)
        kind = "trial" if is_trial else "backfill"
        outcome = work(config, store, clock, job, kind=kind, shown=not is_quiet())
        failing = [one for one in outcome.report.failures if one.kind == "article" and one.source in _names(sources)]
        code = EXIT_UNHEALTHY if failing and not is_trial else EXIT_OK
        code = signal_code(outcome.signal) if outcome.signal else code
        if not is_trial and not outcome.signal:
            asyncio.run(after_run(config, store.state, clock.now(), is_well=True, is_new=filed(outcome.tally) > 0))
    if in_json:
        say_json({"stubs": stubs.count, "rewritten": outcome.tally.revised})
    elif code or is_trial or not is_quiet():
        say(f"{counted(stubs.count, 'stub')} to refresh" + ("" if is_trial else f"; {outcome.tally.revised} rewritten"))
    return code


def _names(sources: Sequence[Source]) -> frozenset[str]:
    return frozenset(source.name for source in sources)


async def _work(sources: Sequence[Source], folder: Path, want: Want, stubs: Stubs, shop: Shop) -> Tally:
    await tick(shop)
    for source in sources:
        stubs.count += await refresh(shop, source, folder)
    shop.expect(stubs.count)
    return await run_past(shop, want) if want.articles else Tally()
