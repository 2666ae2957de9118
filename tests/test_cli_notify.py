"""`crawler notify test`, and what `run`, `serve` and `status` do about messages."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from crawler import notify as room
from tests.conftest import Desk
from tests.fakes import everything
from tests.webserver import Handler, Line, page

FAILING = {"name": "Broken", "url": "http://me:hunter2@127.0.0.1:1/feed"}


@pytest.fixture
def heard(desk: Desk) -> list[dict[str, Any]]:
    """Give a desk a hook, and return what it hears; beside it a source that is broken."""
    messages: list[dict[str, Any]] = []

    async def hook(line: Line) -> None:
        messages.append(json.loads(line.seen.body))
        await line.answer(200)

    desk.routes |= {"/hook/s3cret": hook, "/ping": page(b"OK")}
    configure(desk)
    return messages


def configure(desk: Desk, **notify: object) -> None:
    ways = notify or {"webhook": f"{desk.base}/hook/s3cret"}
    desk.configure({"name": "Harbour", "url": f"{desk.base}/feed"}, FAILING, notify=ways)


def runs(desk: Desk, count: int) -> str:
    """Run each hour, with something new each time; return what stands on stderr."""
    said = ""
    for _ in range(count):
        said += desk.later(hours=1).run("run", "--force", "-q").err
    return said


class TestRun:
    def test_tells_of_a_failure_that_lasts_once_over_many_runs(self, desk: Desk, heard: list[dict[str, Any]]) -> None:
        runs(desk, 2)
        assert heard == [], "it may pass"
        runs(desk, 4)
        (message,) = heard
        assert message == {
            "event": "health",
            "subject": "crawler: 1 failing (Broken)",
            "text": "Broken is failing: connection refused (3 times in a row) (http://…@127.0.0.1:1/feed)",
            "changes": [
                {
                    "name": "Broken",
                    "url": "http://…@127.0.0.1:1/feed",
                    "health": "failing",
                    "trouble": "failing",
                    "reason": "connection refused (3 times in a row)",
                    "was": "",
                }
            ],
            "time": "2021-11-20T09:43:44Z",
        }

    def test_does_not_tell_of_a_source_that_flaps(self, desk: Desk, heard: list[dict[str, Any]]) -> None:
        well = desk.routes["/feed"]
        desk.configure(notify={"webhook": f"{desk.base}/hook/s3cret"})
        for n in range(8):
            desk.routes["/feed"] = page(b"", 500) if n % 2 else well
            runs(desk, 1)
        assert heard == []

    def test_tells_nothing_in_a_dry_run(self, desk: Desk, heard: list[dict[str, Any]]) -> None:
        runs(desk, 2)
        before = everything(desk.folder)
        assert desk.later(hours=1).run("run", "--force", "--dry-run").code == 3
        assert (heard, everything(desk.folder)) == ([], before)

    def test_tells_nothing_when_it_is_stopped(self, desk: Desk, heard: list[dict[str, Any]]) -> None:
        runs(desk, 2)
        answer = desk.routes["/feed"]

        async def stopping(line: Line) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            await answer(line)

        desk.routes["/feed"] = stopping
        assert desk.later(hours=1).run("run", "--force").code == 143
        assert heard == []

    @pytest.mark.parametrize(
        ("hook", "reason", "deadline_s"),
        [(page(b"", 500), "HTTP 500", 10.0), (Line.hang, "no end within 0.3 s", 0.3)],
    )
    def test_is_not_harmed_by_a_hook_and_tries_again(
        self,
        desk: Desk,
        heard: list[dict[str, Any]],
        monkeypatch: pytest.MonkeyPatch,
        hook: Handler,
        reason: str,
        deadline_s: float,
    ) -> None:
        monkeypatch.setattr(room, "DEADLINE_S", deadline_s)
        well = desk.routes["/hook/s3cret"]
        desk.routes["/hook/s3cret"] = hook
        said = runs(desk, 3)
        assert f"warning: notify: webhook at 127.0.0.1: {reason}; the next run tries again\n" in said
        assert "s3cret" not in said
        told = f"notify: 2021-11-20T09:43:44Z: webhook at 127.0.0.1: {reason}"
        assert told in desk.run("status").out.splitlines()
        monkeypatch.setattr(room, "DEADLINE_S", 10.0)
        desk.routes["/hook/s3cret"] = well
        runs(desk, 2)
        assert len(heard) == 1
        assert "notify:" not in desk.run("status").out

    def test_forgets_the_fault_of_a_hook_when_there_is_nothing_left_to_tell(
        self, desk: Desk, heard: list[dict[str, Any]]
    ) -> None:
        desk.routes["/hook/s3cret"] = page(b"", 500)
        runs(desk, 3)
        desk.configure({"name": "Harbour", "url": f"{desk.base}/feed"}, notify={"webhook": f"{desk.base}/hook/s3cret"})
        runs(desk, 1)
        assert "notify:" not in desk.run("status").out

    def test_pings_the_watcher_when_it_did_its_work(self, desk: Desk, heard: list[dict[str, Any]]) -> None:
        configure(desk, ping=f"{desk.base}/ping")
        desk.run("run")
        assert desk.targets.count("/ping") == 1
        desk.configure(FAILING, notify={"ping": f"{desk.base}/ping"})
        assert desk.later(hours=1).run("run").code == 4
        assert desk.targets == []

    def test_says_that_the_watcher_cannot_be_pinged(self, desk: Desk, heard: list[dict[str, Any]]) -> None:
        configure(desk, ping=f"{desk.base}/nobody")
        assert "warning: notify.ping: HTTP 404\n" in desk.run("run").err


class TestServe:
    def served(self, desk: Desk, until: Callable[[], bool]) -> str:
        """Serve until something holds, looked at with each poll."""
        answer = desk.routes["/feed"]

        async def feed(line: Line) -> None:
            await answer(line)
            if until():
                os.kill(os.getpid(), signal.SIGTERM)

        desk.routes["/feed"] = feed
        said = desk.run("serve", "-q")
        assert said.code == 143
        return said.err

    def test_tells_and_pings_while_it_goes_on(self, desk: Desk, heard: list[dict[str, Any]]) -> None:
        configure(desk, webhook=f"{desk.base}/hook/s3cret", ping=f"{desk.base}/ping")
        self.served(desk, lambda: bool(heard) and "/ping" in desk.targets)
        assert [message["subject"] for message in heard] == ["crawler: 1 failing (Broken)"]

    def test_stops_at_once_while_a_hook_hangs(self, desk: Desk, heard: list[dict[str, Any]]) -> None:
        desk.routes["/hook/s3cret"] = Line.hang
        self.served(desk, lambda: "/hook/s3cret" in desk.targets)
        assert json.loads(desk.run("status", "--json").out)["crawler"]["health"] == "ok"


class TestTrial:
    def test_sends_a_message(self, desk: Desk, heard: list[dict[str, Any]]) -> None:
        assert desk.run("notify", "test") == (0, "webhook at 127.0.0.1: sent; see whether it arrived\n", "")
        assert [message["event"] for message in heard] == ["test"]
        assert not desk.archive.exists()

    def test_says_why_it_cannot(self, desk: Desk) -> None:
        configure(desk, command=["false"])
        assert desk.run("notify", "test") == (3, "", "command false: ended with code 1\n")
        desk.configure(notify={"ping": f"{desk.base}/ping"})
        said = desk.run("notify", "test")
        assert said == (2, "", "error: notify: names no way: give one of command, webhook, apprise\n")


def test_the_feed_that_recovers_is_told_of(desk: Desk, heard: list[dict[str, Any]]) -> None:
    well = desk.routes["/feed"]
    desk.configure(notify={"webhook": f"{desk.base}/hook/s3cret"})
    desk.run("run")
    desk.routes["/feed"] = page(b"", 500)
    runs(desk, 3)
    desk.routes["/feed"] = well
    runs(desk, 2)
    assert [message["subject"] for message in heard] == [
        "crawler: 1 failing (Harbour)",
        "crawler: 1 recovered (Harbour)",
    ]
