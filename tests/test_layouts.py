"""Posts for Hugo and Obsidian, and by templates: to the byte, and read back."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.archive import FolderArchive, facts, survey
from crawler.model import Article, CanonicalURL, Layout, Source
from crawler.stubs import fault_of
from crawler.urls import canonical
from crawler.writer.adopted import read_adopted, refilled
from crawler.writer.earlier import in_place, is_same, labelled, read_post
from crawler.writer.extras import EXTRAS
from crawler.writer.names import choices, numbered
from crawler.writer.post import as_tag, render
from crawler.writer.slugs import post_path
from tests.test_post import YAMLISH

NOW = datetime(2021, 11, 20, 6, 43, 44, 821000, tzinfo=UTC)
URL = CanonicalURL("https://e.org/1")
HTML = "<p>It is #open, {{ see }} $5.</p><p>So <b>it</b> is.</p>"
ARTICLE = Article(
    URL, 'Bridge: "open"', "Ann", NOW, NOW - timedelta(hours=8), HTML, "page", authors=("Ann",), updated=NOW,
    language="en", description="A: bridge {{ x }}", categories=("Roads",),
)  # fmt: skip
BAY = Source("Bay News", "https://e.org/feed", extras=tuple(EXTRAS))
TEMPLATE = Layout(
    "t.md",
    "---\ntitle: {{ title | yaml }}\nauthor: {{ author | yaml }}\ndate: {{ date | yaml }}\nfrom: {{ url | yaml }}\n"
    "tags: {{ tags | yaml }}\ncategories: {{ categories | yaml }}\nlang: {{ language | yaml }}\n---\n{{ markdown }}\n",
)
OTHERS = [
    replace(BAY, format="hugo"),
    replace(BAY, format="obsidian"),
    replace(BAY, format="template", layout=TEMPLATE),
]
NAMES = [source.format for source in OTHERS]
NASTY = Path(__file__).parents[2] / "shared" / "corpus" / "nasty.json"

HUGO = """\
---
title: "Bridge: \\"open\\""
date: 2021-11-20T06:43:44.821Z
lastmod: 2021-11-20T06:43:44.821Z
description: "A: bridge {{ x }}"
tags: [ Bay News ]
categories: [ Bay News ]
params:
  from: https://e.org/1
  author: Ann
  lang: en
  feed: https://e.org/feed
  words: 8
---

It is #open, {{ see }} $5.

So **it** is.
"""
OBSIDIAN = """\
---
title: "Bridge: \\"open\\""
aliases: [ "Bridge: \\"open\\"" ]
date: 2021-11-20T06:43:44
author: Ann
from: https://e.org/1
tags: [ Bay-News ]
categories: [ Bay News ]
updated: 2021-11-20T06:43:44
lang: en
description: "A: bridge {{ x }}"
feed: https://e.org/feed
words: 8
---

It is \\#open, {{ see }} \\$5.

So **it** is.
"""


@pytest.mark.parametrize(("source", "want"), [(OTHERS[0], HUGO), (OTHERS[1], OBSIDIAN)], ids=NAMES[:2])
def test_to_the_byte(source: Source, want: str) -> None:
    assert render(ARTICLE, source).decode() == want


def test_hugo_has_no_key_of_which_nothing_is_known() -> None:
    head = render(replace(ARTICLE, updated=None), replace(OTHERS[0], extras=())).decode().split("---\n")[1]
    assert yaml.safe_load(head).keys() == {"title", "date", "tags", "categories", "params"}
    assert yaml.safe_load(head)["params"] == {"from": URL, "author": "Ann"}


TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=40
)


@pytest.mark.parametrize("source", OTHERS, ids=NAMES)
@given(TEXT | YAMLISH, TEXT | YAMLISH, TEXT | YAMLISH)
@settings(deadline=None, derandomize=True, max_examples=150)
def test_what_was_written_is_read_back(source: Source, title: str, author: str, name: str) -> None:
    article = replace(ARTICLE, title=title, author=author)
    data = render(article, replace(source, name=name, tags=()))
    known, found, adopted = facts(data), read_post(data), read_adopted(data)
    assert known is not None
    assert (known.url, known.title, name in known.names) == (URL, title, True)
    assert known.published is not None
    assert abs(known.published - NOW) < timedelta(seconds=1)
    assert found is not None
    assert (found.url, found.title, found.author) == (URL, title, author)
    assert found.published == found.stated == known.published
    assert adopted is not None
    assert adopted.title == title
    head = yaml.safe_load(data.decode().split("\n---\n")[0].removeprefix("---\n"))
    assert (head["title"], head.get("params", head)["author"]) == (title, author)


@pytest.mark.parametrize("source", OTHERS, ids=NAMES)
def test_a_later_text_takes_the_place_and_keeps_labels_and_time(source: Source) -> None:
    first = render(ARTICLE, replace(source, tags=("old",)))
    earlier = read_post(first)
    assert earlier is not None
    later = in_place(replace(ARTICLE, published=NOW + timedelta(days=1), html="<p>It is shut.</p>"), earlier)
    data = labelled(render(later, source), earlier)
    again = read_post(data)
    assert again is not None
    assert not is_same(earlier, again)
    assert b"tags: [ old ]\n" in data
    assert again.published == earlier.published
    assert labelled(render(in_place(ARTICLE, earlier), source), earlier) == (
        first if source.format == "obsidian" or earlier.published == NOW else data
    )
    body = b"\n---\n\ntags: [ body ]\n"
    assert labelled(b"---\ntags: [ x ]" + body, earlier) == b"---\ntags: [ old ]" + body


@pytest.mark.parametrize("source", OTHERS, ids=NAMES)
def test_a_stub_gets_its_text_below_its_own_head(source: Source) -> None:
    source = replace(source, extras=())
    stub = render(replace(ARTICLE, html="<p>Bridge.</p>"), source)
    assert fault_of(stub, URL)
    earlier = read_adopted(stub)
    assert earlier is not None
    new = render(ARTICLE, source)
    assert refilled(new, earlier.head) == new
    for head in (b"---\ntitle: x\n---\n<!--1-->\n[x](y)\n------\n", b"---\ntitle: x\n---\n<!--1-->\n"):
        filled = refilled(new, head)
        assert filled.startswith(head)
        assert b"So **it** is." in filled
        assert b"It is" in filled


@pytest.mark.parametrize(
    ("data", "url"),
    [
        ("---\nparams:\n  author: x\n  from: https://e.org/1\n---\n", "https://e.org/1"),
        ("---\nparams:\n    from: https://e.org/1\n    a: {b: c}\n---\n", "https://e.org/1"),
        ("---\nfrom: https://e.org/2\nparams:\n  from: https://e.org/1\n---\n", "https://e.org/2"),
        ("---\nparams: {from: 'https://e.org/1'}\ntitle: >-\n  x\n---\n", "https://e.org/1"),
        ("---\ntags:\n  - a\nfrom: https://e.org/1\n---\n", "https://e.org/1"),
        ("---\nparams:\n  deep:\n    from: https://e.org/1\n---\n", ""),
        ("---\nother:\n  from: https://e.org/1\n---\n", ""),
        ("---\nparams: from\n---\n", ""),
        ("---\nparams:\n  from: {x: y}\n---\n", ""),
    ],
)
def test_the_address_is_found_where_hugo_has_it(data: str, url: str) -> None:
    known = facts(data.encode())
    assert (known.url if known else "") == url


def test_an_emptied_page_bundle_is_missed(tmp_path: Path) -> None:
    archive = FolderArchive(tmp_path)
    archive.put("content/posts/2021-11-20-x/index.md", b"")
    archive.put("content/about/index.md", b"")
    assert [reason for _, _, reason in survey(archive)] == ["", "it is empty"]


class TestReading:
    @pytest.mark.parametrize(
        ("value", "meant"),
        [("'it''s'", "it's"), ('"a\\x7Bb"', "a{b"), ("plain 'x'", "plain 'x'"), ("'", "'"), ("''", "")],
    )
    def test_titles_as_people_quote_them(self, value: str, meant: str) -> None:
        found = read_post(f"---\ntitle: {value}\ndate: 2021-11-20 06:43:44 +0100\nfrom: u\n---\nx\n".encode())
        assert found is not None
        assert (found.title, found.published) == (meant, datetime(2021, 11, 20, 5, 43, 44, tzinfo=UTC))

    @pytest.mark.parametrize(
        "lines",
        [
            "title: x\nfrom: u",
            "title: x\nfrom: u\ndate: soon",
            "title: >\n  x\nfrom: u\ndate: 2021-11-20",
            "title: x\ndate: 2021-11-20\nfrom: [u]",
            "title: x\nfrom: u\ndate: 0001-01-01T00:00:00+14:00",
        ],
    )
    def test_what_does_not_say_it_plainly_is_not_ours(self, lines: str) -> None:
        assert read_post(f"---\n{lines}\n---\nx\n".encode()) is None


class TestNames:
    def test_a_page_bundle_is_numbered_by_its_folder(self) -> None:
        path = "content/posts/2021-11-20-x.y/index.md"
        assert numbered(path, 2) == "content/posts/2021-11-20-x.y-2/index.md"
        assert numbered("x/index.md", 3) == "x-3/index.md"
        long = numbered(f"p/{'好' * 66}/index.md", 12)
        assert len(long.split("/")[1].encode()) <= 200
        assert long.endswith("好-12/index.md")
        assert [path for path, _ in zip(choices("a/index.md"), range(2), strict=False)] == [
            "a/index.md",
            "a-2/index.md",
        ]

    @pytest.mark.parametrize(
        ("title", "name"),
        [
            ("[更新] a|b #1 ^x: y/z\\w", "(更新) a-b -1 -x- y-z-w"),
            ("[[link]]", "((link))"),
            ("^", "untitled"),
            ("a?b*c", "a-b-c"),
        ],
    )
    def test_obsidian_has_no_name_that_its_links_cannot_have(self, title: str, name: str) -> None:
        source = replace(BAY, name="A[B]", format="obsidian", path="{source}/{date}-{title}.md")
        assert post_path(replace(ARTICLE, title=title), source) == f"A(B)/2021-11-20-{name}.md"
        jekyll = post_path(replace(ARTICLE, title="[x]^"), BAY)
        assert jekyll == "_posts/2021-11-20-[x]^.md", "as ever"

    @pytest.mark.skipif(not NASTY.is_file(), reason="the corpus of nasty titles is not beside this project")
    def test_nor_of_the_nasty_ones(self) -> None:
        rows = json.loads(NASTY.read_text("utf-8"))
        assert rows
        source = replace(BAY, format="obsidian", path="{source}/{date}-{title}.md")
        for row in rows:
            url = canonical(row["url"])
            article = replace(ARTICLE, title=str(row["title"]), author=str(row["author"]), url=url)
            named = replace(source, name=str(row["site"]))
            path = post_path(article, named)
            assert not re.search(r'[\[\]#^|\\:*"<>?]', path), path
            assert path.count("/") == 1
            assert all(part.encode() and not part.startswith(".") for part in path.split("/"))
            known = facts(render(article, named))
            assert known is not None
            assert (known.url, known.title) == (url, row["title"])

    @pytest.mark.parametrize(
        ("label", "tag"),
        [
            ("Bay News", "Bay-News"), ("联合早报", "联合早报"), ("1984", "1984_"), ("y2k", "y2k"), ("a/b", "a/b"),
            ("C++ & C#", "C-C"), ("#MeToo!", "MeToo"), ("...", ""), ("RTI 中央廣播電臺", "RTI-中央廣播電臺"), ("、 。", ""),
        ],
    )  # fmt: skip
    def test_tags_are_such_as_obsidian_takes(self, label: str, tag: str) -> None:
        assert as_tag(label) == tag
