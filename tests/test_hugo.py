"""Archives in Hugo's form, built by the real Hugo: every post a page with its title and its text."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from crawler.cli.demo import LaterClock, one_pass, served, write_config
from crawler.config import load
from crawler.writer.post import render
from crawler.writer.slugs import post_path
from tests import hugo_site
from tests.test_layouts import ARTICLE, BAY

pytestmark = pytest.mark.skipif(shutil.which("hugo") is None, reason="Hugo is not installed")
BUNDLES = "content/posts/{date}-{title}/index.md"
#: What Hugo's typography makes of marks.
PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "²": "2", "₂": "2"})

BODIES = [
    "<h2>A {#id}</h2><p>#MeToo $5 100%% ==x== [[w]] {{ x }} {{% y %}} {{&lt; fig &gt;}} {{{% a &amp;#x &amp;#38; \\#</p>",
    "<p>{{&lt;/* c */&gt;}} &lt;!-- c --&gt; &lt;script&gt; +++ [^1] a_b_ *c* ~~d~~ :smile: {{% unclosed</p>",
    "<p>{{<a href='https://e.org/x'>https://e.org/x</a> <code>{{&lt; x</code> <code>{{% x %}}</code></p>",
    "<p>x<sup>2</sup> H<sub>2</sub>O <del>old</del> <b>“你好”</b>他 <code>a`b|c</code> <code>&lt;b&gt;</code></p>",
    "<table><tr><th>a</th><th>b</th></tr><tr><td>1<br>2</td><td><code>x|y</code> p|q \\|</td></tr><tr><td>-</td></tr></table>",
    "<ul><li>#tag<pre><code>a ```` b\n{{ z }}</code></pre></li></ul><ol start=3><li>x</li></ol><blockquote><p>1. q</p></blockquote>",
    "<pre>{{ .Title }}\n\n    {{&lt; ref &gt;}}</pre><h3>T # #</h3><p>+++</p><p>title = 1</p><p># no</p><p>:: x</p>",
]


def visible(markup: str) -> str:
    text = unescape(re.sub(r"<[^>]*>", "", markup)).translate(PLAIN)
    return re.sub(r"\s+", "", text).replace("{{{", "{{").replace("{{", "{").replace("{", "")


def test_builds_the_demos_articles(tmp_path: Path) -> None:
    with served() as web:
        path = write_config(tmp_path, web.config_text(tmp_path / "archive"))
        path.write_text("defaults: {format: hugo}\n" + path.read_text())
        assert one_pass(load(path, {}), web, LaterClock()).tally.archived == 10
    built = hugo_site.build(tmp_path / "archive", tmp_path / "site")
    shown = hugo_site.pages(built)
    assert sorted(shown) == sorted(hugo_site.titles(tmp_path / "archive"))
    assert len(shown) == 10
    assert all(len(page) > 500 and "omitted" not in page for page in shown.values())
    assert '<a href="http://harbour-notes.example/posts/mill-lane.html">Ada Penrose</a>' in "".join(shown.values())
    assert (built / "categories/harbour-notes/index.html").is_file()


def test_shows_the_words_whatever_they_are(tmp_path: Path) -> None:
    source = replace(BAY, format="hugo", path=BUNDLES)
    want: dict[str, str] = {}
    for n, body in enumerate(BODIES):
        title = f'{n} "{{{{< x >}}}}" & <b>'
        article = replace(ARTICLE, title=title, html=body, published=ARTICLE.published + timedelta(days=n))
        place = tmp_path / "archive" / post_path(article, source)
        place.parent.mkdir(parents=True)
        place.write_bytes(render(article, source))
        want[title] = body
    shown = hugo_site.pages(hugo_site.build(tmp_path / "archive", tmp_path / "site"))
    assert shown.keys() == want.keys()
    for title, page in shown.items():
        (main,) = re.findall(r"<main>(.*)</main>", page, re.S)
        assert visible(main) == visible(want[title])
        assert "omitted" not in main
        assert "<i>2021-11-20T06:43:44</i>" in page, "lastmod"
