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
