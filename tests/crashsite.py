"""A site with a feed of a dozen articles, and a machine that archives it by commands that come to grief."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
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
from tests.webserver import Handler, Seen, WebServer

NUMBERS = range(1, 13)
#: Of some 110 changes each 5th, since a post takes 7 and so each of them is met; all where `.ci/run` asks for it.
STRIDE = 1 if os.environ.get("CRAWLER_TEST_EVERY_KILL") else 5
#: Into how many tests the changes are dealt where all are met, so that processes of pytest-xdist can share them.
SHARES = range(4 if STRIDE == 1 else 1)


@dataclass
class Site:
    """What is served, and the machine's folder."""

    server: WebServer
    routes: dict[str, Handler]
    crashing: Crashing
    folder: Path
    whole: Mapping[str, bytes] = field(default_factory=dict)  #: the posts that a run makes which nothing befell
    changes: int = 0  #: how many the run made whose kills were gone through last

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

    def run(
        self, *more: str, command: str = "run", look: Callable[[int], None] | None = None, **order: Any
    ) -> tuple[int, list[str], str]:
        """Run once, with something in the way or nothing; see `Crashing.run`."""
        words = (command, *more, "--config", str(self.folder / "config.yaml"))
        return self.crashing.run(Order(words, str(self.archive), **order), look)

    def kills(self, share: int, *more: str, **order: Any) -> Iterator[str]:
        """Put the machine where a kill would have left it, before one change after another; yield the words for where.

        The command is run once, to its end. Before each change of a share it halts, and what is on the disk, which is
        what a kill would leave, is put aside; what was asked for up to then counts as asked for.
        """
        aside, asked = self.folder.with_name("aside"), dict[int, list[Seen]]()
        shutil.rmtree(aside, ignore_errors=True)

        def look(number: int) -> None:
            shutil.copytree(self.folder, aside / str(number))
            asked[number] = list(self.server.requests)

        code, changes, said = self.run(*more, look=look, halts=(1 + share * STRIDE, len(SHARES) * STRIDE), **order)
        assert code == 0, said
        self.changes = len(changes)
        for number, requests in asked.items():
            shutil.rmtree(self.folder)
            (aside / str(number)).rename(self.folder)
            self.server.requests[:] = requests
            yield f"killed before change {number}: {changes[number - 1]}"

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
        code, _, said = site.run(rehearsal=True)
        assert code == 0, said
        site.whole = site.posts()
        assert len(site.whole) == len(NUMBERS)
        site.check_whole("nothing befell it")
        shutil.copytree(site.archive, site.kept)
        yield site
