"""A run that is killed before each change it makes to a file, one after another; and the plain run after it.

Whatever the kill hit, the second run ends well with every article archived once, byte for byte as in a run that nobody
killed; nothing half written is left, and the state is sound and agrees with the archive.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from crawler.archive import FolderArchive
from crawler.inventory import verify
from crawler.state.opening import open_reader
from tests.crashing import Crashing
from tests.fakes import article, everything, rss, says, served, stories
from tests.webserver import Handler, WebServer

NUMBERS = range(1, 13)
KILLED = -9
#: Of some 110 kills each 5th, since a post takes 7 changes and so each of them is met; all where `.ci/run` asks for it.
STRIDE = 1 if os.environ.get("CRAWLER_TEST_EVERY_KILL") else 5


@dataclass
class Site:
    """A site with a feed of a dozen articles, and a machine that archives it."""

    server: WebServer
    crashing: Crashing
    folder: Path

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def state(self) -> Path:
        return self.archive / ".crawler/state.db"

    def begin(self, before: Path | None) -> None:
        """Start from an archive as it was, or from none."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        fetch = {"allow_private_networks": True, "per_host_delay": "0s", "timeout": "20s"}
        source = {"name": "Harbour", "url": f"http://127.0.0.1:{self.server.port}/feed"}
        (self.folder / "config.yaml").write_text(yaml.safe_dump({"fetch": fetch, "sources": [source]}))
        if before is not None:
            shutil.copytree(before, self.archive)
        self.server.requests.clear()

    def run(self, before: int = 0, processes: bool = False) -> tuple[int, list[str]]:
        config = str(self.folder / "config.yaml")
        return self.crashing.run(self.archive, "run", "--config", config, before=before, processes=processes)

    def posts(self) -> Mapping[str, bytes]:
        """Return all that a reader may come upon."""
        return {name: data for name, data in everything(self.archive).items() if not name.startswith(".crawler/")}

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


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    routes: dict[str, Handler] = {f"/{n}": says(article(n), Content_Type="text/html") for n in NUMBERS}
    with served(routes) as server, Crashing() as crashing:
        routes["/feed"] = says(rss(*stories(f"http://127.0.0.1:{server.port}", *NUMBERS)), ETag='"1"')
        yield Site(server, crashing, tmp_path_factory.mktemp("crash") / "machine")


@pytest.fixture(scope="module")
def whole(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that a run makes whom nobody kills."""
    site.begin(None)
    assert site.run()[0] == 0
    assert len(site.posts()) == len(NUMBERS)
    assert site.faults() == []
    kept = tmp_path_factory.mktemp("whole") / "archive"
    shutil.copytree(site.archive, kept)
    return kept


def lose(state: Path) -> None:
    state.unlink()


def damage(state: Path) -> None:
    state.write_bytes(b"no database" * 999)


#: What was there before the run that is killed: nothing, or a whole archive whose state something happened to.
BEFORE: dict[str, Callable[[Path], None] | None] = {"nothing": None, "a state lost": lose, "a state damaged": damage}


@pytest.mark.parametrize("before", BEFORE)
def test_a_kill_before_any_change_loses_nothing(before: str, site: Site, whole: Path) -> None:
    numbers = itertools.takewhile(lambda n: killed(site, whole, BEFORE[before], n), itertools.count(1, STRIDE))
    assert max(numbers) > (7 * len(NUMBERS) if before == "nothing" else 10), "each post is reserved, written, noted"


@pytest.mark.parametrize("number", [17, 45, 70])
def test_a_kill_of_a_run_with_its_parsers_loses_nothing(number: int, site: Site, whole: Path) -> None:
    assert killed(site, whole, None, number, processes=True)


def killed(
    site: Site, whole: Path, accident: Callable[[Path], None] | None, number: int, processes: bool = False
) -> bool:
    """Kill a run before one change, run again, and look; False when the run ended before."""
    site.begin(whole if accident else None)
    if accident:
        accident(site.state)
    code, changes = site.run(number, processes)
    if code != KILLED:
        assert code == 0
        return False
    where = f"killed before change {number}: {changes[-1]}"
    assert all(data.endswith(b"</div>\n") for name, data in site.posts().items() if name.endswith(".md")), where
    assert site.run()[0] == 0, where
    assert site.posts() == {path: data for path, data in everything(whole).items() if not path.startswith(".crawler/")}
    assert leftovers(site) == [], where
    assert site.faults() == [], where
    asked = Counter(seen.target for seen in site.server.requests if seen.target[1:].isdigit())
    assert max(asked.values(), default=0) <= (0 if accident else 2), where
    assert sum(asked.values()) <= (0 if accident else len(NUMBERS) + 1), (
        f"only the one in work is fetched again, {where}"
    )
    return True


def leftovers(site: Site) -> list[str]:
    """Return what stands beside the posts, the state and the lock; a damaged state that was set aside may."""
    files = set(everything(site.archive)) - set(site.posts())
    return sorted(file for file in files - {".crawler/state.db", ".crawler/lock"} if ".damaged-" not in file)
