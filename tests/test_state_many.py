"""Which shards have something due: by what, and at what cost where hosts and backlogs are many."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from crawler.memory import HostState
from crawler.packing import pack
from crawler.past import Asked, Listed, Origin, Step
from crawler.state import due, queries, watches
from crawler.state.opening import open_shared
from crawler.state.shards import MANY, shard_of
from crawler.state.store import SqlState
from tests import postgres
from tests.states import ALL, CHINA, HOUR, KEY, NOW, numbered, polled

pytestmark = pytest.mark.skipif(postgres.ADDRESS not in os.environ, reason="no server was given")

#: Of PostgreSQL, 8 KiB each.
BLOCKS = "Shared Hit Blocks", "Shared Read Blocks"


@pytest.fixture
def state() -> Iterator[SqlState]:
    state = open_shared(postgres.fresh())
    state.sync_sources((CHINA,), NOW)
    state.admit(polled(), NOW)
    yield state
    state.close()


def listed(host: str, *numbers: int) -> list[Listed]:
    rows = [numbered(n, host) for n in numbers]
    return [Listed(row.key, row.url, row.host, pack(row.entry), None) for row in rows]


def begun(state: SqlState, *steps: str) -> int:
    return state.backfills.begin(CHINA.url, Asked(("feed",)), Origin(), NOW, [Step("feed", url) for url in steps])


def blocks(state: SqlState, query: Any) -> int:
    """Return how many blocks of tables and indexes a question reads."""
    text = str(query.compile(dialect=state._engine.dialect, compile_kwargs={"literal_binds": True}))
    with state._reading() as conn:
        plan = conn.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}").scalar_one()
    return sum(plan[0]["Plan"][name] for name in BLOCKS)


def test_documents_and_backlogs_of_backfills_that_go_on_are_of_their_hosts_shards(state: SqlState) -> None:
    number = begun(state, "https://lists.example/1")
    state.backfills.add(number, [*listed("old.example", 1, 2), *listed("older.example", 1)])
    lists, old, older = (shard_of(f"{name}.example", MANY) for name in ("lists", "old", "older"))
    assert state.many.due(NOW) == dict.fromkeys((lists, old, older), 5)
    assert state.many.due(NOW - HOUR) == dict.fromkeys((old, older), 5)
    state.hosts.remember(HostState("old.example", not_before=NOW + HOUR))
    assert state.many.due(NOW) == dict.fromkeys((lists, older), 5)
    state.backfills.end(number, "", NOW, has_failed=False)
    assert state.many.due(NOW) == {}


def test_what_is_due_is_found_though_a_backlog_is_long_and_hosts_are_many(state: SqlState) -> None:
    number = begun(state)
    state.backfills.add(number, listed("old.example", *range(5000)))
    state.enter(KEY, [numbered(0, f"h{n}.example") for n in range(2000)], NOW + HOUR)
    with state._changing() as conn:
        conn.exec_driver_sql("ANALYZE host, source, url, backfill, backlog")
    assert state.many.due(NOW) == {shard_of("old.example", MANY): 5}
    asked = [
        *(query for _, query in queries.shards_due(NOW)),
        queries.shards_owing(number, NOW),
        watches.shards_due(NOW),
    ]
    assert max(blocks(state, query) for query in asked) < 1000
    asked_for = {"now": NOW + HOUR, "most": 99, "busy": [], "shard": 7}
    query = due._articles(8, is_of_some=False, is_of_shard=True, has_lateral=True)
    assert blocks(state, query.params(asked_for)) < 1000


def test_where_all_shards_have_something_due_no_more_is_asked(state: SqlState) -> None:
    hosts = {shard_of(f"h{n}.example", MANY): f"h{n}.example" for n in range(4000)}
    assert len(hosts) == MANY
    state.enter(KEY, [numbered(0, host) for host in hosts.values()], NOW)
    number = begun(state)
    state.backfills.add(number, listed(hosts[0], 1))
    asked: list[str] = []
    event.listen(state._engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    assert state.many.due(NOW) == dict.fromkeys(range(MANY), 1)
    assert asked
    assert not [text for text in asked if "owing" in text or "watch" in text or "picture" in text]
    state.sync_sources(ALL, NOW + timedelta(seconds=1))
    assert state.many.due(NOW)[shard_of("feeds.example", MANY)] == 0
