"""The progress bar of long work: on a terminal only; elsewhere the log lines say it all."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self

from ..model import Tally

if TYPE_CHECKING:
    from tqdm import tqdm


class Progress:
    """A bar that grows with what is found; give `saw` to the shop.

    Args:
        waiting: articles that were pending before the pass.
        shown: whether to draw anything.
    """

    def __init__(self, waiting: int, shown: bool) -> None:
        self._waiting = waiting
        self._shown = shown and sys.stderr.isatty()
        self._bar: tqdm[NoReturn] | None = None

    def __enter__(self) -> Self:
        if self._shown:
            from tqdm import tqdm

            self._bar = tqdm(total=self._waiting, unit="article", leave=False, file=sys.stderr, dynamic_ncols=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def saw(self, tally: Tally) -> None:
        """Draw how far the pass is."""
        if self._bar is None:
            return
        done = tally.archived + tally.retried + tally.dead
        self._bar.total = max(self._waiting + tally.new, done)
        self._bar.n = done
        self._bar.set_postfix(polled=tally.polled, refresh=False)
        self._bar.refresh()
