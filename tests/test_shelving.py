"""Old posts moved to a folder of their own: known as before, whole at every moment."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler import shelving, urls
from crawler.archive import FolderArchive
from crawler.errors import ArchiveError
from crawler.inventory import rebuild, verify
from crawler.model import Source, Tally
from crawler.shelving import find, finish, place, shelve
from crawler.state import Adopted
from crawler.state.opening import open_state
from tests.clock import START
from tests.conftest import Desk
from tests.fakes import FEED, A, World, article, entry, rss
from tests.test_layouts import OTHERS

HOST = "http://a.example"
OLD = [f"_archive/2021-11-{day}-Story {n}.md" for n, day in ((1, 10), (2, 19))]


def world(folder: Path, source: Source = A) -> World:
    """A world with an article of ten days ago and one of yesterday."""
    items = [entry(f"{HOST}/{n}", f"Story {n}", date=START - timedelta(days=age)) for n, age in ((1, 10), (2, 1))]
    there = World(folder, {FEED: rss(*items), f"{HOST}/1": article(1), f"{HOST}/2": article(2)}, source)
    assert there.run().archived == 2
    return there


def move(there: World, days: int = 5, into: str = "_archive") -> int:
    old = list(find(there.archive, there.state, there.clock.now() - timedelta(days=days), into))
    return len(shelve(there.archive, there.state, old))


def is_sound(there: World) -> bool:
    return list(verify(there.archive, there.state)) == []


def test_moves_what_is_old_and_nothing_is_fetched_again(tmp_path: Path) -> None:
    there = world(tmp_path)
    before = there.archive.read("_posts/2021-11-10-Story 1.md")
    assert move(there) == 1
    assert there.posts == {OLD[0]: f"{HOST}/1", "_posts/2021-11-19-Story 2.md": f"{HOST}/2"}
    assert there.archive.read(OLD[0]) == before
    assert is_sound(there)
    assert there.later(minutes=20).run() == Tally(polled=1, unchanged=1)
    assert move(there) == 0
    assert there.state.planned_moves() == ()


def test_a_rebuilt_state_finds_them_there(tmp_path: Path) -> None:
    there = world(tmp_path)
    move(there)
    there.state = open_state("sqlite://")
    there.state.sync_sources(there.sources, there.clock.now())
    assert rebuild(there.archive, there.state, there.clock.now())[:2] == (2, ())
    assert is_sound(there)
    assert there.later(minutes=20).run() == Tally(polled=1)


def test_an_article_that_changes_is_rewritten_where_it_is_now(tmp_path: Path) -> None:
    there = world(tmp_path)
    move(there)
    there.pages[FEED] = rss(entry(f"{HOST}/1", "Story 1", "Other words.", date=START - timedelta(days=10)))
    there.pages[f"{HOST}/1"] = article(1).replace("before the tide turned", "before the rain came")
    there.later(minutes=20).run()
    assert there.later(hours=2).run().revised == 1
    assert b"before the rain came" in there.archive.read(OLD[0])
    assert is_sound(there)


def test_its_earlier_texts_follow(tmp_path: Path) -> None:
    there = world(tmp_path)
    for n, name in ((1, "2021-11-10-Story 1"), (2, "2021-11-19-Story 2")):
        there.revisions.put(f"_posts/{name}/20211120T064344Z.md", b"earlier %d" % n)
    there.revisions.put("_archive/2021-11-19-Story 2/x.md", b"of another")
    assert move(there, days=0) == 2
    assert sorted(there.revisions.list()) == [
        "_archive/2021-11-10-Story 1/20211120T064344Z.md",
        "_archive/2021-11-19-Story 2/x.md",
        "_posts/2021-11-19-Story 2/20211120T064344Z.md",
    ]


def test_a_post_that_a_person_edited_moves_as_it_is(tmp_path: Path) -> None:
    there = world(tmp_path)
    path = tmp_path / "_posts/2021-11-10-Story 1.md"
    path.write_text(path.read_text() + "A note of mine.\n")
    assert move(there) == 1
    assert (tmp_path / OLD[0]).read_text().endswith("A note of mine.\n")
    assert [finding.kind for finding in verify(there.archive, there.state)] == ["edited"]


def test_names_that_are_taken_get_a_number(tmp_path: Path) -> None:
    there = world(tmp_path)
    there.archive.put(OLD[0], b"a page of mine\n")
    assert move(there) == 1
    assert there.known(f"{HOST}/1").path == "_archive/2021-11-10-Story 1-2.md"  # type: ignore[union-attr]
    assert (tmp_path / OLD[0]).read_bytes() == b"a page of mine\n"


def test_a_name_that_another_article_holds_is_left_to_it(tmp_path: Path) -> None:
    there = world(tmp_path)
    two = urls.key(f"{HOST}/2")
    moves = there.state.plan_moves(
        [
            (urls.key(f"{HOST}/1"), "x.md", iter(["_POSTS/2021-11-19-story 2.md", "y.md"])),
            (two, "z.md", iter(["Y.md", "w.md"])),
        ]
    )
    assert [(one.old, one.new) for one in moves] == [("x.md", "y.md"), ("z.md", "w.md")]
    assert there.state.planned_moves() == moves
    assert there.state.plan_moves([(two, "z.md", iter([]))]) == ()


@pytest.mark.parametrize(
    ("path", "want"),
    [
        ("_posts/2021-x.md", "old/2021-x.md"),
        ("_posts/a/b.md", "old/a/b.md"),
        ("content/posts/x/index.md", "old/posts/x/index.md"),
        ("Bay/x.md", "old/Bay/x.md"),
        ("_archive/x.md", "old/x.md"),
        ("x.md", "old/x.md"),
    ],
)
def test_what_stood_in_a_folder_stands_in_it_there(path: str, want: str) -> None:
    assert place(path, "old") == want


@pytest.mark.parametrize("source", OTHERS, ids=lambda source: source.format)
def test_of_other_layouts_too(tmp_path: Path, source: Source) -> None:
    paths = {"hugo": "content/posts/{date}-{title}/index.md", "obsidian": "{source}/{date}-{title}.md"}
    mine = replace(source, name=A.name, url=A.url, path=paths.get(source.format, A.path), every=A.every)
    there = world(tmp_path, mine)
    assert move(there) == 1
    assert is_sound(there)
    if source.format == "hugo":
        assert sorted(there.posts) == [
            "_archive/posts/2021-11-10-Story 1/index.md",
            "content/posts/2021-11-19-Story 2/index.md",
        ]
        assert not (tmp_path / "content/posts/2021-11-10-Story 1").exists()
    assert there.later(minutes=20).run() == Tally(polled=1, unchanged=1)


def test_pictures_beside_a_page_bundle_stay(tmp_path: Path) -> None:
    there = world(tmp_path, replace(A, format="hugo", path="content/posts/{date}-{title}/index.md"))
    picture = tmp_path / "content/posts/2021-11-10-Story 1/a.jpg"
    picture.write_bytes(b"\xff\xd8")
    assert move(there) == 1
    assert picture.exists()


def test_pages_of_the_users_own_and_second_copies_stay(tmp_path: Path) -> None:
    there = world(tmp_path)
    there.archive.put("_posts/2001-01-01-mine.md", b"---\ntitle: x\ndate: 2001-01-01\n---\n")
    there.archive.put("_posts/2001-01-01-bad.md", b"---\ntitle: x\ndate: 2001-01-01\nfrom: 'http://[bad'\n---\n")
    there.archive.put(
        "_posts/2001-01-01-unknown.md", b"---\ntitle: x\ndate: 2001-01-01\nfrom: http://x.example/\n---\n"
    )
    there.archive.put("_posts/2001-copy.md", there.archive.read("_posts/2021-11-10-Story 1.md"))
    assert move(there) == 1
    assert sorted(path for path in there.posts if "2001" in path) == [
        "_posts/2001-01-01-bad.md",
        "_posts/2001-01-01-mine.md",
        "_posts/2001-01-01-unknown.md",
        "_posts/2001-copy.md",
    ]


def test_other_addresses_of_an_article_lead_to_its_new_place(tmp_path: Path) -> None:
    there = world(tmp_path)
    alias = urls.key(f"{HOST}/alias")
    from crawler.memory import ArticleOutcome

    key, path = urls.key(f"{HOST}/1"), "_posts/2021-11-10-Story 1.md"
    there.state.settle([ArticleOutcome(key, "done", path=path, aliases=(alias,))], there.clock.now())
    assert there.state.known((alias,))[alias].path == path
    move(there)
    assert there.state.known((alias,))[alias].path == OLD[0]


def test_of_two_posts_whose_names_differ_in_case_both_move(tmp_path: Path) -> None:
    state = open_state("sqlite://")
    archive = FolderArchive(tmp_path)
    for n, name in enumerate(("_posts/X.md", "_posts/x.md")):
        archive.put(name, f"---\ntitle: x\ndate: 2001-01-01\nfrom: {HOST}/{n}\n---\n".encode())
    rebuild(archive, state, START)
    assert len(shelve(archive, state, list(find(archive, state, START, "old")))) == 2
    assert sorted(archive.list()) == ["old/X.md", "old/x-2.md"]
    assert list(verify(archive, state)) == []


# --- cut off ---


class Cut(Exception):
    """The power went."""


class Dying:
    """An archive or state that dies before or after one of its calls."""

    def __init__(self, real: Any, name: str, *, after: bool) -> None:
        self._real, self._name, self._after = real, name, after

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._real, name)
        if name != self._name:
            return method

        def dies(*args: Any) -> None:
            if self._after:
                method(*args)
            raise Cut

        return dies


STEPS = [
    ("state", "plan_moves"),
    ("archive", "name_also"),
    ("state", "carry_out"),
    ("archive", "take_along"),
    ("archive", "forget"),
]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("who", "step"), STEPS)
def test_a_move_that_is_cut_off_is_finished_by_the_next_run(
    tmp_path: Path, who: str, step: str, after: bool, caplog: pytest.LogCaptureFixture
) -> None:
    there = world(tmp_path)
    real = {"state": there.state, "archive": there.archive}
    parts = real | {who: Dying(real[who], step, after=after)}
    old = list(find(there.archive, there.state, START, "_archive"))
    with pytest.raises(Cut):
        shelve(parts["archive"], parts["state"], old)
    held = [there.known(f"{HOST}/{n}") for n in (1, 2)]
    assert all(one and there.archive.read(one.path) for one in held), "the state names no file that is not there"
    planned = there.state.planned_moves()
    finish(there.archive, there.state)
    assert ("finished moving 2 posts" in caplog.text) == bool(planned)
    assert sorted(there.posts) == (OLD if planned else [one.path for one in old])
    assert is_sound(there)
    assert there.later(minutes=20).run() == Tally(polled=1, unchanged=1)


def test_what_a_person_did_meanwhile_is_left_alone(tmp_path: Path) -> None:
    there = world(tmp_path)
    old = list(find(there.archive, there.state, START, "_archive"))
    with pytest.raises(Cut):
        shelve(there.archive, Dying(there.state, "carry_out", after=False), old)
    first, second = (tmp_path / one.path for one in old)
    text = first.read_text()
    first.unlink()
    first.write_text(text + "mine\n")  # as editors save
    second.unlink()
    (tmp_path / OLD[1]).unlink()
    finish(there.archive, there.state)
    assert there.posts == {OLD[0]: f"{HOST}/1", old[0].path: f"{HOST}/1"}
    assert there.known(f"{HOST}/1").path == old[0].path  # type: ignore[union-attr]


# --- the archive's part ---


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_disk_without_second_names_gets_copies(tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    there = world(tmp_path)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    assert move(there, days=0) == 2
    assert sorted(there.posts) == OLD
    assert is_sound(there)


def test_a_disk_that_fails_moves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = world(tmp_path)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(ArchiveError, match=r"_archive/2021-11-10-Story 1\.md: full"):
        move(there, days=0)
    assert is_sound(there)


def test_no_link_leads_a_move_out_of_the_archive(tmp_path: Path) -> None:
    there = world(tmp_path / "archive")
    (tmp_path / "out").mkdir()
    (tmp_path / "archive/_archive").symlink_to(tmp_path / "out")
    with pytest.raises(ArchiveError):
        move(there)
    assert list((tmp_path / "out").iterdir()) == []
    assert is_sound(there)


def test_a_file_that_came_in_between_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = FolderArchive(tmp_path)
    archive.put("a.md", b"a")
    archive.put("b.md", b"b")
    assert archive.name_also([("a.md", "b.md"), ("a.md", "c/d.md"), ("none.md", "e.md"), ("none.md", "b.md")]) == (
        False,
        True,
        False,
        True,
    )
    real = archive.read
    monkeypatch.setattr(archive, "read", lambda path: None if path == "b.md" else real(path))
    assert archive.name_also([("a.md", "b.md")]) == (False,)
    monkeypatch.undo()
    archive.forget([("a.md", "b.md"), ("a.md", "c/d.md"), ("none.md", "b.md")])
    assert sorted(archive.list()) == ["b.md", "c/d.md"]


# --- the command ---


class TestCommand:
    def test_moves_and_says_so(self, desk: Desk) -> None:
        desk.run("run")
        assert desk.later(days=500).run("archive", "--older-than", "480d", "--dry-run").out.splitlines() == [
            *(f"_posts/{name} -> _archive/{name}" for name in desk.posts),
            "3 posts to move; nothing was moved",
        ]
        said = desk.run("archive", "--older-than", "480d", "--into", "old/ones/")
        assert (said.code, said.out) == (0, "3 posts moved into old/ones\n")
        assert len(list((desk.archive / "old/ones").iterdir())) == 3
        assert desk.run("verify").out == "all is well\n"
        said = desk.run("archive", "--older-than", "480d", "-q", "--into", "old/ones")
        assert (said.code, said.out) == (0, "")
        desk.run("run", "--force")
        assert desk.targets == ["/feed"], "nothing is fetched again"
        assert "3 articles known" in desk.run("rebuild").out
        assert desk.run("verify").out == "all is well\n"

    @pytest.mark.parametrize("into", ["../x", "/", "", ".hidden", "_site", "a//b", "{title}", "a:b", "{source}"])
    def test_takes_no_folder_elsewhere(self, desk: Desk, into: str) -> None:
        said = desk.run("archive", "--older-than", "480d", "--into", into)
        assert said.code == 2
        assert "is no folder inside the archive" in said.err

    @pytest.mark.parametrize("age", ["480", "0d", "-3d", "soon"])
    def test_takes_no_age_that_is_none(self, desk: Desk, age: str) -> None:
        assert desk.run("archive", "--older-than", age).code == 2

    def test_waits_for_no_other_run(self, desk: Desk) -> None:
        from crawler.archive import lock

        with lock(desk.archive):
            assert desk.run("archive", "--older-than", "480d").code == 5

    def test_what_was_cut_off_is_finished_by_any_run(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        desk.run("run")
        desk.later(days=500)
        with monkeypatch.context() as cut:
            cut.setattr(FolderArchive, "forget", lambda *_: (_ for _ in ()).throw(ArchiveError("the disk is gone")))
            assert desk.run("archive", "--older-than", "480d").code == 6
        said = desk.run("run")
        assert "finished moving 3 posts" in said.err
        assert desk.run("verify").out == "all is well\n"


def test_15000_posts_are_planned_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelving, "BATCH", 2)
    state, archive = open_state("sqlite://"), FolderArchive(tmp_path)

    def posts() -> Iterator[Adopted]:
        for n in range(5):
            path, url = f"_posts/{n}.md", urls.canonical(f"{HOST}/{n}")
            archive.put(path, f"---\ntitle: x\ndate: 2001-01-01\nfrom: {url}\n---\n".encode())
            yield Adopted(url, path)

    state.adopt(posts(), START)
    assert len(list(find(archive, state, START, "old"))) == 5
