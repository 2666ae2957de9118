"""Writes of many articles, gathered into rounds: one transaction for all that wait for one (DESIGN §1).

A transaction costs more than what it says of one article, and two wait for each article: for its post's name, and for
its end. Rule: whoever writes is answered when his word is saved, and not before; a round waits for others a moment,
and not at all where nobody is on the way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ..memory import ArticleOutcome, Ownership, Reservation
from .inhand import Pages

if TYPE_CHECKING:
    from .shop import Shop

#: Seconds from one round to the next where others may come; two of them are the most that a kill can undo.
ROUND_S = 0.25
#: Writes that do not wait for more.
FULL = 50
NEVER = float("-inf")
Write: TypeAlias = "Reservation | ArticleOutcome"


@dataclass(frozen=True, slots=True)
class Asked:
    """A write that waits for its round."""

    owned: Ownership
    write: Write
    saved: asyncio.Future[str]


class Rounds:
    """The rounds of a process; slices of several shards share them."""

    def __init__(self) -> None:
        self._waiting: list[Asked] = []
        self._at_work = 0
        self._enough = asyncio.Event()
        self._last = NEVER
        self._task: asyncio.Task[None] | None = None
        self.pages = Pages()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Be known as one who may write soon."""
        self._at_work += 1
        try:
            with self.pages.held():
                yield
        finally:
            self._at_work -= 1
            self._look()

    async def write(self, shop: Shop, write: Write) -> str:
        """Save a write; return the path of the article's post, "" where it has none.

        Raises:
            StateError: the shard was taken over, or the state failed; nothing is saved then.
        """
        asked = Asked(shop.state.owned, write, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._go_on(shop))
        self._look()
        return await asked.saved

    def _look(self) -> None:
        """End the wait for others where there are none, or enough."""
        if self._waiting and len(self._waiting) >= min(self._at_work, FULL):
            self._enough.set()

    async def _go_on(self, shop: Shop) -> None:
        """Hold rounds until nobody waits."""
        while self._waiting:
            await self._gather()
            asked = [one for one in self._waiting if not one.saved.done()]  # of those that were cancelled nobody asks
            self._waiting.clear()
            self._enough.clear()
            if asked:
                await _save(shop, asked)

    async def _gather(self) -> None:
        loop = asyncio.get_running_loop()
        timer = loop.call_at(self._last + ROUND_S, self._enough.set) if self._last > NEVER else None
        if timer is None:
            self._enough.set()
        await self._enough.wait()
        if timer is not None:
            timer.cancel()
        self._last = loop.time()


async def _save(shop: Shop, asked: list[Asked]) -> None:
    """Hold one round, and tell each what came of it."""
    writes = [(one.owned, one.write) for one in asked]
    try:
        results = await shop.threads.database(shop.state.record, writes, shop.clock.now())
    except asyncio.CancelledError:
        for one in asked:
            one.saved.cancel()
        raise
    except BaseException as e:  # noqa: BLE001 - each of them raises it
        for one in asked:
            if not one.saved.done():
                one.saved.set_exception(e)
        return
    for one, result in zip(asked, results, strict=True):
        if one.saved.done():
            continue
        if isinstance(result, Exception):
            one.saved.set_exception(result)
        else:
            one.saved.set_result(result)
