"""Run a peer of `bench.throughput` in a world where names under .example lead to this machine.

    python throughput_names.py FILE-OR-MODULE ARGUMENTS…

Stands in for lines of /etc/hosts, which only an administrator may write. All else is as if the program had been started
by itself. Knows nothing of this project, and runs in an environment of its own.
"""

from __future__ import annotations

import runpy
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: RFC 2606 §2: no such name leads anywhere else.
OURS = ".example"
LOOPBACK = "127.0.0.1"


def lead_home() -> None:
    """Let Python's own look-ups of names under .example answer with this machine."""
    socket.getaddrinfo = _led(socket.getaddrinfo)
    socket.gethostbyname = _led(socket.gethostbyname)
    # It asks the C library instead, which cannot be told; trafilatura takes urllib3 where it is missing.
    sys.modules["pycurl"] = None  # type: ignore[assignment]


def _led(look_up: Callable[..., Any]) -> Callable[..., Any]:
    def led(host: Any, *rest: Any, **named: Any) -> Any:
        name = host.decode("ascii") if isinstance(host, bytes) else host
        return look_up(LOOPBACK if isinstance(name, str) and name.endswith(OURS) else host, *rest, **named)

    return led


def main() -> None:
    """Start the program that the arguments name."""
    lead_home()
    sys.path[:] = [place for place in sys.path if place != str(Path(__file__).parent)]  # whose files are not meant
    sys.argv = sys.argv[1:]
    if sys.argv[0].endswith(".py"):
        runpy.run_path(sys.argv[0], run_name="__main__")
    else:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
