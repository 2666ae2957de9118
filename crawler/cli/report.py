"""What `crawler status` knows: the state's rows, judged by the scheduler, as text and as JSON.

The JSON's keys are the contract's (SPEC §2): added to, never renamed.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from .. import scheduler
from ..config import Config
from ..model import FailureReport, Report, SourceReport
from ..state import SourceRow, State
from .common import iso
from .safe import plain

#: Failures listed at most; the counts tell of the rest.
MOST_FAILURES = 1000
#: The widest a column of the table gets, in characters.
WIDEST = 60


def make_report(config: Config, state: State, now: datetime) -> Report:
    """Return how the configured sources fare."""
    rows = {row.url: row for row in state.source_rows(now)}
    sources = tuple(
        _judged(rows[source.url], scheduler.health(source, row.memory, row.error, row.first_seen, now))
        if (row := rows.get(source.url))
        else SourceReport(source.name, source.url, "ok", "never polled", None, None, 0, 0, 0, 0, 0)
        for source in config.sources
    )
    pending, dead = state.frontier()
    return Report(sources, state.failures(MOST_FAILURES), pending, dead)


def _judged(row: SourceRow, health: tuple[Any, str]) -> SourceReport:
    reason = health[1] or ("never polled" if row.memory.last_success is None else "")
    return SourceReport(
        name=row.name,
        url=row.url,
        health=health[0],
        reason=reason,
        last_success=row.memory.last_success,
        next_poll=None if row.memory.off else row.memory.next_poll,
        day=row.day,
        week=row.week,
        all=row.all,
        pending=row.pending,
        dead=row.dead,
        unsure=row.held,
        shared=row.shared,
    )


def as_json(report: Report) -> dict[str, Any]:
    """Return the report in the contract's form."""
    return {
        "sources": [_source(source) for source in report.sources],
        "failures": [asdict(failure) for failure in report.failures],
        "frontier": {"pending": report.pending, "dead": report.dead},
    }


def _source(source: SourceReport) -> dict[str, Any]:
    fields = asdict(source)
    articles = {age: fields.pop(age) for age in ("day", "week", "all")}
    return fields | {"articles": articles}


def as_text(report: Report) -> str:
    """Return the report for people."""
    head = (
        "source",
        "health",
        "last success",
        "next poll",
        "today",
        "7 days",
        "all",
        "shared",
        "pending",
        "dead",
        "unsure",
        "reason",
    )
    rows = [
        (
            s.name,
            s.health,
            _when(s.last_success),
            _when(s.next_poll),
            s.day,
            s.week,
            s.all,
            s.shared,
            s.pending,
            s.dead,
            s.unsure,
            s.reason,
        )
        for s in report.sources
    ]
    lines = table([head, *rows]) if rows else ["no source is configured"]
    if report.failures:
        lines += ["", "failures:"]
        lines += [_line(f) for f in report.failures]
    lines += ["", f"frontier: {report.pending} pending, {report.dead} dead"]
    return "\n".join(lines)


def _line(f: FailureReport) -> str:
    after = f"; next try {_when(f.next_try)}" if f.next_try and f.state == "pending" else ""
    return f"  {f.kind} {f.state}: {f.url}\n    {f.reason} (tries: {f.tries}{after}; source: {f.source})"


def _when(moment: datetime | None) -> str:
    return iso(moment)[:16].replace("T", " ") if moment else "–"


def table(rows: list[tuple[object, ...]]) -> list[str]:
    """Set rows in columns; wide (Chinese) characters count double. The last column is not padded or cut."""
    cells = [[plain(cell)[:WIDEST] for cell in row[:-1]] + [plain(row[-1])] for row in rows]
    widths = [max(_width(row[i]) for row in cells) for i in range(len(cells[0]) - 1)]
    lines = []
    for row in cells:
        padded = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join([*padded, row[-1]]).rstrip())
    return lines


def _width(text: str) -> int:
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)
