"""What the crawler notes of itself: its runs, and what it told people last.

As with `store`: each method is one transaction, every commit names the epoch, errors become StateError.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from ..model import Tally
from ..reports import RunSpan
from ..urls import key
from . import reports
from .kind import Connect, whole
from .rows import RunRow
from .schema import meta, run, source

#: Runs that are kept; ten days of a cron job each 15 minutes.
KEEP_RUNS = 1000
#: Keys in `meta`: why `notify` and `publish` failed last.
TELLING, PUBLISHING = "notify_error", "publish_error"


class Diary:
    """The notes of a state.

    Args:
        reading: opens a transaction that reads.
        writing: opens one that writes, as the shard's owner.
    """

    def __init__(self, reading: Connect, writing: Connect) -> None:
        self._reading = reading
        self._writing = writing

    @whole
    def begin_run(self, kind: str, now: datetime) -> int:
        """Note that a run (`run`, `serve`, …) began; returns its number. Old ones are forgotten."""
        with self._writing() as conn:
            facts = {"kind": kind, "started": now, "seen": now, "tally": json.dumps(asdict(Tally()))}
            result = conn.execute(insert(run).values(facts))
            number = int(result.inserted_primary_key[0])  # type: ignore[index]  # an INSERT of one row has it
            conn.execute(delete(run).where(run.c.id <= number - KEEP_RUNS))
            return number

    def end_run(self, run_id: int, tally: Tally, now: datetime) -> None:
        """Note how a run ended."""
        with self._writing() as conn:
            facts = {"ended": now, "seen": now, "tally": json.dumps(asdict(tally))}
            conn.execute(update(run).where(run.c.id == run_id).values(facts))

    def last_run(self) -> RunRow | None:
        """Return the run that began last."""
        with self._reading() as conn:
            return reports.last_run(conn)

    def beat(self, run_id: int, now: datetime) -> None:
        """Note that a run is alive; `begin_run` and `end_run` do so, too."""
        with self._writing() as conn:
            conn.execute(update(run).where(run.c.id == run_id).values(seen=now))

    def spans(self, kinds: Collection[str], limit: int) -> tuple[RunSpan, ...]:
        """Return when the last runs of these kinds were alive, the one that began last first."""
        with self._reading() as conn:
            return reports.spans(conn, kinds, limit)

    @whole
    def note_telling(self, told: Mapping[str, str], error: str = "") -> None:
        """Save what `notify` told of sources, a trouble by url, and why it could not, in one transaction."""
        with self._writing() as conn:
            for url, trouble in told.items():
                conn.execute(update(source).where(source.c.key == key(url)).values(told=trouble))
            _note(conn, TELLING, error)

    def telling_error(self) -> str:
        """Return why the last message of `notify` did not arrive, or ""."""
        return self._noted(TELLING)

    @whole
    def note_publishing(self, error: str) -> None:
        """Save why `publish` failed last; "" when it did not."""
        with self._writing() as conn:
            _note(conn, PUBLISHING, error)

    def publishing_error(self) -> str:
        """Return why `publish` failed last, or ""."""
        return self._noted(PUBLISHING)

    def _noted(self, name: str) -> str:
        with self._reading() as conn:
            return conn.scalar(select(meta.c.value).where(meta.c.key == name)) or ""


def _note(conn: Connection, name: str, said: str) -> None:
    """Keep a word of the crawler's own; "" for none."""
    conn.execute(delete(meta).where(meta.c.key == name))
    if said:
        conn.execute(insert(meta).values(key=name, value=said))
