"""No link leads out of the archive: not the folder of the posts, nor a parent, nor the file, nor one put there meanwhile."""

from __future__ import annotations

import errno
import itertools
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from crawler import rooted
from crawler.archive import FolderArchive, lock
from crawler.errors import ArchiveError, Locked, PathTaken

POST = "_posts/2021/x.md"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "archive").mkdir()
    return tmp_path / "archive"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.md").write_bytes(b"theirs")
    return tmp_path / "outside"


def untouched(outside: Path) -> bool:
    return [(place.name, place.read_bytes()) for place in outside.iterdir()] == [("x.md", b"theirs")]


@pytest.mark.parametrize("link", ["_posts", "_posts/2021"])
@pytest.mark.parametrize("target", ["", "nothing/there"])
def test_a_folder_that_leads_out_is_refused_by_name(root: Path, outside: Path, link: str, target: str) -> None:
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to(outside / target)
    archive = FolderArchive(root)
    said = re.escape(f"{POST}: leads out of the archive: {root / link} is a link to {outside / target}")
    for call in (
        lambda: archive.put(POST, b"ours"),
        lambda: archive.read(POST),
        lambda: archive.sweep(["_posts/2021"]),
    ):
        with pytest.raises(ArchiveError, match=said.replace(re.escape(POST), ".*")):
            call()
    assert untouched(outside)


def test_relative_links_and_links_to_links_lead_out_too(root: Path, outside: Path) -> None:
    (root / "near").symlink_to("../outside")
    (root / "_posts").symlink_to("near")
    with pytest.raises(ArchiveError, match="_posts is a link to"):
        FolderArchive(root).put("_posts/y.md", b"ours")
    assert untouched(outside)


def test_links_in_a_circle_are_an_error(root: Path) -> None:
    (root / "_posts").symlink_to("other")
    (root / "other").symlink_to("_posts")
    with pytest.raises(ArchiveError, match="_posts"):
        FolderArchive(root).put("_posts/y.md", b"ours")


def test_a_file_that_leads_out_is_never_written_through(root: Path, outside: Path) -> None:
    (root / "_posts").mkdir()
    for name, target in (("y.md", outside / "x.md"), ("z.md", outside / "new.md")):
        (root / "_posts" / name).symlink_to(target)
        with pytest.raises(PathTaken):
            FolderArchive(root).put(f"_posts/{name}", b"ours")
        assert FolderArchive(root).read(f"_posts/{name}") is None
    assert untouched(outside)


def test_the_root_and_what_is_above_it_may_be_links(tmp_path: Path) -> None:
    (tmp_path / "disk" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    (tmp_path / "link" / "deep" / "again").symlink_to(tmp_path / "disk")
    for named in ("link", "link/deep/again", "link/deep/new"):
        archive = FolderArchive(tmp_path / named)
        archive.check_writable()
        archive.put(f"{named.replace('/', '-')}/{POST}", b"ours")
        assert archive.read(f"{named.replace('/', '-')}/{POST}") == b"ours"


def swap(root: Path, outside: Path) -> Callable[[Path], Path]:
    """Return a `real` after whose look the folder becomes a link."""
    look = rooted.real

    def real(place: Path) -> Path:
        found = look(place)
        if place.name == "2021" and not place.is_symlink():
            place.rmdir()
            place.symlink_to(outside)
        return found

    return real


def test_a_link_that_is_put_in_the_way_between_look_and_write_is_not_followed(
    root: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "_posts" / "2021").mkdir(parents=True)
    archive = FolderArchive(root)
    monkeypatch.setattr(rooted, "real", swap(root, outside))
    with pytest.raises(ArchiveError, match="_posts/2021: is a link now, and was none a moment ago"):
        archive.put(POST, b"ours")
    assert untouched(outside)


def test_nor_where_the_folder_is_open_already(root: Path, outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create = rooted.create

    def late(above: int, name: str, data: bytes) -> None:
        (root / "_posts").rename(root / "moved")
        (root / "_posts").symlink_to(outside)
        create(above, name, data)

    monkeypatch.setattr(rooted, "create", late)
    FolderArchive(root).put("_posts/y.md", b"ours")
    assert (root / "moved" / "y.md").read_bytes() == b"ours", "in the folder it was opened for"
    assert untouched(outside)


def test_pipes_and_folders_are_no_files(root: Path) -> None:
    os.mkfifo(root / "pipe.md")
    (root / "folder.md").mkdir()
    archive = FolderArchive(root)
    assert [archive.read(name) for name in ("pipe.md", "folder.md", "none.md", "pipe.md/x.md")] == [None] * 4


class TestTheCorner:
    def test_that_leads_out_is_refused(self, root: Path, outside: Path) -> None:
        (root / ".crawler").symlink_to(outside)
        with pytest.raises(ArchiveError, match=r"\.crawler is a link to"), lock(root):
            raise AssertionError
        assert untouched(outside)

    @pytest.mark.parametrize("name", ["lock", "state.db"])
    def test_that_holds_a_link_out_is_refused(self, root: Path, outside: Path, name: str) -> None:
        (root / ".crawler").mkdir()
        (root / ".crawler" / name).symlink_to(outside / "x.md")
        with pytest.raises(ArchiveError, match=rf"\.crawler/{name}: leads out"), lock(root):
            raise AssertionError
        assert untouched(outside)

    def test_a_lock_that_is_a_link_is_not_followed(self, root: Path) -> None:
        (root / ".crawler").mkdir()
        (root / "x.md").write_bytes(b"ours")
        (root / ".crawler" / "lock").symlink_to(root / "x.md")
        with pytest.raises(ArchiveError, match="symbolic links"), lock(root):
            raise AssertionError
        assert (root / "x.md").read_bytes() == b"ours"

    def test_may_be_below_a_root_that_is_a_link(self, root: Path, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(root)
        with lock(tmp_path / "link"), pytest.raises(Locked), lock(root):
            raise AssertionError


class TestSyncs:
    """A folder is made durable once for all who renamed something in it before that began."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Iterator[int]:
        descriptor = os.open(tmp_path, rooted.FOLDER)
        yield descriptor
        os.close(descriptor)

    def test_each_thread_returns_after_a_time_that_began_after_it_asked(
        self, folder: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock, done = itertools.count(), list[tuple[int, int]]()
        real, syncs = rooted.sync, rooted.Syncs()

        def sync(descriptor: int) -> None:
            began = next(clock)
            real(descriptor)
            done.append((began, next(clock)))

        def ask(_: int) -> tuple[int, int]:
            asked = next(clock)
            syncs.sync(folder)
            return asked, next(clock)

        monkeypatch.setattr(rooted, "sync", sync)
        with ThreadPoolExecutor(8) as pool:
            asks = list(pool.map(ask, range(200)))
        assert all(any(asked < began and ended < got for began, ended in done) for asked, got in asks)
        assert len(done) <= len(asks)

    def test_who_comes_while_others_wait_waits_with_them(self, folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
        syncs, facts = rooted.Syncs(), os.fstat(folder)
        monkeypatch.setattr(rooted, "sync", lambda _: pytest.fail("asked twice"))
        others = syncs._waiting[facts.st_dev, facts.st_ino] = Future[None]()
        others.set_result(None)
        syncs.sync(folder)

    def test_what_fails_fails_for_all(self, folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
        def sync(_: int) -> None:
            raise OSError(errno.EIO, "broken")

        syncs, facts = rooted.Syncs(), os.fstat(folder)
        monkeypatch.setattr(rooted, "sync", sync)
        with pytest.raises(OSError, match="broken"):
            syncs.sync(folder)
        others = syncs._waiting[facts.st_dev, facts.st_ino] = Future[None]()
        others.set_exception(OSError(errno.EIO, "broken, too"))
        with pytest.raises(OSError, match="broken, too"):
            syncs.sync(folder)
