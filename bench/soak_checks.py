"""What must hold after the simulation: of the archive, of each host's log, of memory and state.

Pure but for reading the folder. Each check yields one line for each fault.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import NamedTuple

from bench.soak_clock import EPOCH
from bench.soak_run import DELAY_S, Stage, archive_of
from bench.soak_world import (
    DEAD,
    ENDS_AT,
    HEALTHY,
    MAX_AGE_S,
    RECOVERING,
    SILENCE_S,
    Site,
    Story,
    token,
)
from crawler.archive import facts
from crawler.cli.report import make_report
from crawler.inventory import verify
from crawler.scheduler import floor
from crawler.state.opening import open_state

#: What is promised.
STATE_BYTES = 10_000_000
#: How much more than in its first stage a process may hold later: the allocator's noise.
MEMORY_GROWTH = 1.15
#: Hours a source's articles may take: a poll and a burst; a retry after faults of two hours (15 m, 1 h, 4 h).
SLACK_H = {"healthy": 2.0, "recovering": 8.0}
#: Simulated seconds within which a request that a closed connection swallowed is made again: after the host's delay.
AGAIN_S = 2 * DELAY_S
#: Simulated seconds from a page to its post in the state, where other pages of its host wait in between.
UNDER_WAY_S = 60
#: Seconds by which computed times may differ.
EPSILON_S = 0.001


class Asked(NamedTuple):
    """One request as a server saw it; see `soak_run.FIELDS`."""

    at: float
    host: str
    path: str
    status: int
    manner: str
    size: int
    active: int

    @property
    def is_well(self) -> bool:
        return self.manner == "whole" and (self.status == 304 or (self.status == 200 and self.size > 0))

    @property
    def is_poll(self) -> bool:
        return self.path in ("/feed", "/new")


@dataclass(slots=True)
class Ended:
    """A simulation that is over."""

    stage: Stage  #: the last
    crashed_s: float | None = None  #: when the process was killed
    lost_s: float | None = None  #: when the state was deleted
    asked: dict[str, list[Asked]] = field(default_factory=dict)  #: by host, in order

    def was_under_way(self, before: float, after: float) -> bool:
        """Tell whether what was fetched before, and again after, may have been lost by the crash."""
        cut = self.crashed_s
        return cut is not None and before <= cut + EPSILON_S < after and cut - before < UNDER_WAY_S

    def restarted_between(self, one: float, other: float) -> bool:
        """Tell whether the crawler lost what only its memory or state knew between two moments."""
        cuts = [at for at in (self.crashed_s, self.lost_s) if at is not None]
        return any(one - EPSILON_S <= at <= other + EPSILON_S for at in cuts)


def read_log(folder: Path) -> dict[str, list[Asked]]:
    """Return the requests by host, in order."""
    found: dict[str, list[Asked]] = defaultdict(list)
    with (folder / "requests.jsonl").open() as lines:
        for line in lines:
            asked = Asked(*json.loads(line))
            found[asked.host].append(asked)
    return dict(found)


def manners(ended: Ended, site: Site) -> Iterator[str]:
    """Check one host's log: gaps, one request at a time, Retry-After, polls, pages."""
    asked = ended.asked.get(site.host, [])
    yield from _gaps(ended, site, asked)
    yield from _silences(ended, site, asked)
    for path in ("/feed", "/new"):
        yield from _polls(ended, site, [one for one in answered(asked) if one.path == path])
    yield from _pages(ended, site, asked)


def answered(asked: list[Asked]) -> Iterator[Asked]:
    """Leave out what an idle connection brought that was closed instead: it is made once more (RFC 9112 §9.3.1).

    A connection is idle for five seconds at most; aiohttp takes those from the real clock.
    """
    left_out = False
    for one, then in zip_longest(asked, asked[1:]):
        again = one.manner == "close" and then and then.path == one.path and then.at - one.at < AGAIN_S
        left_out = bool(again) and not left_out
        if not left_out:
            yield one


def _gaps(ended: Ended, site: Site, asked: list[Asked]) -> Iterator[str]:
    known = False  # robots.txt must be read before its Crawl-delay can be kept
    for one, other in pairwise(asked):
        known = known or one.path == "/robots.txt"
        least = site.delay_s if known and not (one.is_poll or other.is_poll) else DELAY_S
        gap = other.at - one.at
        if gap < least - EPSILON_S:
            yield f"{site.host} ({site.kind}): {one.path} and {other.path} within {gap:.3f} s, at {_h(one.at)}"
    for one in asked:
        if one.active > 1 and site.kind not in ("hanging", "flaky pages", "flaky feed"):
            yield f"{site.host} ({site.kind}): {one.active} requests at once, at {_h(one.at)}"


def _silences(ended: Ended, site: Site, asked: list[Asked]) -> Iterator[str]:
    until = float("-inf")
    for one in asked:
        if one.at < until - EPSILON_S and not (ended.lost_s and until - SILENCE_S <= ended.lost_s <= one.at):
            early = until - one.at
            yield f"{site.host} ({site.kind}): {one.path} asked {early:.0f} s before Retry-After, at {_h(one.at)}"
        if one.status in (429, 503):
            until = max(until, one.at + SILENCE_S)


def _polls(ended: Ended, site: Site, polls: list[Asked]) -> Iterator[str]:
    least = floor(site.every).total_seconds()
    for one, other in pairwise(polls):
        wait = max(least, MAX_AGE_S) if site.kind == "max-age" else least
        if other.at - one.at < wait - EPSILON_S and not ended.restarted_between(one.at, other.at):
            yield f"{site.host} ({site.kind}): polled after {other.at - one.at:.0f} s of {wait:.0f}, at {_h(other.at)}"


def _pages(ended: Ended, site: Site, asked: list[Asked]) -> Iterator[str]:
    if site.kind == "wall":
        return  # no page of these is well
    well: dict[str, list[float]] = defaultdict(list)
    for one in asked:
        if one.path.startswith("/a/"):
            if site.kind == "robots":
                yield f"{site.host}: {one.path} fetched against robots.txt, at {_h(one.at)}"
            if one.is_well:
                well[one.path].append(one.at)
    for path, times in well.items():
        # what was under way when the power went may be fetched once more
        for before, after in pairwise(times):
            if not ended.was_under_way(before, after):
                yield f"{site.host} ({site.kind}): {path} fetched again, at {_h(before)} and {_h(after)}"


def articles(ended: Ended, there: tuple[Site, ...]) -> tuple[list[str], int, int]:
    """Check the archive against what the sites published.

    Returns:
        One line a fault, how many articles had to be there, how many posts are.
    """
    faults: list[str] = []
    archive = archive_of(ended.stage)
    by_address = {site.address(story): (site, story) for site in there for story in site.stories}
    posts: Counter[str] = Counter()
    for path in archive.list():
        data = archive.read(path) or b""
        known = facts(data)
        if known is None or known.url not in by_address:
            faults.append(f"{path}: no post of this world")
            continue
        posts[known.url] += 1
        faults += [f"{path}: {fault}" for fault in _differences(*by_address[known.url], known, data)]
    due = [(site, story) for site in there for story in must_be_there(ended, site)]
    faults += [f"{url}: {n} posts" for url, n in posts.items() if n > 1]
    faults += [
        f"{site.address(story)} ({site.kind}): lost, published at {_h(story.at)}"
        for site, story in due
        if not posts[site.address(story)]
    ]
    return faults, len(due), posts.total()


def _differences(site: Site, story: Story, known: object, data: bytes) -> Iterator[str]:
    title, published = getattr(known, "title", ""), getattr(known, "published", None)
    if site.kind not in HEALTHY | RECOVERING:
        yield f"a post of a site ({site.kind}) that has no article"
    if title != story.title:
        yield f"title {title!r}, not {story.title!r}"
    if published != EPOCH + timedelta(seconds=story.at):
        yield f"date {published}, not {_h(story.at)}"
    if token(site, story).encode() not in data or data.count(b"\n---\n") != 1:
        yield "its text is not that of the page"


def must_be_there(ended: Ended, site: Site) -> tuple[Story, ...]:
    """Return the stories that were listed well and long enough ago."""
    if site.kind not in HEALTHY | RECOVERING:
        return ()
    slack = SLACK_H["healthy" if site.kind in HEALTHY else "recovering"] * 3600
    polls = [one.at for one in ended.asked.get(site.host, []) if one.is_poll and one.is_well]
    last = max((at for at in polls if at <= ended.stage.end_s - slack), default=float("-inf"))
    return tuple(story for story in site.stories if story.at <= last)


def punctual(ended: Ended, site: Site) -> Iterator[str]:
    """Check that a healthy source was polled as often as it allows, to the end."""
    if site.kind not in HEALTHY:
        return
    wait = max(site.every.total_seconds(), MAX_AGE_S if site.kind == "max-age" else 0)
    times = [one.at for one in ended.asked.get(site.host, []) if one.is_poll]
    for one, other in pairwise([0.0, *times, ended.stage.end_s]):
        if other - one > wait * 1.1 + 300:  # a burst of its host's articles goes before
            yield f"{site.host} ({site.kind}): not polled from {_h(one)} to {_h(other)}"


def told(ended: Ended, there: tuple[Site, ...]) -> Iterator[str]:
    """Check that `crawler status` says what is wrong, and `crawler verify` finds nothing."""
    stage = ended.stage
    now = EPOCH + timedelta(seconds=stage.end_s)
    state = open_state(stage.config.state)
    try:
        report = make_report(stage.config, state, now)
        health = {source.url: source.health for source in report.sources}
        failing = {failure.url for failure in state.failures(1_000_000)}
        yield from (f"verify: {finding}" for finding in verify(archive_of(stage), state) if finding.is_fault)
    finally:
        state.close()
    for site in there:
        want = "off" if site.kind == "gone" and ENDS_AT < 1 else "failing" if site.kind in DEAD else "ok"
        if health[site.feed] != want and site.kind not in ("flaky feed", "busy"):
            yield f"{site.host} ({site.kind}): said to be {health[site.feed]}, is {want}"
        if site.kind in ("wall", "empty pages", "robots"):
            yield from _silent(ended, site, failing)


def _silent(ended: Ended, site: Site, failing: set[str]) -> Iterator[str]:
    polls = [one.at for one in ended.asked[site.host] if one.is_poll and one.is_well]
    last = max((at for at in polls if at <= ended.stage.end_s - 7200), default=float("-inf"))
    for story in site.stories:
        if story.at <= last and site.address(story) not in failing:
            yield f"{site.address(story)} ({site.kind}): failed, and status does not say so"


def state_bytes(stage: Stage) -> int:
    """Return the size of the state with its side files."""
    return sum(place.stat().st_size for place in (stage.config.archive / ".crawler").glob("state.db*"))


def memory(folder: Path, first_s: float) -> tuple[list[str], dict[str, tuple[int, int]]]:
    """Check that memory is flat after the first stage.

    Returns:
        One line a fault; for the shell and for all processes, the most of the first stage and of the rest, in bytes.
    """
    try:
        lines = (folder / "memory.jsonl").read_text().splitlines()
    except OSError:
        lines = []
    samples: list[tuple[float, int, int]] = [tuple(json.loads(line)) for line in lines]
    sizes = {
        "shell": [(at, own) for at, own, _ in samples],
        "all processes": [(at, own + others) for at, own, others in samples],
    }
    peaks = {
        name: (_most(n for at, n in found if at <= first_s), _most(n for at, n in found if at > first_s))
        for name, found in sizes.items()
    }
    faults = [
        f"memory of {name}: {later / 1e6:.0f} MB after {first / 1e6:.0f} MB in the first hours"
        for name, (first, later) in peaks.items()
        if later > first * MEMORY_GROWTH
    ]
    return faults, peaks


def _most(sizes: Iterable[int]) -> int:
    return max(sizes, default=0)


def _h(at: float) -> str:
    return f"{at / 3600:.2f} h"
