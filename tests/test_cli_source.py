"""`crawler source list | add | test`."""

from __future__ import annotations

import re

import pytest

from crawler.cli.source import UNREACHED
from crawler.config import load
from crawler.model import Failure, Listing, Page
from tests.conftest import Desk
from tests.fakes import Answer, World, entry, everything, prose, rss, says, stories
from tests.webserver import page, redirect

CONFIG = """\
# My sources, in the order I read them
fetch: {{allow_private_networks: true, per_host_delay: 0s}}   # at home
rsshub: ['{base}']
sources:
  # the best one
  - name: Harbour   # since 2019
    url: {base}/feed

# nothing below
"""


async def found_at_once(*_: object) -> tuple[str, Listing]:
    """Stand for a search on the web."""
    return "https://lagoon.example/feed", Listing((), title="Lagoon")


@pytest.fixture
def mine(desk: Desk) -> Desk:
    """A desk with a configuration that a person wrote."""
    desk.config.write_text(CONFIG.format(base=desk.base))
    return desk


class TestAdd:
    def added(self, mine: Desk, *words: str) -> str:
        """Add a source and return what was put into the file, after making sure that nothing else was touched."""
        before = mine.config.read_text()
        said = mine.run("source", "add", *words)
        assert (said.code, said.err) == (0, "")
        after = mine.config.read_text()
        head, tail = before.split("\n# nothing below\n")
        assert after.startswith(head)
        assert after.endswith("\n# nothing below\n" + tail)
        assert not mine.archive.exists(), "only config.yaml is written"
        return after[len(head) : -len("\n# nothing below\n" + tail)]

    def test_appends_a_feed_and_keeps_the_comments(self, mine: Desk) -> None:
        mine.routes["/news"] = says(rss(*stories(mine.base, 1, 2), title="Lagoon: the news"))
        said = mine.run("source", "add", f"{mine.base}/news")
        assert said == (0, f"added Lagoon: the news: {mine.base}/news (2 entries)\n", "")
        text = mine.config.read_text()
        for comment in ("# My sources, in", "# at home", "# the best one", "# since 2019", "# nothing below"):
            assert comment in text
        source = load(mine.config, {}).sources[-1]
        assert (source.name, source.url) == ("Lagoon: the news", f"{mine.base}/news")
        assert mine.run("config", "check").code == 0

    def test_that_cannot_be_reached_says_what_can_be_done(self, mine: Desk) -> None:
        said = mine.run("source", "add", "http://127.0.0.1:1/")
        assert (said.code, said.out) == (3, "")
        assert said.err.splitlines()[1:] == [UNREACHED]

    def test_finds_the_feed_that_a_page_names(self, mine: Desk) -> None:
        head = '<link rel="alternate" type="application/rss+xml" href="deep/news.xml">'
        mine.routes |= {
            "/": says(f"<html><head>{head}</head><body></body></html>", Content_Type="text/html"),
            "/deep/news.xml": says(rss(*stories(mine.base, 1))),
        }
        assert f"url: {mine.base}/deep/news.xml" in self.added(mine, f"{mine.base}/", "--name", "Lagoon")

    def test_parses_the_page_where_it_can_be_stopped_and_a_bad_one_names_no_feed(
        self, mine: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A page of 40,000 attributes takes lxml 15 s: not in this process, and not without a deadline."""
        del mine.routes["/feed"]
        head = '<link rel="alternate" type="application/rss+xml" href="/deep">'
        mine.routes |= {
            "/": says(f"<html><head>{head}</head></html>", Content_Type="text/html"),
            "/deep": says(rss(title="Named")),
            "/rss": says(rss(title="Usual")),
        }
        pages: list[str] = []

        async def stopped(given: Page) -> Failure:
            pages.append(given.url)
            return Failure("parsing took over 20 s and was stopped", passing=False)

        monkeypatch.setattr(mine.parsers, "links", stopped)
        assert f"url: {mine.base}/rss" in self.added(mine, f"{mine.base}/")
        assert pages == [f"{mine.base}/"]

    def test_passes_over_what_the_page_calls_a_feed_and_is_none(self, mine: Desk) -> None:
        links = "".join(
            f'<link rel="alternate" type="application/rss+xml" href="/{n}">' for n in ("gone", "page", "ok")
        )
        mine.routes |= {
            "/": says(f"<html><head>{links}</head></html>", Content_Type="text/html"),
            "/page": says("<html></html>", Content_Type="text/html"),
            "/ok": says(rss()),
        }
        assert f"url: {mine.base}/ok" in self.added(mine, f"{mine.base}/", "--name", "Lagoon")

    @pytest.mark.parametrize("path", ["/rss.xml", "/atom.xml", "/blog/feed", "/index.xml"])
    def test_finds_a_feed_at_a_usual_place(self, mine: Desk, path: str) -> None:
        del mine.routes["/feed"]
        mine.routes |= {"/blog": says("<html></html>", Content_Type="text/html"), path: says(rss(title="Found"))}
        assert f"url: {mine.base}{path}" in self.added(mine, f"{mine.base}/blog")

    def test_looks_no_further_where_the_address_itself_does_not_answer(self, mine: Desk) -> None:
        """On a shared host the feed at the root may be a stranger's."""
        mine.routes["/rss"] = says(rss(title="Not meant"))
        said = mine.run("source", "add", f"{mine.base}/nowhere")
        assert (said.code, said.out) == (3, "")
        assert "HTTP 404" in said.err

    def test_takes_down_where_a_feed_has_moved_for_good(self, mine: Desk) -> None:
        mine.routes |= {"/old": redirect("/new", 301), "/new": says(rss(title="Moved"))}
        assert f"url: {mine.base}/new" in self.added(mine, f"{mine.base}/old")
        mine.routes |= {"/today": redirect("/7", 302), "/7": says(rss(title="Of the day"))}
        assert mine.run("source", "add", f"{mine.base}/today").code == 0
        assert load(mine.config, {}).sources[-1].url == f"{mine.base}/today"

    def test_takes_an_rsshub_route(self, mine: Desk) -> None:
        mine.routes["/town/news"] = says(rss(title="Town"))
        assert "url: rsshub://town/news" in self.added(mine, "rsshub://town/news")

    def test_names_a_feed_without_a_title_by_its_host(self, mine: Desk) -> None:
        text = rss().replace("<title>Example</title>", "").replace("<link>http://example.org/</link>", "")
        mine.routes["/bare"] = says(text)
        assert "name: 127.0.0.1:" in self.added(mine, f"{mine.base}/bare")

    @pytest.mark.parametrize("again", ["/feed", "/feed#top", "/feed?utm_source=me"])
    def test_refuses_one_that_is_there_already(self, mine: Desk, again: str) -> None:
        before = mine.config.read_bytes()
        mine.routes[again.partition("#")[0]] = mine.routes["/feed"]
        said = mine.run("source", "add", mine.base.replace("http://", "HTTP://") + again)
        assert said.code == 2
        assert "already" in said.err
        assert mine.config.read_bytes() == before

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("{base}/page", "no feed found: the page names 0, and none is at the usual places"),
            ("{base}/none", "HTTP 404 Not Found"),
            ("rsshub://none/at/all", "HTTP 404 Not Found"),
            ("http://127.0.0.1:1/", "connection refused"),
            ("nonsense://x", "not an http(s) address"),
        ],
    )
    def test_says_why_it_found_none_and_writes_nothing(self, mine: Desk, url: str, reason: str) -> None:
        del mine.routes["/feed"]
        mine.routes["/page"] = says("<html><body>Hello</body></html>", Content_Type="text/html")
        before = everything(mine.folder)
        said = mine.run("source", "add", url.format(base=mine.base))
        assert (said.code, said.out) == (3, "")
        assert reason in said.err
        assert everything(mine.folder) == before

    @pytest.mark.parametrize("text", [None, "", "# mine\n"])
    def test_makes_the_first_configuration(self, desk: Desk, monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
        desk.config.unlink()
        if text is not None:
            desk.config.write_text(text)
        # A new user's sources are on the web, not on this machine.
        monkeypatch.setattr("crawler.cli.source.find_feed", found_at_once)
        said = desk.run("source", "add", "https://lagoon.example")
        assert (said.code, said.out) == (0, "added Lagoon: https://lagoon.example/feed (0 entries)\n")
        made = f"made {desk.config}; say in it who you are (user_agent_contact), then: crawler run\n"
        assert said.err == ("" if text is not None else made)
        assert desk.config.read_text().startswith("# Configuration of the crawler" if text is None else text)
        assert desk.run("config", "check").code == 0
        assert [source.name for source in load(desk.config, {}).sources] == ["Lagoon"]
        again = desk.run("source", "add", "https://lagoon.example")
        there = "sources: https://lagoon.example/feed is there already, the feed behind https://lagoon.example"
        assert (again.code, again.err) == (2, f"error: {there}\n")

    def test_makes_no_configuration_where_there_is_no_feed(self, desk: Desk) -> None:
        desk.config.unlink()
        assert desk.run("source", "add", "http://127.0.0.1:1/").code == 3
        assert not desk.config.exists()


class TestTest:
    def test_shows_what_a_poll_would_bring_and_writes_nothing(self, desk: Desk) -> None:
        before = everything(desk.folder)
        said = desk.run("source", "test", "Harbour")
        assert (said.code, said.err) == (0, "")
        head, *rows = said.out.splitlines()
        assert head == "Harbour: 3 entries from Example"
        assert rows[-2] == f"new  2021-11-20T05:43  17 chars  Story 1  {desk.base}/1"
        assert re.fullmatch(r"next poll after 14m(?: \d+s)?, every: 15m", rows[-1])
        assert everything(desk.folder) == before
        assert desk.targets == ["/feed"]

    def test_tells_known_entries_from_new_ones(self, desk: Desk) -> None:
        desk.run("run", "--limit", "1")
        said = desk.run("source", "test", f"{desk.base}/feed")
        assert sorted(line.split(" ")[0] for line in said.out.splitlines()[1:-1]) == ["done", "pending", "pending"]

    def test_takes_an_address_that_is_not_configured(self, desk: Desk) -> None:
        desk.routes["/other"] = says(rss(*stories(desk.base, 7), title="Other"))
        said = desk.run("source", "test", f"{desk.base}/other")
        assert said.out.startswith(f"127.0.0.1:{desk.server.port}: 1 ent")
        assert "Story 7" in said.out

    def test_takes_a_route(self, desk: Desk) -> None:
        desk.configure(rsshub=[desk.base])
        desk.routes["/town/news"] = says(rss(*stories(desk.base, 7), title="Other"))
        assert desk.run("source", "test", "rsshub://town/news").code == 0

    def test_tells_what_it_leaves_out_and_what_is_wrong(self, desk: Desk) -> None:
        items = [entry(f"{desk.base}/1", "Kept", ""), entry(f"{desk.base}/2", "Sponsored", "x", date=None)]
        items += [entry("", "", ""), entry(f"{desk.base}/1", "Kept"), entry("", "Neither", "")]
        desk.routes["/feed"] = says(rss(*items))
        desk.configure({"name": "Harbour", "url": f"{desk.base}/feed", "exclude": ["Sponsored"]})
        out = desk.run("source", "test", "Harbour").out
        assert "left out by include/exclude or double: 2" in out
        assert "problem: entry 'Neither': neither a web address nor a text" in out

    def test_tells_which_site_rules_there_are_for_its_articles(self, desk: Desk) -> None:
        links = ("https://www.zaobao.com/story1", "https://b.example/1", "https://b.example/2", f"{desk.base}/1")
        desk.routes["/feed"] = says(rss(*(entry(link, link) for link in links)))
        assert [line for line in desk.run("source", "test", "Harbour").out.splitlines() if "rule" in line] == [
            "site rule for www.zaobao.com: sites.yaml"
        ]
        rules = desk.folder / "rules"
        rules.mkdir()
        (rules / "b.example.txt").write_text("body: //article\n")
        (rules / "own.yaml").write_text("- {hosts: zaobao.com, body: article}\n")
        desk.configure(site_rules="rules")
        assert [line for line in desk.run("source", "test", "Harbour").out.splitlines() if "rule" in line] == [
            "site rule for b.example: b.example.txt",
            "site rule for www.zaobao.com: own.yaml, sites.yaml",
        ]

    @pytest.mark.parametrize(
        ("source", "headers", "head", "told"),
        [
            ({}, {"Cache_Control": "max-age=7200"}, "", "next poll after 2h 0s, the server's max-age or Expires: 2h"),
            ({}, {}, "<ttl>90</ttl>", "next poll after 1h 30m, the feed's ttl or update period: 1h 30m"),
            ({"every": "30 7 * * *"}, {}, "", 'next poll after 46m 15s, cron: "30 7 * * *" in UTC'),
            ({"every": "auto"}, {}, "", "next poll after 34m, auto: something new 10.7 times a day"),
            (
                {},
                {},
                "<skipHours><hour>6</hour></skipHours>",
                "next poll after 16m 15s, the feed's skipHours or skipDays",
            ),
        ],
        ids=["max-age", "ttl", "cron", "auto", "skipHours"],
    )
    def test_says_when_the_next_poll_would_be_and_why(
        self, desk: Desk, source: dict[str, str], headers: dict[str, str], head: str, told: str
    ) -> None:
        desk.configure({"name": "Harbour", "url": f"{desk.base}/feed"} | source)
        desk.routes["/feed"] = page(rss(*stories(desk.base, 1, 2, 3), head=head).encode(), 200, **headers)
        last = desk.run("source", "test", "Harbour").out.splitlines()[-1]
        assert last[:18] == told[:18]
        assert last.partition(", ")[2] == told.partition(", ")[2]

    def test_of_an_empty_feed_says_so(self, desk: Desk) -> None:
        desk.routes["/feed"] = says(rss())
        assert "no entry can be archived" in desk.run("source", "test", "Harbour").out

    def test_of_a_bad_feed_says_why(self, desk: Desk) -> None:
        desk.routes["/feed"] = page(b"", 500)
        said = desk.run("source", "test", "Harbour")
        assert said == (3, "", f"{desk.base}/feed: HTTP 500 Internal Server Error\n")

    def test_of_what_is_neither_a_name_nor_an_address(self, desk: Desk) -> None:
        said = desk.run("source", "test", "Lagoon")
        assert (said.code, said.out) == (2, "")
        assert "no source is called 'Lagoon'" in said.err


class TestList:
    def test_shows_how_each_source_fares(self, desk: Desk) -> None:
        desk.configure(
            {"name": "联合", "url": f"{desk.base}/feed"}, {"name": "Broken", "url": "http://127.0.0.1:1/feed"}
        )
        assert "never polled" in desk.run("source", "list").out
        desk.run("run")
        said = desk.run("source", "list")
        assert said.code == 3
        assert [line.split()[:3] for line in said.out.splitlines()] == [
            ["source", "health", "articles"],
            ["联合", "ok", "3"],
            ["Broken", "failing", "0"],
        ]
        assert said.out.splitlines()[-1].endswith("connection refused")

    def test_of_healthy_sources_ends_well(self, desk: Desk) -> None:
        desk.run("run")
        assert desk.run("source", "list").code == 0


def test_the_web_of_the_fakes_is_what_the_fetcher_would_bring(desk: Desk) -> None:
    """A page that is gone is gone for both; the text is one too."""
    there = World(desk.folder / "other", {"http://a.example/feed": Answer(prose(1), 404)})
    assert there.run().failed == 1
