"""A web face over a real state and archive, asked without a network: each visit is a loop of its own, as each run is.

The stories come from a faked web by a real pass; the clock is set by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import httpx
from starlette.types import ASGIApp

from crawler.cli.web import report
from crawler.config import Config, load
from crawler.model import Serve
from crawler.slices import Shop
from crawler.state.opening import open_reader, open_state
from crawler.web.app import make_app
from crawler.web.desk import Desk, Parts, Pulse, Search
from tests.fakes import Reply, World, article, entry, rss

HOST = "http://127.0.0.1:8080"
BASE = "http://a.example"
HARBOUR, LAGOON = {"name": "Harbour", "url": f"{BASE}/feed"}, {"name": "联合/早报", "url": f"{BASE}/lagoon"}
HTML = {"accept": "text/html,application/xhtml+xml"}


def told(n: int) -> str:
    """Return what a feed says of a story."""
    return entry(f"{BASE}/{n}", f"Story <{n}> & more")


def pages(*numbers: int) -> dict[str, Reply]:
    """Return the web on which two feeds share some stories between them."""
    found: dict[str, Reply] = {f"{BASE}/{n}": article(n, title=f"Story <{n}> & more") for n in numbers}
    return found | {
        HARBOUR["url"]: rss(*(told(n) for n in numbers if n % 2)),
        LAGOON["url"]: rss(*(told(n) for n in numbers if not n % 2)),
    }


@dataclass
class Newsroom:
    """Visits the web face of a crawler that has run once."""

    folder: Path
    serve: Serve = Serve()
    search: Search | None = None
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    sources: tuple[dict[str, Any], ...] = (HARBOUR, LAGOON)
    secret: str = "s" * 64
    behind: timedelta = timedelta()  # the last sign of life of the loop

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        place = self.folder / "config.yaml"
        place.write_text(json.dumps({"sources": self.sources}, ensure_ascii=False))
        self.config: Config = load(place, {})
        self.config.archive.mkdir(exist_ok=True)
        state = open_state(self.config.state)
        self.world = World(self.config.archive, pages(1, 2, 3, 4), *self.config.sources, state=state)

    def run(self) -> Self:
        """Make a pass."""
        number = self.world.state.diary.begin_run("serve", self.world.clock.now())
        tally = self.world.run()
        self.world.state.diary.end_run(number, tally, self.world.clock.now())
        return self

    def configured(self) -> Config:
        return replace(self.config, serve=self.serve)

    def open(self, job: Callable[[ASGIApp, Shop], Awaitable[Any]]) -> Any:
        """Do something with the web face, in an event loop of its own."""

        async def at_work(shop: Shop) -> Any:
            parts = Parts(
                shop=shop,
                config=self.configured,
                report=report,
                open_state=lambda: open_reader(self.config.state),
                pulse=Pulse(shop.clock.now() - self.behind),
                search=self.search,
                secret=self.secret,
            )
            with Desk(parts) as desk:
                return await job(make_app(desk), shop)

        return self.world.work(at_work)

    def visit(self, job: Callable[[httpx.AsyncClient, Shop], Awaitable[Any]], host: str = HOST) -> Any:
        """Do something with a client of the web face, which keeps its cookies."""

        async def at_work(app: ASGIApp, shop: Shop) -> Any:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=host, cookies=self.cookies) as client:
                answer = await job(client, shop)
                self.cookies = client.cookies
                return answer

        return self.open(at_work)

    def get(self, path: str, host: str = HOST, **headers: str) -> httpx.Response:
        """Ask for a page, as a browser does."""
        sent = HTML | {name.replace("_", "-"): value for name, value in headers.items()}
        found = self.visit(lambda client, _: client.get(path, headers=sent), host)
        assert isinstance(found, httpx.Response)
        return found

    def post(self, path: str, fields: dict[str, str] | bytes, **headers: str) -> httpx.Response:
        """Send a form, as a browser does."""
        sent = HTML | {"origin": HOST} | {name.replace("_", "-"): value for name, value in headers.items()}
        body = {"content": fields} if isinstance(fields, bytes) else {"data": fields}
        found = self.visit(lambda client, _: client.post(path, headers=sent, **body))
        assert isinstance(found, httpx.Response)
        return found

    def mark(self, path: str = "/") -> str:
        """Return the mark of the forms of a page."""
        found = re.search(r'name="mark" value="([0-9a-f]{64})"', self.get(path).text)
        assert found is not None
        return found[1]

    def path(self, number: int) -> str:
        """Return the path of a story's post."""
        return next(path for path, url in self.world.posts.items() if url == f"{BASE}/{number}")

    def row(self, name: str) -> Any:
        """Return what the state knows of a source."""
        return next(row for row in self.world.state.source_rows(self.world.clock.now()) if row.name == name)
