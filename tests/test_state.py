"""The contract of `State`, run over every kind there is; add a factory to add a kind."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler import urls
from crawler.errors import StateError
from crawler.model import (
    Admission,
    ArticleOutcome,
    Entry,
    HostState,
    Job,
    Known,
    PollOutcome,
    Source,
    SourceState,
    Tally,
    Validators,
)
from crawler.state import Adopted, State
from crawler.state.opening import open_state

NOW = datetime(2026, 11, 23, 17, 15, 10, 123456, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

CHINA = Source("联合早报", "https://feeds.example/china")
WORLD = Source("联合早报", "https://feeds.example/world")
ROUTE = Source("路线", "rsshub://zaobao/realtime/china")
ALL = (CHINA, WORLD, ROUTE)
KEY = urls.key(CHINA.url)

FACTORIES: dict[str, Callable[[Path], State]] = {
    "file": lambda folder: open_state(f"sqlite:///{folder}/deep/state.db"),
    "memory": lambda _: open_state("sqlite://"),
}


@pytest.fixture(params=FACTORIES)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    opened = FACTORIES[request.param](tmp_path)
    opened.sync_sources(ALL, NOW)
    yield opened
    opened.close()


def entered(url: str, **facts: str) -> Admission:
    address = urls.canonical(url)
    return Admission(urls.key(address), address, urls.host(address), Entry(url=address, **facts))


def polled(*admitted: Admission, key: bytes = KEY, error: str = "", **memory: object) -> PollOutcome:
    state = SourceState(next_poll=NOW + HOUR)
    return PollOutcome(key, replace(state, **memory), error, admitted)  # type: ignore[arg-type]


A, B, C = (entered(f"https://a.example/{n}", title=f"故事 {n}") for n in (1, 2, 3))
D, E = (entered(f"https://d.example/{n}") for n in (1, 2))


def due(state: State, now: datetime = NOW, per_host: int = 9, **only: object) -> list[str]:
    return [job.url for job in state.due_articles(now, 99, per_host=per_host, **only)]  # type: ignore[arg-type]


class TestSources:
    def test_are_due_at_once_in_the_order_of_the_configuration(self, state: State) -> None:
        jobs = state.due_polls(NOW, 9)
        assert jobs[0] == Job(KEY, "feed", CHINA.url, "feeds.example", CHINA.url)
        assert [job.url for job in jobs] == [CHINA.url, WORLD.url, ROUTE.url]
        assert state.source_states() == {source.url: SourceState() for source in ALL}
        assert [row.first_seen for row in state.source_rows(NOW)] == [NOW] * 3

    def test_are_due_again_by_their_memory_the_longest_overdue_first(self, state: State) -> None:
        state.admit(polled(next_poll=NOW + 2 * HOUR, fails=3), NOW)
        state.admit(polled(key=urls.key(WORLD.url), next_poll=NOW + HOUR), NOW)
        state.admit(polled(key=urls.key(ROUTE.url), off=True), NOW)
        assert state.due_polls(NOW, 9) == ()
        assert [job.url for job in state.due_polls(NOW + HOUR, 9)] == [WORLD.url]
        assert [(job.url, job.tries) for job in state.due_polls(NOW + DAY, 9)] == [(WORLD.url, 0), (CHINA.url, 3)]
        assert len(state.due_polls(NOW + DAY, 1)) == 1

    def test_can_be_asked_for_by_name_by_force_and_without_busy_hosts(self, state: State) -> None:
        for source in ALL:
            state.admit(polled(key=urls.key(source.url), off=source is ROUTE), NOW)
        assert len(state.due_polls(NOW, 9, force=True)) == 3
        assert [j.url for j in state.due_polls(NOW, 9, force=True, sources=[WORLD.url])] == [WORLD.url]
        assert state.due_polls(NOW, 9, force=True, sources=[]) == ()
        assert [j.url for j in state.due_polls(NOW, 9, force=True, busy_hosts={"feeds.example"})] == [ROUTE.url]

    def test_of_a_silenced_host_wait_even_when_forced(self, state: State) -> None:
        state.remember_host(HostState("feeds.example", not_before=NOW + HOUR))
        assert [job.url for job in state.due_polls(NOW, 9, force=True)] == [ROUTE.url]
        assert len(state.due_polls(NOW + HOUR, 9)) == 3

    def test_memory_is_read_back_as_it_was_saved(self, state: State) -> None:
        memory = SourceState(
            validators=Validators('W/"é\\x"', "Sat, 20 Nov 2021 12:20:00 GMT"),
            address="https://rsshub.example/zaobao",
            body_hash=bytes(range(32)),
            fails=2,
            off=True,
            moved_to="https://feeds.example/new",
            moved_since=NOW - DAY,
            moved_polls=2,
            last_success=NOW - HOUR,
            last_new=NOW - DAY,
            next_poll=datetime(2026, 11, 23, 18, 0, 0, 7, tzinfo=UTC),
        )
        state.admit(PollOutcome(KEY, memory, "HTTP 410 \ud83d\0"), NOW)
        assert state.source_states()[CHINA.url] == memory
        assert state.source_rows(NOW)[0].memory == memory
        assert state.source_rows(NOW)[0].error == "HTTP 410 ??"

    def test_no_longer_configured_are_left_alone_and_remembered(self, state: State) -> None:
        state.admit(polled(A, fails=7), NOW)
        state.sync_sources([replace(WORLD, name="世界")], NOW + HOUR)
        assert list(state.source_states()) == [WORLD.url]
        assert [(row.name, row.first_seen) for row in state.source_rows(NOW)] == [("世界", NOW)]
        assert due(state) == []
        assert state.frontier() == (0, 0)
        assert state.next_due(NOW) == NOW  # WORLD
        state.sync_sources(ALL, NOW + DAY)
        assert state.source_states()[CHINA.url].fails == 7
        assert due(state) == [A.url]

    def test_unknown_ones_are_a_bug(self, state: State) -> None:
        with pytest.raises(KeyError):
            state.admit(polled(A, key=b"no such source"), NOW)
        assert state.known([A.key]) == {}


class TestAdmitting:
    def test_counts_and_keeps_what_is_really_new(self, state: State) -> None:
        assert state.admit(polled(A, B, A), NOW) == 2
        changed = replace(A, entry=Entry(title="later"))
        assert state.admit(polled(changed, C), NOW + HOUR) == 1
        found = {job.key: job.entry for job in state.due_articles(NOW + HOUR, 9, per_host=9)}
        assert found == {a.key: a.entry for a in (A, B, C)}

    def test_an_entry_is_read_back_as_it_was(self, state: State) -> None:
        entry = Entry(
            url="https://a.example/full",
            guid="tag:a.example,2026:1",
            title="半个 \ud83d 表情 😀",
            author="张三",
            published=NOW,
            updated=NOW + HOUR,
            content="<p>正文</p>" * 1000,
            summary="<p>摘要</p>",
            categories=("时政", "a, b"),
            language="zh",
            image="https://a.example/1.jpg",
        )
        state.admit(polled(replace(A, entry=entry)), NOW)
        assert state.due_articles(NOW, 1) == (Job(A.key, "article", A.url, "a.example", CHINA.url, entry=entry),)

    def test_without_a_poll_leaves_the_source_alone(self, state: State) -> None:
        assert state.enter(KEY, [A, A, B], NOW) == 2
        assert state.enter(KEY, [B, C], NOW, prio=0) == 1
        assert due(state)[0] == C.url
        assert sorted(due(state)) == [A.url, B.url, C.url]
        assert state.source_states()[CHINA.url] == SourceState()
        with pytest.raises(KeyError):
            state.enter(b"no such source", [D], NOW)

    def test_takes_any_number(self, state: State) -> None:
        many = [entered(f"https://h{n % 7}.example/{n}") for n in range(2500)]
        assert state.admit(polled(*many), NOW) == 2500
        known = state.known([a.key for a in many] + [b"unknown"])
        assert known.keys() == {a.key for a in many}
        assert known[many[0].key] == Known(many[0].key, "pending")
        assert state.known([]) == {}


class TestFrontier:
    def test_is_fair_to_hosts(self, state: State) -> None:
        state.admit(polled(*(entered(f"https://huge.example/{n}") for n in range(200))), NOW - DAY)
        state.admit(polled(A, B, D), NOW)
        first = state.due_articles(NOW, 3)
        assert sorted(job.host for job in first) == ["a.example", "d.example", "huge.example"]
        many = [job.host for job in state.due_articles(NOW, 99, per_host=3)]
        assert sorted(many[:3]) == ["a.example", "d.example", "huge.example"]
        assert sorted(many[3:5]) == ["a.example", "huge.example"]
        assert many[5:] == ["huge.example"]

    def test_priority_goes_before_fairness(self, state: State) -> None:
        state.enter(KEY, [D, E], NOW - DAY, prio=5)
        state.admit(polled(A, B), NOW)
        jobs = state.due_articles(NOW, 9, per_host=2)
        assert [job.host for job in jobs] == ["a.example", "a.example", "d.example", "d.example"]

    def test_leaves_out_what_is_not_due_busy_silent_or_not_asked_for(self, state: State) -> None:
        state.admit(polled(A, B), NOW)
        state.admit(polled(D, key=urls.key(WORLD.url)), NOW)
        state.settle([ArticleOutcome(B.key, "pending", "timeout", 1, NOW + HOUR)], NOW)
        assert sorted(due(state)) == [A.url, D.url]
        assert due(state, sources=[WORLD.url]) == [D.url]
        assert due(state, sources=[ROUTE.url]) == []
        assert due(state, busy_hosts=["a.example"]) == [D.url]
        state.remember_host(HostState("d.example", not_before=NOW + HOUR))
        assert due(state) == [A.url]
        assert sorted(due(state, NOW + HOUR)) == [A.url, B.url, D.url]

    def test_says_when_something_is_due_next(self, state: State) -> None:
        assert state.next_due(NOW) == NOW
        for source in ALL:
            state.admit(polled(key=urls.key(source.url), next_poll=NOW + 9 * HOUR, off=source is ROUTE), NOW)
        assert state.next_due(NOW) == NOW + 9 * HOUR
        state.admit(polled(A, next_poll=NOW + 9 * HOUR), NOW)
        assert state.next_due(NOW) == NOW
        state.settle([ArticleOutcome(A.key, "pending", "timeout", 1, NOW + 2 * HOUR)], NOW)
        assert state.next_due(NOW) == NOW + 2 * HOUR
        state.remember_host(HostState("a.example", not_before=NOW + 3 * HOUR))
        assert state.next_due(NOW) == NOW + 3 * HOUR
        state.remember_host(HostState("feeds.example", not_before=NOW + DAY))
        state.settle([ArticleOutcome(A.key, "dead", "HTTP 404", 10)], NOW)
        assert state.next_due(NOW) == NOW + DAY
        state.sync_sources([], NOW)
        assert state.next_due(NOW) is None


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


class TestHosts:
    def test_are_remembered(self, state: State) -> None:
        assert state.host("a.example") is None
        state.admit(polled(A), NOW)
        assert state.host("a.example") == HostState("a.example")
        full = HostState("a.example", NOW, 3, b"User-agent: *\n", NOW + DAY)
        state.remember_host(full)
        state.remember_host(HostState("b.example", robots=b""))
        assert state.hosts() == {"a.example": full, "b.example": HostState("b.example", robots=b"")}
        assert state.host("a.example") == full


class TestReports:
    def test_count_by_source_and_age(self, state: State) -> None:
        state.admit(polled(A, B, C, D), NOW)
        for article, age in ((A, timedelta()), (B, 2 * DAY), (C, 30 * DAY)):
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
        assert state.last_run() is None
        state.end_run(state.begin_run("run", NOW), Tally(polled=3), NOW)
        second = state.begin_run("serve", NOW + HOUR)
        last = state.last_run()
        assert last
        assert (last.id, last.kind, last.started, last.ended, last.tally) == (
            second,
            "serve",
            NOW + HOUR,
            None,
            Tally(),
        )
        state.end_run(second, Tally(polled=3, new=1), NOW + DAY)
        last = state.last_run()
        assert last
        assert (last.ended, last.tally) == (NOW + DAY, Tally(polled=3, new=1))


class TestAdopting:
    def test_makes_a_state_whole(self, state: State) -> None:
        assert not state.is_whole()
        posts = (Adopted(a.url, f"{n}.md", CHINA.name, NOW - DAY, b"h") for n, a in enumerate((A, B, D)))
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
        assert state.reserve(D.key, ["b.md", "b-2.md"], not_these=["b.md"]) == "b-2.md"

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
        state.adopt([Adopted(a.url, f"{n}.md", name) for n, (a, name) in enumerate(named.items())], NOW)
        assert [(row.url, row.all) for row in state.source_rows(NOW)] == [(WORLD.url, 1), (ROUTE.url, 1)]


class TestOwning:
    def test_raises_the_epoch(self, state: State) -> None:
        assert [state.take_shard("me", NOW), state.take_shard("me", NOW)] == [1, 2]
        assert state.admit(polled(A), NOW) == 1
