"""bench/fuzz.py: it repeats its cases, and sees what breaks the form."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from bench.fuzz import NOW, SOURCES, faults, run
from bench.fuzz_seeds import MOST, feeds, pages, spoiled
from crawler import urls
from crawler.model import Draft, Entry, Page
from crawler.workers import Task, make_draft
from tests.fakes import article

ROOT = Path(__file__).parents[1]
URL = urls.canonical("https://e.org/1")


def made(number: int = 0) -> tuple[Draft, Task]:
    page = Page(URL, URL, 200, (("content-type", "text/html"),), article(1).encode(), NOW)
    task = Task(page, Entry(url=URL, title="Story 1"), SOURCES[number], URL, NOW)
    draft = make_draft(task)
    assert isinstance(draft, Draft)
    return draft, task


def test_some_cases_have_no_finding() -> None:
    command = [sys.executable, "-m", "bench.fuzz", "--cases", "8", "--seed", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "seed 3: 8 cases" in done.stdout
    assert done.stdout.endswith("no finding\n")


def test_a_case_is_a_function_of_its_number() -> None:
    one, other = Counter[str](), Counter[str]()
    assert list(run(1, 5, one)) == list(run(1, 5, other)) == []
    assert one == other
    assert one.total() > 0


@pytest.mark.parametrize("seeds", [feeds(), pages()])
def test_documents_are_spoiled_in_many_ways(seeds: tuple[bytes, ...]) -> None:
    found = {spoiled(Random(n), seeds) for n in range(200)}
    assert len(found) > 150
    assert max(map(len, found)) <= max(MOST, *map(len, seeds))


@pytest.mark.parametrize("number", range(len(SOURCES)))
def test_a_good_post_has_no_fault(number: int) -> None:
    assert list(faults(*made(number))) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b"Story 1", b"\xff", "not UTF-8"),
        (b'title: "Story 1"', b'title: "Story 2"', "front matter says something else"),
        (b'title: "Story 1"', b"title: [", "front matter is no YAML"),
        (b"from: https://e.org/1", b"from: https://e.org/2", "front matter says something else"),
        (b"harbour", b"har\0bour", "a NUL or CR"),
        (b"harbour", b"{{ harbour }}", "Liquid"),
        (b"harbour", b"<script>harbour</script>", "live markup"),
        (b"harbour", b"<img src=x onerror=x()>", "live markup"),
        (b"\n------\n", b"\n-----\n", "the lines above the body"),
        (b"\n</div>\n", b"\n", "the body is not in its envelope"),
        (b"date: 2026", b"date: 2027", "date"),
    ],
)
def test_what_breaks_the_form_is_seen(old: bytes, new: bytes, fault: str) -> None:
    draft, task = made(4)
    assert task.source.body == "html"
    broken = replace(draft, post=replace(draft.post, data=draft.post.data.replace(old, new)))
    assert any(found.startswith(fault) for found in faults(broken, task))


@pytest.mark.parametrize("path", ["../a.md", "/a.md", "a//b.md", "a\\b.md", f"{'x' * 201}.md"])
def test_paths_that_lead_elsewhere_are_seen(path: str) -> None:
    draft, task = made()
    assert list(faults(replace(draft, post=replace(draft.post, path=path)), task))
