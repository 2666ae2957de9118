"""What was filed, for readers; and what a person may order: pause, revive. On every kind of state."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler import urls
from crawler.memory import ArticleOutcome, Watch
from crawler.state import State
from tests.states import ALL, CHINA, DAY, HOUR, KEY, NOW, ROUTE, WORLD, A, B, C, D, due, entered, polled


def filed(state: State, *hours: float, source: bytes = KEY, start: int = 0) -> list[str]:
    """File an article so many hours ago each; returns their paths."""
    paths = []
    for n, age in enumerate(hours, start):
        one, at = entered(f"https://shelf.example/{source.hex()[:4]}/{n}"), NOW - timedelta(hours=age)
        state.enter(source, [one], at)
        path = state.reserve(one.key, [f"_posts/{source.hex()[:4]}-{n}.md"])
        state.settle([ArticleOutcome(one.key, "done", path=path)], at)
        paths.append(path)
    return paths


class TestShelf:
    def test_posts_come_the_last_one_first(self, state: State) -> None:
        old, new = filed(state, 2, 1)
        found = state.shelf.posts(9)
        assert [row.path for row in found] == [new, old]
        assert (found[0].source, found[0].filed, found[0].revised) == (CHINA.name, NOW - HOUR, None)
        assert [row.path for row in state.shelf.posts(9, is_oldest_first=True)] == [old, new]
        assert [row.path for row in state.shelf.posts(1, offset=1)] == [old]

    def test_by_name_all_sources_of_that_name(self, state: State) -> None:
        filed(state, 3)
        filed(state, 2, source=urls.key(WORLD.url))
        filed(state, 1, source=urls.key(ROUTE.url))
        assert len(state.shelf.posts(9, name=CHINA.name)) == state.shelf.count(name=CHINA.name) == 2
        assert len(state.shelf.posts(9, name=ROUTE.name)) == 1
        assert state.shelf.count(name="nobody") == 0

    def test_by_time_from_one_moment_to_before_another(self, state: State) -> None:
        filed(state, 3, 2, 1)
        since, until = NOW - 2 * HOUR, NOW - HOUR
        assert len(state.shelf.posts(9, since=since, until=until)) == 1
        assert state.shelf.count(since=since) == 2

    def test_what_is_no_post_is_not_there(self, state: State) -> None:
        state.enter(KEY, [A, B, C], NOW)
        state.settle([ArticleOutcome(A.key, "done"), ArticleOutcome(B.key, "dead", "gone", 10)], NOW)
        assert state.shelf.posts(9) == ()
        assert state.shelf.count() == 0

    def test_by_path_as_file_systems_see_it(self, state: State) -> None:
        (path,) = filed(state, 1)
        found = state.shelf.at(path.upper())
        assert found is not None
        assert found.path == path
        assert state.shelf.at("_posts/none.md") is None

    def test_a_rewritten_one_says_when(self, state: State) -> None:
        filed(state, 5)
        key = state.shelf.posts(1)[0].key
        watch = Watch(NOW, NOW, NOW - HOUR, b"1" * 16, revised=1)
        state.settle([ArticleOutcome(key, "done", path=state.shelf.posts(1)[0].path, watch=watch)], NOW)
        state.watch(key, watch)
        assert state.shelf.posts(1)[0].revised == NOW - HOUR

    def test_days_are_counted_by_source(self, state: State) -> None:
        filed(state, 0, 1, 20, 24 * 31)
        filed(state, 1, source=urls.key(WORLD.url))
        today = NOW.date()
        assert state.shelf.daily(NOW - 30 * DAY) == {
            CHINA.url: {today: 2, today - DAY: 1},
            WORLD.url: {today: 1},
        }

    def test_posts_of_sources_that_are_gone_stay(self, state: State) -> None:
        filed(state, 1)
        state.sync_sources((WORLD,), NOW)
        assert state.shelf.posts(9)[0].source == CHINA.name


class TestPause:
    def test_nothing_of_a_paused_source_is_due(self, state: State) -> None:
        state.enter(KEY, [A], NOW)
        state.pause(CHINA.url, NOW)
        assert [job.url for job in state.due_polls(NOW, 9)] == [WORLD.url, ROUTE.url]
        assert due(state) == []
        (row, *others) = state.source_rows(NOW)
        assert (row.paused, row.pending) == (NOW, 1)
        assert all(other.paused is None for other in others)
        assert state.frontier() == (1, 0)

    def test_nor_awaited(self, state: State) -> None:
        state.sync_sources((CHINA,), NOW)
        state.enter(KEY, [A], NOW)
        state.admit(polled(next_poll=NOW + HOUR), NOW)
        assert state.next_due(NOW) == NOW
        state.pause(CHINA.url, NOW)
        assert state.next_due(NOW) is None

    def test_nor_read_again(self, state: State) -> None:
        filed(state, 5)
        row = state.shelf.posts(1)[0]
        state.settle([ArticleOutcome(row.key, "done", path=row.path, watch=Watch(NOW, NOW, NOW, due=NOW))], NOW)
        assert len(state.due_checks(NOW, 9)) == 1
        state.pause(CHINA.url, NOW)
        assert state.due_checks(NOW, 9) == ()

    def test_haste_does_not_undo_it(self, state: State) -> None:
        state.enter(KEY, [A], NOW)
        state.pause(CHINA.url, NOW)
        state.hurry(NOW, sources={CHINA.url})
        state.sync_sources(ALL, NOW)
        assert due(state) == []
        assert CHINA.url not in [job.url for job in state.due_polls(NOW, 9)]

    def test_it_ends_when_it_is_told(self, state: State) -> None:
        state.enter(KEY, [A], NOW)
        state.pause(CHINA.url, NOW)
        state.pause(CHINA.url, None)
        assert due(state) == [A.url]
        assert len(state.due_polls(NOW, 9)) == 3

    def test_a_source_that_was_never_entered_is_a_bug(self, state: State) -> None:
        with pytest.raises(KeyError):
            state.pause("https://never.example/", NOW)


def test_the_dead_of_one_source_begin_anew(state: State) -> None:
    state.enter(KEY, [A, B], NOW)
    state.enter(urls.key(WORLD.url), [D], NOW)
    dead = [ArticleOutcome(one.key, "dead", "gone", 10, held=True) for one in (A, D)]
    state.settle([*dead, ArticleOutcome(B.key, "pending", "x", 3, NOW + HOUR)], NOW)
    assert state.revive(CHINA.url, NOW) == 1
    assert due(state) == [A.url]
    job = state.job(A.key)
    assert job is not None
    assert (job.tries, job.entry) == (0, A.entry)
    assert state.frontier() == (2, 1)
    assert state.revive(CHINA.url, NOW) == 0
