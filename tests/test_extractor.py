"""The order of the room: which text is taken, what the post says of it, what is refused and why."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from crawler import extractor
from crawler.errors import ExtractError, ItemError, ParseError
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


# --- which text ---------------------------------------------------------------------------------------------------


def test_the_page_is_taken_when_it_has_the_article() -> None:
    got = run(whole(f"<article><h1>Bridge opens</h1>{STORY}</article>"), TEASER)
    assert got.origin == "page"
    assert got.html == STORY
    assert got.won.startswith("judge article")
    assert 0.5 < got.confidence <= 1


def test_content_feed_never_looks_at_a_page() -> None:
    got = run(None, TEASER, "feed")
    assert (got.origin, got.won) == ("feed", "feed")
    assert text_of(got) == SENTENCES[0][:60] + "…"


def test_content_page_never_takes_the_feeds_text() -> None:
    with pytest.raises(ExtractError, match="no article text found: 10 characters") as e:
        run(whole("<p>Come back.</p>"), FULL, "page")
    assert not e.value.passing
    with pytest.raises(ExtractError, match="the page is gone"):
        run(None, FULL, "page")
    assert run(whole(f"<div>{STORY}</div>"), FULL, "page").origin == "page"


def test_the_feeds_text_replaces_a_page_that_is_gone_if_it_is_an_article() -> None:
    assert run(None, FULL).html == STORY
    for entry in (TEASER, Entry(url=ADDRESS), replace(FULL, content="")):
        with pytest.raises(ExtractError, match="no full text in the feed") as e:
            run(None, entry)
        assert not e.value.passing


@pytest.mark.parametrize("content", ["best", "page"])
def test_an_entry_without_a_link_never_had_a_page(content: Content) -> None:
    got = run(None, Entry(title="Notice", content="<p>Closed on Monday.</p>"), content)
    assert (got.origin, got.html, got.title) == ("feed", "<p>Closed on Monday.</p>", "Notice")
    assert run(None, Entry(summary="<img src=/a.jpg>"), content).html.startswith("<p><img")
    for entry in (Entry(), Entry(title="Notice", content="<p> </p>")):
        with pytest.raises(ExtractError, match="no link and no text") as e:
            run(None, entry, content)
        assert not e.value.passing


def test_the_summary_counts_when_there_is_no_content() -> None:
    assert run(None, Entry(title="t", summary=STORY)).html == STORY


@pytest.mark.parametrize(
    "shown",
    [
        "<p>Subscribe to continue reading.</p>",
        "<p>Just a moment... Checking your browser before accessing the site.</p>",
        f"<p>{SENTENCES[0]}</p>",
        f"<article><p>{SENTENCES[0]}</p><p>{SENTENCES[1]}</p></article>",
    ],
)
def test_the_feeds_article_replaces_a_wall_or_a_poorer_page(shown: str) -> None:
    got = run(whole(shown), FULL)
    assert got.origin == "feed"
    assert got.html == STORY


def test_a_pages_facts_count_even_when_its_text_does_not() -> None:
    head = '<meta property="article:published_time" content="2026-11-22T04:20:00+08:00"><meta name=author content="Ann Lee">'
    late = replace(FULL, published=datetime(2026, 11, 22, 4, 20, tzinfo=UTC))
    got = run(whole("<p>Subscribe to continue reading.</p>", head), late)
    assert (got.origin, got.author) == ("feed", "Ann Lee")
    assert got.published == datetime(2026, 11, 21, 20, 20, tzinfo=UTC)


def test_a_teaser_does_not_replace_a_wall() -> None:
    with pytest.raises(ExtractError, match="the page is a paywall: Subscribe to continue"):
        run(whole("<p>Subscribe to continue reading.</p>"), TEASER)


def test_a_feed_that_only_repeats_a_short_page_is_no_article() -> None:
    said = " ".join(SENTENCES[:2])
    entry = Entry(title="t", content=f"<p>{SENTENCES[0]}</p><p>{SENTENCES[1]}</p>")
    with pytest.raises(ExtractError, match="the page is a paywall"):
        run(whole(f"<p>{said}</p><p>Already a subscriber? Log in to continue.</p>"), entry)


def test_what_is_no_page_gives_way_to_the_feeds_article() -> None:
    document = page(b"%PDF-1.7 ...", "application/pdf")
    assert run(document, FULL).origin == "feed"
    with pytest.raises(ParseError, match="not a page: application/pdf") as e:
        run(document, TEASER)
    assert not e.value.passing


@pytest.mark.parametrize("body", ["", " \n ", "<html><head><title></title></head><body> </body></html>"])
def test_an_empty_page_is_a_passing_failure_even_with_a_full_feed(body: str) -> None:
    with pytest.raises(ItemError, match="empty page") as e:
        run(page(body), FULL)
    assert e.value.passing


def test_a_page_made_by_scripts_is_a_wall() -> None:
    shell = '<html><body><div id="root"></div><script src="/app.js"></script></body></html>'
    assert run(page(shell), FULL).origin == "feed"
    with pytest.raises(ExtractError, match="needs JavaScript") as e:
        run(page(shell), TEASER)
    assert not e.value.passing


def test_the_machine_readable_text_stands_in_for_scripts() -> None:
    said = json.dumps({"@type": "NewsArticle", "headline": "Bridge", "articleBody": "\n\n".join(SENTENCES)})
    head = f'<script type="application/ld+json">{said}</script>'
    got = run(whole('<div id="root">Loading</div>', head))
    assert got.won == "json-ld articleBody"
    assert got.confidence == 0.5
    assert text_of(got) == "\n".join(SENTENCES)
    assert run(whole(f"<article>{STORY}</article>", head)).html == STORY


# --- rules --------------------------------------------------------------------------------------------------------


def test_the_users_selector_comes_before_the_sites_and_the_judge() -> None:
    rules = parse_rules([{"hosts": "example.org", "body": [".missing", "#b"], "remove": ".ad-x"}])
    got = whole(f'<div id="a"><p>{SENTENCES[0]}</p><p class="ad-x">{SENTENCES[3]}</p></div><div id="b">{STORY}</div>')
    mine = replace(SOURCE, body_selector="//div[@id='a']", remove=("q",))
    assert text_of(from_page(got, Entry(), mine, URL, rules, NOW)) == SENTENCES[0]
    site = from_page(got, Entry(), SOURCE, URL, rules, NOW)
    assert (site.won, site.confidence, site.html) == ("rule #b", 1.0, STORY)


def test_a_rule_that_finds_no_text_gives_way() -> None:
    rules = parse_rules([{"hosts": "example.org", "body": ["#empty", "#a"]}])
    got = from_page(
        whole(f'<div id="empty"><img src=/x.jpg></div><article>{STORY}</article>'), Entry(), SOURCE, URL, rules, NOW
    )
    assert got.html == STORY


def test_all_that_one_selector_matches_is_joined_in_the_pages_order() -> None:
    rules = parse_rules([{"hosts": "example.org", "body": ".text, .lead"}])
    html = f'<p class="lead">{SENTENCES[0]}</p><div>x</div><div class="text"><p>{SENTENCES[1]}</p></div>'
    got = from_page(whole(html), Entry(), SOURCE, URL, rules, NOW)
    assert text_of(got) == "\n".join(SENTENCES[:2])


def test_what_a_rule_removes_is_removed_from_the_feeds_text_too() -> None:
    rules = parse_rules([{"hosts": "example.org", "remove": ".box", "text_remove": "Our shop.*"}])
    entry = replace(FULL, content=STORY + "<p class=box>Buy now, buy here.</p><p>Our shop is open.</p><p>Stop.</p>")
    mine = replace(SOURCE, content="feed", remove=("p:last-child",))
    assert extract(None, entry, mine, URL, rules, NOW).html == STORY


def test_the_base_element_counts() -> None:
    got = run(
        whole(
            f'<article>{STORY}<p>{SENTENCES[0][:-1]}, as <a href="b.html">plans</a> had it.</p></article>',
            "<base href='/sub/'>",
        )
    )
    assert 'href="https://news.example.org/sub/b.html"' in got.html


# --- the facts of the post ----------------------------------------------------------------------------------------


def test_an_entry_without_text_gets_a_body_of_its_own_facts() -> None:
    entry = Entry(url=ADDRESS, title='Walk <3 & "talk"', image="https://i.example.org/v.jpg")
    got = run(None, entry, "feed")
    assert got.html == (
        f'<p><a href="{ADDRESS}">Walk &lt;3 &amp; "talk"</a></p><p><img src="https://i.example.org/v.jpg"></p>'
    )
    assert got.confidence == 0
    assert run(None, Entry(), "feed").html == f'<p><a href="{ADDRESS}">{ADDRESS}</a></p>'


def test_a_picture_is_text_enough_for_a_feed() -> None:
    assert (
        run(None, Entry(content="<img src=/a.jpg>"), "feed").html == '<p><img src="https://news.example.org/a.jpg"></p>'
    )


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("  被捕  港警：　《国安法》 ", "被捕  港警：　《国安法》"),
        ("one\n two\r\n\tthree", "one two three"),
        ("x" * 500, "x" * 500),
        ("long " * 2000, "The page's own headline"),
    ],
)
def test_a_title_stands_on_one_line_as_the_feed_has_it_unless_it_is_a_text(stated: str, title: str) -> None:
    got = whole(STORY, "<meta property='og:title' content=\"The page's own headline\">")
    assert run(got, replace(TEASER, title=stated)).title == title


def test_a_text_in_the_titles_place_is_cut_where_there_is_no_other() -> None:
    assert len(run(None, replace(FULL, title="long " * 2000)).title) <= 500


def test_the_title_is_the_feeds_then_the_pages_then_the_texts_then_the_address() -> None:
    got = whole(f"<article>{STORY}</article>")
    assert run(got, Entry(title=" From \n the feed ")).title == "From the feed"
    assert run(got).title == "Bridge opens"
    assert run(None, Entry(content=STORY)).title == SENTENCES[0][:60].strip()
    assert run(None, Entry(), "feed").title == ADDRESS
    assert run(None, Entry(content="<img src=/a.jpg>"), "feed").title == ADDRESS


def test_the_stated_time_is_the_feeds_and_the_published_one_has_the_offset() -> None:
    stated = datetime(2026, 11, 20, 12, 20, tzinfo=UTC)
    source = replace(SOURCE, content="feed", time_offset=timedelta(hours=-8))
    got = extract(None, replace(FULL, published=stated), source, URL, Rules(), NOW)
    assert (got.stated, got.published) == (stated, stated - timedelta(hours=8))
    late = extract(None, replace(FULL, published=NOW + timedelta(hours=6)), SOURCE, URL, Rules(), NOW)
    assert (late.stated, late.published) == (NOW + timedelta(hours=6), NOW)
    none = extract(None, FULL, SOURCE, URL, Rules(), NOW)
    assert (none.stated, none.published) == (NOW, NOW)


def test_of_what_a_list_names_the_pages_own_time_goes_first() -> None:
    listed, day = datetime(2026, 11, 20, 12, 20, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
    stated = '<meta property="article:published_time" content="{}">'
    of_list = Entry(url=ADDRESS, published=listed, dated_by="list")

    def published(head: str, entry: Entry = of_list, before: str = "") -> datetime:
        return run(whole(f"{before}<article>{STORY}</article>", head), entry).published

    assert published(stated.format("2026-11-02T04:20:00Z")) == datetime(2026, 11, 2, 4, 20, tzinfo=UTC)
    assert published(stated.format("2026-11-20")) == listed
    assert published(stated.format("2026-11-20"), replace(of_list, published=None)) == day
    assert published("") == listed
    changed = replace(of_list, published=None, dated_by="sitemap", updated=listed)
    assert published("", changed) == listed
    assert published('<meta property="article:modified_time" content="2026-11-02T04:20:00Z">') == listed
    assert published("", replace(of_list, published=None)) == NOW
    feeds = replace(of_list, dated_by="feed")
    assert published(stated.format("2026-11-02T04:21:00Z"), feeds) == listed, "a feed is believed against the page"


@pytest.mark.parametrize("content", ["feed", "best"])
def test_a_time_that_the_offset_takes_out_of_the_calendar_is_none(content: Content) -> None:
    source = replace(SOURCE, content=content, time_offset=timedelta(hours=8))
    entry = replace(FULL, published=datetime(9999, 12, 31, 23, tzinfo=UTC))
    got = extract(None, entry, source, URL, Rules(), NOW)
    assert (got.stated, got.published) == (NOW, NOW)
    changed = datetime(2026, 11, 20, tzinfo=UTC)
    assert extract(None, replace(entry, updated=changed), source, URL, Rules(), NOW).published == changed


BYLINE = "<p>发布时间：2026-11-10 08:15　作者：周小满</p>"


@pytest.mark.parametrize("body", [f"{BYLINE}{STORY}", f"{STORY}{BYLINE}", f"<h2>Two banks</h2>{BYLINE}{STORY}"])
def test_a_line_of_facts_is_no_part_of_the_article_but_fills_what_the_page_leaves_open(body: str) -> None:
    stated = datetime(2026, 11, 10, 8, 15, tzinfo=UTC)
    got = run(whole(f"<article>{body}</article>"))
    assert BYLINE not in got.html
    assert got.html.endswith(STORY)
    assert (got.author, got.published, got.stated) == ("周小满", stated, NOW)
    entry = Entry(url=ADDRESS, title="t", content=body)
    got = run(None, entry)
    assert (got.html.endswith(STORY), got.author, got.published) == (True, "周小满", stated)
    got = run(None, replace(entry, author="Feed Fan", published=NOW - timedelta(days=1)))
    assert (got.author, got.published) == ("Feed Fan", NOW - timedelta(days=1))


def test_the_pages_own_facts_are_believed_before_a_line_of_the_text() -> None:
    head = '<meta name=author content="Ann Lee"><meta property="article:published_time" content="2026-11-09T00:00:00Z">'
    got = run(whole(f"<article>{BYLINE}{STORY}</article>", head))
    assert (got.html, got.author, got.published) == (STORY, "Ann Lee", datetime(2026, 11, 9, tzinfo=UTC))


def test_a_line_of_facts_is_in_the_zone_of_the_site() -> None:
    rules = parse_rules([{"hosts": "example.org", "timezone": "Asia/Singapore"}])
    stated = datetime(2026, 11, 10, 0, 15, tzinfo=UTC)
    assert run(whole(f"<article>{BYLINE}{STORY}</article>"), rules=rules).published == stated
    assert run(None, Entry(url=ADDRESS, content=f"{BYLINE}{STORY}"), rules=rules).published == stated


@pytest.mark.parametrize(
    ("around", "when"),
    [
        ("<h1>T</h1><div class=date>2026年3月4日 08:15</div>", datetime(2026, 3, 4, 8, 15, tzinfo=UTC)),
        ("<span class=pub-time>发布时间：2026-03-04 08:15</span><h1>T</h1>", datetime(2026, 3, 4, 8, 15, tzinfo=UTC)),
        ("<h1>T</h1><p class=publish>Published: 4 March 2026</p>", datetime(2026, 3, 4, tzinfo=UTC)),
        ("<h1>T</h1><div class=date>更新：2026-03-04</div>", NOW),
        ("<h1>T</h1><div class=date>On 4 March 2026 it rained</div>", NOW),
        ("<h1>T</h1><div class=place>2026-03-04</div>", NOW),
        ("<div class=date>2026-03-04</div>", NOW),
    ],
)
def test_a_date_printed_near_the_headline_is_better_than_none(around: str, when: datetime) -> None:
    got = whole(f"<div>{around}</div><article><p>{SENTENCES[1]}</p>{STORY}</article>")
    assert run(got).published == when
    stated = datetime(2026, 5, 5, tzinfo=UTC)
    assert run(got, Entry(published=stated)).published == stated


def test_a_redirect_on_the_same_site_is_the_articles_other_address() -> None:
    got = replace(whole(f"<article>{STORY}</article>"), final_url="https://news.example.org/2026/bridge-opens")
    assert run(got).canonical == "https://news.example.org/2026/bridge-opens"
    assert run(replace(got, final_url="https://news.example.org/")).canonical == ""


def test_a_time_of_change_is_better_than_none() -> None:
    changed = datetime(2026, 11, 20, tzinfo=UTC)
    assert run(None, replace(FULL, updated=changed)).published == changed
    head = '<meta property="article:modified_time" content="2026-11-19T00:00:00Z">'
    got = run(whole(f"<article>{STORY}</article>", head))
    assert got.published == got.updated == datetime(2026, 11, 19, tzinfo=UTC)
    later = run(None, replace(FULL, updated=NOW + timedelta(days=1)))
    assert later.updated == later.published == NOW


def test_the_other_facts_come_from_the_page_then_the_entry() -> None:
    entry = Entry(
        title="t", content=STORY, summary="<p>In  short.</p>", language="en", image="https://i.example.org/e.jpg"
    )
    got = run(None, entry)
    assert (got.language, got.image, got.description) == ("en", "https://i.example.org/e.jpg", "In short.")
    head = '<link rel=canonical href="/2026/bridge-opens?utm_source=x"><meta property=og:image content=/p.jpg><meta name=description content="Said short.">'
    got = run(whole(f"<article>{STORY}</article>", head), entry)
    assert got.canonical == "https://news.example.org/2026/bridge-opens"
    assert (got.image, got.description) == ("https://news.example.org/p.jpg", "Said short.")
