"""What a person orders by a form: poll now, pause, go on, try again what was given up.

The only place of the web face that changes anything, by the state's own methods and in the run's database thread.
"""

from __future__ import annotations

from collections.abc import Mapping

from .. import urls
from ..model import Source
from ..slices import Shop

#: What a form says → what is said when it was done.
ORDERS: Mapping[str, str] = {
    "poll": "is polled now",
    "pause": "is paused",
    "resume": "is worked again",
    "retry": "tries again what was given up",
}


def mark_of(source: Source) -> str:
    """Return by what a form names a source: addresses may hold passwords."""
    return urls.key(source.url).hex()


def source_of(sources: tuple[Source, ...], mark: str) -> Source | None:
    """Return the source that a form names; None where it is configured no more."""
    return next((source for source in sources if mark_of(source) == mark), None)


async def carry_out(shop: Shop, order: str, source: Source) -> None:
    """Do what was ordered, and wake the loop, so that it begins at once.

    Args:
        shop: of the run.
        order: one of `ORDERS`.
        source: a configured one, known to the state.
    """
    database, state, now = shop.threads.database, shop.state, shop.clock.now()
    if order == "pause":
        await database(state.pause, source.url, now)
    elif order == "resume":
        await database(state.pause, source.url, None)
    elif order == "retry":
        await database(state.revive, source.url, now)
    else:
        await database(state.hurry, now, sources=frozenset({source.url}))
    shop.wake.set()
