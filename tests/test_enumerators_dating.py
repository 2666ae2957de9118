"""What times prove: an article is left out only where it was published outside the window beyond doubt."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.enumerators.dating import is_outside, span
from crawler.model import DatedBy, Entry
from crawler.past import Window

SINCE, UNTIL = datetime(2024, 5, 10, tzinfo=UTC), datetime(2024, 5, 20, tzinfo=UTC)
WINDOW = Window(SINCE, UNTIL)


def day(number: int, hour: int = 12) -> datetime:
    return datetime(2024, 5, number, hour, tzinfo=UTC)


#: Who dated it, time of publication, time of the last change, address, whether it is outside.
CASES: dict[str, tuple[DatedBy, datetime | None, datetime | None, str, bool]] = {
    "a feed's time in the window": ("feed", day(10, 0), None, "x", False),
    "a feed's time before it": ("feed", day(9, 23), None, "x", True),
    "a feed's time at its end": ("feed", day(20, 0), None, "x", True),
    "a feed's address names no day": ("feed", day(12), None, "2021/11/20/x", False),
    "a list's time": ("list", day(21), None, "x", True),
    "no time": ("feed", None, None, "x", False),
    "no time in a sitemap": ("sitemap", None, None, "x", False),
    "changed in the window": ("sitemap", day(12), day(12), "x", False),
    "changed before it": ("sitemap", day(9), day(9), "x", True),
    "changed on the day before, somewhere": ("sitemap", day(9, 0), day(9, 0), "x", False),
    "changed two days before": ("sitemap", day(8, 0), day(8, 0), "x", True),
    "changed behind it": ("sitemap", day(30), day(30), "x", False),
    "news in the window, changed behind it": ("sitemap", day(12), day(30), "x", False),
    "news before it, changed in it": ("sitemap", day(9), day(12), "x", True),
    "news behind it": ("sitemap", day(21), day(22), "x", True),
    "news behind it, never changed": ("sitemap", day(21), None, "x", True),
    "news at its end, a day": ("sitemap", day(20, 0), None, "x", False),
    "news on the day after, a day": ("sitemap", day(21, 0), None, "x", True),
    "the address names a day in it, changed behind it": ("sitemap", day(30), day(30), "2024/05/12/x", False),
    "the address names a day behind it": ("sitemap", day(30), day(30), "2024/05/22/x", True),
    "the address names a day before it": ("sitemap", day(12), day(12), "2024/05/08/x", True),
    "the address names the day before, in some zone": ("sitemap", day(12), day(12), "2024/05/09/x", False),
    "the address alone": ("sitemap", None, None, "story20211120-1", True),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_left_out(case: str) -> None:
    dated_by, published, updated, path, outside = CASES[case]
    one = Entry(url=f"http://a.example/{path}", published=published, updated=updated, dated_by=dated_by)
    assert is_outside(one, published, WINDOW) == outside


def test_open_windows_leave_out_on_their_side_alone() -> None:
    one = Entry(url="http://a.example/x", published=day(5), updated=day(5), dated_by="sitemap")
    assert is_outside(one, one.published, Window(since=SINCE))
    assert not is_outside(one, one.published, Window(until=UNTIL))


def test_the_offset_of_a_source_counts() -> None:
    one = Entry(url="http://a.example/x", published=day(9), updated=day(9), dated_by="sitemap")
    assert not is_outside(one, day(9) + timedelta(hours=13), WINDOW)


def test_a_midnight_may_be_a_day_anywhere() -> None:
    assert span(day(9, 0)) == (day(8, 10), day(10, 12))
    assert span(day(9, 1)) == (day(9, 1), day(9, 1))
    last = datetime(9999, 12, 31, tzinfo=UTC)
    assert span(last) == (last, last)
