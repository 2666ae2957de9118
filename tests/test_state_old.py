"""States of every earlier version, stored as those programs left them, under the program of today."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler import urls
from crawler.memory import ArticleOutcome
from crawler.model import Entry, Source, Tally, Validators
from crawler.state.migrations import LATEST
from crawler.state.opening import copy_to_memory, open_reader, open_state
from tests import oldstates
from tests.clock import FakeClock
from tests.fakes import World, article, rss, stories

#: When the stored runs were at work.
THEN = datetime(2026, 11, 20, 8, 0, 0, 250000, tzinfo=UTC)
HOUR = timedelta(hours=1)
SITE = "http://harbour.example"
HARBOUR = Source("港口", f"{SITE}/feed.xml")
STORIES = [f"{SITE}/story/{n}" for n in range(1, 6)]

each_version = pytest.mark.parametrize("version", oldstates.versions())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def test_there_is_one_of_each_version() -> None:
    missing = set(range(1, LATEST + 1)) - set(oldstates.versions())
    assert not missing, "python -m tests.oldstates makes it"


@each_version
def test_all_that_it_remembers_is_kept(version: int, path: Path) -> None:
    state = open_state(oldstates.restore(version, path))
    memory = state.source_state(HARBOUR.url)
    assert memory.validators == Validators('W/"x-1"', "Fri, 20 Nov 2026 07:00:00 GMT")
    assert (memory.body_hash, memory.next_poll, memory.ttl) == (b"\x01" * 16, THEN + HOUR, HOUR)
    assert (memory.skip_hours, memory.skip_days, memory.last_new) == ((1, 2), (6,), THEN)
    assert state.source_state("http://gone.example/feed").off
    keys = [urls.key(url) for url in (*STORIES, f"{SITE}/amp/1", f"{SITE}/older")]
    known = state.known(keys)
    assert [known[key].state for key in keys] == ["done", "pending", "dead", "pending", "pending", "done", "done"]
    assert known[urls.key(f"{SITE}/amp/1")].path == "_posts/2026-11-20-渡船 1.md"
    waiting = state.job(urls.key(STORIES[1]))
    assert waiting is not None
    text = "<p>The ferry of day 2 left at dawn.</p>"
    assert waiting.entry == Entry(STORIES[1], "g2", "渡船 2", published=THEN - 2 * HOUR, content=text)
    assert (waiting.tries, waiting.source) == (2, HARBOUR.url)
    host = state.hosts.get("harbour.example")
    assert host is not None
    assert (host.not_before, host.fails, host.robots) == (THEN + HOUR, 3, b"User-agent: *\nDisallow: /private/\n")
    assert len(state.fingerprints(urls.key(HARBOUR.url))) == (1 if version >= 2 else 0)
    assert {row.path for row in state.filed()} == {"_posts/2026-11-20-渡船 1.md", "_posts/2020-01-01-older.md"}
    assert state.frontier() == (3, 1)
    assert state.is_whole()
    run = state.diary.last_run()
    assert run is not None
    assert (run.id, run.started, run.ended, run.tally) == (2, THEN + HOUR, None, Tally())
    state.close()


@each_version
def test_its_tables_become_those_of_a_new_one(version: int, path: Path, tmp_path: Path) -> None:
    open_state(oldstates.restore(version, path)).close()
    open_state(f"sqlite:///{tmp_path}/new.db").close()
    assert tables(path) == tables(tmp_path / "new.db")
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def tables(path: Path) -> dict[str, list[str]]:
    """Return, for each table, its columns; for each index, its columns and whether it is unique."""
    with closing(sqlite3.connect(path)) as db:
        names = db.execute("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()
        return {
            name: sorted(str(row[1:]) for row in db.execute(f"PRAGMA {kind}_info('{name}')")) for kind, name in names
        }


@each_version
def test_it_is_read_and_tried_without_a_change(version: int, path: Path) -> None:
    url = oldstates.restore(version, path)
    before = path.read_bytes()
    for opened in (open_reader(url), copy_to_memory(url)):
        assert opened.frontier() == (3, 1)
        assert [row.name for row in opened.source_rows(THEN)] == ["港口", "Route", "Gone"]
        opened.close()
    assert path.read_bytes() == before


@each_version
def test_a_run_goes_on_where_it_was_cut_off(version: int, path: Path, tmp_path: Path) -> None:
    state = open_state(oldstates.restore(version, path))
    pages = {f"{SITE}/story/{n}": article(n) for n in range(1, 8)}
    feed = rss(*stories(f"{SITE}/story", 6, 5, 4, 3, 2, 1))
    there = World(tmp_path / "archive", {HARBOUR.url: feed, **pages}, HARBOUR, state=state)
    there.clock = FakeClock(THEN + 2 * HOUR)
    assert there.run() == Tally(polled=1, new=1, fetched=4, archived=4)
    assert there.froms == [STORIES[1], STORIES[3], STORIES[4], f"{SITE}/story/6"]
    assert [seen.validators.etag for seen in there.asked if seen.url == HARBOUR.url] == ['W/"x-1"']
    assert "_posts/2026-11-20-渡船 4.md" in there.posts, "the name that was reserved"
    state.settle([ArticleOutcome(urls.key(STORIES[2]), "pending", "x", 1, THEN, held=True)], THEN)
    assert state.frontier() == (1, 0)
    state.close()


def test_a_new_step_gets_its_stored_state(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `python -m tests.oldstates` makes it: what is made of the one before is what was stored."""
    for version in (1, 2):
        (tmp_path / oldstates.stored(version).name).write_bytes(oldstates.stored(version).read_bytes())
    stored = oldstates.stored(3).read_bytes()
    monkeypatch.setattr(oldstates, "FOLDER", tmp_path)
    oldstates.make(3)
    made, then = path, tmp_path / "then.db"
    oldstates.restore(3, made)
    (tmp_path / "0003.sql").write_bytes(stored)
    oldstates.restore(3, then)
    assert tables(made) == tables(then)
