"""What feeds say of their older pages, in all the spellings."""

from __future__ import annotations

import json

import pytest

from crawler.errors import ParseError
from crawler.model import Page
from crawler.sources.paging import MAKER_CHARACTERS, Paging, parse_paged
from tests.clock import START
from tests.fakes import rss

URL = "http://a.example/blog/feed"
ATOM = "http://www.w3.org/2005/Atom"


def page(body: str, **headers: str) -> Page:
    return Page(URL, URL, 200, tuple((name.lower(), value) for name, value in headers.items()), body.encode(), START)


def paging(body: str, **headers: str) -> Paging:
    return parse_paged(page(body, **headers))[1]


def atom(inside: str, attributes: str = "") -> str:
    return f'<feed xmlns="{ATOM}" {attributes}><title>Example</title>{inside}</feed>'


def in_rss(relation: str, address: str) -> str:
    return rss(head=f'<atom:link xmlns:atom="{ATOM}" rel="{relation}" href="{address}"/>')


def in_rdf(inside: str) -> str:
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        f'xmlns:admin="http://webns.net/mvcb/" xmlns:atom="{ATOM}"><channel rdf:about="x"><title>Example</title>'
        f"{inside}</channel></rdf:RDF>"
    )


@pytest.mark.parametrize(
    ("body", "onward"),
    [
        (atom('<link rel="next" href="?page=2"/>'), f"{URL}?page=2"),
        (atom('<link rel="http://www.iana.org/assignments/relation/next" href="/2"/>'), "http://a.example/2"),
        (atom('<link rel="next" href="2"/>', 'xml:base="http://b.example/x/"'), "http://b.example/x/2"),
        (atom('<link rel="next" href="/2"/><link rel="next" href="/3"/>'), "http://a.example/2"),
        (in_rss("next", "http://b.example/2"), "http://b.example/2"),
        (in_rss("NEXT", "2"), "http://a.example/blog/2"),
        (in_rdf('<atom:link rel="next" href="/2"/>'), "http://a.example/2"),
        (json.dumps({"version": "https://jsonfeed.org/version/1", "next_url": "/2"}), "http://a.example/2"),
        (json.dumps({"version": "https://jsonfeed.org/version/1", "next_url": 2}), ""),
        (json.dumps({"version": "https://jsonfeed.org/version/1", "next_url": ""}), ""),
        (in_rss("next", ""), ""),
        (in_rss("next", "javascript:more()"), ""),
        (in_rss("next", "http://[broken"), ""),
        (in_rss("previous", "/newer"), ""),
        (atom('<entry><title>One</title><link rel="next" href="/of-the-entry"/></entry>'), ""),
    ],
)
def test_links_of_documents(body: str, onward: str) -> None:
    assert paging(body) == Paging(onward=onward, home=paging(body).home)


def test_the_archive_before() -> None:
    assert paging(in_rss("prev-archive", "/2020.xml")).archive == "http://a.example/2020.xml"


@pytest.mark.parametrize(
    ("header", "onward"),
    [
        ('</2>; rel="next"', "http://a.example/2"),
        ("</2>;rel=next", "http://a.example/2"),
        ('</1>; rel="prev", </2>; title="older, still"; REL = "last NEXT"', "http://a.example/2"),
        ('</wp-json/>; rel="https://api.w.org/"', ""),
        ("</2>", ""),
        ('</2>; rel=""', ""),
        ("</2", ""),
    ],
)
def test_links_of_headers(header: str, onward: str) -> None:
    assert paging(rss(), server=header, link=header).onward == onward


def test_the_document_goes_before_its_headers() -> None:
    assert paging(in_rss("next", "/2"), link='</3>; rel="next"').onward == "http://a.example/2"
    assert paging(in_rss("next", "mailto:a@b.example"), link='</3>; rel="next"').onward == "http://a.example/3"


@pytest.mark.parametrize(
    "header", ["<" * 60_000, "</2>" + "; rel " * 20_000, "</2>;" + " " * 100_000, '</2>; rel="' * 9999]
)
def test_hostile_headers_cost_little(header: str) -> None:
    paging(rss(), link=header)


@pytest.mark.parametrize(
    ("body", "maker"),
    [
        (rss(head="<generator>https://wordpress.org/?v=6.4.2</generator>"), "https://wordpress.org/?v=6.4.2"),
        (atom('<generator uri="https://gohugo.io/" version="0.1">Hugo</generator>'), "hugo 0.1 https://gohugo.io/"),
        (in_rdf('<admin:generatorAgent rdf:resource="http://wordpress.org/?v=3"/>'), "http://wordpress.org/?v=3"),
        (rss().replace("<rss ", '<rss xmlns:discourse="http://www.discourse.org/" '), "discourse"),
        (rss(), ""),
        (rss(head=f"<generator>{'x' * 999}</generator>"), "x" * MAKER_CHARACTERS),
    ],
)
def test_makers(body: str, maker: str) -> None:
    assert paging(body).maker == maker


@pytest.mark.parametrize("space", ["http://a9.com/-/spec/opensearch/1.1/", "http://a9.com/-/spec/opensearchrss/1.0/"])
@pytest.mark.parametrize(("stated", "total"), [("4178", 4178), (" 3 ", 3), ("many", 0), ("-1", 0), ("9" * 30, 0)])
def test_totals(space: str, stated: str, total: int) -> None:
    assert paging(rss(head=f'<o:totalResults xmlns:o="{space}">{stated}</o:totalResults>')).total == total


def test_a_total_of_something_else() -> None:
    assert paging(rss(head='<o:totalResults xmlns:o="http://b.example/">7</o:totalResults>')).total == 0


def test_complete_feeds() -> None:
    complete = '<history:complete xmlns:history="http://purl.org/syndication/history/1.0"/>'
    assert paging(rss(head=complete)).is_complete
    assert not paging(rss(head=complete.replace("complete", "archive"))).is_complete


def test_entries_come_along() -> None:
    listing, told = parse_paged(page(rss("<item><title>One</title></item>", title="Harbour")))
    assert ([entry.title for entry in listing.entries], listing.title, told.home) == (
        ["One"], "Harbour", "http://example.org/",
    )  # fmt: skip


@pytest.mark.parametrize("body", ["", "<!doctype html><title>Gone</title>", '{"error": "no such page"}', "<svg/>"])
def test_what_is_no_feed(body: str) -> None:
    with pytest.raises(ParseError, match="not a feed"):
        parse_paged(page(body))
