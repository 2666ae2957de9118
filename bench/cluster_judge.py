"""What a scene of `bench.cluster` came to, and whether that is what was promised.

Rule: decides from what the sites and the files say; starts nothing. A gap is from the end of a request, as its server
sees it, to the next one's beginning: whoever waited the delay cannot seem to have been early.
"""

from __future__ import annotations

import signal
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from tests.cluster import Hit

#: Seconds within which a host that has work left is asked again, whatever befell its worker.
RESUME_S = 15.0
#: Seconds before the harm over which the pages a second are taken; workers that have just begun grow faster.
PACE_S = 1.0
#: Seconds by which two clocks' readings may differ.
READING_S = 0.002


@dataclass(frozen=True, slots=True)
class Manners:
    """What the hosts saw."""

    overlaps: int  #: requests that came while another one of their host was under way
    near: int  #: requests that came sooner than the delay after the last one ended, those not counted
    shortest_s: float  #: of all gaps


@dataclass(frozen=True, slots=True)
class Ended:
    """How the programs ended."""

    codes: tuple[int, ...]  #: exit codes of the workers
    verified: int  #: exit code of `crawler verify`
    said: str  #: what the workers said


@dataclass(frozen=True, slots=True)
class Figures:
    """One scene."""

    scene: str
    due: int  #: articles there are
    archived: int
    doubled: int  #: posts of an article that has one already
    strange: int  #: posts of what is none of the articles
    twice: int  #: pages that were sent again
    second: float  #: pages that those who were harmed fetched in a second before
    wait_s: float  #: the longest after the harm that a host with work left was not asked
    manners: Manners
    seconds: float  #: until all was archived
    ended: Ended

    @property
    def faults(self) -> tuple[str, ...]:
        """Return what must not be."""
        return tuple(_faults(self))


def _faults(it: Figures) -> Iterator[str]:
    if (it.archived, it.doubled, it.strange) != (it.due, 0, 0):
        yield f"{it.archived} of {it.due} archived, {it.doubled} doubled, {it.strange} strange"
    if it.twice > it.second:
        yield f"{it.twice} pages fetched twice, a second's work is {it.second:.0f}"
    if it.wait_s > RESUME_S:
        yield f"a host waited {it.wait_s:.1f} s"
    if it.manners.overlaps or it.manners.near:
        yield f"{it.manners.overlaps} overlaps, {it.manners.near} too near, by {it.manners.shortest_s:.3f} s"
    wanted = [-signal.SIGKILL if it.scene == "kill" else 143, 143]
    if list(it.ended.codes) != wanted:
        yield f"exit codes {it.ended.codes}"
    if it.ended.verified:
        yield f"`verify` ended with {it.ended.verified}"
    if "Traceback" in it.ended.said:
        yield "a traceback in the workers' logs"


def manners(hits: Iterable[Hit], delay: float) -> Manners:
    """Judge the gaps between the requests of each host, robots.txt and feeds included."""
    overlaps = near = 0
    shortest = float("inf")
    for of_host in by_host(hits).values():
        free_at = float("-inf")
        for hit in of_host:
            gap = hit.begun - free_at
            shortest, free_at = min(shortest, gap), max(free_at, hit.ended)
            overlaps += gap < 0
            near += 0 <= gap < delay - READING_S
    return Manners(overlaps, near, shortest)


def by_host(hits: Iterable[Hit]) -> dict[str, list[Hit]]:
    """Return the requests of each host in the order in which they came."""
    found: dict[str, list[Hit]] = defaultdict(list)
    for hit in sorted(hits, key=lambda hit: hit.begun):
        found[hit.host].append(hit)
    return found


def longest_wait(hits: Iterable[Hit], since: float) -> float:
    """Return the longest time after `since` in which a host whose pages were not all sent was not asked for any."""
    waits = [0.0]
    for of_host in by_host(hits).values():
        new = list(_first_times(of_host))
        for hit in new:
            before = max((one.ended for one in of_host if one.begun < hit.begun), default=since)
            waits += [hit.begun - max(before, since)] if hit.begun > since else []
    return max(waits)


def _first_times(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Yield the hits of pages that were not sent before: these were work left."""
    seen: set[str] = set()
    for hit in hits:
        if is_page(hit) and hit.path not in seen:
            seen.add(hit.path)
            yield hit


def is_page(hit: Hit) -> bool:
    """Tell whether an article was asked for."""
    return hit.path[1:].isdigit()


def again(hits: Iterable[Hit]) -> int:
    """Return how many pages were sent once more."""
    return sum(n - 1 for n in Counter((hit.host, hit.path) for hit in hits if is_page(hit)).values())


def pace(hits: Iterable[Hit], until: float) -> float:
    """Return the pages a second in the last seconds before a time."""
    return sum(until - PACE_S <= hit.ended < until for hit in hits if is_page(hit)) / PACE_S


def posts(wanted: Collection[str], found: Sequence[str]) -> tuple[int, int, int]:
    """Return how many articles have a post, how many posts are one too many, and how many are of no article."""
    there = set(found)
    return len(there & set(wanted)), len(found) - len(there), len(there - set(wanted))


#: The table's head.
HEAD = (
    "| scene | archived | posts doubled | twice (a second's work) | longest wait | overlaps | gaps under the delay "
    "| shortest gap | seconds in all | exit codes | verify | |\n|" + "---|" * 12
)


def row(it: Figures) -> str:
    """Return the scene's row."""
    parts = (
        it.scene,
        f"{it.archived} of {it.due}",
        it.doubled + it.strange,
        f"{it.twice} ({it.second:.0f})",
        f"{it.wait_s:.1f} s",
        it.manners.overlaps,
        it.manners.near,
        f"{it.manners.shortest_s:.3f} s",
        f"{it.seconds:.1f}",
        ", ".join(map(str, it.ended.codes)),
        it.ended.verified,
        "FAIL" if it.faults else "PASS",
    )
    return f"| {' | '.join(map(str, parts))} |"
