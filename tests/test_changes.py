"""What of a listing is new."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import urls
from crawler.changes import keyed
from crawler.model import Entry, Listing, Source

SOURCE = Source("Courier", "https://courier.example/feed")
ROUTE = Source("Courier", "rsshub://courier/news")


def at(day: int) -> datetime:
    return datetime(2021, 11, day, tzinfo=UTC)


def entry(number: int, day: int | None = None, **more: object) -> Entry:
    """An entry whose address, title and date tell its number."""
    base = Entry(url=f"https://courier.example/{number}", title=f"Story {number}", published=at(day) if day else None)
    return replace(base, **more)  # type: ignore[arg-type]


def brought(*entries: Entry, source: Source = SOURCE) -> list[str]:
    """The titles of what is admitted, in order."""
    return [admission.entry.title for admission in keyed(Listing(entries), source)[0]]


def test_admission_names_key_and_host_of_the_canonical_address() -> None:
    (found,), problems = keyed(Listing((entry(1, url="HTTPS://Courier.example:443/1?utm_source=rss#top"),)), SOURCE)
    assert (found.url, found.host) == ("https://courier.example/1", "courier.example")
    assert found.key == urls.key("https://courier.example/1")
    assert (found.entry.url, problems) == ("HTTPS://Courier.example:443/1?utm_source=rss#top", ())


ORDERS = [
    ([(3, None), (2, None), (1, None)], [1, 2, 3]),
    ([(3, 3), (2, 2), (1, 1)], [1, 2, 3]),
    ([(1, 1), (2, 2), (3, 3)], [1, 2, 3]),
    ([(3, 3), (2, None), (1, 1)], [1, 2, 3]),
    ([(2, 5), (1, 5)], [1, 2]),
    ([(4, None), (3, 3), (2, 2), (1, None)], [1, 2, 3, 4]),
    ([], []),
]


@pytest.mark.parametrize(("listed", "order"), ORDERS)
def test_oldest_first(listed: list[tuple[int, int | None]], order: list[int]) -> None:
    assert brought(*(entry(number, day) for number, day in listed)) == [f"Story {number}" for number in order]


def test_two_entries_of_one_address_are_one() -> None:
    first = entry(1, 2, guid="a", content="<p>x</p>", url="https://courier.example/1#a")
    second = entry(1, 1, guid="b", author="Ann", categories=("Town",), url="https://courier.example/1?utm_medium=x")
    (found,) = keyed(Listing((first, second)), SOURCE)[0]
    assert (found.entry.guid, found.entry.published) == ("b", at(1))  # the older one is the first
    assert (found.entry.author, found.entry.content, found.entry.categories) == ("Ann", "<p>x</p>", ("Town",))


WITHOUT_LINK = [
    (Entry(guid="g", title="t", content="x"), Entry(guid="g", title="other", content="y"), True),
    (Entry(guid="g", content="x"), Entry(guid="h", content="x"), False),
    (Entry(title="t", content="x"), Entry(title="t", content="y"), True),
    (Entry(title="t", published=at(1), content="x"), Entry(title="t", published=at(2), content="x"), False),
    (Entry(content="x"), Entry(content="y"), False),
]


@pytest.mark.parametrize("source", [SOURCE, ROUTE])
@pytest.mark.parametrize(("one", "other", "same"), WITHOUT_LINK)
def test_identity_without_a_link(source: Source, one: Entry, other: Entry, same: bool) -> None:
    ((a,), _), ((b,), _) = keyed(Listing((one,)), source), keyed(Listing((other,)), source)
    assert (a.key == b.key) is same
    assert re.fullmatch(r"https://(courier\.example/feed|rsshub\.app/courier/news)#entry-[0-9a-f]{16}", a.url)


def test_identity_without_a_link_differs_between_sources() -> None:
    listing = Listing((Entry(guid="1", content="x"),))
    assert keyed(listing, SOURCE)[0][0].key != keyed(listing, ROUTE)[0][0].key


REFUSED = [
    (Entry(title="Lost", guid="g"), "entry 'Lost': neither a web address nor a text"),
    (Entry(guid="g"), "entry 'g': neither a web address nor a text"),
    (Entry(url="https://x.example/" + "a" * 9000), f"entry 'https://x.example/{'a' * 62}': address over 8192 bytes"),
    (Entry(url="ftp://x.example/1", content="x"), "entry 'ftp://x.example/1': not an http(s) address"),
]


@pytest.mark.parametrize(("bad", "line"), REFUSED)
def test_refused_entry_is_named_and_costs_no_neighbour(bad: Entry, line: str) -> None:
    admissions, problems = keyed(Listing((entry(3), bad, entry(1))), SOURCE)
    assert [found.entry.title for found in admissions] == ["Story 1", "Story 3"]
    (problem,) = problems
    assert problem.startswith(line)
    assert "\n" not in problem


FILTERS: list[tuple[tuple[str, ...], tuple[str, ...], list[int]]] = [
    ((), (), [1, 2, 3]),
    (("^Story [12]$",), (), [1, 2]),
    (("example/3$",), (), [3]),
    (("^Town$",), (), [2]),
    (("(?i)ANN",), (), [1]),
    (("Town", "Ann"), (), [1, 2]),
    ((), ("Town", "Ann"), [3]),
    (("Story",), ("Town",), [1, 3]),
    (("Town",), ("Town",), []),
    (("nothing",), (), []),
]


@pytest.mark.parametrize(("include", "exclude", "left"), FILTERS)
def test_filters(include: tuple[str, ...], exclude: tuple[str, ...], left: list[int]) -> None:
    source = replace(SOURCE, include=include, exclude=exclude)
    entries = (entry(3), entry(2, categories=("Sea", "Town")), entry(1, author="Ann Reed"))
    assert brought(*entries, source=source) == [f"Story {number}" for number in left]
    assert keyed(Listing(entries), source)[1] == ()


@settings(deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(1, 6), st.none() | st.integers(1, 28)), max_size=12))
def test_no_key_twice_none_lost_dates_ascend(listed: list[tuple[int, int | None]]) -> None:
    admissions, problems = keyed(Listing(tuple(entry(number, day) for number, day in listed)), SOURCE)
    assert problems == ()
    assert len({found.key for found in admissions}) == len(admissions)
    assert {found.entry.title for found in admissions} == {f"Story {number}" for number, _ in listed}
    days = [day for _, day in listed if day]
    if len(days) == len(listed) == len(admissions):
        dates = [found.entry.published for found in admissions if found.entry.published]
        assert dates == sorted(dates)


CHANGELOG = "https://courier.example/changelog"


def changes_of(*links: str, more: tuple[Entry, ...] = (), **fields: object) -> Listing:
    """A listing of one entry a link, with a title, a guid, a day and a text of its own, the newest on top."""
    entries = [
        entry(n, n, url=link, guid=f"v{n}", content=f"<p>Change {n}</p>") for n, link in enumerate(links, start=1)
    ]
    return replace(Listing((*more, *reversed(entries))), **fields)  # type: ignore[arg-type]


SHARED = [
    ([f"{CHANGELOG}#v1", f"{CHANGELOG}#v2", f"{CHANGELOG}#v3"], ()),
    ([CHANGELOG, CHANGELOG, CHANGELOG], ()),
    ([f"{CHANGELOG}#v1", f"{CHANGELOG}#v2"], tuple(entry(n) for n in range(10, 30))),
    (["https://www.courier.example/"] * 2, tuple(entry(n) for n in range(10, 30))),
]


@pytest.mark.parametrize(("links", "more"), SHARED)
def test_entries_that_share_the_address_of_a_page_about_all_of_them_are_articles_by_themselves(
    links: list[str], more: tuple[Entry, ...]
) -> None:
    admissions, problems = keyed(changes_of(*links, more=more), SOURCE)
    assert len(admissions) == len(links) + len(more)
    own = [found for found in admissions if found.entry.content]
    base = re.escape(urls.canonical(links[0]))
    assert all(re.fullmatch(rf"{base}#entry-[0-9a-f]{{16}}", found.url) for found in own)
    assert {found.entry.url for found in own} == {""}, "their texts are the feed's"
    assert problems == ()


def test_such_an_address_does_not_hang_on_what_else_is_listed() -> None:
    first = keyed(changes_of(f"{CHANGELOG}#v1", f"{CHANGELOG}#v2"), SOURCE)[0]
    second = keyed(changes_of(f"{CHANGELOG}#v1", f"{CHANGELOG}#v2", f"{CHANGELOG}#v3"), SOURCE)[0]
    assert [found.key for found in first] == [found.key for found in second[:2]]


def test_one_front_page_as_the_link_of_a_lone_entry_is_none_either() -> None:
    (found,), _ = keyed(changes_of("https://courier.example/"), SOURCE)
    assert found.url.startswith("https://courier.example/#entry-")
    (other,), _ = keyed(changes_of("https://elsewhere.example/"), SOURCE)
    assert other.url == "https://elsewhere.example/", "another site's front page may be what the entry is about"


def test_without_a_text_of_their_own_they_are_the_page() -> None:
    listing = Listing(tuple(entry(n, n, url=f"{CHANGELOG}#v{n}") for n in (1, 2)))
    (found,), problems = keyed(listing, SOURCE)
    assert found.url == CHANGELOG
    assert problems == (f"{CHANGELOG}: two entries, taken for one: 'Story 1' and 'Story 2'",)


@pytest.mark.parametrize("ends", [("", "#comments"), ("", ""), ("#xtor=RSS-1", "#Echobox=16")])
def test_a_few_headlines_of_one_address_among_others_are_one_article_and_that_is_said(ends: tuple[str, str]) -> None:
    links = [f"https://courier.example/1{end}" for end in ends]
    admissions, problems = keyed(changes_of(*links, more=tuple(entry(n) for n in range(10, 15))), SOURCE)
    assert len(admissions) == 6
    assert problems == ("https://courier.example/1: two entries, taken for one: 'Story 1' and 'Story 2'",)


def test_entries_without_a_link_under_one_guid_are_told_apart_by_title_and_time() -> None:
    one, other, again = (Entry(guid="1", title=title, content="x", published=at(2)) for title in ("a", "b", "b"))
    admissions, _ = keyed(Listing((again, other, one)), SOURCE)
    assert [found.entry.title for found in admissions] == ["a", "b"]
    assert admissions[0].key == keyed(Listing((one,)), SOURCE)[0][0].key
