"""`crawler serve`: goes on until it is told to stop, and heeds a configuration that changed."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from crawler.archive import lock
from crawler.cli.common import read_config
from crawler.cli.parts import Store, locked_store
from crawler.cli.reload import kept
from crawler.config import Config
from crawler.fetcher import Clock
from tests.conftest import Desk
from tests.fakes import article, rss, says, stories
from tests.test_cli_run import POSTS, stopping
from tests.webserver import Line


class TestServe:
    def test_polls_again_when_a_source_is_due_until_it_is_told_to_stop(self, desk: Desk) -> None:
        polls: list[float] = []
        answer = desk.routes["/feed"]

        async def feed(line: Line) -> None:
            polls.append(desk.clock.monotonic())
            await answer(line)
            if len(polls) == 4:
                os.kill(os.getpid(), signal.SIGTERM)

        desk.routes["/feed"] = feed
        said = desk.run("serve")
        assert (said.code, said.out) == (143, "")
        assert said.err.startswith("info: serving 1 source into "), "docker logs show that it lives"
        assert len([line for line in said.err.splitlines() if "archived as" in line]) == 3
        assert desk.posts == POSTS
        pauses = [later - earlier for earlier, later in itertools.pairwise(polls)]
        assert all(13 * 60 < pause < 16 * 60 for pause in pauses)

    def test_is_alone(self, desk: Desk) -> None:
        with lock(desk.archive):
            assert desk.run("serve").code == 5

    def test_ends_at_ctrl_c(self, desk: Desk) -> None:
        desk.routes["/feed"] = stopping(signal.SIGINT, desk.routes["/feed"])
        assert desk.run("serve").code == 130


class TestReload:
    """`serve` heeds a configuration that changed, at SIGHUP or by itself, and none that is faulty."""

    @pytest.fixture
    def lagoon(self, desk: Desk) -> dict[str, str]:
        desk.routes["/2"] = says(article(2), Content_Type="text/html")
        desk.routes["/lagoon"] = says(rss(*stories(desk.base, 2)))
        return {"name": "Lagoon", "url": f"{desk.base}/lagoon"}

    @staticmethod
    def when_polled(desk: Desk, times: int, act: Callable[[], None]) -> None:
        """Do something after so many polls of the first source."""
        answer, polls = desk.routes["/feed"], itertools.count(1)

        async def feed(line: Line) -> None:
            await answer(line)
            if next(polls) == times:
                act()

        desk.routes["/feed"] = feed

    @staticmethod
    def hang_up() -> None:
        os.kill(os.getpid(), signal.SIGHUP)

    @pytest.mark.parametrize("is_told", [True, False])
    def test_a_new_source_is_polled_and_an_old_one_no_more(
        self, is_told: bool, desk: Desk, lagoon: dict[str, str]
    ) -> None:
        def change() -> None:
            desk.configure(lagoon)
            if is_told:
                self.hang_up()

        self.when_polled(desk, 1, change)
        desk.routes["/lagoon"] = stopping(signal.SIGTERM, desk.routes["/lagoon"])
        began = desk.clock.monotonic()
        said = desk.run("serve")
        assert said.code == 143
        assert "the configuration was read anew: 1 source" in said.err
        assert desk.targets.count("/feed") == 1
        assert desk.clock.monotonic() - began <= 60

    def test_a_faulty_one_changes_nothing_and_is_said_once(self, desk: Desk, lagoon: dict[str, str]) -> None:
        def spoil() -> None:
            desk.configure(lagoon, ever="1h")

        self.when_polled(desk, 1, spoil)
        self.when_polled(desk, 3, lambda: os.kill(os.getpid(), signal.SIGTERM))
        said = desk.run("serve")
        assert said.code == 143
        assert said.err.count("the configuration stays as it was, for the new one is faulty: ") == 1
        assert 'unknown key "ever"' in said.err
        assert "/lagoon" not in desk.targets

    def test_what_needs_a_start_is_named(self, desk: Desk, lagoon: dict[str, str]) -> None:
        def change() -> None:
            fetch = {"per_host_delay": "0s", "robots": False, "concurrency": 2}
            desk.configure({"name": "Harbour", "url": f"{desk.base}/feed"}, lagoon, archive="elsewhere", fetch=fetch)

        self.when_polled(desk, 1, change)
        desk.routes["/lagoon"] = stopping(signal.SIGTERM, desk.routes["/lagoon"])
        said = desk.run("serve")
        assert "archive, state, fetch.allow_private_networks: heeded at the next start only" in said.err
        assert desk.posts == POSTS
        assert not (desk.folder / "elsewhere").exists()

    def test_a_file_that_is_gone_for_a_moment_is_waited_for(self, desk: Desk) -> None:
        self.when_polled(desk, 1, desk.config.unlink)
        self.when_polled(desk, 3, lambda: os.kill(os.getpid(), signal.SIGTERM))
        said = desk.run("serve")
        assert said.code == 143
        assert "configuration" not in said.err

    def test_to_whom_notify_may_speak_is_as_at_the_start_too(self, desk: Desk) -> None:
        before = read_config(desk.config)
        after = read_config(desk.configure(fetch={"concurrency": 2}).config)
        assert not after.limits.allow_private_networks
        assert kept(before, after) == replace(after, limits=replace(after.limits, allow_private_networks=True))

    def test_a_word_while_it_starts_ends_nothing(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        missed: list[int] = []
        handler = signal.signal(signal.SIGHUP, lambda number, _: missed.append(number))

        def opening(config: Config, clock: Clock) -> AbstractContextManager[Store]:
            self.hang_up()
            return locked_store(config, clock)

        monkeypatch.setattr("crawler.cli.run.locked_store", opening)
        self.when_polled(desk, 1, lambda: os.kill(os.getpid(), signal.SIGTERM))
        try:
            said = desk.run("serve")
        finally:
            signal.signal(signal.SIGHUP, handler)
        assert said.code == 143
        assert missed == []
        assert "the configuration was read anew: 1 source" in said.err
