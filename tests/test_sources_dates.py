"""Dates as feeds write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.sources.dates import read_date


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
    ("20211120", at(0, 0)),
    ("20.11.2021 12:20", at(12)),
    # Chinese
    ("2021年11月20日 12:20", at(12)),
    ("2021年11月20日 下午 8:20", at(20)),
    ("2021年11月20日上午12时20分", at(0)),
    ("2021 年 11 月 20 日 12：20：05", at(12, 20, 5)),
    ("2021年11月20日", at(0, 0)),
    # Unix
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
