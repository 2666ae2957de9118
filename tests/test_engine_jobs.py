"""The engine on its real database, with a worker that only notes what it is told."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.engine.lease import Lease
from crawler.engine.shift import Shift
from crawler.errors import ArchiveError, StateError
from crawler.slices import Shop
from crawler.state.opening import conninfo
from tests import postgres
from tests.fakes import World

pytestmark = pytest.mark.skipif(postgres.ADDRESS not in os.environ, reason="no server was given")


@dataclass
class Noting:
    """A worker of one shard that always has something due."""

    shop: Shop
    lease: Lease
    ticking: list[Exception] = field(default_factory=list)  #: what its next ticks raise
    name: str = "noting"
    failed: BaseException | None = None
    did: list[str] = field(default_factory=list)

    async def tick(self) -> Mapping[int, int]:
        self.did.append("tick")
        if self.ticking:
            raise self.ticking.pop(0)
        return {0: 0}

    async def work(self, shard: int) -> None:
        self.did.append("work")
        self.shop.stop.set()

    async def heed(self) -> None:
        pass

    def leave(self, number: int) -> None:
        pass


def worked(folder: Path, *ticking: Exception) -> list[str]:
    """Work until the first slice, or until something ends the worker; return what happened."""

    async def job(shop: Shop) -> list[str]:
        worker: Any = Noting(shop, Lease(shop.clock.monotonic), list(ticking))

        def set_clock(now: datetime) -> None:
            assert abs((now - datetime.now(UTC)).total_seconds()) < 3600  # noqa: TID251 - the database is on this machine
            worker.did.append("clock")

        await asyncio.wait_for(Shift(worker, conninfo(postgres.fresh()), 4, set_clock).run(), 60)
        return list(worker.did)

    done: list[str] = World(folder, {}).work(job)
    return done


def test_the_clock_is_the_databases_before_anything_is_done(tmp_path: Path) -> None:
    did = worked(tmp_path)
    assert did[0] == "clock"
    assert did[-1] == "work"


@pytest.mark.parametrize("error", [ArchiveError("read-only"), ZeroDivisionError("a bug")])
def test_what_ends_a_tick_ends_the_worker_and_is_told(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)):
        worked(tmp_path, error)


def test_a_tick_that_the_database_cut_off_is_told_and_another_follows(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    did = worked(tmp_path, StateError("the line broke"))
    assert [one for one in did if one != "clock"] == ["tick", "tick", "work"]
    assert "the tick was cut off: the line broke" in caplog.text
