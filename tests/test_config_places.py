"""Files and folders that a configuration names."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.config import load
from tests.test_config import faults, loaded


def test_relative_places_start_from_the_files_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etc").mkdir()
    monkeypatch.chdir(tmp_path)
    Path("etc/c.yaml").write_text("archive: posts\nstate: sqlite:///s/state.db\n")
    found = load(Path("etc/c.yaml"), {})
    assert (found.archive, found.state) == (tmp_path / "etc/posts", f"sqlite:///{tmp_path}/etc/s/state.db")


def test_absolute_places_and_home_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    found = loaded(tmp_path, "archive: ~/news\nstate: sqlite:////var/lib/a b.db\n")
    assert (found.archive, found.state) == (Path("/home/me/news"), "sqlite:////var/lib/a b.db")


class TestSiteRules:
    def test_are_in_a_folder_beside_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "rules").mkdir()
        assert loaded(tmp_path, "site_rules: rules\n").site_rules == tmp_path / "rules"
        assert loaded(tmp_path, "archive: a\n").site_rules is None

    def test_need_a_folder_that_is_there(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        for name in ("file", "nowhere"):
            assert faults(tmp_path, f"archive: a\nsite_rules: {name}\n") == [
                f"site_rules: /{name} is no folder (line 2)"
            ]
        assert faults(tmp_path, "archive: a\n", {"CRAWLER_SITE_RULES": "none"}) == ["site_rules: /none is no folder"]


class TestStores:
    @pytest.mark.parametrize(
        ("text", "state", "corner", "search"),
        [
            ("", ".crawler/state.db", ".", ".crawler/search.db"),
            ("state: sqlite:///s/state.db\n", "s/state.db", "s", "s/search.db"),
            ("state: sqlite:///s/news.db\n", "s/news.db", "s/news", "s/news-search.db"),  # a lock for each state
            ("search: posts/find.db\n", ".crawler/state.db", ".", "posts/find.db"),
        ],
    )
    def test_leave_what_is_ours_on_the_disk(
        self, tmp_path: Path, text: str, state: str, corner: str, search: str
    ) -> None:
        found = loaded(tmp_path, f"archive: s3://posts/news/\n{text}")
        assert found.place == found.store == "s3://posts/news"
        assert (found.state, found.archive) == (f"sqlite:///{tmp_path}/{state}", tmp_path / corner)
        assert found.search == tmp_path / search

    def test_may_be_named_by_the_environment(self, tmp_path: Path) -> None:
        assert loaded(tmp_path, "archive: a\n").place == tmp_path / "a"
        assert loaded(tmp_path, "archive: a\n", {"CRAWLER_ARCHIVE": "memory://x"}).place == "memory://x"

    @pytest.mark.parametrize(
        ("value", "fault"),
        [
            ("s3://", "'s3://' names no bucket: write s3://BUCKET/PREFIX"),
            (
                "s3://me:secret@posts",
                "s3://… says more than a place: who asks, and of whom, is said by the environment",
            ),
            (
                "s3://posts?key=secret",
                "s3://… says more than a place: who asks, and of whom, is said by the environment",
            ),
            ("file:///posts", "file://… is no store: write s3://BUCKET/PREFIX, or the path of a folder"),
            ("https://a.example/posts", "https://… is no store: write s3://BUCKET/PREFIX, or the path of a folder"),
            ("S 3://posts", "S 3://… is no store: write s3://BUCKET/PREFIX, or the path of a folder"),
        ],
    )
    def test_are_places_and_no_more(self, tmp_path: Path, value: str, fault: str) -> None:
        assert faults(tmp_path, f"archive: {value}\n") == [f"archive: {fault} (line 1)"]

    def test_are_no_repositories(self, tmp_path: Path) -> None:
        assert faults(tmp_path, "archive: s3://posts\npublish: {git: true}\n") == [
            "publish.git: git cannot commit an archive that is no folder (line 2)"
        ]


class TestSearch:
    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("archive: a\n", "a/.crawler/search.db"),
            ("state: sqlite:///s/state.db\n", "s/search.db"),
            ("state: sqlite:///s/news.db\n", "s/news-search.db"),  # beside another archive's, perhaps
            ("archive: a\nstate: sqlite:///a/db/state.db\n", "a/.crawler/search.db"),  # never among the posts
            ("archive: a\nsearch: i/find.db\n", "i/find.db"),
            ("archive: a\nsearch: a/.index/find.db\n", "a/.index/find.db"),
            ("archive: a\nsearch: off\n", None),
            ("archive: a\nsearch: false\n", None),
        ],
    )
    def test_is_beside_the_state_or_where_it_is_said_or_nowhere(
        self, tmp_path: Path, text: str, place: str | None
    ) -> None:
        assert loaded(tmp_path, text).search == (place and tmp_path / place)

    @pytest.mark.parametrize(
        ("value", "fault"),
        [
            ("a/posts/find.db", "is among the posts: name a file elsewhere, or in a hidden folder such as .crawler"),
            ("a/find.db", "is among the posts: name a file elsewhere, or in a hidden folder such as .crawler"),
            ("a/.crawler/state.db", "is the file of the state: name another"),
            ("on", "'on' names no file: leave the key out, or write a path, or off"),
            ("sqlite:///find.db", "'sqlite:///find.db' names no file: write a path, or off"),
            ("folder/", "'folder/' names no file: write a path, or off"),
        ],
    )
    def test_must_not_be_among_the_posts(self, tmp_path: Path, value: str, fault: str) -> None:
        assert faults(tmp_path, f"archive: a\nsearch: {value}\n") == [f"search: {fault} (line 2)"]
