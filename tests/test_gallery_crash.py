"""A crash at each step loses no picture and no post, doubles none, and our bytes are never taken for a person's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler import urls
from crawler.inventory import verify
from crawler.model import Tally
from tests.fakes import FEED, Reply, World, answer, rss, stories
from tests.pictures import PNG, asset, shows
from tests.test_article_crash import Crash, Cut, dying
from tests.test_gallery import HOST, KEEPS, POST, URL, P, Q, text
from tests.test_reread_crash import Nth

KEY = urls.key(URL)


class Through:
    """A state of which one method of its pictures dies."""

    def __init__(self, state: Any, method: str, *, after: bool) -> None:
        self._state = state
        self.pictures = Cut(state.pictures, method, after=after)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)


def begin(folder: Path, **source: Any) -> World:
    pages: dict[str, Reply] = {FEED: rss(*stories(HOST, 1)), URL: shows(P), P: answer(PNG)}
    return World(folder, pages, replace(KEEPS, **source))


@pytest.fixture
def there(tmp_path: Path) -> World:
    return begin(tmp_path)


def check_healed(there: World, asked: int) -> None:
    """The next pass ends what was begun, asks for the picture once more at most, and leaves nothing in doubt."""
    assert [finding for finding in verify(there.archive, there.state) if finding.kind != "unknown"] == []
    there.later(minutes=20).run()
    assert there.targets.count(P) <= 1 + asked
    assert there.posts == {POST: URL}
    assert list(there.archive.assets()) == [asset(PNG)]
    assert f"\n![Picture 1](../{asset(PNG)})\n" in text(there)
    assert there.state.pictures.album(KEY) is None
    assert not there.state.watched([KEY])[KEY].is_over
    assert list(verify(there.archive, there.state)) == []
    assert there.later(minutes=20).run() == Tally(polled=1, unchanged=1)


PICTURES = ("settle", "expect", "hung")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("method", PICTURES)
def test_at_each_step_of_the_state_is_healed(there: World, method: str, after: bool) -> None:
    with pytest.raises(Crash):
        there.run(state=Through(there.state, method, after=after))
    check_healed(there, asked=0)


@pytest.mark.parametrize(
    ("part", "method", "cut", "after"),
    [
        ("state", "settle", Cut, False),
        ("state", "settle", Cut, True),
        ("archive", "put", Cut, False),
        ("archive", "put", Cut, True),
        ("archive", "put", Nth, False),
        ("archive", "put", Nth, True),
    ],
)
def test_at_each_step_of_article_and_picture_is_healed(
    there: World, part: str, method: str, cut: type[Cut], after: bool
) -> None:
    with pytest.raises(Crash):
        there.run(**dict[str, Any]({part: cut(getattr(there, part), method, after=after)}))
    check_healed(there, asked=0)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("after", [False, True], ids=["before the rename", "after it"])
def test_within_a_write_is_healed(there: World, number: int, after: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The post, its picture, the post again."""
    with dying(number, monkeypatch, after=after):
        there.run()
    there.archive.sweep()
    check_healed(there, asked=0)


def test_a_persons_edit_between_crash_and_healing_is_theirs(there: World, tmp_path: Path) -> None:
    with pytest.raises(Crash):
        there.run(state=Through(there.state, "hung", after=False))
    (tmp_path / POST).write_text("mine")
    assert there.later(minutes=20).run().hung == 0
    assert text(there) == "mine"


class TestWithAReReading:
    """Both rewrite the post; what the one left half done, the other knows for ours."""

    @pytest.fixture
    def there(self, tmp_path: Path) -> World:
        there = begin(tmp_path, recheck=(timedelta(hours=3),))
        there.pages[P] = answer(status=500)
        there.run()
        there.pages[P] = answer(PNG)
        return there

    def corrected(self, there: World) -> str:
        there.pages[URL] = shows(P).replace("before the tide turned", "before the rain came")
        return "before the rain came"

    @pytest.mark.parametrize("method", ["expect", "hung"])
    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    def test_the_pictures_were_cut_off(self, there: World, method: str, after: bool) -> None:
        with pytest.raises(Crash):
            there.later(minutes=30).run(state=Through(there.state, method, after=after))
        new = self.corrected(there)
        assert there.later(hours=4).run().revised == 1
        assert new in text(there)
        check_healed(there, asked=0)

    @pytest.mark.parametrize("cut", [Cut, Nth])
    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    def test_the_re_reading_was_cut_off_and_the_pictures_come_first(
        self, there: World, cut: type[Cut], after: bool
    ) -> None:
        there.pages[P] = answer(status=500)
        new = self.corrected(there)
        with pytest.raises(Crash):
            there.later(hours=4).run(state=cut(there.state, "watch", after=after))
        there.pages[P] = answer(PNG)
        there.pages[URL] = answer(status=429, retry_after="7200")
        there.pages[Q] = answer(PNG)
        there.state.hosts.remember(replace(host(there), not_before=there.clock.now() + timedelta(hours=9)))
        assert there.later(hours=4).run().hung == 1
        self.corrected(there)
        there.later(hours=9).run()
        assert new in text(there)
        check_healed(there, asked=0)


def host(there: World) -> Any:
    from crawler.memory import HostState

    return there.state.hosts.get("a.example") or HostState("a.example")
