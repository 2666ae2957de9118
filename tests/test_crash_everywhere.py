"""A run that is killed before each change it makes to a file, one after another; and the plain run after it.

Whatever the kill hit, the second run ends well with every article archived once, byte for byte as in a run that nobody
killed; nothing half written is left, and the state is sound and agrees with the archive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crashsite import NUMBERS, SHARES, Site, crash_site, dealt

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
    changes = next(filter(None, (killed(site, BEFORE[before], number) for number in dealt(share))))
    assert changes > (7 * len(NUMBERS) if before == "nothing" else 10), "each post is reserved, written, noted"


@pytest.mark.parametrize("number", [17, 45, 70])
def test_a_kill_of_a_run_with_its_parsers_loses_nothing(number: int, site: Site) -> None:
    assert killed(site, None, number, processes=True) == 0


def killed(site: Site, accident: Callable[[Path], None] | None, number: int, processes: bool = False) -> int:
    """Kill a run before one change, run again, and look; return 0, or how many changes it made when it ended before."""
    site.begin(site.kept if accident else None)
    if accident:
        accident(site.state)
    code, changes, said = site.run(before=number, processes=processes)
    if code != KILLED:
        assert code == 0, said
        return len(changes)
    where, filed = f"killed before change {number}: {changes[-1]}", site.filed()
    assert site.visible().items() <= site.whole.items(), f"a part of a post is seen, {where}"
    assert site.run()[0] == 0, where
    site.check_whole(where)
    asked = site.fetched()
    assert max(asked.values(), default=0) <= (0 if accident else 2), where
    assert {page for page, times in asked.items() if times > 1}.isdisjoint(filed), (
        f"only what was in work again, {where}"
    )
    return 0
