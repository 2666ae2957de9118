"""The crawler's part of `bench.throughput`: `crawler run`, with names that lead to the local web.

    python -m bench.throughput_run CONFIG PORT HOSTS [--limit N]

What the command does beyond that (configuration, lock, recovery, signals, the state's report, who is told) it does
here, too; no address is allowed that the crawler would refuse elsewhere.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.throughput_web import names
from crawler.cli.common import EXIT_OK, EXIT_UNHEALTHY, SystemClock, read_config, say, set_up_logging
from crawler.cli.parts import locked_store
from crawler.cli.run import code_of, summary, work
from crawler.cli.watch import after_run
from crawler.engine.local import run_once
from crawler.slices import Want


def main(arguments: Sequence[str]) -> int:
    """Run once; return the command's exit code."""
    place, port, hosts = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    set_up_logging(0, False, "text")
    config, clock = read_config(place), SystemClock()
    want = Want(None, int(arguments[4]) if "--limit" in arguments else None)
    pins = dict.fromkeys(names(hosts), ("127.0.0.1", port))
    with locked_store(config, clock) as store:
        once = partial(run_once, want=want)
        outcome = work(config, store, clock, once, kind="run", shown=True, counts=False, connect_to=pins)
        code = code_of(outcome, want.sources)
        if not outcome.signal:
            asyncio.run(after_run(config, store.state, clock.now(), is_well=code in (EXIT_OK, EXIT_UNHEALTHY)))
    say(summary(outcome))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
