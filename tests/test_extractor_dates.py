"""Times as pages write them, and the choice between a page's and a feed's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extractor.dates import Stamp, best_stamp, parse_stamp, publication, zone_named

SINGAPORE = ZoneInfo("Asia/Singapore")
NOON = datetime(2021, 11, 20, 4, 20, tzinfo=UTC)  # 12:20 in Singapore
NOW = datetime(2021, 11, 20, 6, 43, 44, 821000, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2021-11-20T12:20:00+08:00",
        "2021-11-20T04:20:00Z",
        "2021-11-20T04:20Z",
        "2021-11-20 04:20:00.000 UTC",
        "2021-11-20T12:20:00+0800",
        "2021-11-20T12:20:00.000+08",
        "20211120T042000Z",
        "20211120T122000+0800",
        "Sat, 20 Nov 2021 04:20:00 GMT",
        "Sat, 20 Nov 2021 12:20:00 +0800",
        "20 November 2021, 12:20 SGT",
        "November 20th, 2021 at 4:20 am GMT",
        "Nov. 19, 2021 11:20 p.m. EST",
        "2021年11月20日 12:20 GMT+08:00",
        "1637382000",
        "1637382000000",
    ],
)
def test_an_instant_stated_with_its_zone(text: str) -> None:
    assert parse_stamp(text, ZoneInfo("America/New_York")) == Stamp(NOON)


@pytest.mark.parametrize(
    "text",
    [
        "2021年11月20日 12:20",
        "2021年11月20日 12:20 PM",
        "发布 / 2021年11月20日　12时20分",
        "2021 年 11 月 20 日 中午12:20",
        "2021年11月20日 12：20：00",
        "2021-11-20 12:20:00",
        "2021/11/20 12:20",
        "2021.11.20 | 12:20",
        "来源：某报 2021-11-20 12:20 编辑",
        "20 Nov 2021 - 12:20 by Ann",
    ],
)
def test_a_time_without_a_zone_is_the_sites(text: str) -> None:
    assert parse_stamp(text, SINGAPORE) == Stamp(NOON)
    assert parse_stamp(text) == Stamp(NOON + timedelta(hours=8), zoned=False)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2021-11-20 3:05 pm", 15), ("2021-11-20 15:05 PM", 15), ("2021-11-20 12:05 AM", 0), ("2021-11-20 00:05 AM", 0),
        ("2021-11-20 11:05 a.m.", 11), ("2021年11月20日 下午3:05", 15), ("2021年11月20日 上午9:05", 9),
        ("2021年11月20日 凌晨12:05", 0), ("2021年11月20日 晚上8点05分", 20),
    ],
)  # fmt: skip
def test_halves_of_the_day(text: str, hour: int) -> None:
    assert parse_stamp(text) == Stamp(datetime(2021, 11, 20, hour, 5, tzinfo=UTC), zoned=False)


@pytest.mark.parametrize("text", ["2021/11/20", "2021-11-20", "2021年11月20日", "20 November 2021", "Nov 20, 2021"])
def test_a_day_is_no_time(text: str) -> None:
    assert parse_stamp(text) == Stamp(datetime(2021, 11, 20, tzinfo=UTC), timed=False, zoned=False)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "12:20", "2021-13-20", "2021-02-30", "2021-11-20 25:00", "0001-01-01T00:00:00Z", "1970-01-01",
     "9999-12-31", "20 Foo 2021", "0000000001", "202111201220", "story20211120-1215302", "2021-11-20T10:00+99:00"],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    stamp = parse_stamp(text)
    assert stamp is None or (text.endswith("+99:00") and not stamp.zoned)


@settings(derandomize=True, deadline=None)
@given(st.integers(10**9, 4 * 10**9), st.integers(-14 * 60, 14 * 60))
def test_every_iso_time_reads_back(seconds: int, minutes: int) -> None:
    when = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=minutes)))
    assert parse_stamp(when.isoformat()) == Stamp(when.astimezone(UTC))


@settings(derandomize=True, deadline=None)
@given(st.text(alphabet="0123456789-/.:TZ年月日+ NovPMa", max_size=30))
def test_no_text_makes_it_fail(text: str) -> None:
    stamp = parse_stamp(text)
    assert stamp is None or 1989 < stamp.when.year < 2101


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


@settings(derandomize=True, deadline=None)
@given(
    st.one_of(st.none(), st.integers(-(10**6), 10**6)),
    st.one_of(st.none(), st.integers(-(10**6), 10**6)),
    st.booleans(),
)
def test_publication_is_never_later_than_the_crawl(page: int | None, feed: int | None, timed: bool) -> None:
    stamp = None if page is None else Stamp(NOW + timedelta(seconds=page), timed=timed)
    assert publication(stamp, None if feed is None else NOW + timedelta(seconds=feed), NOW) <= NOW
