"""The folder of the user's rules: what is read when, and what is told."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from crawler import siterules
from crawler.extractor.rules import SiteRule
from crawler.siterules import SiteRules

FTR = "body: //article\n"


def names(rules: tuple[SiteRule, ...]) -> list[str]:
    return [rule.name for rule in rules]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "harbour.example.txt").write_text(FTR)
    (tmp_path / ".harbour.example.txt").write_text(FTR)
    (tmp_path / "lagoon.example.txt").write_text(f"nonsense: x\n{FTR}")
    (tmp_path / "global.txt").write_text("nonsense: y\n")
    (tmp_path / "own.yaml").write_text("- {hosts: [harbour.example, ferry.example], body: '#own'}\n")
    return tmp_path


def test_rules_are_found_by_the_hosts_of_addresses(folder: Path) -> None:
    rules = SiteRules(folder)
    (exact, own) = rules.find("https://www.harbour.example/a")
    assert (exact.name, exact.hosts, exact.body) == ("harbour.example.txt", ("www.harbour.example",), ("//article",))
    assert own == SiteRule(("harbour.example", "ferry.example"), body=("#own",), name="own.yaml")
    assert names(rules.find("https://news.harbour.example/a")) == [".harbour.example.txt", "own.yaml"]
    assert names(rules.find("https://ferry.example:8080/")) == ["own.yaml"]
    assert names(rules.find("https://ferry.example/", "https://lagoon.example/")) == ["lagoon.example.txt", "own.yaml"]
    assert rules.find("https://other.example/", "no address") == ()


def test_a_file_is_read_when_its_host_is_met_and_once(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    rules = SiteRules(folder)
    assert caplog.messages == []
    first = rules.find("https://lagoon.example/1")
    assert caplog.messages == ["site_rules: lagoon.example.txt:1: nonsense: unknown directive"]
    (folder / "lagoon.example.txt").unlink()
    assert rules.find("https://lagoon.example/2") == first
    assert len(caplog.messages) == 1


def test_no_more_hosts_are_kept_than_fit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(siterules, "MAX_HOSTS", 2)
    rules = SiteRules(folder)
    for n in range(5):
        assert rules.find(f"https://{n}.example/") == ()
    assert names(rules.find("https://harbour.example/")) == ["harbour.example.txt", "own.yaml"]


def test_all_problems_of_all_files(folder: Path) -> None:
    assert list(SiteRules(folder).problems()) == ["lagoon.example.txt:1: nonsense: unknown directive"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- {hosts: a.example, boddy: p}", "bad.yaml[0].boddy: unknown key; known are author, "),
        ("- {hosts: a.example, body: 'p['}", "bad.yaml[0].body: bad selector 'p['"),
        ("- {", "bad.yaml: no YAML: "),
        ("- 2021-02-31", "bad.yaml: no YAML: "),
        ("hosts: a.example", "bad.yaml: must be a list of rows, "),
        ("- hosts", "bad.yaml: must be a list of rows, "),
        ("[" * 5000, "bad.yaml: no YAML: "),
    ],
)
def test_a_file_of_rows_that_cannot_be_used_costs_its_own_rows_only(folder: Path, text: str, told: str) -> None:
    (folder / "bad.yaml").write_text(text)
    rules = SiteRules(folder)
    assert next(rules.problems()).startswith(told)
    assert names(rules.find("https://ferry.example/")) == ["own.yaml"]


def test_an_empty_file_has_no_rows(folder: Path) -> None:
    (folder / "none.yaml").write_text("# nothing yet\n")
    assert len(list(SiteRules(folder).problems())) == 1


def test_other_encodings_and_large_files_are_read_as_far_as_they_go(folder: Path) -> None:
    (folder / "latin.example.txt").write_bytes("# Übersicht\n".encode("latin-1") + FTR.encode() + b"\n" * (1 << 20))
    (found,) = SiteRules(folder).find("https://latin.example/")
    assert found.body == ("//article",)


def test_a_folder_in_a_files_place_is_none(folder: Path) -> None:
    (folder / "gull.example.txt").mkdir()
    (folder / "folder.yaml").mkdir()
    rules = SiteRules(folder)
    assert rules.find("https://gull.example/") == ()
    assert [p for p in rules.problems() if "cannot be read" in p] == [
        "folder.yaml: cannot be read: Is a directory",
        "gull.example.txt: cannot be read: Is a directory",
    ]
