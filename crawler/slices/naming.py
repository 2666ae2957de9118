"""Addresses that a person names: from a file or a pipe into the backlog of a backfill.

Nobody filters them: who writes an address down wants it, whatever the source's `include`, `exclude` and `article_url`
say, and what was given up is tried again. Naming one twice is harmless, so a file may be given again after a crash.
"""

from __future__ import annotations

import asyncio
import logging
import select
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import IO

from .. import urlfile
from ..enumerators import sift
from ..errors import ConfigError
from ..model import Entry, Source
from ..past import ALWAYS, Origin
from .backfill import BATCH, add
from .shop import Shop

log = logging.getLogger(__name__)

#: Bytes read at a time; at least the buffer of a stream, so that none is left in it that `select` does not see.
BLOCK = 1 << 17
#: Seconds after which a silent pipe is left for a moment, to see whether the run is to stop.
LOOK_UP_S = 0.5
#: Bad lines that are told one by one.
MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Named:
    """What a file of addresses came to."""

    addresses: int = 0  #: that it names, repetitions included
    new: int = 0  #: of these: to be fetched now, and not waiting before
    faults: int = 0  #: lines without an address
    problems: tuple[str, ...] = ()  #: the first of these, each with its line number


async def name_addresses(shop: Shop, number: int, source: Source, lines: IO[bytes]) -> Named:
    """Put the addresses of a file into the backlog of a backfill, a batch at a time.

    Ends early when the run is to stop; the batch under way is left, since its last line may be half of one.

    Args:
        shop: with the state.
        number: of the backfill.
        source: to which the articles belong.
        lines: see `urlfile`.

    Raises:
        ConfigError: they cannot be read to their end; what was read is in the backlog.
    """
    named, given = Named(), urlfile.read(_blocks(lines, shop.stop))
    unfiltered = replace(source, include=(), exclude=())
    while (batch := await shop.threads.files(_next, given)) and not shop.stop.is_set():
        entries = [Entry(url=one.url) for one in batch if one.url]
        listed, _, _ = await shop.threads.files(sift, entries, unfiltered, Origin(), ALWAYS, are_articles=True)
        new = await add(shop, number, listed, again=True)
        named = _grown(named, batch, new)
    if named.faults > len(named.problems):
        log.warning("%d more lines name no web address", named.faults - len(named.problems))
    log.info("%s: %d addresses named, %d of them new", source.url, named.addresses, named.new)
    return named


def _next(given: Iterator[urlfile.Given]) -> list[urlfile.Given]:
    return list(islice(given, BATCH))


def _blocks(stream: IO[bytes], stop: asyncio.Event) -> Iterable[bytes]:
    """Read a stream to its end, or until a stop; a pipe on which nobody writes holds up no stop."""
    read = getattr(stream, "read1", stream.read)
    try:
        while _has_something(stream, stop) and (block := read(BLOCK)):
            yield block
    except OSError as e:
        raise ConfigError(f"--urls: {e.strerror or e}") from e


def _has_something(stream: IO[bytes], stop: asyncio.Event) -> bool:
    """Wait until a stream has bytes, or its end, to read; False when the run is to stop before."""
    while not stop.is_set():
        if stream.seekable() or select.select([stream], [], [], LOOK_UP_S)[0]:
            return True
    return False


def _grown(named: Named, batch: Sequence[urlfile.Given], new: int) -> Named:
    """Count a batch, and tell its bad lines while they are few."""
    bad = [one.problem for one in batch if one.url is None]
    told = bad[: MOST_TOLD - len(named.problems)]
    for problem in told:
        log.warning("%s", problem)
    good = sum(one.url is not None for one in batch)
    return Named(named.addresses + good, named.new + new, named.faults + len(bad), named.problems + tuple(told))
