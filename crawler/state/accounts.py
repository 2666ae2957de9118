"""How a backfill stands: its row, with what is counted beside it, as `past.Backfill`; what was asked for, as text.

Rule: statements and conversions only; nothing here opens, commits or decides.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from ..past import Asked, Backfill, Counts, Origin, Window
from .schema import IN_HAND, backfill, source, step, url

COUNTS = tuple(Counts.__slots__)


def of_source() -> Any:
    """A backfill's row and the url of its source."""
    return select(backfill, source.c.url.label("source_url")).join(source, source.c.key == backfill.c.source)


def stands() -> Any:
    """The same, with what is left to do."""
    mine, lost = step.c.backfill == backfill.c.id, step.c.due.is_(None)
    gap = select(step.c.url + ": " + step.c.error).where(mine, lost).order_by(step.c.place, step.c.id).limit(1)
    return of_source().add_columns(
        select(func.count()).where(mine, step.c.due.is_not(None)).scalar_subquery().label("waiting"),
        select(func.count()).where(mine, lost).scalar_subquery().label("gaps"),
        gap.scalar_subquery().label("gap"),
        select(func.count()).where(IN_HAND, url.c.backfill == backfill.c.id).scalar_subquery().label("in_hand"),
    )


def account(row: Row[Any]) -> Backfill:
    """Read a row of `stands`."""
    origin = json.loads(row.origin)
    origin |= {name: tuple(origin[name]) for name in ("feeds", "shapes")}
    return Backfill(
        id=row.id,
        source=row.source_url,
        asked=wishes(row.asked),
        origin=Origin(**origin),
        method=row.method,
        state=row.state,
        counts=Counts(**{name: getattr(row, name) for name in COUNTS}),
        started=row.started,
        worked=row.worked,
        waiting=row.waiting,
        in_hand=row.in_hand,
        gaps=row.gaps,
        gap=row.gap or "",
        took=row.took,
        said=row.said,
        word=row.word,
        ended=row.ended,
    )


def as_text(asked: Asked) -> str:
    """Write what was asked for; equal for equal wishes."""
    window = {name: moment.isoformat() if moment else None for name, moment in asdict(asked.window).items()}
    return json.dumps({"methods": asked.methods, "window": window}, sort_keys=True)


def wishes(text: str) -> Asked:
    """Read what was asked for."""
    facts = json.loads(text)
    moments = {name: datetime.fromisoformat(said) if said else None for name, said in facts["window"].items()}
    return Asked(tuple(facts["methods"]), Window(**moments))
