"""The web face as `serve` brings it up, and metrics as `run` writes them."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from crawler import metrics
from crawler.cli import web
from crawler.cli.reload import kept
from crawler.config import load
from crawler.model import Serve
from tests.conftest import Desk
from tests.webserver import Handler, Line


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def visiting(answer: Handler, job: Any) -> Handler:
    """Have something done while the crawler waits for its feed; then it is told to stop."""

    async def handler(line: Line) -> None:
        try:
            await job()
        finally:
            await answer(line)
            os.kill(os.getpid(), signal.SIGTERM)

    return handler


class TestServe:
    def test_it_shows_itself_while_it_works(self, desk: Desk) -> None:
        port, seen = free_port(), dict[str, tuple[int, str]]()

        async def look() -> None:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                for path in ("/", "/healthz/live", "/metrics", "/feed.xml"):
                    found = await client.get(path, headers={"accept": "text/html"})
                    seen[path] = found.status_code, found.text

        desk.configure(serve={"port": port}).routes["/feed"] = visiting(desk.routes["/feed"], look)
        said = desk.run("serve")
        assert said.code == 143
        assert {path: code for path, (code, _) in seen.items()} == dict.fromkeys(seen, 200)
        assert "Harbour" in seen["/"][1]
        assert f"info: the web face is at http://127.0.0.1:{port}/" in said.err
        with socket.socket() as one:
            assert one.connect_ex(("127.0.0.1", port)) != 0, "it stops with the run"

    @pytest.mark.parametrize(("key", "code"), [("", 200), ("off", 404)])
    def test_it_searches_where_there_is_an_index(self, desk: Desk, key: str, code: int) -> None:
        port, seen = free_port(), list[httpx.Response]()
        more = {"search": key} if key else {}
        desk.configure(serve={"port": port}, **more).run("run")

        async def look() -> None:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                seen.append(await client.get("/search?q=ferry", headers={"accept": "text/html"}))

        desk.later(hours=1).routes["/feed"] = visiting(desk.routes["/feed"], look)
        assert desk.run("serve").code == 143
        assert seen[0].status_code == code
        assert ("3 posts found" in seen[0].text) is (code == 200)

    def test_a_caller_who_says_nothing_holds_up_no_stop(self, desk: Desk) -> None:
        port, held = free_port(), list[socket.socket]()

        async def hang() -> None:
            for start in (
                b"",
                b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
                b"POST /order HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\norder=",
            ):
                one = socket.create_connection(("127.0.0.1", port))
                one.sendall(start)
                held.append(one)
            await asyncio.sleep(0)

        desk.configure(serve={"port": port, "admin": True}).routes["/feed"] = visiting(desk.routes["/feed"], hang)
        began = time.monotonic()
        assert desk.run("serve").code == 143
        assert time.monotonic() - began < 10
        for one in held:
            one.close()

    def test_a_port_that_another_has_is_said(self, desk: Desk) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            said = desk.configure(serve={"port": port}).run("serve")
            assert said.code == 2
            assert said.err == (f"error: serve: cannot listen at 127.0.0.1 port {port}: Address already in use\n")

    def test_where_nobody_asked_for_it_the_run_goes_on_without(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        with socket.socket() as other, caplog.at_level(logging.INFO, "crawler"):
            other.bind(("127.0.0.1", 0))
            other.listen()
            assert web.listener(Serve(port=other.getsockname()[1])) is None
        assert "no web face: serve: cannot listen" in caplog.text
        monkeypatch.setattr(web, "find_spec", lambda _: None)
        with caplog.at_level(logging.INFO, "crawler"):
            assert web.listener(Serve()) is None
            assert web.listener(Serve(is_configured=True)) is None
        assert [r.levelname for r in caplog.records if "pip install 'crawler[web]'" in r.message] == ["INFO", "WARNING"]

    def test_an_open_door_is_said(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING, "crawler"):
            for serve in (Serve(), Serve("0.0.0.0", token="hunter2hunter2")):
                web.warn_of_openness(serve)
            assert caplog.text == ""
            web.warn_of_openness(Serve("0.0.0.0"))
        assert "whoever reaches 0.0.0.0 port 8080 can read the archive: no token is set" in caplog.text

    def test_the_key_is_heeded_anew(self, desk: Desk) -> None:
        port, codes = free_port(), list[int]()

        async def look() -> None:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                codes.append((await client.get("/feed.xml")).status_code)
                desk.configure(serve={"port": port, "token": "hunter2hunter2"})
                os.kill(os.getpid(), signal.SIGHUP)

        async def look_again() -> None:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                codes.append((await client.get("/feed.xml")).status_code)

        answer, polls = desk.routes["/feed"], iter((look, look_again))

        async def feed(line: Line) -> None:
            job = next(polls, None)
            if job is None:
                os.kill(os.getpid(), signal.SIGTERM)
            else:
                await job()
            await answer(line)

        desk.configure(serve={"port": port}).routes["/feed"] = feed
        assert desk.run("serve").code == 143
        assert codes == [200, 401]


def test_where_it_listens_is_heeded_at_the_start_only(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """A door that is checked for one place must not be taken for another's."""
    before = load(desk.configure(serve={"port": 1}).config, {})
    after = load(desk.configure(serve={"port": 2, "host": "0.0.0.0", "images": True}).config, {})
    with caplog.at_level(logging.WARNING, "crawler"):
        assert kept(before, after).serve == Serve(port=1, images=True, is_configured=True)
    assert "serve.host, serve.port: heeded at the next start only" in caplog.text


class TestStatus:
    def test_a_paused_source_is_told_and_counts_as_well(self, desk: Desk) -> None:
        from crawler.state.opening import open_state

        desk.routes["/feed"] = desk.routes["/missing"] = visiting_nobody
        desk.run("run")
        assert desk.run("status").code == 3
        state = open_state(load(desk.config, {}).state)
        state.pause(f"{desk.base}/feed", desk.clock.now())
        state.close()
        said = desk.run("status")
        assert said.code == 0
        assert "off" in said.out
        assert "paused since 2021-11-20 06:43 UTC" in said.out
        assert desk.run("run", "--force").out.startswith("0 sources polled")
        assert desk.run("source", "list").code == 0


async def visiting_nobody(line: Line) -> None:
    await line.answer(500, b"")


class TestMetricsFile:
    def test_it_tells_how_things_stand(self, desk: Desk) -> None:
        place = desk.folder / "crawler.prom"
        assert desk.run("run", "-q", "--metrics-file", str(place)).code == 0
        text = place.read_text()
        assert 'crawler_run_tally{kind="run",what="archived"} 3.0' in text
        assert f'crawler_source_articles{{source="Harbour",url="{desk.base}/feed"}} 3.0' in text

    def test_it_tells_no_password(self, desk: Desk) -> None:
        place = desk.folder / "crawler.prom"
        url = desk.base.replace("//", "//me:hunter2@") + "/feed"
        desk.configure({"name": "Harbour", "url": url}).run("run", "--metrics-file", str(place))
        assert "hunter2" not in place.read_text()

    def test_a_dry_run_writes_none(self, desk: Desk) -> None:
        place = desk.folder / "crawler.prom"
        assert desk.run("run", "--dry-run", "--metrics-file", str(place)).code == 0
        assert not place.exists()

    def test_a_place_that_cannot_be_written_is_said(self, desk: Desk) -> None:
        said = desk.run("run", "--metrics-file", str(desk.folder / "none" / "x.prom"))
        assert said.code == 6
        assert "none/x.prom: No such file or directory" in said.err
        assert len(desk.posts) == 3

    def test_without_the_library_nothing_is_begun(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(metrics, "is_there", lambda: False)
        said = desk.run("run", "--metrics-file", "x.prom")
        assert said.code == 2
        assert "pip install 'crawler[metrics]'" in said.err
        assert desk.posts == []


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is told by Linux' /proc")
def test_an_idle_process_with_a_visitor_stays_small(desk: Desk) -> None:
    """Measured 77 MB idle and 82 MB after visits; half of it is loaded before any page is asked for."""
    port = free_port()
    desk.configure(serve={"port": port}).run("run")
    words = [sys.executable, "-m", "crawler", "serve", "-q", "--config", str(desk.config)]
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=httpx.HTTPTransport(retries=9)) as client:
            for path in ("/", "/archive", "/feed.xml", "/metrics", "/healthz/live"):
                assert client.get(path, headers={"accept": "text/html"}).status_code == 200
        status = Path(f"/proc/{process.pid}/status").read_text()
    finally:
        process.terminate()
        assert process.wait(20) == 143
    peak_kb = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])  # type: ignore[index]  # Linux tells it of each process
    assert peak_kb < 120_000
