"""The pictures of a post: found in every form, replaced and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import escape, unescape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.model import Article, CanonicalURL, Images, Source
from crawler.writer.escape import address
from crawler.writer.pictures import (
    LONGEST_ADDRESS,
    MOST_PICTURES,
    asset_of,
    link,
    localized,
    moved,
    pictures_of,
    wanted,
)
from crawler.writer.post import FORMATS, render

HEAD = "---\nlayout: post\ntitle: 'x'\nfrom: http://a.example/1\nimage: http://a.example/head.png\n---\n"
P, Q = "http://p.example/p.png", "http://q.example/q.png"
ASSET = "assets/ab/ab0123456789abcdef0123456789abcd.png"
HERE = "_posts/x.md"
NOW = datetime(2021, 11, 20, tzinfo=UTC)


def post(body: str) -> bytes:
    return f"{HEAD}\n{body}\n".encode()


def found(body: str) -> list[str]:
    return list(pictures_of(post(body)))


FORMS = {
    "plain": (f"a ![b]({P}) c", [P]),
    "two, one twice": (f"![]({Q})![]({P})\n![]({Q})", [Q, P]),
    "a title": (f'![b]({P} "c (d)")', [P]),
    "angle brackets": ("![b](<http://p.example/a (b).png> 'c')", ["http://p.example/a (b).png"]),
    "brackets in the address": ("![b](http://p.example/a_(b).png)", ["http://p.example/a_(b).png"]),
    "brackets in the text": (f"![a \\[b\\] [c] \\]({P})", []),
    "escaped brackets": (f"![a \\[b\\] [c]]({P})", [P]),
    "on the next line": (f"![b](\n  {P}\n)", [P]),
    "escapes in the address": ("![](http://p.example/a\\_b.png)", ["http://p.example/a_b.png"]),
    "an entity": ("![](http://p.example/?a=1&amp;amp;b&copy=2&copy;3)", ["http://p.example/?a=1&amp;b&copy=2©3"]),
    "in a link": (f"[![b]({P})](http://l.example/l.png)", [P]),
    "no picture but a link": (f"[b]({P}) \\![c]({Q})", []),
    "behind a backslash that is one": (f"\\\\![c]({Q})", [Q]),
    "in a cell": (f"| a |\n| --- |\n| ![b \\| c]({P}) |", [P]),
    "in a quotation and an item": (f"> ![b]({P})\n\n- a\n\n    ![c]({Q})", [P, Q]),
    "local": ("![a](../assets/a.png) ![b](/assets/b.png)", ["../assets/a.png", "/assets/b.png"]),
    "a reference": (f"![a][b]\n\n[b]: {P}", []),
    "a tag": (f'<p><img alt="a > b" data-src="x" src="{P}" width=9></p>', [P]),
    "single quotes, none": (f"<IMG SRC='{P}'><img src={Q} /><img src>", [P, Q]),
    "entities in a tag": ('<img src=" http://p.example/?a=1&amp;b=2 ">', ["http://p.example/?a=1&b=2"]),
    "a tag without": ('<img alt="src=http://p.example/p.png"><image src="http://p.example/">', []),
    "code": (f"`![a]({P})` `` ` ![b]({P}) `` ![c]({Q})", [Q]),
    "ticks that open nothing": (f"\\`![a]({P})\\` ``` ![b]({Q})", [P, Q]),
    "ticks of two paragraphs": (f"a ` b\n\n![a]({P}) ` c", [P]),
    "a fence": (f"```html\n![a]({P})\n<img src='{P}'>\n``\n```\n![b]({Q})", [Q]),
    "a fence in an item": (f"- a\n\n  ~~~\n  ![a]({P})\n  ~~~\n- ```\n  ![a]({P})\n  ```\n\n![b]({Q})", [Q]),
    "a fence in a quotation": (f"> ```\n> ![a]({P})\n> ```\n\n![b]({Q})", [Q]),
    "a fence that nobody closes": (f"![b]({Q})\n\n````\n```\n![a]({P})", [Q]),
    "no fence": (f"``` a ` ![b]({Q})", [Q]),
    "an indented block": (f"a\n\n    ![a]({P})\n\n\t![a]({P})\n\nb\n    ![b]({Q})", [Q]),
    "after a list": (f"- a\n\n  b\n\nc\n\n    ![a]({P})", []),
    "pre": (f"<pre><code>![a]({P})</code></pre>\n\n![b]({Q})", [Q]),
    "a comment": (f"<!-- ![a]({P}) <img src='{P}'> -->![b]({Q})", [Q]),
    "none": ("a", []),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_found_and_replaced(name: str) -> None:
    body, want = FORMS[name]
    assert found(body) == want
    there = dict.fromkeys(want, ASSET)
    new = localized(post(body), there, HERE, "relative")
    assert list(pictures_of(new)) == list(dict.fromkeys(["../" + ASSET] * bool(want)))
    assert (new == post(body)) == (not want)
    assert new.startswith(HEAD.encode())


def test_only_the_address_changes() -> None:
    body = f'[![a](<{P}> "t")]({P}) <a href="{P}"><img alt=\'{P}\' src={P}></a> {P} `![]({P})` ![]({Q}) \udcff'
    data = (HEAD + "\r\n" + body + "\r\n").encode("utf-8", "surrogateescape")
    new = localized(data, {P: ASSET}, HERE, "relative")
    there = f"../{ASSET}"
    want = (
        f'[![a](<{there}> "t")]({P}) <a href="{P}"><img alt=\'{P}\' src="{there}"></a> {P} `![]({P})` ![]({Q}) \udcff'
    )
    assert new == (HEAD + "\r\n" + want + "\r\n").encode("utf-8", "surrogateescape")
    assert localized(data, {}, HERE, "relative") == data


def test_other_sizes_of_a_picture_go_with_its_address() -> None:
    body = f'<img srcset="{Q} 2x, {P} 3x" src="{P}" sizes="50vw" alt="a"><img src="{Q}" srcset="{Q} 2x">'
    new = localized(post(body), {P: ASSET}, HERE, "relative")
    assert new == post(f'<img  src="../{ASSET}"  alt="a"><img src="{Q}" srcset="{Q} 2x">')


def test_html_has_tags_only_and_no_code() -> None:
    body = f'<div>\n<p>![a]({Q}) `<img src="{P}">`</p><pre><img src="{P}"></pre><!--<img src="{Q}">-->\n</div>'
    assert found(body) == [P]


def test_a_file_without_a_head_has_none() -> None:
    assert pictures_of(f"![a]({P})".encode()) == ()
    assert localized(f"![a]({P})".encode(), {P: ASSET}, HERE, "relative") == f"![a]({P})".encode()


class TestWanted:
    @pytest.mark.parametrize(("images", "want"), [("link", ()), ("download", (P, Q)), ("lead", (P,))])
    def test_is_what_the_source_says(self, images: Images, want: tuple[str, ...]) -> None:
        assert wanted(post(f"![]({P}) ![]({Q})"), images) == want

    def test_a_lead_that_is_here_is_the_lead(self) -> None:
        assert wanted(post(f"![](../{ASSET}) ![]({Q})"), "lead") == ()

    @pytest.mark.parametrize(
        "odd", ["data:image/png;base64,x", "//p.example/p", "p.png", "http:///p", "ftp://p.example/p", f"{P}?\u202e"]
    )
    def test_what_leads_not_to_the_web_stays(self, odd: str) -> None:
        assert wanted(post(f"![](<{odd}>) ![]({Q})"), "download") == (Q,)

    def test_neither_is_what_is_too_long_or_too_many(self) -> None:
        assert wanted(post(f"![]({P}?{'x' * LONGEST_ADDRESS})"), "download") == ()
        many = [f"{P}?{number}" for number in range(MOST_PICTURES + 9)]
        assert wanted(post("\n\n".join(f"![]({one})" for one in many)), "download") == tuple(many[:MOST_PICTURES])

    def test_those_that_are_here_count_among_the_most(self) -> None:
        many = [f"{P}?{number}" for number in range(MOST_PICTURES + 9)]
        data = post("\n\n".join(f"![]({one})" for one in many))
        here = dict.fromkeys(many[1:MOST_PICTURES], ASSET)
        assert wanted(localized(data, here, HERE, "relative"), "download") == (many[0],)


class TestLinks:
    @pytest.mark.parametrize(
        ("path", "want"),
        [("x.md", ASSET), ("_posts/x.md", f"../{ASSET}"), ("content/posts/x/index.md", f"../../../{ASSET}")],
    )
    def test_lead_from_the_posts_folder(self, path: str, want: str) -> None:
        assert link(ASSET, path, "relative") == want
        assert asset_of(want, path) == ASSET

    def test_lead_from_the_root(self) -> None:
        assert link(ASSET, HERE, "root") == link("static/" + ASSET, HERE, "root") == f"/{ASSET}"
        assert asset_of(f"/{ASSET}", HERE) == ASSET

    @pytest.mark.parametrize("other", [P, ASSET, f"../../{ASSET}", "../assets/style.css", ""])
    def test_others_lead_to_no_asset(self, other: str) -> None:
        assert asset_of(other, HERE) == ""

    def test_stay_right_when_a_post_moves(self) -> None:
        body = f"![a](../{ASSET} 't') ![b](/{ASSET}) ![c]({P}) ![d](../other.png) `![](../{ASSET})`"
        deeper = moved(post(body), HERE, "old/2021/x.md")
        assert deeper == post(body.replace(f"(../{ASSET} ", f"(../../{ASSET} "))
        assert moved(deeper, "old/2021/x.md", HERE) == post(body)
        assert moved(post(body), HERE, "_archive/x.md") == post(body)


PIECES = [
    *"aé图 片.jpg?=/_*|~^`{}%[]()<>\"'\\!#$+-:;,&\u3000",
    "&amp;",
    "&copy;",
    "&lt=",
    "%20",
    "{%",
    "{{",
    "\\)",
    "](",
    "--",
]
NASTY = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)
FILLED = Article(CanonicalURL("http://a.example/1"), "T", "A", NOW, NOW, "", "page")
WRITERS = [Source("a", "u", format=name, body=body) for name in FORMATS if name != "template" for body in ("markdown", "html")]  # fmt: skip


def as_read(written: str) -> str:
    """Return the address that a reader of Markdown takes from what stands there."""
    return re.sub(r"&\w+;", lambda entity: unescape(entity[0]), written)


@settings(max_examples=200, deadline=None)
@given(NASTY, st.sampled_from(WRITERS))
def test_whatever_our_writers_write_is_found_and_replaced(tail: str, source: Source) -> None:
    """In a link, a cell, an item of an item, beside text that looks like code."""
    image = f'<img src="{escape("https://p.example/" + tail)}" alt="{escape(tail)}">'
    html = (
        f'<p>`{escape(tail)}<a href="http://l.example/">{image}</a> x</p><table><tr><th>{image}</th></tr>'
        f"<tr><td>a</td></tr></table><ul><li>b<ul><li>{image}</li></ul></li></ul>"
        f"<table><tr><td>`{escape(tail)}{image}<ul><li>c`![</li><li>](d){image}</li></ul></td></tr></table>"
    )
    data = render(replace(FILLED, html=html), source)
    is_html = source.format == "jekyll" and source.body == "html"
    meant = "https://p.example/" + tail
    (found,) = pictures_of(data)
    assert found == (meant.strip() if is_html else as_read(address(meant)))
    new = localized(data, {found: ASSET}, HERE, "relative")
    assert pictures_of(new) == (f"../{ASSET}",)
    assert b"p.example" not in new


@pytest.mark.parametrize(
    "piece", ["![", "![a", "`", "``` ", "<img ", "<img src=\"", "<!--", "<pre>", "[", "\\", "> - ", "![[x]", "    \n", "](("]
)  # fmt: skip
def test_what_nobody_meant_costs_no_time(piece: str) -> None:
    """Each of these would take minutes if it were looked at again and again."""
    assert pictures_of(post(piece * 20_000)) == ()


def test_the_golden_posts_show_what_they_show(tmp_path: Path) -> None:
    for path in (Path(__file__).parent / "posts").glob("jekyll-*.md"):
        data = path.read_bytes()
        addresses = pictures_of(data)
        new = localized(data, dict.fromkeys(addresses, ASSET), HERE, "relative")
        assert (new != data) == bool(addresses)
