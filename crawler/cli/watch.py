"""Tell what happens: signs of life of a run into the state, changes of health to `notify`, a ping to the watcher.

Rule: what cannot be told is a warning and a line in `status`, and is tried again by the next run; nothing here ends
a run. What was told is saved only after it arrived: rather twice than never.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, ParamSpec, Protocol, TypeVar

from .. import pulse, telling
from ..config import Config
from ..errors import StateDamaged, StateError
from ..model import Tally
from ..notify import channel, deliver, ping
from ..slices import Shop
from ..state import State
from ..wording import iso
from .report import subjects
from .safe import plain, to_json
from .shop import user_agent

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

#: How often a run gives a sign of life at most, and how often `serve` looks whether there is something to tell.
BEAT_EVERY, TELL_EVERY = timedelta(seconds=30), timedelta(minutes=5)


class Database(Protocol):
    """Calls a method of the state, in the thread where that is allowed."""

    async def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call it."""
        ...


async def here(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a method of the state in this thread."""
    return call(*args, **kwargs)


async def tell(config: Config, state: State, now: datetime, database: Database) -> None:
    """Send what changed since it was last told of, all in one message."""
    if not channel(config.notify):
        return
    found = telling.changes(await database(subjects, config, state, now))
    if not found:
        await database(_forget_error, state)
        return
    error = await send(config, telling.message(found), now)
    if error:
        log.warning("notify: %s: %s; the next run tries again", channel(config.notify), error)
        await database(state.diary.note_telling, {}, f"{iso(now)}: {channel(config.notify)}: {error}")
    else:
        await database(state.diary.note_telling, {change.url: change.trouble for change in found})


def _forget_error(state: State) -> None:
    if state.diary.telling_error():
        state.diary.note_telling({})


async def send(config: Config, message: telling.Message, now: datetime) -> str:
    """Send one message; returns why it did not arrive, or ""."""
    safe = telling.Message(message.event, plain(message.subject), plain(message.text))
    return await deliver(config.notify, safe, payload(message, now), config.limits, user_agent(config))


def payload(message: telling.Message, now: datetime) -> bytes:
    """Return a message as JSON, passwords in addresses masked; keys are added to, never renamed."""
    fields: dict[str, Any] = asdict(message)
    return to_json(fields | {"time": iso(now)}).encode()


async def tell_watcher(config: Config) -> None:
    """Ping the address of `notify.ping`, where there is one."""
    error = await ping(config.notify, config.limits, user_agent(config)) if config.notify.ping else ""
    if error:
        log.warning("notify.ping: %s", error)


async def give_out(config: Config, state: State, now: datetime, database: Database, *, is_new: bool) -> None:
    """Publish the archive where that is wished: after something was filed, and where it failed before."""
    if not config.publish.git or not (is_new or await database(state.diary.publishing_error) != ""):
        return
    from ..publish import publish  # few archives are published so

    error = plain(await publish(config.publish, config.archive))
    if error:
        log.warning("publish: %s; the next run tries again", error)
    await database(state.diary.note_publishing, f"{iso(now)}: {error}" if error else "")


async def after_run(config: Config, state: State, now: datetime, *, is_well: bool, is_new: bool = False) -> None:
    """Tell after a pass what there is to tell, publish what is new, and tell that it did its work."""
    await tell(config, state, now, here)
    await give_out(config, state, now, here, is_new=is_new)
    if is_well:
        await tell_watcher(config)


def warn_of_pause(config: Config, state: State, now: datetime) -> None:
    """Say at the beginning of a run that there was none for long, or that the last one was cut off."""
    known = pulse.crawler_report(state.diary.spans(pulse.KINDS, pulse.RUNS), config.sources, now)
    if known.health == "ok" or known.last_run is None:
        return
    is_short = known.health == "stale" and now - known.last_run < min(s.stale_after for s in config.sources)
    log.log(logging.INFO if is_short else logging.WARNING, "until now, %s", known.reason)


def filed(tally: Tally) -> int:
    """Return how many posts a run wrote or rewrote."""
    return tally.archived + tally.revised + tally.hung


class Heart:
    """Beats beside a run; in `serve` it tells, too, since such a run has no end.

    Args:
        config: gives what is configured now, for `notify`.
        shop: the parts of the run.
        run: its number.
        tells: whether to tell while it goes on.
    """

    def __init__(self, config: Callable[[], Config], shop: Shop, run: int, *, tells: bool) -> None:
        self._config = config
        self._shop = shop
        self._run = run
        self._tells = tells
        self._beaten = self._told = shop.clock.now()
        self._task: asyncio.Task[None] | None = None
        self._filed = self._published = 0

    def saw(self, tally: Tally) -> None:
        """Note how much was filed by now, and pass it on."""
        self._filed = filed(tally)
        self._shop.saw(tally)

    async def beat(self) -> None:
        """Give a sign of life, if the last one is some time ago."""
        now = self._shop.clock.now()
        if now - self._beaten >= BEAT_EVERY:
            self._beaten = now
            await self._shop.threads.database(self._shop.state.diary.beat, self._run, now)
        if self._tells and now - self._told >= TELL_EVERY and (self._task is None or self._task.done()):
            self._told = now
            self._task = asyncio.create_task(self._tell(now))

    async def _tell(self, now: datetime) -> None:
        config, state, database, seen = self._config(), self._shop.state, self._shop.threads.database, self._filed
        try:
            await tell(config, state, now, database)
            await give_out(config, state, now, database, is_new=seen > self._published)
        except StateDamaged:
            raise
        except StateError as e:  # a server that is away for a while; without it who works ends, not who tells
            log.warning("notify: %s; it is tried again", e)
            return
        self._published = seen
        await tell_watcher(config)

    async def stop(self) -> None:
        """Let go of a message that is on its way; a stop waits for no hook."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task


Job = Callable[[Shop], Awaitable[T]]


async def watched(job: Job[T], config: Callable[[], Config], shop: Shop, run: int, *, tells: bool) -> T:
    """Do a run's job with a heart beside it."""
    heart = Heart(config, shop, run, tells=tells)
    try:
        return await job(replace(shop, beat=heart.beat, saw=heart.saw))
    finally:
        await heart.stop()
