"""A crash at each step of an article neither loses nor doubles it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.archive import folder
from crawler.errors import FetchError
from crawler.memory import ArticleOutcome, Reservation
from crawler.model import Content, Tally
from tests.fakes import FEED, A, Answer, World, article, prose, rss, stories

HOST = "http://a.example"
URL = f"{HOST}/1"
POST = "_posts/2021-11-20-Story 1.md"
FULL = rss(*stories(HOST, 1, text=prose(1)))
SUMMARY = rss(*stories(HOST, 1))


def world(folder: Path, feed: str, page: str | Answer | FetchError, content: Content = "best") -> World:
    return World(folder, {FEED: feed, URL: page}, replace(A, content=content))


class Crash(BaseException):
    """The power is cut."""


@contextmanager
def dying(number: int, monkeypatch: pytest.MonkeyPatch, *, after: bool) -> Iterator[None]:
    """Let a run die at its n-th rename, before or after it, and leave what it was writing where it is."""
    rename, renames = os.rename, list[str]()

    def dies(place: str, target: str, **folders: int) -> None:
        renames.append(target)
        if len(renames) < number or after:
            rename(place, target, **folders)
        if len(renames) == number:
            raise Crash

    with monkeypatch.context() as cut:
        cut.setattr(os, "rename", dies)
        cut.setattr(folder, "_remove", lambda *_: None)
        with pytest.raises(Crash):
            yield


#: What a round of writes has, by the name that it goes by here.
WRITES: dict[str, type] = {"reserve": Reservation, "settle": ArticleOutcome}


def is_about(method: str, name: str, args: tuple[Any, ...]) -> bool:
    """Tell whether a call of a method is what another name says: a round of writes that has one of that kind."""
    if method not in WRITES or name != "record":
        return method == name
    return any(isinstance(write, WRITES[method]) for _, write in args[0])


class Cut:
    """Something of which one method dies, before or after its work."""

    def __init__(self, whole: Any, method: str, *, after: bool) -> None:
        self._whole, self._method, self._after = whole, method, after

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._whole, name)

        def dies(*args: Any, **kwargs: Any) -> Any:
            if not is_about(self._method, name, args):
                return method(*args, **kwargs)
            if self._after:
                method(*args, **kwargs)
            raise Crash

        return dies if callable(method) else method


class TestCrash:
    """At each step: the next pass writes what is missing, once, and fetches nothing whose file is there."""

    @pytest.mark.parametrize(
        ("part", "method", "after", "fetched_again"),
        [
            ("state", "admit", False, True),
            ("state", "admit", True, True),
            ("state", "reserve", False, True),
            ("state", "reserve", True, True),
            ("archive", "put", False, True),
            ("archive", "put", True, False),
            ("state", "settle", False, False),
            ("state", "settle", True, False),
        ],
    )
    def test_is_healed(self, tmp_path: Path, part: str, method: str, after: bool, fetched_again: bool) -> None:
        there = world(tmp_path, SUMMARY, article(1))
        whole = getattr(there, part)
        with pytest.raises(Crash):
            there.run(**dict[str, Any]({part: Cut(whole, method, after=after)}))
        assert len(there.posts) == (0 if fetched_again else 1)
        there.later(hours=1).run()
        assert there.posts == {POST: URL}
        assert (URL in there.targets) == fetched_again
        known = there.known(URL)
        assert known is not None
        assert (known.state, known.path) == ("done", POST)
        assert there.later(hours=1).run() == Tally(polled=1, unchanged=1)

    @pytest.mark.parametrize("after", [False, True], ids=["before the rename", "after it"])
    def test_within_the_write_is_healed(self, tmp_path: Path, after: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        there = world(tmp_path, SUMMARY, article(1))
        rename = os.rename

        def dies(old: str, new: str, **folders: int) -> None:
            if after:
                rename(old, new, **folders)
            raise Crash

        with monkeypatch.context() as cut:
            cut.setattr(os, "rename", dies)
            cut.setattr(folder, "_remove", lambda *_: None)
            with pytest.raises(Crash):
                there.run()
        left = list(tmp_path.rglob("*.tmp"))
        assert len(left) == (0 if after else 1)
        there.later(hours=1).run()
        assert there.posts == {POST: URL}
        assert (URL in there.targets) == (not after)

    def test_between_two_articles_keeps_the_first(self, tmp_path: Path) -> None:
        there = World(tmp_path, {FEED: rss(*stories(HOST, 1, 2, 3)), **{f"{HOST}/{n}": article(n) for n in (1, 2, 3)}})
        put: Callable[..., None] = there.archive.put
        written: list[str] = []

        def dies(path: str, data: bytes) -> None:
            if written:
                raise Crash
            put(path, data)
            written.append(path)

        whole, there.archive = there.archive, Cut(there.archive, "", after=False)
        there.archive.put = dies
        with pytest.raises(Crash):
            there.run()
        there.archive = whole
        assert list(there.posts) == written
        first = there.posts[written[0]]
        there.later(hours=1).run()
        assert len(there.posts) == 3
        assert first not in there.targets
