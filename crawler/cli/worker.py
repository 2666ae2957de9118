"""`crawler worker`: one of many that work a state on PostgreSQL together."""

from __future__ import annotations

import logging
import os
import socket
from datetime import datetime, timedelta
from pathlib import Path

import click

from ..config import Config
from ..errors import ConfigError
from ..model import Tally
from ..slices import Shop
from ..state.opening import is_remote
from .common import EXIT_CODES, SystemClock, common_options, is_quiet, read_config
from .parts import shared_store
from .run import signal_code, work

log = logging.getLogger(__name__)

#: Slices at once: with two workers a shard seldom waits for a slot, though each lasts up to a minute.
SLOTS = 128


class DatabaseClock(SystemClock):
    """The database's clock, as far as it was heard: what is due must not depend on which machine asks."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return super().now() + self._ahead

    def set_by(self, now: datetime) -> None:
        """Set it."""
        self._ahead = now - super().now()


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
    clock = DatabaseClock()
    with shared_store(config, clock) as store:
        outcome = work(config, store, clock, Working(config, slots, clock), kind="worker", shown=False, counts=False)
    return outcome.signal and signal_code(outcome.signal)


class Working:
    """The loop of a worker, as `work` takes it."""

    def __init__(self, config: Config, slots: int, clock: DatabaseClock) -> None:
        self._config, self._slots, self._clock = config, slots, clock

    async def __call__(self, shop: Shop) -> Tally:
        """Work slices until a stop."""
        from ..engine.cluster import Worker
        from ..engine.jobs import Jobs
        from ..engine.lease import Lease

        name = f"{socket.gethostname()}:{os.getpid()}"
        shards = await shop.threads.database(shop.state.shards)
        one = Worker(shop, name, shards, Lease(shop.clock.monotonic))
        one.heed(shop.politeness)
        for library in ("procrastinate", "psycopg"):  # what matters of it is told here
            logging.getLogger(library).setLevel(logging.CRITICAL)
        log.info("%s works %d shards, %d at once", name, shards, self._slots)
        await Jobs(one, self._config.state, self._slots, self._clock.set_by).run()
        return one.tally
