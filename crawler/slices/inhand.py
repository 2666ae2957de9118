"""How many pages a process has in hand: fetched, and not saved yet. A kill undoes them, and they are fetched again.

Rule: no page of an article is asked for while more is in hand than was saved in the moment before, so that it is less
than a second's work, though paces are never even; two rounds and a parser's turn take less.
Who waits for room is let in by turns. What was let in lately counts, too, for its page is about to come; that of a
slow server does not, or it would keep others waiting.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

#: Pages that may be in hand at any pace: as many as it takes to find out how fast this machine is.
LEAST = 24
#: Seconds whose work may be in hand.
WORK_S = 0.75
#: Seconds within which most servers have answered.
SOON_S = 0.25


@dataclass(slots=True)
class Hand:
    """What an article's job has in hand."""

    has_page: bool = False


#: Of the current task.
_hand: ContextVar[Hand | None] = ContextVar("hand", default=None)


class Pages:
    """The pages of a process, and who waits for room."""

    def __init__(self) -> None:
        self._number = 0
        self._ended: deque[float] = deque()  # when pages were no longer in hand, for a moment
        self._coming: deque[float] = deque()  # when those were let in whose pages have not come, for a moment
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Do an article's job; what page it has is in hand until the end."""
        hand = Hand()
        token = _hand.set(hand)
        try:
            yield
        finally:
            _hand.reset(token)
            if hand.has_page:
                self._number -= 1
                self._ended.append(asyncio.get_running_loop().time())
                self._let_in()

    def came(self) -> None:
        """Note that the current job has a page in hand."""
        hand = _hand.get()
        if hand is not None and not hand.has_page:
            hand.has_page = True
            self._number += 1
            if self._coming:
                self._coming.popleft()

    async def room(self) -> None:
        """Return when the current job may ask for a page: at once where it has one, since its article may go on."""
        hand = _hand.get()
        if hand is None or hand.has_page:
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._let_in()
        await turn

    def _let_in(self) -> None:
        """Let in who may, and look again in a moment where others wait."""
        now = asyncio.get_running_loop().time()
        _forget(self._ended, now - WORK_S)
        _forget(self._coming, now - SOON_S)
        while self._waiting and self._number + len(self._coming) < max(LEAST, len(self._ended)):
            turn = self._waiting.popleft()
            if not turn.done():  # nor cancelled
                self._coming.append(now)
                turn.set_result(None)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(SOON_S, self._let_in) if self._waiting else None


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] < before:
        times.popleft()
