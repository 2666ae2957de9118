"""RSSHub routes and their instances."""

from __future__ import annotations

import pytest

from crawler.sources.rsshub import addresses, is_route

A, B, C = "https://a.example", "https://b.example:8443/hub/", "http://c.example/?key=s3"
ROUTE = "rsshub://zaobao/realtime/china"


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        (ROUTE, True),
        ("RSSHub://x", True),
        ("https://rsshub.app/zaobao", False),
        ("rsshub:/x", False),
        ("", False),
    ],
)
def test_is_route(url: str, answer: bool) -> None:
    assert is_route(url) is answer


SPELLINGS = [
    (ROUTE, "https://rsshub.app", "https://rsshub.app/zaobao/realtime/china"),
    (ROUTE, "https://rsshub.app/", "https://rsshub.app/zaobao/realtime/china"),
    (ROUTE, " https://a.example/hub// ", "https://a.example/hub/zaobao/realtime/china"),
    ("rsshub:///zaobao/", A, "https://a.example/zaobao/"),
    ("RSSHUB://Zaobao", A, "https://a.example/Zaobao"),
    ("rsshub://x/y?limit=5&mode=fulltext#top", A, "https://a.example/x/y?limit=5&mode=fulltext"),
    ("rsshub://x?limit=5", C, "http://c.example/x?limit=5&key=s3"),
    ("rsshub://x", C, "http://c.example/x?key=s3"),
    ("rsshub://搜索/中国", A, "https://a.example/搜索/中国"),
]


@pytest.mark.parametrize(("route", "instance", "address"), SPELLINGS)
def test_spelling(route: str, instance: str, address: str) -> None:
    assert addresses(route, [instance], {}) == (address,)


ORDERS: list[tuple[dict[str, int], str]] = [
    ({}, "abc"),
    ({"a.example": 1}, "bca"),
    ({"a.example": 3, "b.example:8443": 2, "c.example": 2}, "bca"),
    ({"b.example": 9, "elsewhere.example": 1}, "abc"),
]


@pytest.mark.parametrize(("fails", "order"), ORDERS)
def test_healthiest_first_then_as_configured(fails: dict[str, int], order: str) -> None:
    found = addresses(ROUTE, (A, B, C), fails)
    assert "".join(address.split("//")[1][0] for address in found) == order


def test_none_twice_and_none_at_all() -> None:
    assert addresses(ROUTE, (A, A + "/"), {}) == ("https://a.example/zaobao/realtime/china",)
    assert addresses(ROUTE, (), {}) == ()
