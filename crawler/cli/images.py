"""`crawler backfill SOURCE --images`: posts that are there already get their pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from ..config import Config
from ..engine.past import run_past
from ..errors import ConfigError
from ..model import Source, Tally
from ..past import METHODS, Method
from ..slices import Shop, Want, tick
from ..slices.images import enlist
from ..wording import counted
from .common import EXIT_OK, is_quiet, say, say_json
from .parts import clock_of, locked_store, trial_store
from .run import signal_code, work
from .watch import after_run, filed


@dataclass(slots=True)
class Posts:
    """What was found."""

    count: int = 0


def pictured(
    config: Config, sources: Sequence[Source], methods: tuple[Method, ...], want: Want, *, in_json: bool = False
) -> int:
    """Bring the pictures of some sources' posts home and print what came of it; return the exit code.

    Args:
        config: as read.
        sources: whose posts.
        methods: what else the user asked for, which is too much.
        want: with the limit, of posts; `articles` is False in a dry run, which only counts.
        in_json: whether to print for programs.
    """
    if methods != METHODS:
        raise ConfigError("--images: reads posts, and no lists; give it without --from, --urls and --dead")
    clock, posts, is_trial = clock_of(config), Posts(), not want.articles
    limit, urls = want.limit, frozenset(source.url for source in sources)
    want = replace(want, limit=None, polls=not is_trial, pictured=urls)
    with (trial_store if is_trial else locked_store)(config, clock) as store:
        job = partial(_work, sources, limit, want, posts)
        kind = "trial" if is_trial else "backfill"
        outcome = work(config, store, clock, job, kind=kind, shown=not is_quiet())
        if not is_trial and not outcome.signal:
            asyncio.run(after_run(config, store.state, clock.now(), is_well=True, is_new=filed(outcome.tally) > 0))
    tally = outcome.tally
    if in_json:
        say_json({"posts": posts.count, "pictures": tally.pictures, "rewritten": tally.hung})
    elif is_trial:
        say(f"{counted(posts.count, 'post')} with pictures to bring home")
    elif not is_quiet():
        say(f"{counted(tally.pictures, 'picture')} brought home; {counted(tally.hung, 'post')} rewritten")
    return signal_code(outcome.signal) if outcome.signal else EXIT_OK


async def _work(sources: Sequence[Source], limit: int | None, want: Want, posts: Posts, shop: Shop) -> Tally:
    await tick(shop)
    for source in sources:
        left = None if limit is None else limit - posts.count
        posts.count += await enlist(shop, source, left)
    return await run_past(shop, want) if want.articles else Tally()
