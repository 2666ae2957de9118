"""What is due: polls, then articles, then the past, then pictures.

Rule: asks the state and hands out jobs, starts nothing. Polls are asked for by the hundred and kept in hand, so that
ten thousand sources cost some twenty questions; what else is due is asked for only where polls leave room.
"""

from __future__ import annotations

import asyncio

from ..model import Job
from .going import JOBS_A_TURN, Pass
from .poll import save_quiet
from .shop import Shop

#: Polls asked for at once.
POLLS_AT_ONCE = 512
#: Seconds after which the memories of quiet polls are saved at the latest (DESIGN §1).
SAVE_S = 0.5
#: While so many turns go on, the state is asked for more at most once in so many seconds.
BUSY_TURNS, PAUSE_S = 8, 0.05


async def due(shop: Shop, going: Pass) -> list[Job]:
    """Return due jobs of hosts that have no turn, a few a host; none while there is no room for one.

    Filed articles are read again where no other job waits.
    """
    free, now = shop.concurrency - len(going.turns), asyncio.get_running_loop().time()
    jobs = going.take_polls(free) if free > 0 else []  # they go beside the share of a slice
    left = free - len({job.host for job in jobs})
    going.is_put_off = left > 0 and len(going.turns) >= BUSY_TURNS and now - going.asked < PAUSE_S
    is_asking = left > 0 and not going.is_put_off
    if is_asking or now - going.saved >= SAVE_S:
        await save_quiet(shop)  # before the question, or sources that were just polled seem due
        going.saved = now
    if is_asking:
        jobs += await _asked(shop, going, left, frozenset(going.turns) | {job.host for job in jobs})
        going.asked = now
    return jobs


async def _asked(shop: Shop, going: Pass, free: int, busy: frozenset[str]) -> list[Job]:
    """Ask the state for jobs of so many hosts; polls, articles, the past."""
    now, ask_for = shop.clock.now(), shop.threads.database
    jobs: list[Job] = []
    if going.want.polls:
        jobs = await _polls(shop, going, free, busy)
    free = min(free, shop.room - len(going.turns))
    if free <= 0:
        return jobs
    if going.want.articles and (going.want.backfills or not going.is_full):
        articles = await ask_for(
            shop.state.due_articles,
            now,
            free * JOBS_A_TURN,
            per_host=JOBS_A_TURN,
            sources=going.want.sources,
            busy_hosts=busy,
        )
        polled = {job.host for job in jobs}  # what a poll brings goes before articles of the past
        jobs += [job for job in articles if job.source in shop.sources and not (job.backfill and job.host in polled)]
    if going.want.backfills:  # after the question above, which would find again what is taken here
        from .backlog import due_past

        jobs += await due_past(shop, going, free, busy | {job.host for job in jobs})  # no news waits for the past
    if going.want.articles and (going.want.backfills or not going.is_full):
        others = busy | {job.host for job in jobs}
        checks = await ask_for(
            shop.state.due_checks, now, free * JOBS_A_TURN, sources=going.want.sources, busy_hosts=others
        )
        jobs += [job for job in checks if job.source in shop.sources]
    sources = keepers(shop, going.want.sources) if going.want.articles else frozenset[str]()
    if sources is None or sources:  # after all else: no news waits for a picture
        from .gallery import due_pictures

        jobs += await due_pictures(shop, going, sources, free, busy | {job.host for job in jobs})
    return jobs


def keepers(shop: Shop, asked: frozenset[str] | None = None) -> frozenset[str] | None:
    """Return the urls of the sources, among those that were asked for, that want pictures here; None where all do."""
    found = frozenset(url for url, source in shop.sources.items() if source.images != "link")
    if asked is not None:
        return found & asked
    return None if found and len(found) == len(shop.sources) else found


async def _polls(shop: Shop, going: Pass, free: int, busy: frozenset[str]) -> list[Job]:
    """Take more polls in hand, of hosts that have none there, and return some."""
    found = await shop.threads.database(
        shop.state.due_polls,
        shop.clock.now(),
        max(free, POLLS_AT_ONCE),
        sources=going.want.sources,
        busy_hosts=busy | going.polls.keys(),
    )
    for job in found:
        if (going.want.again or job.key not in going.polled) and job.source in shop.sources:
            going.polls.setdefault(job.host, []).append(job)
    return going.take_polls(free)
