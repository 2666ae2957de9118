"""States that something happened to: damage, crashes, full disks, another owner; and how SQLite works the queries."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from crawler.errors import StateDamaged, StateError
from crawler.memory import ArticleOutcome, PollOutcome, SourceState
from crawler.model import Entry, Validators
from crawler.packing import pack, unpack
from crawler.state import Adopted, sqlite
from crawler.state.diary import KEEP_RUNS
from crawler.state.opening import copy_to_memory, exists, open_reader, open_state, set_aside
from crawler.state.reports import LATELY
from crawler.state.store import SqlState
from tests.states import ALL, CHINA, KEY, NOW, filled, numbered


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


def scribble(path: Path) -> None:
    with open(path, "r+b") as file:
        file.write(bytes(range(256)) * 16)


def scribble_inside(path: Path) -> None:
    with open(path, "r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xa5" * (path.stat().st_size // 2))


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def lose_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TABLE run")


def lose_meta(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TABLE meta")


def lose_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE meta SET value = 'x'")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "garbage at its head": scribble,
    "garbage inside": scribble_inside,
    "truncated": truncate,
    "truncated to a page and a half": lambda path: os.truncate(path, 6000),
    "empty": lambda path: os.truncate(path, 0),
    "text": lambda path: path.write_text("this is no database\n" * 300),
    "a table lost": lose_table,
    "meta lost": lose_meta,
    "no version": lose_version,
}


class TestDamage:
    @pytest.mark.parametrize("damage", DAMAGES)
    def test_is_noticed_and_can_be_set_aside(self, damage: str, url: str, path: Path) -> None:
        filled(url)
        DAMAGES[damage](path)
        bytes_then = path.read_bytes()
        with pytest.raises(StateDamaged, match="state"):
            open_state(url)
        aside = set_aside(url, NOW)
        assert aside == "state.db.damaged-20261123T171510Z"
        assert path.with_name(aside).read_bytes() == bytes_then
        assert not exists(url)
        state = open_state(url)
        assert not state.is_whole()
        state.close()
        assert {p.name.removesuffix("-wal").removesuffix("-shm") for p in path.parent.iterdir()} == {
            path.name,
            aside,
        }

    @pytest.mark.parametrize("damage", [d for d in DAMAGES if d != "garbage inside"])
    def test_is_noticed_by_readers_and_copies(self, damage: str, url: str, path: Path) -> None:
        filled(url)
        DAMAGES[damage](path)
        for attempt in (copy_to_memory, open_reader):
            with pytest.raises(StateDamaged):
                attempt(url).frontier()

    def test_found_late_is_said_as_well(self, url: str, path: Path) -> None:
        filled(url, 2000)
        state = open_reader(url)
        scribble_inside(path)
        with pytest.raises(StateDamaged, match="malformed"):
            state.known([numbered(n).key for n in range(2000)])
        state.close()

    def test_a_large_file_is_not_read_through(self, url: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        filled(url, 1000)  # so that the half that is spoiled is articles
        scribble_inside(path)
        monkeypatch.setattr(sqlite, "CHECK_LIMIT", 10)
        open_state(url).close()

    @pytest.mark.parametrize("limit", [10, 1 << 30])
    def test_a_large_file_is_read_through_after_a_crash_unless_it_is_huge(
        self, limit: int, url: str, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        filled(url, 1000)
        state = open_state(url)
        state.diary.begin_run("run", NOW)
        for suffix in ("", "-wal"):  # as it stands when its writer is killed
            there = path.with_name(f"state.db{suffix}")
            there.with_name(f"cut.db{suffix}").write_bytes(there.read_bytes())
        state.close()
        cut = path.with_name("cut.db")
        scribble_inside(cut)
        monkeypatch.setattr(sqlite, "CHECK_LIMIT", 10)
        monkeypatch.setattr(sqlite, "CUT_OFF_LIMIT", limit)
        with nullcontext() if limit == 10 else pytest.raises(StateDamaged):
            open_state(f"sqlite:///{cut}").close()

    def test_another_program_s_database_is_left_alone(self, url: str, path: Path) -> None:
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("CREATE TABLE moz_places (id INTEGER)")
        with pytest.raises(StateError, match="another program") as caught:
            open_state(url)
        assert not isinstance(caught.value, StateDamaged)

    def test_setting_aside_takes_the_logs_along_and_never_overwrites(self, url: str, path: Path) -> None:
        for _ in range(2):
            for suffix in ("", "-wal", "-shm"):
                path.with_name(f"state.db{suffix}").write_text("x")
            set_aside(url, NOW)
        stamp = "state.db.damaged-20261123T171510Z"
        names = [f"{stamp}{n}{suffix}" for n in ("", "-1") for suffix in ("", "-shm", "-wal")]
        assert sorted(p.name for p in path.parent.iterdir()) == sorted(names)

    @pytest.mark.parametrize("apart", [timedelta(days=1), timedelta()], ids=["day by day", "at once"])
    def test_only_the_newest_three_of_a_kind_are_kept(self, url: str, path: Path, apart: timedelta) -> None:
        path.write_text("other")
        other = set_aside(url, NOW, "before-rebuild")
        assert other == "state.db.before-rebuild-20261123T171510Z"
        mine = path.with_name("state.db.damaged-by-me")
        mine.write_text("mine")
        names = []
        for n in range(13):
            for suffix in ("", "-wal", "-shm"):
                path.with_name(f"state.db{suffix}").write_text(str(n))
            names.append(set_aside(url, NOW + n * apart))
        kept = [f"{name}{suffix}" for name in names[-3:] for suffix in ("", "-wal", "-shm")]
        assert sorted(p.name for p in path.parent.iterdir()) == sorted([*kept, other, mine.name])
        assert [path.with_name(name).read_text() for name in names[-3:]] == ["10", "11", "12"]

    def test_what_is_not_there_cannot_be_set_aside(self, url: str) -> None:
        for address in (url, "sqlite://"):
            with pytest.raises(StateError, match="cannot be set aside"):
                set_aside(address, NOW)

    def test_an_entry_that_rotted_is_nothing_and_that_is_said(self, caplog: pytest.LogCaptureFixture) -> None:
        for bad in (b"", b"rot", pack(Entry(title="x"))[:-3], zlib.compress(b"{")):
            assert unpack(bad) == Entry()
        assert len(caplog.messages) == 4

    def test_an_entry_of_a_later_version_is_read(self) -> None:
        packed = zlib.compress(b'{"title": "x", "enclosures": [1]}')
        assert unpack(packed) == Entry(title="x")


class TestCrashes:
    def test_admitting_is_one_transaction(self, url: str, path: Path) -> None:
        """STYLE §2, first order: no validators without their entries."""
        filled(url)
        state = open_state(url)
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("CREATE TRIGGER refuse BEFORE INSERT ON url BEGIN SELECT RAISE(ABORT, 'no'); END")
        memory = SourceState(Validators("new"), next_poll=NOW + timedelta(hours=1))
        with pytest.raises(IntegrityError):
            state.admit(PollOutcome(KEY, memory, "", (numbered(100),)), NOW)
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("DROP TRIGGER refuse")
            db.execute("CREATE TRIGGER refuse BEFORE UPDATE ON source BEGIN SELECT RAISE(ABORT, 'no'); END")
        with pytest.raises(IntegrityError):
            state.admit(PollOutcome(KEY, memory, "", (numbered(100),)), NOW)
        assert state.source_state(CHINA.url) == SourceState()
        assert state.frontier() == (100, 0)
        state.close()

    def test_a_killed_run_leaves_what_it_committed(self, url: str, tmp_path: Path) -> None:
        program = f"""
import os
from tests.states import *
state = open_state({url!r})
state.sync_sources(ALL, NOW)
state.enter(KEY, [numbered(1)], NOW)
with state._writing() as conn:
    conn.exec_driver_sql("DELETE FROM url")
    os.kill(os.getpid(), 9)
"""
        killed = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[1], check=False)
        assert killed.returncode == -9
        state = open_state(url)
        assert state.frontier() == (1, 0)
        state.close()
        assert [p.name for p in tmp_path.iterdir()] == ["state.db"]

    @pytest.mark.parametrize("limit_pages", [3, 12, 40])
    def test_a_full_disk_stops_with_the_reason(self, limit_pages: int, url: str) -> None:
        program = f"""
import resource, signal
from crawler.errors import StateError
from tests.states import *
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit_pages} * 4096,) * 2)
try:
    filled({url!r}, 5000)
except StateError as e:
    print("StateError", e)
"""
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("StateError state ")
        assert any(word in done.stdout for word in ("disk is full", "disk I/O error"))


class TestOwning:
    def test_who_lost_the_shard_writes_no_more(self, url: str) -> None:
        first, second = open_state(url), open_state(url)
        first.sync_sources(ALL, NOW)
        assert first.take_shard("first", NOW) == 1
        first.enter(KEY, [numbered(1)], NOW)
        assert second.take_shard("second", NOW) == 2
        second.enter(KEY, [numbered(2)], NOW)
        writes: list[Callable[[], object]] = [
            lambda: first.enter(KEY, [numbered(3)], NOW),
            lambda: first.sync_sources([], NOW),
            lambda: first.settle([ArticleOutcome(numbered(1).key, "done")], NOW),
            lambda: first.reserve(numbered(1).key, ["x.md"]),
            lambda: first.adopt([Adopted(numbered(4).url, "y.md")], NOW),
            lambda: first.diary.begin_run("run", NOW),
        ]
        for write in writes:
            with pytest.raises(StateError, match="took it over"):
                write()
        assert first.frontier() == (2, 0)
        first.close()
        second.close()


@pytest.fixture(scope="module")
def crowded() -> Iterator[SqlState]:
    """A state with 10,000 articles of one host and some of 50 others."""
    state = open_state("sqlite://")
    state.sync_sources(ALL, NOW)
    state.enter(KEY, [numbered(n) for n in range(10_000)], NOW)
    state.enter(KEY, [numbered(n, f"h{n % 50}.example") for n in range(200)], NOW)
    yield state
    state.close()


class TestPlans:
    """What is asked at every turn must not grow with the frontier."""

    @pytest.mark.parametrize("only", [None, (CHINA.url,)])
    def test_due_articles_come_from_the_index_in_order(self, crowded: SqlState, only: tuple[str, ...] | None) -> None:
        (plan,) = plans(crowded, lambda: crowded.due_articles(NOW, 64, sources=only, busy_hosts=["h1.example"]))
        assert "SEARCH url USING INDEX url_ready (host=?)" in plan
        assert "SCAN url" not in plan
        assert "RIGHT PART OF ORDER BY" not in plan

    def test_the_next_due_time_is_the_first_of_its_index(self, crowded: SqlState) -> None:
        plan = plans(crowded, lambda: crowded.next_due(NOW))[1]
        assert "SCAN url USING INDEX url_due" in plan
        assert "TEMP B-TREE" not in plan

    def test_due_polls_are_found_by_their_times(self, crowded: SqlState) -> None:
        (plan,) = plans(crowded, lambda: crowded.due_polls(NOW, 64, busy_hosts=["h1.example"]))
        assert "SEARCH source USING INDEX source_due (next_poll=?)" in plan
        assert "SEARCH source USING INDEX source_due (next_poll<?)" in plan
        assert "SCAN source" not in plan
        lines = plan.splitlines()
        sorted_ = [before for before, line in pairwise(lines) if "TEMP B-TREE" in line]
        assert all(line.startswith("SCAN anon_") for line in sorted_)  # of the few that were found, and no others
        (first,) = plans(crowded, lambda: crowded.next_due(NOW))[:1]
        assert "SCAN source USING INDEX source_due" in first
        assert "TEMP B-TREE" not in first

    def test_the_last_posts_of_a_feed_are_found_whatever_a_backfill_brought(self, crowded: SqlState) -> None:
        (last,) = [p for p in plans(crowded, lambda: crowded.source_rows(NOW, mixed=[])) if "COMPOUND" in p]
        assert last.count("SEARCH url USING INDEX url_lately (source=? AND state=?)") == LATELY
        assert "TEMP B-TREE FOR ORDER BY" not in last

    def test_what_a_feed_names_is_found_by_its_keys_whatever_its_source_brought(self, crowded: SqlState) -> None:
        keys = [numbered(n).key for n in range(40)]
        asked = (
            lambda: crowded.mentions(KEY, keys=keys, guids=keys, places=keys),
            lambda: crowded.known(keys),
            lambda: crowded.watched(keys, source=KEY),
        )
        found = [plan for call in asked for plan in plans(crowded, call)]
        assert len(found) > len(asked)
        for line in (line for plan in found for line in plan.splitlines() if " url " in line or " mention " in line):
            assert re.search(r"SEARCH \w+ USING .*\((?:key|article|source=\? AND (?:article|guid|place))=", line), line

    def test_a_huge_host_starves_nobody(self, crowded: SqlState) -> None:
        jobs = crowded.due_articles(NOW, 64)
        assert len({job.host for job in jobs}) == 51


def plans(state: SqlState, call: Callable[[], object]) -> list[str]:
    """Return how SQLite works each SELECT of a call."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    def note(_conn: object, _cursor: object, text: str, values: tuple[object, ...], *_: object) -> None:
        asked.append((text, values))

    event.listen(state._engine, "before_cursor_execute", note)
    call()
    event.remove(state._engine, "before_cursor_execute", note)
    with state._reading() as conn:
        return [
            "\n".join(row[-1] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values))
            for text, values in asked
            if text.startswith(("SELECT", "WITH"))
        ]


def test_old_runs_are_forgotten() -> None:
    state = open_state("sqlite://")
    for _ in range(KEEP_RUNS + 5):
        last = state.diary.begin_run("run", NOW)
    with state._reading() as conn:
        assert conn.exec_driver_sql("SELECT count(*), max(id) FROM run").one() == (KEEP_RUNS, last)
    state.close()
