"""A sitemap as a source: its newest entries, and what of an index is asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.model import Entry, Page, Source
from crawler.sources import KINDS, parse_listing
from crawler.sources.sitemap import MAX_ENTRIES, lately_changed, newest
from crawler.sources.urlset import Child

SOURCE = Source("Harbour", "http://a.example/sitemap.xml", kind="sitemap", article_url="/news/")
NOON = datetime(2024, 5, 3, 12, tzinfo=UTC)


def page(body: str) -> Page:
    return Page(SOURCE.url, SOURCE.url, 200, (), body.encode(), NOON)


def test_lists_the_newest_first_and_what_the_user_calls_articles() -> None:
    places = (("news/old", "2024-05-01"), ("about", "2024-05-03"), ("news/undated", ""), ("news/new", "2024-05-02"))
    body = "".join(f"<url><loc>http://a.example/{x}</loc><lastmod>{day}</lastmod></url>" for x, day in places)
    listing = parse_listing(SOURCE, page(f"<urlset>{body}</urlset>"))
    assert [e.url.rpartition("/")[2] for e in listing.entries] == ["new", "old", "undated"]
    assert (listing.problems, listing.onward) == ((), ())
    assert {entry.dated_by for entry in listing.entries} == {"sitemap"}


def test_tells_a_fault_as_a_problem() -> None:
    listing = parse_listing(SOURCE, page("<urlset><url><loc>http://a.example/news/x</loc></url>"))
    assert len(listing.entries) == 1
    assert "cut off" in listing.problems[0]


def test_every_kind_of_this_branch_has_a_reader() -> None:
    assert {"feed", "sitemap"} <= {*KINDS}


def test_takes_so_many_and_no_more() -> None:
    dated = [Entry(url=f"d{n}", published=NOON + timedelta(minutes=n)) for n in range(MAX_ENTRIES + 10)]
    assert newest(dated) == tuple(dated[:9:-1])
    assert newest([*dated, Entry(url="undated")]) == tuple(dated[:9:-1])


def test_takes_both_ends_of_what_has_no_times() -> None:
    plain = [Entry(url=f"p{n}") for n in range(MAX_ENTRIES + 10)]
    assert newest(plain) == (*plain[: MAX_ENTRIES // 2], *plain[MAX_ENTRIES // 2 + 10 :])
    one = Entry(url="d", published=NOON)
    assert newest([*plain, one])[:2] == (one, plain[0])
    assert len(newest([*plain, one])) == MAX_ENTRIES
    assert newest([*plain, one])[-1] == plain[-1]
    assert newest(plain[:5]) == tuple(plain[:5])


@pytest.mark.parametrize(
    ("children", "asked"),
    [
        ("a@1 b@4 c@3 d@2 e", "b c d"),
        ("a b news c d", "news a d"),
        ("a b", "a b"),
        ("author-sitemap b", "b"),
        ("", ""),
    ],
)  # fmt: skip
def test_asks_for_what_changed_last(children: str, asked: str) -> None:
    found = []
    for word in children.split():
        name, _, day = word.partition("@")
        found.append(Child(f"http://a.example/{name}.xml", datetime(2024, 5, int(day), tzinfo=UTC) if day else None))
    assert [url.rpartition("/")[2][:-4] for url in lately_changed(found)] == asked.split()
