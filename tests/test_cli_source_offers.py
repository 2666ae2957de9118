"""`crawler source add` where a site has no feed: it says what there is, and adds what the user chooses."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from crawler.config import load
from crawler.model import Failure, Page
from tests.conftest import Desk
from tests.fakes import everything, says
from tests.lists import CARDS, HEADLINES, each, sheet

MAP = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{}</urlset>"

CONFIG = """\
fetch: {{allow_private_networks: true, per_host_delay: 0s}}
sources:
  - name: Harbour   # the best one
    url: {base}/feed
"""


@pytest.fixture
def site(desk: Desk) -> Desk:
    """A desk whose site has a list and no feed."""
    desk.routes.clear()
    desk.config.write_text(CONFIG.format(base=desk.base))
    desk.routes["/news"] = says(sheet(CARDS).body, Content_Type="text/html")
    return desk


def test_a_list_is_proposed_with_the_command_that_adds_it(site: Desk) -> None:
    before = everything(site.folder)
    said = site.run("source", "add", f"{site.base}/news")
    command = f"crawler source add {site.base}/news --kind list --item .card"
    assert (
        said.out == f"a list of 6 articles\n  - {HEADLINES[0]}\n  - {HEADLINES[1]}\n  - {HEADLINES[2]}\n  {command}\n"
    )
    assert said.code == 3
    assert "no feed found: the page names 0, and none is at the usual places" in said.err
    assert everything(site.folder) == before, "nothing is written"
    said = site.run(*shlex.split(command)[1:])
    assert said == (0, f"added News - Example: {site.base}/news (6 entries)\n", "")
    source = load(site.config, {}).sources[-1]
    assert (source.kind, source.item, source.url) == ("list", ".card", f"{site.base}/news")
    assert site.run("config", "check").code == 0
    tested = site.run("source", "test", f"{site.base}/news")
    assert tested.code == 0
    assert HEADLINES[0] in tested.out


def test_the_name_is_kept_and_a_selector_of_the_link_is_named(site: Desk) -> None:
    box = "<div class=box><a href='/asia'>Asia</a><p class=headline><a href='/a-b-{n}'>{t}</a></p></div>"
    site.routes["/news"] = says(sheet(each(box)).body, Content_Type="text/html")
    said = site.run("source", "add", f"{site.base}/news", "--name", "My news")
    line = said.out.splitlines()[-1]
    assert line.endswith("--name 'My news' --kind list --item .box --link '.headline a'")
    assert site.run(*shlex.split(line)[1:]).code == 0
    assert load(site.config, {}).sources[-1].link == ".headline a"


@pytest.mark.parametrize(
    ("robots", "wanted"),
    [
        ("Sitemap: {base}/pages.xml\nsitemap:{base}/News.xml\n", "/News.xml"),
        ("Sitemap: /gone.xml\nSitemap: /page.html\nSITEMAP: /pages.xml\n", "/pages.xml"),
        ("User-agent: *\n", "/sitemap.xml"),
        ("", "/sitemap.xml"),
    ],
)
def test_a_sitemap_is_proposed_news_first(site: Desk, robots: str, wanted: str) -> None:
    site.routes["/news"] = says("<html><body><p>Hello</p></body></html>", Content_Type="text/html")
    text = MAP.format("".join(f"<url><loc>{site.base}/story/{n}</loc></url>" for n in range(4)))
    site.routes |= {path: says(text, Content_Type="text/xml") for path in ("/pages.xml", "/News.xml", "/sitemap.xml")}
    site.routes["/page.html"] = says("<html></html>", Content_Type="text/html")
    if robots:
        site.routes["/robots.txt"] = says(robots.format(base=site.base))
    said = site.run("source", "add", f"{site.base}/news")
    assert said.code == 3
    lines = said.out.splitlines()
    assert (lines[0], len(lines)) == ("a sitemap of 4 pages", 5)
    assert lines[-1] == f"  crawler source add {site.base}{wanted} --kind sitemap"
    assert site.run(*shlex.split(lines[-1])[1:]).code == 0
    assert load(site.config, {}).sources[-1].kind == "sitemap"


def test_where_there_is_nothing_else_the_reason_is_all(site: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stopped(page: Page) -> Failure:
        return Failure("parsing took over 20 s and was stopped", passing=False)

    monkeypatch.setattr(site.parsers, "lists", stopped)
    said = site.run("source", "add", f"{site.base}/news")
    reason = "no feed found: the page names 0, and none is at the usual places"
    assert said == (3, "", f"{site.base}/news: {reason}\n")
    said = site.run("source", "add", f"{site.base}/news", "--kind", "feed")
    assert said == (3, "", f"{site.base}/news: {reason}\n")


def test_json_is_added_by_its_paths(site: Desk) -> None:
    site.routes["/api"] = says('{"data": [{"id": 7, "t": "One", "at": 1637382000}]}')
    words = ("source", "add", f"{site.base}/api", "--kind", "json", "--name", "Ministry")
    more = ("--item", "data", "--link", "/story/{id}", "--title", "t", "--date", "at")
    assert site.run(*words, *more) == (0, f"added Ministry: {site.base}/api (1 entries)\n", "")
    source = load(site.config, {}).sources[-1]
    assert (source.item, source.link, source.title, source.date) == ("data", "/story/{id}", "t", "at")


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["--item", "li"], 2, "--item: needs --kind list or --kind json beside it"),
        (["--kind", "list", "--item", "li["], 2, "item: bad selector 'li['"),
        (["--kind", "json"], 2, "link: must be given: where in an entry of the JSON its address stands"),
        (["--kind", "feed", "--item", "li"], 2, "item: says nothing for kind feed without `pages`"),
        (["--kind", "lists"], 2, "'lists' is not one of"),
        (["--kind", "list", "--item", ".none"], 3, "no entries: nothing on the page is found by item '.none'"),
        (["--kind", "json", "--link", "url"], 3, "not JSON"),
    ],
)
def test_what_cannot_be_added_is_refused_and_nothing_is_written(
    site: Desk, words: list[str], code: int, reason: str
) -> None:
    before: dict[str, Any] = everything(site.folder)
    said = site.run("source", "add", f"{site.base}/news", *words)
    assert (said.code, said.out) == (code, "")
    assert reason in said.err
    assert everything(site.folder) == before


def test_a_list_cannot_be_added_where_all_sources_have_their_texts_from_feeds(site: Desk) -> None:
    site.config.write_text(site.config.read_text() + "defaults: {content: feed}\n")
    said = site.run("source", "add", f"{site.base}/news", "--kind", "list")
    assert said.code == 2
    assert "content: feed is not to be had" in said.err
