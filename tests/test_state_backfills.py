"""The contract of `State.backfills`, over every kind there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from crawler import urls
from crawler.memory import ArticleOutcome, HostState
from crawler.model import Entry
from crawler.packing import pack
from crawler.past import METHODS, Asked, Backfill, Found, Listed, Origin, Step, Window
from crawler.state import Adopted, State, backfills, taking
from tests.states import ALL, CHINA, DAY, HOUR, KEY, NOW, ROUTE, WORLD, A, due, entered, polled

ASKED = Asked(METHODS, Window(NOW - DAY, None))
ORIGIN = Origin((CHINA.url,), "https://a.example/", ("shape",), "https://web.example")
LIST = Step("feed", "https://lists.example/1", '{"page": 1}', is_guess=True)
URL = "https://a.example/{}"


def begun(state: State, asked: Asked = ASKED, *steps: Step, source: str = CHINA.url) -> int:
    return state.backfills.begin(source, asked, ORIGIN, NOW, steps)


def listed(*numbers: int, host: str = "a.example", published: datetime | None = None) -> list[Listed]:
    addresses = [f"https://{host}/{n}" for n in numbers]
    return [Listed(urls.key(u), u, host, pack(Entry(url=u)), published) for u in addresses]


def taken(state: State, *numbers: int, limit: int = 99, per_host: int = 9, **only: object) -> list[str]:
    jobs = state.backfills.take(numbers, NOW, limit, per_host=per_host, **only)  # type: ignore[arg-type]
    return [job.url for job in jobs]


def told(state: State, number: int) -> Backfill:
    return state.backfills.get(number)


def steps(state: State, *numbers: int, now: datetime = NOW) -> list[str]:
    return [job.url for job in state.backfills.due_steps(numbers, now, 9)]


def silence(state: State, host: str, until: datetime) -> None:
    state.hosts.remember(HostState(host, until))


class TestABackfill:
    def test_begins_with_its_first_documents(self, state: State) -> None:
        number = begun(state, ASKED, LIST)
        one = told(state, number)
        assert one == Backfill(
            number, CHINA.url, ASKED, ORIGIN, "feed", "going", one.counts, NOW, timedelta(), waiting=1
        )
        (job,) = state.backfills.due_steps([number], NOW, 9)
        assert (job.kind, job.url, job.host, job.source, job.backfill) == (
            "step", LIST.url, "lists.example", CHINA.url, number
        )  # fmt: skip
        assert state.backfills.step(job.key) == LIST

    def test_is_resumed_by_equal_wishes_alone(self, state: State) -> None:
        number = begun(state)
        for other in (replace(ASKED, window=Window()), replace(ASKED, methods=("feed",))):
            assert state.backfills.resume(CHINA.url, other, NOW) is None
        assert state.backfills.resume(WORLD.url, ASKED, NOW) is None
        found = state.backfills.resume(CHINA.url, ASKED, NOW)
        assert found is not None
        assert found.id == number

    def test_that_is_done_is_not_resumed(self, state: State) -> None:
        number = begun(state)
        state.backfills.end(number, "", NOW + HOUR, has_failed=False)
        assert state.backfills.resume(CHINA.url, ASKED, NOW) is None
        assert (told(state, number).state, told(state, number).ended) == ("done", NOW + HOUR)

    def test_that_failed_is_resumed_where_something_is_left(self, state: State) -> None:
        number = begun(state, ASKED, LIST)
        (job,) = state.backfills.due_steps([number], NOW, 9)
        state.backfills.fail_step(job.key, "gone", 4, None)
        assert state.backfills.may_pass(number)
        state.backfills.end(number, "a story", NOW, has_failed=True)
        one = told(state, number)
        assert (one.state, one.waiting, one.gaps, one.gap) == ("failed", 0, 1, f"{LIST.url}: gone")
        again = state.backfills.resume(CHINA.url, ASKED, NOW + HOUR)
        assert again is not None
        assert (again.state, again.ended, again.waiting, again.gaps) == ("going", None, 1, 0)
        (job,) = state.backfills.due_steps([number], NOW + HOUR, 9)
        assert job.tries == 0

    def test_that_offered_nothing_is_not_resumed(self, state: State) -> None:
        state.backfills.end(begun(state), "", NOW, has_failed=True)
        assert state.backfills.resume(CHINA.url, ASKED, NOW) is None

    def test_is_told_of_while_its_source_is_configured(self, state: State) -> None:
        first, second = begun(state), begun(state, source=WORLD.url)
        assert [one.id for one in state.backfills.all()] == [second, first]
        assert [one.id for one in state.backfills.all(1)] == [second]
        state.sync_sources((CHINA, ROUTE), NOW)
        assert [one.id for one in state.backfills.all()] == [first]
        state.sync_sources(ALL, NOW)
        assert [one.id for one in state.backfills.all()] == [second, first]

    def test_is_forgotten_when_many_ended_after_it(self, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(backfills, "KEEP_ENDED", 2)
        going = begun(state)
        ended = [begun(state) for _ in range(4)]
        for number in ended:
            state.backfills.end(number, "", NOW, has_failed=False)
        last = begun(state)
        assert [one.id for one in state.backfills.all()] == [last, *ended[:1:-1], going]
        assert state.backfills.window(ended[0]) == Window(), "an article it brought may still wait"

    def test_counts_the_time_it_took(self, state: State) -> None:
        one, other = begun(state), begun(state)
        state.backfills.add_worked((one, other), HOUR)
        state.backfills.add_worked((one,), HOUR)
        assert [told(state, n).worked for n in (one, other)] == [2 * HOUR, HOUR]

    def test_goes_on_with_another_method(self, state: State) -> None:
        number = begun(state, ASKED, LIST)
        (job,) = state.backfills.due_steps([number], NOW, 9)
        state.backfills.end_step(job.key, Found(offers=True, said="x", onward=(LIST,)), NOW)
        (job,) = state.backfills.due_steps([number], NOW, 9)
        state.backfills.fail_step(job.key, "gone", 1, None, passing=False)
        assert not state.backfills.may_pass(number)
        assert (told(state, number).took, told(state, number).word) == (True, "x")
        state.backfills.next_method(number, "sitemap", (replace(LIST, method="sitemap"),), "feed: nothing", NOW)
        one = told(state, number)
        assert (one.method, one.said, one.took, one.word, one.waiting, one.gaps) == (
            "sitemap", "feed: nothing", False, "", 1, 0
        )  # fmt: skip


class TestDocuments:
    def test_are_read_in_their_order_and_what_one_leads_to_behind_those_beside_it(self, state: State) -> None:
        one, two, three = (Step("feed", f"https://lists.example/{n}") for n in (1, 2, 3))
        number = begun(state, ASKED, one, two)
        job = state.backfills.due_steps([number], NOW, 1)[0]
        state.backfills.end_step(job.key, Found(onward=(three,), outside=2, unwanted=1), NOW)
        assert steps(state, number) == [two.url, three.url]
        counts = told(state, number).counts
        assert (counts.steps, counts.listed, counts.outside, counts.unwanted) == (1, 3, 2, 1)

    def test_of_silenced_and_busy_hosts_wait(self, state: State) -> None:
        number = begun(state, ASKED, LIST)
        assert state.backfills.due_steps([number], NOW, 9, busy_hosts={"lists.example"}) == ()
        silence(state, "lists.example", NOW + HOUR)
        assert steps(state, number) == []
        assert state.backfills.next_step([number]) == NOW + HOUR
        assert steps(state, number, now=NOW + HOUR) == [LIST.url]

    def test_that_failed_wait_for_their_time(self, state: State) -> None:
        number = begun(state, ASKED, LIST)
        (job,) = state.backfills.due_steps([number], NOW, 9)
        state.backfills.fail_step(job.key, "late", 1, NOW + HOUR)
        assert (steps(state, number), told(state, number).waiting) == ([], 1)
        assert state.backfills.next_step([number]) == NOW + HOUR
        assert state.backfills.due_steps([number], NOW + HOUR, 9)[0].tries == 1
        state.backfills.fail_step(job.key, "late", 2, None)
        assert (steps(state, number, now=NOW + DAY), state.backfills.next_step([number])) == ([], None)

    def test_come_to_an_end(self, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(backfills, "MOST_STEPS", 5)
        number = begun(state, ASKED, LIST)
        while waiting := state.backfills.due_steps([number], NOW, 1):
            state.backfills.end_step(waiting[0].key, Found(onward=(LIST, LIST)), NOW)
        one = told(state, number)
        assert (one.counts.steps, one.word) == (5, "more than 5 lists: the rest is left out")

    def test_words_are_cut_to_a_line(self, state: State) -> None:
        number = begun(state, ASKED, LIST)
        (job,) = state.backfills.due_steps([number], NOW, 9)
        state.backfills.end_step(job.key, Found(said="x" * 9999), NOW)
        assert told(state, number).word == "x" * backfills.LONGEST_WORD


class TestTheBacklog:
    def test_holds_each_article_once(self, state: State) -> None:
        number = begun(state)
        assert state.backfills.add(number, listed(1, 2, 1)) == 2
        assert state.backfills.add(number, listed(2, 3)) == 1
        counts = told(state, number).counts
        assert (counts.listed, counts.known, counts.owed, told(state, number).left) == (5, 2, 3, 3)
        assert [u for _, u in state.backfills.owed(number)] == [URL.format(n) for n in (1, 2, 3)]
        place = state.backfills.owed(number)[0][0]
        assert [u for _, u in state.backfills.owed(number, place, 1)] == [URL.format(2)]

    def test_leaves_out_what_is_waiting_done_or_given_up(self, state: State) -> None:
        state.enter(KEY, [entered(URL.format(n)) for n in (1, 2, 3)], NOW)
        state.settle([ArticleOutcome(urls.key(URL.format(1)), "done", path="1.md")], NOW)
        state.settle([ArticleOutcome(urls.key(URL.format(2)), "dead")], NOW)
        number = begun(state)
        assert state.backfills.add(number, listed(1, 2, 3)) == 0
        assert state.backfills.add(number, listed(1, 2, 3), again=True) == 1
        assert taken(state, number) == [URL.format(2)]
        assert due(state) == [URL.format(3), URL.format(2)], "behind those of polls"

    def test_of_another_backfill_is_another_one(self, state: State) -> None:
        one, other = begun(state), begun(state, replace(ASKED, window=Window()))
        state.backfills.add(one, listed(1))
        assert state.backfills.add(other, listed(1)) == 1
        assert taken(state, other) == [URL.format(1)]
        assert taken(state, one) == []
        assert (told(state, one).counts.known, told(state, one).left, told(state, other).in_hand) == (1, 0, 1)

    def test_of_a_backfill_that_there_is_not_is_a_bug(self, state: State) -> None:
        with pytest.raises(KeyError):
            state.backfills.add(77, listed(1))

    def test_is_taken_in_its_order_a_few_a_host(self, state: State) -> None:
        number = begun(state)
        state.backfills.add(number, [*listed(3, 1, 2), *listed(1, 2, host="d.example")])
        assert taken(state, number, per_host=2, limit=3) == [
            URL.format(3), URL.format(1), "https://d.example/1"
        ]  # fmt: skip
        assert taken(state, number, busy_hosts={"a.example"}) == ["https://d.example/2"]
        silence(state, "a.example", NOW + HOUR)
        assert taken(state, number) == []
        assert state.backfills.next_owed(number, NOW) == NOW + HOUR
        silence(state, "a.example", NOW)
        assert state.backfills.next_owed(number, NOW) == NOW
        assert taken(state, number) == [URL.format(2)]
        assert state.backfills.next_owed(number, NOW) is None
        assert (told(state, number).left, told(state, number).in_hand, state.backfills.left([number])) == (0, 5, 0)

    def test_is_shared_by_backfills_of_one_host(self, state: State) -> None:
        one, other = begun(state), begun(state, source=WORLD.url)
        state.backfills.add(one, listed(*range(10)))
        state.backfills.add(other, listed(*range(10, 20)))
        assert state.backfills.left([one, other]) == 20
        assert len(taken(state, one, other, per_host=8)) == 8
        assert [told(state, n).counts.taken for n in (one, other)] == [4, 4]

    def test_passes_over_what_became_known_meanwhile(self, state: State) -> None:
        number = begun(state)
        state.backfills.add(number, listed(1, 2, 3))
        state.enter(KEY, [entered(URL.format(1)), entered(URL.format(2))], NOW)
        assert taken(state, number) == [URL.format(3)]
        assert (told(state, number).counts.known, told(state, number).counts.taken) == (2, 3)

    def test_may_be_all_known_and_takes_a_bounded_time(self, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(taking, "MOST_LOOKED_AT", 4)
        number = begun(state)
        state.backfills.add(number, listed(*range(9)))
        state.enter(KEY, [entered(URL.format(n)) for n in range(9)], NOW)
        assert taken(state, number, per_host=2) == []
        assert told(state, number).left == 5
        assert state.backfills.next_owed(number, NOW) == NOW

    def test_is_worked_off_by_nobody_else(self, state: State) -> None:
        number = begun(state)
        state.backfills.add(number, listed(1))
        assert due(state) == []
        assert state.frontier() == (0, 0)


class TestAnArticleOfABackfill:
    @pytest.fixture
    def number(self, state: State) -> int:
        number = begun(state, Asked(("feed",), Window(NOW - DAY)))
        state.backfills.add(number, listed(1, 2))
        taken(state, number)
        return number

    def settle(self, there: State, n: int = 1, **outcome: object) -> None:
        there.settle([ArticleOutcome(urls.key(URL.format(n)), **outcome)], NOW)  # type: ignore[arg-type]

    def counts(self, state: State, number: int) -> tuple[int, int, int, int]:
        counts = told(state, number).counts
        return counts.archived, counts.failed, counts.outside, counts.known

    def test_is_in_hand_until_it_was_tried(self, state: State, number: int) -> None:
        assert state.backfills.next_taken(number) == NOW
        silence(state, "a.example", NOW + HOUR)
        assert state.backfills.next_taken(number) == NOW + HOUR
        self.settle(state, state="pending", tries=1, due=NOW + DAY)
        self.settle(state, 2, state="done", path="2.md")
        assert (told(state, number).in_hand, state.backfills.next_taken(number)) == (0, None)
        assert self.counts(state, number) == (1, 1, 0, 0)

    def test_is_counted_as_it_ends(self, state: State, number: int) -> None:
        before = state.backfills.progress([number])
        self.settle(state, state="pending", tries=1, due=NOW)
        self.settle(state, state="pending", tries=2, due=NOW)
        assert self.counts(state, number) == (0, 1, 0, 0)
        assert state.backfills.progress([number]) == before
        self.settle(state, state="dead", tries=10)
        assert self.counts(state, number) == (0, 1, 0, 0)
        self.settle(state, state="done", path="1.md")
        assert self.counts(state, number) == (1, 0, 0, 0)
        self.settle(state, state="done", path="1.md")
        assert self.counts(state, number) == (1, 0, 0, 0), "once"
        self.settle(state, 2, state="done", also="1.md")
        assert self.counts(state, number) == (1, 0, 0, 1)
        assert state.backfills.progress([number]) == before + 2

    def test_may_be_of_a_backfill_that_is_forgotten(self, state: State, number: int) -> None:
        assert {job.backfill for job in state.due_articles(NOW, 9, per_host=9)} == {number}

    @pytest.fixture
    def outside(self, state: State, number: int) -> bytes:
        self.settle(state, state="done", error="too old", outside=NOW - 2 * DAY)
        assert self.counts(state, number) == (0, 0, 1, 0)
        return urls.key(URL.format(1))

    def test_that_was_left_out_is_unknown(self, state: State, outside: bytes) -> None:
        assert state.known([outside]) == {}
        assert state.job(outside) is None
        assert state.source_rows(NOW)[0].all == 0

    def test_that_was_left_out_begins_anew_for_a_poll(self, state: State, outside: bytes) -> None:
        assert state.admit(polled(entered(URL.format(1))), NOW) == 1
        job = state.job(outside)
        assert job is not None
        assert (job.backfill, job.tries) == (0, 0)
        assert state.due_articles(NOW, 1)[0].key == outside, "with the priority of news"

    def test_that_was_left_out_is_taken_by_a_wider_window_alone(self, state: State, outside: bytes) -> None:
        same, wider = begun(state, ASKED), begun(state, Asked(("feed",), Window(NOW - 3 * DAY)))
        assert state.backfills.add(same, listed(1)) == 0
        assert state.backfills.add(wider, listed(1)) == 1
        assert taken(state, wider) == [URL.format(1)]
        assert told(state, wider).in_hand == 1

    def test_that_was_left_out_may_be_adopted(self, state: State, outside: bytes) -> None:
        assert state.adopt([Adopted(urls.canonical(URL.format(1)), "1.md")], NOW) == 1
        assert state.known([outside])[outside].path == "1.md"
        assert state.reserve(outside, ["2.md"]) == "1.md"

    def test_that_was_left_out_may_be_anothers_address(self, state: State, outside: bytes) -> None:
        self.settle(state, 2, state="done", path="2.md", aliases=(outside,))
        assert state.known([outside])[outside].path == "2.md"
        assert state.known([outside])[outside].article == urls.key(URL.format(2))


def test_articles_that_no_backfill_brought_are_counted_nowhere(state: State) -> None:
    number = begun(state)
    state.enter(KEY, [A], NOW)
    state.settle([ArticleOutcome(A.key, "done", path="1.md")], NOW)
    assert told(state, number).counts.archived == 0
