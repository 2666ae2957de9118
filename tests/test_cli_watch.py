"""What goes on beside a run that lasts: its signs of life, and what is told of sources."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from crawler.cli import watch
from crawler.config import load
from crawler.errors import StateDamaged, StateError
from crawler.slices import Shop
from tests.conftest import Desk
from tests.fakes import World


@pytest.mark.parametrize("error", [StateError("the server is away"), StateDamaged("a table is missing")])
def test_what_cannot_be_told_for_now_ends_no_run_and_what_is_damaged_does(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, error: StateError
) -> None:
    config, there, asked = load(desk.config, {}), World(tmp_path / "posts", {}), list[bool]()

    async def tell(*_: object) -> None:
        asked.append(True)
        raise error

    monkeypatch.setattr(watch, "tell", tell)

    async def job(shop: Shop) -> str:
        for _ in range(2):
            there.clock.advance(watch.TELL_EVERY)
            await shop.beat()
            while len(asyncio.all_tasks()) > 1:
                await asyncio.sleep(0)
        return "done"

    number = there.state.diary.begin_run("serve", there.clock.now())

    def served() -> object:
        return there.work(lambda shop: watch.watched(job, lambda: config, shop, number, tells=True))

    if isinstance(error, StateDamaged):
        with pytest.raises(StateDamaged):
            served()
    else:
        assert served() == "done"
        assert "the server is away; it is tried again" in caplog.text
    assert asked == [True, True]
