"""A crash at each step of a re-read loses no text, and our own bytes are never taken for a person's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler import urls
from crawler.inventory import verify
from crawler.model import Tally
from tests.fakes import FEED, A, World, answer, article, rss, stories
from tests.test_article_crash import HOST, POST, URL, Crash, Cut, dying

NEW = answer(article(1).replace("before the tide turned", "before the rain came"), ETag='"2"')
KEPT = ".revisions/_posts/2021-11-20-Story 1/20211120T064344Z.md"


@pytest.fixture
def there(tmp_path: Path) -> World:
    """A world with one post whose page has changed, at the time when it is read again."""
    source = replace(A, recheck=(timedelta(hours=1), timedelta(days=1)), keep_revisions=True)
    world = World(tmp_path, {FEED: rss(*stories(HOST, 1)), URL: answer(article(1), ETag='"1"')}, source)
    assert world.run().archived == 1
    world.pages[URL] = NEW
    return world.later(minutes=61)


class Nth(Cut):
    """Dies at the second call of a method."""

    def __init__(self, whole: Any, method: str, *, after: bool) -> None:
        super().__init__(whole, method, after=after)
        self._calls = 0

    def __getattr__(self, name: str) -> Any:
        self._calls += name == self._method
        return super().__getattr__(name) if self._calls > 1 else getattr(self._whole, name)


def healed(there: World, before: str) -> None:
    """The next pass ends what was begun: one post with the new text, the earlier one kept once, nothing in doubt."""
    folder = Path(there.archive._root)
    assert (folder / POST).read_text() in (before, before.replace("tide turned", "rain came"))
    assert [f.kind for f in verify(there.archive, there.state)] == []
    there.later(minutes=20).run()
    assert there.posts == {POST: URL}
    assert (folder / POST).read_text() == before.replace("tide turned", "rain came")
    assert [p.relative_to(folder).as_posix() for p in (folder / ".revisions").rglob("*.md")] == [KEPT]
    assert (folder / KEPT).read_text() == before
    watch = there.state.watched([urls.key(URL)])[urls.key(URL)]
    assert (watch.revised, watch.is_over, watch.next_hash) == (1, False, b"")
    assert [f.kind for f in verify(there.archive, there.state)] == []
    assert there.later(minutes=20).run() == Tally(polled=1, unchanged=1)


@pytest.mark.parametrize(
    ("part", "method", "cut", "after"),
    [
        ("state", "watch", Cut, False),
        ("state", "watch", Cut, True),
        ("revisions", "put", Cut, False),
        ("revisions", "put", Cut, True),
        ("archive", "put", Cut, False),
        ("archive", "put", Cut, True),
        ("state", "watch", Nth, False),
        ("state", "watch", Nth, True),
    ],
)
def test_at_each_step_is_healed(there: World, part: str, method: str, cut: type[Cut], after: bool) -> None:
    before = there.archive.read(POST).decode()
    with pytest.raises(Crash):
        there.run(**dict[str, Any]({part: cut(getattr(there, part), method, after=after)}))
    healed(there, before)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("after", [False, True], ids=["before the rename", "after it"])
def test_within_a_write_is_healed(
    there: World, number: int, after: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = there.archive.read(POST).decode()
    with dying(number, monkeypatch, after=after):
        there.run()
    healed(there, before)
    assert there.archive.sweep() == (0 if after else 1)


def test_a_persons_edit_between_crash_and_healing_is_theirs(there: World, tmp_path: Path) -> None:
    with pytest.raises(Crash):
        there.run(archive=Cut(there.archive, "put", after=True))
    (tmp_path / POST).write_text("mine")
    assert there.later(minutes=20).run().revised == 0
    assert (tmp_path / POST).read_text() == "mine"


def test_a_change_that_a_poll_noticed_outlives_a_crash(tmp_path: Path) -> None:
    there = World(tmp_path, {FEED: rss(*stories(HOST, 1)), URL: article(1)})
    there.run()
    there.pages |= {FEED: rss(*stories(HOST, 1, text="Corrected.")), URL: NEW}
    with pytest.raises(Crash):
        there.later(minutes=16).run(state=Cut(there.state, "admit", after=True))
    assert there.later(hours=1).run() == Tally(polled=1, unchanged=1, fetched=1, revised=1)
