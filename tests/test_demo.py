"""demo: the bundled site answers as real ones do, and holds what the tour promises."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from crawler import demo
from crawler.config import load


async def ask(port: int, raw: bytes) -> tuple[int, dict[str, str], bytes]:
    reader, writer = await asyncio.open_connection(demo.LOOPBACK, port)
    writer.write(raw)
    writer.write_eof()
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    status, *lines = head.decode().split("\r\n")
    return int(status.split(" ")[1]), dict(line.split(": ", 1) for line in lines), body


def get(host: str, path: str, method: str = "GET", **fields: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def test_pages_are_served_by_host_and_asked_for_once() -> None:
    async def walk() -> None:
        async with demo.serve() as site:
            assert site.connect_to["laojie.example"] == ("127.0.0.1", site.port)
            feed = get("Harbour-Notes.example:80", "/feeds/atom.xml?x=1")
            status, headers, body = await ask(site.port, feed)
            assert (status, headers["content-type"]) == (200, "application/xml")
            assert headers["content-length"] == str(len(body))
            assert b'xml:base="http://harbour-notes.example/posts/"' in body

            again = get("harbour-notes.example", "/feeds/atom.xml", If_None_Match=headers["etag"])
            status, second, body = await ask(site.port, again)
            assert (status, body, second["etag"]) == (304, b"", headers["etag"])
            since = get("harbour-notes.example", "/feeds/atom.xml", If_Modified_Since=headers["last-modified"])
            assert (await ask(site.port, since))[0] == 304
            other = get(
                "harbour-notes.example",
                "/feeds/atom.xml",
                If_None_Match='"x"',
                If_Modified_Since=headers["last-modified"],
            )
            assert (await ask(site.port, other))[0] == 200
            assert [(r.host, r.path, r.status, r.conditional) for r in site.requests] == [
                ("harbour-notes.example", "/feeds/atom.xml", status, conditional)
                for status, conditional in ((200, False), (304, True), (304, True), (200, True))
            ]

    asyncio.run(walk())


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (get("broken.example", "/feed.xml"), 500),
        (get("laojie.example", "/2026/1109.html"), 404),
        (get("laojie.example", "/../../__init__.py"), 404),
        (get("nowhere.example", "/"), 404),
        (get("chenguang.example", "/robots.txt"), 200),
        (get("chenguang.example", "/realtime/town/story20261112-1500101", "HEAD"), 200),
        (get("chenguang.example", "/robots.txt", "POST"), 405),
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 400),
    ],
)
def test_statuses(raw: bytes, status: int) -> None:
    async def walk() -> None:
        async with demo.serve() as site:
            found, _, body = await ask(site.port, raw)
            assert found == status
            assert (body == b"") == (status == 400 or raw.startswith(b"HEAD"))

    asyncio.run(walk())


def test_a_caller_who_goes_away_leaves_the_site_standing() -> None:
    async def walk() -> None:
        async with demo.serve() as site:
            _, writer = await asyncio.open_connection(demo.LOOPBACK, site.port)
            writer.transport.abort()
            assert (await ask(site.port, get("laojie.example", "/rss.xml")))[0] == 200

    asyncio.run(walk())


def test_its_configuration_loads_and_names_only_its_own_hosts(tmp_path: Path) -> None:
    into = tmp_path / 'odd "name" $5 ${X}'
    site = demo.Site(8000, demo.documents())
    path = tmp_path / "config.yaml"
    path.write_text(site.config_text(into))
    found = load(path, {})
    assert found.archive == into
    assert {source.name: source.url for source in found.sources} == demo.SOURCES
    asked = [source.url.replace("rsshub://", "http://rsshub.example/") for source in found.sources]
    assert {url.split("/")[2] for url in asked} <= set(site.connect_to)
    assert all(host.endswith(".example") for host in site.hosts)


def test_the_site_is_what_the_tour_promises() -> None:
    found = demo.documents()
    route = found["rsshub.example", "/chenguang/realtime/town"].body.decode()
    assert route.count("<item>") == 4
    for link in [part.split("</link>")[0] for part in route.split("<link>")[2:]]:
        host, _, path = link.removeprefix("http://").partition("/")
        page = found[host, f"/{path}"].body.decode()
        assert page.count("<p>") >= 6
        for box in (
            '<section id="imu">',
            'id="dfp-ad-',
            'id="innity-in-post"',
            "freemium_images",
            "延伸阅读",
            "data-src=",
        ):
            assert box in page
        assert '"datePublished"' in page
    letters = json.loads(found["allotment-letter.example", "/feed.json"].body)
    assert all(("allotment-letter.example", item["url"][31:]) in found for item in letters["items"])
    assert found["harbour-notes.example", "/feeds/atom.xml"].body.count(b"<entry>") == 3
    misnamed = found["laojie.example", "/2026/1110.html"]
    assert misnamed.media_type.endswith("utf-8")
    assert "准时钟表铺" in misnamed.body.decode("gb2312")
    with pytest.raises(UnicodeDecodeError):
        misnamed.body.decode()
