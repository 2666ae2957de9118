"""Whether the crawler and its sources are well, as `/healthz` tells it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..reports import Report

#: The loop gives a sign of life at least once a minute: a slice takes no longer, nor does a nap between two.
STUCK_AFTER = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Vitals:
    """What is wrong; nothing where all is well."""

    own: tuple[str, ...]  #: with the crawler itself
    sources: tuple[str, ...]  #: with its sources

    @property
    def is_alive(self) -> bool:
        """Tell whether the crawler itself is well."""
        return not self.own

    @property
    def is_well(self) -> bool:
        """Tell whether it and all its sources are well."""
        return not (self.own or self.sources)


def vitals(report: Report, beaten: datetime, now: datetime) -> Vitals:
    """Judge by a report, as the exit code of `status` does, and by the last sign of life of the loop."""
    own = []
    if now - beaten > STUCK_AFTER:
        own.append(f"the loop gave no sign of life since {beaten:%Y-%m-%d %H:%M:%S} UTC")
    if not report.crawler.is_writable:
        own.append(report.crawler.reason)
    sick = tuple(f"{s.name}: {s.health}" for s in report.sources if s.is_sick)
    return Vitals(tuple(own), sick)
