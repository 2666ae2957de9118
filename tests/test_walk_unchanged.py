"""The cheapest run: twenty-five feeds, and nothing has changed.

The real `crawler run`, real processes; only the clock is set by hand and the names are pinned to the server.
"""

from __future__ import annotations

from functools import partial
from typing import Self

import pytest

from crawler.cli import run as cli_run
from crawler.cli import shop as cli_shop
from crawler.model import Failure, Listing, Page, Source
from crawler.workers import Workers
from tests.conftest import Desk
from tests.fakes import article, rss, says, stories

FEEDS = 25


class Watched(Workers):
    """The real workers, and what they did."""

    made: list[Watched]

    def __init__(self) -> None:
        super().__init__()
        self.listings = 0
        self.were_started = False
        self.made.append(self)

    async def listing(self, source: Source, page: Page) -> Listing | Failure:
        self.listings += 1
        return await super().listing(source, page)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.were_started = self.started
        super().__exit__()


@pytest.fixture
def workers(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[Watched]:
    """Serve the feeds and use real processes; what is made of these is listed."""
    made: list[Watched] = []
    monkeypatch.setattr(Watched, "made", made, raising=False)
    monkeypatch.setattr(cli_shop, "Workers", Watched)
    pins = {f"site{n}.example": desk.server.endpoint for n in range(FEEDS)}
    monkeypatch.setattr(cli_run, "work", partial(cli_run.work, connect_to=pins))
    for n in range(FEEDS):
        host = f"http://site{n}.example"
        desk.routes[f"/feed/{n}"] = says(rss(*stories(host, n)), ETag=f'W/"{n}"')
        desk.routes[f"/{n}"] = says(article(n), Content_Type="text/html")
    desk.configure(*({"name": f"Site {n}", "url": f"http://site{n}.example/feed/{n}"} for n in range(FEEDS)))
    return made


def test_a_second_run_over_unchanged_feeds_asks_each_once_and_does_nothing_else(
    desk: Desk, workers: list[Watched]
) -> None:
    first = desk.run("run")
    assert (first.code, first.out) == (0, "25 sources polled; 25 articles archived\n")
    assert (workers[0].listings, workers[0].were_started) == (FEEDS, True)
    posts, sent = desk.posts, desk.server.body_bytes
    assert len(posts) == FEEDS
    assert sent > 0

    second = desk.later(minutes=16).run("run")
    assert (second.code, second.out) == (0, "25 sources polled; 0 articles archived\n")
    assert sorted(desk.targets) == sorted(f"/feed/{n}" for n in range(FEEDS)), "a poll each, no page, no robots.txt"
    for seen in desk.server.requests:
        number = seen.target.removeprefix("/feed/")
        assert seen.header("If-None-Match") == f'W/"{number}"'.encode()
    assert desk.server.body_bytes == sent, "not a byte of a body"
    assert (workers[1].listings, workers[1].were_started) == (0, False)
    assert desk.posts == posts
