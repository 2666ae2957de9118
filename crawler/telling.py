"""What is worth telling: how the health of sources changed since it was last told of, and in which words.

Pure. A change is told of once, however long it lasts and however often the crawler is started: what was told is
remembered by the caller. Many changes make one message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .health import Verdict

#: Changes spelled out in one message, and names in its subject; the counts tell of the rest.
MOST_LINES, MOST_NAMES = 50, 3


@dataclass(frozen=True, slots=True)
class Subject:
    """A source, how it fares, and what was told of it."""

    name: str
    url: str
    verdict: Verdict
    told: str  #: the trouble that was told last, or ""


@dataclass(frozen=True, slots=True)
class Change:
    """What is new about a source."""

    name: str
    url: str
    health: str
    trouble: str  #: "" when it has recovered
    reason: str
    was: str  #: the trouble that was told before, or ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to the people who look after the archive."""

    event: str  #: health | test
    subject: str  #: one line
    text: str  #: some lines, without one at the end
    changes: tuple[Change, ...] = ()


def changes(subjects: Iterable[Subject]) -> tuple[Change, ...]:
    """Return what is worth telling, the sick first."""
    found = [
        Change(s.name, s.url, s.verdict.health, s.verdict.trouble, s.verdict.reason, s.told)
        for s in subjects
        if s.verdict.is_ripe and s.verdict.trouble != s.told and s.told not in s.verdict.lingers
    ]
    return tuple(sorted(found, key=lambda change: not change.trouble))


def message(found: Sequence[Change]) -> Message:
    """Put changes into words."""
    lines = [_line(change) for change in found[:MOST_LINES]]
    lines += [f"… and {len(found) - MOST_LINES} more"] if len(found) > MOST_LINES else []
    return Message("health", f"crawler: {_subject(found)}", "\n".join(lines), tuple(found))


def _subject(found: Sequence[Change]) -> str:
    by_trouble: dict[str, list[str]] = {}
    for change in found:
        by_trouble.setdefault(change.trouble or "recovered", []).append(change.name)
    return "; ".join(f"{len(names)} {trouble} ({_some(names)})" for trouble, names in by_trouble.items())


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMES]) + (", …" if len(names) > MOST_NAMES else "")


def _line(change: Change) -> str:
    if change.trouble:
        return f"{change.name} is {change.trouble}: {change.reason} ({change.url})"
    return f"{change.name} has recovered, was {change.was} ({change.url})"


def trial() -> Message:
    """Return the message by which a user sees that messages arrive."""
    return Message("test", "crawler: a test", "If you read this, you will hear of it when a source falls ill.")
