"""What every archive promises: in a folder, in a store that cannot check and write in one step, on S3 by its protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

import pytest
from fsspec.core import url_to_fs
from fsspec.implementations.memory import MemoryFileSystem

from crawler.archive import Archive, OpenArchive, Place, below, earlier_texts, file_hash, open_archive, survey
from crawler.errors import ArchiveError, PathTaken
from tests.objects import BUCKET, Objects, empty, serving

POST = "_posts/2021-11-20-消息 50%.md"
HEAD = b"---\nfrom: https://a.example/%d\n---\ntext\n"


@dataclass
class Kept:
    """An archive, and a way round it."""

    place: Place
    archive: OpenArchive

    def write(self, path: str, data: bytes) -> None:
        if isinstance(self.place, Path):
            (self.place / path).parent.mkdir(parents=True, exist_ok=True)
            (self.place / path).write_bytes(data)
        else:
            fs, root = url_to_fs(self.place)
            fs.pipe_file(f"{root}/{path}", data)

    def names(self) -> list[str]:
        """Return the paths of all files, hidden ones, too."""
        fs, root = url_to_fs(str(self.place), use_listings_cache=False, skip_instance_cache=True)
        found = fs.find(root) if fs.exists(root) else []
        return sorted(str(name).removeprefix(root).lstrip("/") for name in found)


@pytest.fixture(scope="module")
def s3() -> Iterator[Objects]:
    with serving() as objects:
        yield objects


@contextmanager
def memory() -> Iterator[str]:
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]
    yield "memory://posts/news"


@pytest.fixture(params=["folder", "memory", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    if request.param == "s3":
        request.getfixturevalue("s3")
        empty()
        yield Kept(f"s3://{BUCKET}/news", open_archive(f"s3://{BUCKET}/news"))
    elif request.param == "memory":
        with memory() as place:
            yield Kept(place, open_archive(place))
    else:
        yield Kept(tmp_path / "archive", open_archive(tmp_path / "archive"))


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """Do some things at the same time; an error counts as what came of it."""
    gate = Barrier(len(jobs))

    def one(job: Callable[[], object]) -> object:
        gate.wait(10)
        try:
            return job()
        except ArchiveError as e:
            return e

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(one, jobs))


class TestFiles:
    def test_are_written_whole_and_read_back(self, kept: Kept) -> None:
        for path, data in {POST: b"one\n", "a/b/c.md": b"", "big.md": bytes(range(256)) * 4096}.items():
            kept.archive.put(path, data)
            assert kept.archive.read(path) == data
        assert kept.names() == sorted([POST, "a/b/c.md", "big.md"])

    def test_are_not_there_before(self, kept: Kept) -> None:
        assert kept.archive.read(POST) is None
        assert kept.archive.stamp(POST) is None
        assert list(kept.archive.list()) == []
        kept.archive.put(POST, b"x")
        assert kept.archive.read("_posts") is None
        assert kept.archive.stamp("_posts") is None

    def test_are_never_overwritten(self, kept: Kept) -> None:
        kept.write(POST, b"theirs")
        for over in (None, file_hash(b"other")):
            with pytest.raises(PathTaken, match=r"消息 50%\.md"):
                kept.archive.put(POST, b"ours", over=over)
        with pytest.raises(PathTaken):
            kept.archive.put(POST, b"theirs")
        assert kept.archive.read(POST) == b"theirs"

    def test_are_replaced_by_who_knows_them(self, kept: Kept) -> None:
        kept.archive.put(POST, b"first")
        kept.archive.put(POST, b"second", over=file_hash(b"first"))
        with pytest.raises(PathTaken, match="not as we left it"):
            kept.archive.put(POST, b"third", over=file_hash(b"first"))
        with pytest.raises(PathTaken, match="not as we left it"):
            kept.archive.put("gone.md", b"third", over=file_hash(b"first"))
        assert kept.archive.read(POST) == b"second"
        assert kept.names() == [POST]

    @pytest.mark.parametrize(
        "path",
        ["../x.md", "a/../../x.md", "/etc/x.md", "", "a//b.md", "./x.md", "a/", ".crawler/x.md", "a/.x.md", "\0"],
    )
    def test_have_paths_of_the_archive(self, path: str, kept: Kept) -> None:
        with pytest.raises(ArchiveError):
            kept.archive.put(path, b"x")
        with pytest.raises(ArchiveError):
            kept.archive.read(path)
        assert kept.names() == []

    def test_look_otherwise_when_they_are_others(self, kept: Kept) -> None:
        kept.archive.put(POST, b"one")
        seen = kept.archive.stamp(POST)
        assert dict(kept.archive.walk()) == {POST: seen}
        kept.archive.put(POST, b"two", over=file_hash(b"one"))
        assert kept.archive.stamp(POST) != seen
        assert dict(kept.archive.walk()) == {POST: kept.archive.stamp(POST)}


class TestWriters:
    def test_of_one_path_one_wins(self, kept: Kept) -> None:
        """In a folder the state sees to that: a path is reserved for one article before it is written."""
        if isinstance(kept.place, Path):
            return
        texts = [b"writer %d" % n for n in range(6)]
        came = at_once(*(lambda data=data: kept.archive.put(POST, data) for data in texts))
        assert sorted(str(type(one).__name__) for one in came) == ["NoneType", *["PathTaken"] * 5]
        assert kept.archive.read(POST) == texts[came.index(None)]

    def test_of_many_paths_all_win(self, kept: Kept) -> None:
        names = [f"f{n % 5}/{n}.md" for n in range(24)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: kept.archive.put(name, name.encode()), names))
            assert list(pool.map(kept.archive.read, names)) == [name.encode() for name in names]
        assert kept.names() == sorted(names)


class TestListing:
    def test_shows_posts_only_folder_by_folder(self, kept: Kept) -> None:
        posts = ["_posts/b.md", "_posts/c.markdown", "_posts/sub/a.html", "z.md", "消息.md", "_posts/_site/x.md"]
        posts += ["_posts/sub-way/e.md", "_posts/sub/b.md", "content/2021/one/index.md", "content/2021-x.md"]
        cut = {"_posts/cut long nam": b"---\nlayout: post\n", "win": b"---\r\nx", "bom": b"\xef\xbb\xbf---\n"}
        other = ["_site/b.md", ".crawler/x.md", ".git/y.md", "_posts/.hidden.md", "image.jpg", "_posts/.crawler-1.tmp"]
        for name in [*posts, *cut, *other, "plain", "empty"]:
            kept.write(name, b"" if name == "empty" else cut.get(name, b"text"))
        listed = list(kept.archive.list())
        assert sorted(listed) == sorted([*posts, *cut])
        assert listed == list(kept.archive.list())
        for base in {name[:at] for name in listed for at in range(len(name)) if name[at] == "/"}:
            inside = [name.startswith(f"{base}/") for name in listed]
            assert sum(inside) == len(inside) - inside.index(True) - inside[::-1].index(True)  # all in one go
            files = [name for name in listed if name.rpartition("/")[0] == base]
            assert files == sorted(files)

    def test_is_read_back_as_posts(self, kept: Kept) -> None:
        for n in range(3):
            kept.archive.put(f"_posts/2021-11-2{n}-x.md", HEAD % n)
        kept.archive.put("_posts/2021-11-29-empty.md", b"")
        kept.archive.put("README.md", b"# Read me\n")
        found = {path: known.url if known else reason for path, known, reason in survey(kept.archive)}
        assert found == {
            "README.md": "",
            "_posts/2021-11-20-x.md": "https://a.example/0",
            "_posts/2021-11-21-x.md": "https://a.example/1",
            "_posts/2021-11-22-x.md": "https://a.example/2",
            "_posts/2021-11-29-empty.md": "it is empty",
        }


class TestFolders:
    def test_are_named_by_their_paths(self, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
        kept.archive.put("_posts/2021/x.md", b"x")
        if isinstance(kept.place, Path):
            monkeypatch.chdir(kept.place)
        assert kept.archive.inside(Path("_posts/2021")) == "_posts/2021"
        assert kept.archive.inside(Path(below(kept.place, "_posts"))) == "_posts"
        assert kept.archive.inside(Path(kept.place)) == kept.archive.inside(Path()) == ""
        with pytest.raises(ArchiveError, match="is no folder"):
            kept.archive.inside(Path("nowhere"))
        for elsewhere in ("/", "..", "/tmp"):
            with pytest.raises(ArchiveError, match="does not lie in the archive"):
                kept.archive.inside(Path(elsewhere))


class TestMoving:
    PAIRS = (("_posts/a.md", "old/a.md"),)

    def test_in_its_three_steps(self, kept: Kept) -> None:
        kept.archive.put("_posts/a.md", b"text")
        revisions = open_archive(below(kept.place, ".revisions"))
        revisions.put("_posts/a/20211120T000000Z.md", b"earlier")
        assert kept.archive.name_also(self.PAIRS) == (True,)
        assert kept.archive.read("_posts/a.md") == kept.archive.read("old/a.md") == b"text"
        for _ in range(2):  # a run that was cut off is finished by the next one
            kept.archive.take_along(self.PAIRS)
            kept.archive.forget(self.PAIRS)
            assert kept.archive.name_also(self.PAIRS) == (True,)
            assert kept.names() == [".revisions/old/a/20211120T000000Z.md", "old/a.md"]

    def test_over_nothing(self, kept: Kept) -> None:
        kept.archive.put("_posts/a.md", b"text")
        kept.archive.put("old/a.md", b"another")
        assert kept.archive.name_also([*self.PAIRS, ("none.md", "old/none.md")]) == (False, False)
        kept.archive.forget(self.PAIRS)
        assert kept.archive.read("_posts/a.md") == b"text"
        assert kept.archive.read("old/a.md") == b"another"

    def test_earlier_texts_are_found_again(self, kept: Kept) -> None:
        open_archive(below(kept.place, ".revisions")).put("_posts/a/20211120T000000Z.md", b"earlier")
        found: Archive = earlier_texts(kept.place, "_posts/a.md")
        assert {name: found.read(name) for name in found.list()} == {"20211120T000000Z.md": b"earlier"}
        with pytest.raises(ArchiveError):
            list(earlier_texts(kept.place, "../a.md").list())


def test_a_probe_leaves_nothing_and_nothing_is_swept(kept: Kept) -> None:
    kept.archive.check_writable()
    assert kept.names() == []
    assert kept.archive.sweep() == kept.archive.sweep([""]) == 0
