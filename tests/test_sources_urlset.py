"""Sitemaps as programs write them: what is read, how far, and why no further."""

import gzip
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import ParseError
from crawler.model import Entry, Page, Source
from crawler.sources import urlset
from crawler.sources.urlset import Child, Sitemap, is_of_menus, read_moment, read_sitemap
from tests.fakes import entry, rss

SOURCE = Source("Harbour", "http://a.example/feed")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
IMAGE = "http://www.google.com/schemas/sitemap-image/1.1"


def page(body: str | bytes, *, kind: str = "application/xml") -> Page:
    data = body.encode() if isinstance(body, str) else body
    url = "http://a.example/maps/one.xml"
    return Page(url, url, 200, (("content-type", kind),), data, datetime(2024, 6, 1, tzinfo=UTC))


def told(body: str | bytes, **how: int) -> Sitemap:
    return read_sitemap(SOURCE, page(body), **how)


def urls_of(body: str | bytes, **how: int) -> list[str]:
    return [one.url.removeprefix("http://a.example/") for one in told(body, **how).entries]


def locs(*names: str) -> str:
    return "".join(f"<url><loc>http://a.example/{name}</loc></url>" for name in names)


def urlset_of(*names: str) -> str:
    return f'{HEAD}<urlset xmlns="{SCHEMA}">{locs(*names)}</urlset>'


FULL = f"""{HEAD}<!-- made by hand -->
<?xml-stylesheet type="text/xsl" href="/style.xsl"?>
<urlset xmlns="{SCHEMA}" xmlns:news="{NEWS}" xmlns:image="{IMAGE}" xmlns:xhtml="http://www.w3.org/1999/xhtml">
  <url>
    <loc>
      http://a.example/ferry?a=1&amp;b=2
    </loc>
    <lastmod>2024-05-03T10:00:00+08:00</lastmod>
    <changefreq>daily</changefreq><priority>0.9</priority>
    <xhtml:link rel="alternate" hreflang="de" href="http://a.example/de/ferry"/>
    <news:news>
      <news:publication><news:name>Harbour News</news:name><news:language>en</news:language></news:publication>
      <news:publication_date>2024-05-02T08:30Z</news:publication_date>
      <news:title>The ferry &amp; the <![CDATA[tide]]></news:title>
      <news:keywords>ferry, harbour , ferry,</news:keywords>
    </news:news>
    <image:image><image:loc>/pictures/ferry.jpg</image:loc><image:title>A ferry</image:title></image:image>
    <image:image><image:loc>http://a.example/other.jpg</image:loc></image:image>
  </url>
</urlset>"""


def test_reads_all_that_is_said_of_an_article() -> None:
    published, modified = datetime(2024, 5, 2, 8, 30, tzinfo=UTC), datetime(2024, 5, 3, 2, tzinfo=UTC)
    assert told(FULL) == Sitemap(
        (
            Entry(
                url="http://a.example/ferry?a=1&b=2",
                title="The ferry & the tide",
                published=published,
                updated=modified,
                categories=("ferry", "harbour"),
                language="en",
                image="http://a.example/pictures/ferry.jpg",
                dated_by="sitemap",
            ),
        ),
        is_news=True,
    )


def test_the_last_change_stands_in_for_the_time_of_publication() -> None:
    body = f"<urlset><url><loc>http://a.example/x</loc><lastmod>2024-05-03</lastmod></url>{locs('y')}</urlset>"
    day = datetime(2024, 5, 3, tzinfo=UTC)
    assert told(body) == Sitemap(
        (
            Entry(url="http://a.example/x", published=day, updated=day, dated_by="sitemap"),
            Entry(url="http://a.example/y", dated_by="sitemap"),
        )
    )


def test_reads_an_index() -> None:
    body = f"""{HEAD}<sitemapindex xmlns="{SCHEMA}">
    <sitemap><loc>http://a.example/1.xml</loc><lastmod>2024-05-03T10:00:00Z</lastmod></sitemap>
    <sitemap><loc>2.xml.gz</loc></sitemap><sitemap><loc></loc></sitemap><sitemap/>
    <sitemap><loc>http://a.example/1.xml</loc></sitemap><sitemap><loc>ftp://a.example/3.xml</loc></sitemap>
    </sitemapindex>"""
    assert told(body).children == (
        Child("http://a.example/1.xml", datetime(2024, 5, 3, 10, tzinfo=UTC)),
        Child("http://a.example/maps/2.xml.gz", None),
    )


#: How programs write them, and which addresses are found.
FORMS: dict[str, tuple[str | bytes, list[str]]] = {
    "plainly": (urlset_of("x", "y"), ["x", "y"]),
    "without a namespace": (f"<urlset>{locs('x')}</urlset>", ["x"]),
    "with prefixes": (f'<s:urlset xmlns:s="{SCHEMA}"><s:url><s:loc>http://a.example/x</s:loc></s:url></s:urlset>', ["x"]),
    "with prefixes that nobody declared": ("<s:urlset><s:url><s:loc>http://a.example/x</s:loc></s:url></s:urlset>", ["x"]),
    "with an undeclared extension": ("<urlset><url><loc>http://a.example/x</loc><news:news><news:title>T</news:title></news:news></url></urlset>", ["x"]),
    "behind blanks and a mark": (f"\ufeff\n  {urlset_of('x')}", ["x"]),
    "gzipped": (gzip.compress(urlset_of("x").encode()), ["x"]),
    "gzipped in two members, padded": (gzip.compress(b"<urlset>") + gzip.compress(f"{locs('x')}</urlset>".encode()) + b"\0\0", ["x"]),
    "in UTF-16": (urlset_of("x").replace("UTF-8", "UTF-16").encode("utf-16"), ["x"]),
    "in GBK": (f'<?xml version="1.0" encoding="GBK"?><urlset>{locs("港口")}</urlset>'.encode("gbk"), ["港口"]),
    "with bare ampersands": (f"<urlset>{locs('x?a=1&b=2', 'y?a=1&amp;b=2', 'z?a&#38;b&#x26;c')}</urlset>", ["x?a=1&b=2", "y?a=1&b=2", "z?a&b&c"]),
    "with CDATA": ("<urlset><url><loc><![CDATA[http://a.example/x?a=1&b=2]]></loc></url></urlset>", ["x?a=1&b=2"]),
    "with names of HTML": (f"<urlset>{locs('x&nbsp;y')}</urlset>", ["x&nbsp;y"]),
    "with illegal characters": ("<urlset>" + locs("x\x0b", "y") + "</urlset>", ["x", "y"]),
    "with comments": ("<urlset><url><!-- a --><loc>http://a.example/<!-- b -->x</loc><?c d?></url></urlset>", ["x"]),
    "with front pages and what is no address": ("<urlset><url><loc>http://a.example/</loc></url><url><loc>http://a.example</loc></url><url><loc>mailto:x@a.example</loc></url><url/>" + locs("x") + "</urlset>", ["x"]),
    "with a relative address": ("<urlset><url><loc>/x</loc></url></urlset>", ["x"]),
    "behind a DOCTYPE": ('<!DOCTYPE urlset SYSTEM "file:///etc/passwd"><urlset>' + locs("x") + "</urlset>", ["x"]),
    "as text": ("http://a.example/x\r\n\r\nhttp://a.example/\nhttps://b.example/y\nnot an address\n", ["x", "https://b.example/y"]),
    "as text with a mark": ("\ufeff http://a.example/x", ["x"]),
    "as a feed": (rss(entry("http://a.example/x", "X"), entry("http://a.example/y", "Y")), ["x", "y"]),
    "empty": ("<urlset/>", []),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_forms(form: str) -> None:
    body, found = FORMS[form]
    assert urls_of(body) == found
    assert told(body).fault == ""


def test_a_feed_keeps_its_texts_and_dates() -> None:
    (one,) = told(rss(entry("http://a.example/x", "Story", "<p>A text.</p>"))).entries
    assert (one.title, one.content, one.dated_by) == ("Story", "<p>A text.</p>", "feed")


FAULTS: dict[str, tuple[str | bytes, list[str], str]] = {
    "cut off": (f"<urlset>{locs('x', 'y')}<url><loc>http", ["x", "y"], "cut off"),
    "cut off behind an element": (f"<urlset>{locs('x')}", ["x"], "cut off"),
    "an end too much": (f"<urlset>{locs('x')}</url>{locs('y')}</urlset>", ["x"], "mismatch"),
    "rubbish at the end": (f"<urlset>{locs('x')}</urlset>\nWarning: mysql", ["x"], "Extra content"),
    "gzip cut off": (gzip.compress(urlset_of(*map(str, range(999))).encode())[:-40], ["0"], "cut off"),
    "gzip broken": (
        gzip.compress(urlset_of("x").encode()) + gzip.compress(b"more")[:10] + b"\xff" * 9,
        ["x"],
        "broken",
    ),
}


@pytest.mark.parametrize("form", FAULTS)
def test_what_stands_before_a_fault_counts_and_the_fault_is_told(form: str) -> None:
    body, found, fault = FAULTS[form]
    assert urls_of(body)[: len(found)] == found
    assert fault in told(body).fault
    assert "\n" not in told(body).fault


REFUSED: dict[str, tuple[str | bytes, str, bool]] = {
    "nothing": ("", "empty", True),
    "blanks": (" \n\ufeff", "empty", True),
    "a page": ("<!doctype html><html><body>Not found", "an HTML page", True),
    "a page without a head": ("<p>Not found", "a document of <p>", False),
    "markup without a root": ("<!-- nothing -->", "a document of <>", True),
    "another document": ("<kml><Placemark/></kml>", "a document of <kml>", False),
    "text": ("Not found", "text or binary data", False),
    "a text with a tag": ("Error <b>http://a.example/x</b>\nhttp://a.example/x", "text or binary data", False),
    "gzip of nothing": (b"\x1f\x8b\x08\x00", "cut off", True),
    "no gzip": (b"\x1f\x8b" + b"\xff" * 90, "its compression is broken", True),
    "a fault before all": ("<urlset><url></urlset>", "mismatch", True),
    "an endless DOCTYPE": ("<!DOCTYPE urlset [<!ENTITY a 'b'>", "a DOCTYPE that cannot be read", False),
}


@pytest.mark.parametrize("form", REFUSED)
def test_refuses_what_is_no_sitemap_and_says_what_it_is(form: str) -> None:
    body, reason, passing = REFUSED[form]
    with pytest.raises(ParseError) as caught:
        told(body)
    assert reason in caught.value.reason
    assert caught.value.passing == passing


def test_expands_no_entity_and_loads_no_file() -> None:
    bomb = "".join(f'<!ENTITY l{n + 1} "{10 * ("&l" + str(n) + ";")}">' for n in range(9))
    body = f'<!DOCTYPE urlset [<!ENTITY l0 "lol"><!ENTITY f SYSTEM "file:///etc/passwd">{bomb}]>'
    body += f'<urlset a="&l9;">{locs("x&l9;", "y&f;")}</urlset>'
    assert urls_of(body) == ["x&l9;", "y&f;"]


def test_inflates_no_more_than_the_protocol_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urlset, "MAX_BYTES", 10_000)
    body = gzip.compress(f"<urlset>{locs('x')}{'<url/>' * 100_000}</urlset>".encode())
    tracemalloc.start()
    assert urls_of(body) == ["x"]
    assert tracemalloc.get_traced_memory()[1] < 300_000
    tracemalloc.stop()
    assert told(body).fault == "over 10,000 bytes"


def test_memory_stays_flat_while_elements_are_read() -> None:
    body = page(f"<urlset>{'<url><other>filler</other></url>' * 200_000}</urlset>")
    tracemalloc.start()
    read_sitemap(SOURCE, body)
    assert tracemalloc.get_traced_memory()[1] < 5 * len(body.body)
    tracemalloc.stop()


@pytest.mark.parametrize(
    "body",
    [
        urlset_of(*"abcdef"),
        "\n".join(f"http://a.example/{n}" for n in "abcdef"),
        rss(*(entry(f"http://a.example/{n}", n) for n in "abcdef")),
    ],
)
def test_reads_a_part(body: str) -> None:
    assert (urls_of(body, most=4), told(body, most=4).has_more) == ([*"abcd"], True)
    assert (urls_of(body, skip=4, most=4), told(body, skip=4, most=4).has_more) == ([*"ef"], False)
    assert not told(body, most=6).has_more


def test_is_news_only_where_all_is() -> None:
    news = "<url><loc>http://a.example/n</loc><news:news xmlns:news='n'><news:title>T</news:title></news:news></url>"
    assert told(f"<urlset>{news}{news}</urlset>").is_news
    assert told(f"<urlset>{news}{news}</urlset>", most=1).is_news
    assert not told(f"<urlset>{news}{locs('x')}</urlset>").is_news
    assert not told("<urlset/>").is_news


@pytest.mark.parametrize(
    ("stated", "read"),
    [
        ("2024-05-03", datetime(2024, 5, 3, tzinfo=UTC)),
        (" 2024-05-03T10:00:00.5+08:00\n", datetime(2024, 5, 3, 2, 0, 0, 500_000, tzinfo=UTC)),
        ("2024-05-03T10:00Z", datetime(2024, 5, 3, 10, tzinfo=UTC)),
        ("2024-05-03T10:00:00", datetime(2024, 5, 3, 10, tzinfo=UTC)),
        ("2024-05-03T10:00:00.123456789Z", datetime(2024, 5, 3, 10, 0, 0, 123_456, tzinfo=UTC)),
        ("Fri, 03 May 2024 10:00:00 GMT", datetime(2024, 5, 3, 10, tzinfo=UTC)),
        ("2024-02-31", None),
        ("0001-01-01T00:00:00+08:00", None),
        ("0001-01-01", None),
        ("1970-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
    ],
)  # fmt: skip
def test_times(stated: str, read: datetime | None) -> None:
    found = read_moment(stated)
    assert found is read if read is None else found is not None and abs((found - read).total_seconds()) < 1e-3


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("author-sitemap.xml", True),
        ("post_tag-sitemap2.xml", True),
        ("wp-sitemap-users-1.xml", True),
        ("wp-sitemap-taxonomies-category-1.xml.gz", True),
        ("post-sitemap.xml", False),
        ("wp-sitemap-posts-post-1.xml", False),
        ("sitemap-page-2.xml", False),
    ],
)
def test_sitemaps_of_menus(name: str, is_one: bool) -> None:
    assert is_of_menus(f"http://a.example/{name}") == is_one


@given(st.binary(max_size=200), st.integers(0, 300), st.integers(0, 3))
def test_spoiled_bytes_give_entries_or_a_reason(rubbish: bytes, at: int, packed: int) -> None:
    body = FULL.encode()[:at] + rubbish + FULL.encode()[at + len(rubbish) :]
    try:
        told(gzip.compress(body)[: -packed or None] if packed else body)
    except ParseError as e:
        assert e.reason  # noqa: PT017
