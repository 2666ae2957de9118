"""`crawler search`: for people and for programs; and the index that runs keep."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from crawler import search as room
from crawler.cli import indexing
from crawler.cli import search as command
from crawler.errors import SearchError, SearchMissing
from tests.conftest import Desk
from tests.fakes import rss, says, stories

PLACE = ".crawler/search.db"


@pytest.fixture
def full(desk: Desk) -> Desk:
    assert desk.run("run").code == 0
    return desk


class TestForPeople:
    def test_shows_what_was_found(self, full: Desk) -> None:
        said = full.run("search", "harbour", '"letters of complaint"', "--limit", "1")
        assert (said.code, said.err) == (0, "")
        head, blank, title, text, path = said.out.splitlines()
        assert head == "3 posts found, 1 shown"
        assert blank == ""
        assert title == "2021-11-20  Harbour: Story 1"
        assert "The ferry of «harbour» 1 left at dawn" in text
        assert path == f"  {full.archive}/_posts/2021-11-20-Story 1.md"
        assert Path(path.strip()).exists()

    def test_with_q_shows_the_posts_alone(self, full: Desk) -> None:
        assert full.run("search", "-q", "harbour", "--limit", "1").out.startswith("2021-11-20  Harbour: Story")

    def test_nothing_found_is_no_fault(self, full: Desk) -> None:
        assert full.run("search", "zebra") == (0, "nothing found\n", "")

    @pytest.mark.parametrize(
        ("words", "reason"),
        [
            (["!?"], "error: there is no word in the query"),
            (["x" * 2000], "error: the query is too long: 2000 characters, 1000 at most"),
            (
                ["x", "--since", "tomorrow"],
                "error: --since: 'tomorrow' is no date: write it like 2021, 2021-11 or 2021-11-20",
            ),
            (
                ["x", "--source", "Nobody"],
                "error: no source is called 'Nobody', and no post is of one; see crawler source list",
            ),
            ([], "Usage: crawler search [OPTIONS] QUERY..."),
        ],
    )
    def test_bad_usage(self, full: Desk, words: list[str], reason: str) -> None:
        said = full.run("search", *words)
        assert (said.code, said.out, said.err.splitlines()[0]) == (2, "", reason)

    def test_filters_by_source_and_date(self, full: Desk) -> None:
        for more in (["--source", "Harbour"], ["--source", f"{full.base}/feed"], ["--since", "2021-11-20"]):
            assert full.run("search", "harbour", *more).out.startswith("3 posts found"), more
        for more in (["--until", "2021-11-19"], ["--since", "2022"]):
            assert full.run("search", "harbour", *more) == (0, "nothing found\n", ""), more

    def test_says_that_posts_keep_the_name_of_a_source_that_was_renamed(self, full: Desk) -> None:
        url = f"{full.base}/feed"
        full.configure({"name": "Haven", "url": url, "tags": ["north"]})
        for name in ("Haven", url, "north"):
            said = full.run("search", "harbour", "--source", name)
            assert (said.code, said.out) == (0, "nothing found\n")
            assert said.err.endswith(": posts keep the names that they were archived under\n")
        assert full.run("search", "zebra", "--source", "Harbour").err == ""
        assert full.run("search", "harbour", "--source", "Harbour").out.startswith("3 posts found")

    def test_nothing_moves_the_terminal(self, full: Desk) -> None:
        post = full.archive / "_posts/2021-11-20-Story 1.md"
        post.write_bytes(post.read_bytes().replace(b"The ferry", b"The \x1b[31mferry \xe2\x80\xae"))
        said = full.run("search", "ferry")
        assert "\x1b" not in said.out
        assert "\u202e" not in said.out

    def test_an_index_switched_off_is_said(self, full: Desk) -> None:
        said = full.configure(search="off").run("search", "harbour")
        assert (said.code, said.err) == (
            2,
            "error: search: is off in the configuration, so there is no index; leave that key out to have one\n",
        )


def test_for_programs(full: Desk) -> None:
    found = json.loads(full.run("search", "captain", "--limit", "2", "--json").out)
    assert list(found) == ["query", "total", "complete", "hits"]
    assert (found["query"], found["total"], found["complete"], len(found["hits"])) == ("captain", 3, True, 2)
    first = found["hits"][0]
    assert list(first) == ["path", "url", "title", "source", "published", "snippet"]
    assert (first["path"], first["url"]) == ("_posts/2021-11-20-Story 1.md", f"{full.base}/1")
    assert (first["title"], first["source"], first["published"]) == ("Story 1", "Harbour", "2021-11-20T05:43:44Z")
    assert [part["text"] for part in first["snippet"] if part["hit"]] == ["captain"]


class TestTheIndex:
    def test_is_made_when_it_is_missing_and_looks_at_what_changed(self, full: Desk) -> None:
        (full.archive / PLACE).unlink()
        assert full.run("search", "harbour").out.startswith("3 posts found")
        (full.archive / "_posts/2021-11-20-Story 1.md").unlink()
        assert full.later(seconds=1).run("search", "harbour").out.startswith("2 posts found")

    def test_is_made_anew_when_it_is_damaged(self, full: Desk) -> None:
        (full.archive / PLACE).write_bytes(b"garbage" * 1000)
        assert full.run("search", "harbour").out.startswith("3 posts found")
        with closing(sqlite3.connect(full.archive / PLACE)) as db:
            db.execute("UPDATE words_data SET block = x'ffffffffffffffff' WHERE id > 10")
            db.commit()
        assert full.run("search", "harbour").out.startswith("3 posts found")
        assert full.run("search", "harbour").err == ""

    def test_that_cannot_be_written_is_searched_as_it_is(self, full: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(command, "freshen", _refuse)
        assert full.run("search", "harbour").out.startswith("3 posts found")

    def test_that_cannot_be_had_is_done_without(self, full: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        (full.archive / PLACE).unlink()
        monkeypatch.setattr(command, "freshen", _refuse)
        monkeypatch.setattr(command, "TELL_EVERY", 3)
        said = full.run("search", "harbour")
        assert said.out.startswith("3 posts found")
        assert said.err.splitlines() == [
            f"index {full.archive}/{PLACE}: there is none yet; all posts are read instead",
            "3 posts read into the search index",
        ]
        assert not (full.archive / PLACE).exists()
        assert "no source" not in full.run("search", "harbour", "--source", "Nobody").err

    def test_of_another_program_is_left_alone(self, full: Desk) -> None:
        with closing(sqlite3.connect(full.folder / "notes.db")) as db:
            db.execute("CREATE TABLE t (x)")
        said = full.configure(search="notes.db").run("search", "harbour")
        assert said.out.startswith("3 posts found")
        assert "is another program's database; name another file under `search`" in said.err
        said = full.later(hours=2).run("run")
        assert said.code == 0
        assert "warning: search index: " in said.err

    def test_without_fts5_searching_is_refused_and_nothing_else(
        self, full: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def missing(*_: object, **__: object) -> None:
            raise SearchMissing("no FTS5")

        for name in ("walk", "update", "search"):
            monkeypatch.setattr(room, name, missing)
        assert full.later(days=1).serve(1, 2, 3, 4).run("run").err == ""
        assert (full.run("search", "x").code, full.run("search", "x").err) == (6, "error: no FTS5\n")
        monkeypatch.setattr(command, "freshen", lambda *_: None)
        assert full.run("search", "x").code == 6

    def test_that_is_not_complete_is_said(self, full: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        room.remove(index := room.Index(full.archive / PLACE, full.archive))
        room.update(index, ["_posts/2021-11-20-Story 1.md"])
        monkeypatch.setattr(command, "freshen", lambda *_: None)
        assert full.run("search", "harbour").out.startswith("1 post found; the index is not complete yet\n")


def _refuse(*_: object) -> None:
    raise SearchError("read-only")


class TestRuns:
    def test_keep_the_index(self, full: Desk) -> None:
        index = room.Index(full.archive / PLACE, full.archive)
        assert room.search(index, "harbour").total == 3
        full.serve(4, 5).routes["/feed"] = says(rss(*stories(full.base, 1, 2, 3, 4)))
        full.later(minutes=20).run("run")
        assert room.search(index, "harbour").total == 4
        assert full.run("fetch", f"{full.base}/5").code == 0
        assert room.search(index, "harbour").total == 5

    def test_look_at_all_files_once_an_hour(self, full: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        index = room.Index(full.archive / PLACE, full.archive)
        (full.archive / "_posts/2021-11-20-Story 1.md").unlink()
        monkeypatch.setattr(indexing.Indexer, "_looks_old", lambda _: False)
        full.later(minutes=20).run("run")
        assert room.search(index, "harbour").total == 3
        monkeypatch.setattr(indexing.Indexer, "_looks_old", lambda _: True)
        full.run("run")
        assert room.search(index, "harbour").total == 3  # it was looked at 20 minutes ago
        full.later(hours=1).run("run")
        assert room.search(index, "harbour").total == 2

    def test_tell_by_the_file_whether_to_look(self, full: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its room is not loaded by a pass without news, unless the file is old."""
        kept: list[bool] = []
        monkeypatch.setattr(indexing.Indexer, "_keep", lambda *_: kept.append(True))
        for age, times in ((3000, 0), (3700, 1)):
            full.later(minutes=1)
            written = full.clock.now().timestamp() - age
            os.utime(full.archive / PLACE, (written, written))
            assert full.run("run").code == 0
            assert len(kept) == times

    def test_that_write_nothing_keep_nothing(self, desk: Desk) -> None:
        assert desk.run("run", "--dry-run").code == 0
        assert desk.run("fetch", "--dry-run", f"{desk.base}/1").code == 0
        assert not desk.archive.exists()

    def test_with_the_index_off_make_none(self, desk: Desk) -> None:
        assert desk.configure(search="off").run("run").code == 0
        assert not list(desk.folder.rglob("search*"))
        assert desk.run("rebuild").out.endswith("none of them is fetched again\n")

    def test_go_on_when_the_index_cannot_be_kept(self, desk: Desk) -> None:
        (desk.folder / "search.db").mkdir()
        said = desk.configure(search="search.db").run("run")
        assert (said.code, len(desk.posts)) == (0, 3)
        (line,) = said.err.splitlines()
        assert line == (
            f"warning: search index: index {desk.folder}/search.db: Is a directory; the next run tries again"
        )
        said = desk.run("rebuild")
        assert (said.code, "search" in said.out, "Is a directory" in said.err) == (0, False, True)

    def test_find_what_a_run_that_was_cut_off_filed(self, full: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        index = room.Index(full.archive / PLACE, full.archive)
        post = full.archive / "_posts/2021-11-20-Story 1.md"
        post.with_name("copy.md").write_bytes(post.read_bytes())
        with closing(sqlite3.connect(full.archive / ".crawler/state.db")) as db:
            db.execute("UPDATE run SET ended = NULL")
            db.commit()
        monkeypatch.setattr(indexing.Indexer, "_looks_old", lambda _: False)
        full.later(minutes=1).run("run")
        assert room.search(index, "harbour").total == 4


def test_a_run_without_news_does_not_load_the_room() -> None:
    code = "import sys; import crawler.cli.run, crawler.cli.fetch; print([m for m in sys.modules if m.startswith('crawler.search')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
