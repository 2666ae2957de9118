"""The predecessor died and nobody noticed for a year: here sources die in every way, and somebody does.

The whole command line over a real loopback server, with a clock set by hand: one run a day beside a source
that is well. Within `stale_after` and one poll `status` says so, `run` ends with 3, and the hook was called once; at
the recovery once more.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from crawler.cli import shop
from crawler.cli.common import read_config
from crawler.cli.parts import reading_store
from crawler.cli.status import cannot_write
from crawler.fetcher import WebFetcher, system_lookup
from tests.conftest import Desk, Said
from tests.fakes import article, rss, says, stories
from tests.privileges import as_nobody
from tests.webserver import Handler, Line, page

DAYS = 3  # of `stale_after`
LOGIN = "<!doctype html><html><head><title>Log in</title></head><body><form><input name=user></form></body></html>"


def changing(desk: Desk) -> Handler:
    """Return a feed that never has anything new, and never the same bytes."""
    count = itertools.count()

    async def handler(line: Line) -> None:
        await line.answer(200, rss(*stories(desk.base, 1, 2, 3), head=f"<!-- {next(count)} -->").encode())

    return handler


WAYS: dict[str, Callable[[Desk], Handler | None]] = {
    "304 for ever": lambda desk: desk.routes["/feed"],
    "the same old entries for ever": changing,
    "an empty feed": lambda _: says(rss()),
    "a login page": lambda _: says(LOGIN, Content_Type="text/html"),
    "an error": lambda _: page(b"", 500),
    "gone from the name service": lambda _: None,
}
TROUBLES = ("stale", "stale", "silent", "failing", "failing", "failing")


class Watch:
    """A desk with a source that is well, one that will not be, and a hook that writes down what it hears."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk = desk
        self.heard: list[dict[str, Any]] = []
        self.is_lost = False
        self.days = itertools.count(10)
        desk.routes["/hook"] = self.hook
        monkeypatch.setattr(shop, "WebFetcher", partial(WebFetcher, lookup=self.lookup))
        port = desk.server.port
        desk.configure(
            {"name": "Harbour", "url": f"http://harbour.example:{port}/feed"},
            {"name": "Well", "url": f"{desk.base}/well"},
            defaults={"every": "1d"},
            notify={"webhook": f"{desk.base}/hook"},
        )

    async def lookup(self, host: str, port: int, family: socket.AddressFamily) -> Sequence[str]:
        if host != "harbour.example":
            return await system_lookup(host, port, family)
        if self.is_lost:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return ["127.0.0.1"]

    async def hook(self, line: Line) -> None:
        self.heard.append(json.loads(line.seen.body))
        await line.answer(204)

    def run(self) -> Said:
        n = next(self.days)
        self.desk.routes |= {f"/{n}": says(article(n)), "/well": says(rss(*stories(self.desk.base, n)))}
        return self.desk.later(days=1).run("run", "-q")

    def runs_until(self, code: int, most: int) -> int:
        """Run until a run ends with a code; return how many it took."""
        return next(n for n in range(1, most + 1) if self.run().code == code)

    def health(self) -> tuple[int, str, str]:
        said = self.desk.run("status", "--json")
        source = json.loads(said.out)["sources"][0]
        return said.code, source["health"], source["trouble"]


@pytest.mark.parametrize(("way", "trouble"), list(zip(WAYS.values(), TROUBLES, strict=True)), ids=WAYS)
def test_is_noticed_in_time_and_told_once(
    way: Callable[[Desk], Handler | None], trouble: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(desk, monkeypatch)
    assert watch.run().code == 0
    assert watch.health() == (0, "ok", "")

    sick = way(desk)
    watch.is_lost = sick is None
    desk.routes["/feed"] = sick or desk.routes["/feed"]
    watch.runs_until(3, DAYS + 1)
    for _ in range(DAYS):
        if watch.heard:
            break
        watch.run()
    assert len(watch.heard) == 1
    assert desk.clock.monotonic() / 86_400 <= 1 + DAYS + 1, "within stale_after and one poll"
    code, health, said = watch.health()
    assert (code, said) == (3, trouble)
    assert health == {"silent": "stale"}.get(trouble, trouble)
    (change,) = watch.heard[0]["changes"]
    assert (change["name"], change["trouble"], change["was"]) == ("Harbour", trouble, "")
    assert watch.heard[0]["subject"] == f"crawler: 1 {trouble} (Harbour)"

    assert {watch.run().code for _ in range(2)} == {3}
    before = len(watch.heard)
    desk.serve(1, 2, 3, 4).routes["/feed"] = says(rss(*stories(desk.base, 1, 2, 3, 4)), ETag='"2"')
    watch.is_lost = False
    watch.runs_until(0, 2)
    assert watch.run().code == 0
    assert watch.health() == (0, "ok", "")
    *_, last = watch.heard
    assert len(watch.heard) == before + 1
    assert last["subject"] == "crawler: 1 recovered (Harbour)"
    assert before == 1, "while it stays so, nothing is told again"


def test_pages_that_turn_into_nothing_are_noticed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(desk, monkeypatch)
    base = f"http://harbour.example:{desk.server.port}"
    desk.routes["/feed"] = says(rss(*stories(base, 1, 2, 3)))
    assert watch.run().code == 0
    desk.routes["/feed"] = says(rss(*stories(base, *range(40, 47))))  # whose pages are 404
    assert watch.run().code == 0, "they may come"
    for _ in range(3):
        desk.later(hours=6).run("run", "-q")
    assert watch.health() == (3, "failing", "poorer")
    assert [message["subject"] for message in watch.heard] == ["crawler: 1 poorer (Harbour)"]
    (change,) = watch.heard[0]["changes"]
    assert change["reason"] == "7 of the last 10 articles have no text; the list of failures says why"

    desk.routes |= {f"/{n}": says(article(n)) for n in range(50, 60)}
    desk.routes["/feed"] = says(rss(*stories(base, *range(50, 60))))
    assert watch.run().code == 0
    assert [message["subject"] for message in watch.heard[1:]] == ["crawler: 1 recovered (Harbour)"]


class TestTheCrawlerItself:
    """`status`, called by a monitor, says what no run can."""

    def status(self, desk: Desk) -> tuple[int, dict[str, Any], str]:
        said = desk.run("status", "--json")
        found = json.loads(said.out)
        return said.code, found["crawler"], found["sources"][0]["reason"]

    def test_that_does_not_run_is_noticed_and_its_sources_are_not_blamed(self, desk: Desk) -> None:
        desk.run("run")
        assert self.status(desk.later(hours=1))[0] == 0
        code, crawler, reason = self.status(desk.later(days=31))
        assert (code, crawler["health"]) == (3, "stale")
        assert crawler["reason"] == "the crawler has not run since 2021-11-20 06:43 UTC"
        assert reason == "not polled since 2021-11-20: the crawler does not run"
        assert f"crawler: {crawler['reason']}" in desk.run("status").out.splitlines()
        assert desk.run("source", "list").code == 0

    def test_that_runs_again_says_so_and_calls_nobody_stale_unasked(self, desk: Desk) -> None:
        desk.routes["/two"] = says(rss(*stories(desk.base, 1)))
        desk.configure({"name": "Harbour", "url": f"{desk.base}/feed"}, {"name": "Two", "url": f"{desk.base}/two"})
        desk.run("run")
        desk.routes |= {"/feed": says(rss(*stories(desk.base, 1, 4))), "/4": says(article(4))}
        said = desk.later(days=31).run("run", "Harbour")
        assert said.err == "warning: until now, the crawler has not run since 2021-11-20 06:43 UTC\n"
        assert said.code == 0
        assert desk.run("status").code == 0, "the other source was not asked yet"
        assert desk.run("run").code == 3, "it has, and brought nothing in all the time"

    def test_that_pauses_for_hours_says_so_only_when_asked(self, desk: Desk) -> None:
        desk.run("run")
        assert desk.later(hours=9).run("run").err == ""
        assert "info: until now, the crawler has not run since" in desk.later(hours=19).run("run", "-v").err

    def test_that_was_cut_off_is_noticed(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        def crash(*_: object) -> None:
            raise ZeroDivisionError("the power is cut")

        with monkeypatch.context() as cut:
            cut.setattr("crawler.slices._by_host", crash)
            with pytest.raises(ZeroDivisionError):
                desk.run("run")
        assert self.status(desk)[0] == 0, "it may be at work"
        code, crawler, _ = self.status(desk.later(minutes=11))
        assert (code, crawler["health"]) == (3, "failing")
        assert crawler["reason"].startswith("the run that began at 2021-11-20 06:43 UTC was cut off, or hangs")
        assert "warning: until now, the run that began at 2021-11-20 06:43 UTC" in desk.run("run").err
        assert self.status(desk)[0] == 0

    def test_that_works_for_hours_is_alive(self, desk: Desk) -> None:
        """What a run of many slices, and `serve`, leaves behind while it goes on."""
        answer, codes = desk.routes["/feed"], list[str]()

        async def feed(line: Line) -> None:
            await answer(line)
            with reading_store(read_config(desk.config), desk.clock) as store:
                (span,) = store.state.diary.spans(("serve",), 9)
            codes.append(f"{span.seen - desk.clock.now() > -timedelta(minutes=9)} {span.ended}")
            if len(codes) == 12:
                os.kill(os.getpid(), signal.SIGTERM)

        desk.routes["/feed"] = feed
        assert desk.run("serve", "-q").code == 143
        assert set(codes) == {"True None"}
        assert desk.clock.monotonic() > 2.5 * 3600

    def test_that_cannot_write_is_noticed(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        desk.run("run")
        with monkeypatch.context() as full:
            full.setattr("crawler.cli.status.LEAST_ROOM_BYTES", 10**18)
            code, crawler, _ = self.status(desk)
        assert (code, crawler["health"], crawler["is_writable"]) == (6, "failing", False)
        assert crawler["reason"].startswith("the archive has no room left: ")
        assert cannot_write(read_config(desk.config)) == ""

    def test_whose_archive_is_not_its_own_any_more_is_noticed(self) -> None:
        with as_nobody() as folder:
            (folder / "config.yaml").write_text("archive: archive\nstate: sqlite:///state/state.db\n")
            config = read_config(folder / "config.yaml")
            assert cannot_write(config) == ""
            (folder / "state").mkdir()
            (folder / "state").chmod(0o500)
            assert cannot_write(config) == f"the state cannot be written: {folder}/state"
            (folder / "archive").write_text("no folder")
            assert cannot_write(config) == f"the archive cannot be written: {folder}/archive"
            (folder / "state").chmod(0o700)
