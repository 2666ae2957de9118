"""Run one command and measure it whole: its processes' CPU time, orphans included, and their memory.

    python -m bench.throughput_gauge REPORT LOG LIMIT_S PSS COMMAND…

A process of its own for each measurement, so that what it has waited for is the command and nothing else. Writes a
line of JSON to REPORT, the command's own words to LOG. Memory is looked at from time to time; it is 0 without /proc.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

#: prctl(2): whoever loses its parent becomes ours, so that it is waited for and counted.
PR_SET_CHILD_SUBREAPER = 36
#: Seconds between two looks at memory; the proportional size costs a walk over page tables, so it is looked at less.
LOOK_S, LOOK_CLOSELY_S = 0.2, 0.6
#: Seconds that a command's children may outlive it, and that it has to end when it is told to.
PATIENCE_S = 10.0
ROUNDS = 300_000


@dataclass(slots=True)
class Measured:
    """What one run of a command came to."""

    wall_s: float = 0.0  #: from its start to its end; its children may end later
    cpu_s: float = 0.0  #: user and system, of all processes
    rss_mb: float = 0.0  #: the most at one time, summed over all processes: shared pages count in each
    pss_mb: float = 0.0  #: the same, a page that n processes share being a n-th in each
    processes: int = 0  #: the most at one time
    exit_code: int = 0  #: negative for a signal
    is_late: bool = False  #: it was stopped at the limit
    left: int = 0  #: processes that had to be killed after its end
    calib_ms: float = 0.0  #: see `calibrate`; the larger of before and after


def measure(command: Sequence[str], log: Path, limit_s: float, *, pss: bool = False) -> Measured:
    """Run a command in a process that measures it; proxies of the environment are not for it.

    Args:
        command: program and arguments.
        log: where its output is added.
        limit_s: after so many seconds it is stopped.
        pss: whether to look at the proportional size of its memory, too.
    """
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        arguments = [report.name, str(log), str(limit_s), str(int(pss)), *command]
        plain = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        subprocess.run([sys.executable, "-m", "bench.throughput_gauge", *arguments], env=plain, check=True)
        return Measured(**json.load(report))


def calibrate() -> float:
    """Return the CPU ms of a piece of work that is always the same: compare only runs where it is alike."""
    times = []
    for _ in range(3):
        began, total = time.process_time(), 0
        for n in range(ROUNDS):
            total += n * n
        times.append(time.process_time() - began)
    return round(min(times) * 1000, 1)


class Gauge:
    """One measurement."""

    def __init__(self, command: Sequence[str], log: Path, limit_s: float, *, pss: bool) -> None:
        self._command = command
        self._log = log
        self._limit_s = limit_s
        self._pss = pss
        self._found = Measured(calib_ms=calibrate())

    def run(self) -> Measured:
        """Run the command to its end."""
        adopt_orphans()
        with self._log.open("ab") as log:
            began = time.monotonic()
            process = subprocess.Popen(self._command, stdout=log, stderr=log, start_new_session=True)
        ended: list[float] = []

        def wait() -> None:
            _, status = os.waitpid(process.pid, 0)
            ended.append(time.monotonic())
            self._found.exit_code = process.returncode = os.waitstatus_to_exitcode(status)

        waiting = threading.Thread(target=wait)
        waiting.start()
        try:
            self._watch(waiting, process.pid, began)
        except BaseException:  # Ctrl-C does not reach a session of its own
            os.killpg(process.pid, signal.SIGKILL)
            raise
        self._found.wall_s = round(ended[0] - began, 3)
        self._found.left = reap()
        self._found.calib_ms = max(self._found.calib_ms, calibrate())
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        self._found.cpu_s = round(usage.ru_utime + usage.ru_stime, 3)
        return self._found

    def _watch(self, waiting: threading.Thread, pid: int, began: float) -> None:
        """Look at memory until the command has ended; stop it when it takes too long."""
        close_look, stop = began, began + self._limit_s
        while waiting.is_alive():
            there = descendants(os.getpid())
            self._found.processes = max(self._found.processes, len(there))
            self._found.rss_mb = max(self._found.rss_mb, round(sum(map(resident_mb, there)), 1))
            now = time.monotonic()
            if self._pss and now >= close_look:
                close_look = now + LOOK_CLOSELY_S
                self._found.pss_mb = max(self._found.pss_mb, round(sum(map(proportional_mb, there)), 1))
            if now >= stop:
                how = signal.SIGKILL if self._found.is_late else signal.SIGTERM
                self._found.is_late, stop = True, now + PATIENCE_S
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, how)
            waiting.join(LOOK_S)


def adopt_orphans() -> None:
    """Become the parent of descendants that lose theirs, where the system can do that (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap() -> int:
    """Wait for all children, which may be the orphans of the command; return how many had to be killed."""
    killed, until = set[int](), time.monotonic() + PATIENCE_S
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return len(killed)
        if pid == 0:
            for child in descendants(os.getpid()) if time.monotonic() > until else ():
                killed.add(child)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            time.sleep(0.01)


# --- /proc ---


def descendants(root: int) -> tuple[int, ...]:
    """Return the processes that descend from one, without itself; none without /proc."""
    children = defaultdict[int, list[int]](list)
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        children[int(fields[1])].append(int(entry.name))
    found, waiting = list[int](), list(children[root])
    while waiting:
        found.append(waiting.pop())
        waiting += children[found[-1]]
    return tuple(found)


def resident_mb(pid: int) -> float:
    """Return how much memory of a process is resident; 0 when it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def proportional_mb(pid: int) -> float:
    """Return the proportional size of a process; 0 when it is gone, or where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) * 1.024e-3 for line in lines if line.startswith("Pss:")), 0.0)


def main(arguments: Sequence[str]) -> int:
    """Measure; see the module's docstring."""
    report, log, limit_s, pss, *command = arguments
    found = Gauge(command, Path(log), float(limit_s), pss=pss == "1").run()
    Path(report).write_text(json.dumps(asdict(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
