"""Dates as feeds and pages write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.moments import Place, Stamp, date_end, read_date, read_stamp


def at(hour: int, minute: int = 20, second: int = 0, *, day: int = 20) -> datetime:
    return datetime(2021, 11, day, hour, minute, second, tzinfo=UTC)


READ = [
    # RFC 822 and its relatives
    ("Sat, 20 Nov 2021 12:20:00 GMT", at(12)),
    ("Sat, 20 Nov 2021 12:20:00 +0800", at(4)),
    ("Sat, 20 Nov 2021 12:20:00 -08:00", at(20)),
    ("Sat, 20 Nov 2021 12:20:00 −0100", at(13)),
    ("Sat, 20 Nov 2021 12:20:00 GMT+8", at(4)),
    ("Sat, 20 Nov 2021 12:20:00 UTC+08:00", at(4)),
    ("Sat, 20 Nov 2021 12:20:00 SGT", at(4)),
    ("Sat, 20 Nov 2021 12:20:00 (HKT)", at(4)),
    ("Sat, 20 Nov 2021 12:20:00 EST", at(17)),
    ("Sat, 20 Nov 2021 12:20:00 IST", at(6, 50)),
    ("Sat, 20 Nov 2021 15:20:00 MSK", at(12)),
    ("Sat, 20 Nov 2021 22:20:00 AEST", at(12)),
    ("Sat, 20 Nov 2021 12:20:00 Nowhere", at(12)),
    ("Sat, 20 Nov 2021 12:20:00", at(12)),
    ("20 Nov 21 12:20 +0000", at(12)),
    ("20 Nov 99 12:20 +0000", datetime(1999, 11, 20, 12, 20, tzinfo=UTC)),
    ("20-November-2021 12:20", at(12)),
    ("Sat, 20 Nov 2021", at(0, 0)),
    ("Sat, 20 Nov 2021 24:00:00 GMT", at(0, 0, day=21)),
    ("Sat, 20 Nov 2021 12:20:60 GMT", at(12, 21)),
    ("Saturday, November 20th, 2021 12:20", at(12)),
    ("Nov 20, 2021 12:20 PM", at(12)),
    ("Nov. 20 2021 1:20 p.m.", at(13)),
    ("Nov 20, 2021 12:20 am EST", at(5)),
    ("Sat Nov 20 12:20:01 2021", at(12, 20, 1)),
    ("Sat Nov 20 12:20:01 SGT 2021", at(4, 20, 1)),
    ("12:20, 20 November 2021", at(12)),
    ("12:20 SGT on 20 November 2021", at(4)),
    ("Nov. 20, 2021, 7:20 a.m. ET", at(12)),
    ("July 4, 2021 8:20 am ET", datetime(2021, 7, 4, 12, 20, tzinfo=UTC)),
    ("Nov 20, 2021 4:20 AM PT", at(12)),
    # ISO 8601 and its relatives
    ("2021-11-20T12:20:00Z", at(12)),
    ("2021-11-20T12:20Z", at(12)),
    ("2021-11-20T12:20:00.250+08:00", at(4) + timedelta(milliseconds=250)),
    ("2021-11-20T12:20:00.123456789Z", at(12) + timedelta(microseconds=123457)),
    ("2021-11-20 12:20:00 +0800", at(4)),
    ("2021-11-20", at(0, 0)),
    ("2021/11/20 12:20", at(12)),
    ("2021.11.20 12:20", at(12)),
    ("20211120T122001Z", at(12, 20, 1)),
    ("20211120122001", at(12, 20, 1)),
    ("202111201220", at(12)),
    ("20211120", at(0, 0)),
    ("20211120 12:20", at(12)),
    # German
    ("20.11.2021 12:20", at(12)),
    ("20.11.2021, 12:20 Uhr", at(12)),
    ("Samstag, 20. 11. 2021 um 8:20 Uhr", at(8)),
    ("20.11.2021", at(0, 0)),
    ("1.9.2021", datetime(2021, 9, 1, tzinfo=UTC)),
    # Chinese
    ("2021年11月20日 12:20", at(12)),
    ("2021年11月20日 下午 8:20", at(20)),
    ("2021年11月20日上午12时20分", at(0)),
    ("2021 年 11 月 20 日 12：20：05", at(12, 20, 5)),
    ("2021年11月20日", at(0, 0)),
    ("2021年11月20日凌晨12:20", at(0)),
    ("2021年11月20日 中午12:20", at(12)),
    ("2021年11月20日 中午1:20", at(13)),
    ("于2021年11月20日12:20发布", at(12)),
    ("二〇二一年十一月二十日", at(0, 0)),
    ("二〇二一年十一月二十日 12:20", at(12)),
    ("民國110年11月20日 下午8:20", at(20)),
    ("2021年11月20日 星期六 12:20", at(12)),
    ("2021/11/20(六) 12:20", at(12)),
    ("北京时间2021年11月20日20:20", at(12)),
    # Japanese, Korean
    ("2021年11月20日(土) 12時20分", at(12)),
    ("令和3年11月20日 午後8:20", at(20)),
    ("2021. 11. 20. 오후 8:20", at(20)),
    ("2021년 11월 20일 12시 20분", at(12)),
    # Other languages
    ("20. November 2021 um 12.20 Uhr", at(12)),
    ("le 20 novembre 2021 à 12h20", at(12)),
    ("1er mars 2021", datetime(2021, 3, 1, tzinfo=UTC)),
    ("20 de noviembre de 2021, 12:20 h", at(12)),
    ("20 de novembro de 2021 às 12h20", at(12)),
    ("20 novembre 2021 alle ore 12:20", at(12)),
    ("20 november 2021 om 12:20", at(12)),
    ("20. nov. 2021 kl. 12.20", at(12)),
    ("20 listopada 2021, 12:20", at(12)),
    ("20 Kasım 2021 12:20", at(12)),
    ("20 ноября 2021, 15:20 МСК", at(12)),
    ("20 листопада 2021 о 12:20", at(12)),
    ("Thứ bảy, 20/11/2021, 19:20 (GMT+7)", at(12)),
    ("20 tháng 11, 2021", at(0, 0)),
    ("20-11-2021 12:20", at(12)),
    ("11/20/2021 12:20", at(12)),
    ("11/11/2021", at(0, 0, day=11)),
    # Unix
    ("163741080", datetime(1975, 3, 11, 3, 38, tzinfo=UTC)),
    ("1637410800", datetime(2021, 11, 20, 12, 20, tzinfo=UTC)),
    ("1637410800250", at(12) + timedelta(milliseconds=250)),
]


@pytest.mark.parametrize(("text", "moment"), READ)
def test_read(text: str, moment: datetime) -> None:
    assert read_date(text) == moment
    assert read_date(f"  {text}\n") == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "12:20",
        "20 Nov",
        "20 Nov 12:20",
        "2021",
        "2021-13-01",
        "2021-02-30",
        "2021-11-20T25:00:00Z",
        "2021-11-20T12:61:00Z",
        "2021-11-20T12:20:99Z",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "0000-00-00 00:00:00",
        "12345678901234567890",
        "32.11.2021",
        "5/4/2021",
        "2小时前",
        "11月20日 14:43",
        "民國年11月20日",
        "二〇二一年十三月二十日",
        "20 Smarch 2021",
        "10.20.11.2021",
        "2021-11-20T23:59:59Z "[5:],
    ],
)
def test_states_no_moment(text: str) -> None:
    assert read_date(text) is None


@settings(deadline=None, derandomize=True)
@given(st.integers(1, 7 * 10**15), st.integers(-840, 840))
def test_iso_with_any_offset_reads_back(microseconds: int, minutes: int) -> None:
    moment = datetime(1971, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    sign, size = "-" if minutes < 0 else "+", abs(minutes)
    local = (moment + timedelta(minutes=minutes)).replace(tzinfo=None).isoformat(timespec="microseconds")
    read = read_date(f"{local}{sign}{size // 60:02}:{size % 60:02}")
    assert read is not None
    assert abs(read - moment) <= timedelta(microseconds=1)


@settings(deadline=None, derandomize=True)
@given(st.text(alphabet="0123456789-/:. TZ+年月日novNOV,apm", max_size=40))
def test_never_raises(text: str) -> None:
    found = read_date(text)
    assert found is None or found.tzinfo is UTC


# --- stamps: what is known of the time and the zone ---------------------------------------------------------------

SINGAPORE = ZoneInfo("Asia/Singapore")
NOON = datetime(2021, 11, 20, 4, 20, tzinfo=UTC)  # 12:20 in Singapore


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
    assert read_stamp(text, ZoneInfo("America/New_York")) == Stamp(NOON)


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
    assert read_stamp(text, SINGAPORE) == Stamp(NOON)
    assert read_stamp(text) == Stamp(NOON + timedelta(hours=8), zoned=False)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2021-11-20 3:05 pm", 15), ("2021-11-20 15:05 PM", 15), ("2021-11-20 12:05 AM", 0), ("2021-11-20 00:05 AM", 0),
        ("2021-11-20 11:05 a.m.", 11), ("2021年11月20日 下午3:05", 15), ("2021年11月20日 上午9:05", 9),
        ("2021年11月20日 凌晨12:05", 0), ("2021年11月20日 晚上8点05分", 20),
    ],
)  # fmt: skip
def test_halves_of_the_day(text: str, hour: int) -> None:
    assert read_stamp(text) == Stamp(datetime(2021, 11, 20, hour, 5, tzinfo=UTC), zoned=False)


@pytest.mark.parametrize("text", ["2021/11/20", "2021-11-20", "2021年11月20日", "20 November 2021", "Nov 20, 2021"])
def test_a_day_is_no_time(text: str) -> None:
    assert read_stamp(text) == Stamp(datetime(2021, 11, 20, tzinfo=UTC), timed=False, zoned=False)


@settings(derandomize=True, deadline=None)
@given(st.integers(10**9, 4 * 10**9), st.integers(-14 * 60, 14 * 60))
def test_every_iso_time_reads_back(seconds: int, minutes: int) -> None:
    when = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=minutes)))
    assert read_stamp(when.isoformat()) == Stamp(when.astimezone(UTC))


@pytest.mark.parametrize(
    "text", ["2021-11-20T10:00+99:00", "2021-11-20 10:00-13:70", "2021-11-20 10:00 Uhr", "2021-11-20 10:00 ist es"]
)
def test_what_is_no_zone_leaves_it_assumed(text: str) -> None:
    assert read_stamp(text) == Stamp(datetime(2021, 11, 20, 10, tzinfo=UTC), zoned=False)


# --- places: what a text's origin says of its dates ---------------------------------------------------------------


def test_a_guessed_zone_is_said_to_be_one() -> None:
    stamp = read_stamp("2021-11-20 12:20", place=Place(guess=SINGAPORE))
    assert stamp == Stamp(NOON, zoned=False)
    assert stamp is not None
    assert stamp.offset == timedelta(hours=8)
    assert read_stamp("2021-11-20 12:20", SINGAPORE, Place(guess=ZoneInfo("Asia/Tokyo"))) == Stamp(NOON)
    assert read_stamp("2021-11-20 12:20", place=Place(zone=SINGAPORE)) == Stamp(NOON)


@pytest.mark.parametrize("text", ["2021-11-20", "2021-11-20T00:00:00"])
def test_a_day_stays_itself_where_the_zone_is_guessed(text: str) -> None:
    want = Stamp(datetime(2021, 11, 20, tzinfo=UTC), timed=False, zoned=False)
    assert read_stamp(text, place=Place(guess=SINGAPORE)) == want


def test_a_stamp_keeps_the_clock_it_was_read_from() -> None:
    stamp = read_stamp("2021-11-20T12:20:00+08:00")
    assert stamp is not None
    assert stamp.offset == timedelta(hours=8)


@pytest.mark.parametrize(("day_first", "month"), [(True, 4), (False, 5)])
def test_the_order_of_day_and_month_is_the_countrys(day_first: bool, month: int) -> None:
    assert read_stamp("05/04/2021", place=Place(day_first=day_first)) == Stamp(
        datetime(2021, month, 9 - month, tzinfo=UTC), timed=False, zoned=False
    )


@pytest.mark.parametrize("text", ["11月20日 12:20", "11月20日12时20分", "11-20 12:20", "发布于 11月20日 中午12:20"])
def test_a_day_whose_year_stands_elsewhere(text: str) -> None:
    assert read_stamp(text, place=Place(zone=SINGAPORE, year=2021)) == Stamp(NOON)


def test_two_numbers_are_no_day_without_a_time() -> None:
    assert read_stamp("11-20", place=Place(year=2021)) is None
    assert date_end("11月20日 12:20 x", 0, Place(year=2021)) == len("11月20日 12:20 ")


def test_what_stands_far_behind_is_no_date() -> None:
    assert read_stamp("x " * 400 + "2021-11-20") is not None
    assert read_stamp("x " * 600 + "2021-11-20") is None
    assert read_stamp(" " * 9000 + "2021-11-20") is not None


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2021-11-20 12:20 编辑", "2021-11-20 12:20 "),
        ("20 November 2021 at 4:20 pm GMT, by", "20 November 2021 at 4:20 pm GMT"),
        ("20.11.2021", "20.11.2021"),
        ("on 20.11.2021", ""),
        ("", ""),
    ],
)
def test_where_a_date_ends(text: str, end: str) -> None:
    assert date_end(text, 0) == len(end)
    assert date_end(f"x: {text}", 3) == len(end) + 3
