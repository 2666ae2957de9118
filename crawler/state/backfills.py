"""Backfills in tables: what is asked for, which documents are still to be read, which articles were found.

Rule 1: what a document brought is in the backlog before its step is gone, so that a crash reads it again, not never.
Rule 2: an article leaves the backlog and enters the frontier in one transaction.
As with `store`: each method is one transaction, every commit names the epoch, errors become StateError.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from ..model import Job
from ..past import Asked, Backfill, Found, Listed, Method, Origin, Step, Window
from ..urls import host as host_of
from ..urls import key as key_of
from . import accounts, turns
from .kind import Connect, whole
from .queries import speaking
from .schema import backfill, backlog, host, source, step
from .shards import within
from .taking import add_counts, refused, taken
from .writes import CHUNK, meet_hosts

#: Ended backfills that are remembered, for `status`.
KEEP_ENDED = 100
#: Documents of one backfill, read and waiting: a site that leads on for ever ends here. At one a second it is a day's
#: work; the largest archives have a page or a sitemap for each of some ten thousand days.
MOST_STEPS = 100_000
#: Characters of what a document has to say: a line or two in `status`.
LONGEST_WORD = 300


class Backfills:
    """The backfills of a state.

    Args:
        reading: opens a transaction that reads.
        writing: opens one that writes, as the shard's owner.
        shard: whose hosts are asked for; None: all.
    """

    def __init__(self, reading: Connect, writing: Connect, shard: int | None = None) -> None:
        #: By backfill and shard the host that had the last turn, so that the next ones follow; shared by views.
        self.lasts: dict[tuple[int, int | None], str] = {}
        self._reading = reading
        self._writing = writing
        self._shard = shard

    @whole
    def begin(self, source_url: str, asked: Asked, origin: Origin, now: datetime, steps: Sequence[Step] = ()) -> int:
        """Note a new backfill, with the first documents of its first method; return its number."""
        with self._writing() as conn:
            facts = {
                "source": key_of(source_url),
                "asked": accounts.as_text(asked),
                "origin": json.dumps(asdict(origin)),
            }
            state = {
                "method": asked.methods[0],
                "state": "going",
                "took": False,
                "said": "",
                "word": "",
                "started": now,
            }
            values = facts | state | {"worked": timedelta()} | dict.fromkeys(accounts.COUNTS, 0)
            number = int(conn.execute(insert(backfill).values(values)).inserted_primary_key[0])  # type: ignore[index]
            _enter(conn, number, steps, now)
            _forget(conn)
            return number

    @whole
    def resume(self, source_url: str, asked: Asked, now: datetime) -> Backfill | None:
        """Return the unfinished backfill of equal wishes, its failed documents due once more; None for none."""
        mine = (backfill.c.source == key_of(source_url), backfill.c.asked == accounts.as_text(asked))
        with self._writing() as conn:
            query = (
                accounts.stands()
                .where(*mine, or_(backfill.c.state == "going", _has_more()))
                .order_by(backfill.c.id.desc())
            )
            row = conn.execute(query).first()
            if row is None:
                return None
            conn.execute(update(backfill).where(backfill.c.id == row.id).values(state="going", ended=None))
            conn.execute(update(step).where(step.c.backfill == row.id).values(due=now, tries=0))
            return accounts.account(conn.execute(accounts.stands().where(backfill.c.id == row.id)).one())

    def get(self, number: int) -> Backfill:
        """Return one backfill."""
        with self._reading() as conn:
            return accounts.account(conn.execute(accounts.stands().where(backfill.c.id == number)).one())

    def all(self, limit: int = 20) -> tuple[Backfill, ...]:
        """Return the backfills of configured sources, the one that began last first."""
        with self._reading() as conn:
            rows = conn.execute(accounts.stands().where(source.c.active).order_by(backfill.c.id.desc()).limit(limit))
            return tuple(map(accounts.account, rows))

    def window(self, number: int) -> Window:
        """Return which times of publication a backfill wants."""
        with self._reading() as conn:
            text = conn.scalar(select(backfill.c.asked).where(backfill.c.id == number))
            return accounts.wishes(text).window if text else Window()

    def due_steps(
        self, numbers: Collection[int], now: datetime, limit: int, *, busy_hosts: Collection[str] = ()
    ) -> tuple[Job, ...]:
        """Return the documents to read now, in the order of reading; none of a silenced host."""
        wanted = [step.c.backfill.in_(numbers), step.c.due <= now, speaking(now), step.c.host.not_in(busy_hosts)]
        wanted += within(self._shard)
        query = (
            select(step.c.id, step.c.url, step.c.host, step.c.tries, step.c.backfill, source.c.url.label("source"))
            .join_from(step, backfill, backfill.c.id == step.c.backfill)
            .join(source, source.c.key == backfill.c.source)
            .outerjoin(host, host.c.name == step.c.host)
            .where(*wanted)
            .order_by(step.c.place, step.c.id)
            .limit(limit)
        )
        with self._reading() as conn:
            rows = conn.execute(query).all()
        return tuple(
            Job(r.id.to_bytes(8, "big"), "step", r.url, r.host, r.source, r.tries, backfill=r.backfill) for r in rows
        )

    def next_step(self, numbers: Collection[int]) -> datetime | None:
        """Return when the first document of these backfills is due, its host's silence minded; None for none."""
        with self._reading() as conn:
            return turns.of_steps(conn, numbers)

    def next_taken(self, number: int) -> datetime | None:
        """Return when the first article in hand is due, its host's silence minded; None for none."""
        with self._reading() as conn:
            return turns.of_taken(conn, number)

    def next_owed(self, number: int, now: datetime) -> datetime | None:
        """Return when the first article can leave the backlog: now, or when its host may be asked; None for none."""
        with self._reading() as conn:
            return turns.of_backlog(conn, number, now)

    def left(self, numbers: Collection[int]) -> int:
        """Return how many articles wait in the backlogs of some backfills."""
        with self._reading() as conn:
            return turns.left(conn, numbers)

    def progress(self, numbers: Collection[int]) -> int:
        """Return a number that grows with each document read and each article that needs no more work."""
        with self._reading() as conn:
            return turns.progress(conn, numbers)

    def has_more(self, number: int) -> bool:
        """Tell whether a backfill has documents to read, or articles in its backlog or in hand."""
        with self._reading() as conn:
            return turns.has_more(conn, number)

    def step(self, key: bytes) -> Step:
        """Return the document of a job of `due_steps`."""
        with self._reading() as conn:
            row = conn.execute(select(step).where(step.c.id == int.from_bytes(key, "big"))).one()
        return Step(row.method, row.url, row.cursor, row.guess)

    @whole
    def add(self, number: int, rows: Sequence[Listed], *, again: bool = False) -> int:
        """Put what a document names into the backlog.

        Known articles are left as they are, but for those that an earlier window left out and this one takes.

        Args:
            number: of the backfill.
            rows: in the order of reading.
            again: whether those that were given up are tried again.

        Returns:
            How many are new to us.
        """
        with self._writing() as conn:
            asked = conn.scalar(select(backfill.c.asked).where(backfill.c.id == number))
            if asked is None:
                raise KeyError(number)
            window, unique = accounts.wishes(asked).window, dict[bytes, Listed]()
            for row in rows:
                unique.setdefault(row.key, row)
            there = refused(conn, number, tuple(unique), window, again=again)
            new = [row for row in unique.values() if row.key not in there]
            if new:
                facts = {"backfill": number, "again": again}
                names = ("key", "host", "url", "entry")
                meet_hosts(conn, {row.host for row in new})
                conn.execute(insert(backlog), [{n: getattr(row, n) for n in names} | facts for row in new])
            add_counts(conn, number, listed=len(rows), known=len(rows) - len(new), owed=len(new))
            return len(new)

    @whole
    def end_step(self, key: bytes, found: Found, now: datetime) -> None:
        """Take a document that was read off the list, and put those in its place that it leads to, up to a bound."""
        place = int.from_bytes(key, "big")
        with self._writing() as conn:
            row = conn.execute(select(step).where(step.c.id == place)).one()
            conn.execute(delete(step).where(step.c.id == place))
            room = _room(conn, row.backfill) if found.onward else 0
            _enter(conn, row.backfill, found.onward[:room], now, place=row.place)
            left_out = found.outside + found.unwanted
            add_counts(conn, row.backfill, listed=left_out, outside=found.outside, unwanted=found.unwanted, steps=1)
            word = f"more than {MOST_STEPS:,} lists: the rest is left out" if len(found.onward) > room else found.said
            facts = ({"took": True} if found.offers else {}) | ({"word": word[:LONGEST_WORD]} if word else {})
            if facts:
                conn.execute(update(backfill).where(backfill.c.id == row.backfill).values(facts))

    @whole
    def fail_step(self, key: bytes, reason: str, tries: int, due: datetime | None, *, passing: bool = True) -> None:
        """Note that a document could not be read; due None: no more before the backfill is asked for again."""
        with self._writing() as conn:
            values = {"error": reason, "tries": tries, "due": due, "passing": passing}
            conn.execute(update(step).where(step.c.id == int.from_bytes(key, "big")).values(values))

    def may_pass(self, number: int) -> bool:
        """Tell whether one of the documents that were given up may be had another day."""
        query = select(step.c.id).where(step.c.backfill == number, step.c.due.is_(None), step.c.passing).limit(1)
        with self._reading() as conn:
            return conn.scalar(query) is not None

    @whole
    def next_method(self, number: int, method: Method, steps: Sequence[Step], said: str, now: datetime) -> None:
        """Go on with another method, since the one before offers nothing; `said` is the whole story so far.

        Its documents that were given up are forgotten.
        """
        with self._writing() as conn:
            _turn(conn, number, method, steps, now, said=said)

    @whole
    def restart(self, number: int, origin: Origin, method: Method, steps: Sequence[Step], now: datetime) -> None:
        """Begin a backfill anew with its first method, from another origin; what it counted stays."""
        with self._writing() as conn:
            _turn(conn, number, method, steps, now, said="", origin=json.dumps(asdict(origin)))

    @whole
    def end(self, number: int, said: str, now: datetime, *, has_failed: bool) -> None:
        """Note how a backfill ended."""
        with self._writing() as conn:
            values = {"state": "failed" if has_failed else "done", "said": said, "ended": now}
            conn.execute(update(backfill).where(backfill.c.id == number).values(values))

    @whole
    def add_worked(self, numbers: Collection[int], span: timedelta) -> None:
        """Count time that a run spent on backfills."""
        with self._writing() as conn:
            for number in numbers:
                worked = conn.scalar(select(backfill.c.worked).where(backfill.c.id == number)) or timedelta()
                conn.execute(update(backfill).where(backfill.c.id == number).values(worked=worked + span))

    @whole
    def take(
        self,
        numbers: Collection[int],
        now: datetime,
        limit: int,
        *,
        busy_hosts: Collection[str] = (),
        per_host: int = 1,
    ) -> tuple[Job, ...]:
        """Move articles from the backlog into the frontier, in the order found; return their jobs.

        Args:
            numbers: of the backfills.
            now: they are due then.
            limit: at most so many.
            busy_hosts: hosts to leave out; silenced ones are left out, too.
            per_host: of one host at most so many, the backfills taken together; one for each of them at least.
        """
        jobs: list[Job] = []
        share = max(1, per_host // max(1, len(numbers)))  # so that backfills of one host go on side by side
        with self._writing() as conn:
            for number in sorted(numbers):
                mine = conn.execute(accounts.of_source().where(backfill.c.id == number)).one()
                last = self.lasts.get((number, self._shard), "")
                for name in turns.hosts(conn, number, now, busy_hosts, self._shard, last):
                    self.lasts[number, self._shard] = name
                    jobs += taken(conn, mine, name, min(share, limit - len(jobs)), now)
                    if len(jobs) >= limit:
                        return tuple(jobs)
        return tuple(jobs)

    def owed(self, number: int, after: int = 0, limit: int = CHUNK) -> tuple[tuple[int, str], ...]:
        """Return one batch of the backlog's addresses, with their places; `after` is the last place seen."""
        query = select(backlog.c.id, backlog.c.url).where(backlog.c.backfill == number, backlog.c.id > after)
        with self._reading() as conn:
            return tuple((row.id, row.url) for row in conn.execute(query.order_by(backlog.c.id).limit(limit)))


def _has_more() -> Any:
    """A backfill of which something is left to do, whatever its state says."""
    return or_(
        select(step.c.id).where(step.c.backfill == backfill.c.id).exists(),
        select(backlog.c.id).where(backlog.c.backfill == backfill.c.id).exists(),
    )


def _room(conn: Connection, number: int) -> int:
    """Return how many more documents a backfill may have."""
    read = conn.scalar(select(backfill.c.steps).where(backfill.c.id == number)) or 0
    waiting = conn.scalar(select(func.count()).where(step.c.backfill == number)) or 0
    return max(0, MOST_STEPS - 1 - read - waiting)


def _enter(conn: Connection, number: int, steps: Sequence[Step], now: datetime, *, place: int | None = None) -> None:
    """Enter steps at a place, else behind all others."""
    if place is None:
        place = (conn.scalar(select(func.max(step.c.place)).where(step.c.backfill == number)) or 0) + 1
    rows = [
        {"method": one.method, "host": host_of(one.url), "url": one.url, "cursor": one.cursor, "guess": one.is_guess}
        | {"backfill": number, "place": place, "due": now, "tries": 0, "error": ""}
        | {"passing": True}
        for one in steps
    ]
    if rows:
        meet_hosts(conn, {str(row["host"]) for row in rows})
        conn.execute(insert(step), rows)


def _turn(conn: Connection, number: int, method: Method, steps: Sequence[Step], now: datetime, **facts: str) -> None:
    """Turn a backfill to a method and its first steps; those that it had are forgotten."""
    values = {"method": method, "took": False, "word": ""} | facts
    conn.execute(delete(step).where(step.c.backfill == number))
    conn.execute(update(backfill).where(backfill.c.id == number).values(values))
    _enter(conn, number, steps, now)


def _forget(conn: Connection) -> None:
    """Forget the oldest of the backfills that ended with nothing left to do."""
    ended = select(backfill.c.id).where(backfill.c.state != "going", ~_has_more()).order_by(backfill.c.id.desc())
    old = conn.scalars(ended.offset(KEEP_ENDED)).all()
    if old:
        conn.execute(delete(backfill).where(backfill.c.id.in_(old)))
