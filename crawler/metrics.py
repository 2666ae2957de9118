"""How the crawler fares, as Prometheus reads it: for `/metrics`, and for a file that the textfile collector reads.

Names and labels are added to, never renamed. Needs the extra `metrics`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from . import __version__, files
from .errors import ArchiveError
from .model import Tally
from .reports import Report, SourceReport

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily, Metric

#: Where the extra is missing.
MISSING = "needs the library prometheus-client, which is not installed: pip install 'crawler[metrics]'"

#: Of each source: name, meaning, value; None where it has none.
Value = Callable[[SourceReport], float | None]
OF_SOURCES: tuple[tuple[str, str, Value], ...] = (
    ("healthy", "1 where all is well, or a person paused it.", lambda s: float(not s.is_sick)),
    ("paused", "1 where a person paused it.", lambda s: float(s.paused is not None)),
    ("last_success_timestamp_seconds", "When its last poll succeeded.", lambda s: _seconds(s.last_success)),
    ("next_poll_timestamp_seconds", "When it is polled next.", lambda s: _seconds(s.next_poll)),
    ("articles", "Its articles in the archive.", lambda s: s.all),
    ("articles_day", "Articles filed in the last 24 hours.", lambda s: s.day),
    ("pending", "Its articles that wait to be fetched.", lambda s: s.pending),
    ("dead", "Its articles that were given up.", lambda s: s.dead),
    ("unsure", "Of those that wait or were given up: a text was there, and not believed.", lambda s: s.unsure),
)


def is_there() -> bool:
    """Tell whether the extra is installed."""
    return find_spec("prometheus_client") is not None


def text(report: Report, tally: Tally, now: datetime, *, kind: str, beaten: datetime | None = None) -> bytes:
    """Write what is known in Prometheus' text format.

    Args:
        report: with all counts.
        tally: of the run so far.
        now: the time of asking.
        kind: of the run: run | serve.
        beaten: the last sign of life of the loop of `serve`.
    """
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.registry import Collector

    class Known(Collector):
        def collect(self) -> Iterator[Metric]:
            yield from _families(report, tally, now, kind, beaten)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Known())
    return generate_latest(registry)


def _families(report: Report, tally: Tally, now: datetime, kind: str, beaten: datetime | None) -> Iterator[Metric]:
    yield _one("build_info", "The version.", 1, version=__version__)
    yield _one("healthy", "1 where the crawler itself is well.", float(report.crawler.health == "ok"))
    yield _one("time_seconds", "When this was written.", now.timestamp())
    if beaten is not None:
        yield _one("loop_beat_timestamp_seconds", "The last sign of life of the loop.", beaten.timestamp())
    if report.crawler.last_run is not None:
        last = report.crawler.last_run.timestamp()
        yield _one("last_run_timestamp_seconds", "The last sign of life of any run.", last)
    for name, what, counts in (
        ("frontier", "Articles", (report.pending, report.dead)),
        ("images", "Pictures", report.images),
    ):
        family = _family(name, f"{what} that wait, or were given up.", "state")
        family.add_metric(["pending"], counts[0])
        family.add_metric(["dead"], counts[1])
        yield family
    worked = _family("run_tally", "What this run, or the last one, has done so far.", "kind", "what")
    for what, count in asdict(tally).items():
        worked.add_metric([kind, what], count)
    yield worked
    yield from map(_of_sources, OF_SOURCES, [report.sources] * len(OF_SOURCES))


def _of_sources(meant: tuple[str, str, Value], sources: tuple[SourceReport, ...]) -> Metric:
    name, doc, value = meant
    family = _family(f"source_{name}", doc, "source", "url")
    for source in sources:
        found = value(source)
        if found is not None:
            family.add_metric([source.name, source.url], found)
    return family


def _family(name: str, doc: str, *labels: str) -> GaugeMetricFamily:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(f"crawler_{name}", doc, labels=labels)


def _one(name: str, doc: str, value: float, **labels: str) -> Metric:
    family = _family(name, doc, *labels)
    family.add_metric(list(labels.values()), value)
    return family


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


def write(place: Path, data: bytes) -> None:
    """Put a file in the place of another in one step, as the collector may read at any time.

    Raises:
        ArchiveError: it cannot be written.
    """
    try:
        files.replace(place, data)
    except OSError as e:
        raise ArchiveError(f"{place}: {e.strerror}") from e
