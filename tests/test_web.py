"""Redirects and turns, over a real loopback server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.errors import FetchError, RobotsDenied, StateError
from crawler.fetcher import Request, WebFetcher
from crawler.fetcher.politeness import Politeness
from crawler.fetcher.web import MAX_REDIRECTS
from crawler.model import Page, Validators
from tests.clock import FakeClock
from tests.webserver import LIMITS, Handler, Line, WebServer, page, raw, redirect, tls_context, web_fetcher

URL = "http://site.example/0"


def get(routes: dict[str, Handler], request: Request | None = None) -> Page:
    async def work() -> Page:
        async with WebServer(routes) as server, web_fetcher(server) as web:
            return await web.get(request or Request(URL))

    return asyncio.run(work())


def refusal(routes: dict[str, Handler]) -> FetchError:
    with pytest.raises(FetchError) as caught:
        get(routes)
    return caught.value


def chain(*statuses: int) -> dict[str, Handler]:
    """Return routes /0 → /1 → … → a page."""
    hops = {f"/{n}": redirect(f"/{n + 1}", status) for n, status in enumerate(statuses)}
    return {**hops, f"/{len(statuses)}": page()}


def test_a_slow_server_may_be_given_more_time_than_the_user_has() -> None:
    async def work(request: Request) -> Page:
        limits = replace(LIMITS, timeout=timedelta())
        async with WebServer({"/0": page()}) as server, web_fetcher(server, limits) as web:
            return await web.get(request)

    with pytest.raises(FetchError, match="no answer within 0 s"):
        asyncio.run(work(Request(URL)))
    assert asyncio.run(work(Request(URL, patience=timedelta(seconds=30)))).status == 200


@pytest.mark.parametrize(
    ("statuses", "moved_to"),
    [
        ((), ""),
        ((301,), "http://site.example/1"),
        ((308, 301), "http://site.example/2"),
        ((302,), ""),
        ((303,), ""),
        ((307, 301), ""),
        ((301, 302), "http://site.example/1"),
        ((301, 302, 301), "http://site.example/1"),
    ],
)
def test_only_an_unbroken_permanent_chain_moves_a_source(statuses: tuple[int, ...], moved_to: str) -> None:
    found = get(chain(*statuses))
    assert found.url == URL
    assert found.final_url == f"http://site.example/{len(statuses)}"
    assert found.moved_to == moved_to


@pytest.mark.parametrize(
    ("location", "final_url"),
    [
        ("http://other.example/1", "http://other.example/1"),
        ("//other.example/1", "http://other.example/1"),
        ("1?a=%2C,#part", "http://site.example/1?a=%2C,"),
        ("/正文", "http://site.example/%E6%AD%A3%E6%96%87"),
        (" /1\t", "http://site.example/1"),
        ("http://user:secret@other.example/1", "http://other.example/1"),
    ],
)
def test_where_a_redirect_leads(location: str, final_url: str) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: " + location.encode() + b"\r\nContent-Length: 0\r\n\r\n"
    routes = {"/1": page(), "/1?a=%2C,": page(), "/%E6%AD%A3%E6%96%87": page(), "/0": raw(head)}
    assert get(routes).final_url == final_url


def test_a_location_in_latin_1_is_followed() -> None:
    answer = raw(b"HTTP/1.1 302 Found\r\nLocation: /caf\xe9\r\nContent-Length: 0\r\n\r\n")
    assert get({"/0": answer, "/caf%C3%A9": page()}).final_url == "http://site.example/caf%C3%A9"


def test_sites_that_insist_on_their_spelling_are_no_circle() -> None:
    routes = {"/0": redirect("/?tags=a,b", 301), "/?tags=a,b": redirect("/?tags=a%2Cb", 301), "/?tags=a%2Cb": page()}
    assert get(routes).final_url == "http://site.example/?tags=a%2Cb"


@pytest.mark.parametrize(
    ("routes", "reason"),
    [
        ({"/0": redirect("/0")}, "redirects in a circle"),
        ({"/0": redirect("/1"), "/1": redirect("/2"), "/2": redirect("/1")}, "redirects in a circle"),
        (chain(*[302] * (MAX_REDIRECTS + 1)), "over 10 redirects"),
        ({"/0": page(b"", 302)}, "redirect without an address"),
        ({"/0": redirect("ftp://site.example/")}, "not an http(s) address"),
        ({"/0": redirect("file:///etc/passwd")}, "not an http(s) address"),
        ({"/0": redirect("javascript:alert(1)")}, "not an http(s) address"),
        ({"/0": redirect("http://[::1")}, "not an http(s) address"),
        ({"/0": redirect("http://site.example:99999/")}, "not an http(s) address"),
    ],
)
def test_redirects_that_are_not_followed(routes: dict[str, Handler], reason: str) -> None:
    error = refusal(routes)
    assert (error.reason, error.passing, error.status) == (reason, False, 302)


def test_ten_redirects_are_followed() -> None:
    assert get(chain(*[302] * MAX_REDIRECTS)).status == 200


def test_validators_go_along_and_credentials_do_not() -> None:
    routes = {"/0": redirect("/1"), "/1": redirect("http://other.example/2"), "/2": page()}

    async def work() -> list[tuple[bytes | None, bytes | None]]:
        async with WebServer(routes) as server, web_fetcher(server) as web:
            await web.get(Request("http://u:p@site.example/0", Validators('"a"')))
            return [(seen.header("If-None-Match"), seen.header("Authorization")) for seen in server.requests]

    assert asyncio.run(work()) == [(b'"a"', b"Basic dTpw"), (b'"a"', b"Basic dTpw"), (b'"a"', None)]


def test_no_way_back_from_https(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = tls_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))

    async def work() -> tuple[str, int]:
        async with (
            WebServer({"/0": page()}) as plain,
            WebServer({"/0": redirect("http://site.example/0")}, tls) as secure,
            web_fetcher(plain, pins={"secure.example": secure.endpoint}) as web,
        ):
            with pytest.raises(FetchError) as caught:
                await web.get(Request("https://secure.example/0"))
            return caught.value.reason, plain.connections

    assert asyncio.run(work()) == ("redirect from https to http refused", 0)


# Turns


async def slow(line: Line) -> None:
    for _ in range(20):
        await asyncio.sleep(0)
    await line.answer(200, b"words")


@pytest.mark.parametrize("connections", [1, 3])
def test_so_many_at_once_to_a_host(connections: int) -> None:
    async def work() -> int:
        limits = replace(LIMITS, host_connections=connections)
        async with WebServer({"/0": slow}) as server, web_fetcher(server, limits) as web:
            await asyncio.gather(*(web.get(Request(URL)) for _ in range(12)))
            return server.peak

    assert asyncio.run(work()) == connections


def test_so_many_at_once_to_all_hosts() -> None:
    async def work() -> int:
        limits = replace(LIMITS, concurrency=2)
        async with WebServer({"/0": slow}) as server:
            pins = {f"{n}.example": server.endpoint for n in range(8)}
            async with web_fetcher(limits=limits, pins=pins) as web:
                await asyncio.gather(*(web.get(Request(f"http://{name}/0")) for name in pins))
            return server.peak

    assert asyncio.run(work()) == 2


def test_every_hop_waits_for_its_turn_and_none_for_itself() -> None:
    clock = FakeClock()
    routes = {"/0": redirect("http://other.example/1"), "/1": redirect("http://site.example/2"), "/2": page()}

    async def work() -> None:
        limits = replace(LIMITS, host_delay=timedelta(seconds=2))
        async with WebServer(routes) as server, web_fetcher(server, limits, clock) as web:
            await web.get(Request(URL))
            await web.get(Request(URL))

    asyncio.run(work())
    assert clock.slept == [2, 2, 2]  # site→site across other; the second get at once after; other→site


def test_two_chains_that_cross_do_not_block_each_other() -> None:
    routes = {"/0": redirect("http://other.example/2"), "/1": redirect("http://site.example/2"), "/2": page()}

    async def work() -> list[Page]:
        async with WebServer(routes) as server, web_fetcher(server) as web:
            return await asyncio.gather(*(web.get(Request(url)) for url in [URL, "http://other.example/1"] * 5))

    assert len(asyncio.run(work())) == 10


def test_what_was_lost_while_it_connected_is_not_sent() -> None:
    """Hosts may be shared with others: a process that is stopped between its turn and the first byte has lost them."""
    asked: list[str] = []

    def guard() -> None:
        asked.append("")
        if len(asked) > 1:
            raise StateError("lost")

    async def work() -> list[str]:
        hosts = Politeness(FakeClock(), timedelta())
        hosts.answer_to(guard, lambda: float("-inf"))
        async with WebServer({"/0": page()}) as server, web_fetcher(server, hosts=hosts) as web:
            with pytest.raises(StateError, match="lost"):
                await web.get(Request(URL))
            return server.targets

    assert asyncio.run(work()) == []


def test_who_shares_hosts_is_asked_at_the_turn_and_before_and_behind_the_request() -> None:
    asked: list[int] = []

    async def work() -> list[int]:
        hosts = Politeness(FakeClock(), timedelta())
        async with WebServer({"/0": page()}) as server, web_fetcher(server, hosts=hosts) as web:
            hosts.answer_to(lambda: asked.append(len(server.requests)), lambda: float("-inf"))
            await web.get(Request(URL))
            await web.get(Request(URL))
        return asked

    assert asyncio.run(work()) == [0, 0, 1, 1, 1, 2]


def test_waiting_for_a_turn_is_not_charged_to_the_deadline() -> None:
    limits = replace(LIMITS, timeout=timedelta(seconds=0.5))
    hosts = Politeness(FakeClock(), timedelta())

    async def work() -> Page:
        loop = asyncio.get_running_loop()
        async with WebServer({"/0": page()}) as server, web_fetcher(server, limits, hosts=hosts) as web:
            async with hosts.turn("site.example"):
                waiting = asyncio.create_task(web.get(Request(URL)))
                served = asyncio.Event()
                loop.call_later(0.6, served.set)
                await served.wait()
            return await waiting

    assert asyncio.run(work()).status == 200


def test_all_hops_share_one_deadline() -> None:
    async def late(line: Line) -> None:
        await line.hang()

    async def work(web: WebFetcher) -> float:
        loop = asyncio.get_running_loop()
        started = loop.time()
        with pytest.raises(FetchError, match=r"no answer within 0\.3 s"):
            await web.get(Request(URL))
        return loop.time() - started

    async def all_of_it() -> float:
        limits = replace(LIMITS, timeout=timedelta(seconds=0.3))
        async with WebServer({"/0": redirect("/1"), "/1": late}) as server, web_fetcher(server, limits) as web:
            return await work(web)

    assert asyncio.run(all_of_it()) < 1


@pytest.mark.parametrize(
    ("status", "headers", "silence"),
    [
        (429, {"Retry-After": "120"}, timedelta(seconds=120)),
        (503, {"Retry-After": "Sat, 20 Nov 2021 06:53:44 GMT"}, timedelta(minutes=10, seconds=-0.821)),
        (429, {}, timedelta(minutes=15)),
        (503, {}, timedelta(minutes=15)),
        (503, {"Retry-After": "999999999"}, timedelta(days=7)),
        (500, {"Retry-After": "120"}, None),
        (404, {}, None),
    ],
)
def test_who_asks_for_silence_gets_it(status: int, headers: dict[str, str], silence: timedelta | None) -> None:
    clock = FakeClock()
    hosts = Politeness(clock, timedelta())

    async def work() -> int:
        routes = {"/0": redirect("http://other.example/1"), "/1": page(b"", status, **headers)}
        async with WebServer(routes) as server, web_fetcher(server, clock=clock, hosts=hosts) as web:
            for _ in range(2):
                with pytest.raises(FetchError):
                    await web.get(Request(URL))
            return len(server.requests)

    requests = asyncio.run(work())
    assert hosts.silent_until("site.example") is None
    assert hosts.silent_until("other.example") == (clock.now() + silence if silence else None)
    assert requests == (3 if silence else 4)


def test_an_rsshub_instance_that_is_down_for_one_route_goes_on_for_the_others() -> None:
    """Its 503 without Retry-After says that this route is broken upstream; one with it is meant for all."""
    clock = FakeClock()
    hosts = Politeness(clock, timedelta())

    async def work() -> list[str]:
        routes = {"/0": page(b"", 503), "/1": page(b"", 503, **{"Retry-After": "60"})}
        silenced = []
        async with WebServer(routes) as server, web_fetcher(server, clock=clock, hosts=hosts) as web:
            for n in (0, 1):
                with pytest.raises(FetchError):
                    await web.get(Request(f"http://site.example/{n}", kind="feed", scope="address"))
                silenced += [str(n) for name in hosts.take_silenced() if name == "site.example"]
        return silenced

    assert asyncio.run(work()) == ["1"]


def test_every_hop_is_permitted_before_it_is_fetched() -> None:
    asked: list[str] = []

    async def permit(url: str) -> None:
        asked.append(url)
        if url.startswith("http://other.example"):
            raise RobotsDenied("robots.txt forbids it", passing=False)

    async def work() -> list[str]:
        routes = {"/0": redirect("/1"), "/1": redirect("http://other.example/2"), "/2": page()}
        async with WebServer(routes) as server, web_fetcher(server) as web:
            with pytest.raises(RobotsDenied):
                await web.get(Request(URL, permit=permit))
            return server.targets

    assert asyncio.run(work()) == ["/0", "/1"]
    assert asked == [URL, "http://site.example/1", "http://other.example/2"]


def test_loading_the_client_loads_no_certificates_and_leaves_the_environment_alone() -> None:
    script = (
        "import os; before = dict(os.environ)\n"
        "import crawler.fetcher, aiohttp.connector\n"
        "assert dict(os.environ) == before\n"
        "print(aiohttp.connector._SSL_CONTEXT_VERIFIED.cert_store_stats()['x509_ca'])"
    )
    for named in ({}, {"SSL_CERT_FILE": "/named.pem"}):
        done = subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, **named}, capture_output=True, text=True, check=True
        )
        assert done.stdout == "0\n"
