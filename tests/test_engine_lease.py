"""The lease, by a clock set by hand."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from crawler.engine.lease import BEAT_S, LEASE_S, RESCUE_S, Lease
from crawler.errors import StateError
from tests.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def lease(clock: FakeClock) -> Lease:
    return Lease(clock.monotonic)


def pass_s(clock: FakeClock, seconds: float) -> None:
    clock.advance(timedelta(seconds=seconds))


def in_slice(lease: Lease, *steps: str) -> list[str]:
    """Begin a slice in a task of its own, and take steps in it; return what the guard said."""
    said: list[str] = []

    async def task() -> None:
        lease.begin()
        for step in steps:
            await asyncio.sleep(0)
            try:
                lease.guard()
                said.append(f"{step}: ours")
            except StateError:
                said.append(f"{step}: lost")

    asyncio.run(task())
    return said


def test_several_signs_of_life_may_be_lost_and_others_come_long_after() -> None:
    assert 3 * BEAT_S < LEASE_S < RESCUE_S - BEAT_S


def test_it_is_ours_as_long_as_we_are_heard_of(clock: FakeClock, lease: Lease) -> None:
    for _ in range(10):
        pass_s(clock, LEASE_S)
        assert not lease.is_lost
        lease.renew(clock.monotonic())
    pass_s(clock, LEASE_S + 0.001)
    assert lease.is_lost


def test_a_sign_of_life_counts_from_when_it_was_sent(clock: FakeClock, lease: Lease) -> None:
    sent = clock.monotonic()
    pass_s(clock, LEASE_S)
    lease.renew(sent)
    pass_s(clock, 0.001)
    assert lease.is_lost


def test_one_that_arrives_late_takes_nothing_back(clock: FakeClock, lease: Lease) -> None:
    early = clock.monotonic()
    pass_s(clock, 3)
    lease.renew(clock.monotonic())
    lease.renew(early)
    pass_s(clock, LEASE_S)
    assert not lease.is_lost


def test_nothing_begins_while_it_is_lost(clock: FakeClock, lease: Lease) -> None:
    pass_s(clock, RESCUE_S)
    with pytest.raises(StateError, match="begins nothing"):
        lease.begin()


def test_outside_of_slices_nothing_is_refused(clock: FakeClock, lease: Lease) -> None:
    pass_s(clock, RESCUE_S)
    lease.guard()


def test_a_slice_may_send_while_it_is_ours(lease: Lease) -> None:
    assert in_slice(lease, "first", "second") == ["first: ours", "second: ours"]


def test_what_a_slice_starts_is_its_own_and_nobody_elses(clock: FakeClock, lease: Lease) -> None:
    """Turns are tasks of their own; those of an older slice stay lost where a newer one may go on."""
    said: list[str] = []

    async def turn(name: str, go: asyncio.Event) -> None:
        await go.wait()
        try:
            lease.guard()
            said.append(f"{name} goes on")
        except StateError:
            said.append(f"{name} is lost")

    async def one_slice(name: str, go: asyncio.Event) -> None:
        lease.begin()
        await asyncio.create_task(turn(name, go))

    async def work() -> None:
        go = asyncio.Event()
        old = asyncio.create_task(one_slice("old", go))
        await asyncio.sleep(0)
        pass_s(clock, RESCUE_S)
        lease.renew(clock.monotonic())
        new = asyncio.create_task(one_slice("new", go))
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(old, new)
        lease.guard()  # here is no slice

    asyncio.run(work())
    assert sorted(said) == ["new goes on", "old is lost"]


def test_what_was_lost_once_stays_lost_though_we_are_heard_of_again(clock: FakeClock, lease: Lease) -> None:
    said: list[str] = []

    async def work() -> None:
        lease.begin()
        for seconds in (LEASE_S, RESCUE_S):
            pass_s(clock, seconds)
            try:
                lease.guard()
                said.append("ours")
            except StateError:
                said.append("lost")
            lease.renew(clock.monotonic())
        with pytest.raises(StateError, match="others' now"):
            lease.guard()

    asyncio.run(work())
    assert said == ["ours", "lost"]
    assert not lease.is_lost
    assert in_slice(lease, "next") == ["next: ours"]
