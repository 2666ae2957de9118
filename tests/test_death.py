"""The predecessor died and nobody noticed for a year: here sources die in every way, and somebody does.

The whole command line over a real loopback server, with a clock set by hand: one run a day beside a source
that is well. Within `stale_after` and one poll `status` says so, `run` ends with 3, and the hook was called once; at
the recovery once more.
"""

from __future__ import annotations

import itertools
import json
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from crawler.cli import shop
from crawler.fetcher import WebFetcher, system_lookup
from tests.conftest import Desk, Said
from tests.fakes import article, rss, says, stories
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
