"""The vocabulary of backfills: windows, what is left, and entries as bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.model import Entry
from crawler.packing import pack, unpack
from crawler.past import ALWAYS, METHODS, Asked, Backfill, Counts, Origin, Window

NOON = datetime(2021, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class TestAWindow:
    @pytest.mark.parametrize(
        ("window", "moment", "holds"),
        [
            (ALWAYS, NOON, True),
            (ALWAYS, None, True),
            (Window(NOON), NOON, True),
            (Window(NOON), NOON - timedelta.resolution, False),
            (Window(None, NOON), NOON, False),
            (Window(None, NOON), NOON - timedelta.resolution, True),
            (Window(NOON - DAY, NOON + DAY), NOON, True),
            (Window(NOON - DAY, NOON + DAY), NOON + DAY, False),
            (Window(NOON - DAY, NOON + DAY), NOON - 2 * DAY, False),
            (Window(NOON, NOON + DAY), None, True),
        ],
    )
    def test_holds_from_then_on_and_before_then(self, window: Window, moment: datetime | None, holds: bool) -> None:
        assert window.holds(moment) is holds

    def test_tells_too_early_from_too_late(self) -> None:
        window = Window(NOON, NOON + DAY)
        assert [window.is_before(NOON - DAY), window.is_after(NOON - DAY)] == [True, False]
        assert [window.is_before(NOON + DAY), window.is_after(NOON + DAY)] == [False, True]
        assert [ALWAYS.is_before(NOON), ALWAYS.is_after(NOON)] == [False, False]


def test_what_is_left_is_what_is_owed_and_not_taken() -> None:
    counts = Counts(owed=7, taken=3)
    asked = Asked(METHODS)
    assert Backfill(1, "x", asked, Origin(), "feed", "going", counts, NOON, DAY).left == 4


class TestAPackedEntry:
    FULL = Entry(
        url="http://a.example/1",
        guid="1",
        title="渡船 & \ud800",
        published=NOON,
        updated=NOON + DAY,
        categories=("a", "b"),
        dated_by="sitemap",
        copy="http://web.example/web/2021id_/http://a.example/1",
    )

    @pytest.mark.parametrize("entry", [FULL, Entry(), Entry(url="http://a.example/1", dated_by="list")])
    def test_is_read_back_equal(self, entry: Entry) -> None:
        assert unpack(pack(entry)) == entry

    def test_costs_little_where_it_says_little(self) -> None:
        assert len(pack(Entry(url="http://a.example/realtime/china/story20211120-1215302"))) < 120
