"""examples/: what is there to be copied works as it stands."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
import urllib.parse
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import feedparser
import pytest
import yaml

from crawler import cron
from crawler.cli.common import EXIT_CODES
from tests.documents import known

EXAMPLES = Path(__file__).parents[1] / "examples"
SERVICES = ("crawler.service", "crawler-serve.service")


# --- cron ---


def test_the_lines_of_the_crontab_have_a_time_and_a_command_of_ours() -> None:
    lines = [line for line in (EXAMPLES / "cron/crontab").read_text().splitlines() if line and line[0] != "#"]
    assert lines.pop(0).startswith("MAILTO=")
    assert len(lines) == 3
    for line in lines:
        *times, command = line.split(maxsplit=5)
        assert cron.fault(" ".join(times)) == ""
        assert "%" not in command, "which cron takes for a line end"
        folder, _, run = command.partition(" && ")
        assert folder == "cd /home/me/crawler"
        known(shlex.split(run)[1:])


# --- systemd ---


def sections(name: str) -> dict[str, str]:
    text = (EXAMPLES / "systemd" / name).read_text()
    return dict(re.findall(r"^\[(\w+)\]\n(.*?)(?=^\[|\Z)", text, re.M | re.S))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_starts_a_command_of_ours(name: str) -> None:
    lines = sections(name)["Service"].splitlines()
    (start,) = (line.partition("=")[2] for line in lines if line.startswith("ExecStart="))
    known(shlex.split(start)[1:])
    codes = [code for line in lines if "ExitStatus=" in line for code in line.partition("=")[2].split()]
    assert codes
    assert all(re.search(rf"^  (?:\d+, )*{code}\b", EXIT_CODES, re.M) for code in codes)


def test_both_services_are_shut_in_alike() -> None:
    walls = [sections(name)["Service"].partition("# It reads the web")[2].strip() for name in SERVICES]
    assert walls[0] == walls[1] != ""


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_takes_them_and_finds_little_to_blame(tmp_path: Path) -> None:
    for unit in (EXAMPLES / "systemd").iterdir():
        # the one thing that is not here: a program at that place
        (tmp_path / unit.name).write_text(unit.read_text().replace("/usr/local/lib/crawler/bin/crawler", "/bin/true"))
    for unit in sorted(tmp_path.iterdir()):
        done = analyze("verify", "--man=no", str(unit))
        assert (done.returncode, done.stdout + done.stderr) == (0, ""), unit.name
    for name in SERVICES:
        done = analyze("security", "--offline=true", "--threshold=20", str(tmp_path / name))
        assert done.returncode == 0, done.stdout  # 2.0 of 10, where a service without walls has 9.6


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""}
    return subprocess.run(["systemd-analyze", *words], env=env, capture_output=True, text=True, check=False)


# --- GitHub Actions ---

WORKFLOW: dict[Any, Any] = yaml.safe_load((EXAMPLES / "github/archive.yml").read_text())
STEPS: list[dict[str, Any]] = WORKFLOW["jobs"]["archive"]["steps"]
#: What stands for the crawler: it says its words, files a post, and ends with $ENDS.
CRAWLER = """#!/bin/sh
echo "ran: $# words: $*"
mkdir -p archive/.crawler archive/_posts; echo state >archive/.crawler/state.db
[ -z "$POST" ] || echo text >"archive/_posts/$POST"
exit "$ENDS"
"""


class Runner:
    """Takes the shell's steps of the workflow as GitHub does, in a clone of a repository."""

    def __init__(self, folder: Path) -> None:
        self.origin, self.clone, self.temp = folder / "origin.git", folder / "clone", folder / "temp"
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "PAUSE": "0",
            "ARCHIVE": WORKFLOW["env"]["ARCHIVE"],
            "COMMAND": "run",
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        program = self.temp / "crawler/bin/crawler"
        program.parent.mkdir(parents=True)
        program.write_text(CRAWLER)
        program.chmod(0o755)
        self.git(folder, "init", "-q", "--bare", "-b", "main", str(self.origin))
        self.git(folder, "clone", "-q", str(self.origin), str(self.clone))
        self.push(self.clone, ".gitignore", "archive/*\n!archive/.gitkeep\n")

    def git(self, at: Path, *words: str) -> str:
        who = ["-c", "user.name=me", "-c", "user.email=me@example.org"]
        return subprocess.run(
            ["git", *who, *words], cwd=at, env=self.env, check=True, capture_output=True, text=True
        ).stdout

    def push(self, at: Path, name: str, text: str) -> None:
        (at / name).write_text(text)
        self.git(at, "add", "-A")
        self.git(at, "commit", "-q", "-m", f"by hand: {name}")
        self.git(at, "push", "-q", "origin", "HEAD:main")

    def step(self, name: str, **env: str) -> tuple[int, str]:
        (found,) = (step for step in STEPS if step.get("name") == name)
        assert WORKFLOW["defaults"]["run"]["shell"] == "bash"
        assert "${{" not in found["run"], "what is put into a script can be another script"
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", found["run"]]
        done = subprocess.run(
            words, cwd=self.clone, env=self.env | env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )  # fmt: skip
        return done.returncode, done.stdout

    def work(self, post: str = "", ends: int = 0, **env: str) -> tuple[int, str]:
        """Run, commit, tell; return the code of the last step and what the steps said."""
        Path(self.env["GITHUB_OUTPUT"]).write_text("")
        ran = self.step("Run", POST=post, ENDS=str(ends), **env)
        assert ran[0] == 0, ran[1]
        pushed = self.step("Commit and push")
        code = Path(self.env["GITHUB_OUTPUT"]).read_text().strip().removeprefix("code=")
        told = self.step("Tell how it went", CODE=code)
        return max(pushed[0], told[0]), ran[1] + pushed[1] + told[1]

    def there(self) -> list[str]:
        return self.git(self.origin, "ls-tree", "-r", "--name-only", "main").split()


@pytest.fixture
def runner() -> Iterator[Runner]:
    with tempfile.TemporaryDirectory() as folder:  # not below pytest's: HOME is a place of its own
        yield Runner(Path(folder))


def test_the_workflow_runs_hourly_one_at_a_time_with_the_one_right_that_it_needs() -> None:
    timer = WORKFLOW[True]  # YAML 1.1 takes `on` for a truth
    assert [line["cron"].split()[1:] for line in timer["schedule"]] == [["*"] * 4]
    assert WORKFLOW["permissions"] == {"contents": "write"}
    assert WORKFLOW["concurrency"] == {"group": "archive", "cancel-in-progress": False}
    assert all(re.fullmatch(r"actions/[\w/-]+@v\d+", step["uses"]) for step in STEPS if "uses" in step)
    restored, saved = (step["with"] for step in STEPS if "cache" in step.get("uses", ""))
    assert saved.items() <= restored.items()


def test_new_posts_are_pushed_even_when_a_source_fails_and_that_is_seen(runner: Runner) -> None:
    code, said = runner.work("2021-11-20-早报 一.md", ends=3)
    assert code == 1
    assert "::error::a source is not well" in said
    assert runner.there() == [
        ".gitignore",
        '"archive/_posts/2021-11-20-\\346\\227\\251\\346\\212\\245',
        '\\344\\270\\200.md"',
    ]
    assert (
        runner.git(runner.origin, "log", "-1", "--format=%s %an") == "archive: 1 new, 0 changed github-actions[bot]\n"
    )
    assert "ran: 1 words: run" in Path(runner.env["GITHUB_STEP_SUMMARY"]).read_text()


def test_without_news_nothing_is_committed(runner: Runner) -> None:
    before = runner.git(runner.origin, "rev-parse", "main")
    code, said = runner.work()
    assert (code, "nothing new" in said) == (0, True)
    assert runner.git(runner.origin, "rev-parse", "main") == before


def test_what_somebody_pushed_meanwhile_stays(runner: Runner) -> None:
    other = runner.temp / "other"
    runner.git(runner.temp, "clone", "-q", str(runner.origin), str(other))
    runner.push(other, "README.md", "mine\n")
    code, said = runner.work("a.md")
    assert code == 0, said
    assert runner.there() == [".gitignore", "README.md", "archive/_posts/a.md"]


def test_a_push_that_never_succeeds_fails_the_job(runner: Runner) -> None:
    hook = runner.origin / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    code, said = runner.work("a.md")
    assert (code, "::error::the archive could not be pushed" in said) == (1, True)


def test_what_is_typed_is_words_and_no_shells_line(runner: Runner) -> None:
    code, said = runner.work(COMMAND="backfill 早报; touch $HOME/x `id` --limit 5")
    assert (code, "ran: 7 words: backfill 早报; touch $HOME/x `id` --limit 5\n" in said) == (0, True)


@pytest.mark.parametrize(
    ("ends", "want", "part"),
    [
        (0, 0, ""),
        (4, 1, "no source could be reached"),
        (143, 0, "::warning::stopped"),
        (1, 1, "the crawler ended with 1"),
    ],
)
def test_each_code_is_told(runner: Runner, ends: int, want: int, part: str) -> None:
    code, said = runner.work(ends=ends)
    assert (code, part in said) == (want, True)


def test_a_run_that_never_began_is_told(runner: Runner) -> None:
    assert runner.step("Tell how it went", CODE="") == (1, "::error::the crawler ended with nothing\n")


# --- Jekyll ---

POST = """---
layout: post
title: "{title}"
date: 2021-11-{day:02}T06:43:44.821Z
author: {author}
from: https://paper.example/{day}?a=1&b=2
tags: [ {tags} ]
categories: [ {category} ]
---
<!--1637390624821-->
[{link}](https://paper.example/{day}?a=1&b=2)
------

<div markdown="1">

The *text* of {day}.

</div>
"""
POSTS = [
    ("联合早报", "早报：“一” 100% #1", "联合早报, 新闻"),
    ("联合早报", "Tags & <b>brackets</b>", "联合早报, C++ & C#"),
    ("Harbour Notes", "{{ site.title }} {% raw %}", '"a, b", Harbour Notes'),
    ("Harbour Notes", r"He said \"no\", and 'yes'", "Harbour Notes"),
]


class Links(HTMLParser):
    """Collects what a page links to, and the places in it that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.links += [found[name] or "" for name in ("href", "src") if name in found]
        self.ids += [found["id"] or ""] if "id" in found else []


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site that real Jekyll makes of the skeleton beside an archive."""
    if shutil.which("jekyll") is None:
        pytest.skip("no jekyll here")
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(EXAMPLES / "jekyll", site / "archive")
    (site / "archive/_posts").mkdir()
    (site / "archive/.crawler").mkdir()
    (site / "archive/.crawler/state.db").write_text("not for the site")
    for day, (category, title, tags) in enumerate(POSTS, 1):
        text = POST.format(title=title, day=day, author="me & you", tags=tags, category=category, link="the link")
        (site / f"archive/_posts/2021-11-{day:02}-post {day}.md").write_text(text)
    words: list[str | Path] = ["jekyll", "build", "-q", "--trace", "-s", site / "archive", "-d", site / "built"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return site / "built"


def titles() -> list[str]:
    return [title.replace(r"\"", '"') for _, title, _ in POSTS]


def page(built: Path, name: str) -> str:
    return (built / name).read_text()


@pytest.mark.parametrize("name", ["index.html", "all.html", "categories.html", "tags.html"])
def test_each_list_shows_every_title_as_it_is(built: Path, name: str) -> None:
    text = page(built, name)
    for title in titles():
        escaped = title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
        assert f">{escaped.replace(chr(39), '&#39;')}</a>" in text


def test_categories_and_tags_have_their_posts(built: Path) -> None:
    assert re.findall(r"<h2 id=\"(.*?)\">(.*?)</h2>", page(built, "categories.html")) == [
        ("Harbour_Notes", "Harbour Notes"),
        ("联合早报", "联合早报"),
    ]
    assert re.findall(r"</a> <small>(\d)</small>", page(built, "categories.html")) == ["2", "2"]
    assert set(re.findall(r"<h2 id=\"(.*?)\">", page(built, "tags.html"))) == {
        "联合早报", "新闻", "C++_&amp;_C#", "a,_b", "Harbour_Notes",
    }  # fmt: skip


def test_a_post_has_its_facts_and_its_text(built: Path) -> None:
    (text,) = (found for path in built.rglob("index.html") if "The <em>text</em> of 2." in (found := path.read_text()))
    assert "<h1>Tags &amp; &lt;b&gt;brackets&lt;/b&gt;</h1>" in text
    assert "2021-11-02 06:43 UTC" in text
    assert "· me &amp; you" in text
    assert '<a href="https://paper.example/2?a=1&amp;b=2">the link</a>' in text


def test_every_link_of_the_site_leads_somewhere(built: Path) -> None:
    pages = {path: Links(path.read_text()) for path in built.rglob("*.html")}
    assert len(pages) == 4 + len(POSTS)
    for path, found in pages.items():
        assert len(set(found.ids)) == len(found.ids)
        for link in found.links:
            address, _, fragment = link.partition("#")
            if address.startswith("https://"):
                continue
            place = built / urllib.parse.unquote(address).lstrip("/") if address else path
            place = place / "index.html" if place.is_dir() else place
            assert place.is_file(), link
            assert not fragment or urllib.parse.unquote(fragment) in pages[place].ids, link


def test_the_feed_is_sound_and_has_the_whole_texts(built: Path) -> None:
    found = feedparser.parse((built / "feed.xml").read_bytes())
    assert found.bozo == 0, found.get("bozo_exception")
    assert [entry.title for entry in found.entries] == titles()[::-1]
    entry = found.entries[0]
    assert "<em>text</em> of 4" in entry.content[0].value
    assert entry.link.startswith("https://example.org/")
    assert [link.href for link in entry.links if link.rel == "via"] == ["https://paper.example/4?a=1&b=2"]
    assert (entry.published, entry.author) == ("2021-11-04T06:43:44+00:00", "me & you")


def test_nothing_but_the_site_is_built(built: Path) -> None:
    assert not list(built.rglob("*.db"))
    assert sorted(path.name for path in built.iterdir() if path.is_file()) == [
        "all.html", "categories.html", "feed.xml", "index.html", "tags.html",
    ]  # fmt: skip
