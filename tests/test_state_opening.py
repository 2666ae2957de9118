"""States as files: made, moved to a newer schema, read beside a writer, copied."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect

from crawler.errors import StateDamaged, StateError
from crawler.memory import ArticleOutcome, SourceState
from crawler.model import Fingerprint
from crawler.state.migrations import LATEST
from crawler.state.opening import copy_to_memory, exists, open_reader, open_state
from tests.indexed import with_indexes
from tests.privileges import as_nobody
from tests.states import CHINA, KEY, NOW, filled, numbered


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


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
        with pytest.raises(StateError, match="none yet"):
            open_state(url, create=False)
        with pytest.raises(StateError, match="none yet"):
            open_reader(url)
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
            folder.chmod(0o500)
            with pytest.raises(StateError, match="folder cannot be written"):
                open_state(url)
            folder.chmod(0o000)
            with pytest.raises(StateError, match="Permission denied"):
                open_state(url)

    def test_is_used_from_another_thread(self, url: str) -> None:
        state, done = open_state(url), []
        thread = threading.Thread(target=lambda: done.append(state.diary.begin_run("run", NOW)))
        thread.start()
        thread.join()
        state.close()
        assert done == [1]

    def test_stays_small(self, url: str, path: Path) -> None:
        """The feed's texts are kept only as long as their articles wait."""
        filled(url, 2)
        state = open_state(url)
        state.settle([ArticleOutcome(numbered(0).key, "done", path="x.md")], NOW)
        state.close()
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("SELECT state, entry IS NULL FROM url ORDER BY 1").fetchall() == [
                ("done", 1),
                ("pending", 0),
            ]


class TestMigrating:
    def test_tables_are_those_of_the_queries(self, url: str, path: Path) -> None:
        open_state(url).close()
        made, meant = create_engine(url), create_engine("sqlite://")
        with_indexes().create_all(meant)
        for table in with_indexes().tables:
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

    def test_keeps_what_a_state_of_the_first_version_holds(self, url: str, path: Path) -> None:
        filled(url)
        with closing(sqlite3.connect(path)) as db, db:  # all that later versions added
            db.execute("DROP INDEX host_shard")
            db.execute("DROP INDEX url_backfill")
            db.execute("DROP INDEX url_open")
            db.execute("DROP INDEX url_lately")
            db.execute("DROP INDEX url_filed")
            db.execute("DROP INDEX source_due")
            for table in ("album", "shown", "picture", "backlog", "step", "backfill", "watch"):
                db.execute(f"DROP TABLE {table}")
            db.execute("DROP TABLE mention")
            db.execute("DROP TABLE fingerprint")
            for column in (
                "url held",
                "url origin",
                "url backfill",
                "url outside",
                "source empty_since",
                "source told",
                "source paused",
                "run seen",
            ):
                db.execute("ALTER TABLE {} DROP COLUMN {}".format(*column.split()))
            for column in ("next_why", "fresh", "rhythm", "rhythm_since", "ttl_base"):
                db.execute(f"ALTER TABLE source DROP COLUMN {column}")
            db.execute("UPDATE meta SET value = '1' WHERE key = 'schema_version'")
        state = open_state(url)
        assert state.frontier() == (100, 0)
        state.settle([ArticleOutcome(numbered(0).key, "done", path="x.md", blocks=b"12345678")], NOW)
        assert list(state.fingerprints(KEY).values()) == [Fingerprint(b"12345678")]
        assert state.source_state(CHINA.url) == SourceState()
        state.close()
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


def _plain(facts: Any) -> list[str]:
    """Constraints as sorted text, without the names that SQLite or SQLAlchemy made up; conditions without the table."""
    listed = facts if isinstance(facts, list) else [facts]
    kept = [{k: v for k, v in sorted(f.items()) if k != "dialect_options" and v} for f in listed]
    where = [
        str(f.get("dialect_options", {}).get("sqlite_where", "")).replace("url.", "").replace("watch.", "")
        for f in listed
    ]
    return sorted(f"{fact} {condition}" for fact, condition in zip(kept, where, strict=True))


class TestReading:
    def test_goes_on_beside_a_writer_and_writes_nothing(self, url: str) -> None:
        filled(url)
        writer, reader = open_state(url), open_reader(url)
        writer.enter(KEY, [numbered(100)], NOW)
        with writer._writing():
            assert reader.frontier() == (101, 0)
        with pytest.raises(StateError, match="readonly"):
            reader.diary.begin_run("run", NOW)
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
        assert copied.enter(KEY, [numbered(n) for n in range(50, 200)], NOW) == 100
        assert copied.frontier() == (200, 0)
        copied.close()
        assert path.read_bytes() == bytes_then
        assert [p.name for p in path.parent.iterdir()] == ["state.db"]

    def test_a_copy_of_nothing_is_empty(self, url: str, path: Path) -> None:
        copied = copy_to_memory(url)
        assert (copied.frontier(), copied.is_whole()) == ((0, 0), False)
        copied.close()
        assert not path.exists()
