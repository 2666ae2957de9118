"""Feeds in XML: goldens of every kind, and a table for what each rule decides."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import ParseError
from crawler.model import Entry, Listing, Page
from crawler.sources import KINDS, parse_listing
from crawler.sources.feed import KINDS_OF_VALUES, ttl_of
from crawler.workers import DEADLINE
from tests.answers import SOURCE, page

FEEDS = Path(__file__).parent / "feeds"
CORPUS = Path(__file__).parents[2] / "shared" / "corpus"


def rss(items: str, channel: str = "", attributes: str = "") -> Page:
    """An RSS 2.0 feed around some items."""
    head = f'<?xml version="1.0"?><rss version="2.0" {attributes}><channel><title>T</title>'
    return page(f"{head}<link>https://site.example/</link>{channel}{items}</channel></rss>")


def read(answer: Page) -> tuple[Entry, ...]:
    return parse_listing(SOURCE, answer).entries


def only(answer: Page) -> Entry:
    (entry,) = read(answer)
    return entry


def dumped(listing: Listing) -> object:
    """The listing as JSON holds it, empty fields left out, and what is the same in every entry."""

    def plain(value: object) -> object:
        return value.total_seconds() if isinstance(value, timedelta) else str(value)

    whole = dataclasses.asdict(listing)
    assert {entry.pop("dated_by") for entry in whole["entries"]} <= {"feed"}
    whole["entries"] = [{key: value for key, value in entry.items() if value} for entry in whole["entries"]]
    return json.loads(json.dumps({key: value for key, value in whole.items() if value}, default=plain))


GOLDENS = sorted(path for path in FEEDS.iterdir() if not path.name.endswith(".expected.json"))


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.name)
def test_golden(path: Path) -> None:
    listing = parse_listing(SOURCE, page(path.read_bytes(), ""))
    assert dumped(listing) == json.loads(path.with_name(path.stem + ".expected.json").read_text("utf-8"))


def test_kinds_are_what_a_configuration_may_name() -> None:
    assert next(iter(KINDS)) == "feed"


NOT_FEEDS = [
    (b"", "empty", True),
    (b"\xef\xbb\xbf \n", "empty", True),
    (b"<!DOCTYPE html><html><body>Sorry</body></html>", "an HTML page", True),
    (b"<html><head><title>502</title></head></html>", "an HTML page", True),
    (b"<center>busy</center><body>x", "an HTML page", True),
    (b'<?xml version="1.0"?><urlset xmlns="x"><url/></urlset>', "a document of <urlset>", False),
    (b"<opml><body/></opml>", "an HTML page", True),
    (b"<note>x</note>", "a document of <note>", False),
    (b"plain words", "text or binary data", False),
    (b"%PDF-1.4\n\x00\x01\xff", "text or binary data", False),
    (b"<?xml version='1.0'?>", "text or binary data", False),
    (b'{"items": [{"id": 1}], "version": "2"}', "JSON that is no JSON Feed", False),
    (b"[1, 2]", "JSON that is no JSON Feed", False),
    (b'{"version": "https://jsonfeed.org/version/1",', "broken JSON", True),
    (b"[" * 100_000, "broken JSON", True),
    (b"<!DOCTYPE rss [<!ENTITY a 'never ends><rss><channel/></rss>", "a DOCTYPE that cannot be read", False),
]


@pytest.mark.parametrize(("body", "what", "passing"), NOT_FEEDS)
def test_no_feed_is_refused_by_name(body: bytes, what: str, passing: bool) -> None:
    with pytest.raises(ParseError, match=f"^not a feed: {what}") as caught:
        read(page(body))
    assert caught.value.passing is passing


@pytest.mark.parametrize(
    "name", [*(name for names in KINDS_OF_VALUES.values() for name in names), "published_parsed", "feedburner:origLink"]
)
def test_an_element_called_like_a_value_of_feedparsers_costs_only_itself(name: str) -> None:
    """In a channel, an entry, or both, with and without a text; the other entry is whole."""
    odd = f'<{name} a="b">x</{name}><{name} a="b"/>'
    item = "<item><title>U</title><link>https://site.example/{}</link><author>a@site.example (A)</author></item>"
    for channel, inside in ((odd, ""), ("", odd), (odd, odd)):
        listing = parse_listing(
            SOURCE, rss(item.format(1).replace("<title>", f"{inside}<title>") + item.format(2), channel)
        )
        first, other = listing.entries
        assert first.url.rpartition("/")[2] == ("x" if inside and name == "link" else "1")
        assert (other.url, other.title, other.author) == ("https://site.example/2", "U", "A")


def test_unforeseen_input_to_feedparser_is_a_parse_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object, **__: object) -> None:
        raise ValueError("chr() arg not in range")

    monkeypatch.setattr(feedparser, "parse", dies)
    with pytest.raises(ParseError, match="unreadable") as caught:
        read(rss(""))
    assert isinstance(caught.value.__cause__, ValueError)


LINKS = [
    ("<link>https://a.example/1</link>", "https://a.example/1"),
    ("<link>/1</link>", "https://site.example/1"),
    ("<link>//cdn.example/1</link>", "https://cdn.example/1"),
    ("<link>  https://a.example/1\n</link>", "https://a.example/1"),
    ("<link>https://a.example/?a=1&amp;b=2</link>", "https://a.example/?a=1&b=2"),
    ("<guid>https://a.example/1</guid>", "https://a.example/1"),
    ("<guid>https://a.example/1</guid><link>https://a.example/2</link>", "https://a.example/2"),
    ("<guid isPermaLink='false'>https://a.example/1</guid>", ""),
    ("<guid>tag:1</guid>", ""),
    ("<guid>17</guid>", ""),
    ("<link></link>", ""),
    ("<link>file:///etc/passwd</link>", ""),
    ("<link>data:text/html,x</link>", ""),
    ("<link>mailto:a@b.example</link>", ""),
    ("<link>http://[broken/</link>", ""),
]


@pytest.mark.parametrize(("element", "url"), LINKS)
def test_link(element: str, url: str) -> None:
    entry = only(rss(f"<item><title>x</title>{element}<description>text</description></item>"))
    assert (entry.url, entry.content) == (url, "<p>text</p>")


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file://h/x", "mailto:a@b.example"])
def test_refused_link_is_named(link: str) -> None:
    listing = parse_listing(SOURCE, rss(f"<item/><item><link>{link}</link></item><item><link>/2</link></item>"))
    assert listing.problems == (f"entry 2: link '{link}' is no web address",)
    assert [entry.url for entry in listing.entries] == ["", "", "https://site.example/2"]


def test_atom_resolves_against_the_document_and_rss_against_the_site() -> None:
    inside = "<link>https://site.example/sub/</link><item><link>1</link></item>"
    assert only(page(f"<rss version='2.0'><channel>{inside}</channel></rss>")).url == "https://site.example/sub/1"
    assert only(page("<rss version='2.0'><channel><item><link>1</link></item></channel></rss>")).url.endswith("/some/1")
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><link href="https://site.example/sub/"/>{}</feed>'
    assert only(page(atom.format('<entry><link href="1"/></entry>'))).url == "https://feeds.example/some/1"
    relative = '<entry xml:base="/else/"><link href="1"/></entry>'
    assert only(page(atom.format(relative))).url == "https://feeds.example/else/1"


TITLES = [
    ("Plain", "Plain"),
    ("A &amp; B", "A & B"),
    ("A &amp;amp; B", "A & B"),
    ("AT&amp;T &lt; 5", "AT&T < 5"),
    ("&lt;b&gt;Bold&lt;/b&gt; claim", "Bold claim"),
    ("<![CDATA[<i>Set</i> in &quot;italics&quot;]]>", 'Set in "italics"'),
    ("&lt;script&gt;alert(1)&lt;/script&gt; x", "<script>alert(1)</script> x"),
    ("Head\nlayout: evil\r\n\tinjected: true", "Head layout: evil injected: true"),
    ("消息：中美　同意  提升", "消息：中美　同意  提升"),
    ("", ""),
]


@pytest.mark.parametrize(("written", "title"), TITLES)
def test_title_of_rss(written: str, title: str) -> None:
    assert only(rss(f"<item><title>{written}</title></item>")).title == title


TYPED_TITLES = [
    ("html", "Story &amp;lt;one&amp;gt;", "Story <one>"),
    ("html", "&lt;em&gt;A&lt;/em&gt;&lt;br/&gt;B&amp;nbsp;C", "A B C"),
    ("text", "1 &lt;b&gt;2&lt;/b&gt; &amp;amp;", "1 <b>2</b> &amp;"),
    ("xhtml", '<div xmlns="http://www.w3.org/1999/xhtml">1 &lt; <b>2</b></div>', "1 < 2"),
]


@pytest.mark.parametrize(("kind", "written", "title"), TYPED_TITLES)
def test_title_of_atom(kind: str, written: str, title: str) -> None:
    entry = f'<entry><title type="{kind}">{written}</title></entry>'
    assert only(page(f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>')).title == title


AUTHORS = [
    ("<author>jane@x.example (Jane Doe)</author>", "Jane Doe"),
    ("<author>Jane Doe</author>", "Jane Doe"),
    ("<author>jane@x.example</author>", "jane@x.example"),
    ("<dc:creator>Ann\ninjected: true\n---\n</dc:creator>", "Ann injected: true ---"),
    ("<dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator><dc:creator>Ann</dc:creator>", "Ann, Bob"),
    ("<dc:creator>Tom &amp;amp; Ann</dc:creator>", "Tom & Ann"),
    ("<dc:creator></dc:creator>", ""),
    ("", ""),
]


@pytest.mark.parametrize(("element", "author"), AUTHORS)
def test_author(element: str, author: str) -> None:
    answer = rss(
        f"<item><title>x</title>{element}</item>",
        channel="<managingEditor>boss@x.example (Boss)</managingEditor><webMaster>w@x.example</webMaster>",
        attributes='xmlns:dc="http://purl.org/dc/elements/1.1/"',
    )
    assert only(answer).author == author


DATES = [
    ("<pubDate>Sat, 20 Nov 2021 12:20:00 GMT</pubDate>", datetime(2021, 11, 20, 12, 20, tzinfo=UTC)),
    ("<dc:date>2021-11-20</dc:date>", datetime(2021, 11, 20, tzinfo=UTC)),
    ("<dcterms:created>2021-11-20</dcterms:created>", datetime(2021, 11, 20, tzinfo=UTC)),
    ("<pubDate>20211120T122001Z</pubDate>", datetime(2021, 11, 20, 12, 20, 1, tzinfo=UTC)),
    ("<pubDate>0001-01-01T00:00:00Z</pubDate>", None),
    ("<pubDate>20.11.2021 12:20</pubDate>", datetime(2021, 11, 20, 12, 20, tzinfo=UTC)),
    ("<pubDate>2021-324</pubDate>", datetime(2021, 11, 20, tzinfo=UTC)),  # ISO 8601's day of the year, by feedparser
    ("<pubDate>12:20</pubDate>", None),
    ("<pubDate>someday in 2021 perhaps</pubDate>", None),
    ("<pubDate></pubDate>", None),
    ("", None),
]


@pytest.mark.parametrize(("element", "published"), DATES)
def test_date(element: str, published: datetime | None) -> None:
    names = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
    assert only(rss(f"<item><title>x</title>{element}</item>", attributes=names)).published == published


def test_published_is_not_taken_for_updated() -> None:
    entry = only(rss("<item><pubDate>Sat, 20 Nov 2021 12:20:00 GMT</pubDate></item>"))
    assert (entry.published is None, entry.updated) == (False, None)


SAMPLE = "公告：渡轮今日恢复通航，市民排队等候两小时"
ENCODINGS = [
    ("utf-8", "application/rss+xml; charset=utf-8", ""),
    ("utf-8", "text/xml", ""),
    ("utf-8", "application/rss+xml; charset=iso-8859-1", ""),
    ("gb18030", "text/xml; charset=gb2312", ""),
    ("gb18030", "text/xml", 'encoding="gb2312"'),
    ("gb18030", "text/xml; charset=utf-8", 'encoding="GBK"'),
    ("big5", "text/xml", 'encoding="big5"'),
    ("utf-16", "text/xml", 'encoding="utf-16"'),
    ("utf-16-le", "text/xml", 'encoding="utf-16"'),
]


@pytest.mark.parametrize(("charset", "header", "declared"), ENCODINGS)
def test_encoding(charset: str, header: str, declared: str) -> None:
    title = SAMPLE if charset != "big5" else "公告：渡輪今日恢復通航，市民排隊等候兩小時"
    item = f"<item><title>{title}</title></item>"
    text = f'<?xml version="1.0" {declared}?><rss version="2.0"><channel>{item}</channel></rss>'
    assert only(page(text.encode(charset), header)).title == title


def test_one_cut_character_costs_only_itself() -> None:
    body = rss(f"<item><title>{SAMPLE}</title><description>{SAMPLE * 9}</description></item>").body
    cut = body.replace("小时".encode(), "小".encode() + "时".encode()[:2], 1)
    assert only(page(cut)).title == SAMPLE[:-1] + "\ufffd"


def test_billion_laughs_are_not_told() -> None:
    pairs = zip("abcdefghi", "bcdefghij", strict=True)
    nested = "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairs)
    doctype = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "lol lol lol ">{nested}]>'
    started = time.process_time()
    entry = only(page(doctype + rss("<item><title>&j;</title><link>/1</link></item>").body.decode()[21:]))
    assert (entry.title, time.process_time() - started < 2) == ("&j;", True)


@pytest.mark.parametrize("hidden", ["", "<!-- ' -->", "x", "<!ELEMENT y>", "</z>"])
def test_no_entity_is_loaded_wherever_the_doctype_stands(hidden: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary.txt"
    canary.write_text("CANARY")
    doctype = f'{hidden}<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{canary}"><!ENTITY y "<b>VALUE</b>">]>'
    listing = parse_listing(SOURCE, page(doctype + rss("<item><title>T &x; &y; T</title></item>").body.decode()[21:]))
    assert "CANARY" not in str(listing)
    assert "VALUE" not in str(listing)
    assert len(listing.entries) == 1


def test_a_body_that_is_the_name_of_a_file_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="text or binary"):
        read(page(str(FEEDS / "rss20.xml")))


BASE = "2000-01-01T12:00+08:00"
TTLS: list[tuple[dict[str, str], timedelta | None]] = [
    ({"ttl": "60"}, timedelta(hours=1)),
    ({"ttl": " 60.5 "}, timedelta(hours=1)),
    ({"ttl": "0"}, None),
    ({"ttl": "-60"}, None),
    ({"ttl": "soon"}, None),
    ({"ttl": "9" * 5000}, None),
    ({"sy_updateperiod": " Hourly\n"}, timedelta(hours=1)),
    ({"sy_updateperiod": "hourly", "sy_updatefrequency": "2"}, timedelta(minutes=30)),
    ({"sy_updateperiod": "daily", "sy_updatefrequency": "0"}, timedelta(days=1)),
    ({"sy_updateperiod": "weekly", "sy_updatefrequency": "7"}, timedelta(days=1)),
    ({"sy_updateperiod": "daily", "sy_updatefrequency": "9" * 5000}, timedelta(days=1)),
    ({"sy_updateperiod": "now and then"}, None),
    ({"sy_updatefrequency": "2"}, None),
    ({"ttl": "10", "sy_updateperiod": "daily"}, timedelta(days=1)),
    ({"ttl": "90", "sy_updateperiod": "hourly"}, timedelta(minutes=90)),
    ({}, None),
]


@pytest.mark.parametrize(("feed", "ttl"), TTLS)
def test_ttl_is_the_longer_of_two_wishes(feed: dict[str, str], ttl: timedelta | None) -> None:
    assert ttl_of(feed) == (ttl, None)


BASES = [
    ({"sy_updateperiod": "hourly", "sy_updatebase": BASE}, datetime(2000, 1, 1, 4, tzinfo=UTC)),
    ({"sy_updateperiod": "hourly", "sy_updatebase": "2000-01-01"}, datetime(2000, 1, 1, tzinfo=UTC)),
    ({"sy_updateperiod": "hourly", "sy_updatebase": "once upon a time"}, None),
    ({"sy_updatebase": BASE}, None),
    ({"ttl": "60", "sy_updatebase": BASE}, None),
    ({"ttl": "90", "sy_updateperiod": "hourly", "sy_updatebase": BASE}, None),
]


@pytest.mark.parametrize(("feed", "base"), BASES)
def test_the_base_is_that_of_the_period(feed: dict[str, str], base: datetime | None) -> None:
    assert ttl_of(feed)[1] == base


def test_the_syndication_module_is_read_under_any_prefix() -> None:
    wishes = "<ttl>20</ttl><s:updatePeriod>hourly</s:updatePeriod><s:updateFrequency>2</s:updateFrequency>"
    answer = rss(
        "", f"{wishes}<s:updateBase>{BASE}</s:updateBase>", 'xmlns:s="http://purl.org/rss/1.0/modules/syndication/"'
    )
    found = parse_listing(SOURCE, answer)
    assert (found.ttl, found.ttl_base) == (timedelta(minutes=30), datetime(2000, 1, 1, 4, tzinfo=UTC))


def test_feedparser_is_loaded_only_when_a_feed_is_parsed() -> None:
    code = "import sys, crawler.sources; sys.exit('feedparser' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@settings(deadline=None, max_examples=150, derandomize=True)
@given(st.binary(max_size=40), st.integers(0, 4000), st.integers(0, 60), st.sampled_from(GOLDENS))
def test_damage_costs_at_most_a_parse_error(noise: bytes, at: int, cut: int, path: Path) -> None:
    whole = path.read_bytes()
    at %= len(whole)
    try:
        parse_listing(SOURCE, page(whole[:at] + noise + whole[at + cut :]))
    except ParseError as e:
        assert e.reason.startswith("not a feed: ")  # noqa: PT017 -- either outcome is right


def test_corpus_of_real_feeds() -> None:
    """No exception but ParseError, no entry fewer than plain feedparser, none near a worker's deadline.

    corpus_entries.json holds `len(feedparser.parse(bytes).entries)` of feedparser 6.0.14, which takes too long here.
    """
    if not (CORPUS / "feeds").is_dir():
        pytest.skip("the corpus of real feeds is not beside this checkout")
    fewer, slow = [], []
    plain_counts = json.loads((FEEDS.parent / "corpus_entries.json").read_text("utf-8"))
    for path in sorted(found for found in (CORPUS / "feeds").rglob("*") if found.is_file()):
        body, started = path.read_bytes(), time.process_time()
        try:
            count = len(read(page(body, "")))
        except ParseError:
            count = 0
        if time.process_time() - started > DEADLINE.total_seconds() / 4:  # machines and coverage differ by far less
            slow.append(path.name)
        if count < plain_counts.get(str(path.relative_to(CORPUS / "feeds")), 0):
            fewer.append(path.name)
    assert (fewer, slow) == ([], [])


@pytest.mark.parametrize(("name", "late"), [("2020_sgt_as_gmt", 8), ("2021_v2", 0), ("2026", 0)])
def test_corpus_of_zaobao(name: str, late: int) -> None:
    if not (CORPUS / "zaobao").is_dir():
        pytest.skip("the corpus of Zaobao feeds is not beside this checkout")
    stated = {item["title"]: item for item in json.loads((CORPUS / "zaobao" / "index.json").read_text("utf-8"))}
    entries = read(page((CORPUS / "zaobao" / f"rsshub_zaobao_{name}.xml").read_bytes()))
    assert len(entries) == 20
    for entry in entries:
        known = stated[entry.title]
        assert entry.url == known["link"]
        assert entry.published == datetime.fromisoformat(known["published"]) + timedelta(hours=late)
        assert len(entry.content) > 100
