"""The file of the index: whose it is, who has it open, what cannot be done."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from crawler.errors import SearchAbsent, SearchDamaged, SearchError, SearchMissing
from crawler.search import Index, Standing, database, search, standing, update, walk
from tests.test_search import NOW, Shelf, shelf

__all__ = ["shelf"]


@pytest.fixture
def place(shelf: Shelf) -> Path:
    shelf.walk()
    assert shelf.index.place is not None
    return shelf.index.place


class TestWhoseItIs:
    @pytest.mark.parametrize("number", [0, 0x66666666])
    def test_another_programs_database_is_left_as_it_is(self, shelf: Shelf, tmp_path: Path, number: int) -> None:
        other = tmp_path / "other.db"
        with closing(sqlite3.connect(other)) as db:
            db.execute(f"PRAGMA application_id = {number}")
            db.execute("CREATE TABLE t (x)")
        before = other.read_bytes()
        for work in (lambda i: walk(i, NOW), lambda i: search(i, "x"), lambda i: update(i, ["x"])):
            with pytest.raises(SearchError, match="is another program's database; name another file under `search`"):
                work(Index(other, shelf.root))
        with pytest.raises(SearchError, match="another program's"):
            database.remove(other, 0)
        assert other.read_bytes() == before

    def test_a_file_that_is_no_database_is_set_aside(self, place: Path, shelf: Shelf) -> None:
        place.write_bytes(b"my diary\n")
        shelf.walk()
        assert place.with_name("search.db.damaged").read_bytes() == b"my diary\n"

    def test_a_link_is_not_followed(self, place: Path, shelf: Shelf, tmp_path: Path) -> None:
        place.rename(tmp_path / "elsewhere.db")
        place.symlink_to(tmp_path / "elsewhere.db")
        for work in (lambda: walk(shelf.index, NOW), lambda: search(shelf.index, "x")):
            with pytest.raises(SearchError, match="is a link"):
                work()

    def test_its_posts_are_nowhere_else_and_others_cannot_write_it(self, place: Path) -> None:
        assert sorted(file.name for file in place.parent.iterdir()) == ["search.db", "search.db-lock"]
        assert not stat.S_IMODE(place.stat().st_mode) & 0o022
        assert "去香港的人" not in place.read_bytes().decode("utf-8", "replace")


class TestWhatCannotBeDone:
    def test_a_folder_in_its_place_is_said(self, shelf: Shelf) -> None:
        assert shelf.index.place is not None
        shelf.index.place.mkdir(parents=True)
        for work in (lambda: walk(shelf.index, NOW), lambda: search(shelf.index, "x")):
            with pytest.raises(SearchError, match="Is a directory"):
                work()

    def test_a_file_above_it_is_said(self, shelf: Shelf) -> None:
        (shelf.root / ".crawler").touch()
        for work in (lambda: walk(shelf.index, NOW), lambda: search(shelf.index, "x")):
            with pytest.raises(SearchError, match=r"File exists|Not a directory"):
                work()

    def test_sqlite_without_fts5_is_said_clearly(self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
        real = sqlite3.connect

        class Poor(sqlite3.Connection):
            def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
                return super().execute(sql.replace("'fts5'", "'fts99'"), *values)  # type: ignore[arg-type]

        monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: real(*a, factory=Poor, **k))
        with pytest.raises(SearchMissing, match="SQLite was built without FTS5, so that nothing can be searched"):
            walk(shelf.index, NOW)

    def test_a_bug_is_no_damage(self, place: Path) -> None:
        with pytest.raises(sqlite3.IntegrityError), database.writing(place) as conn:
            conn.execute("INSERT INTO post (path) VALUES (NULL)")

    def test_a_transaction_that_fails_leaves_nothing(self, place: Path) -> None:
        with database.writing(place) as conn:
            with pytest.raises(sqlite3.OperationalError), database.transaction(conn):
                conn.execute("DELETE FROM post").execute("no SQL")
            assert conn.execute("SELECT count(*) FROM post").fetchone() == (3,)


@contextmanager
def held(place: Path, kind: int) -> Iterator[None]:
    descriptor = os.open(place.with_name(f"{place.name}-lock"), os.O_RDONLY)
    fcntl.flock(descriptor, kind)
    yield
    os.close(descriptor)


class TestOthers:
    def test_it_is_not_removed_while_another_has_it_open(
        self, place: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(database, "LET_GO_S", 0.05)
        monkeypatch.setattr(database, "BUSY_S", 0.05)
        with held(place, fcntl.LOCK_SH):
            assert len(shelf.found("香港")) == 2
            with pytest.raises(SearchError, match="another process has it in use"):
                database.remove(place, database.removals(place))
        with held(place, fcntl.LOCK_EX), pytest.raises(SearchError, match="another process has it in use"):
            shelf.found("香港")
        database.remove(place, database.removals(place))
        assert not place.exists()

    def test_one_who_may_only_read_can_search(self, place: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
        """As root may write everywhere, opening is refused by hand."""
        real = database._tried

        def tried(place: Path, mode: str) -> sqlite3.Connection:
            if not mode.endswith("immutable=1"):
                refused = sqlite3.OperationalError("unable to open database file")
                refused.sqlite_errorcode = 14
                raise refused
            return real(place, mode)

        monkeypatch.setattr(database, "_tried", tried)
        monkeypatch.setattr(database, "_lock_file", lambda _: None)
        assert len(shelf.found("香港")) == 2

    def test_an_error_that_is_no_refusal_is_told(
        self, place: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def tried(place: Path, mode: str) -> sqlite3.Connection:
            broken = sqlite3.OperationalError("disk I/O error")
            broken.sqlite_errorcode = 10
            raise broken

        monkeypatch.setattr(database, "_tried", tried)
        with pytest.raises(SearchError, match="disk I/O error") as found:
            shelf.found("香港")
        assert not isinstance(found.value, SearchDamaged)

    def test_an_index_that_was_begun_and_not_made_counts_as_none(
        self, place: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        database.remove(place, database.removals(place))
        with closing(sqlite3.connect(place)) as db:
            db.execute(f"PRAGMA application_id = {database.APPLICATION}")
        with pytest.raises(SearchAbsent, match="there is none yet"):
            shelf.found("香港")
        assert standing(shelf.index) == Standing()
        monkeypatch.setattr(database, "remove", None)  # who makes it meanwhile would lose it
        shelf.walk()
        assert len(shelf.found("香港")) == 2

    def test_an_index_that_does_not_say_its_version_is_made_anew(self, place: Path, shelf: Shelf) -> None:
        with closing(sqlite3.connect(place)) as db:
            db.execute("PRAGMA user_version = 0")
        shelf.walk()
        assert len(shelf.found("香港")) == 2

    def test_who_waited_to_remove_it_removes_none_that_was_made_meanwhile(self, place: Path, shelf: Shelf) -> None:
        seen = database.removals(place)
        database.remove(place, seen)
        shelf.walk()
        database.remove(place, seen)
        assert len(shelf.found("香港")) == 2
        database.remove(place, seen + 1)
        assert not place.exists()

    def test_who_reads_it_sees_it_as_it_was_at_first(self, place: Path, shelf: Shelf) -> None:
        with database.reading(place) as conn:
            assert conn.execute("SELECT count(*) FROM post").fetchone() == (3,)
            (shelf.root / "_posts/1.md").unlink()
            assert shelf.walk() == (0, 1)
            assert conn.execute("SELECT count(*) FROM post").fetchone() == (3,)
        assert shelf.found("北京") == []

    def test_processes_that_make_it_at_once_make_it_once(self, shelf: Shelf) -> None:
        for n in range(60):
            shelf.put(f"n/{n:02}.md", "lighthouse 香港")
        context = multiprocessing.get_context("spawn")
        workers = [context.Process(target=_walk_often, args=(shelf.index,)) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert [worker.exitcode for worker in workers] == [0, 0, 0]
        assert search(shelf.index, "lighthouse").total == 60
        assert shelf.index.place is not None
        with database.reading(shelf.index.place) as conn:
            assert conn.execute("SELECT count(*) FROM words WHERE words MATCH 'lighthouse'").fetchone() == (60,)


def _walk_often(index: Index) -> None:
    for n in range(3):
        walk(index, NOW)
        assert search(index, "香港").total >= 60
        if n == 1:
            os.utime(Path(index.root, "n/07.md"))
