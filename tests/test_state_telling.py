"""What the state keeps for telling: signs of life of runs, what was told, what became of the last articles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.memory import ArticleOutcome
from crawler.model import Came, Tally
from crawler.reports import RunSpan
from crawler.state import Adopted, SourceRow, State
from crawler.state.reports import LATELY
from tests.states import ALL, CHINA, DAY, HOUR, KEY, NOW, A, B, C, numbered


def row(state: State) -> SourceRow:
    return state.source_rows(NOW)[0]


class TestRuns:
    def test_give_signs_of_life(self, state: State) -> None:
        first = state.diary.begin_run("run", NOW)
        assert state.diary.spans(("run",), 9) == (RunSpan(NOW, NOW, None),)
        state.diary.beat(first, NOW + HOUR)
        assert state.diary.spans(("run",), 9) == (RunSpan(NOW, NOW + HOUR, None),)
        state.diary.end_run(first, Tally(), NOW + 2 * HOUR)
        assert state.diary.spans(("run",), 9) == (RunSpan(NOW, NOW + 2 * HOUR, NOW + 2 * HOUR),)

    def test_are_listed_by_kind_the_newest_first(self, state: State) -> None:
        for n, kind in enumerate(("run", "backfill", "serve", "run")):
            state.diary.begin_run(kind, NOW + n * HOUR)
        assert [span.started for span in state.diary.spans(("run", "serve"), 2)] == [NOW + 3 * HOUR, NOW + 2 * HOUR]


class TestTelling:
    def test_is_remembered_by_source(self, state: State) -> None:
        assert row(state).told == ""
        state.diary.note_telling({CHINA.url: "stale"})
        state.sync_sources(ALL, NOW + DAY)
        assert [one.told for one in state.source_rows(NOW)] == ["stale", "", ""]
        state.diary.note_telling({CHINA.url: ""})
        assert row(state).told == ""

    def test_that_failed_is_remembered_until_it_works(self, state: State) -> None:
        assert state.diary.telling_error() == ""
        for error in ("HTTP 500", "no end within 10 s"):
            state.diary.note_telling({}, error)
            assert state.diary.telling_error() == error
        state.diary.note_telling({})
        assert state.diary.telling_error() == ""


class TestLately:
    def done(self, state: State, n: int, origin: Came, hours: int) -> None:
        outcome = ArticleOutcome(numbered(n).key, "done", path=f"{n}.md", origin=origin)
        state.settle([outcome], NOW + hours * HOUR)

    def test_says_where_texts_came_from_the_newest_first(self, state: State) -> None:
        state.enter(KEY, [numbered(n) for n in range(9)], NOW)
        self.done(state, 1, "page", 1)
        self.done(state, 2, "feed", 2)
        state.settle([ArticleOutcome(numbered(3).key, "done")], NOW)  # left out on purpose
        assert row(state).lately == ("feed", "page")
        assert (row(state).paged, row(state).fed) == (1, 1)

    @pytest.mark.parametrize(
        ("outcome", "counts"),
        [
            (ArticleOutcome(A.key, "pending", "timeout", 2, NOW), False),
            (ArticleOutcome(A.key, "pending", "timeout", 3, NOW), True),
            (ArticleOutcome(A.key, "pending", "a wall", 1, NOW, held=True), False),
            (ArticleOutcome(A.key, "pending", "a wall", 2, NOW, held=True), True),
            (ArticleOutcome(A.key, "dead", "HTTP 404", 10), True),
        ],
    )
    def test_counts_what_was_tried_often_enough(self, state: State, outcome: ArticleOutcome, counts: bool) -> None:
        state.enter(KEY, [A, B], NOW)
        state.settle([outcome], NOW + HOUR)
        assert row(state).lately == (("none",) if counts else ())

    def test_forgets_what_a_later_article_outlived(self, state: State) -> None:
        state.enter(KEY, [A], NOW)
        state.settle([ArticleOutcome(A.key, "dead", "HTTP 404", 10)], NOW)
        state.enter(KEY, [numbered(n) for n in range(LATELY)], NOW)
        for n in range(LATELY):
            self.done(state, n, "page", n + 1)
        assert row(state).lately == ("page",) * LATELY

    def test_knows_nothing_of_adopted_posts_and_leaves_backfills_out(self, state: State) -> None:
        state.adopt([Adopted(C.url, "c.md", (CHINA.name,), NOW - DAY)], NOW)
        assert row(state).lately in ((), ("",))
        state.enter(KEY, [replace(A)], NOW, prio=5)
        state.settle([ArticleOutcome(A.key, "dead", "HTTP 404", 10)], NOW)
        assert "none" not in row(state).lately
