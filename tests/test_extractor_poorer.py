"""A page's text set against its entry's: when the feed's own text is read at all, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.errors import ExtractError
from crawler.extractor import Rules, extract
from crawler.model import Article, Content, Entry, Page, Source
from crawler.urls import canonical

NOW = datetime(2026, 11, 23, 6, 43, 44, tzinfo=UTC)
URL = canonical("https://a-rather-long-host-name.news.example.org/2026/bridge")
SOURCE = Source(name="Example", url="https://news.example.org/feed")
STORY = (
    "<p>The new bridge over the river opened to traffic on Saturday morning, two months ahead of schedule.</p>"
    "<p>It is 1.2 kilometres long, has four lanes, and saves both banks a detour of forty minutes.</p>"
    "<p>The ferry company said that its service will go on until March, and that passengers decide the rest.</p>"
)


def article(told: str, content: Content, remove: tuple[str, ...] = ()) -> Article:
    body = f"<html><head><title>Bridge opens</title></head><body><article>{STORY}</article></body></html>".encode()
    page = Page(URL, URL, 200, (("content-type", "text/html"),), body, NOW)
    source = replace(SOURCE, content=content, remove=remove)
    return extract(page, Entry(url=URL, title="Bridge opens", content=told), source, URL, Rules(), NOW)


@pytest.mark.parametrize("content", ["best", "page"])
def test_much_markup_is_no_text(content: Content) -> None:
    told = f"<div data-x='{'x' * 2000}'>{STORY}</div>"
    assert article(told, content).origin == "page"


@pytest.mark.parametrize("content", ["best", "page"])
def test_the_feeds_text_is_left_alone_where_the_page_says_as_much(content: Content) -> None:
    broken = ("//video[nothing()]",)  # which is known only where it finds a video
    assert article("<p>Short.</p>", content, broken).origin == "page"
    with pytest.raises(ExtractError, match=r"//video\[nothing\(\)\]"):
        article(f"{STORY * 2}<video src=/v.mp4></video>", content, broken)


def test_a_players_place_may_take_more_room_than_its_markup() -> None:
    told = STORY + "<embed src=x>" * 12
    assert article(told, "best").origin == "feed"
    with pytest.raises(ExtractError, match="shorter than the feed's"):
        article(told, "page")
