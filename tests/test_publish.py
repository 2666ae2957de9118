"""The archive committed and pushed by git: what is counted, what is left alone, what is told."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from crawler import publish as publishing
from crawler.model import Publish
from crawler.publish import Changes, message, publish
from tests.conftest import Desk
from tests.fakes import says
from tests.pictures import PNG, asset, shows

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
GIT = Publish(git=True, push=False)


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True, text=True)
    return done.stdout.rstrip("\n")


@pytest.fixture(autouse=True)
def _nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep this machine's own git configuration out."""
    (tmp_path / "gitconfig").write_text("[user]\nname = A\nemail = a@e.org\n[init]\ndefaultBranch = main\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A repository with an archive in it, and a bare one to push to."""
    home = tmp_path / "home"
    (home / "archive/_posts").mkdir(parents=True)
    git(home, "init", "--quiet")
    git(tmp_path, "init", "--quiet", "--bare", "remote")
    git(home, "remote", "add", "origin", str(tmp_path / "remote"))
    return home


def post(home: Path, name: str, source: str = "联合早报", text: str = "x") -> Path:
    path = home / "archive/_posts" / f"{name}.md"
    path.write_text(f"---\ntitle: {name}\nfrom: https://e.org/{name}\ncategories: [ {source} ]\n---\n{text}\n")
    return path


def do(home: Path, how: Publish = GIT) -> str:
    return asyncio.run(publish(how, home / "archive"))


def subjects(home: Path) -> list[str]:
    return git(home, "log", "--format=%s").splitlines()


def test_commits_and_pushes_with_a_message_that_counts(home: Path, tmp_path: Path) -> None:
    for n in range(5):
        post(home, f"故事 {n}", "联合早报" if n < 3 else "Bay")
    assert do(home, Publish(git=True)) == ""
    assert subjects(home) == ["5 articles: 联合早报 3, Bay 2"]
    assert git(tmp_path / "remote", "log", "--format=%s", "main") == "5 articles: 联合早报 3, Bay 2"
    assert do(home, Publish(git=True)) == ""
    assert len(subjects(home)) == 1, "nothing was new"


def test_counts_what_else_was_done(home: Path) -> None:
    first, second, third = (post(home, name) for name in "abc")
    do(home)
    first.write_text(first.read_text() + "more\n")
    (home / "archive/_archive").mkdir()
    second.rename(home / "archive/_archive/b.md")
    third.unlink()
    post(home, "d", "Bay")
    assert do(home) == ""
    assert subjects(home)[0] == "1 article: Bay 1; 1 rewritten; 1 moved; 1 removed"
    (home / "archive/a.jpg").write_bytes(b"\xff")
    (home / "archive/.revisions").mkdir()
    (home / "archive/.revisions/x.md").write_text(first.read_text() + "older\n")
    assert do(home) == ""
    assert subjects(home)[0] == "2 files"


def test_takes_the_archive_alone(home: Path) -> None:
    post(home, "a")
    (home / "archive/.crawler").mkdir()
    (home / "archive/.crawler/state.db").write_bytes(b"state")
    (home / "archive/_posts/.crawler-0123456789abcdef.tmp").write_bytes(b"half")
    for name in ("staged", "beside"):
        (home / f"{name}.txt").write_text("mine")
    git(home, "add", "staged.txt")
    assert do(home) == ""
    assert git(home, "show", "--name-only", "--format=", "HEAD") == "archive/_posts/a.md"
    assert git(home, "diff", "--cached", "--name-only") == "staged.txt", "what was staged stays so"


def test_the_archive_may_be_the_repository(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "archive/_posts").mkdir(parents=True)
    git(home / "archive", "init", "--quiet")
    (home / "archive/.crawler").mkdir()
    (home / "archive/.crawler/lock").write_text("1")
    post(home, "a")
    assert do(home) == ""
    assert git(home / "archive", "ls-files") == "_posts/a.md"


@pytest.mark.parametrize(
    ("spoil", "how", "told"),
    [
        (
            ["remote", "remove", "origin"],
            Publish(git=True),
            "git push: fatal: 'origin' does not appear to be a git repo",
        ),
        (
            ["checkout", "-q", "-b", "x"],
            Publish(git=True, branch="main"),
            "git: the repository is on branch x, not main",
        ),
        (["config", "user.useConfigOnly", "true"], GIT, ""),
        (["config", "core.hooksPath", "hooks"], GIT, "git commit: no, said the hook"),
        (["config", "core.bare", "true"], GIT, "git add: fatal: this operation must be run in a work tree"),
    ],
)
def test_tells_why_it_could_not(home: Path, spoil: list[str], how: Publish, told: str) -> None:
    post(home, "a")
    (home / "hooks").mkdir()
    (home / "hooks/pre-commit").write_text("#!/bin/sh\necho 'no, said the hook' >&2\nexit 1\n")
    (home / "hooks/pre-commit").chmod(0o755)
    git(home, *spoil)
    assert do(home, how).startswith(told)
    assert bool(do(home, how)) == bool(told)


def test_no_repository_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "archive").mkdir()
    assert do(tmp_path).startswith("git symbolic-ref: fatal: not a git repository")
    assert do(tmp_path / "none").startswith("git: cannot be started: No such file")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert do(tmp_path).startswith("git: cannot be started: No such file")


def test_a_failed_push_is_made_up_for(home: Path, tmp_path: Path) -> None:
    post(home, "a")
    (tmp_path / "remote").rename(tmp_path / "away")
    assert do(home, Publish(git=True)).startswith("git push: fatal: ")
    (tmp_path / "away").rename(tmp_path / "remote")
    assert do(home, Publish(git=True)) == ""
    assert git(tmp_path / "remote", "log", "--format=%s", "main") == "1 article: 联合早报 1"


def test_what_others_pushed_is_not_overwritten(home: Path, tmp_path: Path) -> None:
    post(home, "a")
    do(home, Publish(git=True))
    git(tmp_path, "clone", "--quiet", "remote", "other")
    git(tmp_path / "other", "commit", "--quiet", "--allow-empty", "-m", "theirs")
    git(tmp_path / "other", "push", "--quiet")
    post(home, "b")
    assert "rejected" in do(home, Publish(git=True))
    assert git(tmp_path / "remote", "log", "--format=%s", "-1", "main") == "theirs"


def is_gone(pid: int) -> bool:
    """Tell whether a process ended, be it that nobody has asked for its code yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def test_a_git_that_hangs_is_ended_and_leaves_no_lock(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    post(home, "a")
    hook = home / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\necho $$ > {home}/pid\ntrap : TERM\nsleep 600\nsleep 600\n")
    hook.chmod(0o755)
    monkeypatch.setattr(publishing, "DEADLINE_S", 5.0)
    before = time.monotonic()
    assert do(home) == "git: no end within 5 s"
    assert time.monotonic() - before < 30
    hook_pid = int((home / "pid").read_text())
    while not is_gone(hook_pid):  # the system takes its time over it on a busy machine
        assert time.monotonic() - before < 60
        os.sched_yield()
    hook.unlink()
    monkeypatch.undo()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home.parent / "gitconfig"))
    assert do(home) == ""


@pytest.mark.parametrize(
    ("added", "want"),
    [
        ({"A": 1}, "1 article: A 1"),
        ({"": 2}, "2 articles: unnamed 2"),
        ({"A\nB": 2, "C": 3}, "5 articles: C 3, A B 2"),
        ({"名" * 20: 3, "B" * 20: 2}, f"5 articles: {'名' * 20} 3, … 2"),
        ({"N" * 90: 3}, "3 articles"),
        ({}, "0 files"),
    ],
)
def test_a_message_is_a_line(added: dict[str, int], want: str) -> None:
    assert message(Changes(Counter(added))) == want
    assert "\n" not in want


class TestRuns:
    @pytest.fixture
    def mine(self, desk: Desk) -> Desk:
        """A desk in a repository."""
        git(desk.folder, "init", "--quiet")
        return desk.configure(publish={"git": True, "push": False})

    def test_publish_what_they_filed(self, mine: Desk) -> None:
        assert mine.run("run").err == ""
        assert subjects(mine.folder) == ["3 articles: Harbour 3"]
        mine.later(minutes=20).run("run")
        assert len(subjects(mine.folder)) == 1
        assert mine.run("archive", "--older-than", "1d", "--dry-run").code == 0
        mine.later(days=9).run("archive", "--older-than", "1d")
        assert subjects(mine.folder)[0] == "3 moved"

    def test_publish_pictures_with_the_posts_that_show_them(self, mine: Desk) -> None:
        mine.routes |= {"/1": says(shows(f"{mine.base}/p.png"), Content_Type="text/html"), "/p.png": says(PNG)}
        mine.configure(publish={"git": True, "push": False}, defaults={"images": "download"}).run("run")
        assert f"archive/{asset(PNG)}" in git(mine.folder, "show", "--name-only", "--format=", "HEAD")
        assert subjects(mine.folder) == ["3 articles: Harbour 3"]

    def test_say_what_failed_until_it_does_not(self, mine: Desk) -> None:
        hook = mine.folder / ".git/hooks/pre-commit"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\necho 'see https://u:hunter2@e.org' >&2; exit 1\n")
        hook.chmod(0o755)
        said = mine.run("run")
        assert said.code == 0
        assert "publish: git commit: see https://…@e.org; the next run tries again" in said.err
        status = mine.run("status").out
        assert "publish: 2021-11-20T06:43:44Z: git commit: see https://…@e.org" in status
        assert len(mine.posts) == 3
        hook.unlink()
        mine.later(minutes=20).run("run")
        assert subjects(mine.folder) == ["3 articles: Harbour 3"]
        assert "publish:" not in mine.run("status").out

    def test_without_the_wish_leave_git_alone(self, desk: Desk) -> None:
        git(desk.folder, "init", "--quiet")
        desk.run("run")
        assert git(desk.folder, "status", "--porcelain").splitlines()[0].startswith("??")


def test_serve_publishes_while_it_runs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five minutes after something was filed, and not again while nothing is."""
    from crawler.cli import watch
    from crawler.config import load
    from crawler.model import Tally
    from tests.fakes import World

    git(desk.folder, "init", "--quiet")
    desk.configure(publish={"git": True, "push": False})
    there = World(desk.archive, {})
    done: list[bool] = []

    async def give(*_: object, is_new: bool) -> None:
        done.append(is_new)

    monkeypatch.setattr(watch, "give_out", give)

    async def job(shop: object) -> None:
        for filed in (0, 2, 2, 3):
            shop.saw(Tally(archived=filed))  # type: ignore[attr-defined]
            there.clock.advance(watch.TELL_EVERY)
            await shop.beat()  # type: ignore[attr-defined]
            await asyncio.sleep(0)
            while len(asyncio.all_tasks()) > 1:
                await asyncio.sleep(0)

    config = load(desk.config, {})
    number = there.state.diary.begin_run("serve", there.clock.now())
    there.work(lambda shop: watch.watched(job, lambda: config, shop, number, tells=True))
    assert done == [False, True, False, True]
