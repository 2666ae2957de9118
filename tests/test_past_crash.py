"""A crash at each step of a backfill neither loses nor doubles an article."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crawler.past import ALWAYS, Asked
from crawler.slices import tick
from crawler.slices.backfill import begin
from crawler.slices.going import JOBS_A_TURN
from tests.fakes import FEED, A, World, article, rss
from tests.scripted import ROOT, listing, named
from tests.test_article_crash import Crash, Cut, is_about

pytestmark = pytest.mark.usefixtures("scripted")

OLD = "http://old.example"
NUMBERS = range(1, 13)
ALL = sorted(f"{OLD}/{n}" for n in NUMBERS)


class Late:
    """Lets so many calls of a method pass, then the power is cut: before its work, or after."""

    def __init__(self, whole: Any, method: str, calls: int, *, after: bool) -> None:
        self._whole, self._method, self._calls, self._after = whole, method, calls, after

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._whole, name)

        def dies(*args: Any, **kwargs: Any) -> Any:
            if not is_about(self._method, name, args):
                return method(*args, **kwargs)
            self._calls -= 1
            if self._calls >= 0:
                return method(*args, **kwargs)
            if self._after:
                method(*args, **kwargs)
            raise Crash

        return dies if callable(method) else method


class Whole:
    """A state of which the part for backfills is another one."""

    def __init__(self, state: Any, backfills: Any) -> None:
        self._state, self.backfills = state, backfills

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)


def world(folder: Path) -> World:
    first = listing("offers", *named(*(f"{OLD}/{n}" for n in NUMBERS[:6])), f"onward {ROOT}/2")
    second = listing(*named(*(f"{OLD}/{n}" for n in NUMBERS[4:])))
    pages = {f"{OLD}/{n}": article(n) for n in NUMBERS}
    return World(folder, {FEED: rss(), f"{ROOT}/feed": first, f"{ROOT}/2": second} | pages)


CUTS = [
    *(("backfills", method) for method in ("resume", "begin", "add", "end_step", "take", "end", "add_worked")),
    *(("state", method) for method in ("reserve", "settle")),
    ("archive", "put"),
]


@pytest.mark.parametrize("calls", [0, 1, 2])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("part", "method"), CUTS)
@pytest.mark.parametrize("healer", ["backfill", "run, then backfill"])
def test_is_healed(tmp_path: Path, healer: str, part: str, method: str, after: bool, calls: int) -> None:
    there = world(tmp_path)
    whole = there.archive if part == "archive" else there.state.backfills if part == "backfills" else there.state
    late: Any = Late(whole, method, calls, after=after)
    fields = {"archive": late} if part == "archive" else {"state": late}
    fields = {"state": Whole(there.state, late)} if part == "backfills" else fields
    crashed = True
    try:
        there.past("feed", **fields)
        crashed = False
    except Crash:
        pass
    assert crashed or calls > 0, "each of them is called at least once"
    before, asked = set(there.froms), there.targets
    if healer != "backfill":
        there.later(hours=1).run()
        asked = asked + there.targets
    _, done = there.later(hours=1).past("feed")
    assert done.state == "done"
    assert there.froms == ALL
    assert not before & set(there.targets), "what is archived is not asked for"
    again = [url for url in set(asked) & set(there.targets) if url in ALL]
    assert len(again) <= JOBS_A_TURN, "only what was in work"
    assert there.state.frontier() == (0, 0)


def test_of_taken_articles_is_healed_by_a_run_which_leaves_the_backlog(tmp_path: Path) -> None:
    there = world(tmp_path)
    with pytest.raises(Crash):
        there.past("feed", state=Cut(there.state, "settle", after=False), limit=3)
    waiting = there.state.frontier()[0]
    assert waiting == 3
    there.later(hours=1).run()
    assert len(there.froms) == 3
    assert there.state.backfills.all()[0].in_hand == 0


def test_at_the_beginning_leaves_no_backfill_that_skips_its_method(tmp_path: Path) -> None:
    there = world(tmp_path)

    async def begun(shop: Any) -> Any:
        await tick(shop)
        return await begin(shop, A, Asked(("feed",), ALWAYS))

    for after in (False, True):
        cut = Whole(there.state, Cut(there.state.backfills, "begin", after=after))
        with pytest.raises(Crash):
            there.work(begun, state=cut)
    (one,) = there.state.backfills.all()
    assert one.waiting == 1
