from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from crawler.errors import FetchError, RobotsDenied
from crawler.fetcher import Request, Robots, robots
from crawler.fetcher.contract import MAX_ROBOTS_BYTES
from crawler.fetcher.politeness import Politeness
from crawler.memory import HostState
from crawler.model import Page
from tests.clock import FakeClock
from tests.webserver import LIMITS, Handler, WebServer, page, raw, redirect, web_fetcher

RULES = b"""\xef\xbb\xbf# words of our own
User-agent: *
Disallow: /

User-agent: crawler
Disallow: /private/
Disallow: /*.pdf$
Allow: /private/open
Crawl-delay: 7
"""


@dataclass
class FakeWeb:
    """A fetcher over a dict of answers, which counts what it is asked."""

    answers: dict[str, bytes | FetchError]
    asked: list[str] = field(default_factory=list)

    async def get(self, request: Request) -> Page:
        assert request.kind == "robots"
        self.asked.append(request.url)
        await asyncio.sleep(0)
        answer = self.answers[request.url]
        if isinstance(answer, FetchError):
            raise answer
        return Page(request.url, request.url, 200, (), answer, FakeClock().now())


@dataclass
class Memory:
    """The state's part in it."""

    hosts: dict[str, HostState] = field(default_factory=dict)
    stored: list[tuple[str, bytes, datetime]] = field(default_factory=list)

    async def recall(self, host: str) -> HostState | None:
        return self.hosts.get(host)

    async def remember(self, host: str, text: bytes, until: datetime) -> None:
        self.stored.append((host, text, until))
        self.hosts[host] = HostState(host, robots=text, robots_until=until)


class Scene:
    """Robots over a fake web, memory and clock."""

    def __init__(self, answer: bytes | FetchError, memory: Memory | None = None) -> None:
        self.clock = FakeClock()
        self.web = FakeWeb({"https://site.example/robots.txt": answer})
        self.hosts = Politeness(self.clock, timedelta(seconds=1))
        self.memory = memory or Memory()
        self.robots = Robots(self.web, self.hosts, self.clock, self.memory.recall, self.memory.remember)

    def ask(self, path: str = "/") -> str:
        """Return why a page is denied, or ""."""
        try:
            asyncio.run(self.robots.allowed(f"https://site.example{path}"))
        except RobotsDenied as e:
            return e.reason
        return ""


@pytest.mark.parametrize(
    ("path", "is_allowed"),
    [
        ("/", True),
        ("/news/story1", True),
        ("/private/letter", False),
        ("/private/open/day", True),
        ("/report.pdf", False),
        ("/report.pdf?page=2", True),
        ("/private", True),
        ("/%70rivate/letter", False),
    ],
)
def test_the_group_that_names_us_is_obeyed(path: str, is_allowed: bool) -> None:
    assert Scene(RULES).ask(path) == ("" if is_allowed else "robots.txt forbids it")


def test_a_denial_is_final() -> None:
    with pytest.raises(RobotsDenied) as caught:
        asyncio.run(Scene(RULES).robots.allowed("https://site.example/private/letter"))
    assert not caught.value.passing


@pytest.mark.parametrize(
    ("text", "is_allowed"),
    [
        (b"", True),
        (b"User-agent: *\nDisallow:\n", True),
        (b"User-agent: *\nDisallow: /\n", False),
        (b"User-agent: mycrawler\nDisallow: /\n", True),
        (b"User-agent: Crawler\r\nDisallow: /\r\n", False),
        (b"<!doctype html><title>Home</title>", True),
        (bytes(range(256)) * 10, True),
    ],
)
def test_other_files(text: bytes, is_allowed: bool) -> None:
    assert (Scene(text).ask() == "") is is_allowed


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 410, 451])
def test_no_file_means_no_rules_and_that_is_remembered(status: int) -> None:
    scene = Scene(FetchError("none", passing=False, status=status))
    assert scene.ask() == ""
    assert scene.memory.stored == [("site.example", b"", scene.clock.now() + timedelta(hours=24))]


@pytest.mark.parametrize(
    "fault",
    [
        FetchError("HTTP 503 Service Unavailable", status=503, retry_after=timedelta(minutes=3)),
        FetchError("HTTP 429 Too Many Requests", status=429),
        FetchError("name not found"),
    ],
)
def test_unreachable_means_no_for_now_and_is_not_stored(fault: FetchError) -> None:
    scene = Scene(fault)
    with pytest.raises(RobotsDenied) as caught:
        asyncio.run(scene.robots.allowed("https://site.example/"))
    assert caught.value.reason == f"robots.txt cannot be read: {fault.reason}"
    assert (caught.value.passing, caught.value.status) == (True, fault.status)
    assert caught.value.retry_after == fault.retry_after
    assert scene.memory.stored == []

    scene.web.answers["https://site.example/robots.txt"] = b""
    wait = fault.retry_after or robots.KEEP_UNREACHABLE
    scene.clock.advance(wait - timedelta(seconds=1))
    assert scene.ask() != ""
    assert len(scene.web.asked) == 1
    scene.clock.advance(timedelta(seconds=1))
    assert scene.ask() == ""


def test_an_old_copy_serves_while_the_host_is_unreachable() -> None:
    clock = FakeClock()
    old = HostState("site.example", robots=RULES, robots_until=clock.now() - timedelta(days=3))
    scene = Scene(FetchError("connection refused"), Memory({"site.example": old}))
    assert scene.ask("/private/letter") == "robots.txt forbids it"
    assert scene.ask("/news") == ""
    assert len(scene.web.asked) == 1


def test_rules_learned_in_this_run_serve_while_the_host_is_unreachable() -> None:
    scene = Scene(RULES)
    assert scene.ask("/news") == ""
    scene.web.answers["https://site.example/robots.txt"] = FetchError("connection refused")
    scene.memory.hosts.clear()
    scene.clock.advance(timedelta(hours=25))
    assert scene.ask("/news") == ""
    assert scene.ask("/private/letter") == "robots.txt forbids it"


def test_one_request_a_day_whoever_asks() -> None:
    scene = Scene(RULES)

    async def crowd() -> None:
        await asyncio.gather(*(scene.robots.allowed(f"https://site.example/{n}") for n in range(20)))

    asyncio.run(crowd())
    scene.clock.advance(timedelta(hours=23, minutes=59))
    assert scene.ask() == ""
    assert scene.web.asked == ["https://site.example/robots.txt"]
    scene.clock.advance(timedelta(minutes=2))
    assert scene.ask() == ""
    assert len(scene.web.asked) == 2


def test_an_asker_that_gives_up_does_not_take_the_others_along() -> None:
    scene = Scene(RULES)

    async def work() -> None:
        first = asyncio.create_task(scene.robots.allowed("https://site.example/1"))
        second = asyncio.create_task(scene.robots.allowed("https://site.example/2"))
        await asyncio.sleep(0)
        first.cancel()
        await second

    asyncio.run(work())


@pytest.mark.parametrize(("text", "answer"), [(b"", ""), (b"User-agent: *\nDisallow: /", "robots.txt forbids it")])
def test_what_the_state_remembers_is_not_fetched(text: bytes, answer: str) -> None:
    until = FakeClock().now() + timedelta(hours=1)
    scene = Scene(RULES, Memory({"site.example": HostState("site.example", robots=text, robots_until=until)}))
    assert scene.ask("/x") == answer
    assert scene.web.asked == []
    scene.clock.advance(timedelta(hours=1))
    assert scene.ask("/x") == ""
    assert len(scene.web.asked) == 1


def test_what_a_clock_that_ran_ahead_kept_is_asked_again() -> None:
    until = FakeClock().now() + timedelta(hours=24, seconds=1)
    scene = Scene(RULES, Memory({"site.example": HostState("site.example", robots=b"", robots_until=until)}))
    assert scene.ask("/private/letter") == "robots.txt forbids it"
    assert len(scene.web.asked) == 1


def test_a_host_known_for_other_things_is_asked() -> None:
    scene = Scene(RULES, Memory({"site.example": HostState("site.example", fails=2)}))
    assert scene.ask("/private/letter") != ""
    assert len(scene.web.asked) == 1


@pytest.mark.parametrize(("said", "delay"), [(b"7", 7), (b"0.25", 1), (b"3600", 60), (b"never", 1), (b"0", 1)])
def test_crawl_delay_reaches_politeness_within_bounds(said: bytes, delay: float) -> None:
    scene = Scene(b"User-agent: crawler\nCrawl-delay: " + said)
    assert scene.ask() == ""

    async def twice() -> None:
        for _ in range(2):
            async with scene.hosts.turn("site.example"):
                pass

    asyncio.run(twice())
    assert scene.clock.slept == [delay]


def test_only_so_many_hosts_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robots, "MAX_HOSTS", 2)
    scene = Scene(RULES)
    for name in ("a", "b", "c"):
        scene.web.answers[f"https://{name}.example/robots.txt"] = b""
        asyncio.run(scene.robots.allowed(f"https://{name}.example/"))
    assert list(scene.robots._sites) == ["b.example", "c.example"]


def test_half_a_line_at_the_end_of_what_is_read_is_no_rule() -> None:
    head = b"User-agent: *\nDisallow: /private\n"
    text = head + b"#" * (MAX_ROBOTS_BYTES - len(head) - 12) + b"\nDisallow: /"
    assert len(text) == MAX_ROBOTS_BYTES
    assert Scene(text).ask("/news") == ""
    assert Scene(text).ask("/private") != ""


# Over real HTTP


def test_robots_over_http() -> None:
    long_file = b"User-agent: *\nDisallow: /private\n" + b"# words\n" * 200_000 + b"Disallow: /late\n"

    async def work() -> None:
        clock = FakeClock()
        routes = {"/robots.txt": redirect("/1"), "/5": page(long_file)}
        routes |= {f"/{n}": redirect(f"/{n + 1}") for n in range(1, 5)}
        limits = replace(LIMITS, max_page_bytes=1000)
        async with WebServer(routes) as server, web_fetcher(server, limits, clock) as web:
            memory = Memory()
            rules = Robots(web, Politeness(clock, timedelta()), clock, memory.recall, memory.remember)
            await rules.allowed("http://site.example/late")
            with pytest.raises(RobotsDenied):
                await rules.allowed("http://site.example/private/x")
        assert [(host, len(text)) for host, text, _ in memory.stored] == [("site.example", MAX_ROBOTS_BYTES)]

    asyncio.run(work())


@pytest.mark.parametrize(
    ("handler", "answer"),
    [
        (page(b"", 404), ""),
        (redirect("/robots.txt"), ""),
        (page(b"", 500), "robots.txt cannot be read: HTTP 500 Internal Server Error"),
        (raw(b""), "robots.txt cannot be read: connection closed without an answer"),
    ],
    ids=["404", "circle", "500", "no answer"],
)
def test_robots_over_http_that_are_not_there(handler: Handler, answer: str) -> None:
    async def work() -> str:
        clock, memory = FakeClock(), Memory()
        async with WebServer({"/robots.txt": handler}) as server, web_fetcher(server, clock=clock) as web:
            try:
                await Robots(web, Politeness(clock, timedelta()), clock, memory.recall, memory.remember).allowed(
                    "http://site.example/x"
                )
            except RobotsDenied as e:
                return e.reason
        return ""

    assert asyncio.run(work()) == answer
