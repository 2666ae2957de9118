"""README, config.yaml, CHANGELOG and LICENSE say what is true of this version; `test_docs.py` has what all documents do."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from pathlib import Path

from crawler import __version__, config
from tests.documents import ROOT, TEXTS, blocks

README = TEXTS["README.md"]


def test_it_says_what_it_is_in_three_lines() -> None:
    assert len(README.split("\n\n")[1].splitlines()) == 3


def test_the_two_commands_are_there_to_be_copied() -> None:
    assert [block.text for block in blocks("sh") if block.file == "README.md"][:2] == [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/crawler run\n",
        "python3 -m venv .venv && .venv/bin/pip install '.[dev]' && .venv/bin/python -m pytest\n",
    ]


def test_those_who_take_the_commands_by_a_word_get_these_two() -> None:
    """`.ci/run` and `tests/bare_root` grep for them."""
    first = [next(line for line in README.splitlines() if word in line) for word in ("crawler run", "-m pytest")]
    assert all(line.startswith("python3 -m venv .venv && ") for line in first)


def test_it_is_short_and_names_every_page() -> None:
    assert len(README.splitlines()) <= 150
    assert [name for name in TEXTS if name != "README.md" and f"({name})" not in README] == []


def test_the_pictures_are_there_and_small() -> None:
    shown = re.findall(r"^!\[(.+)\]\((.+\.png)\)$", README, re.M)
    assert len(shown) == 2
    assert {place for _, place in shown} == {
        f"docs/pictures/{each.name}" for each in (ROOT / "docs/pictures").iterdir()
    }
    for _, place in shown:
        data = (ROOT / place).read_bytes()
        assert data.startswith(b"\x89PNG")
        assert len(data) < 150_000


def test_the_licence_is_the_one_that_the_package_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (project["license"], project["license-files"]) == ("MIT", ["LICENSE"])
    assert (ROOT / "LICENSE").read_text().startswith("MIT License\n\nCopyright (c) 2026 the crawler's authors\n")
    assert not any(line.startswith("License ::") for line in project.get("classifiers", []))


def test_the_shipped_configuration_loads() -> None:
    found = config.load(ROOT / "config.yaml", {})
    assert found.archive == ROOT / "archive"
    assert [source.url for source in found.sources][:2] == [
        "rsshub://zaobao/realtime/china",
        "rsshub://zaobao/realtime/world",
    ]
    assert {source.name for source in found.sources[:2]} == {"联合早报"}
    assert len(found.sources) == 5
    assert len(found.rsshub) >= 2
    paces = [source.every for source in found.sources]
    assert all(isinstance(pace, timedelta) and pace >= timedelta(minutes=15) for pace in paces)


def test_what_the_shipped_configuration_leaves_out_loads_too(tmp_path: Path) -> None:
    text = (ROOT / "config.yaml").read_text()
    opened = re.sub(r"^  # (path:|timezone:|- name:|  \w+:)", r"  \1", text, flags=re.M)
    (tmp_path / "config.yaml").write_text(opened)
    found = config.load(tmp_path / "config.yaml", {})
    assert found.sources[-1].remove == (".newsletter", "#donate")
    assert found.defaults.timezone == "Asia/Singapore"


def test_a_source_can_be_added_to_the_shipped_configuration() -> None:
    text = (ROOT / "config.yaml").read_bytes().decode()
    assert config.append_sources(text, [{"name": "New", "url": "https://new.example/feed"}]).startswith(text)


def test_the_changelog_has_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert re.findall(r"^## \[([\d.]+)\]", changelog, re.M)[0] == __version__
    assert "\n### Added\n" in changelog
