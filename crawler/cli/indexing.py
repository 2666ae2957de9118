"""Keep the search index up with a run: what it files, after each slice and at the end; all files once an hour.

Rule: the index is a convenience. What goes wrong with it is said, and is no error of the run. Nothing of the room
`search` is loaded by a pass that files nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..archive import Archive
from ..assets import is_asset
from ..config import Config
from ..errors import ArchiveError, SearchError, SearchMissing
from .parts import Store

if TYPE_CHECKING:  # who only rebuilds needs no network
    from ..fetcher import Clock
    from ..search import Index
    from ..slices import Shop

log = logging.getLogger(__name__)

T = TypeVar("T")
Job = Callable[["Shop"], Awaitable[T]]

#: How often all files are looked at, for what people changed and what a run that was killed had no time to note.
WALK_EVERY = timedelta(hours=1)
#: How often `serve` asks whether that is due; a pass that files nothing asks the file's own time first.
LOOK_EVERY = timedelta(minutes=5)
#: Seconds that the end of a run may take to look at all files. What is not done by then, the next one does.
PATIENCE_S = 60.0
#: The time that an index's file is given when it lacks posts, as a pass without news looks at nothing else.
BEHIND = (0.0, 0.0)


class Through:
    """An `Archive` by which another one is reached: what a subclass does not change is that one's."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    @property
    def is_far(self) -> bool:
        return self._archive.is_far

    def put(self, path: str, data: bytes, *, over: bytes | None = None) -> None:
        self._archive.put(path, data, over=over)

    def read(self, path: str) -> bytes | None:
        return self._archive.read(path)

    def inside(self, place: Path) -> str:
        return self._archive.inside(place)

    def list(self) -> Iterator[str]:
        return self._archive.list()

    def assets(self) -> Iterator[str]:
        return self._archive.assets()


class Noting(Through):
    """Notes which posts are put into another archive."""

    def __init__(self, archive: Archive) -> None:
        super().__init__(archive)
        self._paths: deque[str] = deque()  # filled by several threads, emptied by one

    def put(self, path: str, data: bytes, *, over: bytes | None = None) -> None:
        super().put(path, data, over=over)
        if not is_asset(path):
            self._paths.append(path)

    @property
    def has_news(self) -> bool:
        """Tell whether anything was put since `take`."""
        return bool(self._paths)

    def take(self) -> Iterator[str]:
        """Yield the paths that were put and not taken yet."""
        while self._paths:
            yield self._paths.popleft()


class Indexer:
    """Keeps the index of a run's archive.

    Args:
        config: where archive and index are.
        store: the run's; what works on it gets `self.store` instead.
        clock: for walks.
        kind: of the run; only `serve` walks before its end, a "trial" writes nothing, nor does a "worker": one index
            has one writer, which is `serve` where there are many.
    """

    def __init__(self, config: Config, store: Store, clock: Clock, kind: str) -> None:
        self._noting = Noting(store.archive)
        self._place = config.search if kind not in ("trial", "worker") else None
        #: Nothing is noted where nobody would ever take it.
        self.store = store if self._place is None else replace(store, archive=self._noting)
        self._root = config.place
        self._clock = clock
        self._is_lasting = kind == "serve"
        last = store.state.diary.last_run()
        #: Whether posts may be there that nobody noted: the last run was cut off, or there was none.
        self._is_behind = last is None or last.ended is None
        self._left: set[str] = set()  #: what could not be written last time
        self._looked = datetime.min.replace(tzinfo=UTC)
        self._task: asyncio.Task[None] | None = None

    def beside(self, job: Job[T]) -> Job[T]:
        """Return a job that does the same, with the index kept between its slices and at its end."""

        async def kept(shop: Shop) -> T:
            async def beat() -> None:
                await shop.beat()
                self._begin(shop.stop)

            done = await job(replace(shop, beat=beat))
            if self._task is not None:
                await self._task
            end = self._clock.monotonic() + PATIENCE_S
            if self._place is not None and self._has_work(may_walk=not shop.stop.is_set()):
                stop = lambda: shop.stop.is_set() or self._clock.monotonic() > end  # noqa: E731
                await asyncio.to_thread(self._keep, self._place, stop, not shop.stop.is_set())
            self._leave()
            return done

        return kept

    def _begin(self, stop: asyncio.Event) -> None:
        """Keep the index in a thread, unless one is still at it."""
        if self._place is None or (self._task is not None and not self._task.done()):
            return
        now = self._clock.now()
        may_walk = self._is_lasting and abs(now - self._looked) >= LOOK_EVERY
        if may_walk:
            self._looked = now
        if may_walk or self._noting.has_news:
            self._task = asyncio.create_task(asyncio.to_thread(self._keep, self._place, stop.is_set, may_walk))

    def finish(self) -> None:
        """Bring the index up to date after work that was no job of a shop."""
        if self._place is not None and self._has_work(may_walk=True):
            self._keep(self._place, lambda: False, self._is_behind)
        self._leave()

    def _leave(self) -> None:
        """Let the next run know that it has to look at all files."""
        if self._is_behind and self._place is not None:
            with contextlib.suppress(OSError):  # there is none: that tells it as well
                os.utime(self._place, BEHIND)

    def _has_work(self, *, may_walk: bool) -> bool:
        """Tell whether there is something to do, as far as can be told without loading the index's room."""
        return self._noting.has_news or bool(self._left) or (may_walk and (self._is_behind or self._looks_old()))

    def _looks_old(self) -> bool:
        """Tell whether nobody wrote the index for long, or there is none, or it was left behind."""
        try:
            there = self._place.stat() if self._place else None
        except OSError:
            return True
        if there is None or there.st_size == 0:
            return True
        self._is_behind |= there.st_mtime == BEHIND[1]
        return self._is_behind or abs(self._clock.now().timestamp() - there.st_mtime) >= WALK_EVERY.total_seconds()

    def _keep(self, place: Path, stop: Callable[[], bool], may_walk: bool) -> None:
        """Do what is to be done; trouble with the index is said and left to the next time."""
        from .. import search

        index = search.Index(place, self._root)
        self._left.update(self._noting.take())
        try:
            if self._left:
                search.update(index, self._left)
                self._left.clear()
            if may_walk and self._is_walk_due(index):
                self._is_behind = True
                self._is_behind = not search.walk(index, self._clock.now(), stop).is_whole or stop()
        except SearchMissing as e:
            log.info("search index: %s", e)
        except (SearchError, ArchiveError) as e:
            self._is_behind = True
            log.warning("search index: %s; the next run tries again", e)

    def _is_walk_due(self, index: Index) -> bool:
        from .. import search

        walked = search.standing(index).walked
        return self._is_behind or walked is None or abs(self._clock.now() - walked) >= WALK_EVERY


def index_anew(config: Config, now: datetime) -> bool:
    """Make the index anew from all files; tell whether there is one now."""
    if config.search is None:
        return False
    from .. import search

    index = search.Index(config.search, config.place)
    try:
        search.remove(index)
        search.walk(index, now)
    except SearchError as e:
        log.warning("search index: %s", e)
        return False
    return True
