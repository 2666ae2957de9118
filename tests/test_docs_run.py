"""Every line of the documents that a shell or cron would run is run, on a desk whose web is a loopback server.

Ours run in this process, with the addresses of the documents led to the server; a shell runs the rest where it needs no
network and no root. Packages and containers are compared with the files that they are made of. What is none of these
fails the test: a new kind of command has to be given its place here.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from crawler import cron
from tests import postgres
from tests.conftest import Desk
from tests.dockerfile import stages
from tests.documents import ROOT, Block, known, lines, steps
from tests.fakes import article, rss, says, served, stories
from tests.lists import CARDS, sheet
from tests.machine import Machine
from tests.test_cli_run import stopping
from tests.webserver import Handler

DATABASE = "postgresql://crawler@db.example/crawler"
LIST = "/realtime/china"
STUB = (
    '---\nlayout: post\ntitle: "Old"\ndate: 2020-07-20T06:43:44.821Z\nauthor: Example\nfrom: {base}/2\ntags: [ Example ]\n'
    "categories: [ Example ]\n---\n<!--NaN-->\n[Old]({base}/2)\n------\n\n<div>\n<p>Short.</p>\n</div>\n"
)
#: Commands that rightly end with another code than 0: their beginning → the code.
CODES = {
    "demo": 3,  # it is broken on purpose
    "serve": 143,  # it is told to stop
    f"source add https://www.zaobao.com{LIST}": 3,  # there is no feed; it shows the list
    f"source add https://www.zaobao.com{LIST} --kind": 0,
    "worker": 2,  # there is no PostgreSQL; test_cli_cluster.py has workers that have one
}
#: Options with which a backfill makes no new file.
BRINGS_NONE = frozenset({"--dry-run", "--dead", "--refresh", "--images"})


class Everywhere(dict[str, Handler]):
    """One handler for all that is asked for."""

    def get(self, key: str, default: object = None) -> Handler:
        return self[""]


@dataclass
class Shell:
    """Runs lines of documents at a desk."""

    desk: Desk
    other: str  #: where the site with a list is

    def led(self, text: str) -> str:
        """Return a text with what is elsewhere led to what is here."""
        here = str(self.desk.folder)
        text = text.replace("https://example.org", self.desk.base).replace("https://www.zaobao.com", self.other)
        text = re.sub(r"(?<![\w/])(?:/home/me/crawler|/var/lib/node_exporter|/tmp)\b", here, text)
        if DATABASE in text:
            given = postgres.ADDRESS in os.environ
            text = text.replace(DATABASE, postgres.fresh() if given else "sqlite:///copy.db")
        return text

    def line(self, text: str) -> None:
        for words in steps(text):
            program = words[0].rpartition("/")[2]
            if program == "crawler":
                self.ours(words[1:])
            elif program in ("python", "python3"):
                python(words[1:])
            elif program in ELSEWHERE:
                ELSEWHERE[program](words[1:])
            elif program in ("cd", "cp", "mkdir"):
                self.shell(words)
            elif program == "jekyll":
                self.jekyll(words)
            else:
                pytest.fail(f"what is to be done with {program}?")

    def ours(self, words: list[str]) -> None:
        told = " ".join(words)
        code = next((CODES[begin] for begin in sorted(CODES, reverse=True) if told.startswith(begin)), 0)
        if words[0] == "serve":
            self.desk.routes["/feed.xml"] = stopping(signal.SIGTERM, self.desk.routes["/feed.xml"])
        before = len(self.desk.posts)
        said = self.desk.run(*(self.led(word) for word in words))
        assert said.code == code, said
        if words[0] == "backfill" and not BRINGS_NONE & set(words):
            assert len(self.desk.posts) > before, said

    def shell(self, words: list[str]) -> None:
        subprocess.run(["sh", "-c", self.led(shlex.join(words))], cwd=self.desk.folder, check=True)

    def jekyll(self, words: list[str]) -> None:
        """Build what would be served for ever."""
        assert words[1] == "serve"
        if shutil.which("jekyll") is None:
            pytest.skip("no jekyll here")
        self.shell(["cp", "-r", "examples/jekyll/.", "archive/"])
        self.shell([words[0], "build", "-q", *words[2:]])
        assert "Story 1" in (self.desk.folder / "site/index.html").read_text()


def python(words: list[str]) -> None:
    """Run some tests; check what else is asked of a Python."""
    assert words[0] == "-m"
    if words[1] == "venv":
        assert words[2:] == [".venv"]
    elif words[1] == "tests.postgres":
        assert callable(postgres.main)
        assert words[3].endswith("bin/python")
        assert [word for word in words if word.endswith(".py") and not (ROOT / word).exists()] == []
    else:
        assert words[1] == "pytest"
        files = [word for word in words[2:] if not word.startswith("-")]
        if files:  # all of them are what runs now
            command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words[2:]]
            own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=own)


def pip(words: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert words[0] == "install"
    found = re.fullmatch(r"\.(?:\[([a-z,]+)\])?", words[-1])
    assert found, words
    assert set((found[1] or "dev").split(",")) <= set(project["optional-dependencies"])
    assert set(words[1:-1]) <= {"-e"}


def docker(words: list[str]) -> None:
    """Compare what an engine is asked for with the files that it reads."""
    text = (ROOT / "Dockerfile").read_text()
    final = stages(text, {})[-1].instructions
    if words[0] == "build":
        assert words[-3:] == ["-t", "crawler", "."]
    elif words[0] == "compose":
        file = words[words.index("-f") + 1] if "-f" in words else "compose.yaml"
        assert yaml.safe_load((ROOT / file).read_text())["services"]
        assert words[-2:] == ["up", "-d"]
    else:
        assert words[0] in ("run", "exec")
        (volume,) = (each.rest for each in final if each.name == "VOLUME")
        (port,) = (each.rest for each in final if each.name == "EXPOSE")
        options = dict(itertools.pairwise(words))
        assert options.get("-v", f"x:{volume}").rpartition(":")[2] == volume
        assert options.get("-p", f"x:{port}").rpartition(":")[2] == port
        inside = words[words.index("crawler") + 1 :]
        if inside:
            known(inside)


def git(words: list[str]) -> None:
    assert words[0] == "clone"


def check(words: list[str]) -> None:
    """See that the gates can be run; they run this."""
    assert os.access(ROOT / "tests/check", os.X_OK)
    assert set(words) <= {"--no-tests"}
    subprocess.run(["bash", "-n", "tests/check"], cwd=ROOT, check=True)


ELSEWHERE: Mapping[str, Callable[[list[str]], None]] = {"pip": pip, "docker": docker, "git": git, "check": check}


def example(base: str) -> dict[str, Handler]:
    """Return what stands on the site with a feed."""
    return {f"/{n}": says(article(n), Content_Type="text/html") for n in range(1, 7)} | {
        "/": says(
            "<title>Other</title><link rel=alternate type='application/rss+xml' href='/other.xml'>",
            Content_Type="text/html",
        ),
        "/feed.xml": says(rss(*stories(base, 1, 2, 3))),
        "/feed.xml?paged=2": says(rss(*stories(base, 4, 5))),
        "/other.xml": says(rss(*stories(base, 6))),
        "/2026/story.html": says(article(9), Content_Type="text/html"),
    }


def paper(base: str) -> dict[str, Handler]:
    """Return what stands on the site with a list and a sitemap."""
    listed = says(sheet(CARDS).body, Content_Type="text/html")
    urls = f"<url><loc>{base}/story20211000</loc><lastmod>2021-11-10</lastmod></url>"
    return {f"/story2021{1000 + n}": says(article(20 + n), Content_Type="text/html") for n in range(6)} | {
        "/7": says(article(7), Content_Type="text/html"),
        "/robots.txt": says(f"User-agent: *\nAllow: /\nSitemap: {base}/sitemap.xml\n"),
        "/sitemap.xml": says(f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>"),
        LIST: listed,
        f"{LIST}?page=1": listed,
    }


@contextmanager
def at_loopback(make: Callable[[str], dict[str, Handler]]) -> Iterator[str]:
    """Serve a site, and yield its address."""
    routes: dict[str, Handler] = {}
    with served(routes) as server:
        base = f"http://127.0.0.1:{server.port}"
        routes |= make(base)
        yield base


@pytest.fixture
def shell(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A desk with the sources, files and posts that the documents speak of."""
    machine = Machine()
    machine.hold(f"{desk.base}/8", "20140101", article(8))
    with at_loopback(paper) as other, served(Everywhere({"": machine.handler})) as archive:
        machine.base = f"http://127.0.0.1:{archive.port}"
        desk.routes |= example(desk.base)
        desk.routes |= {f"/zaobao/realtime/{part}": says(rss(*stories(other, 7))) for part in ("china", "world")}
        past = {"article_url": r"/(story2021)?\d+", "item": ".card-listing", "pages": f"{other}{LIST}?page={{n}}"}
        desk.configure(
            {"name": "Example", "url": f"{desk.base}/feed.xml", "images": "download"},
            {"name": "联合早报", "url": "rsshub://zaobao/realtime/china"} | past,
            rsshub=[desk.base],
            wayback=machine.base,
            notify={"command": ["true"]},
        )
        # As people write it, one line a source: so that sources can be added.
        desk.config.write_text(yaml.safe_dump(json.loads(desk.config.read_text()), allow_unicode=True))
        outline = f'<opml version="2.0"><body><outline text="New" xmlUrl="{desk.base}/new.xml"/></body></opml>'
        (desk.folder / "feeds.opml").write_text(outline)
        (desk.folder / "allurls.dat").write_text(f"{desk.base}/5\n")
        (desk.archive / "_posts").mkdir(parents=True)
        (desk.archive / "_posts/2020-07-20-Old.md").write_text(STUB.format(base=desk.base))
        (desk.folder / "examples").symlink_to(ROOT / "examples")
        monkeypatch.chdir(desk.folder)
        monkeypatch.setattr(tempfile, "tempdir", str(desk.folder))
        assert desk.run("run").code == 0
        yield Shell(desk, other)


@pytest.mark.parametrize("block", lines("sh"), ids=lambda block: block.text)
def test_every_line_for_a_shell_does_what_it_should(block: Block, shell: Shell) -> None:
    shell.line(block.text)


@pytest.mark.parametrize("block", lines("cron"), ids=lambda block: block.text)
def test_every_line_for_cron_does_what_it_should(block: Block, shell: Shell) -> None:
    *times, command = block.text.split(maxsplit=5)
    assert cron.fault(" ".join(times)) == ""
    assert "%" not in command, "which cron takes for a line end"
    shell.line(command)


def test_what_an_engine_is_told_by_a_build_is_known_to_the_file() -> None:
    texts = "".join(place.read_text() for place in (ROOT / "docs").glob("*.md"))
    named = re.findall(r"--build-arg (\w+)=", texts)
    assert named
    assert all(re.search(rf"^ARG {name}=", (ROOT / "Dockerfile").read_text(), re.M) for name in named)


@pytest.mark.parametrize("name", ["PUID", "PGID", "TZ"])
def test_what_compose_is_told_is_known_to_its_file(name: str) -> None:
    assert f"{name}=" in Path(ROOT / "docs/operating.md").read_text()
    assert f"${{{name}:-" in (ROOT / "compose.yaml").read_text()


def test_what_is_no_command_that_we_know_fails(shell: Shell) -> None:
    with pytest.raises(pytest.fail.Exception, match="what is to be done with rm"):
        shell.line("rm -r archive")
    with pytest.raises(AssertionError):
        shell.line(".venv/bin/crawler backfill Nobody")
