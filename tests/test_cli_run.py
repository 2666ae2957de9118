"""`crawler run`: what it says, and the exit codes of the contract."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from crawler import slices
from crawler.archive import lock
from tests.conftest import Desk
from tests.fakes import article, entry, everything, rss, says, stories
from tests.webserver import Handler, Line, page

POSTS = [f"2021-11-20-Story {n}.md" for n in (1, 2, 3)]
FAILING = {"name": "Broken", "url": "http://127.0.0.1:1/feed"}


class TestRun:
    def test_archives_what_is_new_and_says_so_in_one_line(self, desk: Desk) -> None:
        assert desk.run("run") == (0, "1 source polled; 3 articles archived\n", "")
        assert desk.posts == POSTS

    def test_with_nothing_due_ends_well(self, desk: Desk) -> None:
        desk.run("run")
        assert desk.run("run") == (0, "0 sources polled; 0 articles archived\n", "")
        assert desk.targets == []

    def test_says_nothing_when_it_is_to_be_quiet(self, desk: Desk) -> None:
        assert desk.run("run", "-q") == (0, "", "")
        assert desk.posts == POSTS

    def test_tells_its_steps_when_asked(self, desk: Desk) -> None:
        said = desk.run("run", "-v")
        assert said.code == 0
        assert f"info: {desk.base}/1: archived as _posts/2021-11-20-Story 1.md (page, " in said.err
        assert "3 new of 3 entries" in said.err

    def test_polls_what_is_not_due_when_forced(self, desk: Desk) -> None:
        desk.run("run")
        assert desk.run("run", "--force").out == "1 source polled; 0 articles archived\n"
        assert desk.targets == ["/feed"]

    def test_stops_at_the_limit(self, desk: Desk) -> None:
        assert desk.run("run", "--limit", "2").out == "1 source polled; 2 articles archived; 1 pending\n"
        assert len(desk.posts) == 2
        desk.run("run", "--limit", "2")
        assert desk.posts == POSTS

    @pytest.mark.parametrize("words", [["--limit", "-1"], ["--limit", "x"], ["--nonsense"]])
    def test_refuses_what_it_does_not_understand(self, desk: Desk, words: list[str]) -> None:
        said = desk.run("run", *words)
        assert (said.code, said.out) == (2, "")
        assert "Error" in said.err

    @pytest.mark.parametrize("called", ["Lagoon", "{base}/feed2"])
    def test_works_the_sources_that_are_named(self, desk: Desk, called: str) -> None:
        desk.routes["/feed2"] = says(rss(*stories(desk.base, 2)))
        desk.configure({"name": "Harbour", "url": f"{desk.base}/feed"}, {"name": "Lagoon", "url": f"{desk.base}/feed2"})
        assert desk.run("run", called.format(base=desk.base)).code == 0
        assert desk.posts == [POSTS[1]]
        assert "/feed" not in desk.targets

    def test_works_all_sources_of_one_name(self, desk: Desk) -> None:
        desk.routes |= {"/a": says(rss(*stories(desk.base, 1))), "/b": says(rss(*stories(desk.base, 2)))}
        desk.configure({"name": "Two", "url": f"{desk.base}/a"}, {"name": "Two", "url": f"{desk.base}/b"})
        assert desk.run("run", "Two").out.startswith("2 sources polled; 2 articles")

    def test_knows_no_source_of_another_name(self, desk: Desk) -> None:
        said = desk.run("run", "Harbor")
        assert said == (2, "", "error: no source is called 'Harbor'; there are: Harbour\n")
        assert desk.targets == []

    def test_without_sources_has_nothing_to_do(self, desk: Desk) -> None:
        desk.config.write_text("archive: archive\n")
        said = "no source is configured; `crawler source add https://example.org` adds one\n"
        assert desk.run("run") == (0, f"0 sources polled; 0 articles archived; {said}", "")
        assert desk.run("run", "-q") == (0, "", "")
        assert desk.run("source", "list") == (0, said, "")

    def test_counts_what_it_gave_up(self, desk: Desk) -> None:
        desk.routes["/2"] = page(b"", 404)
        for _ in range(9):
            desk.run("run")
            desk.later(days=13)
        said = desk.run("run")
        assert "; 1 given up" in said.out
        assert f"warning: {desk.base}/2: given up: HTTP 404 Not Found" in said.err


class TestExitCodes:
    def test_3_where_one_of_several_sources_fails(self, desk: Desk) -> None:
        desk.configure({"name": "Harbour", "url": f"{desk.base}/feed"}, FAILING)
        said = desk.run("run")
        assert said.code == 3
        assert said.out == "2 sources polled; 3 articles archived; 1 source not well: Broken\n"
        assert said.err == "warning: source failed: Broken (http://127.0.0.1:1/feed): connection refused\n"
        assert desk.run("run", "Harbour").code == 0, "it was not asked for the other"
        assert desk.run("run", "Broken", "--force").code == 4

    def test_3_where_the_server_is_there_and_its_feed_is_not(self, desk: Desk) -> None:
        desk.routes["/feed"] = page(b"<html><body>Soon back</body></html>")
        assert desk.run("run").code == 3
        desk.routes["/feed"] = page(b"", 500)
        assert desk.run("run", "--force").code == 3

    def test_3_where_a_source_brings_nothing_new_for_long(self, desk: Desk) -> None:
        desk.run("run")
        assert desk.later(days=2).run("run").code == 0
        said = desk.later(days=2).run("run")
        assert said.code == 3
        assert "1 source not well: Harbour" in said.out

    def test_3_where_a_source_was_switched_off(self, desk: Desk) -> None:
        desk.routes["/feed"] = page(b"", 410)
        assert desk.run("run").code == 3
        assert desk.later(days=1).run("run").code == 3
        assert desk.targets == []

    def test_4_where_no_source_could_be_reached(self, desk: Desk) -> None:
        desk.configure(FAILING, {"name": "Also", "url": "http://127.0.0.1:1/other"})
        assert desk.run("run").code == 4

    def test_4_where_private_networks_are_not_allowed(self, desk: Desk) -> None:
        desk.configure(fetch={})
        said = desk.run("run")
        assert said.code == 4
        assert "address not allowed: 127.0.0.1 (loopback)" in said.err
        assert desk.server.connections == 0

    def test_5_where_another_run_is_at_work(self, desk: Desk) -> None:
        with lock(desk.archive):
            said = desk.run("run")
        assert said.code == 5
        assert re.fullmatch(r"error: .*: another run is at work \(process \d+, since [\dTZ:-]+\)\n", said.err)
        assert desk.targets == []
        assert desk.run("run").code == 0

    def test_6_where_the_archive_cannot_be_written(self, desk: Desk) -> None:
        desk.archive.write_text("no folder")
        said = desk.run("run")
        assert (said.code, said.out) == (6, "")
        assert said.err.startswith(f"error: {desk.archive}")
        assert desk.targets == []

    def test_6_where_the_state_cannot_be_written(self, desk: Desk) -> None:
        (desk.folder / "state.db").mkdir()
        desk.configure(state="sqlite:///state.db")
        said = desk.run("run")
        assert said.code == 6
        assert "state.db" in said.err
        assert desk.targets == []

    def test_6_where_a_post_cannot_be_written_and_the_rest_is_kept(self, desk: Desk) -> None:
        (desk.archive / "_posts").parent.mkdir()
        (desk.archive / "_posts").write_text("no folder")
        assert desk.run("run").code == 6
        (desk.archive / "_posts").unlink()
        assert desk.run("run").code == 0
        assert desk.posts == POSTS

    def test_2_where_the_configuration_is_wrong(self, desk: Desk) -> None:
        desk.configure(archiv="x")
        said = desk.run("run")
        assert said.code == 2
        assert 'unknown key "archiv" (did you mean "archive"?)' in said.err

    def test_1_with_a_traceback_for_a_bug(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        def bug(*_: object) -> None:
            raise ZeroDivisionError("a bug")

        monkeypatch.setattr(slices, "_by_host", bug)
        with pytest.raises(ZeroDivisionError):
            desk.run("run")


class TestDryRun:
    def test_lists_what_would_be_fetched_and_writes_nothing(self, desk: Desk) -> None:
        said = desk.run("run", "--dry-run")
        assert said.code == 0
        head, *listed = said.out.splitlines()
        assert head == "1 source polled, 3 articles to fetch; nothing was written"
        assert sorted(listed) == [f"  {desk.base}/{n}" for n in (1, 2, 3)]
        assert desk.targets == ["/feed"]
        assert list(desk.folder.iterdir()) == [desk.config]

    def test_leaves_every_byte_of_an_archive_as_it_is(self, desk: Desk) -> None:
        desk.run("run", "--limit", "1")
        before = everything(desk.folder)
        desk.routes["/feed"] = says(rss(*stories(desk.base, 1, 2, 3, 4)))
        said = desk.later(hours=1).run("run", "--dry-run")
        assert said.out.startswith("1 source polled, 3 articles to fetch")
        assert everything(desk.folder) == before
        assert desk.run("run").out.startswith("1 source polled; 2 articles archived")

    def test_beside_a_run_is_no_trouble(self, desk: Desk) -> None:
        desk.run("run")
        with lock(desk.archive):
            assert desk.run("run", "--dry-run", "--force").code == 0

    def test_lists_no_more_than_the_limit(self, desk: Desk) -> None:
        said = desk.run("run", "--dry-run", "--limit", "2")
        assert said.out.startswith("1 source polled, 2 articles to fetch")
        assert len(said.out.splitlines()) == 3

    def test_of_many_articles_names_them_all(self, desk: Desk) -> None:
        desk.routes["/feed"] = says(rss(*(entry(f"{desk.base}/x{n}", f"Story {n}") for n in range(700))))
        said = desk.run("run", "--dry-run")
        assert "700 articles to fetch" in said.out
        assert len(set(said.out.splitlines())) == 701


class TestJSON:
    def test_says_everything_and_nothing_else(self, desk: Desk) -> None:
        desk.routes["/2"] = page(b"", 404)
        said = desk.run("run", "--json", "-q")
        found = json.loads(said.out)
        assert found["tally"] == {
            "polled": 1,
            "unchanged": 0,
            "failed": 0,
            "unreached": 0,
            "new": 3,
            "fetched": 2,
            "archived": 2,
            "retried": 1,
            "dead": 0,
            "revised": 0,
            "steps": 0,
            "outside": 0,
            "pictures": 0,
            "hung": 0,
        }
        (source,) = found["sources"]
        assert {"name", "url", "health", "reason", "last_success", "next_poll", "articles"} < set(source)
        assert source["last_success"] == "2021-11-20T06:43:44Z"
        assert found["frontier"] == {"pending": 1, "dead": 0}
        (failure,) = found["failures"]
        assert failure["url"] == f"{desk.base}/2"
        assert found["waiting"] == []

    def test_of_a_dry_run_lists_what_waits(self, desk: Desk) -> None:
        found = json.loads(desk.run("run", "--json", "--dry-run").out)
        assert sorted(found["waiting"]) == [f"{desk.base}/{n}" for n in (1, 2, 3)]


class TestOutput:
    def test_log_lines_are_json_when_asked(self, desk: Desk) -> None:
        desk.routes["/feed"] = page(b"", 500)
        said = desk.run("run", "-vv", "--log-format", "json")
        (line,) = [json.loads(line) for line in said.err.splitlines() if "source failed" in line]
        assert line["level"] == "warning"
        assert line["logger"] == "crawler.slices.poll"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line["time"])
        assert f"({desk.base}/feed): HTTP 500" in line["message"]

    EVIL = "Evil \x1b[31mred\x07 \x9b2J \x7f"

    def test_nothing_of_a_feed_or_page_moves_the_terminal(self, desk: Desk) -> None:
        items = [
            {"id": "1", "url": f"{desk.base}/1", "title": self.EVIL},
            {"id": "2", "url": f"{desk.base}/2", "title": "2", "content_text": "Text"},
            {"id": "3", "url": "gopher://\x1b[2J/", "title": self.EVIL},
        ]
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": self.EVIL, "items": items}
        desk.routes["/feed"] = says(json.dumps(feed))
        desk.routes["/2"] = says(f"<html><body><p>Access denied {self.EVIL}</p></body></html>")
        desk.routes["/3"] = says(article(3, title=self.EVIL))
        url = f"{desk.base}/feed"
        commands = [["source", "test", url], ["run", "-vv"], ["status"], ["verify"], ["source", "list"]]
        commands += [["source", "add", f"{url}?x"], ["fetch", "--dry-run", f"{desk.base}/2"]]
        commands += [["fetch", "--dry-run", f"{desk.base}/3"], ["fetch", f"{desk.base}/3"]]
        commands += [["run", "-vv", "--log-format", "json", "--force"], ["status", "--json"]]
        said = "".join("".join(desk.run(*words)[1:]) for words in commands)
        assert "Evil" in said
        assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", said) == []

    def test_a_bar_is_drawn_on_a_terminal_only(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stderr.isatty", lambda: True)
        said = desk.run("run")
        assert "3/3" in said.err
        assert "article/s" in said.err
        assert said.out == "1 source polled; 3 articles archived\n"
        assert desk.later(hours=1).run("run", "-q").err == ""


def stopping(number: int, then: Handler) -> Handler:
    """Return a handler that sends this process a signal before it answers."""

    async def handler(line: Line) -> None:
        os.kill(os.getpid(), number)
        await then(line)

    return handler


class TestStop:
    @pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
    def test_lets_running_jobs_end(self, desk: Desk, number: int, code: int) -> None:
        desk.routes["/feed"] = stopping(number, desk.routes["/feed"])
        said = desk.run("run")
        assert said.code == code
        assert desk.posts == []
        desk.serve(1, 2, 3)
        assert desk.run("run").code == 0
        assert desk.posts == POSTS, "its entries were kept"

    def test_waits_for_nobody_who_hangs(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(slices, "GRACE_S", 0.05)
        monkeypatch.setattr(slices, "LOOK_AGAIN_S", 0.05)
        desk.routes |= {f"/{n}": stopping(signal.SIGTERM, Line.hang) for n in (1, 2, 3)}
        assert desk.run("run").code == 143
        desk.serve(1, 2, 3)
        assert desk.run("run").code == 0
        assert desk.posts == POSTS

    def test_ends_at_once_for_who_asks_again(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("crawler.cli.run.IMPATIENCE_S", 0.01)
        monkeypatch.setattr(slices, "GRACE_S", 60.0)

        async def hanging(line: Line) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            while signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
                await asyncio.sleep(0.005)
            os.kill(os.getpid(), signal.SIGINT)
            await line.hang()

        desk.routes |= {f"/{n}": hanging for n in (1, 2, 3)}
        begun = time.monotonic()
        assert desk.run("run").code == 130
        assert time.monotonic() - begun < 20
        desk.serve(1, 2, 3)
        assert desk.run("run").code == 0
        assert desk.posts == POSTS

    def test_ends_a_process_within_seconds(self, desk: Desk) -> None:
        """The real thing: a process of its own, with its parsers, and a server that never answers."""
        desk.routes["/2"] = Line.hang
        with subprocess.Popen(
            [sys.executable, "-m", "crawler", "run", "--config", str(desk.config)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            end = time.monotonic() + 30
            while "/2" not in desk.targets and process.poll() is None and time.monotonic() < end:
                time.sleep(0.02)
            begun = time.monotonic()
            process.terminate()
            out, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (143, "")
        assert out.startswith("1 source polled;")
        assert time.monotonic() - begun < 10
        desk.later(seconds=time.time() - desk.clock.now().timestamp()).serve(1, 2, 3)
        assert desk.run("verify").code == 0
        assert desk.run("run").code == 0
        assert desk.posts == POSTS
