"""Commands on a state on a server go by its clock, whatever their machine's says."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from crawler.cli.common import DatabaseClock, SystemClock
from crawler.state.opening import open_reader
from tests import postgres
from tests.conftest import Desk


@pytest.mark.skipif(postgres.ADDRESS not in os.environ, reason="no server was given")
def test_what_is_written_is_of_the_servers_time(desk: Desk) -> None:
    url = postgres.fresh()
    desk.configure(state=url)
    assert desk.clock.now() < datetime.now(UTC) - timedelta(days=30)  # noqa: TID251 - the server is here
    assert desk.run("run").code in (0, 3)
    state = open_reader(url)
    memory, last, now = state.source_state(f"{desk.base}/feed"), state.diary.last_run(), state.many.now()
    state.close()
    assert memory.last_success is not None
    assert last is not None
    assert abs(memory.last_success - now) < timedelta(minutes=10)
    assert abs(last.started - now) < timedelta(minutes=10)


def test_the_clock_runs_on_from_where_it_was_set() -> None:
    clock = DatabaseClock()
    clock.set_by(SystemClock().now() + timedelta(hours=1))
    assert timedelta(minutes=59) < clock.now() - SystemClock().now() < timedelta(minutes=61)
