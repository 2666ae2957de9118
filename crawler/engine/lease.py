"""Whether what we own is still ours: a worker that was not heard of for long has lost its shards, and must know it.

Rule: decides by the clock that never runs backwards, which goes on while a process is stopped; knows no database.
Others take a shard over when they have not heard of its owner for `RESCUE_S`. Who could not make itself heard for half
of that sends no request any more: it cannot know how long it will be until it is heard again. A slice that once lost
its lease has lost it for good, whatever is heard later.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from ..errors import StateError

#: Seconds after which a silent worker's shards are others'; a resume within 15 s is promised.
RESCUE_S = 8.0
#: Seconds after which a worker that could not make itself heard lets go by itself.
LEASE_S = RESCUE_S / 2
#: Seconds between two signs of life: three of them may be lost.
BEAT_S = 1.0

ALWAYS = float("-inf")


@dataclass(frozen=True, slots=True)
class Term:
    """What the slice that a task belongs to may count on."""

    number: int  #: the lease that it began with
    since: float  #: when its shard was taken from another worker, by the clock that never runs backwards


#: Of the current task; None outside of slices.
_term: ContextVar[Term | None] = ContextVar("term", default=None)


class Lease:
    """The right of a worker to send requests to the hosts of its shards.

    Args:
        monotonic: seconds of the clock that never runs backwards.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._heard = monotonic()
        self._number = 0

    @property
    def is_lost(self) -> bool:
        """Tell whether we were not heard of for too long."""
        return self._monotonic() - self._heard > LEASE_S

    def renew(self, since: float) -> None:
        """Note a sign of life that arrived; `since` is when it was sent."""
        self._number += self.is_lost
        self._heard = max(self._heard, since)

    def begin(self, since: float = ALWAYS) -> None:
        """Begin a slice in the current task, and in those that it starts.

        Args:
            since: when its shard was taken from another worker.

        Raises:
            StateError: we were not heard of for too long to begin anything.
        """
        if self.is_lost:
            raise StateError("this worker was not heard of for too long: it begins nothing")
        _term.set(Term(self._number, since))

    def guard(self) -> None:
        """Refuse to go on with a slice whose shard may be another's: to be asked just before each request.

        Raises:
            StateError: it may be.
        """
        term = _term.get()
        if term is None:
            return
        if self.is_lost or term.number != self._number:
            raise StateError("this worker was not heard of for too long: its slices are others' now")

    def since(self) -> float:
        """Return when the current task's shard was taken from another worker, who may have asked hosts until then."""
        term = _term.get()
        return ALWAYS if term is None else term.since
