"""The contract of `State`, over every kind there is: sources, hosts, the frontier, runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler import urls
from crawler.memory import ArticleOutcome, HostState, Known, PollOutcome, SourceState
from crawler.model import Entry, Job, Validators
from crawler.state import State
from tests.states import ALL, CHINA, DAY, HOUR, KEY, NOW, ROUTE, WORLD, A, B, C, D, E, due, entered, polled


class TestSources:
    def test_are_due_at_once_in_the_order_of_the_configuration(self, state: State) -> None:
        jobs = state.due_polls(NOW, 9)
        assert jobs[0] == Job(KEY, "feed", CHINA.url, "feeds.example", CHINA.url, memory=SourceState())
        assert [job.url for job in jobs] == [CHINA.url, WORLD.url, ROUTE.url]
        assert [state.source_state(source.url) for source in ALL] == [SourceState()] * len(ALL)
        assert [row.first_seen for row in state.source_rows(NOW)] == [NOW] * 3

    def test_are_due_again_by_their_memory_the_longest_overdue_first(self, state: State) -> None:
        state.admit(polled(next_poll=NOW + 2 * HOUR, fails=3), NOW)
        state.admit(polled(key=urls.key(WORLD.url), next_poll=NOW + HOUR), NOW)
        state.admit(polled(key=urls.key(ROUTE.url), off=True, next_poll=None), NOW)
        assert state.due_polls(NOW, 9) == ()
        assert [job.url for job in state.due_polls(NOW + HOUR, 9)] == [WORLD.url]
        assert [(job.url, job.tries) for job in state.due_polls(NOW + DAY, 9)] == [(WORLD.url, 0), (CHINA.url, 3)]
        assert len(state.due_polls(NOW + DAY, 1)) == 1

    def test_can_be_asked_for_by_name_and_without_busy_hosts(self, state: State) -> None:
        assert [j.url for j in state.due_polls(NOW, 9, sources=[WORLD.url])] == [WORLD.url]
        assert state.due_polls(NOW, 9, sources=[]) == ()
        assert [j.url for j in state.due_polls(NOW, 9, busy_hosts={"feeds.example"})] == [ROUTE.url]

    def test_can_be_hurried_switched_off_or_not(self, state: State) -> None:
        for source in ALL:
            state.admit(polled(key=urls.key(source.url), off=source is ROUTE, next_poll=NOW + DAY), NOW)
        state.hurry(NOW, sources=[WORLD.url])
        assert [j.url for j in state.due_polls(NOW, 9)] == [WORLD.url]
        state.hurry(NOW)
        assert len(state.due_polls(NOW, 9)) == 3

    def test_of_a_silenced_host_wait_even_when_hurried(self, state: State) -> None:
        state.hosts.remember(HostState("feeds.example", not_before=NOW + HOUR))
        state.hurry(NOW)
        assert [job.url for job in state.due_polls(NOW, 9)] == [ROUTE.url]
        assert len(state.due_polls(NOW + HOUR, 9)) == 3

    def test_memory_is_read_back_as_it_was_saved(self, state: State) -> None:
        memory = SourceState(
            next_why='cron: "0 8 * * *" in Asia/Singapore',
            fresh=2 * HOUR,
            rhythm=(0, 1000, 250, *range(21)),
            rhythm_since=NOW - 30 * DAY,
            ttl_base=NOW - 9 * DAY,
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
        assert state.source_state(CHINA.url) == memory
        assert state.source_rows(NOW)[0].memory == memory
        assert state.source_rows(NOW)[0].error == "HTTP 410 ??"

    def test_no_longer_configured_are_left_alone_and_remembered(self, state: State) -> None:
        state.admit(polled(A, fails=7), NOW)
        state.sync_sources([replace(WORLD, name="世界")], NOW + HOUR)
        assert [row.url for row in state.source_rows(NOW)] == [WORLD.url]
        assert [(row.name, row.first_seen) for row in state.source_rows(NOW)] == [("世界", NOW)]
        assert due(state) == []
        assert state.frontier() == (0, 0)
        assert state.next_due(NOW) == NOW  # WORLD
        state.sync_sources(ALL, NOW + DAY)
        assert state.source_state(CHINA.url).fails == 7
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
        assert state.source_state(CHINA.url) == SourceState()
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
        state.hosts.remember(HostState("d.example", not_before=NOW + HOUR))
        assert due(state) == [A.url]
        assert sorted(due(state, NOW + HOUR)) == [A.url, B.url, D.url]

    def test_says_when_something_is_due_next(self, state: State) -> None:
        assert state.next_due(NOW) == NOW
        for source in ALL:
            later = None if source is ROUTE else NOW + 9 * HOUR
            state.admit(polled(key=urls.key(source.url), next_poll=later, off=source is ROUTE), NOW)
        assert state.next_due(NOW) == NOW + 9 * HOUR
        state.admit(polled(A, next_poll=NOW + 9 * HOUR), NOW)
        assert state.next_due(NOW) == NOW
        state.settle([ArticleOutcome(A.key, "pending", "timeout", 1, NOW + 2 * HOUR)], NOW)
        assert state.next_due(NOW) == NOW + 2 * HOUR
        state.hosts.remember(HostState("a.example", not_before=NOW + 3 * HOUR))
        assert state.next_due(NOW) == NOW + 3 * HOUR
        state.hosts.remember(HostState("feeds.example", not_before=NOW + DAY))
        state.settle([ArticleOutcome(A.key, "dead", "HTTP 404", 10)], NOW)
        assert state.next_due(NOW) == NOW + DAY
        state.sync_sources([], NOW)
        assert state.next_due(NOW) is None


class TestOneArticle:
    def test_is_given_as_a_job_until_it_is_done(self, state: State) -> None:
        assert state.job(A.key) is None
        state.admit(polled(A), NOW)
        first = state.job(A.key)
        assert first == state.due_articles(NOW, 9)[0]
        state.settle([ArticleOutcome(A.key, "pending", "timeout", 4, NOW + DAY)], NOW)
        waiting = state.job(A.key)
        assert waiting is not None
        assert (waiting.tries, waiting.entry) == (4, A.entry)
        assert state.due_articles(NOW, 9) == ()
        state.hurry(NOW, sources=[WORLD.url])
        assert state.due_articles(NOW, 9) == ()
        state.hurry(NOW, sources=[CHINA.url])
        assert state.due_articles(NOW, 9) == (waiting,)
        state.settle([ArticleOutcome(A.key, "dead", "gone", 10)], NOW)
        assert state.job(A.key) is not None
        state.hurry(NOW)
        assert state.due_articles(NOW, 9) == ()
        state.settle([ArticleOutcome(A.key, "done", path="_posts/a.md")], NOW)
        assert state.job(A.key) is None


class TestHosts:
    def test_are_remembered(self, state: State) -> None:
        assert state.hosts.get("a.example") is None
        state.admit(polled(A), NOW)
        assert state.hosts.get("a.example") == HostState("a.example")
        full = HostState("a.example", NOW + HOUR, 3, b"User-agent: *\n", NOW + DAY)
        state.hosts.remember(full)
        state.hosts.remember(HostState("b.example", robots=b""))
        assert state.hosts.get("b.example") == HostState("b.example", robots=b"")
        assert state.hosts.silenced(NOW) == {"a.example": NOW + HOUR}
        assert state.hosts.silenced(NOW + HOUR) == {}
        assert state.hosts.get("a.example") == full


class TestOwning:
    def test_raises_the_epoch(self, state: State) -> None:
        assert [state.take_shard("me", NOW), state.take_shard("me", NOW)] == [1, 2]
        assert state.admit(polled(A), NOW) == 1
