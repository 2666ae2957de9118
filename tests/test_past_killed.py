"""Backfills as commands that come to grief: killed before any change of a file, stopped by a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import scripted
from tests.clock import START
from tests.conftest import Desk
from tests.crashsite import SHARES, Site, crash_site
from tests.fakes import article, says
from tests.scripted import listing, named
from tests.webserver import Line

OLD, DATE = range(21, 29), START - timedelta(days=400)
WORDS = ("Harbour", "--from", "feed")
BACKFILL: dict[str, Any] = {"command": "backfill", "scripted": True}
#: SPEC: a stop is over within 10 s, whatever hangs.
STOPPED_WITHIN_S = 10.0


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a dozen articles in its feed, and older ones in two lists."""
    with crash_site(tmp_path_factory.mktemp("killed")) as site:
        base = f"http://127.0.0.1:{site.server.port}"
        site.routes |= {f"/{n}": says(article(n), Content_Type="text/html") for n in OLD}
        first = listing("offers", *named(*(f"{base}/{n}" for n in OLD[:5]), date=DATE), f"onward {base}/lists/2")
        site.routes["/lists/feed"] = says(first)
        site.routes["/lists/2"] = says(listing(*named(*(f"{base}/{n}" for n in OLD[3:]), date=DATE)))
        site.begin(site.kept)
        code, _, said = backfill(site, rehearsal=True)
        assert (code, "8 archived" in said) == (0, True), said
        yield replace(site, whole=site.posts())


def backfill(site: Site, **order: Any) -> tuple[int, list[str], str]:
    return site.run(*WORDS, **BACKFILL, **order)


@pytest.mark.parametrize("share", SHARES)
def test_a_kill_before_any_change_loses_nothing(share: int, site: Site) -> None:
    site.begin(site.kept)
    for where in site.kills(share, *WORDS, **BACKFILL):
        filed = site.filed()
        assert backfill(site)[0] == 0, where
        site.check_whole(where)
        asked = site.fetched()
        assert max(asked.values(), default=0) <= 2, where
        assert {page for page, times in asked.items() if times > 1}.isdisjoint(filed), (
            f"only what was in work again, {where}"
        )
    assert site.changes > 5 * len(OLD)


def test_a_signal_while_the_feed_hangs_stops_it(site: Site) -> None:
    site.begin()
    kept = site.routes["/feed"]
    site.routes["/feed"] = Line.hang
    command = [sys.executable, "-m", "crawler", "backfill", *WORDS, "--config", str(site.folder / "config.yaml")]
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            end = time.monotonic() + 40
            while "/feed" not in site.server.targets and process.poll() is None and time.monotonic() < end:
                time.sleep(0.02)
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
    finally:
        site.routes["/feed"] = kept
    assert time.monotonic() - begun < STOPPED_WITHIN_S
    assert (process.returncode, "Traceback" in err) == (130, False)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_says_what_is_left(number: int, code: int, desk: Desk) -> None:
    undo = scripted.install("")
    desk.routes |= {f"/{n}": says(article(n), Content_Type="text/html") for n in OLD}
    desk.routes["/lists/feed"] = says(listing("offers", *named(*(f"{desk.base}/{n}" for n in OLD))))
    whole = desk.routes["/23"]

    async def stopping(line: Line) -> None:
        os.kill(os.getpid(), number)
        await whole(line)

    desk.routes["/23"] = stopping
    try:
        said = desk.run("backfill", "Harbour")
        assert said.code == code
        assert "not done yet: 8 listed, 8 of them to fetch, 3 archived, 5 left" in said.out
        assert said.out.endswith("  the same command goes on from here\n")
        desk.routes["/23"] = whole
        assert desk.run("backfill", "Harbour").code == 0
        assert sorted(set(desk.targets) & {f"/{n}" for n in OLD}) == [f"/{n}" for n in OLD[3:]]
    finally:
        undo()


def test_another_run_at_work_is_said(site: Site, tmp_path: Path) -> None:
    from crawler.archive import lock

    site.begin(site.kept)
    with lock(site.archive):
        code, _, said = backfill(site)
    assert (code, "another run is at work" in said) == (5, True)
