"""What two owners of different shards do to the same rows at once."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy import Connection

from crawler import assets
from crawler.memory import ArticleOutcome, PictureOutcome, Shows
from crawler.state import albums, writes
from crawler.state.filing import CHANGE
from crawler.state.opening import copy, open_reader, open_shared, open_state
from crawler.state.store import SqlState
from tests import postgres
from tests.cluster import wait_until
from tests.states import ALL, KEY, NOW, A, B, D, numbered

pytestmark = pytest.mark.skipif(postgres.ADDRESS not in os.environ, reason="no server was given")

ADDRESS = "https://img.example/harbour.png"
SHOWS = Shows((ADDRESS,), "assets/harbour")
PICTURE = assets.key(ADDRESS, SHOWS.folder)


@pytest.fixture
def url() -> str:
    return postgres.fresh()


@pytest.fixture
def state(url: str) -> Iterator[SqlState]:
    state = open_shared(url)
    state.sync_sources(ALL, NOW)
    state.enter(KEY, (A, D), NOW)
    yield state
    state.close()


def waiting_for(conn: Connection, call: Callable[[], object]) -> threading.Thread:
    """Begin something that has to wait for what a transaction holds."""
    thread = threading.Thread(target=call)
    thread.start()
    holder = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with psycopg.connect(os.environ[postgres.ADDRESS], autocommit=True) as onlooker:
        blocked = "SELECT 1 FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"
        wait_until(lambda: onlooker.execute(blocked, (holder,)).fetchone() is not None, 20, "that it waits")
    return thread


def test_a_picture_that_comes_while_another_post_enrolls_for_it_is_hung_in_both(state: SqlState, url: str) -> None:
    first, second = ArticleOutcome(D.key, "done", path="d.md", shows=SHOWS), ArticleOutcome(A.key, "done", path="a.md")
    state.settle((first, second), NOW)
    other = open_shared(url)
    came = PictureOutcome(PICTURE, "done", path=f"{SHOWS.folder}/1.png")
    with state._writing() as conn:
        albums.enroll(conn, A.key, SHOWS, NOW)
        settling = waiting_for(conn, lambda: other.pictures.settle(came, NOW))
    settling.join()
    assert {job.url for job in state.pictures.due_albums(NOW, 9)} == {A.url, D.url}
    other.close()


def test_the_names_for_a_post_are_tried_in_their_order_though_another_takes_one_meanwhile(
    state: SqlState, url: str
) -> None:
    other = open_shared(url)
    state.enter(KEY, (B,), NOW)
    state.reserve(B.key, ["same.md"])
    reserved: list[str] = []

    def names() -> Iterator[str]:
        yield from ("same.md", *(f"same-{n}.md" for n in range(2, 200)))

    with state._writing() as conn:
        conn.execute(CHANGE, {"worked": D.key, "path": "same-2.md", "path_key": "same-2.md"})
        reserving = waiting_for(conn, lambda: reserved.append(other.reserve(A.key, names())))
    reserving.join()
    assert reserved == ["same-3.md"]
    other.close()


def test_a_copy_is_of_one_moment_though_others_write(state: SqlState, url: str) -> None:
    copied: list[tuple[int, int]] = []

    def copying() -> None:
        target = open_state("sqlite://")
        copy(open_reader(url), target)
        copied.append(target.frontier())
        target.close()

    with state._changing() as conn:
        conn.exec_driver_sql("LOCK TABLE url IN ACCESS EXCLUSIVE MODE")
        reading = waiting_for(conn, copying)
        writes.enter(conn, KEY, [numbered(1, "new.example")], NOW, 1)  # its host was not there when hosts were copied
    reading.join()
    assert copied == [(2, 0)]
