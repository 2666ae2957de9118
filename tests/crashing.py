"""A process whose children run commands and are killed before their n-th change of a file: `python -m tests.crashing`.

Each line of its input is a JSON object: the words of a command, the folder whose changes count, before which of them
to kill (0: none), whether documents are parsed in processes of their own. Each line of its output tells the exit code
(-9: killed) and the changes up to then. A child is forked from a process that has loaded everything, so it costs no
start; nothing of this is known to the product.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.cli import outcome, shop
from crawler.model import CanonicalURL, Draft, Entry, Listing, Page, Source
from crawler.state.store import SqlState
from crawler.workers import Task, make_draft, parse_listing
from tests.clock import START
from tests.fakes import InProcess, article, rss, stories

#: Audit events whose first argument names the file that is about to change.
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink", "os.chmod"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGING = ("INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP")


class Killer:
    """Counts the changes of files below a folder, tells each, and kills its process before one of them."""

    def __init__(self, folder: str, before: int, tell: int) -> None:
        self._folder, self._before, self._tell = folder, before, tell
        self._count = 0
        self._lock = threading.RLock()
        self._is_changing = False  # the one connection's transaction

    def watch(self) -> None:
        """Begin; there is no end but that of the process."""
        sys.addaudithook(self._audit)
        os.fsync = self._announcing("fsync", lambda _: None)  # what was written outlives the process without it
        os.pwrite = self._announcing("pwrite", os.pwrite)
        vars(sqlite3)["connect"] = self._listened_to(sqlite3.connect)
        SqlState.close = self._announcing("close the state", SqlState.close)  # type: ignore[method-assign]

    def _announcing(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def announced(*args: Any) -> Any:
            self._change(name)
            return call(*args)

        return announced

    def _listened_to(self, connect: Callable[..., sqlite3.Connection]) -> Callable[..., sqlite3.Connection]:
        def connected(*args: Any, **kwargs: Any) -> sqlite3.Connection:
            conn = connect(*args, **kwargs)
            conn.set_trace_callback(self._statement)
            return conn

        return connected

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event in CHANGES or (event == "open" and args[2] & WRITING) or event == "sqlite3.connect":
            self._change_of(event, args[0])

    def _change_of(self, event: str, place: object) -> None:
        if isinstance(place, int):
            self._change(event)
        elif isinstance(place, (str, bytes, os.PathLike)) and self._folder in os.fsdecode(place):
            self._change(f"{event} {os.fsdecode(place).partition(self._folder)[2]}")

    def _statement(self, text: str) -> None:
        if text.startswith(CHANGING):
            self._is_changing = True
        elif text.startswith("COMMIT") and self._is_changing:
            self._is_changing = False
            self._change("commit")

    def _change(self, what: str) -> None:
        with self._lock:
            self._count += 1
            os.write(self._tell, f"{what}\n".encode())
            if self._count == self._before:
                os.kill(os.getpid(), signal.SIGKILL)


def warm_up() -> None:
    """Load all that a run loads on its way."""
    source, url = Source("x", "http://a.example/feed"), CanonicalURL("http://a.example/1")
    feed = Page(source.url, source.url, 200, (), rss(*stories("http://a.example", 1)).encode(), START)
    page = Page(url, url, 200, (("content-type", "text/html"),), article(1).encode(), START)
    assert isinstance(parse_listing(source, feed), Listing)
    assert isinstance(make_draft(Task(page, Entry(url=url), source, url, START)), Draft)


def child(order: dict[str, Any], tell: int) -> None:
    """Run the command; never returns."""
    with open(Path(order["folder"]).parent / "said.txt", "wb") as said:
        for stream in (1, 2):
            os.dup2(said.fileno(), stream)
    if not order["processes"]:
        vars(shop)["Workers"] = InProcess
    Killer(order["folder"], order["before"], tell).watch()
    code = 1
    try:
        code = outcome(order["words"])
    finally:
        if code == 1:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Answer each line."""
    warm_up()
    for line in sys.stdin:
        ear, tell = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(ear)
            child(json.loads(line), tell)
        os.close(tell)
        with open(ear) as told:
            changes = told.read().splitlines()
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        print(json.dumps({"code": code, "changes": changes}), flush=True)


# --- the side of the test ---


@dataclass
class Crashing:
    """Commands that may be killed. Use as `with`."""

    process: subprocess.Popen[str] = field(init=False)

    def __enter__(self) -> Crashing:
        root = Path(__file__).parents[1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.crashing"],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()

    def run(self, folder: Path, *words: str, before: int = 0, processes: bool = False) -> tuple[int, list[str]]:
        """Run a command, killed before a change below the folder; return its exit code and the changes."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        order = {"folder": str(folder), "words": words, "before": before, "processes": processes}
        print(json.dumps(order), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        return answer["code"], answer["changes"]


if __name__ == "__main__":
    main()
