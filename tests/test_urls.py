"""Addresses: one spelling, its key, its host."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler import urls
from crawler.errors import ParseError

SPELLINGS = [
    ("https://a.example/b", "https://a.example/b"),
    ("HTTPS://A.Example/B", "https://a.example/B"),
    ("https://a.example", "https://a.example/"),
    ("https://a.example?x=1", "https://a.example/?x=1"),
    ("https://a.example./", "https://a.example/"),
    ("https://a_b.example。/", "https://a_b.example/"),
    ("https://a.example:443/", "https://a.example/"),
    ("http://a.example:80/", "http://a.example/"),
    ("https://a.example:80/", "https://a.example:80/"),
    ("https://a.example:/", "https://a.example/"),
    ("http://user:secret@a.example/", "http://a.example/"),
    ("http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
    ("https://新加坡.example/", "https://xn--yfro4i67o.example/"),
    ("https://a.example/新闻/a b?q=中 国", "https://a.example/%E6%96%B0%E9%97%BB/a%20b?q=%E4%B8%AD%20%E5%9B%BD"),
    ("https://a.example/%E6%96%B0", "https://a.example/%E6%96%B0"),
    ("  https://a.example/x\n", "https://a.example/x"),
    ("https://a.exam\nple/\tx\x00y", "https://a.example/xy"),
    ("https://a.example/a   b", "https://a.example/a%20b"),
    ("https://a.example/x#part", "https://a.example/x"),
    ("https://a.example/#!/story/1", "https://a.example/#!/story/1"),
    ("https://a.example/#!新闻", "https://a.example/#!%E6%96%B0%E9%97%BB"),
    ("https://a.example/x#entry-0123456789abcdef", "https://a.example/x#entry-0123456789abcdef"),
    ("https://a.example/x#entry-0123", "https://a.example/x"),
    ("https://a.example/x?", "https://a.example/x"),
    ("https://a.example/?utm_source=rss&id=7&utm_medium=feed&fbclid=x", "https://a.example/?id=7"),
    ("https://a.example/?UTM_Source=rss", "https://a.example/"),
    ("https://a.example/?utm%5Fsource=rss&b=&a=1&a=2&c", "https://a.example/?b=&a=1&a=2&c"),
    ("https://a.example/?=x&&y=1&", "https://a.example/?=x&y=1"),
    ("https://a.example/?custom_utm=1&spma=2", "https://a.example/?custom_utm=1&spma=2"),
    ('https://a.example/"<>`{}^\\', "https://a.example/%22%3C%3E%60%7B%7D%5E%5C"),
    ("https://a.example//b/../c", "https://a.example//b/../c"),
    ("https://a.example/\ud800?\ud83d\ude00", "https://a.example/%EF%BF%BD?%F0%9F%98%80"),
]


@pytest.mark.parametrize(("written", "stored"), SPELLINGS)
def test_canonical(written: str, stored: str) -> None:
    assert urls.canonical(written) == stored
    assert urls.canonical(stored) == stored


REFUSED = [
    "",
    "a.example/x",
    "/x",
    "//a.example/x",
    "ftp://a.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "mailto:a@b.example",
    "http://",
    "http:///x",
    "http://./",
    "http://:80/",
    "http://a.example:x/",
    "http://a.example:99999/",
    "http://[::1/",
    "http://新..example/",
    "http://<b>/",
    "http://a.example%2f.b.example/",
    "http://[fe80::1%25eth0]/",
    "http://a.example\\@b.example\\c/",
    "https://a.example/" + "x" * 8200,
    "https://a.example/" + "新" * 1000,
]


@pytest.mark.parametrize("written", REFUSED)
def test_refused(written: str) -> None:
    with pytest.raises(ParseError) as caught:
        urls.canonical(written)
    assert not caught.value.passing
    assert len(caught.value.reason) < 200


@settings(deadline=None, max_examples=400, derandomize=True)
@given(st.text(max_size=30), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
@example("a.example", "x", "", "!é")
@example("a.example", "x" * 8000, "é", "")
@example("a.example", "é" * 3000, "", "")
@example("a.example", " \x00 ", "\udc80", "!%")
def test_canonical_is_idempotent(name: str, path: str, query: str, fragment: str) -> None:
    try:
        once = urls.canonical(f"https://{name}/{path}?{query}#{fragment}")
    except ParseError:
        return
    assert urls.canonical(once) == once
    assert once.isascii()
    assert not re.search(r"[\x00-\x20\x7f]", once)
    assert len(once) <= urls.MAX_LENGTH


HOST_TEXT = st.sampled_from(["a.example", "A.EXAMPLE.", "新加坡.example", "faß.example", "xn--bcher-kva.example", "[::1]", "[2001:DB8::1]", "1.2.3.4", "a_b.example", "İ.example", "ａ.example", "a。b"]) | st.text(max_size=8)  # fmt: skip
PART = st.text(max_size=10) | st.text(
    st.sampled_from(list("%2Ff&=;?#/.@:!'()*+,[]{}|\\^`\"<> \t\nutm_é新\ud800")), max_size=16
)


@settings(deadline=None, max_examples=400, derandomize=True)
@given(
    st.sampled_from(["http", "HTTPS", "hTTp"]),
    st.sampled_from(["", "u@", "u:p@", "@", "新@"]),
    HOST_TEXT,
    st.sampled_from(["", ":", ":80", ":443", ":0", ":00080", ":65535", ":8080"]),
    PART,
    PART,
    PART,
)
def test_canonical_is_idempotent_whatever_the_parts(
    scheme: str, user: str, name: str, port: str, path: str, query: str, fragment: str
) -> None:
    """One spelling is one key and one host."""
    try:
        once = urls.canonical(f"{scheme}://{user}{name}{port}/{path}?{query}#{fragment}")
    except ParseError:
        return
    assert urls.canonical(once) == once
    assert urls.key(urls.canonical(once)) == urls.key(once)
    assert urls.host(once)
    assert "@" not in once.split("/")[2]


def test_entry_address_is_canonical_and_tells_entries_apart() -> None:
    one = urls.entry_address("https://A.example/feed?utm_source=x#top", "guid 1")
    assert re.fullmatch(r"https://a\.example/feed#entry-[0-9a-f]{16}", one)
    assert urls.canonical(one) == one
    assert one == urls.entry_address("https://a.example/feed", "guid 1")
    assert one != urls.entry_address("https://a.example/feed", "guid 2")
    assert one != urls.entry_address("https://a.example/feed2", "guid 1")


@pytest.mark.parametrize("route", ["rsshub://x/y", "RSSHub://x/y"])
def test_entry_address_of_a_route(route: str) -> None:
    assert urls.entry_address(route, "1").startswith("https://rsshub.app/x/y#entry-")


def test_entry_address_bears_any_identity() -> None:
    assert urls.entry_address("https://a.example/", "\ud800") != urls.entry_address("https://a.example/", "")


def test_key_is_sixteen_bytes_and_stable() -> None:
    assert urls.key("https://a.example/").hex() == "6b6c70ad956a4f1f4873497f2c5e20ff"
    assert len(urls.key("\ud800")) == 16


HOSTS = [
    ("https://A.Example/x", "a.example"),
    ("https://a.example:443/x", "a.example"),
    ("https://a.example:8443/x", "a.example:8443"),
    ("http://a.example:443/", "a.example:443"),
    ("http://user@a.example./", "a.example"),
    ("http://[::1]/", "::1"),
    ("ftp://a.example:21/", "a.example:21"),
    ("rsshub://zaobao/x", "zaobao"),
    ("no address", ""),
    ("http://a.example:x/", ""),
    ("http://[::1", ""),
]


@pytest.mark.parametrize(("url", "host"), HOSTS)
def test_host(url: str, host: str) -> None:
    assert urls.host(url) == host


SITES = [
    ("https://a.example/1", "http://a.example/2", True),
    ("https://www.a.example/", "https://m.a.example/", True),
    ("https://amp.a.example/", "https://mobile.a.example/", True),
    ("https://a.example/", "https://b.example/", False),
    ("https://a.example/", "https://news.a.example/", False),
    ("https://a.example:8080/", "https://a.example/", False),
    ("nothing", "nothing", False),
]


@pytest.mark.parametrize(("one", "other", "same"), SITES)
def test_same_site(one: str, other: str, same: bool) -> None:
    assert urls.same_site(one, other) is urls.same_site(other, one) is same


PLACES = [
    ("https://a.example/", ""),
    ("https://a.example", ""),
    ("https://a.example/1", "/1?#"),
    ("https://a.example/?p=1", "/?p=1#"),
    ("https://a.example/#!/story/1", "/?#!/story/1"),
    ("https://a.example/feed#entry-0123456789abcdef", ""),
]


@pytest.mark.parametrize(("url", "place"), PLACES)
def test_place(url: str, place: str) -> None:
    assert urls.place(url) == place


ANCHORS = [
    ("https://a.example/1#v2", "v2"),
    ("https://a.example/1", ""),
    ("https://a.example/1#xtor=RSS-1", ""),
    ("http://[", ""),
]


@pytest.mark.parametrize(("url", "anchor"), ANCHORS)
def test_anchor(url: str, anchor: str) -> None:
    assert urls.anchor(url) == anchor


JOINED = [
    ("https://a.example/b/c", "d", "https://a.example/b/d"),
    ("https://a.example/b/c", " /d\n", "https://a.example/d"),
    ("https://a.example/b/c", "//x.example/", "https://x.example/"),
    ("https://a.example/b/c", "HTTP://x.example/", "HTTP://x.example/"),
    ("https://a.example/b", "", "https://a.example/b"),
    ("", "https://a.example/", "https://a.example/"),
    ("", "/x", ""),
    ("https://a.example/", "javascript:alert(1)", ""),
    ("https://a.example/", "mailto:x@a.example", ""),
    ("https://a.example/", "file:///x", ""),
    ("https://a.example/", "http:///x", ""),
    ("https://a.example/", "http://[::1", ""),
]


BASES = ("https://b.example/c/d;e?f#g", "http://b.example", "")


@pytest.mark.parametrize(("base", "link", "joined"), JOINED)
def test_join(base: str, link: str, joined: str) -> None:
    assert urls.join(base, link) == joined


@given(
    st.sampled_from(["http", "https"]),
    st.sampled_from(["a.example", "A.example", "a.example.", "a..example", "example", "a.example:80", "u@a.example", "1.2.3.4"]),
    st.lists(st.sampled_from([*"/ab%:@!$&'()*+,;=.~|-_[]?# \n\\é{", "//", "utm_source=x", "entry-0123456789abcdef"]), max_size=9),
)  # fmt: skip
def test_the_fast_ways_say_the_same_as_the_thorough_ones(scheme: str, host: str, pieces: list[str]) -> None:
    url = f"{scheme}://{host}{''.join(pieces)}"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(urls, "PLAIN", re.compile("(?!)"))
        patched.setattr(urls, "PLAIN_HOST", re.compile("(?!)"))
        patched.setattr(urls, "ABSOLUTE", re.compile("(?!)"))
        told, thorough = urls.host(url), _canonical(url)
        joined = [urls.join(base, url) for base in BASES]
    assert urls.host(url) == told
    assert _canonical(url) == thorough
    assert [urls.join(base, url) for base in BASES] == joined


def _canonical(url: str) -> str:
    try:
        return urls.canonical(url)
    except ParseError as e:
        return e.reason
