"""Backfills that wait, share and stop: limits, silence, several sources, polls in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler import urls
from crawler.engine.past import run_past, watch_past
from crawler.fetcher import Politeness
from crawler.model import Entry, Tally
from crawler.packing import pack
from crawler.past import ALWAYS, Asked, Backfill, Listed
from crawler.slices import Shop, Want, backlog, tick
from crawler.slices.backfill import begin
from crawler.state.many import Many
from tests.clock import START
from tests.fakes import FEED, A, Answer, FakeWeb, Reply, World, answer, article, rss, stories
from tests.pastworld import HOST, OLD, feed, of, pages, world
from tests.scripted import ROOT, listing

pytestmark = pytest.mark.usefixtures("scripted")


class TestTheLimit:
    def test_counts_articles_of_the_backlog_and_stops_reading(self, tmp_path: Path) -> None:
        chain: dict[str, Reply] = {f"{ROOT}/{n}": listing(*of(n), f"onward {ROOT}/{n + 1}") for n in range(1, 9)}
        there = world(tmp_path, feed(f"onward {ROOT}/1"), chain, pages(*range(9)))
        _, first = there.past("feed", limit=3)
        assert there.froms == [f"{OLD}/{n}" for n in (1, 2, 3)]
        assert (first.state, first.waiting, first.left) == ("going", 1, 0)
        assert len([target for target in there.targets if target.startswith(ROOT)]) == 4
        _, second = there.past("feed", limit=2)
        assert (second.id, second.counts.archived) == (first.id, 5)
        assert not {f"{OLD}/{n}" for n in (1, 2, 3)} & set(there.targets)

    def test_of_nothing_reads_nothing(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(1)), pages(1))
        _, done = there.past("feed", limit=0)
        assert (there.targets, done.state, done.waiting) == ([FEED], "going", 1)

    def test_that_is_just_met_ends_it(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(1, 2)), pages(1, 2))
        _, done = there.past("feed", limit=2)
        assert (done.state, done.counts.archived) == ("done", 2)

    def test_waits_for_a_silenced_host_without_reading_on(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(*range(1, 6)), f"onward {ROOT}/2"), pages(*range(1, 6)))
        there.pages[f"{OLD}/1"] = answer(status=429, Retry_After="60")
        there.past("feed", limit=1)
        there.pages[f"{OLD}/1"] = article(1)
        _, done = there.past("feed", limit=2)
        assert f"{ROOT}/2" not in there.targets
        assert (done.counts.taken, done.in_hand, done.state) == (3, 0, "going")


def test_a_list_goes_on_while_articles_of_its_host_wait(tmp_path: Path) -> None:
    """A turn gives way after three seconds, and what it leaves must not keep the next document waiting each time."""
    lists, each = 5, 8
    numbers = [range(each * n, each * (n + 1)) for n in range(lists)]
    onward = [(f"onward {ROOT}/list{n + 1}",) if n + 1 < lists else () for n in range(lists)]
    chain: dict[str, Reply] = {
        f"{ROOT}/list{n}": listing(*of(*numbers[n], host=ROOT), *onward[n]) for n in range(lists)
    }
    there = world(tmp_path, feed(f"onward {ROOT}/list0"), chain, pages(*range(lists * each), host=ROOT))
    politeness = Politeness(there.clock, timedelta(seconds=1))
    web = FakeWeb(there.pages, there.clock, politeness, there.asked)
    _, done = there.past("feed", politeness=politeness, fetcher=web)
    assert (done.state, len(there.froms)) == ("done", lists * each)
    asked = [target.removeprefix(f"{ROOT}/") for target in there.targets]
    assert asked.index(f"list{lists - 1}") < 4 * lists


class TestSilence:
    def test_of_a_lists_host_is_waited_for_and_costs_no_try(self, tmp_path: Path) -> None:
        busy = 6

        async def later() -> Answer:
            nonlocal busy
            busy -= 1
            return answer(status=429, Retry_After="120") if busy >= 0 else Answer(listing("offers", *of(1)))

        there = world(tmp_path, {f"{ROOT}/feed": later}, pages(1))
        _, done = there.past("feed")
        assert (done.state, done.gaps, there.froms) == ("done", 0, [f"{OLD}/1"])
        assert there.targets.count(f"{ROOT}/feed") == 7
        assert there.clock.now() - START >= timedelta(minutes=12)

    @pytest.mark.parametrize("seconds", [60, 3600])
    def test_that_does_not_end_ends_the_wait(
        self, seconds: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        there = world(tmp_path, {f"{ROOT}/feed": answer(status=429, Retry_After=str(seconds))})
        _, done = there.past("feed")
        assert (done.state, done.waiting, done.gaps) == ("going", 1, 0)
        assert f"/feed: waits until {START:%Y-%m-%d}" in caplog.text, "else whoever looks on takes it for dead"
        assert there.clock.now() - START <= timedelta(minutes=31)
        there.pages |= feed(*of(1)) | pages(1)
        _, again = there.later(hours=2).past("feed")
        assert (again.id, again.state, there.froms) == (done.id, "done", [f"{OLD}/1"])

    def test_of_the_articles_host_is_waited_for(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(*range(1, 6))), pages(*range(1, 6)))
        there.pages[f"{OLD}/1"] = answer(status=429, Retry_After="120")
        _, done = there.past("feed")
        assert there.froms == [f"{OLD}/{n}" for n in range(2, 6)]
        assert (done.state, done.counts.failed, done.counts.archived, done.in_hand) == ("done", 1, 4, 0)

    def test_of_the_articles_host_for_long_leaves_them_to_the_next_time(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(*range(1, 20))), pages(*range(1, 20)))
        there.pages[f"{OLD}/1"] = answer(status=429, Retry_After="7200")
        _, done = there.past("feed")
        assert (done.state, done.counts.failed, done.left + done.in_hand) == ("going", 1, 18)
        assert there.targets == [FEED, f"{ROOT}/feed", f"{OLD}/1"]
        there.pages[f"{OLD}/1"] = article(1)
        _, again = there.later(hours=3).past("feed")
        assert (again.id, again.state, again.counts.failed) == (done.id, "done", 0)
        assert there.targets.count(f"{OLD}/1") == 1
        assert len(there.froms) == 19

    def test_of_one_host_holds_up_no_other(self, tmp_path: Path) -> None:
        other = "http://z.example"
        there = world(tmp_path, feed(*of(1, 2), *of(3, host=other)), pages(2), pages(3, host=other))
        there.pages[f"{OLD}/1"] = answer(status=429, Retry_After="7200")
        there.past("feed")
        assert there.froms == [f"{other}/3"]


class TestSources:
    B = replace(A, name="Town", url="http://b.example/feed")

    def test_of_one_host_go_on_side_by_side(self, tmp_path: Path) -> None:

        there = World(tmp_path, {FEED: rss(), self.B.url: rss()} | pages(*range(60)), A, self.B)

        async def both(shop: Shop) -> list[Backfill]:
            await tick(shop)
            numbers = []
            for source, first in ((A, 0), (self.B, 30)):
                there.pages |= feed(*of(*range(first, first + 30)))
                begun = await begin(shop, source, Asked(("feed",)))
                await run_past(shop, Want(limit=0, backfills=(begun.id,), polls=False))
                numbers.append(begun.id)
                await run_past(shop, Want(limit=1, backfills=(begun.id,), polls=False))
            there.asked.clear()
            await run_past(shop, Want(limit=16, backfills=tuple(numbers), polls=False))
            return [shop.state.backfills.get(number) for number in numbers]

        one, other = there.work(both)
        assert (one.counts.taken, other.counts.taken) == (9, 9)
        assert len(there.targets) == 16

    def test_that_are_gone_keep_what_they_had(self, tmp_path: Path) -> None:
        there = world(tmp_path, feed(*of(*range(20))), pages(*range(20)))
        _, going = there.past("feed", limit=5)
        there.sources = (self.B,)
        there.pages[self.B.url] = rss()
        there.run()
        assert (there.targets, there.state.backfills.all()) == ([self.B.url], ())
        there.sources = (replace(A, name="Renamed"), self.B)
        _, done = there.past("feed")
        assert (done.id, done.state, done.counts.archived) == (going.id, "done", 20)


class TestPolls:
    def test_come_first_and_so_does_what_they_bring(self, tmp_path: Path) -> None:

        there = world(tmp_path, feed(*of(*range(1000, 1100), host=HOST)), pages(*range(1000, 1100), host=HOST))
        there.run()

        async def slow() -> Answer:
            there.clock.advance(timedelta(minutes=1))  # so the source comes due while the host is at work
            return Answer(article(1))

        for n in range(1000, 1100):
            there.pages[f"{HOST}/{n}"] = slow
        there.pages[FEED] = rss(*stories(HOST, 101, 100))
        there.pages[f"{HOST}/101"] = article(101)
        there.asked.clear()

        async def work(shop: Shop) -> None:
            await tick(shop)
            begun = await begin(shop, A, Asked(("feed",)))
            there.asked.clear()
            await run_past(shop, Want(limit=40, backfills=(begun.id,)))

        there.work(work)
        first = there.targets.index(FEED)
        assert 14 <= first <= 25
        assert there.targets[first + 1] == f"{HOST}/101", there.targets[first : first + 12]


class TestALongBacklog:
    @pytest.mark.parametrize("most", [1, 2])
    def test_is_worked_off_before_more_is_read(
        self, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(backlog, "MOST_OWED", most)
        lists: dict[str, Reply] = {
            f"{ROOT}/{n}": listing(*of(*range(10 * n, 10 * n + 10)), f"onward {ROOT}/{n + 1}") for n in range(4)
        }
        lists[f"{ROOT}/4"] = listing()
        there = world(tmp_path, feed(f"onward {ROOT}/0"), lists, pages(*range(40)))
        _, done = there.past("feed")
        assert (done.state, done.counts.archived) == ("done", 40)
        second = there.targets.index(f"{ROOT}/1")
        assert sum(target.startswith(OLD) for target in there.targets[:second]) >= 8


@pytest.mark.parametrize("workers", [[1, 1, 0], [0]])
def test_who_looks_on_goes_when_no_worker_is_left(
    tmp_path: Path, workers: list[int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Workers that are started anew are waited for, others not."""
    there = World(tmp_path, {})
    monkeypatch.setattr(Many, "workers", lambda _: workers.pop(0) if len(workers) > 1 else workers[0])

    async def job(shop: Shop) -> Tally:
        await tick(shop)
        begun = await begin(shop, A, Asked(("urls",), ALWAYS))
        address = f"{OLD}/1"
        row = Listed(urls.key(address), address, urls.host(address), pack(Entry(url=address)), None)
        await shop.threads.database(shop.state.backfills.add, begun.id, (row,))
        return await watch_past(shop, Want(backfills=(begun.id,)))

    assert there.work(job) == Tally()
    assert "no worker is there any more" in caplog.text
    assert 60 < sum(there.clock.slept) < 70
