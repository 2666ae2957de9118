"""What `crawler status` knows: the state's rows, judged by the scheduler, as text and as JSON.

The JSON's keys are the contract's (SPEC §2): added to, never renamed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from .. import pulse, urls
from ..config import Config
from ..health import Seen, Verdict, judge
from ..reports import ClusterReport, CrawlerReport, FailureReport, Report, RunSpan, SourceReport
from ..scheduler import spoken
from ..state import SourceRow, State
from ..telling import Subject
from ..wording import counted, iso, width
from . import past
from .safe import masked, plain

#: What is said in place of sources where there are none.
NO_SOURCE = "no source is configured; `crawler source add https://example.org` adds one"
#: Failures listed at most; the counts tell of the rest.
MOST_FAILURES = 1000
#: How long a backfill is told of after it ended.
REMEMBERED = timedelta(days=7)
#: The widest a column of the table gets, in characters.
WIDEST = 60


def make_report(config: Config, state: State, now: datetime, *, is_whole: bool = True) -> Report:
    """Return how the configured sources fare.

    Args:
        config: the sources.
        state: what is known of them.
        now: the time of asking.
        is_whole: False: without counts by source and failures, which cost the more, the more is archived.
    """
    runs, silent = state.diary.spans(pulse.KINDS, pulse.RUNS), state.hosts.silenced(now)
    told, published = state.diary.telling_error(), state.diary.publishing_error()
    crawler = replace(pulse.crawler_report(runs, config.sources, now), notify_error=told, publish_error=published)
    found = {
        row.url: _judged(row, verdict, crawler, silent.get(urls.host(row.url)))
        for row, verdict in _verdicts(config, state, runs, now, is_whole=is_whole)
    }
    sources = tuple(
        found.get(source.url) or SourceReport(source.name, source.url, "ok", "never polled", None, None, 0, 0, 0, 0, 0)
        for source in config.sources
    )
    pending, dead = state.frontier()
    backfills = tuple(b for b in state.backfills.all() if b.ended is None or now - b.ended < REMEMBERED)
    failures = state.failures(MOST_FAILURES) if is_whole else ()
    failures += state.pictures.failures(MOST_FAILURES - len(failures)) if is_whole else ()
    images = state.pictures.counts() if is_whole else (0, 0)
    return Report(sources, failures, pending, dead, crawler, images, backfills, state.many.report(now))


def subjects(config: Config, state: State, now: datetime) -> tuple[Subject, ...]:
    """Return how the configured sources fare, beside what was told of them."""
    found = _verdicts(config, state, state.diary.spans(pulse.KINDS, pulse.RUNS), now, is_whole=False)
    return tuple(Subject(row.name, row.url, verdict, row.told) for row, verdict in found)


def _verdicts(
    config: Config, state: State, runs: Sequence[RunSpan], now: datetime, *, is_whole: bool
) -> Iterator[tuple[SourceRow, Verdict]]:
    known = {source.url: source for source in config.sources}
    awake = pulse.awake_since(runs, config.sources, now)
    mixed = None if is_whole else [source.url for source in config.sources if source.content == "best"]
    for row in state.source_rows(now, mixed=mixed):
        if row.url in known:
            seen = Seen(row.memory, row.first_seen, row.error, row.lately, row.paged, row.fed, row.paused)
            yield row, judge(known[row.url], seen, awake, now)


def _judged(row: SourceRow, verdict: Verdict, crawler: CrawlerReport, silent_until: datetime | None) -> SourceReport:
    due, why, rests = row.memory.next_poll, row.memory.next_why, row.memory.off or row.paused is not None
    if silent_until is not None and (due is None or due < silent_until):
        due, why = silent_until, "Retry-After of its host"
    return SourceReport(
        name=row.name,
        url=row.url,
        health=verdict.health,
        reason=verdict.reason or _unasked(row.memory.last_success, crawler),
        trouble=verdict.trouble,
        last_success=row.memory.last_success,
        next_poll=None if rests else due,
        next_why="" if rests else why,
        day=row.day,
        week=row.week,
        all=row.all,
        pending=row.pending,
        dead=row.dead,
        unsure=row.held,
        revised=row.revised,
        shared=row.shared,
        paused=row.paused,
    )


def _unasked(last_success: datetime | None, crawler: CrawlerReport) -> str:
    """Return why nothing is known of a source that seems well; "" when something is."""
    if last_success is None:
        return "never polled"
    return f"not polled since {last_success:%Y-%m-%d}: the crawler does not run" if crawler.health == "stale" else ""


def veiled(report: Report) -> Report:
    """Return a report without passwords in its addresses and reasons, for whatever is shown by other ways than ours."""
    crawler = report.crawler
    return replace(
        report,
        sources=tuple(replace(s, url=masked(s.url), reason=masked(s.reason)) for s in report.sources),
        failures=tuple(replace(f, url=masked(f.url), reason=masked(f.reason)) for f in report.failures),
        crawler=replace(crawler, reason=masked(crawler.reason), notify_error=masked(crawler.notify_error)),
    )


def as_json(report: Report) -> dict[str, Any]:
    """Return the report in the contract's form."""
    return {
        "sources": [_source(source) for source in report.sources],
        "failures": [asdict(failure) for failure in report.failures],
        "frontier": {"pending": report.pending, "dead": report.dead},
        "crawler": asdict(report.crawler),
        "cluster": _cluster(report.cluster),
        "backfills": [past.as_json(backfill, _names(report)) for backfill in report.backfills],
        "images": dict(zip(("pending", "dead"), report.images, strict=True)),
    }


def _cluster(cluster: ClusterReport | None) -> dict[str, Any] | None:
    if cluster is None:
        return None
    late = cluster.late
    facts = {name: value for name, value in asdict(cluster).items() if name != "late"}
    return facts | {"slices": dict(cluster.slices), "seconds_late": late and round(late.total_seconds(), 1)}


def _names(report: Report) -> past.Names:
    return {source.url: source.name for source in report.sources}


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
            ", ".join(filter(None, (_when(_up(s.next_poll)), s.next_why))),
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
    lines = table([head, *rows]) if rows else [NO_SOURCE]
    if report.failures:
        lines += ["", "failures:"]
        lines += [_line(f) for f in report.failures]
    lines += ["", *_of_crawler(report.crawler), f"frontier: {report.pending} pending, {report.dead} dead"]
    lines += [_of_cluster(report.cluster)] if report.cluster else []
    lines += ["images: {} pending, {} dead".format(*report.images)] if any(report.images) else []
    lines += [f"backfill: {past.story(backfill, _names(report))}" for backfill in report.backfills]
    revised = sum(source.revised for source in report.sources)
    lines += [f"rewritten since they changed: {counted(revised, 'article')}"] if revised else []
    return "\n".join(lines)


def _of_cluster(cluster: ClusterReport) -> str:
    """Return how the work is shared, in a line."""
    under_way = ", ".join(f"{name} {number}" for name, number in cluster.slices) or "none"
    late = f"; polls are up to {spoken(cluster.late)} late" if cluster.late else ""
    said = f"{counted(cluster.workers, 'worker')}; slices under way: {under_way}; {cluster.waiting} wait"
    return f"cluster: {said}, of {cluster.shards} shards{late}"


def _of_crawler(crawler: CrawlerReport) -> list[str]:
    lines = [f"crawler: {crawler.reason or f'last run {_when(crawler.last_run)} (all times here are UTC)'}"]
    lines += [f"notify: {crawler.notify_error}"] if crawler.notify_error else []
    return lines + ([f"publish: {crawler.publish_error}"] if crawler.publish_error else [])


def _line(f: FailureReport) -> str:
    after = f"; next try {_when(_up(f.next_try))}" if f.next_try and f.state == "pending" else ""
    return f"  {f.kind} {f.state}: {f.url}\n    {f.reason} (tries: {f.tries}{after}; source: {f.source})"


def _up(moment: datetime | None) -> datetime | None:
    """Return the next whole minute: what is due then is due."""
    return moment and moment + timedelta(seconds=59, microseconds=999_999)


def _when(moment: datetime | None) -> str:
    return iso(moment)[:16].replace("T", " ") if moment else "–"


def table(rows: list[tuple[object, ...]]) -> list[str]:
    """Set rows in columns; wide (Chinese) characters count double. The last column is not padded or cut."""
    cells = [[plain(cell)[:WIDEST] for cell in row[:-1]] + [plain(row[-1])] for row in rows]
    widths = [max(width(row[i]) for row in cells) for i in range(len(cells[0]) - 1)]
    lines = []
    for row in cells:
        padded = [cell + " " * (widest - width(cell)) for cell, widest in zip(row, widths, strict=False)]
        lines.append("  ".join([*padded, row[-1]]).rstrip())
    return lines
