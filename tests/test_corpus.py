"""Real inputs of the team's corpus, where it stands beside the checkout: feeds, pages, posts, names that hurt.

Nothing of it is part of the project; without it these tests are skipped, and `test_walk` covers the same ground with
fixtures of our own. Run with `-s` to see the figures.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
import yaml
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from crawler.cli import outcome
from crawler.cli.common import SystemClock
from crawler.cli.parts import locked_store
from crawler.cli.run import Outcome, work
from crawler.config import Config, load
from crawler.engine.local import run_once
from crawler.slices import Want
from tests.jekyll_site import build, shown, titles

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
ZAOBAO = CORPUS / "zaobao"
FEEDS = {
    "2020": "rsshub_zaobao_2020_sgt_as_gmt.xml",
    "2021": "rsshub_zaobao_2021_v2.xml",
    "2026": "rsshub_zaobao_2026.xml",
}
LAYOUTS = ("sg2021", "hk2021", "sg2026", "hk2026")
#: What must never reach a post: words and addresses of the advertising and subscription blocks.
ADVERTISING = (
    "subscribe.sph.com.sg",
    "freemium_images",
    "dfp-ad",
    "innity",
    "广告",
    "延伸阅读",
    "订户专享",
    "打开应用",
)

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the team's corpus is not beside this checkout")

Answer = tuple[int, str, bytes]


@contextmanager
def served(answer: Callable[[str, str], Answer]) -> Iterator[tuple[int, list[str]]]:
    """Serve `answer(host, path)` on the loopback interface; yields the port and the log of requests."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, media_type, body = answer(self.headers["host"].partition(":")[0], self.path)
            self.send_response(status)
            self.send_header("content-type", media_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def config_in(folder: Path, sources: list[dict[str, Any]], **top: Any) -> Config:
    """Write a configuration and read it back."""
    text = yaml.safe_dump({"fetch": {"per_host_delay": "0s"}, "sources": sources, **top}, allow_unicode=True)
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    return load(folder / "config.yaml", {})


class SetClock(SystemClock):
    """The machine's clock with the date set by hand."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


def run(config: Config, port: int, hosts: tuple[str, ...], clock: SystemClock | None = None) -> Outcome:
    """One pass of the real pipeline; only these hosts lead to the loopback interface."""
    clock = clock or SystemClock()
    with locked_store(config, clock) as store:
        job = partial(run_once, want=Want(force=True))
        pins = dict.fromkeys(hosts, ("127.0.0.1", port))
        return work(config, store, clock, job, kind="run", shown=False, connect_to=pins)


def posts(config: Config) -> dict[str, tuple[dict[str, Any], str]]:
    """Return the posts by their `from`: front matter and the rest."""
    found = {}
    for path in sorted(config.archive.rglob("*.md")):
        _, head, rest = path.read_text(encoding="utf-8").split("---\n", 2)
        meta = yaml.load(head, Loader=yaml.BaseLoader)
        found[meta["from"]] = (meta, rest)
    return found


def visible(rest: str) -> str:
    """Return the text of a post's body as a reader sees it, without white space."""
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(rest.partition("------\n")[2])
    return re.sub(r"\s+", "", str(lxml_html.fromstring(body).text_content()))


# ------------------------------------------------------------------ Zaobao


def zaobao(feed: str, layout: str) -> Callable[[str, str], Answer]:
    """The site: a feed, the ten pages of one layout, 404 for the other ten. https becomes http: no certificate here."""
    stories = {item["link"].rpartition("/")[2]: item["n"] for item in json.loads((ZAOBAO / "index.json").read_bytes())}

    def answer(host: str, path: str) -> Answer:
        if path == "/zaobao/realtime/china":
            text = (ZAOBAO / FEEDS[feed]).read_bytes()
            return (
                200,
                "application/xml; charset=utf-8",
                text.replace(b"https://www.zaobao.com/", b"http://www.zaobao.com/"),
            )
        page = ZAOBAO / "pages" / f"{stories.get(path.rpartition('/')[2], 99):02}_{layout}.html"
        if path.startswith("/realtime/") and page.exists():
            return 200, "text/html; charset=utf-8", page.read_bytes()
        return 404, "text/plain", b"gone"

    return answer


def zaobao_run(
    tmp_path: Path, feed: str, layout: str, content: str
) -> tuple[Outcome, dict[str, tuple[dict[str, Any], str]]]:
    source = {"name": "联合早报", "url": "rsshub://zaobao/realtime/china", "content": content}
    config = config_in(tmp_path, [source], rsshub=["http://rsshub.example"])
    with served(zaobao(feed, layout)) as (port, _):
        ended = run(config, port, ("rsshub.example", "www.zaobao.com"))
    return ended, posts(config)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("feed", FEEDS)
def test_zaobao(tmp_path: Path, feed: str, layout: str) -> None:
    ended, found = zaobao_run(tmp_path, feed, layout, "best")
    items = {item["link"]: item for item in json.loads((ZAOBAO / "index.json").read_bytes())}
    assert len(items) == 19  # two of the twenty items are one article
    assert (ended.tally.archived, ended.report.pending) == (19, 0)
    shares = []
    for item in items.values():
        meta, rest = found[item["link"].replace("https:", "http:")]
        assert meta["title"] == item["title"]
        assert not [word for word in ADVERTISING if word in rest], item["n"]
        if item["n"] < 10:
            want = datetime.fromisoformat(item["published"]).astimezone(UTC)
            assert meta["date"][:16] == want.strftime("%Y-%m-%dT%H:%M"), item["n"]
        shares.append(len(visible(rest)) / item["text_chars"])
    print(f"\n{feed} {layout}: text_chars kept: least {min(shares):.3f}, mean {sum(shares) / len(shares):.3f}")
    assert min(shares) >= 0.98


def test_zaobao_of_pages_only(tmp_path: Path) -> None:
    ended, found = zaobao_run(tmp_path, "2026", "sg2026", "page")
    assert len(found) == 10
    assert ended.report.pending == 9
    assert {f.reason for f in ended.report.failures} == {"HTTP 404 Not Found"}


# ------------------------------------------------------------------ the sample post


def test_sample_post_to_the_byte(tmp_path: Path) -> None:
    crawl = datetime(2021, 11, 20, 6, 43, 44, 821000, UTC)
    source = {"name": "联合早报", "url": "http://rsshub.example/feed", "content": "feed", "body": "html"}
    config = config_in(tmp_path, [source])
    text = (ZAOBAO / FEEDS["2020"]).read_bytes()  # which states 12:20Z
    with served(lambda host, path: (200, "application/xml", text)) as (port, _):
        run(config, port, ("rsshub.example",), SetClock(crawl))
    want = (CORPUS / "sample-post.md").read_text(encoding="utf-8").split("\n")
    path = config.archive / "_posts" / "2021-11-20-消息：中美同意提升军事对话层级.md"
    got = path.read_text(encoding="utf-8").split("\n")
    body = next(i for i, line in enumerate(want) if line.startswith("<p>"))
    assert [line for i, line in enumerate(got) if i != body] == [line for i, line in enumerate(want) if i != body]
    sentences = re.findall(r"<p>(.*?)</p>", want[body])
    assert [s for s in sentences if s not in got[body]] == []
    assert not [word for word in ADVERTISING if word in got[body]]


# ------------------------------------------------------------------ names that hurt


def nasty_feeds(items: list[dict[str, str]]) -> dict[str, bytes]:
    """One RSS feed a site, as a source has one name."""
    feeds = {}
    for n, site in enumerate(dict.fromkeys(item["site"] for item in items)):
        entries = "".join(
            f"<item><title>{escape(item['title'])}</title><link>{escape(item['url'])}</link>"
            f"<pubDate>{datetime.fromisoformat(item['date']):%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
            f"<dc:creator>{escape(item['author'])}</dc:creator><description>{escape(item['body'])}</description></item>"
            for item in items
            if item["site"] == site
        )
        head = '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>x</title>'
        feeds[f"/{n}"] = f"{head}{entries}</channel></rss>".encode()
    return feeds


def test_nasty_names(tmp_path: Path) -> None:
    items = json.loads((CORPUS / "nasty.json").read_bytes())
    feeds, sites = nasty_feeds(items), list(dict.fromkeys(item["site"] for item in items))
    sources = [{"name": site, "url": f"http://feeds.example/{n}", "content": "feed"} for n, site in enumerate(sites)]
    config = config_in(tmp_path, sources)
    with served(lambda host, path: (200, "application/rss+xml", feeds[path])) as (port, _):
        ended = run(config, port, ("feeds.example",))
    found = posts(config)
    assert len(found) == len(items) == ended.tally.archived
    for item in items:
        meta, _ = found[item["url"]]
        assert (meta["title"], meta["author"]) == (item["title"], item["author"])
    names = [path.name for path in config.archive.rglob("*.md")]
    assert len({unicodedata.normalize("NFC", name).casefold() for name in names}) == len(items)
    for name in names:
        assert len(name.encode()) <= 200
        assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', name)
        assert not name.removesuffix(".md").endswith((" ", "."))
    if shutil.which("jekyll") is None:
        pytest.skip("jekyll is not installed: the posts were checked, the site was not built")
    assert sorted(shown(build(config.archive, tmp_path / "site"))) == sorted(titles(config.archive))
    script = (
        "require 'date'; require 'yaml'; ARGV.each { |f| y = YAML.load(File.read(f).split(\"---\\n\")[1], permitted_classes: [Time, Date]);"
        "puts [y['title'], y['author'], y['tags'][0]].join(\"\\t\") }"
    )
    paths = sorted(config.archive.rglob("*.md"))
    said = subprocess.run(["ruby", "-e", script, *paths], capture_output=True, check=True, text=True).stdout
    want = sorted("\t".join((i["title"], i["author"], i["site"])) for i in items)
    assert sorted(said.splitlines()) == want


# ------------------------------------------------------------------ the predecessor's archive


def test_predecessor_is_known_after_rebuild(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = tmp_path / "archive"
    shutil.copytree(CORPUS / "predecessor", archive)
    config = config_in(tmp_path, [{"name": "all", "url": "http://feeds.example/all", "content": "best"}])
    before = {path: path.read_bytes() for path in archive.rglob("*") if path.is_file()}
    assert outcome(["rebuild", "--config", str(config.path)]) == 0
    links = [m[1].decode() for data in before.values() if (m := re.search(rb"^from: (.*)$", data, re.M))]
    print(f"\n{len(before)} posts, {len(set(links))} articles")
    assert len(links) == len(before)
    assert f"{len(set(links))} articles known" in capsys.readouterr().out
    items = "".join(f"<item><link>{escape(link)}</link><title>x</title></item>" for link in links)
    feed = f"<rss version='2.0'><channel><title>x</title>{items}</channel></rss>".encode()
    with served(lambda host, path: (200, "application/rss+xml", feed)) as (port, asked):
        ended = run(replace(config), port, ("feeds.example",))
    assert asked == ["/all"]
    assert (ended.tally.new, ended.report.pending) == (0, 0)
    after = {path: path.read_bytes() for path in archive.rglob("*") if path.is_file() and ".crawler" not in path.parts}
    assert after == before
