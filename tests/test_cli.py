"""What all commands share: help, exit codes for errors, the log, text made safe for terminals."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import click
import pytest

from crawler import __version__, cli
from crawler.cli import COMMANDS, main, outcome
from crawler.cli.common import EXIT_CODES, SystemClock, exit_code, say_json, set_up_logging
from crawler.cli.progress import Progress
from crawler.errors import ArchiveError, ConfigError, FetchError, Locked, PathTaken, StateDamaged, StateError
from crawler.model import Tally
from crawler.wording import counted, iso
from tests.clock import FakeClock
from tests.conftest import Desk


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), 2),
        (Locked("x"), 5),
        (StateError("x"), 6),
        (StateDamaged("x"), 6),
        (ArchiveError("x"), 6),
        (PathTaken("x"), 6),
        (FetchError("x"), 1),
    ],
)
def test_each_error_has_its_exit_code(error: ConfigError, code: int) -> None:
    assert exit_code(error) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("wrong\x1b[2J"), 2),
        (Locked("held"), 5),
        (click.UsageError("what?"), 2),
        (click.Abort(), 130),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 141),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_ends_the_command_with_its_code(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cli.cli, "main", fails)
    assert outcome([]) == code
    assert "\x1b" not in capsys.readouterr().err


def test_a_bug_passes_through_with_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli.cli, "main", lambda *_, **__: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        outcome([])


GROUPED = [["source", "list"], ["source", "add"], ["source", "test"], ["config", "check"]]


@pytest.mark.parametrize("words", [[], *([name] for name in COMMANDS), *GROUPED], ids=" ".join)
def test_help_tells_each_exit_code_on_a_line_of_its_own(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome([*words, "--help"]) == 0
    told = capsys.readouterr().out.partition("Exit codes:\n")[2]
    assert [line.strip() for line in told.splitlines()] == [line.strip() for line in EXIT_CODES.splitlines()[2:]]


@pytest.mark.parametrize("words", [["status"], ["status", "--json"], ["--help"], ["fetch", "--dry-run"], ["nonsense"]])
def test_where_the_reader_of_a_pipe_left_it_ends_quietly(words: list[str], desk: Desk) -> None:
    """`crawler status | head`: as other tools that SIGPIPE ends, 128 + 13."""
    words = [*words, f"{desk.base}/1"] if "fetch" in words else words
    for both in (False, True):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            [sys.executable, "-m", "crawler", *words],
            stdout=writer,
            stderr=writer if both else subprocess.PIPE,
            env=os.environ | {"CRAWLER_CONFIG": str(desk.config)},
            check=False,
        )
        os.close(writer)
        if both or words != ["nonsense"]:
            assert done.returncode == 141
        assert b"Traceback" not in (done.stderr or b"")
        assert b"BrokenPipe" not in (done.stderr or b"")


def test_help_names_every_command_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    outcome(["--help"])
    listed = capsys.readouterr().out.partition("Commands:")[2].partition("Exit codes:")[0]
    assert re.findall(r"^  (\w+)", listed, re.M) == [*COMMANDS]


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"crawler, version {__version__}\n"


@pytest.mark.parametrize("words", [["backfill"], ["source", "nonsense"], ["run", "--log-format", "xml"], []])
def test_what_does_not_exist_is_bad_usage(words: list[str]) -> None:
    assert outcome(words) == 2


@pytest.mark.parametrize(("word", "meant"), [("stauts", " Did you mean 'status'?"), ("nonsense", "")])
def test_a_command_that_there_is_not_may_be_another(word: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome([word]) == 2
    assert capsys.readouterr().err.endswith(f"No such command {word!r}.{meant}\n")


PARSERS = {"lxml", "feedparser", "markdownify", "pebble"}


@pytest.mark.parametrize(
    ("module", "needless"),
    [("run", PARSERS), ("status", PARSERS | {"httpx", "aiohttp"}), ("check", PARSERS | {"httpx", "aiohttp"})],
)
def test_it_starts_without_loading_what_it_may_not_need(module: str, needless: set[str]) -> None:
    """Workers and parsers start only when there is a page to parse (DESIGN §3), and who only reads needs no network."""
    code = f"import sys; import crawler.cli.{module}; print({needless} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_it_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "crawler", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("crawler, version ")


def test_counts_are_said_as_people_do() -> None:
    assert [counted(n, "source") for n in (0, 1, 2)] == ["0 sources", "1 source", "2 sources"]


def test_times_are_utc(capsys: pytest.CaptureFixture[str]) -> None:
    moment = datetime(2021, 11, 20, 14, 43, 44, 821000, timezone(timedelta(hours=8)))
    assert iso(moment) == "2021-11-20T06:43:44Z"
    say_json({"at": moment, "名": "x"})
    assert json.loads(capsys.readouterr().out) == {"at": "2021-11-20T06:43:44Z", "名": "x"}
    with pytest.raises(TypeError, match="not for JSON"):
        say_json({"set": {1}})


def test_the_clock_is_the_machines() -> None:
    clock = SystemClock()
    before, started = clock.now(), clock.monotonic()
    asyncio.run(clock.sleep(0.001))
    assert clock.now() > before
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() - started >= 0.001


class TestTheLog:
    @pytest.mark.parametrize(
        ("verbose", "quiet", "levels"),
        [
            (0, False, ["warning", "error"]),
            (1, False, ["info", "warning", "error"]),
            (2, False, ["debug", "info", "warning", "error"]),
            (9, False, ["debug", "info", "warning", "error"]),
            (0, True, ["warning", "error"]),
            (2, True, ["warning", "error"]),
        ],
    )
    def test_says_as_much_as_it_is_asked_to(
        self, verbose: int, quiet: bool, levels: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        set_up_logging(verbose, quiet, "text")
        for level in ("debug", "info", "warning", "error"):
            getattr(logging.getLogger("crawler.x"), level)("of\x1b %s", level)
        out, err = capsys.readouterr()
        assert out == ""
        assert err.splitlines() == [f"{level}: of  {level}" for level in levels]

    @pytest.mark.parametrize("form", ["text", "json"])
    def test_has_the_traceback_of_a_bug(self, form: str, capsys: pytest.CaptureFixture[str]) -> None:
        set_up_logging(0, False, form)
        try:
            _ = 1 // 0
        except ZeroDivisionError:
            logging.getLogger("crawler.x").exception("a bug")
        err = capsys.readouterr().err
        found = json.loads(err)["traceback"] if form == "json" else err
        assert "ZeroDivisionError" in found
        assert found.startswith("Traceback" if form == "json" else "error: a bug\nTraceback")


class TestTheBar:
    def test_grows_with_what_is_found(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        with Progress(2, True, FakeClock()) as bar:
            bar.saw(Tally(polled=1, new=3, archived=1, retried=1))
        assert "2/5" in capsys.readouterr().err

    @pytest.mark.parametrize(("shown", "terminal"), [(False, True), (True, False)])
    def test_is_not_drawn_elsewhere(
        self, shown: bool, terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
        with Progress(2, shown, FakeClock()) as bar:
            bar.saw(Tally(archived=1))
        assert capsys.readouterr().err == ""


class TestTheLines:
    """What a backfill says where there is no terminal."""

    def said(self, capsys: pytest.CaptureFixture[str], *, shown: bool = True, speaks: bool = True) -> list[str]:
        clock = FakeClock()
        with Progress(0, shown, clock, speaks=speaks) as bar:
            bar.expect(1200)
            for minute in range(5):
                bar.saw(Tally(archived=300 * minute, new=100, steps=minute))
                clock.advance(timedelta(seconds=30))
        return capsys.readouterr().err.splitlines()

    def test_come_once_a_minute_with_the_time_that_is_left(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.said(capsys) == [
            "600 of 1,300 articles, 2 lists read, about 1m 10s left",
            "1,200 of 1,300 articles, 4 lists read, about 10s left",
        ]

    @pytest.mark.parametrize(("shown", "speaks"), [(False, True), (True, False)])
    def test_are_for_backfills_that_are_not_quiet(
        self, shown: bool, speaks: bool, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.said(capsys, shown=shown, speaks=speaks) == []


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOMEM])
def test_a_machine_that_has_no_more_to_give_is_no_bug(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(cli.cli, "main", fails)
    assert outcome([]) == 6
    assert capsys.readouterr().err == f"error: the machine has no more to give: {os.strerror(number)}\n"
    number = errno.EISDIR
    with pytest.raises(IsADirectoryError):
        outcome([])
