"""Addresses that are not connected to, over a real loopback server."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from crawler.errors import FetchError
from crawler.fetcher import Request
from tests.webserver import LIMITS, WebServer, page, redirect, web_fetcher

URL = "http://site.example/0"


INSIDE = [
    "http://127.0.0.1:{port}/secret",
    "http://127.0.0.1.:{port}/secret",
    "http://127.1:{port}/secret",
    "http://2130706433:{port}/secret",
    "http://0x7f000001:{port}/secret",
    "http://0x7f.0.0.1:{port}/secret",
    "http://017700000001:{port}/secret",
    "http://0.0.0.0:{port}/secret",
    "http://0:{port}/secret",
    "http://[::ffff:127.0.0.1]:{port}/secret",
    "http://[::ffff:7f00:1]:{port}/secret",
    "http://[::1]:{port}/secret",
    "http://site.example@127.0.0.1:{port}/secret",
    "http://site.example%40@127.0.0.1:{port}/secret",
    "http://inside.example:{port}/secret",
    "http://mixed.example:{port}/secret",
    "http://localhost:{port}/secret",
]


async def resolver(host: str, port: int, family: int) -> list[str]:
    known = {
        "inside.example": ["127.0.0.1"],
        "localhost": ["127.0.0.1"],
        "mixed.example": ["8.8.8.8", "127.0.0.1"],
        "0x7f000001": ["127.0.0.1"],
    }
    return known.get(host, [])


@pytest.mark.parametrize("target", INSIDE)
@pytest.mark.parametrize("is_redirected", [False, True])
def test_what_is_inside_is_not_connected_to(target: str, is_redirected: bool) -> None:
    async def work() -> tuple[str, bool, int]:
        async with WebServer({"/secret": page()}) as inside:
            url = target.format(port=inside.port)
            async with (
                WebServer({"/0": redirect(url)}) as outside,
                web_fetcher(outside, lookup=resolver) as web,
            ):
                with pytest.raises(FetchError) as caught:
                    await web.get(Request(URL if is_redirected else url))
                return caught.value.reason, caught.value.passing, inside.connections

    reason, passing, connections = asyncio.run(work())
    assert reason.startswith("address not allowed: ")
    assert not passing
    assert connections == 0


def test_private_networks_where_they_are_allowed() -> None:
    asked: list[str] = []

    async def lookup(host: str, port: int, family: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    async def work() -> None:
        limits = replace(LIMITS, allow_private_networks=True)
        routes = {"/0": page(Connection="close")}
        async with WebServer(routes) as server, web_fetcher(limits=limits, lookup=lookup) as web:
            for host in ("inside.example", "inside.example", "127.0.0.1"):
                await web.get(Request(f"http://{host}:{server.port}/0"))

    asyncio.run(work())
    assert asked == ["inside.example"]  # the checked answer is kept for the second connection


def test_the_endpoint_of_a_pin_is_not_open_to_addresses() -> None:
    async def work() -> None:
        async with WebServer({"/0": page()}) as server, web_fetcher(server) as web:
            await web.get(Request(f"http://127.0.0.1:{server.port}/0"))

    with pytest.raises(FetchError, match=r"address not allowed: 127\.0\.0\.1 \(loopback\)"):
        asyncio.run(work())


def test_a_pin_to_a_network_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="not a loopback address"):
        web_fetcher(pins={"site.example": ("8.8.8.8", 80)})
