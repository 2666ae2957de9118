"""config.edit: one more source, and not a byte more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.config import add_sources, append_sources, load
from crawler.config.read import expand
from crawler.errors import ConfigError

NAME, URL = "Example", "https://example.org/feed.xml"

#: text before, text after: `source add` of NAME and URL. The mark `+` begins each line that is new.
CASES = {
    "a plain list": """\
archive: archive
sources:
  - name: a
    url: https://a.example/
+  - name: Example
+    url: https://example.org/feed.xml
""",
    "a list at the margin": """\
sources:
- name: a
  url: https://a.example/
+- name: Example
+  url: https://example.org/feed.xml
""",
    "wide dashes": """\
sources:
    -   name: a
        url: https://a.example/
+    -   name: Example
+        url: https://example.org/feed.xml
""",
    "a flow mapping as last entry": """\
sources:
  - {name: a, url: https://a.example/}
+  - name: Example
+    url: https://example.org/feed.xml
fetch: {}
""",
    "keys and comments behind": """\
sources:   # what we read
  - name: a
    url: https://a.example/  # the first
    tags:
      - x
    # tags: [y]

  # - name: off
  #   url: https://off.example/
+  - name: Example
+    url: https://example.org/feed.xml

# ---- other things ----

fetch: {timeout: 20s}
""",
    "comments at the end": """\
sources:
  - name: a
    url: https://a.example/
+  - name: Example
+    url: https://example.org/feed.xml

# vim: set ts=2
""",
    "a list at the margin before a comment at the margin": """\
sources:
- name: a
  url: https://a.example/
+- name: Example
+  url: https://example.org/feed.xml
# the end
""",
    "a text block that looks like comments": """\
sources:
  - name: a
    url: https://a.example/
    body_selector: |
      # not
      # comments
+  - name: Example
+    url: https://example.org/feed.xml

archive: x
""",
    "an empty value last": """\
sources:
  - name: a
    url: https://a.example/
    tags:
+  - name: Example
+    url: https://example.org/feed.xml
""",
    "no sources yet": """\
# mine
archive: archive
+sources:
+  - name: Example
+    url: https://example.org/feed.xml
""",
    "nothing at all": """\
+sources:
+  - name: Example
+    url: https://example.org/feed.xml
""",
    "comments only": """\
# my configuration
+sources:
+  - name: Example
+    url: https://example.org/feed.xml
""",
    "sources without value": """\
sources:  # none yet
  # - name: later

+  - name: Example
+    url: https://example.org/feed.xml
archive: a
""".replace("\n\n+", "\n+").replace("feed.xml\n", "feed.xml\n\n"),
    "an indented document": """\
  archive: a
  sources:
    - name: a
      url: https://a.example/
+    - name: Example
+      url: https://example.org/feed.xml
""",
    "an indented document without sources": """\
  archive: a
+  sources:
+    - name: Example
+      url: https://example.org/feed.xml
""",
    "the end of the document marked": """\
---
sources:
  - name: a
    url: https://a.example/
+  - name: Example
+    url: https://example.org/feed.xml
...
""",
}


def split(case: str) -> tuple[str, str]:
    lines = case.splitlines(keepends=True)
    return "".join(line for line in lines if line[0] != "+"), "".join(line.removeprefix("+") for line in lines)


def append_source(text: str, name: str, url: str, tags: Sequence[str] = ()) -> str:
    """Append one source, as `source add` does."""
    return append_sources(text, [{"name": name, "url": url, **({"tags": tags} if tags else {})}])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_lines_are_added_and_nothing_else_changes(case: str, end: str) -> None:
    before, after = split(case)
    end = end if before else "\n"  # an empty file has no line ends to keep
    assert append_source(before.replace("\n", end), NAME, URL) == after.replace("\n", end)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sources: []\n", "sources:\n  - name: Example\n    url: https://example.org/feed.xml\n"),
        ("sources: ~ # none\n", "sources: # none\n  - name: Example\n    url: https://example.org/feed.xml\n"),
        ("sources:\n", "sources:\n  - name: Example\n    url: https://example.org/feed.xml\n"),
        ("sources:", "sources:\n  - name: Example\n    url: https://example.org/feed.xml\n"),
        ("\ufeffa: 1", "\ufeffa: 1\nsources:\n  - name: Example\n    url: https://example.org/feed.xml\n"),
        (
            "sources: [\n  # none\n]\na: 1\n",
            "sources:\n  - name: Example\n    url: https://example.org/feed.xml\na: 1\n",
        ),
    ],
)
def test_an_empty_list_becomes_lines(before: str, after: str) -> None:
    assert append_source(before, NAME, URL) == after


@pytest.mark.parametrize(
    "before",
    [
        "sources: [{name: a, url: https://a.example/}]\n",
        "{archive: a}\n",
        "sources: {a: b}\n",
        "sources: text\n",
        "- a\n",
        "archive: a\n...\n",
        "all: &a\n  - {name: a, url: https://a.example/}\nsources: *a\n",
        "archive: 2021-99-99\n",
        "? " + "[" * 300 + "]" * 300 + " : 1\n",
    ],
)
def test_what_cannot_be_extended_is_said_with_advice(before: str) -> None:
    with pytest.raises(ConfigError, match=r"^sources: .*add the source by hand"):
        append_source(before, NAME, URL)


def test_what_is_no_yaml_is_said() -> None:
    with pytest.raises(ConfigError, match=r"^config.yaml: line 1, column 1[0-9]: "):
        append_source("sources: [a", NAME, URL)


def test_an_address_is_not_added_twice() -> None:
    with pytest.raises(ConfigError, match=r"https://example.org/feed.xml is there already$"):
        append_source(append_source("", NAME, URL), "Other", URL)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("联合早报", "- name: 联合早报"),
        ("Ars: all", '- name: "Ars: all"'),
        ("A #1", '- name: "A #1"'),
        ("#1", '- name: "#1"'),
        ("yes", '- name: "yes"'),
        ("2024", '- name: "2024"'),
        ("[a]", '- name: "[a]"'),
        ("- a", '- name: "- a"'),
        ("it's", "- name: it's"),
        ('"quoted"', r'- name: "\"quoted\""'),
        ("costs $5 or $$5 or ${X}", "- name: costs $5 or $$$5 or $${X}"),
        ("", '- name: ""'),
        ("2021-99-99", '- name: "2021-99-99"'),
        ("x" * 300 + " y" * 100, "- name: " + "x" * 300 + " y" * 100),
        ("two\nlines", r'- name: "two\nlines"'),
    ],
)
def test_names_are_quoted_where_they_must_be(name: str, line: str) -> None:
    assert append_source("", name, URL).splitlines()[1].strip() == line


def test_tags_are_written_in_one_line() -> None:
    text = append_source("", NAME, URL, ("news", "a, b", "x]", "${T}"))
    assert text.splitlines()[3] == '    tags: [news, "a, b", "x]", "$${T}"]'


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4), st.sampled_from(sorted(CASES)))
@settings(deadline=None, derandomize=True, max_examples=60)
def test_any_text_reads_back(words: list[str], case: str) -> None:
    before, _ = split(CASES[case])
    after = yaml.safe_load(append_source(before, words[0], URL, tuple(words)))
    written = [after["sources"][-1]["name"], *after["sources"][-1]["tags"]]
    assert [expand(text, {}) for text in written] == [words[0], *words]


def test_what_was_added_loads(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("sources:\n- {name: a, url: https://a.example/}\n")
    path.write_text(append_source(path.read_text(), "costs $$5 ${X}", "rsshub://a/b", ("t $$",)))
    added = load(path, {}).sources[1]
    assert (added.name, added.url, added.tags) == ("costs $$5 ${X}", "rsshub://a/b", ("t $$",))


def test_the_file_is_replaced_with_its_mode_behind_its_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.yaml", tmp_path / "config.yaml"
    real.write_bytes(b"archive: a\r\n")
    real.chmod(0o640)
    link.symlink_to(real)
    add_sources(link, [{"name": "早报", "url": URL}])
    assert real.read_bytes() == f"archive: a\r\nsources:\r\n  - name: 早报\r\n    url: {URL}\r\n".encode()
    assert real.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert {path.name for path in tmp_path.iterdir()} == {"real.yaml", "config.yaml"}


def test_a_file_that_cannot_be_changed_stays(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    with pytest.raises(ConfigError, match="cannot be changed: No such file"):
        add_sources(tmp_path / "none/config.yaml", [{"name": NAME, "url": URL}])
    path.write_bytes(b"\xb1\xb1")
    with pytest.raises(ConfigError, match="not UTF-8"):
        add_sources(path, [{"name": NAME, "url": URL}])
    path.write_bytes(b"sources: [a]")
    with pytest.raises(ConfigError, match="by hand"):
        add_sources(path, [{"name": NAME, "url": URL}])
    assert path.read_bytes() == b"sources: [a]"
    assert [found.name for found in tmp_path.iterdir()] == ["config.yaml"]


def test_several_are_added_at_once_or_none() -> None:
    before, _ = split(CASES["keys and comments behind"])
    entries: list[dict[str, str | tuple[str, ...]]] = [
        {"name": "$${a}", "url": URL, "opml": ("a=1",)},
        {"name": "B", "url": "https://b.example/"},
    ]
    after = append_sources(before, entries)
    assert after == append_source(append_source(before, "$${a}", URL), "B", "https://b.example/").replace(
        f"url: {URL}\n", f"url: {URL}\n    opml: [a=1]\n"
    )
    assert append_sources(before, []) == before
    with pytest.raises(ConfigError, match="is there already"):
        append_sources(after, [{"name": "C", "url": "https://c.example/"}, *entries])


def test_an_attribute_of_opml_has_a_name_and_a_value(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("sources:\n- {name: a, url: 'https://a.example/', opml: [a=, 'x:b=c=d', '日=1']}\n")
    assert load(path, {}).sources[0].opml == ("a=", "x:b=c=d", "日=1")
    path.write_text("sources:\n- {name: a, url: 'https://a.example/', opml: [a, '=b', '1=b', 'a:b:c=d']}\n")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert str(caught.value).count("is no attribute: write it like htmlUrl=https://example.org") == 4
