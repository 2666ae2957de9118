"""bench/fidelity.py: on pages of our own, whose figures are known."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "bench" / "fidelity.py"
ENGLISH = "The ferry sails again, and the people of the town stood in line for two hours to be on board. " * 8
CHINESE = "渡轮今日恢复通航，市民排队等候两小时，船长说一切顺利。" * 12
LISTED = "<table><tr><th>a</th></tr><tr><td><ul><li>b</li></ul></td></tr><tr><td><ul><li>c</li></ul></td></tr></table>"


def bench(folder: Path, *options: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(BENCH), "--pages", str(folder), *options],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | ({} if path is None else {"PATH": path}),
    )


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    (tmp_path / "pages").mkdir()
    bodies = {
        "en": f"<p>{ENGLISH}</p><p>{ENGLISH} So <a href='/b'>the port</a> says.</p>",
        "zh": f"<p>{CHINESE}</p>{LISTED}<p>{CHINESE}</p>",
        "none": "<p>no article</p>",
    }
    with (tmp_path / "truth.jsonl").open("w", encoding="utf-8") as truth:
        for name, body in bodies.items():
            print(json.dumps({"id": name, "file": f"{name}.html.gz", "url": f"https://e.org/{name}"}), file=truth)
            page = f"<html><head><meta charset=utf-8></head><body><article><h1>t</h1>{body}</article></body></html>"
            (tmp_path / "pages" / f"{name}.html.gz").write_bytes(gzip.compress(page.encode()))
    return tmp_path


def test_it_tells_what_was_lost(pages: Path, tmp_path: Path) -> None:
    done = bench(pages, "--json", str(tmp_path / "out.json"))
    assert done.returncode == 1, done.stderr
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line.startswith("  ")}
    assert "1 of      1 = 1.0000  off 0" in lines["link"]
    assert (
        "0 of      2 = 0.0000  off 2  <- below what is promised" in lines["item"]
    )  # a list of one item is text in a cell
    assert "equal 1 of 1" in lines["text"]  # the last of them: not CJK
    assert done.stderr == "no article: 1 pages\n"
    english, chinese = json.loads((tmp_path / "out.json").read_text())["markdown-it"]
    assert english["text"] == 1
    assert chinese["language"] == "CJK"
    assert 0.98 < chinese["text"] < 1


def test_it_says_at_once_that_kramdown_is_missing(pages: Path) -> None:
    done = bench(pages, "--kramdown", "3", path="")
    assert done.returncode == 1
    assert done.stderr.startswith("--kramdown needs Ruby with kramdown-parser-gfm")
