"""Polling end to end, over the loopback server: when, how often, and who is left alone."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler.cli.parts import locked_store
from crawler.cli.shop import open_shop
from crawler.engine import local
from crawler.engine.local import run_always, run_once
from crawler.fetcher.web import DEFAULT_SILENCE
from crawler.memory import SourceState
from crawler.model import Auto, Cron, Scope, Source, Tally
from crawler.scheduler import ARTICLE_WAITS
from crawler.slices import Shop, Want
from tests.clock import START, FakeClock
from tests.conftest import Desk
from tests.fakes import InProcess, article, rss, says, stories
from tests.test_walk import Machine, quick
from tests.webserver import Handler, WebServer, page, redirect

__all__ = ["quick"]

NEWS, WIRE, OTHER = "http://news.town.example", "http://wire.town.example", "http://other.example"
FEED = Source("Town", f"{NEWS}/feed")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Town(Machine):
    """A machine for which three hosts, two of one registrable domain, are the server; hosts tell their routes apart."""

    def __init__(self, folder: Path, routes: dict[str, Handler], *sources: Source, scope: Scope = "host") -> None:
        super().__init__(folder, routes, *sources)
        limits = replace(self.config.limits, retry_after_scope=scope)
        self.config = replace(self.config, limits=limits, rsshub=(NEWS,))

    def work(self, job: Callable[[Shop], Awaitable[Tally | None]]) -> Tally | None:
        """Open a shop as a process of its own would, and do something with it."""

        async def at_work() -> Tally | None:
            async with WebServer(self.routes) as server:
                names = ("news.town.example", "wire.town.example", "other.example")
                pins = dict.fromkeys(names, server.endpoint)
                async with open_shop(self.config, store, self.clock, connect_to=pins) as shop:
                    found = await asyncio.wait_for(job(shop), 120)
                self.seen = server.requests
                return found

        with locked_store(self.config, self.clock) as store:
            return asyncio.run(at_work())

    def poll(self, **want: object) -> Tally:
        tally = self.work(lambda shop: run_once(shop, Want(**want)))  # type: ignore[arg-type]
        assert isinstance(tally, Tally)
        return tally

    def memory(self, source: Source = FEED) -> SourceState:
        with locked_store(self.config, self.clock) as store:
            return store.state.source_state(source.url)

    def serve(self, **time: float) -> list[datetime]:
        """Serve for so long; return when something was asked."""
        times: list[datetime] = []
        self.clock = Shift(self.clock.now(), timedelta(**time))

        async def job(shop: Shop) -> None:
            self.clock.at_end = shop.stop.set  # type: ignore[attr-defined]
            await run_always(replace(shop, saw=lambda _: times.append(self.clock.now())))

        self.work(job)
        return times


class Shift(FakeClock):
    """A clock that says when so much time has been slept away."""

    def __init__(self, start: datetime, lasting: timedelta) -> None:
        super().__init__(start)
        self.ends = start + lasting
        self.at_end: Callable[[], None] = lambda: None

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        if self.now() >= self.ends:
            self.at_end()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sleep a day at a time where nothing is due: weeks pass quickly."""
    monkeypatch.setattr(local, "LONGEST_NAP", DAY)


def asked(machine: Machine) -> list[str]:
    """The hosts and targets of the last pass."""
    return [f"{(seen.header('Host') or b'').decode().partition('.')[0]}{seen.target}" for seen in machine.seen]


# ---------------------------------------------------------------- cron and auto


def test_run_polls_when_a_cron_time_has_passed_since_the_last_poll(tmp_path: Path, quick: InProcess) -> None:
    source = replace(FEED, every=Cron("0 8 * * *"), timezone="Asia/Singapore")  # midnight UTC
    there = Town(tmp_path, {"/feed": says(rss())}, source)
    assert there.poll().polled == 1
    assert there.memory().next_poll == START.replace(day=21, hour=0, minute=0, second=0, microsecond=0)
    assert there.later(hours=17).clock.now().day == 20
    assert there.poll().polled == 0
    there.later(hours=9)  # the machine was off at the time itself
    assert there.poll().polled == 1
    assert there.poll().polled == 0
    assert there.later(hours=16).poll().polled == 1, "back on the hour of the expression"


def test_serve_polls_exactly_at_the_times_of_a_cron_expression(tmp_path: Path, quick: InProcess) -> None:
    there = Town(tmp_path, {"/feed": says(rss())}, replace(FEED, every=Cron("*/20 7-8 * * *")))
    first, *times = there.serve(hours=4)
    assert first == START
    assert [f"{time:%H:%M:%S}" for time in times] == [
        "07:00:00",
        "07:20:00",
        "07:40:00",
        "08:00:00",
        "08:20:00",
        "08:40:00",
    ]


def test_auto_learns_and_outlives_the_process(tmp_path: Path, quick: InProcess) -> None:
    there = Town(tmp_path, {"/feed": says(rss(*stories(NEWS, *range(1, 9))))}, replace(FEED, every=Auto()))
    assert there.poll(articles=False).new == 8
    memory = there.memory()
    assert sum(memory.rhythm) == 8000
    assert memory.rhythm_since == START.replace(microsecond=0) - 8 * HOUR
    assert memory.next_poll is not None
    assert 5 * MINUTE <= memory.next_poll - START <= HOUR
    assert memory.next_why.startswith("auto: something new ")
    there.clock.advance(memory.next_poll - START)
    assert there.poll(articles=False) == Tally(polled=1, unchanged=1)
    waited = there.memory().next_poll
    assert waited is not None
    assert there.later(days=20).poll(articles=False).polled == 1
    slow = there.memory().next_poll
    assert slow is not None
    assert slow - there.clock.now() > 20 * HOUR, "silent for twenty days"


# ---------------------------------------------------------------- who is left alone

BUSY = page(b"", 429, Retry_After="7200")
WIRED, AWAY = Source("Wire", f"{WIRE}/wire"), Source("Other", f"{OTHER}/other")


@pytest.mark.parametrize(("scope", "others"), [("host", ["other/other", "wire/wire"]), ("site", ["other/other"])])
def test_retry_after_silences_the_host_or_its_site(
    tmp_path: Path, quick: InProcess, scope: Scope, others: list[str]
) -> None:
    there = Town(tmp_path, {"/feed": BUSY, "/wire": says(rss()), "/other": says(rss())}, FEED, scope=scope)
    there.poll()
    there.config = replace(there.config, sources=(FEED, WIRED, AWAY))
    assert there.later(minutes=90).poll().polled == len(others)
    assert sorted(asked(there)) == others
    assert there.poll(force=True).failed == 0, "not even by force"
    assert "news/feed" not in asked(there)
    there.routes["/feed"] = says(rss())
    there.later(minutes=31).poll(force=True)
    assert sorted(asked(there)) == ["news/feed", "other/other", "wire/wire"]


def test_a_silent_site_keeps_its_articles_and_costs_them_no_try(tmp_path: Path, quick: InProcess) -> None:
    """The feed is on one host, its articles on another of the same site, which never asked for anything."""
    routes: dict[str, Handler] = {"/feed": says(rss(*stories(WIRE, 1, 2))), "/robots.txt": page(b"", 404), "/1": BUSY}
    there = Town(tmp_path, routes, FEED, scope="site")
    assert there.poll() == Tally(polled=1, new=2, retried=1)
    routes["/1"], routes["/2"] = (says(article(n), Content_Type="text/html") for n in (1, 2))
    assert there.later(minutes=60).poll(force=True) == Tally()
    assert there.seen == []
    assert there.later(minutes=61).poll().archived == 2


ROUTES = (Source("A", "rsshub://a"), Source("B", "rsshub://b"))


@pytest.mark.parametrize(("scope", "polled"), [("host", []), ("route", ["/b"])])
def test_retry_after_of_an_rsshub_route(tmp_path: Path, quick: InProcess, scope: Scope, polled: list[str]) -> None:
    there = Town(tmp_path, {"/a": BUSY, "/b": says(rss())}, ROUTES[0], scope=scope)
    there.poll()
    there.config = replace(there.config, sources=ROUTES)
    there.later(minutes=20).poll(force=True)
    assert there.targets == polled
    there.later(minutes=101).poll()
    assert "/a" in there.targets


def test_a_bare_503_of_an_rsshub_instance_speaks_for_its_route_only(tmp_path: Path, quick: InProcess) -> None:
    there = Town(tmp_path, {"/a": page(b"", 503), "/b": says(rss())}, *ROUTES)
    assert there.poll() == Tally(polled=2, failed=1)
    assert there.memory(ROUTES[0]).next_why == "again after a failed poll"


# ---------------------------------------------------------------- what is asked, and how often

TRIED: list[tuple[str, Handler]] = [
    ("500", page(b"", 500)),
    ("404", page(b"", 404)),
    ("no feed", page(b"<html><body>Sorry</body></html>")),
    ("429", page(b"", 429)),
    ("hangs up", page(b"", 200, Content_Length="99")),
]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("answer", [answer for _, answer in TRIED], ids=[name for name, _ in TRIED])
def test_a_run_asks_a_failing_source_once(tmp_path: Path, quick: InProcess, answer: Handler, force: bool) -> None:
    there = Town(tmp_path, {"/feed": answer}, FEED)
    assert there.poll(force=force).failed == 1
    assert there.targets == ["/feed"]


@pytest.mark.parametrize("force", [False, True])
def test_a_run_asks_for_a_failing_article_once(tmp_path: Path, quick: InProcess, force: bool) -> None:
    routes = {"/feed": says(rss(*stories(NEWS, 1))), "/robots.txt": page(b"", 404), "/1": page(b"", 500)}
    there = Town(tmp_path, routes, FEED)
    assert there.poll(force=force).retried == 1
    assert there.targets == ["/feed", "/robots.txt", "/1"]
    assert there.poll(force=True).retried == 1
    assert there.targets.count("/1") == 1


def test_serving_asks_a_failing_source_less_and_less(tmp_path: Path, quick: InProcess, naps: None) -> None:
    there = Town(tmp_path, {"/feed": page(b"", 500)}, FEED)
    times = there.serve(days=6)
    assert there.targets == ["/feed"] * len(times)
    waits = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert [round(wait / (15 * MINUTE)) for wait in waits[:6]] == [1, 2, 4, 8, 16, 32]
    assert all(23 * HOUR < wait < 25 * HOUR for wait in waits[7:])
    assert len(times) < 15


def test_serving_tries_a_failing_article_ten_times_in_all(tmp_path: Path, quick: InProcess, naps: None) -> None:
    routes = {"/feed": says(rss(*stories(NEWS, 1)), ETag='"1"'), "/robots.txt": page(b"", 404), "/1": page(b"", 500)}
    there = Town(tmp_path, routes, replace(FEED, every=7 * DAY))
    there.serve(days=33)
    assert there.targets.count("/1") == len(ARTICLE_WAITS) + 1


MOVES = [(301, ["/feed", "/new"] * 3 + ["/new"]), (308, ["/feed", "/new"] * 3 + ["/new"])]
MOVES += [(status, ["/feed", "/new"] * 4) for status in (302, 303, 307)]


@pytest.mark.parametrize(("status", "targets"), MOVES)
def test_only_a_permanent_move_is_remembered_and_only_once_stable(
    tmp_path: Path, quick: InProcess, status: int, targets: list[str]
) -> None:
    there = Town(tmp_path, {"/feed": redirect("/new", status), "/new": says(rss())}, FEED)
    found = list[str]()
    for _ in range(4):
        there.poll()
        found += there.targets
        there.later(hours=25)
    assert found == targets


# ---------------------------------------------------------------- what `status` says


def test_status_says_why_the_next_poll_is_when_it_is(desk: Desk) -> None:
    feeds = {
        "plain": says(rss()),
        "fresh": says(rss(), Cache_Control="max-age=7200"),
        "ttl": says(rss(head="<ttl>240</ttl>")),
        "skips": says(rss(head="<skipHours><hour>6</hour></skipHours>")),
        "cron": says(rss()),
        "auto": says(rss()),
        "bad": page(b"", 500),
        "slow": page(b"", 500, Retry_After="3600"),
    }
    every = {"cron": "0 8 * * *", "auto": "auto 1h..6h"}
    desk.routes |= {f"/{name}": handler for name, handler in feeds.items()}
    desk.configure(*({"name": name, "url": f"{desk.base}/{name}", "every": every.get(name, "15m")} for name in feeds))
    desk.run("run")
    told = {source["name"]: source["next_why"] for source in json.loads(desk.run("status", "--json").out)["sources"]}
    assert told == {
        "plain": "every: 15m",
        "fresh": "the server's max-age or Expires: 2h",
        "ttl": "the feed's ttl or update period: 4h",
        "skips": "the feed's skipHours or skipDays",
        "cron": 'cron: "0 8 * * *" in UTC',
        "auto": "auto: something new 4.0 times a day",
        "bad": "again after a failed poll",
        "slow": "Retry-After: 1h",
    }
    assert "2021-11-20 08:44, the server's max-age or Expires: 2h" in desk.run("status").out


def test_status_says_that_a_host_asked_for_silence(desk: Desk) -> None:
    desk.routes["/feed"] = page(b"", 429)
    desk.configure(*({"name": name, "url": f"{desk.base}/{name}"} for name in ("feed", "other")))
    desk.run("run")
    sources = json.loads(desk.run("status", "--json").out)["sources"]
    until = (START + DEFAULT_SILENCE).isoformat()[:19] + "Z"
    assert [source["next_why"] for source in sources] == ["Retry-After of its host"] * 2
    assert [source["next_poll"] for source in sources] == [until] * 2
