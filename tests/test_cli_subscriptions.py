"""`crawler import` and `crawler export`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from crawler.config import load
from tests.conftest import Desk

CONFIG = """\
# My sources, in the order I read them
rsshub: [https://hub.example, https://other.example]
sources:
  # the best one
  - name: Harbour   # since 2019
    url: https://harbour.example/feed?utm_source=me

# nothing below
"""
OPML = """<opml version="2.0"><body><outline text="News">
<outline text="早报" type="rss" xmlUrl="https://other.example/zaobao/china" htmlUrl="https://www.example/"/>
<outline text="The harbour" type="rss" xmlUrl="https://HARBOUR.example/feed"/>
<outline text="costs ${HOME}" type="rss" xmlUrl="https://costs.example/feed"/>
<outline text="Twice" type="rss" xmlUrl="https://costs.example/feed#top"/>
<outline text="Mail" type="rss" xmlUrl="mailto:me@mail.example"/>
<outline text="Page" type="link" url="https://page.example/"/>
</outline></body></opml>"""
LEFT_OUT = "left out: Page: link is no feed: https://page.example/\nleft out: Mail: 'mailto:me@mail.example' is no address: write http://…, https://… or rsshub://route\n"
SHOWN = """\
早报: rsshub://zaobao/china
is there already: https://HARBOUR.example/feed
costs ${HOME}: https://costs.example/feed
is there already: https://costs.example/feed#top
"""


@pytest.fixture
def mine(desk: Desk) -> Desk:
    """A desk with a configuration that a person wrote, and a list beside it."""
    desk.config.write_text(CONFIG)
    (desk.folder / "mine.opml").write_text(OPML)
    return desk


def test_a_list_is_added_and_the_comments_stay(mine: Desk) -> None:
    said = mine.run("import", str(mine.folder / "mine.opml"))
    assert (said.code, said.out) == (0, f"{SHOWN}2 sources added\n")
    assert said.err == LEFT_OUT
    added = """
  - name: 早报
    url: rsshub://zaobao/china
    tags: [News]
    opml: [htmlUrl=https://www.example/]
  - name: costs $${HOME}
    url: https://costs.example/feed
    tags: [News]
"""
    assert mine.config.read_text() == CONFIG.replace("\n\n# nothing", f"{added}\n# nothing")
    assert [source.name for source in load(mine.config, {}).sources] == ["Harbour", "早报", "costs ${HOME}"]
    assert not mine.archive.exists(), "only config.yaml is written"


def test_without_a_configuration_one_is_made(mine: Desk) -> None:
    mine.config.unlink()
    assert mine.run("import", "--dry-run", str(mine.folder / "mine.opml")).code == 0
    assert not mine.config.exists()
    said = mine.run("import", str(mine.folder / "mine.opml"))
    assert said.code == 0
    assert said.err.startswith(f"made {mine.config}; say in it who you are (user_agent_contact), then: crawler run\n")
    assert mine.run("config", "check").code == 0
    assert "user_agent_contact" in mine.config.read_text()


def test_a_second_time_nothing_is_added(mine: Desk) -> None:
    mine.run("import", str(mine.folder / "mine.opml"), "-q")
    before = mine.config.stat().st_mtime_ns, mine.config.read_bytes()
    said = mine.run("import", str(mine.folder / "mine.opml"))
    assert said.out.endswith("0 sources added\n")
    assert said.out.count("is there already") == 4
    assert (mine.config.stat().st_mtime_ns, mine.config.read_bytes()) == before


def test_a_dry_run_writes_nothing(mine: Desk) -> None:
    said = mine.run("import", "--dry-run", str(mine.folder / "mine.opml"))
    assert (said.code, said.out) == (0, f"{SHOWN}2 sources would be added; nothing was written\n")
    assert mine.config.read_text() == CONFIG


def test_quietly_only_faults_are_said(mine: Desk) -> None:
    said = mine.run("import", "-q", str(mine.folder / "mine.opml"))
    assert (said.out, len(said.err.splitlines())) == ("", 2)


def test_the_predecessors_list_comes_by_standard_input(mine: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = (
        '[{"site": "早报", "url": "https://hub.example/zaobao/china"}, {"site": "B", "url": "https://b.example/f"}]'
    )
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(listed.encode())))
    said = mine.run("import", "-")
    assert said == (0, "早报: rsshub://zaobao/china\nB: https://b.example/f\n2 sources added\n", "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no list", "neither OPML nor JSON"),
        ('<!DOCTYPE opml [<!ENTITY a "b">]><opml/>', "not read: its DOCTYPE has declarations, by which a document can do harm"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused(mine: Desk, text: str, why: str) -> None:
    path = mine.folder / "mine.opml"
    path.write_text(text)
    assert mine.run("import", str(path)) == (2, "", f"error: {path}: {why}\n")
    assert mine.config.read_text() == CONFIG


def test_no_file_no_input_no_form(mine: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    missing = tmp_path / "none.opml"
    assert mine.run("import", str(missing)) == (2, "", f"error: {missing}: cannot be read: No such file or directory\n")
    monkeypatch.setattr("sys.stdin", None)
    assert mine.run("import", "-") == (2, "", "error: -: standard input is closed\n")
    assert mine.run("export").code == 2


def test_what_is_exported_is_there_already_when_imported(mine: Desk) -> None:
    mine.run("import", str(mine.folder / "mine.opml"))
    exported = mine.run("export", "--opml")
    assert (exported.code, exported.err) == (0, "")
    assert 'xmlUrl="https://hub.example/zaobao/china" htmlUrl="https://www.example/"' in exported.out
    (mine.folder / "again.opml").write_text(exported.out)
    again = mine.run("import", str(mine.folder / "again.opml"))
    assert again.out.endswith("0 sources added\n")
    mine.config.write_text(CONFIG.replace("https://harbour.example", "https://new.example"))
    assert "\n3 sources added\n" in "\n" + mine.run("import", str(mine.folder / "again.opml")).out
    assert mine.run("export", "--opml").out.count("<outline") == 5, "a folder and four sources"


def test_links_and_passwords_are_said(mine: Desk) -> None:
    mine.config.write_text(
        "sources:\n  - {name: L, url: https://l.example/, kind: list}\n  - {name: S, url: 'https://me:pw@s.example/f'}\n"
    )
    said = mine.run("export", "--opml")
    assert said.err == "no feeds, written as links: L\nwritten without password: S\n"
    assert "pw" not in said.out
    assert mine.run("export", "--opml", "-q").err == ""
