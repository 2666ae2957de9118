"""`crawler worker`: one of many that work a state on PostgreSQL together."""

from __future__ import annotations

import logging
import signal
from dataclasses import replace
from pathlib import Path

import click

from ..errors import ConfigError
from ..state.opening import is_remote
from .common import EXIT_CODES, DatabaseClock, common_options, is_quiet, read_config
from .parts import shared_store
from .reload import Reload
from .run import signal_code, work
from .working import SLOTS, Working


@click.command(epilog=EXIT_CODES)
@click.option("--slots", type=click.IntRange(min=1), default=SLOTS, show_default=True, metavar="N",
              help="Work at most N shards at once.")  # fmt: skip
@common_options
def worker(slots: int, config_path: Path) -> int:
    """Work the shards of a state on PostgreSQL beside other workers, until SIGTERM or Ctrl-C.

    Start as many as needed, on as many machines, all with the same configuration.
    """
    config = read_config(config_path)
    if not is_remote(config.state):
        raise ConfigError("state: workers need one on PostgreSQL: postgresql://USER:PASSWORD@HOST/DATABASE")
    if not is_quiet():
        logging.getLogger("crawler").setLevel(min(logging.INFO, logging.getLogger("crawler").level))
    clock, reload = DatabaseClock(), Reload(config)
    signal.signal(signal.SIGHUP, lambda *_: reload.ask())
    with shared_store(config, clock) as store:
        job, quiet = Working(reload, slots, clock), replace(config, search=None)  # the index is kept by `serve`
        outcome = work(quiet, store, clock, job, kind="worker", shown=False, counts=False, now=lambda: reload.config)
    return outcome.signal and signal_code(outcome.signal)
