"""The contract of `State`, over every kind there is: filed articles that are watched for changes."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from crawler import urls
from crawler.errors import StateError
from crawler.memory import ArticleOutcome, HostState, Watch
from crawler.model import Entry, Job, Validators
from crawler.state import Adopted, State, sqlite
from crawler.state.opening import open_state
from tests.states import ALL, CHINA, DAY, FACTORIES, HOUR, KEY, NOW, ROUTE, WORLD, A, B, C, D, polled

WATCH = Watch(NOW, NOW, NOW, b"hash", said=b"8 bytes.", updated=NOW - DAY, due=NOW + HOUR, validators=Validators('"1"'))
SAID = Entry(url=A.url, title="故事 1, corrected", updated=NOW)


@pytest.fixture
def state(state: State) -> State:
    state.enter(KEY, [A, B, C], NOW)
    state.enter(urls.key(WORLD.url), [D], NOW)
    return state


def file(state: State, *keys: bytes, watch: Watch | None = WATCH) -> None:
    for key in keys:
        done = ArticleOutcome(key, "done", path=f"{key.hex()}.md", file_hash=b"hash", watch=watch)
        state.settle([done], NOW)


def watched(state: State, key: bytes = A.key) -> Watch:
    return state.watched([key])[key]


def checks(state: State, after: int = 0, **only: object) -> list[str]:
    return [job.url for job in state.due_checks(NOW + after * HOUR, 9, **only)]  # type: ignore[arg-type]


class TestWatching:
    def test_begins_with_the_post(self, state: State) -> None:
        file(state, A.key)
        assert watched(state) == WATCH
        assert state.watched([A.key, B.key, b"unknown"]) == {A.key: WATCH}
        assert state.watched([]) == {}

    def test_is_one_sources_where_that_is_asked_for(self, state: State) -> None:
        file(state, A.key, D.key)
        assert set(state.watched([A.key, D.key], source=KEY)) == {A.key}
        assert set(state.watched([A.key, D.key], source=urls.key(ROUTE.url))) == set()

    def test_begins_anew_where_a_post_is_settled_again(self, state: State) -> None:
        file(state, A.key)
        file(state, A.key, watch=replace(WATCH, due=None))
        assert watched(state).due is None

    def test_does_not_begin_with_what_is_adopted_or_left_out(self, state: State) -> None:
        state.adopt([Adopted(A.url, "a.md", (CHINA.name,))], NOW)
        state.settle([ArticleOutcome(B.key, "done")], NOW)
        assert state.watched([A.key, B.key]) == {}

    def test_of_what_is_not_watched_is_a_bug(self, state: State) -> None:
        with pytest.raises(KeyError):
            state.watch(A.key, WATCH)


class TestChecks:
    def test_are_due_by_their_time_the_longest_overdue_first(self, state: State) -> None:
        file(state, A.key)
        file(state, B.key, watch=replace(WATCH, due=NOW, tries=2))
        file(state, C.key, watch=replace(WATCH, due=None))
        assert checks(state) == [B.url]
        assert checks(state, 1) == [B.url, A.url]
        assert len(state.due_checks(NOW + HOUR, 1)) == 1
        (job,) = state.due_checks(NOW, 9)
        assert job == Job(B.key, "recheck", B.url, "a.example", CHINA.url, 2, f"{B.key.hex()}.md")
        assert state.due_articles(NOW, 9, per_host=9)[0].url == D.url, "they are no articles to file"

    def test_are_those_of_the_sources_and_hosts_that_are_asked_for(self, state: State) -> None:
        file(state, A.key, D.key)
        assert checks(state, 1, sources=[WORLD.url]) == [D.url]
        assert checks(state, 1, busy_hosts={"a.example"}) == [D.url]
        state.hosts.remember(HostState("d.example", not_before=NOW + 2 * HOUR))
        assert checks(state, 1) == [A.url]
        state.sync_sources([replace(WORLD, name="World")], NOW)  # else it has what was the other's of its name
        assert checks(state, 3) == [D.url]

    def test_wake_the_one_who_waits(self, state: State) -> None:
        for source in ALL:
            state.admit(polled(key=urls.key(source.url), next_poll=NOW + 30 * DAY), NOW)
        file(state, A.key, B.key, C.key, D.key, watch=None)
        assert state.next_due(NOW) == NOW + 30 * DAY
        file(state, A.key, D.key)
        assert state.next_due(NOW) == NOW + HOUR
        for name in ("a.example", "d.example"):
            state.hosts.remember(HostState(name, not_before=NOW + 3 * HOUR))
        assert state.next_due(NOW + HOUR) == NOW + 3 * HOUR
        assert state.next_due(NOW + 3 * HOUR) == NOW + HOUR


def test_the_hash_of_bytes_to_come_is_on_the_disk_before_they_are(tmp_path: Path) -> None:
    state = FACTORIES["file"](tmp_path)
    state.sync_sources(ALL, NOW)
    state.enter(KEY, [A], NOW)
    file(state, A.key)
    state.watch(A.key, replace(WATCH, next_hash=b"to come"))
    (tmp_path / "copy.db").write_bytes((tmp_path / "deep/state.db").read_bytes())  # without the log beside it
    state.close()
    copied = open_state(f"sqlite:///{tmp_path}/copy.db")
    assert watched(copied).next_hash == b"to come"
    copied.close()


def test_a_disk_that_takes_no_more_is_said() -> None:
    class Full:
        def raw_connection(self) -> Full:
            return self

        def cursor(self) -> Full:
            return self

        def execute(self, _: str) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        def close(self) -> None: ...

    with pytest.raises(StateError, match=r"state x\.db: database or disk is full"):
        sqlite.flush(Full(), "x.db")  # type: ignore[arg-type]


class TestChanging:
    def test_what_a_poll_notices_is_saved_with_its_validators(self, state: State) -> None:
        file(state, A.key)
        noticed = replace(watched(state), said=b"8 others", updated=NOW, due=NOW, entry=SAID)
        state.admit(replace(polled(), noticed=((A.key, noticed),)), NOW)
        assert watched(state) == noticed
        assert checks(state) == [A.url]

    def test_what_a_reading_comes_to_is_saved_with_the_posts_hash(self, state: State) -> None:
        file(state, A.key)
        told = replace(
            watched(state),
            read=NOW + HOUR,
            written=NOW + HOUR,
            file_hash=b"new",
            due=None,
            reads=1,
            tries=2,
            revised=1,
            is_feeds=True,
            validators=Validators("", "Sat"),
        )
        state.watch(A.key, replace(told, next_hash=b"newer"))
        assert watched(state) == replace(told, next_hash=b"newer")
        (filed,) = state.filed()
        assert filed.hashes == (b"new", b"newer")
        state.watch(A.key, told)
        assert watched(state) == told

    def test_what_was_noticed_while_it_was_read_is_read_again(self, state: State) -> None:
        file(state, A.key)
        begun = watched(state)
        noticed = replace(begun, said=b"8 others", due=NOW + 2 * HOUR, entry=SAID)
        state.admit(replace(polled(), noticed=((A.key, noticed),)), NOW)
        state.watch(A.key, replace(begun, file_hash=b"new", due=None, revised=1))
        assert watched(state) == replace(noticed, file_hash=b"new", revised=1)
        state.watch(A.key, replace(begun, due=None, is_over=True))
        now = watched(state)
        assert (now.is_over, now.due, now.entry) == (True, None, None), "a person's post is read no more"

    def test_a_poll_takes_nothing_back_of_what_a_reading_came_to(self, state: State) -> None:
        file(state, A.key)
        before = watched(state)
        state.watch(A.key, replace(before, file_hash=b"new", revised=1))
        noticed = replace(before, said=b"8 others", due=NOW, entry=SAID)
        state.admit(replace(polled(), noticed=((A.key, noticed),)), NOW)
        assert watched(state) == replace(noticed, file_hash=b"new", revised=1)

    def test_rewritten_articles_are_counted_by_source(self, state: State) -> None:
        file(state, A.key, B.key, D.key)
        for key, times in ((A.key, 1), (B.key, 3)):
            state.watch(key, replace(WATCH, revised=times))
        assert [row.revised for row in state.source_rows(NOW)] == [2, 0, 0]
