"""What is due: polls, then articles, then the past, then pictures.

Rule: asks the state and hands out jobs, starts nothing. Polls are asked for by the hundred and kept in hand, so that
ten thousand sources cost some twenty questions; what else is due is asked for only where polls leave room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

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
#: While articles are found, seconds after which filed ones are asked for that are to be read again.
CHECK_S = 10.0


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
    want, room = going.want, min(free, shop.room - len(going.turns))
    is_reading = room > 0 and want.articles and (bool(want.backfills) or not going.is_full)
    began = asyncio.get_running_loop().time()
    numbers = (free if want.polls else 0, room if is_reading else 0)
    ask = DueAsk(want.sources, busy, frozenset(going.polls), *numbers, checks=began - going.checked >= CHECK_S)
    polls, articles, checks = await shop.threads.database(found_due, shop, ask)
    going.checked = going.checked if checks is None else began
    going.take_in_hand(job for job in polls if job.source in shop.sources)
    jobs = going.take_polls(free)
    room = min(room, shop.room - len(going.turns))  # other slices may have begun meanwhile
    if room <= 0:
        return jobs
    polled = {job.host for job in jobs}  # what a poll brings goes before articles of the past
    articles = articles[: room * JOBS_A_TURN]  # what would have been found for so many hosts
    mine = [job for job in articles if job.source in shop.sources and not (job.backfill and job.host in polled)]
    jobs += [job for job in mine if not job.backfill]
    named = busy | {job.host for job in jobs}  # no news waits for the past
    jobs += [job for job in mine if job.backfill and job.host in named]
    left = [job for job in mine if job.backfill and job.host not in named]
    if want.backfills:  # after the question above, which would find again what is taken here
        from .backlog import due_past

        left = await due_past(shop, going, room, named, left)
    jobs += left
    others = {job.host for job in jobs}
    jobs += [job for job in checks or () if job.source in shop.sources and job.host not in others]
    sources = keepers(shop, want.sources) if want.articles else frozenset[str]()
    if sources is None or sources:  # after all else: no news waits for a picture
        from .gallery import due_pictures

        jobs += await due_pictures(shop, going, sources, room, busy | {job.host for job in jobs})
    return jobs


@dataclass(frozen=True, slots=True)
class DueAsk:
    """What is asked for at once."""

    sources: frozenset[str] | None
    busy: frozenset[str]  #: hosts that have turns
    in_hand: frozenset[str]  #: hosts that have polls
    polls: int  #: hosts to find polls for; 0: none
    articles: int  #: hosts to find articles for; 0: none
    checks: bool  #: whether filed articles are to be read again though others wait


def found_due(shop: Shop, ask: DueAsk) -> tuple[Sequence[Job], Sequence[Job], Sequence[Job] | None]:
    """Return polls, articles, and filed articles to read again, None where those were not asked for.

    All in one call of the state's thread.
    """
    state, now, most = shop.state, shop.clock.now(), ask.articles * JOBS_A_TURN
    polls, articles, checks = tuple[Job, ...](), tuple[Job, ...](), None
    if ask.polls:
        number, but = max(ask.polls, POLLS_AT_ONCE), ask.busy | ask.in_hand
        polls = state.due_polls(now, number, sources=ask.sources, busy_hosts=but)
    if ask.articles:
        articles = state.due_articles(now, most, per_host=JOBS_A_TURN, sources=ask.sources, busy_hosts=ask.busy)
    if ask.articles and (ask.checks or not articles):
        others = ask.busy | {job.host for job in articles}
        checks = state.due_checks(now, most, sources=ask.sources, busy_hosts=others)
    return polls, articles, checks


def keepers(shop: Shop, asked: frozenset[str] | None = None) -> frozenset[str] | None:
    """Return the urls of the sources, among those that were asked for, that want pictures here; None where all do."""
    found = frozenset(url for url, source in shop.sources.items() if source.images != "link")
    if asked is not None:
        return found & asked
    return None if found and len(found) == len(shop.sources) else found
