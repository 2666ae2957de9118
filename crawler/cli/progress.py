"""The progress of long work: a bar on a terminal; elsewhere a line a minute for a backfill, else the log alone."""

from __future__ import annotations

import sys
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self

from ..fetcher import Clock
from ..model import Tally
from ..scheduler import spoken
from .common import complain

if TYPE_CHECKING:
    from tqdm import tqdm

#: Seconds between two lines where there is no terminal.
SPEAK_EVERY_S = 60.0


class Progress:
    """A bar that grows with what is found; give `saw` to the shop.

    Args:
        waiting: articles that were waiting before the pass; `expect` adds more.
        shown: whether to tell anything.
        clock: for the pace.
        speaks: whether to write lines where there is no terminal.
    """

    def __init__(self, waiting: int, shown: bool, clock: Clock, *, speaks: bool = False) -> None:
        self._waiting = waiting
        self._is_drawn = shown and sys.stderr.isatty()
        self._speaks = shown and speaks and not self._is_drawn
        self._clock = clock
        self._began = self._spoke = clock.monotonic()
        self._bar: tqdm[NoReturn] | None = None

    def __enter__(self) -> Self:
        if self._is_drawn:
            from tqdm import tqdm

            self._bar = tqdm(total=self._waiting, unit="article", leave=False, file=sys.stderr, dynamic_ncols=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def expect(self, more: int) -> None:
        """Count articles that wait, and were not known of when the pass began."""
        self._waiting += more

    def saw(self, tally: Tally) -> None:
        """Tell how far the pass is."""
        done = tally.archived + tally.retried + tally.dead + tally.outside
        total = max(self._waiting + tally.new, done)
        if self._bar is not None:
            self._bar.total, self._bar.n = total, done
            more = {name: count for name, count in (("lists", tally.steps), ("pictures", tally.pictures)) if count}
            self._bar.set_postfix(more | {"polled": tally.polled}, refresh=False)
            self._bar.refresh()
        elif self._speaks and self._clock.monotonic() - self._spoke >= SPEAK_EVERY_S:
            self._spoke = self._clock.monotonic()
            complain(self._line(done, total, tally))

    def _line(self, done: int, total: int, tally: Tally) -> str:
        spent = timedelta(seconds=self._clock.monotonic() - self._began)
        left = f", about {spoken(spent / done * (total - done))} left" if done else ""
        pictures = f", {tally.pictures:,} pictures kept" if tally.pictures else ""
        return f"{done:,} of {total:,} articles, {tally.steps:,} lists read{pictures}{left}"
