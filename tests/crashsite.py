"""A site with a feed of a dozen articles, and a machine that archives it by commands that come to grief."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from crawler.archive import FolderArchive, facts
from crawler.inventory import verify
from crawler.search import Index, search
from crawler.state.opening import open_reader
from tests.crashing import Crashing, Order
from tests.fakes import article, everything, rss, says, served, stories
from tests.webserver import Handler, WebServer

NUMBERS = range(1, 13)
#: Of some 110 changes each 5th, since a post takes 7 and so each of them is met; all where `.ci/run` asks for it.
STRIDE = 1 if os.environ.get("CRAWLER_TEST_EVERY_KILL") else 5
#: Into how many tests the changes are dealt where all are met, so that processes of pytest-xdist can share them.
SHARES = range(4 if STRIDE == 1 else 1)


def dealt(share: int) -> Iterator[int]:
    """Return the numbers of the changes of one share, from 1, without end; those of all shares are each `STRIDE`th."""
    return itertools.count(1 + share * STRIDE, len(SHARES) * STRIDE)


@dataclass
class Site:
    """What is served, and the machine's folder."""

    server: WebServer
    routes: dict[str, Handler]
    crashing: Crashing
    folder: Path
    whole: Mapping[str, bytes] = field(default_factory=dict)  #: the posts that a run makes which nothing befell

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def state(self) -> Path:
        return self.archive / ".crawler/state.db"

    @property
    def kept(self) -> Path:
        """Where the archive stands that a run made which nothing befell."""
        return self.folder.with_name("whole")

    def begin(self, before: Path | None = None, **top: Any) -> None:
        """Start from an archive as it was, or from none; `top` are keys of the configuration."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        fetch = {"allow_private_networks": True, "per_host_delay": "0s", "timeout": "20s"}
        source = {"name": "Harbour", "url": f"http://127.0.0.1:{self.server.port}/feed"}
        (self.folder / "config.yaml").write_text(yaml.safe_dump({"fetch": fetch, "sources": [source]} | top))
        if before is not None:
            shutil.copytree(before, self.archive)
        self.server.requests.clear()

    def run(self, *more: str, command: str = "run", **order: Any) -> tuple[int, list[str], str]:
        """Run once, with something in the way or nothing; see `Crashing.run`."""
        words = (command, *more, "--config", str(self.folder / "config.yaml"))
        return self.crashing.run(Order(words, str(self.archive), **order))

    def posts(self) -> dict[str, bytes]:
        """Return all that a reader may come upon."""
        return {name: data for name, data in everything(self.archive).items() if not name.startswith(".crawler/")}

    def visible(self) -> dict[str, bytes]:
        """Return what a reader does come upon: no hidden files."""
        return {name: data for name, data in self.posts().items() if not Path(name).name.startswith(".")}

    def fetched(self) -> Counter[str]:
        """Return how often each article was asked for."""
        return Counter(seen.target for seen in self.server.requests if seen.target[1:].isdigit())

    def filed(self) -> set[str]:
        """Return the articles whose posts stand, as `fetched` names them."""
        found = filter(None, map(facts, self.visible().values()))
        return {"/" + one.url.rpartition("/")[2] for one in found}

    def check_whole(self, where: str) -> None:
        """Make sure that every article is archived once, byte for byte, and that nothing else is there."""
        assert self.posts() == self.whole, where
        assert self.leftovers() == [], where
        assert self.faults() == [], where
        assert self.found() == set(self.whole), where

    def found(self) -> set[str]:
        """Return the posts that a search for what is in all of them brings."""
        hits = search(Index(self.archive / ".crawler/search.db", self.archive), "ferry harbour", limit=1000)
        return {hit.path for hit in hits.hits}

    def leftovers(self) -> list[str]:
        """Return what stands beside the posts, state, index and locks; a damaged state that was set aside may."""
        files = set(everything(self.archive)) - set(self.posts())
        known = {f".crawler/{name}" for name in ("state.db", "lock", "search.db", "search.db-lock")}
        return sorted(file for file in files - known if ".damaged-" not in file)

    def faults(self) -> list[str]:
        """Return what is wrong with the state, or with it and the archive."""
        with closing(sqlite3.connect(self.state)) as db:
            sound = db.execute("PRAGMA integrity_check").fetchall()
        state = open_reader(f"sqlite:///{self.state}")
        findings = [f"{finding.kind} {finding.path}" for finding in verify(FolderArchive(self.archive), state)]
        waiting = state.frontier()
        state.close()
        assert sound == [("ok",)]
        return findings if waiting == (0, 0) else [f"{waiting} wait", *findings]


@contextmanager
def crash_site(folder: Path) -> Iterator[Site]:
    """Serve the site, and archive it once as it should be."""
    routes: dict[str, Handler] = {f"/{n}": says(article(n), Content_Type="text/html") for n in NUMBERS}
    with served(routes) as server, Crashing() as crashing:
        routes["/feed"] = says(rss(*stories(f"http://127.0.0.1:{server.port}", *NUMBERS)), ETag='"1"')
        site = Site(server, routes, crashing, folder / "machine")
        site.begin()
        code, _, said = site.run()
        assert code == 0, said
        site.whole = site.posts()
        assert len(site.whole) == len(NUMBERS)
        site.check_whole("nothing befell it")
        shutil.copytree(site.archive, site.kept)
        yield site
