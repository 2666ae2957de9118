"""`crawler status`: what the state knows, read beside a running crawl."""

from __future__ import annotations

from pathlib import Path

import click

from ..model import Report
from .common import EXIT_CODES, EXIT_OK, EXIT_UNHEALTHY, SystemClock, common_options, read_config, say, say_json
from .parts import reading_store
from .report import as_json, as_text, make_report


@click.command(epilog=EXIT_CODES)
@click.option("--json", "in_json", is_flag=True, help="Print it as JSON.")
@common_options
def status(in_json: bool, config_path: Path) -> int:
    """Show how each source fares, what failed and why, and what waits."""
    report = read_report(config_path)
    if in_json:
        say_json(as_json(report))
    else:
        say(as_text(report))
    return EXIT_UNHEALTHY if any(s.health != "ok" for s in report.sources) else EXIT_OK


def read_report(config_path: Path) -> Report:
    """Return the report without disturbing a run."""
    config, clock = read_config(config_path), SystemClock()
    with reading_store(config, clock) as store:
        return make_report(config, store.state, clock.now())
