"""How far a pass over what is due got, and what it has in hand.

Rule: remembers and counts; asks nothing and starts nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ..model import Job, Tally
from .shop import Want

#: Jobs taken for one host at a time: enough to keep a turn busy, few enough for fairness between priorities.
JOBS_A_TURN = 8
NEVER = float("-inf")


@dataclass(slots=True)
class Pass:
    """One pass over what is due: what was asked, and how far it got."""

    want: Want
    tally: Tally = Tally()
    polled: set[bytes] = field(default_factory=set)  #: sources, each once a pass unless `want` is another
    started: int = 0  #: article jobs
    taken: int = 0  #: of a backlog
    turns: dict[str, asyncio.Task[None]] = field(default_factory=dict)  #: by host; may outlast a slice
    polls: dict[str, list[Job]] = field(default_factory=dict)  #: in hand, by host
    asked: float = NEVER  #: when the state was last asked, by the loop's clock
    checked: float = NEVER  #: when it was last asked for articles to read again
    saved: float = NEVER  #: when the memories of quiet polls were last saved
    no_pictures_until: datetime | None = None  #: until when none is due, unless posts are filed before
    filed: int = 0  #: posts, when that was found out
    heeds_clock: bool = True  #: whether waits are looked for that a wrong clock set; workers do so in their ticks
    patience_s: float = 0.0  #: the least until a slice looks what came due while all its turns are waiting
    is_put_off: bool = False  #: whether the state was not asked, as it was asked a moment ago

    @property
    def is_full(self) -> bool:
        """Tell whether as many articles were started as the user wants; of a backfill those of the backlog count."""
        return self.want.limit is not None and self.counted >= self.want.limit

    @property
    def counted(self) -> int:
        """Return how many articles count for the limit."""
        return self.taken if self.want.backfills else self.started

    def may_start(self) -> bool:
        """Count one more article, if there is room for it."""
        if self.is_full and not self.want.backfills:
            return False
        self.started += 1
        return True

    def begin_anew(self) -> None:
        """Let every source be polled again; what was in hand may have become old."""
        self.polled.clear()
        self.polls.clear()
        self.no_pictures_until = None

    def take_in_hand(self, polls: Iterable[Job]) -> None:
        """Keep polls, but those of sources that had their one of this pass."""
        for job in polls:
            if self.want.again or job.key not in self.polled:
                self.polls.setdefault(job.host, []).append(job)

    def take_polls(self, hosts: int) -> list[Job]:
        """Return polls in hand of at most so many hosts that have no turn, a turn's worth of each."""
        free = [host for host in self.polls if host not in self.turns][:hosts]
        return [job for host in free for job in self._take(host)]

    def _take(self, host: str) -> list[Job]:
        jobs = self.polls.pop(host)
        if rest := jobs[JOBS_A_TURN:]:
            self.polls[host] = rest
        return jobs[:JOBS_A_TURN]
