"""bench/cluster.py: its judge sees what it should."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench import cluster_judge as judge
from bench.cluster_polls import Due, at, lateness
from bench.cluster_server import cpu_s
from tests.cluster import Hit


def hits(*times: tuple[str, str, float, float]) -> list[Hit]:
    return [Hit(host, path, begun, ended) for host, path, begun, ended in times]


class TestManners:
    def test_gaps_run_from_end_to_beginning_at_each_host_by_itself(self) -> None:
        seen = hits(("a", "/1", 0, 1), ("b", "/1", 0.5, 1), ("a", "/2", 1.2, 1.3))
        found = judge.manners(seen, 0.2)
        assert (found.overlaps, found.near) == (0, 0)
        assert found.shortest_s == pytest.approx(0.2)
        assert judge.manners(seen, 0.3).near == 1

    def test_an_overlap_is_no_gap(self) -> None:
        seen = hits(("a", "/1", 0, 1), ("a", "/2", 0.9, 0.95), ("a", "/3", 1.1, 1.2))
        found = judge.manners(seen, 0.2)
        assert (found.overlaps, found.near) == (1, 1)  # the third came soon after the end of the first

    def test_feeds_count_and_robots_too(self) -> None:
        assert judge.manners(hits(("a", "/robots.txt", 0, 1), ("a", "/feed", 1, 2)), 0.2).near == 1


class TestWaits:
    def test_a_host_that_has_work_left_is_waited_for(self) -> None:
        seen = hits(("a", "/1", 0, 1), ("a", "/2", 30, 31), ("b", "/1", 12, 13))
        assert judge.longest_wait(seen, 10) == 20

    def test_one_without_work_left_is_not(self) -> None:
        seen = hits(("a", "/1", 0, 1), ("a", "/1", 30, 31), ("a", "/feed", 40, 41))
        assert judge.longest_wait(seen, 10) == 0

    def test_a_page_that_is_asked_for_again_ends_a_wait(self) -> None:
        seen = hits(("a", "/1", 0, 1), ("a", "/1", 15, 16), ("a", "/2", 18, 19))
        assert judge.longest_wait(seen, 10) == 2


def test_pages_are_counted_and_nothing_else() -> None:
    seen = hits(("a", "/1", 0, 1), ("a", "/1", 2, 3), ("b", "/1", 0, 1), ("a", "/feed", 4, 5), ("a", "/feed", 6, 7))
    assert judge.again(seen) == 1
    assert judge.pace(seen, 3.5) == 1.0
    assert judge.posts({"x", "y"}, ["x", "x", "z"]) == (1, 1, 1)


WELL = judge.Figures(
    "kill", 2, 2, 0, 0, 1, 5.0, 3.0, judge.Manners(0, 0, 0.2), 9.0, judge.Ended((-9, 143), 0, "all well")
)


def test_what_is_well_has_no_faults() -> None:
    assert WELL.faults == ()
    assert judge.row(WELL).startswith("| kill | 2 of 2 | 0 | 1 (5) | 3.0 s | 0 | 0 |")
    assert judge.row(WELL).count("|") == judge.HEAD.splitlines()[0].count("|")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"archived": 1}, "1 of 2 archived"),
        ({"doubled": 1}, "1 doubled"),
        ({"strange": 1}, "1 strange"),
        ({"twice": 6}, "6 pages fetched twice"),
        ({"wait_s": 15.1}, "waited 15.1 s"),
        ({"manners": judge.Manners(1, 0, -0.1)}, "1 overlaps"),
        ({"manners": judge.Manners(0, 1, 0.1)}, "1 too near"),
        ({"scene": "stop"}, "exit codes (-9, 143)"),
        ({"ended": judge.Ended((-9, 1), 0, "")}, "exit codes (-9, 1)"),
        ({"ended": judge.Ended((-9, 143), 6, "")}, "`verify` ended with 6"),
        ({"ended": judge.Ended((-9, 143), 0, "Traceback (most recent call last)")}, "a traceback"),
    ],
)
def test_what_is_not_is_told(change: dict[str, object], fault: str) -> None:
    (said,) = replace(WELL, **change).faults  # type: ignore[arg-type]
    assert fault in said


class TestLateness:
    SAID = (Due(seen=100, due=110), Due(seen=111, due=120), Due(seen=126, due=130))

    def late(self, *polls: float, ended: float = 129) -> list[float]:
        seen = hits(*(("a", "/feed", at, at) for at in polls), ("a", "/1", 0, 0), ("b", "/feed", 0, 0))
        return list(lateness(seen, {"http://a:80/feed": self.SAID}, "a", 80, 0, ended))

    def test_a_poll_is_late_by_what_the_state_said_before_it(self) -> None:
        assert self.late(50, 110.5, 125) == [0.5, 5]  # the first one came before anything was said

    def test_one_that_comes_early_is_not_late(self) -> None:
        assert self.late(109) == [0]

    def test_what_is_still_awaited_at_the_end_counts(self) -> None:
        assert self.late(125, ended=145) == [5, 15]

    def test_of_nothing_nothing_is_said(self) -> None:
        assert list(lateness([], {}, "a", 80, 0, 99)) == []
        assert at([], 0.95) == 0


def test_the_value_below_which_a_part_is() -> None:
    assert [at(range(1, 101), part) for part in (0.5, 0.95, 1)] == [50, 95, 100]


def test_the_time_of_children_counts_after_their_end() -> None:
    before = cpu_s(os.getpid())
    subprocess.run([sys.executable, "-c", "for _ in range(3_000_000): pass"], check=True)
    assert cpu_s(os.getpid()) > before
    assert cpu_s(2**22 + 1) == 0


def test_an_unknown_scene_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.cluster", "fire"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "invalid choice" in done.stderr
