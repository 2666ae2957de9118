"""Pages of our own beside the articles expected of them, and the shared corpus."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import feedparser
import pytest
import yaml

from crawler import extractor
from crawler.extractor import Rules, extract, from_page, parse_rules
from crawler.extractor.tree import fragment, visible_text
from crawler.model import Article, Content, Entry, Page, Source
from crawler.urls import canonical

NOW = datetime(2026, 11, 23, 6, 43, 44, 821000, tzinfo=UTC)
ADDRESS = "https://news.example.org/2026/bridge"
URL = canonical(ADDRESS)
SOURCE = Source(name="Example", url="https://news.example.org/feed")
PAGES = Path(__file__).parent / "pages"
SITES = Path(extractor.__file__).with_name("sites.yaml")
RULES = parse_rules(yaml.safe_load(SITES.read_text("utf-8")))
CORPUS = Path(__file__).parents[2] / "shared" / "corpus"

SENTENCES = (
    "The new bridge over the river opened to traffic on Saturday morning, two months ahead of schedule.",
    "It is 1.2 kilometres long, has four lanes, and saves the villages on both banks a detour of forty minutes.",
    "“I have waited half my life for this,” said a retired teacher, who walked across it twice before noon.",
    "The ferry company said that its service will go on until March, and that passengers will decide the rest.",
)
STORY = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
MENU = "<nav><a href=/>Home</a> <a href=/world>World</a> <a href=/sport>Sport</a></nav>"


def page(body: str | bytes, content_type: str = "text/html; charset=utf-8", url: str = ADDRESS) -> Page:
    data = body if isinstance(body, bytes) else body.encode()
    return Page(url, url, 200, (("content-type", content_type),), data, NOW)


def whole(inner: str, head: str = "") -> Page:
    return page(f"<html><head><title>Bridge opens | Example</title>{head}</head><body>{MENU}{inner}</body></html>")


def text_of(article: Article) -> str:
    return visible_text(fragment(article.html))


def run(got: Page | None, entry: Entry = Entry(), content: Content = "best", rules: Rules = Rules()) -> Article:  # noqa: B008 - frozen
    return extract(got, entry, replace(SOURCE, content=content), URL, rules, NOW)


FULL = Entry(url=ADDRESS, title="Bridge opens", content=STORY)
TEASER = Entry(url=ADDRESS, title="Bridge opens", content=f"<p>{SENTENCES[0][:60]}…</p>")


# --- golden pages -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(PAGES.glob("*/*.html")), ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_golden_pages(path: Path) -> None:
    want = json.loads(path.with_suffix(".json").read_text("utf-8"))
    entry = Entry(title=want["entry"].get("title", ""), published=time(want["entry"].get("published")))
    got = from_page(page(path.read_bytes(), url=want["url"]), entry, SOURCE, canonical(want["url"]), RULES, NOW)
    assert got.html == "".join(want["html"])
    assert (got.title, got.author, got.won) == (want["title"], want["author"], want["won"])
    assert got.published == time(want["published"])


def time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def test_every_site_has_a_page() -> None:
    for row in RULES.rows:
        assert list((PAGES / row.hosts[0]).glob("*.html")), f"no page in tests/pages/{row.hosts[0]}"


# --- the shared corpus --------------------------------------------------------------------------------------------

UNWANTED = ("subscribe.sph.com.sg", "freemium_images", "dfp-ad", "广告", "延伸", "订户专享", "打开应用", "互动", "推荐")


def entries(name: str) -> list[Entry]:
    parsed = feedparser.parse((CORPUS / "zaobao" / name).read_bytes(), sanitize_html=False, resolve_relative_uris=False)
    return [
        Entry(url=e.link, title=e.title, published=parsedate_to_datetime(e.published), content=e.summary)
        for e in parsed.entries
    ]


@pytest.mark.parametrize(
    "feed", ["rsshub_zaobao_2020_sgt_as_gmt.xml", "rsshub_zaobao_2021_v2.xml", "rsshub_zaobao_2026.xml"]
)
@pytest.mark.parametrize("layout", ["hk2021", "hk2026", "sg2021", "sg2026"])
def test_zaobao_in_every_layout(feed: str, layout: str) -> None:
    if not (CORPUS / "zaobao").is_dir():
        pytest.skip("the shared corpus is not here")
    for entry, truth in zip(
        entries(feed), json.loads((CORPUS / "zaobao" / "index.json").read_text("utf-8")), strict=True
    ):
        path = CORPUS / "zaobao" / "pages" / f"{truth['n']:02d}_{layout}.html"
        got_page = page(path.read_bytes(), url=truth["link"]) if path.exists() else None
        got = extract(got_page, entry, SOURCE, canonical(truth["link"]), RULES, NOW)
        assert len(re.sub(r"\s", "", text_of(got))) >= 0.98 * truth["text_chars"]
        assert not [word for word in UNWANTED if word in got.html]
        pictures = set(re.findall(r'src="(http[^"]*)"', re.sub(r'<a href="https://subscribe.*', "", entry.content)))
        assert all(picture in got.html.replace("&amp;", "&") for picture in pictures)
        assert got.origin == ("page" if got_page else "feed")
        if got_page:
            assert got.published == datetime.fromisoformat(truth["published"])
