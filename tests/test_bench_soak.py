"""bench/soak.py: a small simulation holds what the large one promises, and its checks see what they should."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bench.soak_checks import Asked, Ended, manners
from bench.soak_clock import FastLoop, LoopClock
from bench.soak_run import Stage
from bench.soak_serve import lateness
from bench.soak_world import KINDS, MAX_AGE_S, SILENCE_S, sites

ROOT = Path(__file__).parents[1]


def test_eighteen_hours_with_faults_lose_nothing_and_leave_every_host_in_peace(tmp_path: Path) -> None:
    """One source of each of the first twelve kinds, a burst, three restarts, a crash, a state that is lost."""
    command = [sys.executable, "-m", "bench.soak", "--sources", "12", "--hours", "18", "--inline"]
    done = subprocess.run([*command, "--folder", tmp_path], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.splitlines()
    assert [line for line in said if line.endswith("faults")] == [
        f"{what}: no faults" for what in ("articles", "manners", "punctuality", "status", "state", "memory")
    ]
    assert any(line.startswith("killed at hour 1") for line in said)
    assert "state deleted at hour 12.00" in said


def test_serving_keeps_time_and_heeds_a_new_configuration() -> None:
    command = [sys.executable, "-m", "bench.soak_serve", "--sources", "22", "--hours", "2", "--inline"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if line.endswith("faults")] == [
        f"{what}: no faults" for what in ("punctuality", "configuration", "memory")
    ]


@pytest.mark.parametrize(
    ("pages", "late"),
    [((), 7.0), ((100.0, 102.0, 104.0), 0.0), ((100.0, 101.0), 3.0), ((90.0,), 7.0)],
    ids=["at rest", "busy until then", "busy for a while", "at rest again"],
)
def test_a_poll_is_late_from_when_its_host_was_at_rest(pages: tuple[float, ...], late: float) -> None:
    log = [*(asked(at, "/1") for at in pages), asked(107.0)]
    assert list(lateness([100.0, 200.0], log)) == [("", late)]


def test_the_large_simulation_has_two_hundred_sources_of_all_kinds() -> None:
    there = sites(200, 72, 1)
    assert len(there) == sum(KINDS.values()) == 200
    assert {site.kind for site in there[: len(KINDS)]} == set(KINDS)
    assert [site.stories for site in sites(200, 72, 1)] == [site.stories for site in there]


def test_simulated_days_cost_no_time() -> None:
    loop = FastLoop(3600.0)
    clock = LoopClock(loop)

    async def work() -> float:
        await clock.sleep(0.5)
        await asyncio.gather(clock.sleep(86_400), clock.sleep(3600), asyncio.to_thread(int))
        return clock.monotonic()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        ended = runner.run(work())
    assert 3600.5 + 86_400 <= ended < 3600.5 + 86_400 + 60
    assert loop.working == 0


def asked(at: float, path: str = "/feed", status: int = 200, manner: str = "whole", active: int = 1) -> Asked:
    return Asked(at, "", path, status, manner, 9, active)


HOUR = 3600.0
WELL = [
    [asked(0), asked(HOUR), asked(HOUR + 1, "/a/1"), asked(HOUR + 2, "/a/2")],
    [asked(0, status=503), asked(SILENCE_S + HOUR)],
    [asked(0, "/a/1"), asked(1, "/a/2", manner="cut"), asked(2, "/a/2")],
    [asked(0, "/a/1"), asked(2, manner="close"), asked(3)],
]
ILL = [
    ([asked(0), asked(0.9, "/a/1")], "within 0.900 s"),
    ([asked(0), asked(1, "/a/1", active=2)], "2 requests at once"),
    ([asked(0, status=429), asked(SILENCE_S - 1, "/a/1")], "1 s before Retry-After"),
    ([asked(0), asked(60)], "polled after 60 s of 840"),
    ([asked(0, "/a/1"), asked(9, "/a/1")], "/a/1 fetched again"),
    ([asked(0, manner="close"), asked(2)], "polled after 2 s"),
    ([asked(0, manner="close"), asked(1, manner="close"), asked(2)], "polled after 1 s"),
]


def faults(log: list[Asked], kind: str = "plain", crashed_s: float | None = None) -> list[str]:
    site = next(site for site in sites(200, 72, 1) if site.kind == kind and site.index % 5 == 0)
    stage = Stage(Path(), 200, 72, 1, 0, 72 * HOUR)
    return list(manners(Ended(stage, crashed_s, asked={site.host: log}), site))


@pytest.mark.parametrize("log", WELL)
def test_good_manners_are_no_fault(log: list[Asked]) -> None:
    assert faults(log) == []


@pytest.mark.parametrize(("log", "fault"), ILL)
def test_bad_manners_are_seen(log: list[Asked], fault: str) -> None:
    found = faults(log)
    assert len(found) == 1
    assert fault in found[0]


def test_what_a_host_asks_for_itself_is_asked_of_us() -> None:
    assert "within 2.000 s" in faults([asked(0, "/robots.txt"), asked(2, "/a/1")], "delay")[0]
    assert "against robots.txt" in faults([asked(0, "/a/1")], "robots")[0]
    assert f"of {MAX_AGE_S}" in faults([asked(0), asked(MAX_AGE_S - 1)], "max-age")[0]


def test_a_page_that_was_under_way_when_the_power_went_may_be_fetched_again() -> None:
    log = [asked(10, "/a/1"), asked(20, "/a/1")]
    assert faults(log, crashed_s=11) == []
    assert faults(log, crashed_s=9) != []
