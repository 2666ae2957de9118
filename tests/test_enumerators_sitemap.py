"""Where sitemaps are looked for, what is read of them, and that no site leads for ever on."""

import contextlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.enumerators import ENUMERATORS, Reading, enumerator, read, sift, sitemap
from crawler.enumerators.sitemap import MAX_DEPTH, MAX_DOCUMENTS
from crawler.errors import ParseError
from crawler.model import Entry, Page, Source
from crawler.packing import unpack
from crawler.past import ALWAYS, Index, Origin, Step, Window
from crawler.sources import urlset
from crawler.sources.urlset import USUAL_PLACES

ROOT = "http://a.example/"
SOURCE = Source("Harbour", f"{ROOT}feed")
ORIGIN = Origin((SOURCE.url,), ROOT, ("a.example/news/{slug}",))
MAP = Source("Harbour", f"{ROOT}own.xml", kind="sitemap")
NEWS = "xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'"


def page(url: str, body: str) -> Page:
    return Page(url, url, 200, (), body.encode(), datetime(2024, 6, 1, tzinfo=UTC))


def index_of(step: Step, body: str, window: Window = ALWAYS, source: Source = SOURCE, origin: Origin = ORIGIN) -> Index:
    return sitemap.read(step, page(step.url, body), source, origin, window)


def begin(source: Source = SOURCE, origin: Origin = ORIGIN) -> Step:
    (step,) = sitemap.first(source, origin, ALWAYS)
    return step


def urlset_of(*names: str, inside: str = "") -> str:
    return "<urlset>" + "".join(f"<url><loc>{ROOT}{name}</loc>{inside}</url>" for name in names) + "</urlset>"


def maps(*names: str, inside: str = "") -> str:
    found = "".join(f"<sitemap><loc>{ROOT}{name}</loc>{inside}</sitemap>" for name in names)
    return f"<sitemapindex>{found}</sitemapindex>"


def names(index: Index) -> list[str]:
    return [step.url.removeprefix(ROOT) for step in index.onward]


STORY = urlset_of("news/the-ferry", "about")


def test_is_registered() -> None:
    assert enumerator("sitemap") is sitemap
    assert "sitemap" in ENUMERATORS


# --- where they stand ---


def test_begins_with_robots_txt() -> None:
    assert begin().url == f"{ROOT}robots.txt"
    assert begin().is_guess
    assert sitemap.first(SOURCE, Origin(), ALWAYS) == ()


def test_a_source_that_is_a_sitemap_begins_with_itself() -> None:
    assert begin(MAP).url == MAP.url
    assert not begin(MAP).is_guess


def test_reads_every_sitemap_line_of_robots_txt() -> None:
    body = (
        f"\ufeffSitemap: {ROOT}1.xml # the first\r\nUser-agent: *\r\nDisallow: /sitemap: no\r\n  SITEMAP:{ROOT}2.xml\n"
        f"sitemap: /3.xml\nSitemap: {ROOT}1.xml\nSitemap:\nSitemap: mailto:x@a.example\n# Sitemap: {ROOT}4.xml\n"
    )
    index = index_of(begin(), body)
    assert names(index) == ["1.xml", "2.xml", "3.xml"]
    assert not any(step.is_guess for step in index.onward)
    assert index.said == "robots.txt names 3 sitemaps"


def test_guesses_one_after_another_where_robots_txt_names_none() -> None:
    index = index_of(begin(), "User-agent: *\nDisallow:")
    assert index.said == "robots.txt names no sitemap"
    asked = []
    while index.onward:
        (step,) = index.onward
        assert step.is_guess
        asked += names(index)
        index = sitemap.missing(step, SOURCE, ORIGIN, ALWAYS)
    assert asked == [*USUAL_PLACES]
    assert index.said == "no sitemap was found"


def test_guesses_where_there_is_no_robots_txt() -> None:
    assert names(sitemap.missing(begin(), SOURCE, ORIGIN, ALWAYS)) == [USUAL_PLACES[0]]


def guess(number: int = 0) -> Step:
    index = sitemap.missing(begin(), SOURCE, ORIGIN, ALWAYS)
    for _ in range(number):
        index = sitemap.missing(index.onward[0], SOURCE, ORIGIN, ALWAYS)
    return index.onward[0]


def test_a_guess_that_is_right_is_the_last() -> None:
    assert index_of(guess(), STORY).onward == ()
    assert names(index_of(guess(), maps("1.xml"))) == ["1.xml"]


def test_goes_on_guessing_where_a_sitemap_holds_no_articles() -> None:
    index = index_of(guess(), urlset_of("about", "imprint"))
    assert (names(index), index.offers) == ([USUAL_PLACES[1]], False)
    assert [entry.url for entry in index.entries] == [f"{ROOT}about", f"{ROOT}imprint"]
    assert index_of(guess(len(USUAL_PLACES) - 1), urlset_of("about")).said == "no articles; no sitemap was found"


# --- what they hold ---


def test_offers_what_looks_like_an_article() -> None:
    assert index_of(Step("sitemap", f"{ROOT}1.xml"), STORY).offers
    assert not index_of(Step("sitemap", f"{ROOT}1.xml"), urlset_of("about")).offers
    by_hand = replace(SOURCE, article_url="/about$")
    assert index_of(Step("sitemap", f"{ROOT}1.xml"), urlset_of("about"), source=by_hand).offers


@pytest.mark.parametrize(("last", "offers"), [("2024-05-03T10:00Z", False), ("2024-05-09", True), ("", False)])
def test_a_sitemap_of_the_last_news_offers_no_more_than_a_feed(last: str, offers: bool) -> None:
    body = "<urlset>" + "".join(
        f"<url><loc>{ROOT}news/a-{n}</loc><n:news {NEWS}><n:publication_date>{day}</n:publication_date></n:news></url>"
        for n, day in enumerate(("2024-05-01T09:00Z", last))
    )
    index = index_of(Step("sitemap", f"{ROOT}news.xml"), f"{body}</urlset>")
    assert (index.offers, len(index.entries)) == (offers, 2)


def test_what_the_user_calls_a_sitemap_of_articles_is_one() -> None:
    index = index_of(begin(MAP), urlset_of("about"), source=MAP)
    assert index.are_articles
    assert index.offers
    chosen = replace(MAP, article_url="/news/")
    index = index_of(begin(MAP), urlset_of("about"), source=chosen)
    assert not index.are_articles
    assert not index.offers


def test_keeps_what_looks_like_an_article_and_leaves_out_what_is_too_old() -> None:
    body = urlset_of("news/the-ferry", "about", "news/old-tide", inside="<lastmod>2024-05-03T10:00Z</lastmod>")
    body = body.replace("2024-05-03", "2014-05-03", 3).replace("2014-05-03", "2024-05-03", 2)
    window = Window(since=datetime(2020, 1, 1, tzinfo=UTC))
    found = read(Reading(Step("sitemap", f"{ROOT}1.xml"), SOURCE, ORIGIN, window), page(f"{ROOT}1.xml", body))
    assert [(row.url, row.host) for row in found.listed] == [(f"{ROOT}news/the-ferry", "a.example")]
    assert (found.outside, found.unwanted, found.offers) == (1, 1, True)
    assert found.listed[0].published == datetime(2024, 5, 3, 10, tzinfo=UTC)
    assert unpack(found.listed[0].entry).dated_by == "sitemap"


def test_leaves_out_what_has_no_address() -> None:
    source = replace(SOURCE, exclude=("tide",))
    entries = (Entry(title="A title"), Entry(url="http://"), Entry(url=f"{ROOT}news/the-tide"))
    assert sift(entries, source, ORIGIN, ALWAYS, are_articles=True) == ((), 0, 3)


def test_reads_on_where_a_sitemap_is_longer_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_ADDRESSES", 2)
    monkeypatch.setattr(urlset.read_sitemap, "__kwdefaults__", {"skip": 0, "most": 2})
    step, found = Step("sitemap", f"{ROOT}1.xml"), list[str]()
    body = urlset_of(*(f"news/story-{n}" for n in range(5)))
    while True:
        index = index_of(step, body)
        found += [entry.url.rpartition("-")[2] for entry in index.entries]
        if not index.onward:
            break
        (step,) = index.onward
        assert (step.url, step.is_guess) == (f"{ROOT}1.xml", False)
    assert found == list("01234")


def test_reads_little_of_the_first_sitemap_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first articles need not wait for the rest of it; the sitemaps behind it are read whole."""
    monkeypatch.setattr(sitemap, "AT_FIRST", 2)
    first, second = index_of(begin(), f"Sitemap: {ROOT}i.xml\nSitemap: {ROOT}2.xml").onward
    (inner, _) = index_of(first, maps("1.xml", "3.xml")).onward
    body = urlset_of(*(f"news/story-{n}" for n in range(5)))
    for step in (inner, begin(MAP), guess()):
        index = index_of(step, body)
        assert [entry.url[-1] for entry in index.entries] == ["0", "1"]
        (rest,) = index.onward
        assert [entry.url[-1] for entry in index_of(rest, body).entries] == ["2", "3", "4"]
        assert index_of(rest, body).onward == ()
    assert len(index_of(second, body).entries) == 5


def test_tells_a_fault() -> None:
    assert "cut off" in index_of(Step("sitemap", f"{ROOT}1.xml"), STORY.removesuffix("</urlset>")).said


# --- indexes ---


def test_an_index_leads_to_its_sitemaps() -> None:
    index = index_of(Step("sitemap", f"{ROOT}i.xml"), maps("1.xml", "2.xml"))
    assert (names(index), index.said) == (["1.xml", "2.xml"], "2 sitemaps")


def test_leaves_out_sitemaps_that_changed_before_the_window_and_those_of_menus() -> None:
    window = Window(since=datetime(2024, 5, 10, tzinfo=UTC))
    old, same, new = (
        maps(f"{n}.xml", inside=f"<lastmod>2024-05-{n}</lastmod>").removeprefix("<sitemapindex>")
        for n in ("08", "09", "11")
    )
    body = "<sitemapindex>" + (old + same + new).replace("</sitemapindex>", "")
    body += maps("author-sitemap.xml").removeprefix("<sitemapindex>")
    index = index_of(Step("sitemap", f"{ROOT}i.xml"), body, window)
    assert (names(index), index.said) == (["09.xml", "11.xml"], "4 sitemaps; 2 of them read")
    index = index_of(Step("sitemap", f"{ROOT}i.xml"), maps("author-sitemap.xml"), window)
    assert (names(index), index.said) == ([], "1 sitemap, too old or of menus")


def test_an_index_that_names_itself_ends() -> None:
    body, steps, read_ = maps("i.xml", "j.xml"), [Step("sitemap", f"{ROOT}i.xml")], 0
    while steps and read_ < 50:
        with contextlib.suppress(ParseError):  # "too deep"
            steps = [*index_of(steps.pop(), body).onward, *steps]
        read_ += 1
    assert not steps
    assert read_ < 2 ** (MAX_DEPTH + 2)


def test_indexes_of_large_indexes_stay_within_the_bound() -> None:
    first = index_of(Step("sitemap", f"{ROOT}i.xml"), maps(*(f"{n}.xml" for n in range(300))))
    second = index_of(first.onward[7], maps(*(f"{n}-b.xml" for n in range(300))))
    assert len(first.onward) == 300
    assert len(second.onward) == (MAX_DOCUMENTS - 300) // 300
    assert len(first.onward) * (1 + len(second.onward)) <= MAX_DOCUMENTS
    assert second.said == "300 sitemaps; 165 of them read"


def test_a_robots_txt_of_many_lines_shares_the_bound() -> None:
    index = index_of(begin(), "\n".join(f"Sitemap: {ROOT}{n}.xml" for n in range(2000)))
    assert len(index.onward) == urlset.MAX_LINES
    inner = index_of(index.onward[0], maps(*(f"{n}-b.xml" for n in range(300))))
    assert len(inner.onward) == (MAX_DOCUMENTS - 1000) // 1000
