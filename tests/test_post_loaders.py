"""Front matter reads back equal by every loader that may meet it: YAML 1.1 and 1.2, Ruby's two, and our own.

PyYAML reads YAML 1.1, ruamel.yaml 1.2; Psych is Ruby's own, SafeYAML the one that Jekyll reads front matter with.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from crawler import urls
from crawler.archive import facts
from crawler.errors import ParseError
from crawler.model import Article, CanonicalURL, Source
from crawler.writer.post import render

PUBLISHED = datetime(2021, 11, 20, 6, 43, 44, 821_000, tzinfo=UTC)
URL = "https://e.org/a?b=1&c=%20#!/d"

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
#: What means something in YAML of some version, in Ruby, in Liquid, or to those who fold lines.
MARKS = st.text(st.sampled_from(list("ab01-+.:,#[]{}&*!|>'\"%@` \t\r\n~=\\?_oxeEnNyYtTzZ\x85\u2028\u2029\xa0\ufeff\x00\x7f")), max_size=10)  # fmt: skip
MEANT = """~ null NULL true True FALSE yes Yes no NO on off y n = << .inf -.INF .nan 1 -1 +1 0 00 007 0o7 0x1F 0b1 1_000
    1,000 1.5 .5 5. 1e3 1E-3 1.5e+3 12:30 1:20:30 190:20:30.15 2021-11-20 2021-1-2 2021-11-20T06:43:44Z :a a: :a: ::
    :symbol :"x" - -- --- ... ? ! !!str !!python/object:x !ruby/object:Gem &a *a | > % @ ` [] {} {a:b} [a] "" '' # #a
    {{x}} {%x%} \\ \\n 0.1.2 1.2.3 1__0 0_ _1 +.5 -.5 0x 0xg 1e 0o9 08 09 1:60 24:00 99:99 2021-13-45 2021-11-20T25
    """
WORDS = st.sampled_from(MEANT.split())
TEXT = st.one_of(
    ANY, MARKS, WORDS, st.tuples(WORDS, st.sampled_from(["", " ", "\n", "\t", ":", " #", ","]), WORDS).map("".join)
)

#: Front matters from standard input → what Ruby reads, by each loader that is there.
RUBY = """
require "json"; require "date"; require "yaml"
loaders = {"psych" => ->(text) { YAML.load(text, permitted_classes: [Time, Date]) }}
begin
  require "safe_yaml/load"; loaders["safe_yaml"] = ->(text) { SafeYAML.load(text) }
rescue LoadError
end
heads = JSON.parse($stdin.read)
puts JSON.generate(loaders.map { |name, load| [name, heads.map { |text| load.call(text).reject { |k, _| k == "date" } }] }.to_h)
"""


def post(title: str, author: str, tags: list[str], name: str, url: str = URL) -> str:
    source = Source(name=name, url="https://e.org/feed", tags=tuple(tags))
    return render(Article(CanonicalURL(url), title, author, PUBLISHED, PUBLISHED, "<p>x</p>", "page"), source).decode()


def head(text: str) -> str:
    assert text.startswith("---\n")
    return text[4:].partition("\n---\n")[0] + "\n"


def by_yaml_11(text: str) -> Any:
    return yaml.safe_load(text)


def by_yaml_12(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(StringIO(text))


def wanted(title: str, author: str, tags: list[str], name: str) -> dict[str, object]:
    return {
        "layout": "post",
        "title": title,
        "author": author,
        "from": URL,
        "tags": tags or [name],
        "categories": [name],
    }


POST = (TEXT, TEXT, st.lists(TEXT, max_size=3), TEXT)


@pytest.mark.parametrize("load", [by_yaml_11, by_yaml_12])
@given(*POST)
@settings(deadline=None, derandomize=True, max_examples=200)
def test_any_text_reads_back_equal(
    load: Callable[[str], Any], title: str, author: str, tags: list[str], name: str
) -> None:
    loaded = load(head(post(title, author, tags, name)))
    assert list(loaded) == ["layout", "title", "date", "author", "from", "tags", "categories"]
    moment = loaded.pop("date")
    assert moment.replace(tzinfo=moment.tzinfo or UTC) == PUBLISHED
    assert loaded == wanted(title, author, tags, name)


def test_any_text_reads_back_equal_in_ruby() -> None:
    """One process for all: it takes longer to start than to read them."""
    ruby = shutil.which("ruby")
    if ruby is None:
        pytest.skip("ruby is not installed")
    cases: list[tuple[str, str, list[str], str]] = []

    @given(*POST)
    @settings(deadline=None, derandomize=True, max_examples=800, suppress_health_check=list(HealthCheck))
    def collect(title: str, author: str, tags: list[str], name: str) -> None:
        cases.append((title, author, tags, name))

    collect()
    heads = json.dumps([head(post(*case)) for case in cases])
    done = subprocess.run([ruby, "-W0", "-e", RUBY], input=heads, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    for loader, found in json.loads(done.stdout).items():
        for case, loaded in zip(cases, found, strict=True):
            assert loaded == wanted(*case), (loader, case)


@given(*POST)
@settings(deadline=None, derandomize=True, max_examples=150)
def test_a_rebuild_reads_the_same(title: str, author: str, tags: list[str], name: str) -> None:
    known = facts(post(title, author, tags, name).encode())
    assert known is not None
    assert (known.url, known.title, known.published) == (URL, title, PUBLISHED)
    if name.strip():
        assert known.tags == tuple(tags or [name])


@given(TEXT, TEXT)
@settings(deadline=None, derandomize=True, max_examples=150)
def test_any_address_reads_back_equal(path: str, query: str) -> None:
    try:
        url = urls.canonical(f"https://e.org/{path}?{query}")
    except ParseError:
        return
    text = post("t", "a", [], "n", url)
    for load in (by_yaml_11, by_yaml_12):
        assert load(head(text))["from"] == url
    known = facts(text.encode())
    assert known is not None
    assert known.url == url
