"""States as files: made, moved to a newer schema, damaged, shared, copied, set aside; and what only SQLite has."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.exc import IntegrityError

from crawler import urls
from crawler.errors import StateDamaged, StateError
from crawler.model import Admission, Entry, PollOutcome, Source, SourceState, Validators
from crawler.state import Adopted, entries, queries, sqlite
from crawler.state.migrations import LATEST
from crawler.state.opening import copy_to_memory, exists, open_reader, open_state, set_aside
from crawler.state.schema import metadata
from crawler.state.store import KEEP_RUNS, SqlState

NOW = datetime(2026, 11, 23, 17, 15, tzinfo=UTC)
SOURCE = Source("联合早报", "https://feeds.example/china")
KEY = urls.key(SOURCE.url)


def entered(n: int, host: str = "a.example") -> Admission:
    address = urls.canonical(f"https://{host}/{n}")
    return Admission(urls.key(address), address, host, Entry(url=address, content="文字 " * 50))


def filled(url: str, articles: int = 100) -> None:
    """Make a state of some pages' size."""
    state = open_state(url)
    state.sync_sources([SOURCE], NOW)
    state.enter(KEY, [entered(n) for n in range(articles)], NOW)
    state.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


@contextmanager
def as_nobody() -> Iterator[Path]:
    """Give a folder, and take root's privilege to write where permissions forbid it."""
    with tempfile.TemporaryDirectory() as name:
        if os.geteuid() == 0:
            os.chown(name, 65534, 65534)
            os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            os.chmod(name, 0o700)
            if os.getuid() == 0:
                os.seteuid(0)


class TestOpening:
    def test_makes_folders_and_leaves_one_file(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/ein ordner%20?/存档/state.db".replace("?", "#")
        assert not exists(url)
        filled(url)
        assert exists(url)
        (path,) = (p for p in tmp_path.rglob("*") if p.is_file())
        assert path.name == "state.db"
        state = open_state(url, create=False)
        assert state.frontier() == (100, 0)
        assert sorted(p.name for p in path.parent.iterdir()) == ["state.db", "state.db-shm", "state.db-wal"]
        state.close()
        state.close()
        assert [p.name for p in path.parent.iterdir()] == ["state.db"]

    def test_relative_addresses_lead_from_here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        open_state("sqlite:///sub/state.db").close()
        assert (tmp_path / "sub/state.db").is_file()

    def test_refuses_to_make_one_when_told(self, url: str, path: Path) -> None:
        for attempt in (lambda: open_state(url, create=False), lambda: open_reader(url)):
            with pytest.raises(StateError, match="none yet"):
                attempt()
        assert not path.exists()

    @pytest.mark.parametrize("url", ["", "state.db", "mysql://u:geheim@h/d", "postgresql://h/d"])
    def test_refuses_addresses_it_does_not_know(self, url: str) -> None:
        with pytest.raises(StateError) as caught:
            open_state(url)
        assert "geheim" not in str(caught.value)

    def test_names_the_system_s_reason(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        (tmp_path / "folder.db").mkdir()
        for name, reason in (("file/state.db", "Not a directory|File exists"), ("folder.db", "Is a directory")):
            with pytest.raises(StateError, match=reason):
                open_state(f"sqlite:///{tmp_path}/{name}")

    def test_names_missing_permission(self) -> None:
        with as_nobody() as folder:
            url = f"sqlite:///{folder}/state.db"
            filled(url)
            (folder / "state.db").chmod(0o400)
            with pytest.raises(StateError, match="Permission denied"):
                open_state(url)
            (folder / "state.db").chmod(0o600)
            folder.chmod(0o000)
            with pytest.raises(StateError, match="Permission denied"):
                open_state(url)

    def test_is_used_from_another_thread(self, url: str) -> None:
        state, done = open_state(url), []
        thread = threading.Thread(target=lambda: done.append(state.begin_run("run", NOW)))
        thread.start()
        thread.join()
        state.close()
        assert done == [1]


class TestMigrating:
    def test_tables_are_those_of_the_queries(self, url: str, path: Path) -> None:
        open_state(url).close()
        made, meant = create_engine(url), create_engine("sqlite://")
        metadata.create_all(meant)
        for table in metadata.tables:
            ours, theirs = inspect(made), inspect(meant)
            columns = [
                [(c["name"], str(c["type"]), c["nullable"]) for c in i.get_columns(table)] for i in (ours, theirs)
            ]
            assert columns[0] == columns[1]
            for facts in ("get_pk_constraint", "get_foreign_keys", "get_indexes"):
                assert _plain(getattr(ours, facts)(table)) == _plain(getattr(theirs, facts)(table)), (table, facts)
        made.dispose()
        meant.dispose()

    def test_goes_through_every_step_from_an_older_version(self, url: str, path: Path) -> None:
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)")
            db.execute("INSERT INTO meta VALUES ('schema_version', '0')")
        reader = open_reader(url)
        assert reader.frontier() == (0, 0)
        reader.close()
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'url'").fetchone() == (0,)
        filled(url)
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() == (str(LATEST),)

    def test_a_failing_step_changes_nothing(self, url: str, path: Path) -> None:
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)")
            db.execute("INSERT INTO meta VALUES ('schema_version', '0')")
            db.execute("CREATE TABLE run (mine TEXT)")  # in the way of the last table
        with pytest.raises(StateError, match="already exists"):
            open_state(url)
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'url'").fetchone() == (0,)
            assert db.execute("SELECT value FROM meta").fetchall() == [("0",)]

    def test_refuses_a_newer_schema_and_leaves_it_as_it_is(self, url: str, path: Path) -> None:
        filled(url)
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
        for attempt in (open_state, open_reader, copy_to_memory):
            with pytest.raises(StateError, match="version 99, made by a newer crawler") as caught:
                attempt(url)
            assert not isinstance(caught.value, StateDamaged)


def _plain(facts: object) -> list[str]:
    """Constraints as sorted text, without the names that SQLite or SQLAlchemy made up and spelled-out conditions."""
    listed = facts if isinstance(facts, list) else [facts]
    kept = [{k: v for k, v in sorted(f.items()) if k != "dialect_options" and v} for f in listed]
    where = [str(f.get("dialect_options", {}).get("sqlite_where", "")).replace("url.", "") for f in listed]
    return sorted(f"{fact} {condition}" for fact, condition in zip(kept, where, strict=True))


def scribble(path: Path) -> None:
    with open(path, "r+b") as file:
        file.write(bytes(range(256)) * 16)


def scribble_inside(path: Path) -> None:
    with open(path, "r+b") as file:
        file.seek(4096 * 2)
        file.write(b"\xa5" * 4096 * 3)


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
        assert aside.name == "state.db.damaged-20261123T171500Z"
        assert aside.read_bytes() == bytes_then
        assert not exists(url)
        state = open_state(url)
        assert not state.is_whole()
        state.close()
        assert sorted(p.name for p in path.parent.iterdir()) == ["state.db", aside.name]

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
            state.known([entered(n).key for n in range(2000)])
        state.close()

    def test_a_large_file_is_not_read_through(self, url: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        filled(url)
        scribble_inside(path)
        monkeypatch.setattr(sqlite, "CHECK_LIMIT", 10)
        open_state(url).close()

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
        stamp = "state.db.damaged-20261123T171500Z"
        names = [f"{stamp}{n}{suffix}" for n in ("", "-1") for suffix in ("", "-shm", "-wal")]
        assert sorted(p.name for p in path.parent.iterdir()) == sorted(names)

    def test_what_is_not_there_cannot_be_set_aside(self, url: str) -> None:
        for address in (url, "sqlite://"):
            with pytest.raises(StateError, match="cannot be set aside"):
                set_aside(address, NOW)

    def test_an_entry_that_rotted_is_damage(self) -> None:
        for bad in (b"", b"rot", entries.pack(Entry(title="x"))[:-3], entries.zlib.compress(b"{")):
            with pytest.raises(StateDamaged):
                entries.unpack(bad)

    def test_an_entry_of_a_later_version_is_read(self) -> None:
        packed = entries.zlib.compress(b'{"title": "x", "enclosures": [1]}')
        assert entries.unpack(packed) == Entry(title="x")


class TestCrashes:
    def test_admitting_is_one_transaction(self, url: str, path: Path) -> None:
        """STYLE §2, first order: no validators without their entries."""
        filled(url)
        state = open_state(url)
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("CREATE TRIGGER refuse BEFORE INSERT ON url BEGIN SELECT RAISE(ABORT, 'no'); END")
        memory = SourceState(Validators("new"), next_poll=NOW + timedelta(hours=1))
        with pytest.raises(IntegrityError):
            state.admit(PollOutcome(KEY, memory, "", (entered(100),)), NOW)
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("DROP TRIGGER refuse")
            db.execute("CREATE TRIGGER refuse BEFORE UPDATE ON source BEGIN SELECT RAISE(ABORT, 'no'); END")
        with pytest.raises(IntegrityError):
            state.admit(PollOutcome(KEY, memory, "", (entered(100),)), NOW)
        assert state.source_states()[SOURCE.url] == SourceState()
        assert state.frontier() == (100, 0)
        state.close()

    def test_a_killed_run_leaves_what_it_committed(self, url: str, tmp_path: Path) -> None:
        program = f"""
import os
from tests.test_state_opening import *
state = open_state({url!r})
state.sync_sources([SOURCE], NOW)
state.enter(KEY, [entered(1)], NOW)
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
from tests.test_state_opening import *
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
        first.sync_sources([SOURCE], NOW)
        assert first.take_shard("first", NOW) == 1
        first.enter(KEY, [entered(1)], NOW)
        assert second.take_shard("second", NOW) == 2
        second.enter(KEY, [entered(2)], NOW)
        writes: list[Callable[[], object]] = [
            lambda: first.enter(KEY, [entered(3)], NOW),
            lambda: first.sync_sources([], NOW),
            lambda: first.settle([], NOW),
            lambda: first.reserve(entered(1).key, ["x.md"]),
            lambda: first.adopt([Adopted(entered(4).url, "y.md")], NOW),
            lambda: first.begin_run("run", NOW),
        ]
        for write in writes:
            with pytest.raises(StateError, match="took it over"):
                write()
        assert first.frontier() == (2, 0)
        first.close()
        second.close()


class TestReading:
    def test_goes_on_beside_a_writer_and_writes_nothing(self, url: str) -> None:
        filled(url)
        writer, reader = open_state(url), open_reader(url)
        writer.enter(KEY, [entered(100)], NOW)
        with writer._writing():
            assert reader.frontier() == (101, 0)
        with pytest.raises(StateError, match="readonly"):
            reader.begin_run("run", NOW)
        writer.close()
        reader.close()
        open_state(url).close()

    def test_works_where_nothing_can_be_written(self) -> None:
        with as_nobody() as folder:
            url = f"sqlite:///{folder}/state.db"
            filled(url)
            (folder / "state.db").chmod(0o400)
            folder.chmod(0o500)
            for opened in (open_reader(url), copy_to_memory(url)):
                assert opened.frontier() == (100, 0)
                opened.close()
            assert [p.name for p in folder.iterdir()] == ["state.db"]

    def test_a_copy_is_written_without_trace(self, url: str, path: Path) -> None:
        filled(url)
        bytes_then = path.read_bytes()
        copied = copy_to_memory(url)
        copied.take_shard("dry run", NOW)
        assert copied.enter(KEY, [entered(n) for n in range(50, 200)], NOW) == 100
        assert copied.frontier() == (200, 0)
        copied.close()
        assert path.read_bytes() == bytes_then
        assert [p.name for p in path.parent.iterdir()] == ["state.db"]

    def test_a_copy_of_nothing_is_empty(self, url: str, path: Path) -> None:
        copied = copy_to_memory(url)
        assert (copied.frontier(), copied.is_whole()) == ((0, 0), False)
        copied.close()
        assert not path.exists()


class TestPlans:
    """What is asked at every turn must not grow with the frontier."""

    @pytest.fixture
    def state(self, url: str) -> Iterator[SqlState]:
        filled(url, 10_000)
        state = open_state(url)
        state.enter(KEY, [entered(n, f"h{n % 50}.example") for n in range(200)], NOW)
        yield state
        state.close()

    @pytest.mark.parametrize("only", [None, (SOURCE.url,)])
    def test_due_articles_come_from_the_index_in_order(self, state: SqlState, only: tuple[str, ...] | None) -> None:
        plan = explained(state, queries.articles_due(NOW, 64, only, ("h1.example",), 2))
        assert plan.count("SEARCH url USING INDEX url_ready (host=?)") == 2
        assert "SCAN url" not in plan
        assert "RIGHT PART OF ORDER BY" not in plan

    def test_the_next_due_time_is_the_first_of_its_index(self, state: SqlState) -> None:
        plan = explained(state, queries.next_article(NOW))
        assert "SCAN url USING INDEX url_due" in plan
        assert "TEMP B-TREE" not in plan

    def test_a_huge_host_starves_nobody(self, state: SqlState) -> None:
        jobs = state.due_articles(NOW, 64)
        assert len({job.host for job in jobs}) == 51


def explained(state: SqlState, query: object) -> str:
    text = query.compile(dialect=sqlite_dialect.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
    with state._reading() as conn:
        return "\n".join(row[-1] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))


def test_statements_compile_for_postgresql() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for query in (
        queries.articles_due(NOW, 64, ("https://a.example/",), ("a.example",), 2),
        queries.polls_due(NOW, 64, ("https://a.example/",), ("a.example",), force=False),
        queries.next_article(NOW),
        queries.next_poll(NOW),
        queries.next_word(NOW),
    ):
        assert "SELECT" in str(query.compile(dialect=dialect))


def test_old_runs_are_forgotten() -> None:
    state = open_state("sqlite://")
    for _ in range(KEEP_RUNS + 5):
        last = state.begin_run("run", NOW)
    with state._reading() as conn:
        assert conn.exec_driver_sql("SELECT count(*), max(id) FROM run").one() == (KEEP_RUNS, last)
    state.close()
