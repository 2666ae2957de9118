"""Messages on their way: by a command, a webhook, apprise; and what goes wrong with them."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from crawler import notify as room
from crawler.model import Notify
from crawler.notify import by_apprise, channel, deliver, ping, variables
from crawler.telling import Message
from tests.fakes import served
from tests.webserver import LIMITS, USER_AGENT, Line, page

MESSAGE = Message("health", "crawler: 1 failing (联合)", "联合 is failing: no\0")
DATA = b'{"subject": "x"}'
LOCAL = replace(LIMITS, allow_private_networks=True)


def sent(notify: Notify, message: Message = MESSAGE) -> str:
    return asyncio.run(deliver(notify, message, DATA, LOCAL, USER_AGENT))


def python(code: str, *words: str) -> Notify:
    return Notify(command=(sys.executable, "-c", code, *words))


class TestCommand:
    def test_gets_the_message_on_its_input_and_in_its_environment(self, tmp_path: Path) -> None:
        code = """if 1:
            import os, sys
            names = ("EVENT", "SUBJECT", "TEXT")
            said = [sys.argv[2], sys.stdin.read(), *(os.environ["CRAWLER_NOTIFY_" + name] for name in names)]
            open(sys.argv[1], "w").write("|".join(said))
        """
        assert sent(python(code, str(tmp_path / "said"), "a b; $HOME")) == ""
        assert (tmp_path / "said").read_text() == (
            'a b; $HOME|{"subject": "x"}|health|crawler: 1 failing (联合)|联合 is failing: no '
        )

    def test_may_ignore_its_input_and_print_what_it_likes(self, capfd: pytest.CaptureFixture[str]) -> None:
        assert sent(python("print('out')")) == ""
        assert capfd.readouterr() == ("", "out\n"), "our standard output holds results"

    @pytest.mark.parametrize(
        ("notify", "error"),
        [
            (python("raise SystemExit(3)"), "ended with code 3"),
            (python("import os; os.kill(os.getpid(), 9)"), "ended with code -9"),
            (Notify(command=("/nowhere/at/all",)), "cannot be started: No such file or directory"),
            (Notify(command=("a\0b",)), "cannot be started: embedded null byte"),
        ],
    )
    def test_that_fails_says_how(self, notify: Notify, error: str) -> None:
        assert sent(notify) == error

    def test_that_hangs_is_killed_with_its_children(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(room, "DEADLINE_S", 2.0)
        code = """if 1:
            import pathlib, subprocess, sys
            child = subprocess.Popen(["sleep", "600"])
            pathlib.Path(sys.argv[1]).write_text(str(child.pid))
            child.wait()
        """
        assert sent(python(code, str(tmp_path / "pid"))) == "no end within 2 s"
        child = int((tmp_path / "pid").read_text())
        end = time.monotonic() + 10
        while _runs(child) and time.monotonic() < end:
            os.sched_yield()
        assert not _runs(child)


def _runs(pid: int) -> bool:
    """Tell whether a process is there and no zombie, which waits for a parent that inherited it."""
    try:
        os.kill(pid, 0)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


class TestWebhook:
    def test_gets_the_message_as_json(self) -> None:
        with served({"/hook": page()}) as server:
            assert sent(Notify(webhook=f"http://127.0.0.1:{server.port}/hook")) == ""
            (seen,) = server.requests
        assert seen.body == DATA

    def test_that_fails_or_hangs_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with served({"/hook": page(status=500), "/never": Line.hang}) as server:
            base = f"http://127.0.0.1:{server.port}"
            assert sent(Notify(webhook=f"{base}/hook")) == "HTTP 500"
            monkeypatch.setattr(room, "DEADLINE_S", 0.2)
            assert sent(Notify(webhook=f"{base}/never")) == "no end within 0.2 s"


class TestApprise:
    def test_carries_subject_and_text(self) -> None:
        with served({"/": page()}) as server:
            assert sent(Notify(apprise=f"json://127.0.0.1:{server.port}/")) == ""
            (seen,) = server.requests
        found = json.loads(seen.body)
        assert (found["title"], found["message"]) == (MESSAGE.subject, "联合 is failing: no\0")

    @pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what the library imports
    @pytest.mark.parametrize(("status", "code"), [(200, 0), (500, 1)])
    def test_is_talked_to_in_a_process_of_its_own(
        self, status: int, code: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with served({"/": page(status=status)}) as server:
            said = {"url": f"json://127.0.0.1:{server.port}/", "title": "a", "body": "b"}
            monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(said)))
            assert by_apprise.main() == code
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(said | {"url": "nonsense://x"})))
        assert by_apprise.main() == 2

    def test_that_fails_says_so(self, capfd: pytest.CaptureFixture[str]) -> None:
        with served({"/": page(status=500)}) as server:
            assert sent(Notify(apprise=f"json://127.0.0.1:{server.port}/")) == "ended with code 1"
        assert sent(Notify(apprise="nonsense://hunter2@x")) == "ended with code 2"
        assert "hunter2" not in capfd.readouterr().err


class TestPing:
    def test_is_a_get(self) -> None:
        with served({"/ping": page(b"OK")}) as server:
            assert asyncio.run(ping(Notify(ping=f"http://127.0.0.1:{server.port}/ping"), LOCAL, USER_AGENT)) == ""
            assert server.requests[0].head.startswith(b"GET /ping ")

    def test_that_fails_or_hangs_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with served({"/never": Line.hang}) as server:
            for path, deadline_s, error in (("gone", 10.0, "HTTP 404"), ("never", 0.2, "no answer within 0.2 s")):
                monkeypatch.setattr(room, "DEADLINE_S", deadline_s)
                notify = Notify(ping=f"http://127.0.0.1:{server.port}/{path}")
                assert asyncio.run(ping(notify, LOCAL, USER_AGENT)) == error


@pytest.mark.parametrize(
    ("notify", "said"),
    [
        (Notify(), ""),
        (Notify(ping="http://x.example/"), ""),
        (Notify(command=("/usr/bin/mail", "-s", "secret")), "command mail"),
        (Notify(webhook="https://me:secret@hooks.example/T0/secret"), "webhook at hooks.example"),
        (Notify(apprise="tgram://secret/1"), "apprise tgram"),
    ],
)
def test_the_way_is_named_without_its_secrets(notify: Notify, said: str) -> None:
    assert channel(notify) == said


def test_the_environment_is_not_overrun() -> None:
    found = variables(Message("health", "s", "x" * 1_000_000))
    assert len(found["CRAWLER_NOTIFY_TEXT"]) == room.MAX_VARIABLE
