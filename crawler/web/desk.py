"""Reads what the pages show: the state by a connection of its own, the archive's files, each in threads of their own.

Rule: reads only, and never in the run's own threads; a page that takes long makes the next page wait, never the run.
Orders of a person go another way: `orders`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from ..archive import Archive, earlier_texts, file_hash
from ..assets import STATIC, is_asset
from ..config import Config
from ..errors import ArchiveError, StateError
from ..model import Tally
from ..reports import Report
from ..slices import Shop
from ..state import Shelved, State
from .bodies import Reading, read

if TYPE_CHECKING:  # there may be no index, and so nobody who searches
    from ..search import Hits

P = ParamSpec("P")
T = TypeVar("T")
#: Searches the archive, in any thread, several at once: what was typed, the only source wanted or "", since when, until
#: when, how many at most, how many are passed over. Raises CrawlerError, whose text is shown.
Search = Callable[[str, str, datetime | None, datetime | None, int, int], "Hits"]

#: Threads that read files and make pages of them; Python runs one at a time, but a disk that waits holds up nobody.
FILE_THREADS = 2
#: How long a report is good for: it counts all that is archived, and many may look at once.
FRESH = timedelta(seconds=5)
#: Longest path that is looked for, in characters; Linux has 4096 bytes.
LONGEST_PATH = 1024
#: Earlier texts of an article that are compared, the last ones, and the largest file that is shown.
MOST_REVISIONS, LARGEST_FILE = 20, 20_000_000
#: Name of an earlier text: the time since when it stood, and a number where two stood at once.
STAMP = re.compile(r"(\d{8}T\d{6})Z(?:-\d+)?\.md")


@dataclass(slots=True)
class Pulse:
    """The signs of life of the run's own loop, and what it has done so far."""

    beaten: datetime
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the web face is built of."""

    shop: Shop  #: of the run, for its clock, its files, and for orders
    config: Callable[[], Config]  #: as it is heeded now
    report: Callable[[Config, State, datetime, bool], Report]  #: passwords masked; the last: with all counts
    open_state: Callable[[], State]  #: for reading
    pulse: Pulse
    search: Search | None = None
    secret: str = ""  #: of this process, by which forms are marked


@dataclass(frozen=True, slots=True)
class Found:
    """A post of the shelf with its text."""

    row: Shelved
    reading: Reading
    digest: bytes  #: of the file


@dataclass(frozen=True, slots=True)
class Revision:
    """An earlier text of an article."""

    since: datetime  #: when it was filed
    reading: Reading


class Desk:
    """Reads for the pages. Use as `with`."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._state: State | None = None
        self._reports: dict[bool, tuple[datetime, Report]] = {}
        self._asking = asyncio.Lock()
        self._database = ThreadPoolExecutor(1, "web-state")
        self._files = ThreadPoolExecutor(FILE_THREADS, "web-files")

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.shutdown(wait=False, cancel_futures=True)
        self._database.submit(self._close)
        self._database.shutdown()

    async def state(self, call: Callable[[State], T]) -> T:
        """Ask the state, in the one thread where that is allowed."""
        return await asyncio.get_running_loop().run_in_executor(self._database, self._ask, call)

    def _ask(self, call: Callable[[State], T]) -> T:
        if self._state is None:
            self._state = self.parts.open_state()
        try:
            return call(self._state)
        except StateError:
            self._close()  # it may have been made anew meanwhile: the next one who asks opens that
            raise

    def _close(self) -> None:
        state, self._state = self._state, None
        if state is not None:
            state.close()

    async def work(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Read files, or make a page, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._files, lambda: call(*args, **kwargs))

    async def report(self, *, is_whole: bool) -> Report:
        """Return how the sources fare, not older than `FRESH`; with `is_whole`, with all counts."""
        async with self._asking:
            now, known = self.now(), self._reports.get(is_whole)
            if known is None or not timedelta() <= now - known[0] < FRESH:
                config = self.parts.config()
                found = await self.state(lambda state: self.parts.report(config, state, now, is_whole))
                known = self._reports[is_whole] = now, found
            return known[1]

    def forget(self) -> None:
        """Let the next report be a new one: something was ordered."""
        self._reports.clear()

    def now(self) -> datetime:
        """Return the time."""
        return self.parts.shop.clock.now()

    def find(self, path: str) -> tuple[bytes, Reading] | None:
        """Read the post at a path of the archive; None where there is none."""
        data = self.file(path)
        reading = None if data is None else read(data)
        return None if data is None or reading is None else (data, reading)

    def file(self, path: str) -> bytes | None:
        """Return a file of the archive; None where there is none, or none that may be shown."""
        if not path or len(path) > LONGEST_PATH:
            return None
        try:
            data = self.parts.shop.archive.read(path)
        except ArchiveError:
            return None  # hidden, outside, or no path at all: whoever asks is told no more than that
        return data if data is not None and len(data) <= LARGEST_FILE else None

    def picture(self, path: str) -> bytes | None:
        """Return a file that a post shows; an address from the root may mean one in Hugo's `static`."""
        data = self.file(path)
        return self.file(STATIC + path) if data is None and is_asset(path) else data

    def fill(self, rows: tuple[Shelved, ...]) -> tuple[Found, ...]:
        """Return posts with their texts; those whose files are gone are left out."""
        found = ((row, self.find(row.path)) for row in rows)
        return tuple(Found(row, post[1], file_hash(post[0])) for row, post in found if post is not None)

    def revisions(self, path: str) -> tuple[Revision, ...]:
        """Return the earlier texts of a post, the last one first."""
        try:
            return tuple(_earlier(earlier_texts(self.parts.config().place, path)))
        except ArchiveError:
            return ()  # none was kept


def _earlier(archive: Archive) -> list[Revision]:
    found: list[Revision] = []
    for name in sorted((n for n in archive.list() if STAMP.fullmatch(n)), reverse=True)[:MOST_REVISIONS]:
        reading, stamp = read(archive.read(name) or b""), STAMP.fullmatch(name)
        if reading is not None and stamp is not None:
            found.append(Revision(datetime.strptime(stamp[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC), reading))
    return found
