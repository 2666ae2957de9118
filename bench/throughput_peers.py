"""Who is measured by `bench.throughput`: the crawler and, beside it, what people use instead.

Each makes its command out of a folder of its own and the local web. Who is not installed is told, not passed over.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.throughput_web import LocalWeb

HERE = Path(__file__).parent
#: What all are told as far as they can be: nobody waits between two requests, and two go to a host at a time.
FETCH = {"per_host_delay": "0s", "per_host_connections": 2}
#: Prints where trafilatura keeps its settings, without loading it.
SETTINGS = "from importlib.util import find_spec as f; print(f('trafilatura').submodule_search_locations[0])"
#: Settings of trafilatura that are changed: it sleeps 5 s between requests, and refuses loopback addresses.
CHANGED = {"SLEEP_TIME": "0", "SSRF_PROTECTION": "off"}


class Peer(Protocol):
    """One of those who are measured."""

    @property
    def name(self) -> str:
        """Return its name."""
        ...

    def command(self, folder: Path, web: LocalWeb) -> Sequence[str]:
        """Prepare a folder, where that was not done before, and return the command of a run."""
        ...

    def posts(self, folder: Path) -> Iterator[Path]:
        """Return the files that it made of articles."""
        ...


@dataclass(frozen=True, slots=True)
class Ours:
    """The crawler, with names that are pinned to the local web; private addresses stay forbidden."""

    limit: int | None = None  #: articles of a run
    name: str = "crawler"

    def command(self, folder: Path, web: LocalWeb) -> Sequence[str]:
        place = folder / "config.yaml"
        if not place.exists():
            configure(folder, web.feeds())
        limit = [] if self.limit is None else ["--limit", str(self.limit)]
        arguments = (str(place), str(web.port), str(web.plan.hosts), *limit)
        return (sys.executable, "-m", "bench.throughput_run", *arguments)

    def posts(self, folder: Path) -> Iterator[Path]:
        return (folder / "archive" / "_posts").glob("*.md")


@dataclass(frozen=True, slots=True)
class Reading(Ours):
    """The crawler's start and its reading of the configuration, alone: what a run does before it opens its state."""

    def command(self, folder: Path, web: LocalWeb) -> Sequence[str]:
        return (sys.executable, "-m", "crawler", "config", "check", "--config", str(folder / "config.yaml"))


def configure(folder: Path, feeds: Sequence[str]) -> None:
    """Write the crawler's configuration: all as by default, but for manners, which a local web need not be shown."""
    top = {
        "user_agent_contact": "bench@example.org",
        "state": f"sqlite:///{database(folder).absolute()}",
        "fetch": FETCH,
        "defaults": {"every": "1d"},  # long enough that nothing is due but what is made so
        "sources": [{"name": f"The Paper {n}", "url": url} for n, url in enumerate(feeds)],
    }
    (folder / "config.yaml").write_text(json.dumps(top), "utf-8")


def database(folder: Path) -> Path:
    """Return where the crawler's state is."""
    return folder / "state.db"


@dataclass(frozen=True, slots=True)
class Other:
    """What people use instead, in an environment of its own; names lead to the local web by `throughput_names`."""

    name: str
    python: str
    program: str  #: a file beside this one that takes a file of feeds and a folder; or trafilatura's module

    def command(self, folder: Path, web: LocalWeb) -> Sequence[str]:
        feeds = folder / "feeds.txt"
        feeds.write_text("\n".join(web.feeds()) + "\n", "utf-8")
        arguments = (str(feeds), str(folder / "out"))
        start = (self.python, str(HERE / "throughput_names.py"))
        if self.program.endswith(".py"):
            return (*start, str(HERE / self.program), *arguments)
        options = ("--output-format", "markdown", "--with-metadata", "--links", "--images")
        where = ("--config-file", str(_settings(self.python, folder)), "-i", arguments[0], "--feed", "-o", arguments[1])
        return (*start, self.program, *where, *options)

    def posts(self, folder: Path) -> Iterator[Path]:
        return (path for path in (folder / "out").rglob("*") if path.is_file())


def _settings(python: str, folder: Path) -> Path:
    """Write trafilatura's own settings with what must be changed."""
    there = subprocess.run([python, "-c", SETTINGS], capture_output=True, text=True, check=True).stdout.strip()
    text = (Path(there) / "settings.cfg").read_text("utf-8")
    for name, value in CHANGED.items():  # an older one does not have the second
        text = re.sub(rf"(?m)^{name} *=.*$", f"{name} = {value}", text)
    place = folder / "settings.cfg"
    place.write_text(text, "utf-8")
    return place


#: Name, program, what it imports.
OTHERS = (
    ("script", "throughput_script.py", "feedparser, httpx, markdownify, readability"),
    ("scrapy", "throughput_spider.py", "scrapy, trafilatura"),
    ("trafilatura", "trafilatura.cli", "trafilatura.cli"),
)


def others(pythons: Sequence[str]) -> tuple[list[Other], list[str]]:
    """Return the peers that can be measured, and a line for each that cannot.

    Args:
        pythons: interpreters in whose environments they may be installed; the first that has one runs it.
    """
    found, missing = list[Other](), list[str]()
    for name, program, modules in OTHERS:
        python = next((python for python in pythons if _has(python, modules)), None)
        if python is None:
            missing.append(f"{name} is left out: {modules} cannot be imported by {' or '.join(pythons)}")
        else:
            found.append(Other(name, python, program))
    return found, missing


def _has(python: str, modules: str) -> bool:
    try:
        return subprocess.run([python, "-c", f"import {modules}"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False
