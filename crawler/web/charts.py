"""Numbers → small pictures, as inline SVG without script or style. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape

#: Days shown, and the measures of one bar in SVG units.
DAYS, STEP, WIDTH, HEIGHT = 30, 6, 5, 32


def last_days(counts: Mapping[date, int], today: date) -> tuple[tuple[date, int], ...]:
    """Return the counts of the last `DAYS`, the oldest first, today last; 0 for a day that has none."""
    return tuple((day, counts.get(day, 0)) for day in (today - timedelta(days=n) for n in range(DAYS - 1, -1, -1)))


def bars(days: Sequence[tuple[date, int]], what: str) -> str:
    """Draw one bar a day, with a text for who cannot see it.

    Args:
        days: counts by day, the oldest first; one at least.
        what: of whom they are, for that text.
    """
    most, total = max(count for _, count in days), sum(count for _, count in days)
    label = escape(f"{what}: {total} in {len(days)} days, at most {most} a day", quote=True)
    marks = "".join(_bar(n, day, count, most) for n, (day, count) in enumerate(days))
    return (
        f'<svg class="bars" viewBox="0 0 {len(days) * STEP} {HEIGHT}" role="img" aria-label="{label}" '
        f'preserveAspectRatio="none">{marks}</svg>'
    )


def _bar(n: int, day: date, count: int, most: int) -> str:
    """Draw one; a day without anything has a line at the ground, so that the days can be counted."""
    height = max(2, round(count / most * HEIGHT)) if count else 1
    kind = "some" if count else "none"
    place = f'x="{n * STEP}" y="{HEIGHT - height}" width="{WIDTH}" height="{height}"'
    return f'<rect class="{kind}" {place}><title>{day.isoformat()}: {count}</title></rect>'
