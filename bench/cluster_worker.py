"""A worker of `bench.cluster throughput`: `crawler worker`, with names that lead to the local web.

    python -m bench.cluster_worker CONFIG PORT HOSTS

As `throughput_run` is for `crawler run`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.throughput_web import names
from crawler.cli.common import DatabaseClock, read_config, set_up_logging
from crawler.cli.parts import shared_store
from crawler.cli.reload import Reload
from crawler.cli.run import signal_code, work
from crawler.cli.working import SLOTS, Working


def main(arguments: Sequence[str]) -> int:
    """Work until a signal; return the command's exit code."""
    place, port, hosts = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    set_up_logging(0, False, "text")
    logging.getLogger("crawler").setLevel(logging.INFO)
    config, clock = read_config(place), DatabaseClock()
    pins = dict.fromkeys(names(hosts), ("127.0.0.1", port))
    with shared_store(config, clock) as store:
        job = Working(Reload(config), SLOTS, clock)
        outcome = work(config, store, clock, job, kind="worker", shown=False, counts=False, connect_to=pins)
    return outcome.signal and signal_code(outcome.signal)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
