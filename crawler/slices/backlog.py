"""What backfills have to do: articles of their backlogs, documents that are still to be read.

Rule: as in `due`: asks the state and hands out jobs. No more lists are read than is worth keeping.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import zip_longest

from ..model import Job
from ..past import Backfill
from .backfill import go_on
from .going import JOBS_A_TURN, Pass
from .refresh import next_refresh
from .shop import Shop

#: Articles in backlogs beyond which no more lists are read until some are fetched: twelve days' work at one a second,
#: half a gigabyte of state.
MOST_OWED = 1_000_000


async def due_past(shop: Shop, going: Pass, free: int, busy: frozenset[str], left: Sequence[Job]) -> list[Job]:
    """Return what backfills have to do: articles of the backlog, each followed by a document to read; the rest.

    Articles that an earlier turn left go before those of the backlog, and in front of documents, too: where one host
    has both, its list goes on while its articles wait.
    """
    numbers, articles = going.want.backfills, tuple(left)
    if going.want.articles and not going.is_full:
        articles += await _taken(shop, going, free * JOBS_A_TURN, busy | {job.host for job in left})
    steps: tuple[Job, ...] = ()
    if await _reads_on(shop, going):
        ask_for, due = shop.threads.database, shop.state.backfills.due_steps
        steps = await ask_for(due, numbers, shop.clock.now(), JOBS_A_TURN, busy_hosts=busy)
    if not articles and going.want.articles:  # one a host, and look again: what it brings need not wait for the others
        steps = tuple({step.host: step for step in reversed(steps)}.values())
    pairs = zip_longest(articles, steps)
    return [job for pair in pairs for job in pair if job is not None and job.source in shop.sources]


async def _taken(shop: Shop, going: Pass, most: int, busy: frozenset[str]) -> tuple[Job, ...]:
    """Take articles out of the backlogs, as far as the user's limit goes."""
    if going.want.limit is not None:
        most = min(most, going.want.limit - going.taken)
    now, take = shop.clock.now(), shop.state.backfills.take
    articles = await shop.threads.database(take, going.want.backfills, now, most, busy_hosts=busy, per_host=JOBS_A_TURN)
    going.taken += len(articles)
    return articles


async def _reads_on(shop: Shop, going: Pass) -> bool:
    """Tell whether more lists are wanted: no more than the user takes this time, nor than is worth keeping."""
    owed = await shop.threads.database(shop.state.backfills.left, going.want.backfills)
    limit = going.want.limit
    return owed < (MOST_OWED if limit is None else min(limit - going.taken, MOST_OWED))


async def next_past(shop: Shop, going: Pass) -> datetime | None:
    """Return when backfills have something to do next; None when they came to their end, or to the user's limit."""
    found: list[datetime | None] = []
    for number in going.want.backfills:
        backfill = await go_on(shop, number)
        if backfill.state == "going":
            reads_on = await _reads_on(shop, going)
            takes = going.want.articles and not going.is_full
            found += await shop.threads.database(_next_past, shop, backfill, reads_on=reads_on, takes=takes)
    if going.want.refreshed and going.want.articles and not going.is_full:
        found += await next_refresh(shop, going.want.refreshed)
    if going.want.pictured:
        found.append(await shop.threads.database(shop.state.pictures.next_now, shop.clock.now(), going.want.pictured))
    return min(filter(None, found), default=None)


def _next_past(shop: Shop, backfill: Backfill, *, reads_on: bool, takes: bool) -> list[datetime | None]:
    """Return when a backfill's documents, its articles in hand, and those of its backlog are due."""
    now, backfills = shop.clock.now(), shop.state.backfills
    found = [backfills.next_taken(backfill.id)]
    found += [backfills.next_step((backfill.id,))] if reads_on else []
    return found + ([backfills.next_owed(backfill.id, now)] if takes else [])
