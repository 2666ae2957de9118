"""The state in tables: `State` on SQLAlchemy Core.

Rule 1: each method is one transaction, or batches that may stop between any two; it is whole or it never was.
Rule 2: every commit of an owner names its epoch; who lost the shard can write no more (STYLE §2, order 4).
Rule 3: errors of the database become StateError; those that only a bug can cause pass as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from ..batches import batches
from ..errors import StateError
from ..memory import (
    Admission,
    ArticleOutcome,
    Known,
    Mention,
    Ownership,
    PollOutcome,
    Reservation,
    Shows,
    SourceState,
    Watch,
)
from ..model import Fingerprint, Job, Source
from ..packing import unpack
from ..reports import FailureReport
from ..urls import key
from . import albums, clock, due, filing, mentions, moves, polls, queries, reports, shards, stubs, watches, writes
from .backfills import Backfills
from .copying import copy_rows
from .diary import Diary
from .filing import Write, repeatable
from .hosts import Hosts
from .kind import Kind, whole
from .many import Many
from .pictures import Pictures
from .queries import Ask
from .rows import Adopted, Dead, Filed, Move, SourceRow
from .schema import DEAD, EPOCH, meta, source, url
from .shelf import Shelf

#: Posts adopted in one transaction: few enough to lose, many enough to be quick.
BATCH = 500
#: Key in `meta`: there once the archive's posts were adopted.
WHOLE = "whole"


class SqlState:
    """A `State` in one database; see there for what each method promises.

    Args:
        engine: of a database that was migrated.
        name: for messages.
        kind: of database.
        shard: whose work is asked for and done; None: all there is.
    """

    def __init__(self, engine: Engine, name: str, kind: Kind, shard: int | None = None) -> None:
        self._engine = engine
        self._reader = kind.reading(engine)
        self._name = name
        self._kind = kind
        self._shard = shard
        self._epoch: int | None = None
        #: Of a source, itself and those that it was before; read anew with the configuration, shared by views.
        self._formers: dict[bytes, tuple[bytes, ...]] = {}
        self._backfills = Backfills(self._reading, self._writing, shard)
        self._shelf = Shelf(self._reading)
        self._many = Many(self._reading)
        self._diary = Diary(self._reading, self._writing)
        self._hosts = Hosts(self._reading, self._writing)
        self._pictures = Pictures(self._reading, self._writing, lambda: kind.flush(engine, name), shard)

    def of_shard(self, shard: int) -> SqlState:
        view = SqlState(self._engine, self._name, self._kind, shard)
        view._backfills.lasts, view._formers = self._backfills.lasts, self._formers
        return view

    @property
    def backfills(self) -> Backfills:
        return self._backfills

    @property
    def shelf(self) -> Shelf:
        return self._shelf

    @property
    def many(self) -> Many:
        return self._many

    @property
    def diary(self) -> Diary:
        return self._diary

    @property
    def hosts(self) -> Hosts:
        return self._hosts

    @property
    def pictures(self) -> Pictures:
        return self._pictures

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._kind.translated(self._name), self._reader.begin() as conn:
            yield conn

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        with self._kind.translated(self._name), self._engine.begin() as conn:
            yield conn

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._changing() as conn:
            if shards.lost(conn, {self.owned}):
                raise self._taken_over()
            yield conn

    @whole
    def sync_sources(self, sources: Sequence[Source], now: datetime) -> None:
        self._formers.clear()
        with self._writing() as conn:
            if polls.sync(conn, sources, now):
                mentions.inherit(conn)

    def source_state(self, url: str) -> SourceState:
        with self._reading() as conn:
            row = conn.execute(select(source).where(source.c.key == key(url))).mappings().first()
            if row is None:
                raise KeyError(url)
            return polls.memory(row)

    def due_polls(
        self,
        now: datetime,
        limit: int,
        *,
        sources: Collection[str] | None = None,
        busy_hosts: Collection[str] = (),
    ) -> tuple[Job, ...]:
        with self._reading() as conn:
            return tuple(map(polls.job, due.polls(conn, Ask(now, limit, sources, busy_hosts, self._shard))))

    def due_articles(
        self,
        now: datetime,
        limit: int,
        *,
        sources: Collection[str] | None = None,
        busy_hosts: Collection[str] = (),
        per_host: int = 1,
    ) -> tuple[Job, ...]:
        with self._reading() as conn:
            ask, has_lateral = Ask(now, limit, sources, busy_hosts, self._shard), self._kind.has_lateral
            return tuple(map(_article_job, due.articles(conn, ask, per_host, has_lateral=has_lateral)))

    def due_checks(
        self,
        now: datetime,
        limit: int,
        *,
        sources: Collection[str] | None = None,
        busy_hosts: Collection[str] = (),
    ) -> tuple[Job, ...]:
        with self._reading() as conn:
            return tuple(watches.checks_due(conn, Ask(now, limit, sources, busy_hosts, self._shard)))

    def mentions(
        self,
        source: bytes,
        *,
        keys: Collection[bytes] = (),
        guids: Collection[bytes] = (),
        places: Collection[bytes] = (),
    ) -> tuple[Mention, ...]:
        with self._reading() as conn:
            return mentions.find(conn, self._former(conn, source), keys, guids, places)

    def _former(self, conn: Connection, source: bytes) -> tuple[bytes, ...]:
        if source not in self._formers:
            self._formers[source] = mentions.origins(conn, source)
        return self._formers[source]

    def is_named(self, key: bytes) -> bool:
        with self._reading() as conn:
            return mentions.is_named(conn, key)

    @whole
    def hurry(self, now: datetime, *, sources: Collection[str] | None = None) -> None:
        with self._writing() as conn:
            for statement in queries.hurries(now, sources):
                conn.execute(statement)

    def pause(self, source_url: str, since: datetime | None) -> None:
        with self._writing() as conn:
            if not conn.execute(update(source).where(source.c.key == key(source_url)).values(paused=since)).rowcount:
                raise KeyError(source_url)

    @whole
    def revive(self, source_url: str, now: datetime) -> int:
        anew = {"state": "pending", "due": now, "tries": 0, "held": False}
        with self._writing() as conn:
            theirs = update(url).where(url.c.source == key(source_url), DEAD, url.c.url != "")
            return conn.execute(theirs.values(anew)).rowcount

    def sleeping(self, now: datetime, beyond: datetime) -> Mapping[str, SourceState]:
        with self._reading() as conn:
            return {row["url"]: polls.memory(row) for row in conn.execute(clock.sleepers(now, beyond)).mappings()}

    @whole
    def set_right(
        self, now: datetime, *, polls: Collection[str], retries: Sequence[datetime], silence: datetime
    ) -> tuple[int, int]:
        with self._writing() as conn:
            clock.set_memories_right(conn, now)
            clock.make_due(conn, polls, now)
            return clock.end_waits(conn, retries, now), clock.end_silence(conn, silence)

    def job(self, key: bytes) -> Job | None:
        with self._reading() as conn:
            row = conn.execute(queries.article_job(key)).first()
            return None if row is None else _article_job(row)

    def next_due(self, now: datetime) -> datetime | None:
        with self._reading() as conn:
            asked = [moment or now for moment in conn.scalars(queries.next_poll(now))]
            others = [*conn.scalars(queries.next_article(now)), *conn.scalars(queries.next_word(now))]
            others += [*conn.scalars(watches.next_check(now)), *conn.scalars(watches.next_word(now))]
        return min((*asked, *(moment for moment in others if moment)), default=None)

    def known(self, keys: Sequence[bytes]) -> Mapping[bytes, Known]:
        with self._reading() as conn:
            return writes.known(conn, keys)

    @whole
    def admit(self, outcome: PollOutcome, now: datetime) -> int:
        with self._writing() as conn:
            new = writes.enter(conn, outcome.key, outcome.admitted, now, prio=1)
            for article, noticed in outcome.noticed:
                watches.notice(conn, article, noticed)
            mentions.note(conn, outcome.key, outcome.sightings, now)
            polls.remember(conn, (outcome,))
            if new and not polls.is_active(conn, outcome.key):  # while it was asked, the configuration changed
                mentions.inherit(conn)
            return new

    @whole
    def remember_polls(self, outcomes: Sequence[PollOutcome]) -> None:
        with self._writing() as conn:
            polls.remember(conn, outcomes)

    @whole
    def enter(self, source: bytes, admissions: Sequence[Admission], now: datetime, *, prio: int = 1) -> int:
        with self._writing() as conn:
            return writes.enter(conn, source, admissions, now, prio)

    def reserve(self, key: bytes, paths: Iterable[str], *, not_these: Collection[str] = ()) -> str:
        (path,) = self.record([(self.owned, Reservation(key, paths, not_these))], EPOCH)
        if isinstance(path, StateError):
            raise path
        return path

    def settle(self, outcomes: Sequence[ArticleOutcome], now: datetime) -> None:
        for result in self.record([(self.owned, outcome) for outcome in outcomes], now):
            if isinstance(result, StateError):
                raise result

    @property
    def owned(self) -> Ownership:
        return Ownership(self._shard or 0, self._epoch)

    def record(self, writes: Sequence[tuple[Ownership, Write]], now: datetime) -> tuple[str | StateError, ...]:
        return self._record([(owned, repeatable(one)) for owned, one in writes], now)

    @whole
    def _record(self, writes: Sequence[tuple[Ownership, Write]], now: datetime) -> tuple[str | StateError, ...]:
        with self._changing() as conn:
            lost = shards.lost(conn, {owned for owned, _ in writes})
            paths = filing.record(conn, [one for owned, one in writes if owned not in lost], now, self._former)
        taken = f"state {self._name}: every name for a post is taken"
        results = [self._taken_over() if owned in lost else paths[one.key] for owned, one in writes]
        return tuple(StateError(taken) if result is None else result for result in results)

    def _taken_over(self) -> StateError:
        return StateError(f"state {self._name}: another run took it over, and goes on with what was not saved")

    def watched(self, keys: Sequence[bytes], *, source: bytes | None = None) -> Mapping[bytes, Watch]:
        with self._reading() as conn:
            return watches.watched(conn, keys, source)

    @whole
    def watch(self, key: bytes, watch: Watch, *, shows: Shows | None = None) -> None:
        with self._writing() as conn:
            watches.save(conn, key, watch)
            if shows is not None:
                albums.enroll(conn, key, shows, watch.written)
        if watch.next_hash:
            self._kind.flush(self._engine, self._name)

    @whole
    def enlist(self, source: str, posts: Sequence[Adopted], now: datetime) -> int:
        with self._writing() as conn:
            return stubs.enlist(conn, key(source), posts, now)

    def next_stub(self, sources: Collection[str], now: datetime) -> datetime | None:
        with self._reading() as conn:
            return stubs.next_due(conn, [key(url) for url in sources], now)

    def fingerprints(self, source: bytes) -> Mapping[bytes, Fingerprint]:
        with self._reading() as conn:
            return reports.fingerprints(conn, source)

    def source_rows(self, now: datetime, *, mixed: Collection[str] | None = None) -> tuple[SourceRow, ...]:
        with self._reading() as conn:
            return reports.source_rows(conn, now, None if mixed is None else [key(url) for url in mixed])

    def failures(self, limit: int) -> tuple[FailureReport, ...]:
        with self._reading() as conn:
            found = reports.failures(conn, limit)
            return found + stubs.failures(conn, limit - len(found))

    def frontier(self) -> tuple[int, int]:
        with self._reading() as conn:
            return reports.frontier(conn)

    def filed(self, after: bytes = b"", limit: int = 1000) -> tuple[Filed, ...]:
        with self._reading() as conn:
            return reports.filed(conn, after, limit)

    def addresses(self, source: bytes, limit: int) -> tuple[str, ...]:
        with self._reading() as conn:
            return tuple(conn.scalars(queries.addresses(source, limit)))

    def dead(self, source: bytes, *, but: int = 0, after: bytes = b"", limit: int = 1000) -> tuple[Dead, ...]:
        with self._reading() as conn:
            return reports.dead(conn, source, but, after, limit)

    def is_whole(self) -> bool:
        with self._reading() as conn:
            return conn.scalar(select(meta.c.value).where(meta.c.key == WHOLE)) is not None

    def adopt(self, rows: Iterable[Adopted], now: datetime) -> int:
        adopted = 0
        for batch in batches(rows, BATCH):
            with self._writing() as conn:
                adopted += writes.adopt(conn, batch, now)
        with self._writing() as conn:
            conn.execute(delete(meta).where(meta.c.key == WHOLE))
            conn.execute(insert(meta).values(key=WHOLE, value=now.isoformat()))
        return adopted

    @whole
    def take_shard(self, owner: str, now: datetime) -> int:
        with self._changing() as conn:
            self._epoch = shards.take(conn, self._shard, owner, now)
        return self._epoch

    def copy_into(self, other: SqlState) -> int:
        before = SqlState(self._kind.snapshot(self._engine), self._name, self._kind)
        with before._changing() as source_rows, other._changing() as target:
            copied = copy_rows(source_rows, target, other._kind)
            shards.share(target, shards.count(target))
        return copied

    @whole
    def plan_moves(self, wanted: Sequence[tuple[bytes, str, Iterable[str]]]) -> tuple[Move, ...]:
        with self._writing() as conn:
            return moves.plan(conn, wanted)

    def planned_moves(self) -> tuple[Move, ...]:
        with self._reading() as conn:
            return moves.planned(conn)

    @whole
    def carry_out(self, done: Sequence[Move], altered: Mapping[bytes, bytes]) -> None:
        with self._writing() as conn:
            moves.carry_out(conn, done, altered)

    def close(self) -> None:
        self._engine.dispose()


def _article_job(row: Any) -> Job:
    """Make a job of a row of `queries.JOB`."""
    entry = row.entry and unpack(row.entry)
    return Job(row.key, "article", row.url, row.host, row.source, row.tries, row.path or "", entry, row.backfill or 0)
