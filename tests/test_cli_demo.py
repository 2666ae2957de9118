"""`crawler demo`: the tour of the bundled site, with real processes and the machine's clock."""

from __future__ import annotations

import json
import re
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from crawler.archive import FolderArchive, facts
from crawler.cli import outcome
from tests.conftest import own_log
from tests.fakes import everything


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, str, str]:
    """A folder in which the demo was, its exit code, and what it said."""
    folder = tmp_path_factory.mktemp("tour") / "new" / "folder"
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err, own_log():
        code = outcome(["demo", "--into", str(folder)])
    return folder, code, out.getvalue(), err.getvalue()


@pytest.fixture
def tour(said: tuple[Path, int, str, str]) -> Path:
    return said[0]


def test_it_archives_each_good_article_once_and_tells_what_failed(said: tuple[Path, int, str, str]) -> None:
    tour, code, out, err = said
    assert code == 3
    first, *_ = out.splitlines()
    assert first.startswith("first pass: 5 sources polled; 10 articles archived; 1 pending; 1 source not well: ")
    listed = re.findall(r"^    (.*\.md)$", out, re.M)
    archive = FolderArchive(tour / "archive")
    assert listed == [str(tour / "archive" / path) for path in archive.list()]
    urls = [known.url for path in archive.list() if (known := facts(archive.read(path) or b""))]
    assert len(urls) == len(set(urls)) == 10
    assert "http://broken.example/feed.xml\n    HTTP 500" in out
    assert "http://laojie.example/2026/1109.html\n    HTTP 404" in out
    assert "\ncrawler: last run " in out, "the demo is a run like others"
    # The five feeds; the page that is gone waits a little longer.
    assert (
        "second pass, 15 minutes on: 0 pages fetched, 0 articles archived; "
        "5 requests, 4 of them conditional, 4 answered 304 Not Modified\n"
    ) in out
    assert set(err.splitlines()) == {
        "warning: source failed: Broken Weekly (http://broken.example/feed.xml): HTTP 500 Internal Server Error"
    }


def test_its_posts_have_the_text_and_nothing_else(tour: Path) -> None:
    texts = "".join(place.read_text() for place in (tour / "archive/_posts").iterdir())
    assert "准时钟表铺" in texts, "gb2312 that says it is utf-8"
    for box in ("freemium", "imu", "dfp-ad", "延伸阅读", "<script", "subscribe.sph"):
        assert box not in texts


def test_its_archive_can_be_looked_at_afterwards(tour: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = ["--config", str(tour / "config.yaml")]
    assert outcome(["status", "--json", *config]) == 3
    found = json.loads(capsys.readouterr().out)
    health = {source["name"]: source["health"] for source in found["sources"]}
    assert health.pop("Broken Weekly") == "failing"
    assert set(health.values()) == {"ok"}
    assert outcome(["verify", *config]) == 0


def test_a_second_tour_in_the_same_folder_archives_nothing(tour: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything(tour / "archive/_posts")
    assert outcome(["demo", "--into", str(tour)]) == 3
    assert everything(tour / "archive/_posts") == before
    assert capsys.readouterr().out.count(".md\n") == 10


def test_it_lists_posts_only(tour: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tour / "archive/README.md"
    page.write_text("About these posts\n")
    try:
        assert outcome(["demo", "--into", str(tour)]) == 3
    finally:
        page.unlink()  # the tests share the folder, in any order
    assert "README" not in capsys.readouterr().out


def test_it_replaces_nobodys_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.yaml").write_text("sources: []  # mine\n")
    assert outcome(["demo", "--into", str(tmp_path)]) == 2
    assert "choose an empty folder" in capsys.readouterr().err
    assert everything(tmp_path) == {"config.yaml": b"sources: []  # mine\n"}


def test_it_needs_a_folder_that_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert outcome(["demo", "--into", str(tmp_path / "file/folder")]) == 6
    assert "file/folder" in capsys.readouterr().err
