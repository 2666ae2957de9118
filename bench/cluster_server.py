"""What a server takes: the CPU time of whole trees of processes."""

from __future__ import annotations

import os
from pathlib import Path

from bench.throughput_gauge import descendants
from tests.postgres import Server


def postmaster(server: Server) -> int:
    """Return the process from which all of a server's descend."""
    return int((server.folder / "data" / "postmaster.pid").read_text().splitlines()[0])


def cpu_s(root: int) -> float:
    """Return the CPU seconds of a process and of all that descend from it, those included that it has reaped."""
    return sum(map(_own_s, (root, *descendants(root))))


def _own_s(pid: int) -> float:
    """Return what one process took, and what its children had taken when it waited for them; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")  # utime, stime, cutime, cstime: proc(5)
