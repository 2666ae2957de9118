"""The choice between a page's and a feed's time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extractor.dates import best_stamp, day_in, listed_publication, page_stamp, publication, zone_named
from crawler.moments import Stamp, shifted

SINGAPORE = ZoneInfo("Asia/Singapore")
NOON = datetime(2021, 11, 20, 4, 20, tzinfo=UTC)  # 12:20 in Singapore
NOW = datetime(2021, 11, 20, 6, 43, 44, 821000, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "12:20", "2021-13-20", "2021-02-30", "2021-11-20 25:00", "0001-01-01T00:00:00Z", "1970-01-01",
     "9999-12-31", "20 Foo 2021", "0000000001", "0999-11-20", "1985-11-20", "story20211120-1215302", "2021-11-20T10:00+99:00"],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    stamp = page_stamp(text)
    assert stamp is None or (text.endswith("+99:00") and not stamp.zoned)


@settings(derandomize=True, deadline=None)
@given(st.text(alphabet="0123456789-/.:TZ年月日+ NovPMa", max_size=30))
def test_no_text_makes_it_fail(text: str) -> None:
    stamp = page_stamp(text)
    assert stamp is None or 1989 < stamp.when.year < 2101


def test_an_offset_that_leaves_the_calendar_makes_no_time() -> None:
    last = datetime(9999, 12, 31, 23, tzinfo=UTC)
    assert shifted(last, timedelta(hours=8)) is None
    assert shifted(last, timedelta(hours=-8)) == datetime(9999, 12, 31, 15, tzinfo=UTC)
    assert shifted(None, timedelta(hours=8)) is None


def test_zones_by_name() -> None:
    assert zone_named("") is None
    assert zone_named("Asia/Singapore") == SINGAPORE
    with pytest.raises(KeyError):
        zone_named("Nowhere/City")


def test_a_day_is_made_exact_by_a_later_stamp_of_that_day() -> None:
    day = Stamp(datetime(2021, 11, 20, tzinfo=UTC), timed=False)
    other = Stamp(NOON - timedelta(days=9))
    assert best_stamp([]) is None
    assert best_stamp([Stamp(NOON), other]) == Stamp(NOON)
    assert best_stamp([day, other, Stamp(NOON)]) == Stamp(NOON)
    assert best_stamp([day, other]) == day


LATE = NOON + timedelta(hours=8)
EARLIER = NOON - timedelta(days=30)


@pytest.mark.parametrize(
    ("page", "feed", "want"),
    [
        pytest.param(None, None, NOW, id="nothing to go by"),
        pytest.param(None, EARLIER, EARLIER, id="the feed alone"),
        pytest.param(None, LATE, NOW, id="the feed alone, in the future"),
        pytest.param(Stamp(NOON), None, NOON, id="the page alone"),
        pytest.param(Stamp(LATE), None, NOW, id="the page alone, in the future"),
        pytest.param(Stamp(EARLIER, timed=False), None, EARLIER, id="a day is better than nothing"),
        pytest.param(Stamp(NOON), LATE, NOON, id="the feed is in the future"),
        pytest.param(Stamp(NOON, zoned=False), LATE, NOON, id="the feed is in the future, the page's zone assumed"),
        pytest.param(Stamp(LATE), LATE, NOW, id="both are in the future"),
        pytest.param(Stamp(EARLIER, timed=False), LATE, NOW, id="a day does not help against the future"),
        pytest.param(Stamp(EARLIER), EARLIER + timedelta(hours=8), EARLIER, id="8 hours late"),
        pytest.param(Stamp(EARLIER), EARLIER - timedelta(hours=5), EARLIER, id="5 hours early"),
        pytest.param(Stamp(EARLIER), EARLIER + timedelta(hours=8, seconds=59), EARLIER, id="off by hours and seconds"),
        pytest.param(Stamp(EARLIER), EARLIER + timedelta(minutes=20), EARLIER + timedelta(minutes=20), id="not hours"),
        pytest.param(Stamp(EARLIER), EARLIER + timedelta(seconds=30), EARLIER + timedelta(seconds=30), id="the same"),
        pytest.param(
            Stamp(EARLIER), EARLIER + timedelta(hours=48), EARLIER + timedelta(hours=48), id="no zone is so far"
        ),
        pytest.param(
            Stamp(EARLIER, zoned=False), EARLIER + timedelta(hours=8), EARLIER + timedelta(hours=8), id="zone assumed"
        ),
        pytest.param(
            Stamp(EARLIER, timed=False), EARLIER + timedelta(hours=8), EARLIER + timedelta(hours=8), id="a day"
        ),
    ],
)
def test_the_time_of_publication(page: Stamp | None, feed: datetime | None, want: datetime) -> None:
    assert publication(page, feed, NOW) == want


DAY = NOON.replace(hour=0) - timedelta(days=30)


@pytest.mark.parametrize(
    ("page", "listed", "want"),
    [
        pytest.param(None, None, NOW, id="nothing to go by"),
        pytest.param(None, EARLIER, EARLIER, id="the list alone"),
        pytest.param(None, LATE, NOW, id="the list alone, in the future"),
        pytest.param(Stamp(EARLIER), None, EARLIER, id="the page alone"),
        pytest.param(Stamp(LATE), EARLIER, NOW, id="the page, in the future"),
        pytest.param(Stamp(EARLIER), NOON, EARLIER, id="the list is of a change"),
        pytest.param(Stamp(EARLIER), EARLIER + timedelta(minutes=20), EARLIER, id="the page's clock is its own"),
        pytest.param(Stamp(DAY, timed=False), EARLIER, EARLIER, id="the list knows the time of the day"),
        pytest.param(Stamp(DAY, timed=False), NOON, DAY, id="the list knows the time of another day"),
        pytest.param(Stamp(DAY, timed=False), DAY + timedelta(hours=24), DAY, id="the next day"),
        pytest.param(Stamp(DAY, timed=False), DAY - timedelta(hours=1), DAY, id="the day before"),
        pytest.param(
            Stamp(DAY, timed=False, zoned=False), DAY - timedelta(hours=9), DAY - timedelta(hours=9), id="a zone's day"
        ),
        pytest.param(Stamp(DAY, timed=False, zoned=False), DAY - timedelta(hours=15), DAY, id="no zone's day"),
    ],
)
def test_the_time_of_publication_of_what_a_list_names(
    page: Stamp | None, listed: datetime | None, want: datetime
) -> None:
    assert listed_publication(page, listed, NOW) == want


@settings(derandomize=True, deadline=None)
@given(
    st.one_of(st.none(), st.integers(-(10**6), 10**6)),
    st.one_of(st.none(), st.integers(-(10**6), 10**6)),
    st.booleans(),
)
def test_publication_is_never_later_than_the_crawl(page: int | None, feed: int | None, timed: bool) -> None:
    stamp = None if page is None else Stamp(NOW + timedelta(seconds=page), timed=timed)
    assert publication(stamp, None if feed is None else NOW + timedelta(seconds=feed), NOW) <= NOW


@pytest.mark.parametrize(
    "path",
    ["2021/11/20/bridge", "2021-11-20-bridge", "2021-11/20/c_1.htm", "202111/20/1.html", "n1/2021/1120/c1-2.html", "20211120/x",
     "realtime/china/story20211120-1215302", "202111/t20211120_567.html", "a/20211120A01B2C", "2021/11/20/x-2021-11-20"],
)  # fmt: skip
def test_days_in_addresses(path: str) -> None:
    want = Stamp(datetime(2021, 11, 20, tzinfo=UTC), timed=False, zoned=False)
    assert day_in(f"https://e.org/{path}") == want
    assert day_in("https://e.org/2021/9/3/x") == Stamp(datetime(2021, 9, 3, tzinfo=UTC), timed=False, zoned=False)


@pytest.mark.parametrize(
    "path",
    ["", "2021/11/", "news/123420211120", "a-20211131", "a-20211399", "x?date=2021-11-20", "2021-11-20-to-2021-11-25"],
)
def test_no_days_in_addresses(path: str) -> None:
    assert day_in(f"https://e.org/{path}") is None
