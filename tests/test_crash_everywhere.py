"""A run that is killed before each change it makes to a file, one after another; and the plain run after it.

Whatever the kill hit, the second run ends well with every article archived once, byte for byte as in a run that nobody
killed; nothing half written is left, and the state is sound and agrees with the archive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crashsite import NUMBERS, SHARES, Site, crash_site

KILLED = -9


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with crash_site(tmp_path_factory.mktemp("crash")) as site:
        yield site


def lose(state: Path) -> None:
    state.unlink()


def damage(state: Path) -> None:
    state.write_bytes(b"no database" * 999)


#: What was there before the run that is killed: nothing, or a whole archive whose state something happened to.
BEFORE: dict[str, Callable[[Path], None] | None] = {"nothing": None, "a state lost": lose, "a state damaged": damage}


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("before", BEFORE)
def test_a_kill_before_any_change_loses_nothing(before: str, share: int, site: Site) -> None:
    accident = BEFORE[before]
    site.begin(site.kept if accident else None)
    if accident:
        accident(site.state)
    for where in site.kills(share):
        check_healed(site, where, again=0 if accident else 1)
    assert site.changes > (7 * len(NUMBERS) if before == "nothing" else 10), "each post is reserved, written, noted"


@pytest.mark.parametrize("number", [17, 45, 70])
@pytest.mark.parametrize("processes", [False, True], ids=["in one process", "with its parsers"])
def test_a_run_that_is_killed_loses_nothing(number: int, processes: bool, site: Site) -> None:
    site.begin()
    code, changes, said = site.run(before=number, processes=processes)
    assert code == KILLED, said
    check_healed(site, f"killed before change {number}: {changes[-1]}")


def check_healed(site: Site, where: str, again: int = 1) -> None:
    """Look at what a kill left, run again, and look once more; what was in work may be asked for again."""
    filed = site.filed()
    assert site.visible().items() <= site.whole.items(), f"a part of a post is seen, {where}"
    assert site.run()[0] == 0, where
    site.check_whole(where)
    asked = site.fetched()
    assert max(asked.values(), default=0) <= 2 * again, where
    assert {page for page, times in asked.items() if times > 1}.isdisjoint(filed), (
        f"only what was in work again, {where}"
    )
