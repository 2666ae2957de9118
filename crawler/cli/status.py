"""`crawler status`: what the state knows, read beside a running crawl."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import click

from ..config import Config
from ..reports import Report
from ..state.opening import path_of
from .common import (
    EXIT_CODES,
    EXIT_FAULTS,
    EXIT_OK,
    EXIT_UNHEALTHY,
    common_options,
    is_quiet,
    read_config,
    say,
    say_json,
)
from .parts import clock_of, reading_store
from .report import as_json, as_text, make_report

#: Less room than this for the archive is as good as none.
LEAST_ROOM_BYTES = 10_000_000


@click.command(epilog=EXIT_CODES)
@click.option("--json", "in_json", is_flag=True, help="Print it as JSON.")
@click.option("--alive", is_flag=True, help="Only whether the crawler itself works, however its sources fare.")
@common_options
def status(in_json: bool, alive: bool, config_path: Path) -> int:
    """Show how each source fares, what failed and why, and what waits."""
    report = read_report(config_path, is_whole=not alive)
    if alive:
        report = replace(report, sources=(), backfills=())
    code = code_of(report)
    if in_json:
        say_json(as_json(report))
    elif alive and (code or not is_quiet()):
        say(report.crawler.reason or "the crawler works")
    elif code or not is_quiet():
        say(as_text(report))
    return code


def code_of(report: Report) -> int:
    """Return the exit code of a report."""
    if not report.crawler.is_writable:
        return EXIT_FAULTS
    is_sick = report.crawler.health != "ok" or any(s.is_sick for s in report.sources)
    return EXIT_UNHEALTHY if is_sick else EXIT_OK


def read_report(config_path: Path, *, is_whole: bool = True) -> Report:
    """Return the report without disturbing a run; see `make_report`."""
    config = read_config(config_path)
    clock = clock_of(config)
    with reading_store(config, clock) as store:
        report = make_report(config, store.state, clock.now(), is_whole=is_whole)
    why = cannot_write(config)
    if not why:
        return report
    return replace(report, crawler=replace(report.crawler, health="failing", reason=why, is_writable=False))


def cannot_write(config: Config) -> str:
    """Return why archive or state look as if nothing could be written, or ""; tries nothing, disturbs nothing."""
    state = path_of(config.state)
    for what, place in (("archive", config.archive), ("state", state.parent if state else config.archive)):
        there = _nearest(place)
        if not _takes_files(there):
            return f"the {what} cannot be written: {there}"
        room = shutil.disk_usage(there).free
        if room < LEAST_ROOM_BYTES:
            return f"the {what} has no room left: {room // 1_000_000} MB at {there}"
    return ""


def _takes_files(there: Path) -> bool:
    """Tell whether the crawler could write into a folder; what another user than its owner may do says nothing."""
    if not there.is_dir() or os.statvfs(there).f_flag & os.ST_RDONLY:
        return False
    ours = there.stat().st_uid == os.geteuid()
    return not ours or os.access(there, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)


def _nearest(place: Path) -> Path:
    """Return a folder, or what stands where it would be made."""
    return next(p for p in (place, *place.parents) if p.exists())
