"""The index: made from files, kept as they are, asked."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.archive import FolderArchive, Stamp
from crawler.errors import ArchiveError, SearchDamaged, SearchError
from crawler.search import Index, is_known, keep, plain, search, search_files, standing, update, walk
from crawler.search.hits import Hit
from crawler.search.query import read_query
from crawler.search.tokens import fold

NOW = datetime(2026, 11, 23, 17, 15, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Shelf:
    """An archive and its index."""

    root: Path
    index: Index

    def put(
        self, path: str, text: str, *, title: str = "Title", day: int = 1, head: str = "categories: [ News ]"
    ) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        date = f"2021-11-{day:02}T06:43:44.821Z"
        place.write_text(
            f'---\nlayout: post\ntitle: "{title}"\ndate: {date}\nfrom: https://a.example/{path}\n{head}\n---\n{text}\n'
        )

    def walk(self) -> tuple[int, int]:
        kept = walk(self.index, NOW)
        assert kept.is_whole
        return kept.read, kept.gone

    def found(self, query: str, **more: object) -> list[str]:
        hits = search(self.index, query, **more)  # type: ignore[arg-type]
        assert hits.total >= len(hits.hits)
        return [hit.path for hit in hits.hits]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    root = tmp_path / "archive"
    shelf = Shelf(root, Index(root / ".crawler/search.db", root))
    shelf.put("_posts/1.md", "去香港的人。", title="北京消息", day=1)
    shelf.put("_posts/2.md", "The ferry left **Hong** Kong.", title="Élan", day=2, head="tags: [ Sea ]")
    shelf.put(
        "other/3.md", "港口的香蕉，A股。", title="香港", day=3, head="categories: [ 联合早报 ]\ntags: [ Sea, 港 ]"
    )
    return shelf


class TestSearch:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("香港", {"other/3.md", "_posts/1.md"}),
            ("港", {"other/3.md", "_posts/1.md"}),
            ("港口", {"other/3.md"}),
            ("港 北京", {"_posts/1.md"}),
            ("人", {"_posts/1.md"}),
            ("香蕉", {"other/3.md"}),
            ("的港", set()),
            ("A股", {"other/3.md"}),
            ("hong", {"_posts/2.md"}),
            ("elan FERRY", {"_posts/2.md"}),
            ('"hong kong"', {"_posts/2.md"}),
            ('"kong hong"', set()),
            ("ferr", set()),
            ("from", set()),
            ("a.example", set()),
        ],
    )
    def test_finds_posts_by_title_and_text(self, shelf: Shelf, query: str, found: set[str]) -> None:
        assert shelf.walk() == (3, 0)
        assert set(shelf.found(query)) == found
        assert {hit.path for hit in search_files(shelf.root, query).hits} == found

    def test_tells_of_each_post_what_is_known(self, shelf: Shelf) -> None:
        shelf.walk()
        hits = search(shelf.index, "ferry élan")
        (hit,) = hits.hits
        assert (hits.total, hits.is_whole) == (1, True)
        assert isinstance(hit, Hit)
        assert (hit.path, hit.url, hit.source) == ("_posts/2.md", "https://a.example/_posts/2.md", "Sea")
        assert hit.published == datetime(2021, 11, 2, 6, 43, 44, 821000, tzinfo=UTC)
        assert [(part.text, part.is_hit) for part in hit.title] == [("Élan", True)]
        assert [(part.text, part.is_hit) for part in hit.snippet] == [
            ("The ", False),
            ("ferry", True),
            (" left Hong Kong.", False),
        ]

    def test_filters_by_source_and_date(self, shelf: Shelf) -> None:
        shelf.put("_posts/4.md", "香港", head="", day=1)
        (shelf.root / "_posts/5.md").write_text("---\nfrom: https://a.example/5\n---\n香港\n")
        shelf.walk()
        assert set(shelf.found("香港 OR"[:2])) == {"_posts/1.md", "other/3.md", "_posts/4.md", "_posts/5.md"}
        assert shelf.found("香港", source="News") == ["_posts/1.md"]
        assert shelf.found("港", source="Sea") == ["other/3.md"]
        assert shelf.found("香港", source="news") == []
        second = datetime(2021, 11, 2, tzinfo=UTC)
        assert shelf.found("香港", since=second) == ["other/3.md"]
        assert set(shelf.found("香港", until=second)) == {"_posts/1.md", "_posts/4.md"}
        exact = datetime(2021, 11, 3, 6, 43, 44, 821000, tzinfo=UTC)
        assert shelf.found("香港", since=exact) == ["other/3.md"]
        assert shelf.found("香港", since=exact, until=exact) == []
        assert shelf.found("香港", since=exact + timedelta(microseconds=1)) == []
        assert is_known(shelf.index, "联合早报")
        assert not is_known(shelf.index, "联合")

    def test_the_more_relevant_come_first_then_the_newer(self, shelf: Shelf) -> None:
        for n in range(1, 29):
            shelf.put(f"n/{n:02}.md", "a lighthouse among many other words", day=n)
        for n in range(40):
            shelf.put(f"other/{n:02}.md", "nothing of the kind")
        shelf.put("x/often.md", "lighthouse " * 20)
        shelf.put("x/title.md", "no word of it", title="The lighthouse")
        shelf.walk()
        assert shelf.found("lighthouse", limit=4) == ["x/title.md", "x/often.md", "n/28.md", "n/27.md"]
        assert shelf.found("lighthouse", limit=2, offset=29) == ["n/01.md"]
        assert search(shelf.index, "lighthouse", limit=0).total == 30
        assert shelf.found("lighthouse", limit=-5, offset=-5) == []

    def test_single_characters_are_ordered_by_title_then_date(self, shelf: Shelf) -> None:
        shelf.put("n/1.md", "的", day=9)
        shelf.put("n/2.md", "的", day=10)
        shelf.put("n/3.md", "无", title="的", day=2)
        shelf.walk()
        assert shelf.found("的")[:3] == ["n/3.md", "n/2.md", "n/1.md"]

    def test_a_post_that_is_gone_meanwhile_has_no_snippet(self, shelf: Shelf) -> None:
        shelf.walk()
        (shelf.root / "_posts/1.md").unlink()
        (hit,) = search(shelf.index, "北京").hits
        assert (plain(hit.title), hit.snippet) == ("北京消息", ())

    def test_without_an_index_says_so(self, shelf: Shelf) -> None:
        with pytest.raises(SearchError, match="there is none yet"):
            search(shelf.index, "香港")

    def test_an_index_that_is_being_made_says_so(self, shelf: Shelf) -> None:
        assert not update(shelf.index, ["_posts/1.md"]).is_whole
        hits = search(shelf.index, "香港")
        assert (hits.total, hits.is_whole) == (1, False)


LETTERS = st.text(st.sampled_from("香港人a b,éB09。"), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(LETTERS, min_size=1, max_size=4),
    words=st.lists(LETTERS, min_size=1, max_size=2),
    quoted=st.booleans(),
)
def test_finds_just_what_a_plain_scan_finds(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], words: list[str], quoted: bool
) -> None:
    shelf = Shelf(root := tmp_path_factory.mktemp("scan"), Index(root / ".crawler/search.db", root))
    for number, text in enumerate(texts):
        shelf.put(f"{number}.md", text, title="")
    query = " ".join(f'"{word}"' if quoted else word for word in words)
    if not fold(query).strip():
        return
    shelf.walk()
    phrases = read_query(query).phrases
    scanned = {f"{n}.md" for n, text in enumerate(texts) if all(p.pattern.search(fold(text)) for p in phrases)}
    assert set(shelf.found(query)) == scanned


class TestKeep:
    def test_reads_only_what_changed(self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
        assert shelf.walk() == (3, 0)
        read: list[str] = []
        real = keep._read

        def noted(archive: FolderArchive, path: str, seen: Stamp) -> keep.Row | None:
            read.append(path)
            return real(archive, path, seen)

        monkeypatch.setattr(keep, "_read", noted)
        assert shelf.walk() == (0, 0)
        shelf.put("_posts/1.md", "澳门的消息", title="北京消息")
        os.utime(shelf.root / "_posts/2.md")
        assert shelf.walk() == (1, 0)
        assert read == ["_posts/1.md", "_posts/2.md"]
        assert shelf.walk() == (0, 0)
        assert len(read) == 2
        assert shelf.found("香港") == ["other/3.md"]
        assert shelf.found("澳门") == ["_posts/1.md"]

    def test_forgets_what_is_gone(self, shelf: Shelf) -> None:
        shelf.walk()
        (shelf.root / "_posts/1.md").unlink()
        (shelf.root / "_posts/2.md").rename(shelf.root / "_posts/4.md")
        assert shelf.walk() == (1, 2)
        assert shelf.found("香港") == ["other/3.md"]
        assert shelf.found("ferry") == ["_posts/4.md"]
        assert standing(shelf.index).files == 2

    def test_updates_what_it_is_told_of_alone(self, shelf: Shelf) -> None:
        shelf.walk()
        shelf.put("_posts/4.md", "香港四")
        shelf.put("_posts/5.md", "香港五")
        (shelf.root / "_posts/1.md").unlink()
        assert update(shelf.index, ["_posts/4.md", "_posts/1.md", "_posts/none.md"]) == keep.Kept(1, 1, is_whole=True)
        assert set(shelf.found("香港")) == {"_posts/4.md", "other/3.md"}
        assert shelf.walk() == (1, 0)

    def test_what_is_no_post_is_read_once_and_never_found(self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
        (shelf.root / "README.md").write_text("香港")
        (shelf.root / "_posts/2021-01-01-half.md").write_bytes(b"")
        (shelf.root / ".hidden.md").write_text("---\nfrom: x\n---\n香港")
        (shelf.root / "link.md").symlink_to("_posts/1.md")
        assert shelf.walk() == (3, 0)
        monkeypatch.setattr(keep, "_read", None)
        assert shelf.walk() == (0, 0)
        assert set(shelf.found("香港")) == {"_posts/1.md", "other/3.md"}

    def test_a_post_that_is_no_text_is_left_out(self, shelf: Shelf) -> None:
        title = rb'"\ud800 \uD83D\uDE00 x"'
        (shelf.root / "_posts/4.md").write_bytes(
            b"---\nfrom: https://a.example/4\ntitle: %b\n---\n\xff\xfe\0 kong" % title
        )
        assert shelf.walk() == (4, 0)
        assert set(shelf.found("kong")) == {"_posts/2.md", "_posts/4.md"}

    @pytest.mark.parametrize("number", [errno.EACCES, errno.EMFILE])
    def test_a_post_that_cannot_be_read_is_tried_again(
        self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, number: int
    ) -> None:
        def refused(archive: FolderArchive, path: str) -> bytes:
            raise ArchiveError(path) from OSError(number, "refused")

        with monkeypatch.context() as patch:
            patch.setattr(FolderArchive, "read", refused)
            if number == errno.EMFILE:  # no other can be read either
                with pytest.raises(ArchiveError):
                    shelf.walk()
            else:
                assert shelf.walk() == (0, 0)
        assert shelf.walk() == (3, 0)

    def test_stops_when_asked_and_goes_on_later(self, shelf: Shelf) -> None:
        for n in range(30):
            shelf.put(f"n/{n:02}.md", "lighthouse")
        asked = iter([False] * 10 + [True] * 100)
        kept = walk(shelf.index, NOW, stop=lambda: next(asked))
        assert (kept.read, kept.is_whole) == (10, False)
        assert standing(shelf.index) == keep.Standing(None, 10)
        told: list[int] = []
        assert walk(shelf.index, NOW, saw=told.append).read == 23
        assert told == [23]
        assert standing(shelf.index) == keep.Standing(NOW, 33)

    def test_large_archives_are_read_in_batches(self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(keep, "BATCH", 4)
        monkeypatch.setattr(keep, "LOOKED_UP", 5)
        for n in range(23):
            shelf.put(f"n/{n:02}.md", "lighthouse")
        assert shelf.walk() == (26, 0)
        assert search(shelf.index, "lighthouse").total == 23
        for n in range(0, 23, 2):
            (shelf.root / f"n/{n:02}.md").unlink()
        assert shelf.walk() == (0, 12)
        assert search(shelf.index, "lighthouse").total == 11

    def test_is_made_anew_once_it_holds_mostly_what_is_gone(
        self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(keep, "MANY_GONE", 5)
        shelf.walk()
        for n in range(6):
            shelf.put("_posts/1.md", f"香港 {n}")
            assert shelf.walk() == (1, 0)
        assert shelf.walk() == (3, 0)
        assert shelf.walk() == (0, 0)
        assert set(shelf.found("香港")) == {"_posts/1.md", "other/3.md"}

    def test_a_standing_without_an_index_is_none(self, shelf: Shelf) -> None:
        assert standing(shelf.index) == keep.Standing()
        walk(shelf.index, NOW)
        assert standing(shelf.index) == keep.Standing(NOW, 3)

    def test_an_archive_that_is_not_there_is_empty(self, tmp_path: Path) -> None:
        index = Index(tmp_path / "search.db", tmp_path / "none")
        assert walk(index, NOW) == keep.Kept(0, 0, is_whole=True)
        assert search(index, "x").total == 0


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "garbage": lambda data: b"garbage" * 1000,
    "zeros": lambda data: bytes(len(data)),
    "empty": lambda data: b"",
    "cut": lambda data: data[: len(data) // 2],
    "a page": lambda data: data[:4096] + b"\xff" * 4096 + data[8192:],
    "all pages but the first": lambda data: data[:4096] + bytes(len(data) - 4096),
    "another version": lambda data: data[:60] + b"\0\0\0\x63" + data[64:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_made_anew(shelf: Shelf, damage: str) -> None:
    assert shelf.index.place is not None
    shelf.walk()
    shelf.index.place.write_bytes(DAMAGES[damage](shelf.index.place.read_bytes()))
    with contextlib.suppress(SearchError):
        shelf.found("香港")
    shelf.walk()
    assert set(shelf.found("香港")) == {"_posts/1.md", "other/3.md"}


def test_damage_that_only_a_search_meets_has_the_index_made_anew_too(shelf: Shelf) -> None:
    assert shelf.index.place is not None
    shelf.walk()
    with contextlib.closing(sqlite3.connect(shelf.index.place)) as db:
        db.execute("UPDATE words_data SET block = x'ffffffffffffffff' WHERE id > 10")
        db.commit()
    assert shelf.walk() == (0, 0)
    with pytest.raises(SearchDamaged):
        shelf.found("香港")
    assert shelf.walk() == (3, 0)
    assert len(shelf.found("香港")) == 2


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_update_of_a_damaged_index_makes_an_empty_one(shelf: Shelf, damage: str) -> None:
    assert shelf.index.place is not None
    shelf.walk()
    shelf.index.place.write_bytes(DAMAGES[damage](shelf.index.place.read_bytes()))
    shelf.put("_posts/9.md", "香港")
    update(shelf.index, ["_posts/9.md"])
    assert "_posts/9.md" in shelf.found("香港")
    assert shelf.walk()[1] == 0
    assert len(shelf.found("香港")) == 3
