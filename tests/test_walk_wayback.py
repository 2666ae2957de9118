"""The past of a source from a web archive: copies of its feed, copies of its articles, to posts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from crawler.fetcher import Politeness
from crawler.fetcher.web import DEFAULT_SILENCE
from crawler.model import Page, Source
from crawler.past import Window
from crawler.state.schema import url
from tests.clock import START, FakeClock
from tests.fakes import FEED, A, World, article, canonical, entry, prose, rss
from tests.machine import Machine, Said
from tests.webserver import Handler, WebServer, web_fetcher

HOST = "http://a.example"
SOURCE = replace(A, extras=("archived",))
OLD = datetime(2019, 5, 1, 8, tzinfo=UTC)


def old(*numbers: int) -> str:
    """Return the feed as it was on the days after the first of May 2019, one story a day."""
    items = [entry(f"{HOST}/{n}", f"Story {n}", date=OLD + timedelta(days=n - 1)) for n in numbers]
    return rss(*reversed(items))


def world(folder: Path, machine: Machine, source: Source = SOURCE) -> World:
    there = World(folder, {FEED: rss(entry(f"{HOST}/99", "Story 99"))}, source)
    there.machine = machine
    return there


def machine_with(*numbers: int, **more: object) -> Machine:
    """Return a machine that has captured stories on the second of May 2019."""
    machine = Machine()
    for n in numbers:
        machine.hold(f"{HOST}/{n}", f"201905{n + 1:02}", article(n), **more)
    return machine


def post(there: World, n: int) -> str:
    path = next(path for path, url in there.posts.items() if url == f"{HOST}/{n}")
    return str(there.archive.read(path), "utf-8")


class TestCopiesOfTheFeed:
    def test_name_articles_that_are_read_from_copies(self, tmp_path: Path) -> None:
        machine = machine_with(1, 2, 3)
        machine.hold(FEED, "20190502", old(1, 2), kind="application/rss+xml")
        machine.hold(FEED, "20190504", old(2, 3), kind="application/rss+xml")
        there = world(tmp_path, machine)
        tally, backfill = there.past("wayback", source=SOURCE)
        assert there.froms == [f"{HOST}/{n}" for n in (1, 2, 3)]
        assert (tally.archived, backfill.state, backfill.left) == (3, "done", 0)
        told = post(there, 1)
        assert "date: 2019-05-01T08:00:00.000Z\n" in told
        assert "\narchived: http://archive.example/web/20190502000000id_/http://a.example/1\n" in told
        assert told.count("archive.example") == 1
        assert "The ferry of harbour 1 " in told

    def test_are_read_once_and_so_are_their_articles(self, tmp_path: Path) -> None:
        machine = machine_with(1)
        machine.hold(FEED, "20190502", old(1))
        there = world(tmp_path, machine)
        there.past("wayback", source=SOURCE)
        machine.asked.clear()
        tally, _ = there.past("wayback", source=SOURCE)
        assert tally.archived == 0
        assert not [target for target in machine.asked if target.endswith("/1")]

    def test_that_are_no_feeds_are_passed_over(self, tmp_path: Path) -> None:
        machine = machine_with(1)
        machine.hold(FEED, "20190501", "<html>We are moving house</html>")
        machine.hold(FEED, "20190502", old(1))
        there = world(tmp_path, machine)
        _, backfill = there.past("wayback", source=SOURCE)
        assert (there.froms, backfill.state) == ([f"{HOST}/1"], "done")

    def test_are_read_up_to_the_first_one_behind_the_windows_end(self, tmp_path: Path) -> None:
        machine = machine_with(1, 2, 3, 4)
        for day, numbers in ((2, (1, 2)), (4, (2, 3)), (6, (3, 4)), (8, (4,))):
            machine.hold(FEED, f"201905{day:02}", old(*numbers))
        there = world(tmp_path, machine)
        window = Window(until=datetime(2019, 5, 4, tzinfo=UTC))
        there.past("wayback", source=SOURCE, window=window)
        assert there.froms == [f"{HOST}/{n}" for n in (1, 2, 3)]
        assert [t for t in machine.asked if "/web/" in t and "feed" in t] == [
            f"/web/201905{day}000000id_/{FEED}" for day in ("02", "04", "06")
        ]

    def test_and_from_its_beginning(self, tmp_path: Path) -> None:
        machine = machine_with(1, 3)
        machine.hold(f"{HOST}/2", "20190503", article(2, head='<meta name="date" content="2019-05-02T08:00:00Z">'))
        for day, numbers in ((1, (1,)), (6, (2, 3))):
            machine.hold(FEED, f"201905{day:02}", old(*numbers))
        there = world(tmp_path, machine)
        there.past("wayback", source=SOURCE, window=Window(since=datetime(2019, 5, 3, tzinfo=UTC)))
        assert there.froms == [f"{HOST}/3"]
        assert f"/web/20190501000000id_/{FEED}" not in machine.asked

    def test_may_be_more_than_one_answer_tells(self, tmp_path: Path) -> None:
        machine = machine_with(1, 2, 3)
        machine.most_rows = 1
        for n in (1, 2, 3):
            machine.hold(FEED, f"201905{n + 1:02}", old(n))
        there = world(tmp_path, machine)
        there.past("wayback", source=SOURCE)
        assert there.froms == [f"{HOST}/{n}" for n in (1, 2, 3)]


class TestCopiesOfArticles:
    def test_are_found_by_the_addresses_of_the_site(self, tmp_path: Path) -> None:
        machine = machine_with(7)
        machine.hold(f"{HOST}/7", "2021", article(8))
        machine.hold(f"{HOST}/style.css", "2019", "p {}", kind="text/css")
        machine.hold(f"{HOST}/gone", "2019", "gone", status=404)
        there = world(tmp_path, machine)
        there.past("wayback", source=SOURCE)
        assert there.froms == [f"{HOST}/7"]
        assert "The ferry of harbour 7 " in post(there, 7)

    def test_that_state_no_time_were_there_when_they_were_captured(self, tmp_path: Path) -> None:
        there = world(tmp_path, machine_with(7))
        there.past("wayback", source=SOURCE)
        assert "\ndate: 2019-05-08T00:00:00.000Z\n" in post(there, 7)

    def test_at_one_time_under_one_title_are_two_articles(self, tmp_path: Path) -> None:
        machine = Machine()
        for n in (1, 2):
            machine.hold(f"{HOST}/{n}", "2019", article(n, head=canonical(f"{HOST}/brief"), title="In brief"))
        there = world(tmp_path, machine)
        there.past("wayback", source=SOURCE)
        assert there.froms == [f"{HOST}/1", f"{HOST}/2"]

    def test_of_an_old_spelling_are_the_same_articles(self, tmp_path: Path) -> None:
        machine = Machine()
        machine.hold("http://www.a.example:80/7", "2019", article(7, head='<link rel="next" href="/7?page=2">'))
        there = world(tmp_path, machine)
        there.past("wayback", source=SOURCE)
        assert there.froms == [f"{HOST}/7"]

    def test_that_redirect_lead_to_the_copy_of_the_other_page(self, tmp_path: Path) -> None:
        machine = Machine()
        machine.hold(FEED, "20190502", old(1))
        machine.hold(f"{HOST}/1", "20190502", status=301, location="/stories/1")
        machine.hold(f"{HOST}/stories/1", "20190503", article(1).replace("</article>", "<img src='map.png'></article>"))
        there = world(tmp_path, machine, replace(SOURCE, article_url="/1$"))
        there.past("wayback", source=there.sources[0])
        told = post(there, 1)
        assert "http://a.example/stories/map.png" in told
        assert "archived: http://archive.example/web/20190503000000id_/http://a.example/stories/1\n" in told

    def test_of_several_pages_are_read_whole(self, tmp_path: Path) -> None:
        machine = Machine()
        machine.hold(FEED, "20190502", old(1))
        machine.hold(f"{HOST}/1", "20190502", article(1, head="<link rel=next href='/1/2'>"))
        machine.hold(f"{HOST}/1/2", "20190503", article(2, title="Story 1"))
        there = world(tmp_path, machine, replace(SOURCE, article_url="/1$"))
        there.past("wayback", source=there.sources[0])
        told = post(there, 1)
        assert "The ferry of harbour 1 " in told
        assert "The ferry of harbour 2 " in told
        assert told.count("archive.example") == 1

    def test_that_are_missing_end_it_at_once(self, tmp_path: Path) -> None:
        machine = Machine()
        machine.hold(FEED, "20190502", old(1))
        there = world(tmp_path, machine)
        tally, _ = there.past("wayback", source=SOURCE)
        failure = there.failures()[f"{HOST}/1"]
        assert (failure.state, failure.tries, tally.dead) == ("dead", 1, 1)
        assert failure.reason.startswith("no copy at archive.example")

    def test_of_an_error_do_so_and_silence_nobody(self, tmp_path: Path) -> None:
        machine = machine_with(2)
        machine.hold(FEED, "20190502", old(1, 2))
        machine.hold(f"{HOST}/1", "20190502", status=429)
        there = world(tmp_path, machine)
        there.past("wayback", source=SOURCE)
        assert there.failures()[f"{HOST}/1"].reason.startswith("its copy at archive.example: captured with HTTP 429")
        assert there.froms == [f"{HOST}/2"]
        assert there.clock.now() < START + DEFAULT_SILENCE

    def test_that_say_nothing_are_not_asked_for_again(self, tmp_path: Path) -> None:
        machine = Machine()
        machine.hold(FEED, "20190502", old(1))
        machine.hold(f"{HOST}/1", "20190502", "<html><body></body></html>")
        there = world(tmp_path, machine)
        there.past("wayback", source=SOURCE)
        assert there.failures()[f"{HOST}/1"].state == "dead"

    def test_give_way_to_the_feeds_text_where_there_is_none(self, tmp_path: Path) -> None:
        machine = Machine()
        machine.hold(FEED, "20190502", rss(entry(f"{HOST}/1", "Story 1", prose(1), date=None)))
        there = world(tmp_path, machine)
        there.past("wayback", source=SOURCE)
        told = post(there, 1)
        assert "date: 2019-05-02T00:00:00.000Z\n" in told
        assert "archive" not in told

    def test_are_no_reason_to_read_the_page_of_today(self, tmp_path: Path) -> None:
        machine = machine_with(7)
        there = world(tmp_path, machine, replace(SOURCE, recheck=(timedelta(hours=1),)))
        there.past("wayback", source=there.sources[0])
        there.later(hours=2).pages[f"{HOST}/7"] = article(7, title="Another")
        there.run()
        assert f"{HOST}/7" not in there.targets

    def test_belong_to_the_articles_own_host_afterwards(self, tmp_path: Path) -> None:
        there = world(tmp_path, machine_with(7))
        there.past("wayback", source=SOURCE)
        with there.state._reading() as conn:  # type: ignore[attr-defined]
            assert conn.scalar(select(url.c.host).where(url.c.url == f"{HOST}/7")) == "a.example"


class TestTheMachinesMood:
    def test_a_wish_for_silence_is_minded(self, tmp_path: Path) -> None:
        machine = machine_with(7)
        machine.instead = [Said(429, headers={"Retry-After": "60"})]
        there = world(tmp_path, machine)
        there.past("wayback", source=SOURCE)
        assert there.froms == [f"{HOST}/7"]
        assert there.clock.now() >= START + timedelta(seconds=60)

    def test_a_fault_in_the_place_of_rows_passes(self, tmp_path: Path) -> None:
        machine = machine_with(7)
        machine.instead = [Said(200, b"org.archive.util.io.RuntimeIOException: java.net.SocketTimeoutException\n")]
        there = world(tmp_path, machine)
        _, backfill = there.past("wayback", source=SOURCE)
        assert (there.froms, backfill.state) == ([f"{HOST}/7"], "done")

    def test_what_an_owner_wants_hidden_is_told(self, tmp_path: Path) -> None:
        machine = machine_with(7)
        machine.excluded.add("a.example")
        there = world(tmp_path, machine)
        _, backfill = there.past("wayback", source=SOURCE)
        assert backfill.state == "failed"
        assert "HTTP 403 Forbidden" in backfill.said

    def test_plain_text_is_read_too(self, tmp_path: Path) -> None:
        machine = machine_with(1, 2, 3)
        machine.plain, machine.most_rows = True, 2
        there = world(tmp_path, machine)
        there.past("wayback", source=SOURCE)
        assert there.froms == [f"{HOST}/{n}" for n in (1, 2, 3)]

    def test_nothing_held_is_nothing_offered(self, tmp_path: Path) -> None:
        there = world(tmp_path, Machine())
        _, backfill = there.past("wayback", source=SOURCE)
        assert (backfill.state, backfill.said) == ("failed", "wayback: offers nothing older (0 captures)")


class Anywhere(dict[str, Handler]):
    """Routes that all lead to one handler."""

    def get(self, key: str, default: object = None) -> Handler:
        return self[""]


def from_a_server(machine: Machine, url: str) -> tuple[Page | str, Politeness]:
    """Fetch a copy from a machine on a real server, through the real fetcher."""
    from crawler.errors import FetchError
    from crawler.fetcher import Request
    from crawler.slices.pages import of_copy

    routes: Mapping[str, Handler] = Anywhere({"": machine.handler})
    clock = FakeClock()
    hosts = Politeness(clock, timedelta())

    async def work() -> Page | str:
        async with WebServer(routes) as server:
            pins = {"archive.example": server.endpoint, "a.example": server.endpoint}
            async with web_fetcher(server, clock=clock, hosts=hosts, pins=pins) as web:
                try:
                    return await web.get(of_copy(Request(url)))
                except FetchError as e:
                    return e.reason

    return asyncio.run(work()), hosts


class TestOverARealServer:
    COPY = "http://archive.example/web/20190101000000id_/http://a.example/7?page=1&who=a|b"

    def test_the_nearest_capture_is_found(self) -> None:
        machine = Machine()
        machine.hold("http://a.example:80/7?page=1&who=a|b", "20190508", article(7))
        found, _ = from_a_server(machine, self.COPY)
        assert isinstance(found, Page)
        assert found.final_url == "http://archive.example/web/20190508000000id_/http://a.example:80/7?page=1&who=a|b"
        assert found.body.decode() == article(7)

    @pytest.mark.parametrize("status", [404, 429, 503])
    def test_a_captured_error_is_not_the_archives(self, status: int) -> None:
        machine = Machine()
        machine.hold("http://a.example/7?page=1&who=a|b", "20190508", "", status=status)
        found, hosts = from_a_server(machine, self.COPY)
        assert found == f"captured with HTTP {status}"
        assert hosts.silent_until("archive.example") is None

    def test_the_archives_own_error_is(self) -> None:
        machine = Machine(instead=[Said(429, headers={"Retry-After": "60"})])
        found, hosts = from_a_server(machine, self.COPY)
        assert found == "HTTP 429 Too Many Requests"
        assert hosts.silent_until("archive.example") == START + timedelta(seconds=60)

    def test_a_way_out_of_the_archive_is_not_taken(self) -> None:
        machine = Machine(instead=[Said(302, headers={"Location": "http://a.example/7"})])
        found, _ = from_a_server(machine, self.COPY)
        assert found == "leads out of the archive, to http://a.example/7"
        assert len(machine.asked) == 1
