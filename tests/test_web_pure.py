"""What the pages are made of, without any page: charts, comparisons, questions, sessions, vitals."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from xml.etree import ElementTree

import pytest

from crawler.reports import CrawlerReport, Report, SourceReport
from crawler.web import asking, sessions
from crawler.web.answers import span
from crawler.web.charts import HEIGHT, bars, last_days
from crawler.web.diffs import MOST_PARAGRAPHS, Line, compare, paragraphs
from crawler.web.guard import inner
from crawler.web.vitals import STUCK_AFTER, vitals

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
TODAY = NOW.date()


class TestCharts:
    def test_the_last_days_end_today(self) -> None:
        days = last_days({TODAY: 3, TODAY - timedelta(days=29): 1, TODAY - timedelta(days=30): 9}, TODAY)
        assert (len(days), days[0], days[-1]) == (30, (date(2026, 10, 28), 1), (TODAY, 3))
        assert sum(count for _, count in days) == 4

    def test_a_bar_a_day_and_a_text_for_who_sees_none(self) -> None:
        drawn = ElementTree.fromstring(bars([(date(2026, 11, 25), 0), (TODAY, 4)], 'A "b" <c>'))
        assert drawn.attrib["aria-label"] == 'A "b" <c>: 4 in 2 days, at most 4 a day'
        heights = [int(rect.attrib["height"]) for rect in drawn]
        assert heights == [1, HEIGHT]
        assert [rect[0].text for rect in drawn] == ["2026-11-25: 0", "2026-11-26: 4"]

    def test_few_among_many_are_seen(self) -> None:
        drawn = ElementTree.fromstring(bars([(date(2026, 11, 25), 1), (TODAY, 10_000)], "x"))
        assert int(drawn[0].attrib["height"]) == 2

    def test_nothing_at_all_is_drawn_too(self) -> None:
        assert "0 in 30 days" in bars(last_days({}, TODAY), "x")


def told(lines: tuple[Line, ...]) -> list[str]:
    signs = {"same": "", "gone": "-", "new": "+"}
    return [
        f"… {line.skipped}" if line.kind == "skipped" else " ".join(signs[p.kind] + p.text for p in line.pieces)
        for line in lines
    ]


class TestComparing:
    def test_words_within_a_paragraph(self) -> None:
        assert told(compare(["The ferry left at dawn."], ["The ferry left at noon."])) == [
            "The ferry left at  -dawn +noon ."
        ]

    def test_chinese_character_by_character(self) -> None:
        assert told(compare(["渡轮每小时三班"], ["渡轮每小时四班"])) == ["渡轮每小时 -三 +四 班"]

    def test_other_paragraphs_stand_whole(self) -> None:
        lines = compare(["one two three", "same", "gone"], ["quite other words here", "same"])
        assert told(lines) == ["-one two three", "+quite other words here", "same", "-gone"]

    def test_what_is_far_from_a_change_is_left_out(self) -> None:
        before = [f"paragraph {n}" for n in range(9)]
        after = [*before[:4], "something new altogether", *before[4:]]
        assert told(compare(before, after)) == ["… 3", "paragraph 3", "+something new altogether", "paragraph 4", "… 4"]

    def test_nothing_changed(self) -> None:
        assert compare(["a"], ["a"]) == ()

    def test_html_is_read_as_a_reader_does(self) -> None:
        body = "<p>One &amp; two</p><ul><li>a</li><li>b<br>c</li></ul>"
        assert paragraphs(body, is_html=True) == ("One & two", "a", "b", "c")
        assert paragraphs(" a \n\n\nb\tc", is_html=False) == ("a", "b c")

    def test_it_takes_its_time_and_no_more(self) -> None:
        one = paragraphs("\n".join(f"{n % 7} x" for n in range(9999)), is_html=False)
        other = paragraphs("\n".join(f"{n % 5} x" for n in range(9999)), is_html=False)
        assert len(one) == MOST_PARAGRAPHS
        began = perf_counter()
        compare(one, other)
        compare(["a b " * 9999], ["b a " * 9999])
        assert perf_counter() - began < 20


class TestAsking:
    @pytest.mark.parametrize(
        ("text", "number"),
        [("7", 7), ("", 1), ("0", 1), ("-3", 1), ("x", 1), ("1e9", 1), ("٣", 1), ("9" * 9, 1_000_000), ("9" * 5000, 1)],
    )
    def test_a_page_is_a_number(self, text: str, number: int) -> None:
        assert asking.number(text) == number

    @pytest.mark.parametrize(
        "text", ["", "x", "2026-13-01", "0001-01-01", "9999-12-31", "2026-11-26T00:00", "٢٠٢٦-١١-٢٦"]
    )
    def test_what_is_no_day_is_none(self, text: str) -> None:
        assert asking.day(text) is None

    def test_days_are_whole(self) -> None:
        assert asking.day("2026-11-26") == TODAY
        assert asking.span(TODAY) == (datetime(2026, 11, 26, tzinfo=UTC), datetime(2026, 11, 27, tzinfo=UTC))
        assert asking.span(None, TODAY) == (None, datetime(2026, 11, 27, tzinfo=UTC))
        assert asking.span(None) == (None, None)

    def test_a_word_is_short_and_plain(self) -> None:
        assert asking.word({"q": " 香\0港\n" + "x" * 999}, "q") == "香港" + "x" * 495
        assert asking.word({}, "q") == ""

    def test_a_form_that_is_none_has_no_fields(self) -> None:
        assert asking.form(b"a=1&b=%E9%A6%99&c") == {"a": "1", "b": "香", "c": ""}
        assert asking.form(b"\xff") == {}
        assert asking.form(b"&".join([b"a=1"] * 99)) == {}

    def test_an_address_is_escaped(self) -> None:
        assert asking.address("/article/a b/港.md", page=2, day="") == "/article/a%20b/%E6%B8%AF.md?page=2"

    def test_pages_know_their_neighbours(self) -> None:
        first, last, beyond = (asking.Pages(n, 101) for n in (1, 3, 9))
        assert (first.newer, first.older, first.last, first.offset) == (0, 2, 3, 0)
        assert (last.newer, last.older, last.offset) == (2, 0, 100)
        assert (beyond.newer, beyond.older) == (3, 0)
        assert asking.Pages(1, 0).last == 1


class TestSessions:
    def test_lasts_and_ends(self) -> None:
        session = sessions.begin("hunter2hunter2", NOW)
        assert sessions.is_open(session, "hunter2hunter2", NOW + sessions.LASTS - timedelta(seconds=1))
        assert not sessions.is_open(session, "hunter2hunter2", NOW + sessions.LASTS)
        assert not sessions.is_open(session, "another-token", NOW), "another token ends all sessions"

    @pytest.mark.parametrize(
        "session", ["", ".", "1." + "0" * 64, "x" * 99, "9" * 12 + "." + "0" * 64, "١." + "0" * 64]
    )
    def test_what_we_did_not_sign_is_none(self, session: str) -> None:
        assert not sessions.is_open(session, "hunter2hunter2", NOW)

    def test_a_longer_life_cannot_be_written(self) -> None:
        ends, _, signature = sessions.begin("hunter2hunter2", NOW).partition(".")
        assert not sessions.is_open(f"{int(ends) + 1}.{signature}", "hunter2hunter2", NOW)

    def test_a_form_is_its_visitors_own(self) -> None:
        mark = sessions.mark("secret", "a" * 32)
        assert sessions.is_ours(mark, "secret", "a" * 32)
        assert not sessions.is_ours(mark, "secret", "b" * 32)
        assert not sessions.is_ours(mark, "other", "a" * 32)
        assert not sessions.is_ours(sessions.mark("secret", ""), "secret", "")

    @pytest.mark.parametrize(
        ("header", "token"),
        [
            ("Bearer abc", "abc"),
            ("bearer  abc ", "abc"),
            ("Basic bWU6YWJj", "abc"),
            ("Basic bWU6YTpi", "a:b"),
            ("Basic bWU=", ""),
            ("Basic ???", ""),
            ("Basic /w==", ""),
            ("Digest abc", ""),
            ("", ""),
        ],
    )
    def test_the_token_of_a_header(self, header: str, token: str) -> None:
        assert sessions.shown_token(header) == token


@pytest.mark.parametrize(
    ("path", "onward"),
    [
        ("/archive?source=a&day=b", "/archive?source=a&day=b"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nset-cookie: x", "/"),
        ("/\t/evil.example", "/"),
        ("", "/"),
    ],
)
def test_one_goes_on_within(path: str, onward: str) -> None:
    assert inner(path) == onward


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "now"),
        (0.4, "now"),
        (-20, "20 s ago"),
        (80, "in 80 s"),
        (300, "in 5 min"),
        (-7300, "2 h ago"),
        (9e5, "in 10 d"),
    ],
)
def test_a_time_is_told_as_people_do(seconds: float, text: str) -> None:
    assert span(NOW + timedelta(seconds=seconds), NOW) == text


class TestVitals:
    def source(self, health: str = "ok", paused: datetime | None = None) -> SourceReport:
        return SourceReport("A", "u", health, "", None, None, 0, 0, 0, 0, 0, paused=paused)  # type: ignore[arg-type]

    def test_all_is_well(self) -> None:
        found = vitals(Report((self.source(), self.source("off", NOW))), NOW - STUCK_AFTER, NOW)
        assert found.is_alive
        assert found.is_well

    def test_a_sick_source(self) -> None:
        found = vitals(Report((self.source("stale"),)), NOW, NOW)
        assert (found.is_alive, found.is_well, found.sources) == (True, False, ("A: stale",))

    def test_a_stuck_loop(self) -> None:
        found = vitals(Report(), NOW - STUCK_AFTER - timedelta(seconds=1), NOW)
        assert not found.is_alive
        assert "no sign of life since 2026-11-26 11:56:59 UTC" in found.own[0]

    def test_a_full_disk(self) -> None:
        full = CrawlerReport("failing", "the archive has no room left", is_writable=False)
        assert vitals(Report(crawler=full), NOW, NOW).own == ("the archive has no room left",)
