"""`run --metrics-file`: how things stand after a run, for the textfile collector of Prometheus' node exporter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import click

from ..model import Tally
from ..reports import Report
from .report import veiled

T = TypeVar("T")


def metrics_option(command: Callable[..., T]) -> Callable[..., T]:
    """Add the option to a command."""
    return click.option(
        "--metrics-file",
        type=click.Path(path_type=Path, dir_okay=False),
        callback=_there,
        metavar="FILE",
        help="Write metrics for Prometheus' textfile collector, which wants a name in .prom.",
    )(command)


def _there(_: click.Context, parameter: click.Parameter, place: Path | None) -> Path | None:
    """Refuse the option before any work is done where the extra is missing."""
    if place is not None:
        from .. import metrics

        if not metrics.is_there():
            raise click.BadParameter(metrics.MISSING, param=parameter)
    return place


def write_metrics(place: Path, report: Report, tally: Tally, now: datetime) -> None:
    """Write the file, in one step.

    Raises:
        ArchiveError: it cannot be written.
    """
    from .. import metrics

    metrics.write(place, metrics.text(veiled(report), tally, now, kind="run"))
