"""The crawler's part of `bench.sitemap`: a backfill from sitemaps that stops when the last one was read.

Everything is what `crawler backfill` uses; the host's name leads to the bench's own server. Prints its figures as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bench.sitemap import HOST, ROOT
from crawler.cli.common import SystemClock
from crawler.cli.parts import Store, locked_store
from crawler.cli.shop import open_shop
from crawler.config import Config
from crawler.engine.past import run_past
from crawler.model import Limits, Source, Tally
from crawler.past import Asked
from crawler.slices import Want, tick
from crawler.slices.backfill import begin
from crawler.slices.shop import Shop

SOURCE = Source("Large", f"{ROOT}/feed.xml", every=timedelta(days=1))
#: Articles picked to tell what one costs, so many at a time as a turn takes.
PICKS, AT_ONCE = 800, 8


@dataclass(slots=True)
class Watch:
    """Notes when what happened, told of each finished job."""

    documents: int  #: robots.txt, the index, the sitemaps, the first of them in two goes
    began: float = field(default_factory=time.monotonic)
    first_s: float = 0.0
    seconds: float = 0.0
    shop: Shop | None = None

    def saw(self, tally: Tally) -> None:
        """Note the first post and the last document; after that, stop."""
        since = time.monotonic() - self.began
        self.first_s = self.first_s or (since if tally.archived else 0.0)
        if tally.steps >= self.documents and self.first_s and self.shop is not None:
            self.seconds = self.seconds or since
            self.shop.stop.set()


async def work(config: Config, store: Store, port: int, watch: Watch) -> dict[str, float]:
    """Run the backfill; return the figures."""
    pins = {HOST: ("127.0.0.1", port)}
    async with open_shop(config, store, SystemClock(), connect_to=pins, saw=watch.saw) as shop:
        watch.shop = shop
        await tick(shop)
        number = (await begin(shop, SOURCE, Asked(("sitemap",)))).id
        watch.began = time.monotonic()  # the feed was asked for; robots.txt comes next
        tally = await run_past(shop, Want(backfills=(number,), polls=False))
        main_mb, worker_mb = peaks()
    found = store.state.backfills.get(number)
    began = time.process_time()
    picks = 0
    while picks < PICKS and (jobs := store.state.backfills.take((number,), SystemClock().now(), AT_ONCE, per_host=8)):
        picks += len(jobs)
    pick_ms = (time.process_time() - began) / picks * 1000
    figures = {"owed": found.counts.owed, "known": found.counts.known, "posts": tally.archived, "pick_ms": pick_ms}
    return figures | {"main_mb": main_mb, "worker_mb": worker_mb, "first_s": watch.first_s, "seconds": watch.seconds}


def peaks() -> tuple[float, float]:
    """Return the most MB that this process held, and the most of any other of its session; 0 without /proc."""
    found = {int(entry.name): _peak_mb(entry) for entry in Path("/proc").glob("[0-9]*") if _is_ours(entry)}
    own = found.pop(os.getpid(), 0.0)
    return own, max(found.values(), default=0.0)


def _is_ours(entry: Path) -> bool:
    try:
        return os.getsid(int(entry.name)) == os.getsid(0)
    except ProcessLookupError:
        return False  # it has just ended


def _peak_mb(entry: Path) -> float:
    try:
        lines = (entry / "status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM")), 0.0)


def main(arguments: Sequence[str]) -> int:
    """Measure one backfill.

    Args:
        arguments: an empty folder, the server's port, the delay in seconds, how many sitemaps there are.
    """
    os.setsid()  # so that our processes can be found: those of this session
    folder, port, delay_s, maps = Path(arguments[0]), int(arguments[1]), float(arguments[2]), int(arguments[3])
    database = folder / "state.db"
    config = Config(
        archive=folder / "archive",
        state=f"sqlite:///{database}",
        user_agent_contact="bench@example.org",
        rsshub=(),
        limits=Limits(timedelta(seconds=20), 15_000_000, timedelta(seconds=delay_s)),
        sources=(SOURCE,),
        path=folder / "config.yaml",
        defaults=Source("", ""),
    )
    with locked_store(config, SystemClock()) as store:
        figures = asyncio.run(work(config, store, port, Watch(maps + 3)))
    print(json.dumps(figures | {"state_mb": database.stat().st_size / 1e6}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
