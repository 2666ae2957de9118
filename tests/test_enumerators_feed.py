"""What the enumerator of feeds decides, document by document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from crawler.enumerators.feed import MAX_IDLE_ARCHIVES, MAX_MARKS, MAX_PAGES, first, missing, read
from crawler.enumerators.ways import LIMITS, MOST_INSTANCES, Guess, guesses, with_query
from crawler.errors import ParseError
from crawler.model import Page, Source
from crawler.past import ALWAYS, Index, Origin, Step, Window
from crawler.sources.paging import Paging
from tests.clock import START
from tests.fakes import entry, rss

FEED = "http://a.example/feed"
SOURCE = Source("Harbour", FEED)
ORIGIN = Origin((FEED,))
WORDPRESS = "<generator>https://wordpress.org/?v=6.4</generator>"
ATOM = 'xmlns:atom="http://www.w3.org/2005/Atom"'


def feed(numbers: Sequence[int], head: str = "") -> str:
    """Return a feed of stories, each a day older than the one before."""
    return rss(
        *(entry(f"http://a.example/{n}", f"Story {n}", date=START - timedelta(days=n)) for n in numbers), head=head
    )


def to(relation: str, address: str) -> str:
    return f'<atom:link {ATOM} rel="{relation}" href="{address}"/>'


def begin(source: Source = SOURCE, origin: Origin = ORIGIN) -> Step:
    (step,) = first(source, origin, ALWAYS)
    return step


def after(step: Step, body: str, window: Window = ALWAYS, *, source: Source = SOURCE, origin: Origin = ORIGIN) -> Index:
    return read(step, Page(step.url, step.url, 200, (), body.encode(), START), source, origin, window)


def without(step: Step) -> Index:
    return missing(step, SOURCE, ORIGIN, ALWAYS)


def then(index: Index) -> Step:
    (step,) = index.onward
    return step


def urls(index: Index) -> list[str]:
    return [one.url for one in index.entries]


# --- where it begins ---


def test_it_begins_with_the_feed() -> None:
    step = begin()
    assert (step.method, step.url, step.is_guess) == ("feed", FEED, False)


def test_other_kinds_of_sources_have_no_feed() -> None:
    assert first(Source("List", FEED, kind="list"), ORIGIN, ALWAYS) == ()
    assert first(SOURCE, Origin(), ALWAYS) == ()


def test_instances_are_tried_in_turn() -> None:
    step = begin(origin=Origin((FEED, "http://b.example/feed")))
    assert step.is_guess
    other = then(without(step))
    assert (other.url, other.is_guess) == ("http://b.example/feed", False)
    assert without(other) == Index(said="the feed cannot be read")


# --- the feed itself ---


def test_the_feed_itself_offers_nothing_older() -> None:
    index = after(begin(), feed([1, 2], WORDPRESS))
    assert (urls(index), index.offers, index.are_articles) == (
        ["http://a.example/1", "http://a.example/2"],
        False,
        True,
    )
    assert {one.dated_by for one in index.entries} == {"feed"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (feed([]), "the feed is empty"),
        (feed([1], '<fh:complete xmlns:fh="http://purl.org/syndication/history/1.0"/>'), "nothing else"),
        (feed([1], "<generator>Hugo -- gohugo.io</generator>"), "the feed has no older pages"),
        (feed([1], to("next", FEED)), "linked pages: the 1st leads back"),
    ],
)
def test_feeds_without_older_pages(body: str, said: str) -> None:
    index = after(begin(), body)
    assert not index.onward
    assert not index.offers
    assert said in index.said


def test_a_feed_that_is_all_too_old_leads_nowhere() -> None:
    index = after(begin(), feed([5, 6], to("next", "/2")), Window(since=START - timedelta(days=2)))
    assert not index.onward
    assert "older than what is wanted" in index.said


def test_what_is_no_feed_is_said() -> None:
    with pytest.raises(ParseError, match="not a feed"):
        after(begin(), "<!doctype html><title>Gone</title>")


# --- guesses ---


@pytest.mark.parametrize(
    ("maker", "found"),
    [
        ("https://wordpress.org/?v=6.4", ["?paged=2"]),
        ("blogger 7.00 http://www.blogger.com", ["?start-index=11&max-results=100"]),
        ("ghost 2.38", ["/2/"]),
        ("ghost 5.2", []),
        ("discourse", ["?page=1"]),
        ("rsshub", ["?limit=100"]),
        ("jekyll 4.3 https://jekyllrb.com/", []),
        ("medium", []),
        ("gorgonzola", ["?paged=2", "?page=1", "?page=2"]),
        ("", ["?paged=2", "?page=1", "?page=2"]),
    ],
)
def test_guesses_by_maker(maker: str, found: list[str]) -> None:
    assert [one.address for one in guesses(FEED, FEED, 10, Paging(maker=maker), ())] == [FEED + way for way in found]


def test_guesses_keep_the_rest_of_the_address() -> None:
    assert (
        with_query("http://a.example/?feed=rss2&paged=1&x=%20", paged=2) == "http://a.example/?feed=rss2&x=%20&paged=2"
    )
    home = Paging(maker="wordpress", home="http://blog.example/news/?lang=de")
    assert [one.address for one in guesses(FEED, FEED, 10, home, ())] == [
        f"{FEED}?paged=2",
        "http://blog.example/news/feed/?lang=de&paged=2",
    ]


def test_blogger_has_told_that_all_is_there() -> None:
    assert not guesses(FEED, FEED, 10, Paging(maker="blogger", total=10), ())


def test_limits_begin_above_what_the_route_gave() -> None:
    found = guesses(FEED, FEED, 100, Paging(), (FEED, "http://b.example/feed"))
    assert [one.address for one in found] == [f"{FEED}?limit=500", "http://b.example/feed?limit=500"]
    assert not guesses(FEED, FEED, LIMITS[-1], Paging(), (FEED,))
    assert len(guesses(FEED, FEED, 1, Paging(), tuple(f"http://{n}.example/" for n in range(99)))) == MOST_INSTANCES
    assert Guess("limit", FEED, LIMITS[-1]).after(1) is None


def test_the_limits_come_to_an_end() -> None:
    index = after(begin(), feed(range(5), "<generator>RSSHub</generator>"))
    for limit in LIMITS:
        step = then(index)
        assert step.url == f"{FEED}?limit={limit}"
        index = after(step, feed(range(limit // 10)))
        assert index.offers
    assert not index.onward
    assert index.said == "RSSHub limits, the 4th is the last"
    assert urls(index) == [f"http://a.example/{n}" for n in range(50, 100)]  # what came before is not named again


def test_a_wrong_guess_leads_to_the_next() -> None:
    step = then(after(begin(), feed([1, 2])))
    found = []
    while step.is_guess:
        found.append(step.url)
        index = without(step) if len(found) == 2 else after(step, feed([1, 2]))
        assert not index.entries
        if not index.onward:
            break
        step = then(index)
    assert found == [f"{FEED}?paged=2", f"{FEED}?page=1", f"{FEED}?page=2"]
    assert index == Index(said="no older page could be found")


def test_news_is_no_proof() -> None:
    """An article came out between two requests: the same page with one entry more is not an older one."""
    second = then(after(begin(), feed([2, 3, 4])))
    index = after(second, feed([1, 2, 3]))
    assert (then(index).url, index.offers) == (f"{FEED}?page=1", False)
    grown = then(after(begin(), feed([2, 3, 4], "<generator>RSSHub</generator>")))
    assert not after(grown, feed([1, 2, 3])).offers


def test_a_server_that_answers_with_nothing_has_understood() -> None:
    index = after(then(after(begin(), feed([1, 2]))), feed([]))
    assert index == Index(said="WordPress pages: empty beyond the first")


def test_a_way_that_works_ends_with_what_is_not_there() -> None:
    index = after(begin(), feed([1], WORDPRESS))
    for number in range(2, 14):
        step = then(index)
        assert (step.url, step.is_guess) == (f"{FEED}?paged={number}", True)
        index = after(step, feed([number]))
        assert index.offers
    assert without(then(index)) == Index(said="WordPress pages, the 13th is the last")


@pytest.mark.parametrize("numbers", [[1], [2], [1, 2]])
def test_a_way_that_works_ends_with_what_came_before(numbers: list[int]) -> None:
    second = after(then(after(begin(), feed([1], WORDPRESS))), feed([2]))
    index = after(then(second), feed(numbers))
    assert (index.entries, index.onward, index.offers) == ((), (), False)
    assert index.said == "WordPress pages: the 3rd repeats what came before"


# --- links ---


def test_links_are_certain() -> None:
    step = then(after(begin(), feed([1], to("next", "/2"))))
    assert (step.url, step.is_guess) == ("http://a.example/2", False)
    assert after(step, feed([2])).said == "linked pages, the 2nd is the last"


def test_archives_go_before_pages() -> None:
    assert (
        then(after(begin(), feed([1], to("next", "/2") + to("prev-archive", "/2020")))).url == "http://a.example/2020"
    )


def test_archives_may_bring_nothing_new_for_a_while() -> None:
    index = after(begin(), feed([1], to("prev-archive", "/0")))
    for number in range(1, MAX_IDLE_ARCHIVES):
        index = after(then(index), feed([1], to("prev-archive", f"/{number}")))
        assert not index.offers
    index = after(then(index), feed([], to("prev-archive", "/x")))
    assert (index.onward, index.said) == ((), "archived feeds: the 11th is empty")


def test_an_archive_with_news_counts_from_the_start() -> None:
    index = after(begin(), feed([0], to("prev-archive", "/0")))
    for number in range(1, 3 * MAX_IDLE_ARCHIVES):
        index = after(then(index), feed([number // 9], to("prev-archive", f"/{number}")))
    assert index.onward


def test_pages_may_not() -> None:
    index = after(then(after(begin(), feed([1], to("next", "/2")))), feed([1], to("next", "/3")))
    assert (index.onward, index.said) == ((), "linked pages: the 2nd repeats what came before")


@pytest.mark.parametrize("ring", range(1, 40))
def test_every_loop_is_found(ring: int) -> None:
    """Whatever its length, a loop behind the feed is read at most three times; its addresses differ each time."""
    index, count = after(begin(), feed([0], to("next", "/1"))), 1
    while index.onward:
        count += 1
        index = after(then(index), feed([1 + count % ring], to("next", f"/{count}")))
    assert count <= 3 * ring + 2
    assert "repeats" in index.said


@pytest.mark.parametrize("ring", range(1, 40))
def test_every_loop_of_addresses_is_found(ring: int) -> None:
    """Entries that differ each time do not hide a loop."""
    index, count = after(begin(), feed([0], to("next", "/1"))), 1
    while index.onward:
        count += 1
        index = after(then(index), feed([count], to("next", f"/{1 + (count - 1) % ring}")))
    assert count <= 3 * ring + 2
    assert "leads back" in index.said


def test_there_is_a_last_page_in_any_case() -> None:
    index, count = after(begin(), feed([0], to("next", "/1"))), 1
    step = then(index)
    far = Step("feed", step.url, step.cursor.replace('"number":2', f'"number":{MAX_PAGES}'))
    index = after(far, feed([count], to("next", "/2")))
    assert (index.onward, index.offers) == ((), True)
    assert str(MAX_PAGES) in index.said


# --- times ---


def test_the_last_page_is_the_one_that_is_wholly_too_old() -> None:
    window = Window(since=START - timedelta(days=4))
    second = after(then(after(begin(), feed([1, 2], WORDPRESS))), feed([6, 3]), window)
    assert second.onward  # of mixed order
    third = after(then(second), feed([1, 5, 7]), window)  # story 1 stands on top of every page
    assert (third.onward, third.offers) == ((), True)
    assert third.said == "WordPress pages: from the 3rd on older than what is wanted"


def test_undated_entries_end_nothing() -> None:
    undated = rss(entry("http://a.example/9", "Story 9", date=None))
    assert after(then(after(begin(), feed([1], WORDPRESS))), undated, Window(since=START)).onward


def test_pages_after_the_window_are_read_through() -> None:
    window = Window(until=START - timedelta(days=50))
    assert after(then(after(begin(), feed([1], WORDPRESS), window)), feed([2]), window).onward


# --- bounds ---


def test_entries_without_an_address_are_told_apart_by_their_names() -> None:
    bare = [rss(f"<item><title>Story {n}</title></item>", head=WORDPRESS) for n in (1, 2)]
    second = then(after(begin(), bare[0]))
    assert after(second, bare[1]).offers
    assert not after(second, bare[0]).offers


def test_the_cursor_is_bounded() -> None:
    many = MAX_MARKS + 50
    index = after(begin(), feed(range(many), to("next", "/1")))
    index = after(then(index), feed(range(many, 2 * many), to("next", "/2")))
    step = then(after(then(index), feed(range(2 * many, 3 * many), to("next", "/3"))))
    assert len(step.cursor) < 3 * 8 * MAX_MARKS + 1000
    assert not after(step, feed(range(2 * many, 3 * many))).entries  # what is not remembered is no news, either
