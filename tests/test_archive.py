"""The folder of posts: what is written, what is refused, what a crash leaves; the lock."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crawler.archive import FolderArchive, file_hash, lock
from crawler.errors import ArchiveError, Locked, PathTaken
from tests.privileges import as_nobody

POST = "_posts/2021-11-20-消息.md"
ROOT = Path(__file__).parents[1]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def archive(root: Path) -> FolderArchive:
    return FolderArchive(root)


def tree(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir())


class TestPut:
    def test_writes_whole_files_and_makes_folders(self, archive: FolderArchive, root: Path) -> None:
        archive.put(POST, b"one\n")
        archive.put("a/b/c.md", b"")
        assert archive.read(POST) == b"one\n"
        assert archive.read("a/b/c.md") == b""
        assert tree(root) == sorted([POST, "a/b/c.md"])

    def test_files_are_readable_as_the_umask_says(self, archive: FolderArchive, root: Path) -> None:
        before = os.umask(0o027)
        try:
            archive.put(POST, b"x")
        finally:
            os.umask(before)
        assert (root / POST).stat().st_mode & 0o777 == 0o640

    @pytest.mark.parametrize("there", ["file", "folder", "link", "dangling link"])
    def test_never_overwrites(self, there: str, archive: FolderArchive, root: Path, tmp_path: Path) -> None:
        place = root / "x.md"
        root.mkdir()
        outside = tmp_path / "outside.md"
        outside.write_bytes(b"theirs")
        makers: dict[str, Callable[[], object]] = {
            "file": lambda: place.write_bytes(b"theirs"),
            "folder": place.mkdir,
            "link": lambda: place.symlink_to(outside),
            "dangling link": lambda: place.symlink_to(tmp_path / "nothing.md"),
        }
        makers[there]()
        for over in (None, file_hash(b"theirs") if there != "file" else file_hash(b"other")):
            with pytest.raises(PathTaken, match=r"x\.md"):
                archive.put("x.md", b"ours", over=over)
        assert outside.read_bytes() == b"theirs"
        assert not (tmp_path / "nothing.md").exists()
        assert archive.read("x.md") == (b"theirs" if there == "file" else None)

    def test_replaces_what_the_caller_knows(self, archive: FolderArchive, root: Path) -> None:
        archive.put(POST, b"first")
        archive.put(POST, b"second", over=file_hash(b"first"))
        with pytest.raises(PathTaken, match="not as we left it"):
            archive.put(POST, b"third", over=file_hash(b"first"))
        with pytest.raises(PathTaken):
            archive.put("gone.md", b"third", over=file_hash(b"first"))
        assert archive.read(POST) == b"second"
        assert tree(root) == [POST]

    @pytest.mark.parametrize(
        "path",
        ["../x.md", "a/../../x.md", "/etc/x.md", "", "a//b.md", "./x.md", "a/", ".crawler/x.md", "a/.x.md", "\0"],
    )
    def test_refuses_what_is_no_path_of_the_archive(self, path: str, archive: FolderArchive, tmp_path: Path) -> None:
        with pytest.raises(ArchiveError):
            archive.put(path, b"x")
        with pytest.raises(ArchiveError):
            archive.read(path)
        assert tree(tmp_path) == []

    def test_no_link_leads_out(self, archive: FolderArchive, root: Path, tmp_path: Path) -> None:
        (tmp_path / "outside").mkdir()
        root.mkdir()
        (root / "_posts").symlink_to(tmp_path / "outside")
        for path in (POST, "_posts/new/folder/x.md"):
            with pytest.raises(ArchiveError, match="out of the archive"):
                archive.put(path, b"x")
        assert list((tmp_path / "outside").iterdir()) == []
        (root / "inner").mkdir()
        (root / "alias").symlink_to("inner")
        archive.put("alias/x.md", b"x")
        assert archive.read("inner/x.md") == b"x"

    def test_the_root_itself_may_be_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "disk").mkdir()
        (tmp_path / "archive").symlink_to(tmp_path / "disk")
        FolderArchive(tmp_path / "archive").put(POST, b"x")
        assert tree(tmp_path / "disk") == [POST]

    def test_says_what_the_system_refuses(self, archive: FolderArchive, root: Path) -> None:
        archive.put("file.md", b"x")
        with pytest.raises(ArchiveError, match=r"File exists|Not a directory"):
            archive.put("file.md/x.md", b"x")
        with pytest.raises(ArchiveError, match="File name too long"):
            archive.put("长" * 100 + ".md", b"x")
        assert archive.read("file.md/x.md") is None
        assert tree(root) == ["file.md"]

    def test_takes_many_at_once(self, archive: FolderArchive, root: Path) -> None:
        names = [f"f{n % 5}/{n}.md" for n in range(40)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: archive.put(name, name.encode()), names))
        assert tree(root) == sorted(names)
        assert all(archive.read(name) == name.encode() for name in names)

    def test_order_on_the_disk(self, archive: FolderArchive, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """STYLE §2, third order: beside its place, fsynced, then renamed, and the folder after it."""
        did: list[tuple[str, str]] = []
        fsync, rename = os.fsync, os.rename

        def name(path: object) -> str:
            return re.sub(r"[0-9a-f]{16}", "…", os.path.basename(str(path)))

        def noted_fsync(fd: int) -> None:
            place = os.readlink(f"/proc/self/fd/{fd}")
            did.append(("fsync", name(place)))
            if not os.path.isdir(place):
                assert os.path.getsize(place) == 3
            fsync(fd)

        def noted_rename(old: str, new: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
            assert src_dir_fd == dst_dir_fd
            did.append(("rename", name(new)))
            rename(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

        archive.put("_posts/earlier.md", b"x")
        monkeypatch.setattr(os, "fsync", noted_fsync)
        monkeypatch.setattr(os, "rename", noted_rename)
        archive.put("_posts/x.md", b"one")
        assert did == [("fsync", ".crawler-….tmp"), ("rename", "x.md"), ("fsync", "_posts")]


class TestFailures:
    """A failure leaves nothing behind, and what stood there as it was."""

    @pytest.mark.parametrize("call", ["fsync", "rename"])
    @pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
    def test_half_way_takes_the_temporary_file_along(
        self, call: str, error: BaseException, archive: FolderArchive, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        archive.put(POST, b"first")

        def refuse(*_: object, **__: object) -> None:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(os, call, refuse)
            with pytest.raises((ArchiveError, KeyboardInterrupt)) as caught:
                archive.put(POST, b"second", over=file_hash(b"first"))
        if isinstance(error, OSError):
            assert str(caught.value) == f"{POST}: No space left on device"
        assert tree(root) == [POST]
        assert archive.read(POST) == b"first"

    def test_a_file_too_large_for_the_system(self, root: Path) -> None:
        program = f"""
import resource, signal
from pathlib import Path
from crawler.archive import FolderArchive
from crawler.errors import ArchiveError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
archive = FolderArchive(Path({str(root)!r}))
archive.put("small.md", b"x" * 4999)
try:
    archive.put("large.md", b"x" * 5001)
except ArchiveError as e:
    print(e)
"""
        assert run(program) == "large.md: File too large\n"
        assert tree(root) == ["small.md"]

    def test_no_permission(self) -> None:
        with as_nobody() as folder:
            archive = FolderArchive(folder)
            archive.check_writable()
            archive.put("x.md", b"x")
            folder.chmod(0o500)
            with pytest.raises(ArchiveError, match="Permission denied"):
                archive.put("y.md", b"y")
            with pytest.raises(ArchiveError, match="Permission denied"):
                archive.check_writable()
            with pytest.raises(ArchiveError, match="Permission denied"), lock(folder):
                raise AssertionError
            assert archive.read("x.md") == b"x"
            (folder / "x.md").chmod(0)
            with pytest.raises(ArchiveError, match="Permission denied"):
                archive.read("x.md")
            assert tree(folder) == ["x.md"]

    def test_folders_that_cannot_be_synced(
        self, archive: FolderArchive, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fsync, refusal = os.fsync, [errno.EINVAL]

        def only_files(fd: int) -> None:
            if os.path.isdir(f"/proc/self/fd/{fd}"):
                raise OSError(refusal[0], os.strerror(refusal[0]))
            fsync(fd)

        monkeypatch.setattr(os, "fsync", only_files)
        archive.put("x.md", b"x")
        refusal[0] = errno.EIO
        with pytest.raises(ArchiveError, match="Input/output error"):
            archive.put("y.md", b"y")


class TestSweeping:
    def test_removes_what_a_killed_run_left(self, archive: FolderArchive, root: Path) -> None:
        program = f"""
import os, signal
from pathlib import Path
from crawler.archive import FolderArchive
archive = FolderArchive(Path({str(root)!r}))
archive.put({POST!r}, b"whole")
os.rename = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
archive.put("_posts/deep/er.md", b"never")
"""
        run(program, ends=-signal.SIGKILL)
        left = [name for name in tree(root) if name != POST]
        assert [re.sub("[0-9a-f]{16}", "…", name) for name in left] == ["_posts/deep/.crawler-….tmp"]
        assert list(archive.list()) == [POST]
        assert archive.sweep(["_posts", "", "no/such"]) == 0
        assert archive.sweep(["_posts/deep"]) == 1
        assert tree(root) == [POST]

    def test_goes_everywhere_but_touches_only_its_own(self, archive: FolderArchive, root: Path) -> None:
        keep = [".crawler/state.db", "a/.hidden.tmp", "a/.crawler-x.tmp", "a/crawler-0123456789abcdef.tmp"]
        for name in [*keep, ".crawler-0123456789abcdef.tmp", "a/b/.crawler-00000000deadbeef.tmp"]:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(b"")
        assert archive.sweep() == 2
        assert tree(root) == sorted(keep)
        assert archive.sweep() == 0

    def test_of_nothing(self, archive: FolderArchive) -> None:
        assert archive.sweep() == 0

    def test_a_probe_leaves_nothing(self, archive: FolderArchive, root: Path) -> None:
        archive.check_writable()
        assert root.is_dir()
        assert tree(root) == []
        (root / "file").write_bytes(b"")
        with pytest.raises(ArchiveError, match=r"File exists|Not a directory"):
            FolderArchive(root / "file").check_writable()


class TestListing:
    def test_shows_posts_only_in_sorted_order(self, archive: FolderArchive, root: Path) -> None:
        posts = ["_posts/b.md", "_posts/c.markdown", "_posts/sub/a.html", "z.md", "消息.md", "_posts/_site/x.md"]
        cut = {"_posts/cut long nam": b"---\nlayout: post\n", "win": b"---\r\nx", "bom": b"\xef\xbb\xbf---\n"}
        other = ["_site/b.md", ".crawler/x.md", ".git/y.md", "_posts/.hidden.md", "image.jpg", "_posts/.crawler-1.tmp"]
        for name in [*posts, *cut, *other]:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(cut.get(name, b"text"))
        (root / "link.md").symlink_to(root / "z.md")
        (root / "loop").symlink_to(root)
        os.mkfifo(root / "pipe.md")
        listed = list(archive.list())
        assert sorted(listed) == sorted([*posts, *cut])
        assert listed == sorted(listed, key=lambda path: path.split("/"))

    def test_of_nothing_is_empty(self, archive: FolderArchive) -> None:
        assert list(archive.list()) == []
        assert archive.read(POST) is None

    def test_shows_what_cannot_be_read(self) -> None:
        with as_nobody() as folder:
            archive = FolderArchive(folder)
            archive.put("no suffix", b"---\n")
            (folder / "no suffix").chmod(0)
            assert list(archive.list()) == ["no suffix"]
            (folder / "closed").mkdir(mode=0)
            with pytest.raises(ArchiveError, match="closed: Permission denied"):
                list(archive.list())


class TestLock:
    def test_keeps_another_run_off_and_says_who_holds_it(self, root: Path) -> None:
        program = f"""
from pathlib import Path
from crawler.archive import lock
from crawler.errors import Locked
try:
    with lock(Path({str(root)!r})):
        print("free")
except Locked as e:
    print(e)
"""
        with lock(root):
            said = run(program)
            assert re.fullmatch(
                rf"{re.escape(str(root))}: another run is at work "
                rf"\(process {os.getpid()}, since \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ\)\n",
                said,
            )
            with pytest.raises(Locked), lock(root):
                raise AssertionError
        assert run(program) == "free\n"
        assert tree(root) == [".crawler/lock"]

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe garbage", b"4194304" * 100])
    def test_bears_whatever_is_in_the_file(self, content: bytes, root: Path) -> None:
        (root / ".crawler").mkdir(parents=True)
        (root / ".crawler/lock").write_bytes(content)
        with lock(root):
            assert (root / ".crawler/lock").read_text() == f"{os.getpid()}\n"
            (root / ".crawler/lock").write_bytes(content)
            with pytest.raises(Locked, match="process "), lock(root):
                raise AssertionError

    def test_is_let_go_by_a_crash_even_where_a_child_lives_on(self, root: Path) -> None:
        program = f"""
import os, signal
from pathlib import Path
from crawler.archive import lock
with lock(Path({str(root)!r})):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, b"I live")
        signal.pause()
    os.read(read, 6)
    print(child, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
        child = int(run(program, ends=-signal.SIGKILL, wait_for_children=False))
        try:
            with lock(root):
                os.kill(child, 0)  # it does live on
        finally:
            os.kill(child, signal.SIGKILL)

    def test_is_let_go_by_an_error(self, root: Path) -> None:
        with pytest.raises(ZeroDivisionError), lock(root):
            raise ZeroDivisionError
        with lock(root):
            pass


def run(program: str, ends: int = 0, *, wait_for_children: bool = True) -> str:
    """Run a program in a process of its own; returns what it printed."""
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = process.stdout.read() if wait_for_children else process.stdout.readline()
        process.wait()
    assert process.returncode == ends
    return said
