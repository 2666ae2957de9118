"""Addresses of copies in a web archive: written, read, and told to be of one page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from crawler import copies
from crawler.errors import ParseError
from crawler.model import Page

MACHINE = "https://web.archive.org"
NOON = datetime(2019, 5, 1, 12, tzinfo=UTC)
COPY = f"{MACHINE}/web/20190501120000id_/http://a.example/1"


def page(url: str = COPY, final: str = COPY) -> Page:
    headers = (("content-type", "text/html"), ("etag", '"x"'), ("link", '<…>; rel="memento"'))
    return Page(url, final, 200, headers, b"words", datetime(2024, 1, 1, tzinfo=UTC))


def test_an_address_has_the_time_in_utc_and_no_fragment() -> None:
    east = NOON.astimezone(timezone(timedelta(hours=8)))
    assert copies.address(MACHINE, east, "http://a.example/1#top") == COPY


def test_an_early_year_has_four_digits() -> None:
    assert copies.stamp(datetime(1, 1, 1, tzinfo=UTC)) == "00010101000000"


@pytest.mark.parametrize(
    "url", ["http://a.example/1", "https://a.example/1?at=/web/20200101000000id_/http://b.example/"]
)
def test_what_is_written_is_read(url: str) -> None:
    assert copies.read(copies.address("http://m.example/archive", NOON, url)) == copies.Copy(
        "http://m.example/archive", NOON, url
    )


def test_two_slashes_that_became_one_are_two_again() -> None:
    found = copies.read(COPY.replace("_/http://", "_/http:/"))
    assert found is not None
    assert found.url == "http://a.example/1"


@pytest.mark.parametrize(
    "address",
    [
        "http://a.example/1",
        f"{MACHINE}/web/20190501120000/http://a.example/1",  # the machine's own view
        f"{MACHINE}/web/2019id_/http://a.example/1",
        f"{MACHINE}/web/20191301120000id_/http://a.example/1",
        f"{MACHINE}/web/20190501120000id_/ftp://a.example/1",
        f"http://b.example/?{COPY}",
        "",
    ],
)
def test_other_addresses_are_no_copies(address: str) -> None:
    assert copies.read(address) is None


@pytest.mark.parametrize("digits", ["", "2019", "20190501120000x", "2019050112000０", "20190230000000"])
def test_other_digits_are_no_time(digits: str) -> None:
    assert copies.moment_of(digits) is None


def test_a_copy_beside_another_is_of_its_time() -> None:
    assert copies.beside(COPY, "http://a.example/1/2") == f"{COPY}/2"
    assert copies.beside("http://a.example/", "http://a.example/1/2") == ""


def test_one_stays_in_its_archive() -> None:
    assert copies.stays(COPY, COPY.replace("https", "http", 1).replace("2019", "2021"))
    assert not copies.stays(COPY, COPY.replace("web.archive.org", "b.example"))
    assert not copies.stays(COPY, "http://a.example/1")
    assert not copies.stays("http://a.example/1", COPY)


def test_a_page_is_its_originals() -> None:
    final = f"{MACHINE}/web/20190603000000id_/http://www.a.example:80/1"
    found = copies.as_original(page(final=final))
    assert (found.url, found.final_url, found.copy) == ("http://a.example/1", "http://a.example/1", final)
    assert found.fetched == datetime(2019, 6, 3, tzinfo=UTC)
    assert found.headers == (("content-type", "text/html"),)


def test_of_another_page_it_says_so_in_the_sites_spelling() -> None:
    final = f"{MACHINE}/web/20190603000000id_/https://www.a.example:443/stories/1"
    assert copies.as_original(page(final=final)).final_url == "http://a.example/stories/1"


@pytest.mark.parametrize(("url", "final"), [(COPY, f"{MACHINE}/"), ("http://a.example/1", COPY)])
def test_an_answer_of_something_else_is_no_page(url: str, final: str) -> None:
    with pytest.raises(ParseError, match="something else than a copy"):
        copies.as_original(page(url, final))


@pytest.mark.parametrize(
    ("url", "like", "want"),
    [
        ("http://www.a.example:80/1?b=2#c", "https://a.example/", "https://a.example/1?b=2"),
        ("http://b.example:80/1", "https://a.example/", "http://b.example/1"),
        ("http://a.example", "https://www.a.example/x", "https://www.a.example/"),
        ("http://a.example/1", "", "http://a.example/1"),
        ("http://[a.example/1", "https://a.example/", "http://[a.example/1"),
    ],
)
def test_an_address_is_spelled_as_its_site_is(url: str, like: str, want: str) -> None:
    assert copies.spelled(url, like) == want


def test_only_scheme_and_www_make_no_difference() -> None:
    assert copies.is_same("http://a.example/1", "https://www.a.example/1")
    assert not copies.is_same("http://a.example/1", "http://a.example/2")
    assert not copies.is_same("http://a.example/1", "http://b.example/1")
