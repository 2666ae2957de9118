"""A process whose children run commands and come to grief at their n-th change of a file: `python -m tests.crashing`.

Each line of its input is an `Order` in JSON, each line of its output the exit code (-9: killed) and the changes up to
then; what the command said is in a file. A child that is to halt before some changes has a line for each of them before
that, and goes on when it is answered with a line. Children are forked from a process that has loaded everything, and
has run such a command itself, so they cost no start; nothing of this is known to the product.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click

from crawler.cli import COMMANDS, cli, outcome, shop
from crawler.model import CanonicalURL, Draft, Entry, Listing, Page, Source
from crawler.state.store import SqlState
from crawler.workers import Task, make_draft, parse_listing
from tests import compiled, scripted
from tests.clock import START
from tests.fakes import InProcess, article, rss, stories

#: Audit events whose first argument names the file that is about to change.
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink", "os.chmod"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
#: Changes within SQLite, where no error can be raised from here.
SQLITES = ("commit", "close the state", "sqlite3.connect")
CHANGING = ("INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP")


@dataclass(frozen=True, slots=True)
class Order:
    """A command, and what is to become of it."""

    words: tuple[str, ...]
    folder: str  #: whose changes count
    before: int = 0  #: which change comes to grief, from 1; 0: none
    fault: int = 0  #: number of the error with which it and all later ones fail; 0: the process is killed
    scripted: bool = False  #: whether lists of old articles are those of `tests.scripted`, beside the feed
    processes: bool = False  #: whether documents are parsed in processes of their own
    limits: tuple[tuple[int, int], ...] = ()  #: of the system's resources, see `resource`
    halts: tuple[int, int] | None = None  #: before which change all its threads halt, and how many on the next time
    rehearsal: bool = False  #: whether the process does it itself, and has then all that its children need

    def is_halt(self, number: int) -> bool:
        """Tell whether all halts before this change, from 1."""
        return self.halts is not None and number >= self.halts[0] and (number - self.halts[0]) % self.halts[1] == 0


class Killer:
    """Counts the changes of files below a folder, tells each, halts before some, and lets one of them come to grief."""

    def __init__(self, order: Order, tell: int, hear: int) -> None:
        self._order, self._tell, self._hear = order, tell, hear
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
        elif isinstance(place, (str, bytes, os.PathLike)):
            said = os.fsdecode(place)
            if not os.path.isabs(said):  # in a folder that is held open: the archive's way
                self._change(f"{event} {said}")
            elif self._order.folder in said:
                self._change(f"{event} {said.partition(self._order.folder)[2]}")

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
            if self._order.is_halt(self._count):
                os.kill(os.getpid(), signal.SIGSTOP)
                os.read(self._hear, 1)  # this thread may get here before the signal gets to all
            if self._order.before and self._count >= self._order.before:
                self._grieve(what)

    def _grieve(self, what: str) -> None:
        if not self._order.fault:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._order.fault == errno.ENOSPC and what.startswith("os.remove"):
            return  # which makes room
        if not what.startswith(SQLITES):
            raise OSError(self._order.fault, os.strerror(self._order.fault))


def warm_up() -> None:
    """Load all that a run loads on its way, whatever its command."""
    for name in COMMANDS:
        assert cli.get_command(click.Context(cli), name) is not None
    source, url = Source("x", "http://a.example/feed"), CanonicalURL("http://a.example/1")
    feed = Page(source.url, source.url, 200, (), rss(*stories("http://a.example", 1)).encode(), START)
    page = Page(url, url, 200, (("content-type", "text/html"),), article(1).encode(), START)
    assert isinstance(parse_listing(source, feed), Listing)
    assert isinstance(make_draft(Task(page, Entry(url=url), source, url, START)), Draft)


def prepare(order: Order) -> Callable[[], None]:
    """Make ready for the command, whose words go to a file; return what undoes that but for the words."""
    workers = vars(shop)["Workers"]
    with open(said_in(order.folder), "wb") as said:
        for stream in (1, 2):
            os.dup2(said.fileno(), stream)
    if not order.processes:
        vars(shop)["Workers"] = InProcess
    forget = scripted.install("") if order.scripted else None

    def undo() -> None:
        vars(shop)["Workers"] = workers
        if forget is not None:
            forget()

    return undo


def child(order: Order, tell: int, hear: int) -> None:
    """Run the command; never returns."""
    prepare(order)
    for limit, value in order.limits:
        resource.setrlimit(limit, (value, value))
    Killer(order, tell, hear).watch()
    code = 1
    try:
        code = outcome(list(order.words))
    finally:
        if code == 1:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def said_in(folder: str) -> Path:
    return Path(folder).parent / "said.txt"


def rehearsed(order: Order) -> int:
    """Run the command here, with nothing in its way; return its exit code."""
    kept = [os.dup(stream) for stream in (1, 2)]
    undo = prepare(order)
    try:
        return outcome(list(order.words))
    finally:
        undo()
        sys.stdout.flush()
        sys.stderr.flush()
        for stream, before in enumerate(kept, 1):
            os.dup2(before, stream)
            os.close(before)


def attended(order: Order) -> tuple[int, list[str]]:
    """Run the command in a child; return its exit code and its changes."""
    ear, tell = os.pipe()
    hear, go = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(ear)
        os.close(go)
        if order.halts is None:
            os.close(hear)
        child(order, tell, hear)
    os.close(tell)
    os.close(hear)
    changes: list[str] = []
    with open(ear) as told:
        for line in told:
            changes.append(line.removesuffix("\n"))
            if order.is_halt(len(changes)):
                assert os.WIFSTOPPED(os.waitpid(process, os.WUNTRACED)[1])
                say(halted=len(changes))
                sys.stdin.readline()
                os.kill(process, signal.SIGCONT)
                os.write(go, b".")
    os.close(go)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), changes


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def main() -> None:
    """Answer each line."""
    compiled.share()
    warm_up()
    while line := sys.stdin.readline():
        order = Order(**json.loads(line))
        code, changes = (rehearsed(order), []) if order.rehearsal else attended(order)
        say(code=code, changes=changes)


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

    def run(self, order: Order, look: Callable[[int], None] | None = None) -> tuple[int, list[str], str]:
        """Carry out an order; return the exit code, the changes, and what was said.

        Args:
            order: What to do.
            look: Called while all of the command has halted, with the number of the change that comes next.
        """
        answer = self._asked(**asdict(order))
        while "halted" in answer:
            assert look is not None
            look(answer["halted"])
            answer = self._asked()
        return answer["code"], answer["changes"], said_in(order.folder).read_text("utf-8")

    def _asked(self, **what: object) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(what), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())


if __name__ == "__main__":
    main()
