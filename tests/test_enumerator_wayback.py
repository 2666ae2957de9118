"""What the index of a web archive is asked, and what its answers are taken for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.enumerators import wayback
from crawler.enumerators.wayback import MAX_ANSWERS, MAX_LATER, first, missing, read
from crawler.errors import ParseError
from crawler.model import Page, Source
from crawler.past import ALWAYS, Index, Origin, Step, Window
from tests.clock import START
from tests.fakes import FEED, A, entry, rss

ORIGIN = Origin((FEED,), "https://a.example/", (), "https://web.archive.org")
WINDOW = Window(datetime(2019, 5, 1, tzinfo=UTC), datetime(2019, 6, 1, tzinfo=UTC))


def asked(step: Step) -> dict[str, list[str]]:
    return parse_qs(urlsplit(step.url).query)


def answered(step: Step, body: str | list[list[str]], origin: Origin = ORIGIN, window: Window = ALWAYS) -> Index:
    """Read an answer to a question."""
    text = body if isinstance(body, str) else json.dumps(body)
    return read(step, Page(step.url, step.url, 200, (), text.encode(), START), A, origin, window)


def questions(origin: Origin = ORIGIN, window: Window = ALWAYS, source: Source = A) -> list[Step]:
    """Return all questions, as one follows from another when nothing is held."""
    found = list(first(source, origin, window))
    while found and (onward := answered(found[-1], "[]", origin, window).onward):
        found += onward
    return found


def row(time: str, url: str, kind: str = "text/html", status: str = "200", digest: str = "") -> list[str]:
    return [time, url, kind, status, digest or f"{time}{url}"]


FEED_QUESTION, SITE_QUESTION = questions()
LATER = questions(window=WINDOW)[1]


class TestQuestions:
    def test_are_about_the_feed_then_the_site(self) -> None:
        assert [asked(step)["url"] for step in questions()] == [[FEED], ["https://a.example/"]]
        assert FEED_QUESTION.url.startswith("https://web.archive.org/cdx/search/cdx?url=http%3A%2F%2Fa.example%2Ffeed&")

    def test_ask_for_each_state_of_the_feed(self) -> None:
        want = {"collapse": ["digest"], "filter": ["statuscode:200"], "output": ["json"], "showResumeKey": ["true"]}
        assert asked(FEED_QUESTION).items() >= want.items()
        assert not asked(FEED_QUESTION).keys() & {"from", "to", "matchType"}

    def test_ask_for_the_first_capture_of_each_page_of_the_site(self) -> None:
        want = {"collapse": ["urlkey"], "matchType": ["host"], "limit": ["5000"]}
        assert asked(SITE_QUESTION).items() >= want.items()
        assert asked(SITE_QUESTION)["filter"] == ["statuscode:200", "mimetype:(text/html|application/xhtml.xml)"]

    def test_mind_that_a_capture_is_later_than_what_it_shows(self) -> None:
        feed, later, site = (asked(step) for step in questions(window=WINDOW))
        assert (feed["from"], feed["to"]) == (["20190430000000"], ["20190602000000"])
        assert (later["from"], later["limit"]) == (["20190602000000"], ["1"])
        assert site["from"] == ["20190430000000"]
        assert "to" not in site

    def test_can_be_of_all_time(self) -> None:
        ends = Window(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
        feed, site = (asked(step) for step in questions(window=ends))
        assert not (feed.keys() | site.keys()) & {"from", "to"}

    @pytest.mark.parametrize(
        ("shapes", "folder"),
        [
            (("a.example/news/{slug}", "www.a.example/news/{year}/{slug}"), "news/"),
            (("https://a.example/news/{slug}", "b.example/{slug}"), "news/"),
            (("a.example/news/china/{slug}", "a.example/news/world/{slug}"), "news/"),
            (("a.example/news/{slug}", "a.example/{slug}"), ""),
            (("b.example/news/{slug}",), ""),
            (("a.example/news/today.html",), "news/"),
        ],
    )
    def test_are_about_the_folder_that_the_articles_share(self, shapes: tuple[str, ...], folder: str) -> None:
        site = asked(questions(replace(ORIGIN, shapes=shapes))[-1])
        assert (site["url"], site["matchType"]) == ([f"https://a.example/{folder}"], ["prefix" if folder else "host"])

    def test_are_about_the_whole_site_where_the_user_says_what_articles_look_like(self) -> None:
        source, origin = replace(A, article_url="x"), replace(ORIGIN, shapes=("a.example/news/{slug}",))
        assert asked(questions(origin, source=source)[0])["url"] == [FEED]
        step = wayback._site_question(source, origin, ALWAYS)
        assert asked(step)["matchType"] == ["host"]

    def test_name_no_address_with_a_password(self) -> None:
        origin = replace(ORIGIN, feeds=("http://me:secret@a.example/feed", "rsshub://a/b"))
        assert [asked(step)["url"] for step in questions(origin)] == [["https://a.example/"]]

    def test_are_none_without_a_machine_or_a_place(self) -> None:
        assert first(A, replace(ORIGIN, wayback=""), ALWAYS) == ()
        assert first(A, replace(ORIGIN, feeds=(), site=""), ALWAYS) == ()

    def test_that_are_not_answered_lead_to_the_next(self) -> None:
        assert missing(FEED_QUESTION, A, ORIGIN, ALWAYS).onward == (SITE_QUESTION,)
        assert (FEED_QUESTION.is_guess, SITE_QUESTION.is_guess) == (True, False)


class TestRowsOfTheFeed:
    def test_are_copies_to_read_oldest_first_before_the_next_question(self) -> None:
        found = answered(
            FEED_QUESTION, [list(wayback.FIELDS), row("20190501000000", FEED), row("20190601000000", FEED)]
        )
        copies = [f"https://web.archive.org/web/2019{month}01000000id_/{FEED}" for month in ("05", "06")]
        assert [step.url for step in found.onward] == [*copies, SITE_QUESTION.url]
        assert [step.is_guess for step in found.onward] == [True, True, False]
        assert found.offers

    def test_that_are_alike_are_read_once(self) -> None:
        rows = [row(f"2019050{n}000000", FEED, digest="AB"[n % 2]) for n in (1, 2, 3)]
        assert len(answered(FEED_QUESTION, rows).onward) == 3

    def test_without_a_digest_are_all_read(self) -> None:
        rows = [["timestamp", "original"], ["20190501000000", FEED], ["20190502000000", FEED]]
        assert len(answered(FEED_QUESTION, rows).onward) == 3

    @pytest.mark.parametrize(
        "bad",
        [
            row("2019", FEED),
            row("20191301000000", FEED),
            row("20190501000000", "mailto:me"),
            row("20190501000000", FEED, status="-"),
            row("20190501000000", FEED, status="404"),
            ["20190501000000"],
        ],
    )
    def test_that_say_nothing_are_left_out(self, bad: list[str]) -> None:
        assert answered(FEED_QUESTION, [list(wayback.FIELDS), bad]).onward == (SITE_QUESTION,)

    def test_of_nothing_offer_nothing(self) -> None:
        assert not answered(FEED_QUESTION, "[]").offers
        assert not answered(FEED_QUESTION, "").offers


class TestManyRows:
    KEY = "example,a)/feed 20190501000000!"
    ESCAPED = "example%2Ca%29%2Ffeed+20190501000000%21"

    @pytest.mark.parametrize("key", [KEY, ESCAPED])
    def test_are_asked_for_from_where_the_answer_ended(self, key: str) -> None:
        found = answered(FEED_QUESTION, [list(wayback.FIELDS), row("20190501000000", FEED), [], [key]])
        more = found.onward[-1]
        assert more.url.startswith(f"{FEED_QUESTION.url}&resumeKey=")
        assert asked(more)["resumeKey"] == [self.KEY]
        assert (more.is_guess, len(found.onward)) == (True, 2)
        last = answered(more, [row("20190601000000", FEED)])
        assert last.onward[-1] == SITE_QUESTION

    def test_come_in_plain_text_as_well(self) -> None:
        text = f"{' '.join(row('20190501000000', FEED))}\n\n{self.ESCAPED}\n"
        found = answered(FEED_QUESTION, text)
        assert len(found.onward) == 2
        assert asked(found.onward[-1])["resumeKey"] == [self.KEY]

    def test_are_not_asked_for_again_where_the_machine_goes_round(self) -> None:
        rows = [row("20190501000000", FEED), [], [self.ESCAPED]]
        more = answered(FEED_QUESTION, rows).onward[-1]
        assert answered(more, rows).onward[-1] == SITE_QUESTION

    def test_have_an_end(self) -> None:
        cursor = json.dumps({"of": "site", "number": 1, "count": MAX_ANSWERS - 1})
        rows = [row("20190501000000", "http://a.example/1"), [], [self.ESCAPED]]
        assert answered(replace(SITE_QUESTION, cursor=cursor), rows).onward == ()


class TestRowsOfTheSite:
    def test_are_articles_in_the_sites_spelling(self) -> None:
        found = answered(SITE_QUESTION, [row("20190501000000", "http://www.a.example:80/1#top")])
        (one,) = found.entries
        assert (one.url, one.published, one.dated_by) == ("https://a.example/1", None, "list")
        assert one.copy == "https://web.archive.org/web/20190501000000id_/http://www.a.example:80/1"
        assert (found.offers, found.are_articles) == (True, False)

    @pytest.mark.parametrize(
        "other",
        [
            row("20190501000000", "http://a.example/logo.png", "image/png"),
            row("20190501000000", "http://a.example/1", "warc/revisit", "-"),
            row("20190501000000", "http://a.example/"),
            row("20190501000000", "https://www.a.example/feed"),
        ],
    )
    def test_of_other_things_are_left_out(self, other: list[str]) -> None:
        found = answered(SITE_QUESTION, [other])
        assert (found.entries, found.offers) == ((), False)


class TestAnAnswerThatIsNone:
    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ("<html>Offline</html>", "something else"),
            ("org.archive.util.io.RuntimeIOException: timeout", "org.archive.util.io.RuntimeIOException"),
            ("[[", "broken JSON"),
            ("[" * 100_000, "broken JSON"),
        ],
    )
    def test_is_asked_for_again(self, body: str, reason: str) -> None:
        with pytest.raises(ParseError, match=reason) as caught:
            answered(FEED_QUESTION, body)
        assert (caught.value.passing, caught.value.retry_after) == (True, timedelta(minutes=1))

    def test_for_its_owners_sake_is_not(self) -> None:
        with pytest.raises(ParseError, match="as its owner wishes") as caught:
            answered(FEED_QUESTION, "org.archive.wayback.exception.RobotAccessControlException: Blocked Site Error")
        assert not caught.value.passing

    def test_may_have_rows_of_another_kind(self) -> None:
        assert answered(FEED_QUESTION, '[1, {"a": 2}, [null, 3]]').onward == (SITE_QUESTION,)


class TestCopiesOfTheFeed:
    STEP = answered(FEED_QUESTION, [row("20190501000000", FEED)]).onward[0]

    def test_name_articles_as_the_machine_had_them_then(self) -> None:
        found = answered(self.STEP, rss(entry("http://www.a.example/1", "One"), entry("http://b.example/2", "Two")))
        assert [(one.url, one.title, one.dated_by) for one in found.entries] == [
            ("https://a.example/1", "One", "feed"),
            ("http://b.example/2", "Two", "feed"),
        ]
        machine = "https://web.archive.org/web/20190501000000id_/"
        assert [one.copy for one in found.entries] == [
            f"{machine}http://www.a.example/1",
            f"{machine}http://b.example/2",
        ]
        assert (found.are_articles, found.offers, found.onward) == (True, True, ())

    def test_resolve_links_against_the_original(self) -> None:
        feed = rss("<item><title>One</title><link>/1</link><description>Words</description></item>")
        found = answered(self.STEP, feed.replace("<link>http://example.org/</link>", ""))
        assert found.entries[0].url == "https://a.example/1"

    def test_may_have_entries_without_a_page(self) -> None:
        found = answered(self.STEP, rss("<item><title>One</title><description>Words</description></item>"))
        assert (found.entries[0].url, found.entries[0].copy) == ("", "")

    def test_that_are_none_are_left_out(self) -> None:
        with pytest.raises(ParseError):
            answered(self.STEP, "<html>Moved</html>")
        assert missing(self.STEP, A, ORIGIN, ALWAYS).onward == ()


class TestBehindTheWindowsEnd:
    def test_one_copy_is_enough(self) -> None:
        found = answered(LATER, [row("20190603000000", FEED)], window=WINDOW)
        copy, site = found.onward
        assert copy.url == f"https://web.archive.org/web/20190603000000id_/{FEED}"
        assert asked(site)["matchType"] == ["host"]
        assert answered(copy, rss(entry("http://a.example/1", "One")), window=WINDOW).onward == ()

    def test_another_is_looked_for_where_it_is_no_feed(self) -> None:
        step = answered(LATER, [row("20190603000000", FEED)], window=WINDOW).onward[0]
        for n in range(1, MAX_LATER):
            (question,) = missing(step, A, ORIGIN, WINDOW).onward
            assert asked(question)["from"] == [f"20190603{n - 1:02}0001"]
            assert missing(question, A, ORIGIN, WINDOW).onward == ()
            (step,) = answered(question, [row(f"20190603{n:02}0000", FEED)], window=WINDOW).onward
        assert missing(step, A, ORIGIN, WINDOW).onward == ()
