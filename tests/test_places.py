"""What a page's address and language say of its times."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from crawler.extractor.places import HOMES, ZONES, place_of


def test_the_table_names_zones_that_there_are() -> None:
    assert all(ZoneInfo(name) for name in ZONES.values())
    assert set(HOMES.values()) <= set(ZONES)


@pytest.mark.parametrize(
    ("url", "language", "zone", "day_first"),
    [
        ("https://e.de/a", "en", "Europe/Berlin", True),
        ("https://www.e.com.sg/a", "zh", "Asia/Singapore", True),
        ("https://e.com/a", "zh-Hant-TW", "Asia/Taipei", True),
        ("https://e.com/a", "zh", "Asia/Shanghai", True),
        ("https://e.com/a", "de", "Europe/Berlin", True),
        ("https://e.com/a", "es", "", True),
        ("https://e.com/a", "en-GB", "", None),
        ("https://e.com/a", "en-US", "", False),
        ("https://e.ru/a", "", "", None),
        ("nothing", "", "", None),
    ],
)
def test_guesses(url: str, language: str, zone: str, day_first: bool | None) -> None:
    place = place_of(url, language)
    assert place.guess == (ZoneInfo(zone) if zone else None)
    assert (place.zone, place.day_first, place.year) == (None, day_first, None)


def test_what_is_known() -> None:
    place = place_of("https://e.de/a", "de", "Asia/Tokyo", 2021)
    assert (place.zone, place.year) == (ZoneInfo("Asia/Tokyo"), 2021)
