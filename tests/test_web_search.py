"""The page of search, with whoever searches in its place."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import StateError
from crawler.search import Hit, Hits, Part
from tests.clock import START
from tests.newsroom import Newsroom
from tests.test_web_pages import problems


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    return Newsroom(tmp_path / "room").run()


class TestSearch:
    def test_where_nobody_can_there_is_no_such_page(self, room: Newsroom) -> None:
        assert "/search" not in room.get("/").text
        assert room.get("/search?q=x").status_code == 404

    def test_what_is_found_is_shown(self, room: Newsroom) -> None:
        asked: list[tuple[object, ...]] = []

        def search(*what: Any, **_: Any) -> Hits:
            asked.append(what)
            parts = (Part("the "), Part("<ferry>", is_hit=True))
            return Hits((Hit(room.path(1), "", parts, "Harbour", START, parts[1:]),), 120)

        room.search = search
        assert "/search" in room.get("/").text
        found = room.get("/search?q=ferry&source=Harbour&since=2021-11-01&until=2021-11-30&page=2")
        assert problems(found.text) == []
        first, last = datetime(2021, 11, 1, tzinfo=UTC), datetime(2021, 12, 1, tzinfo=UTC)
        assert asked == [("ferry", "Harbour", first, last, 50, 50)]
        assert ">the <mark>&lt;ferry&gt;</mark></a>" in found.text
        assert "120 posts found" in found.text
        assert "page=3" in found.text
        assert problems(room.get("/search").text) == []

    def test_an_index_that_is_being_made_is_said(self, room: Newsroom) -> None:
        room.search = lambda *_: Hits((), 0, is_whole=False)
        assert "0 posts found so far: the index is still being made" in room.get("/search?q=x").text

    def test_what_cannot_be_searched_is_said(self, room: Newsroom) -> None:
        def search(*_: Any, **__: Any) -> Hits:
            raise StateError("say <more>")

        room.search = search
        assert "say &lt;more&gt;" in room.get("/search?q=*").text
