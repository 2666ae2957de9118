"""Open archive and state as the configuration names them: for a run, for reading, for a trial.

Rule: no decisions about items; only how things are opened, locked, recovered and closed. What touches the network
is built in `shop`.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ..archive import Archive, OpenArchive, lock, open_archive
from ..config import Config
from ..errors import Locked, StateDamaged
from ..shelving import finish
from ..state import State
from ..state.opening import copy_to_memory, exists, is_remote, open_reader, open_shared, open_state, set_aside
from ..wording import counted
from .common import DatabaseClock, SystemClock

if TYPE_CHECKING:  # the network room takes half a second to load
    from ..fetcher import Clock

log = logging.getLogger(__name__)

#: Seconds that a worker waits for another one that makes the state out of the archive.
LEARNING_S = 600


@dataclass(frozen=True, slots=True)
class Store:
    """The archive and the state, ours alone while the run lasts."""

    archive: Archive
    state: State


def clock_of(config: Config) -> SystemClock:
    """Return the clock that a state goes by: this machine's, or that of its server once it is opened."""
    return DatabaseClock() if is_remote(config.state) else SystemClock()


def _set(clock: Clock, state: State) -> None:
    """Set a clock by the server of a state, before anything is written by it."""
    if isinstance(clock, DatabaseClock):
        clock.set_by(state.many.now())


@contextmanager
def locked_store(config: Config, clock: Clock) -> Iterator[Store]:
    """Open archive and state for a run, recovering the state from the files where it is lost or damaged.

    Raises:
        Locked: another run is at work.
        ArchiveError, StateError: they cannot be written.
    """
    archive = open_archive(config.place)
    archive.check_writable()
    with lock(config.archive):
        state = recovered_state(config, archive, clock)
        try:
            clear_up(archive, state)
            state.take_shard(f"{socket.gethostname()}:{os.getpid()}", clock.now())
            finish(archive, state)
            yield Store(archive, state)
        except StateDamaged:
            state.close()
            aside = set_aside(config.state, clock.now())
            log.warning("set aside as %s; the next run makes it anew from the archive", aside)
            raise
        finally:
            state.close()


@contextmanager
def shared_store(config: Config, clock: Clock) -> Iterator[Store]:
    """Open archive and state for one of many workers; the first one of all makes the state, and learns the archive.

    Raises:
        Locked: a run works the whole state.
        ArchiveError, StateError: they cannot be written.
    """
    archive = open_archive(config.place)
    archive.check_writable()
    state = _whole_state(config, archive, clock)
    try:
        _set(clock, state)
        state.sync_sources(config.sources, clock.now())
        yield Store(archive, state)
    finally:
        state.close()


@contextmanager
def store_beside(config: Config, clock: Clock) -> Iterator[tuple[Store, bool]]:
    """Open archive and state for a command that is done alone, or by the workers that are there; tells which.

    Raises:
        Locked: another run is at work, and there are no workers.
        ArchiveError, StateError: they cannot be written.
    """
    with ExitStack() as stack:
        try:
            store, is_shared = stack.enter_context(locked_store(config, clock)), False
        except Locked:
            if not is_remote(config.state):
                raise
            store, is_shared = stack.enter_context(shared_store(config, clock)), True
        yield store, is_shared


def _whole_state(config: Config, archive: Archive, clock: Clock) -> State:
    """Open the state for one of many; where it does not know the archive yet, one of them learns it alone."""
    is_told = False
    for _ in range(LEARNING_S):
        try:
            state = open_shared(config.state)
            if state.is_whole():
                return state
            state.close()
            recovered_state(config, archive, clock).close()
        except Locked as e:  # another one learns, or is about to; or workers of an older version are still there
            log.log(logging.DEBUG if is_told else logging.INFO, "waiting: %s", e)
            is_told = True
            time.sleep(1)
    return open_shared(config.state)


def clear_up(archive: OpenArchive, state: State) -> None:
    """Remove what the last run left half written, if it did not end by itself.

    One that was cut off before it began left nothing but what it tried the archive with, at its root.
    """
    last = state.diary.last_run()
    left = archive.sweep(None if last is None or last.ended is None else [""])
    if left:
        log.warning("removed %d half-written files of a run that was cut off", left)


def recovered_state(config: Config, archive: Archive, clock: Clock) -> State:
    """Open the state; one that is damaged is set aside, one that is new learns what the archive holds."""
    try:
        state = _with_sources(config, clock)
    except StateDamaged as e:
        aside = set_aside(config.state, clock.now())
        log.warning("%s; set aside as %s, made anew from the archive", e, aside)
        state = _with_sources(config, clock)
    if not state.is_whole():
        learn(archive, state, config, clock.now())
    return state


def _with_sources(config: Config, clock: Clock) -> State:
    """Open the state and use it a little: what rotted where no check looks is noticed while it can be mended."""
    state = open_state(config.state)
    try:
        _set(clock, state)
        state.sync_sources(config.sources, clock.now())
        state.is_whole()
    except BaseException:
        state.close()
        raise
    return state


def learn(archive: Archive, state: State, config: Config, now: datetime) -> int:
    """Enter the archive's posts into the state and say so."""
    from ..inventory import rebuild  # what reads posts is loaded where some are to be read

    built = rebuild(archive, state, now, config.sources)
    for line in built.lines():
        log.warning("%s", line)
    if built.articles:
        posts = counted(built.articles, "post")
        log.warning("the state was made anew from %s of the archive; none of them is fetched again", posts)
    return built.articles


@contextmanager
def reading_store(config: Config, clock: Clock) -> Iterator[Store]:
    """Open the state for reading beside a run; where it is missing or damaged, what the archive alone tells."""
    try:
        state = open_reader(config.state) if exists(config.state) else None
    except StateDamaged:
        state = None  # `trial_store` meets the same fault and says so
    if state is None:
        with trial_store(config, clock) as store:
            yield store
        return
    try:
        _set(clock, state)
        yield Store(open_archive(config.place), state)
    finally:
        state.close()


@contextmanager
def trial_store(config: Config, clock: Clock) -> Iterator[Store]:
    """Open a copy of the state in memory, for dry runs: nothing is written, no lock is needed."""
    from ..inventory import rebuild

    archive = open_archive(config.place)
    try:
        state = copy_to_memory(config.state) if exists(config.state) else open_state("sqlite://")
    except StateDamaged as e:
        log.warning("%s; the archive is read instead", e)
        state = open_state("sqlite://")
    try:
        state.sync_sources(config.sources, clock.now())
        if not state.is_whole():
            rebuild(archive, state, clock.now())
        yield Store(archive, state)
    finally:
        state.close()
