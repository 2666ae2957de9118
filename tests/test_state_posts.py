"""The contract of `State`, over every kind there is: paths, ends of jobs, adoption, reports."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from crawler import urls
from crawler.errors import StateError
from crawler.memory import ArticleOutcome, Known
from crawler.model import Tally
from crawler.state import Adopted, State
from tests.states import CHINA, DAY, HOUR, NOW, ROUTE, WORLD, A, B, C, D, E, due, entered, polled


class TestReserving:
    def test_is_done_once(self, state: State) -> None:
        state.admit(polled(A, B), NOW)
        assert state.reserve(A.key, ["_posts/one.md"]) == "_posts/one.md"
        assert state.reserve(A.key, ["_posts/other.md"]) == "_posts/one.md"
        assert next(j.path for j in state.due_articles(NOW, 9, per_host=9) if j.key == A.key) == "_posts/one.md"
        assert state.known([A.key])[A.key] == Known(A.key, "pending", "_posts/one.md")

    @pytest.mark.parametrize(
        ("held", "wanted"),
        [
            ("Straße.md", "STRASSE.md"),
            ("Readme.md", "README.MD"),
            ("caf\u00e9.md", "CAFE\u0301.md"),
            ("\u1e69.md", "S\u0307\u0323.md"),
        ],
    )
    def test_takes_names_for_one_that_some_file_system_does(self, state: State, held: str, wanted: str) -> None:
        state.admit(polled(A, B), NOW)
        state.reserve(A.key, [held])
        assert state.reserve(B.key, [wanted, "2.md"]) == "2.md"

    def test_reads_endless_candidates_as_far_as_needed(self, state: State) -> None:
        many = [entered(f"https://a.example/same/{n}") for n in range(150)]
        state.admit(polled(*many), NOW)
        got = [state.reserve(a.key, (f"same-{n}.md" for n in itertools.count())) for a in many]
        assert got == [f"same-{n}.md" for n in range(150)]

    def test_moves_on_from_what_stands_on_the_disk(self, state: State) -> None:
        state.admit(polled(A, B), NOW)
        names = ["x.md", "x-2.md", "x-3.md"]
        assert state.reserve(A.key, names) == "x.md"
        assert state.reserve(A.key, names, not_these=["x.md"]) == "x-2.md"
        assert state.reserve(A.key, names, not_these=["X.md", "x-2.md"]) == "x-3.md"
        assert state.reserve(B.key, names) == "x.md"

    def test_ends_where_every_name_is_taken(self, state: State) -> None:
        state.admit(polled(A, B), NOW)
        state.reserve(A.key, ["x.md"])
        with pytest.raises(StateError, match="taken"):
            state.reserve(B.key, ["x.md", "X.MD"])
        with pytest.raises(StateError, match="taken"):
            state.reserve(B.key, [])
        with pytest.raises(KeyError):
            state.reserve(b"never seen", ["y.md"])


class TestSettling:
    def test_done_keeps_the_file_and_drops_the_entry(self, state: State) -> None:
        state.admit(polled(A), NOW)
        path = state.reserve(A.key, ["x.md"])
        state.settle([ArticleOutcome(A.key, "done", path=path, file_hash=b"hash")], NOW)
        assert due(state, NOW + DAY) == []
        assert state.known([A.key])[A.key] == Known(A.key, "done", "x.md")
        filed = state.filed()
        assert [(f.key, f.url, f.path, f.file_hash) for f in filed] == [(A.key, A.url, "x.md", b"hash")]
        assert state.admit(polled(A), NOW + HOUR) == 0
        state.settle([ArticleOutcome(A.key, "done", path=path, file_hash=b"again")], NOW)
        assert state.filed()[0].file_hash == b"again"

    def test_left_out_on_purpose_gives_its_path_back(self, state: State) -> None:
        state.admit(polled(A, B), NOW)
        state.reserve(A.key, ["x.md"])
        state.settle([ArticleOutcome(A.key, "done")], NOW)
        assert state.known([A.key])[A.key] == Known(A.key, "done")
        assert state.filed() == ()
        assert state.source_rows(NOW)[0].all == 0
        assert state.reserve(B.key, ["x.md"]) == "x.md"

    def test_failed_ones_wait_with_their_entry_or_are_dead(self, state: State) -> None:
        state.admit(polled(A, D), NOW)
        state.settle([ArticleOutcome(A.key, "pending", "HTTP 503", 2, NOW + HOUR)], NOW)
        state.settle([ArticleOutcome(D.key, "dead", "HTTP 404", 10)], NOW)
        assert due(state) == []
        (job,) = state.due_articles(NOW + HOUR, 9)
        assert (job.url, job.tries, job.entry) == (A.url, 2, A.entry)
        assert state.known([D.key])[D.key].state == "dead"
        assert state.frontier() == (1, 1)

    def test_is_all_or_nothing(self, state: State) -> None:
        state.admit(polled(A, D), NOW)
        with pytest.raises(KeyError):
            state.settle([ArticleOutcome(A.key, "dead", "gone"), ArticleOutcome(b"never seen", "dead")], NOW)
        assert sorted(due(state)) == [A.url, D.url]

    def test_other_names_of_the_article_become_known(self, state: State) -> None:
        state.admit(polled(A, B, C), NOW)
        state.reserve(C.key, ["c.md"])
        other = urls.key("https://a.example/canonical")
        done = ArticleOutcome(A.key, "done", path="a.md", file_hash=b"h", aliases=(other, B.key, C.key, A.key))
        state.settle([done], NOW)
        known = state.known([A.key, B.key, C.key, other])
        assert {k: (v.state, v.path) for k, v in known.items()} == {
            A.key: ("done", "a.md"),
            B.key: ("done", "a.md"),
            C.key: ("pending", "c.md"),  # about to be written: its own job ends it
            other: ("done", "a.md"),
        }
        assert [f.path for f in state.filed()] == ["a.md"]
        assert state.source_rows(NOW)[0].all == 1


class TestAdopting:
    def test_makes_a_state_whole(self, state: State) -> None:
        assert not state.is_whole()
        posts = (Adopted(a.url, f"{n}.md", (CHINA.name,), NOW - DAY, b"h") for n, a in enumerate((A, B, D)))
        assert state.adopt(posts, NOW) == 3
        assert state.is_whole()
        assert state.admit(polled(A, B, C, D), NOW) == 1
        assert due(state) == [C.url]
        row = state.source_rows(NOW - DAY / 2)[0]
        assert (row.all, row.day) == (3, 3)

    def test_of_nothing_makes_it_whole_too(self, state: State) -> None:
        assert state.adopt([], NOW) == 0
        assert state.is_whole()
        assert state.adopt([], NOW) == 0

    def test_cut_off_leaves_it_in_parts(self, state: State) -> None:
        def cut_off() -> Iterator[Adopted]:
            for n in range(700):
                yield Adopted(urls.canonical(f"https://a.example/{n}"), f"{n}.md")
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            state.adopt(cut_off(), NOW)
        assert not state.is_whole()

    def test_ends_what_waits_and_leaves_what_is_done(self, state: State) -> None:
        state.admit(polled(A, B, C, D), NOW)
        state.reserve(A.key, ["a.md"])
        state.reserve(D.key, ["b.md"])  # where B's post stands
        state.settle([ArticleOutcome(C.key, "done", path="c.md", file_hash=b"ours")], NOW)
        rows = [Adopted(A.url, "a.md"), Adopted(B.url, "b.md"), Adopted(C.url, "elsewhere.md", file_hash=b"x")]
        assert state.adopt(rows, NOW) == 2
        assert {f.url: f.path for f in state.filed()} == {A.url: "a.md", B.url: "b.md", C.url: "c.md"}
        assert due(state) == [D.url]
        assert state.reserve(D.key, ["b.md", "A.MD", "b-2.md"], not_these=["b.md"]) == "b-2.md"

    def test_bears_two_posts_of_one_article_and_two_names_that_differ_in_case(self, state: State) -> None:
        rows = [Adopted(A.url, "x.md"), Adopted(A.url, "x-2.md"), Adopted(B.url, "X.md"), Adopted(C.url, "X.md")]
        assert state.adopt(rows, NOW) == 3
        assert state.known([A.key])[A.key].path == "x.md"
        assert {f.path for f in state.filed()} == {"x.md", "X.md"}
        state.settle([ArticleOutcome(B.key, "done", path="X.md", file_hash=b"rewritten")], NOW)
        assert {f.path: f.file_hash for f in state.filed()} == {"x.md": b"", "X.md": b"rewritten"}

    def test_finds_the_source_by_its_name(self, state: State) -> None:
        state.sync_sources([WORLD, ROUTE], NOW)
        named = {A: CHINA.name, B: ROUTE.name, C: "someone else's", D: ""}
        state.adopt([Adopted(a.url, f"{n}.md", ("news", name)) for n, (a, name) in enumerate(named.items())], NOW)
        assert [(row.url, row.all) for row in state.source_rows(NOW)] == [(WORLD.url, 1), (ROUTE.url, 1)]


class TestReports:
    def test_count_by_source_and_age(self, state: State) -> None:
        state.admit(polled(A, B, C, D), NOW)
        for article, age in ((A, 0 * DAY), (B, 2 * DAY), (C, 30 * DAY)):
            outcome = ArticleOutcome(article.key, "done", path=f"{age.days}.md", file_hash=b"h")
            state.settle([outcome], NOW - age)
        state.admit(polled(E, key=urls.key(WORLD.url)), NOW)
        state.settle([ArticleOutcome(E.key, "dead", "HTTP 404", 10)], NOW)
        rows = [(r.name, r.url, r.day, r.week, r.all, r.pending, r.dead) for r in state.source_rows(NOW)]
        assert rows == [
            (CHINA.name, CHINA.url, 1, 2, 3, 1, 0),
            (WORLD.name, WORLD.url, 0, 0, 0, 0, 1),
            (ROUTE.name, ROUTE.url, 0, 0, 0, 0, 0),
        ]

    def test_name_every_failure_with_its_reason(self, state: State) -> None:
        state.admit(polled(A, B, D, error="HTTP 500", fails=4), NOW)
        state.admit(polled(key=urls.key(ROUTE.url), error="HTTP 410", off=True), NOW)
        state.settle([ArticleOutcome(A.key, "pending", "timeout", 1, NOW + HOUR)], NOW)
        state.settle([ArticleOutcome(D.key, "dead", "HTTP 404", 10)], NOW)
        found = [(f.source, f.url, f.kind, f.state, f.reason, f.tries, f.next_try) for f in state.failures(9)]
        assert found == [
            (CHINA.name, CHINA.url, "feed", "pending", "HTTP 500", 4, NOW + HOUR),
            (ROUTE.name, ROUTE.url, "feed", "dead", "HTTP 410", 0, NOW + HOUR),
            (CHINA.name, A.url, "article", "pending", "timeout", 1, NOW + HOUR),
            (CHINA.name, D.url, "article", "dead", "HTTP 404", 10, None),
        ]
        assert [len(state.failures(n)) for n in (1, 2, 3)] == [1, 2, 3]

    def test_filed_posts_come_in_batches(self, state: State) -> None:
        articles = [entered(f"https://a.example/{n}") for n in range(5)]
        state.admit(polled(*articles), NOW)
        state.settle([ArticleOutcome(a.key, "done", path=f"{n}.md") for n, a in enumerate(articles)], NOW)
        seen = batch = state.filed(limit=2)
        while batch := state.filed(batch[-1].key, limit=2):
            seen += batch
        assert sorted(f.path for f in seen) == [f"{n}.md" for n in range(5)]
        assert seen[0].file_hash == b""

    def test_runs_are_noted(self, state: State) -> None:
        assert state.diary.last_run() is None
        state.diary.end_run(state.diary.begin_run("run", NOW), Tally(polled=3), NOW)
        second = state.diary.begin_run("serve", NOW + HOUR)
        last = state.diary.last_run()
        assert last
        assert (last.id, last.kind, last.started, last.ended, last.tally) == (
            second,
            "serve",
            NOW + HOUR,
            None,
            Tally(),
        )
        state.diary.end_run(second, Tally(polled=3, new=1), NOW + DAY)
        last = state.diary.last_run()
        assert last
        assert (last.ended, last.tally) == (NOW + DAY, Tally(polled=3, new=1))
