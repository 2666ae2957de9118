"""What `crawler status` shows, as data: how sources, articles and the crawler itself fare.

Rule: as in `model`: frozen, no behaviour beyond reading one's own fields. All datetimes are aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from .model import Health, Kind, Trouble
from .past import Backfill


@dataclass(frozen=True, slots=True)
class RunSpan:
    """When a run showed signs of life."""

    started: datetime
    seen: datetime  #: the last sign
    ended: datetime | None  #: None while it goes on, and for ever when it was cut off
    is_one_of_many: bool = False  #: whether others of its kind go on beside it


@dataclass(frozen=True, slots=True)
class CrawlerReport:
    """The crawler itself in `crawler status`."""

    health: Health = "ok"  #: failing: cut off, cannot write; stale: does not run
    reason: str = ""
    last_run: datetime | None = None  #: its last sign of life
    notify_error: str = ""  #: why the last message of `notify` did not arrive, or ""
    publish_error: str = ""  #: why `publish` failed last, or ""
    is_writable: bool = True  #: whether archive and state look as if they could be written


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source in `crawler status`."""

    name: str
    url: str
    health: Health
    reason: str
    last_success: datetime | None
    next_poll: datetime | None
    day: int
    week: int
    all: int
    pending: int
    dead: int
    unsure: int = 0  #: of the pending and the dead: a text was there, and not believed
    next_why: str = ""  #: why the next poll is when it is, in words
    revised: int = 0  #: articles whose posts were rewritten since they changed
    trouble: Trouble = ""
    shared: int = 0  #: archived articles that it named, too, and that are counted at another source
    paused: datetime | None = None  #: since when a person wants it left alone

    @property
    def is_sick(self) -> bool:
        """Tell whether something is wrong; what a person paused is well."""
        return self.health != "ok" and self.paused is None


@dataclass(frozen=True, slots=True)
class FailureReport:
    """One failure in `crawler status`."""

    source: str
    url: str
    kind: Kind
    state: Literal["pending", "dead"]
    reason: str
    tries: int
    next_try: datetime | None
    unsure: bool = False  #: a text was there, and not believed


@dataclass(frozen=True, slots=True)
class ClusterReport:
    """How many share the work in `crawler status`."""

    workers: int  #: that gave a sign of life lately
    slices: tuple[tuple[str, int], ...]  #: under way, by the worker's name
    waiting: int  #: slices
    shards: int
    late: timedelta | None  #: by how much the poll is late that waits the longest


@dataclass(frozen=True, slots=True)
class Report:
    """What `crawler status` shows."""

    sources: tuple[SourceReport, ...] = ()
    failures: tuple[FailureReport, ...] = ()
    pending: int = 0
    dead: int = 0
    crawler: CrawlerReport = CrawlerReport()
    images: tuple[int, int] = (0, 0)  #: pictures that wait to be brought home, and that were given up
    backfills: tuple[Backfill, ...] = ()  #: the one that began last first; those long ended are left out
    cluster: ClusterReport | None = None  #: where the state is worked by many
