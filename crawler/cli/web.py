"""The web face beside `serve`: whether there is one, what it is built of, what it may show."""

from __future__ import annotations

import logging
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ..config import Config
from ..errors import ConfigError
from ..model import Serve, Tally
from ..reports import Report
from ..slices import Shop
from ..state import State
from ..state.opening import open_reader
from .report import make_report, veiled
from .status import cannot_write

if TYPE_CHECKING:
    from ..web.desk import Pulse, Search

log = logging.getLogger(__name__)

#: What the extra `web` brings.
EXTRA = ("jinja2", "markdown_it", "starlette", "uvicorn")
MISSING = "no web face: it needs what is not installed: pip install 'crawler[web]'"


@contextmanager
def closing_listener(config: Config) -> Iterator[socket.socket | None]:
    """Listen for the web face, where there is one, before the run begins: what cannot be is said at once."""
    found = listener(config.serve)
    try:
        yield found
    finally:
        if found is not None:
            found.close()


def listener(serve: Serve) -> socket.socket | None:
    """Return a socket for the web face; None where there is to be none.

    Raises:
        ConfigError: it is configured, and cannot be.
    """
    if serve.port == 0:
        return None
    if any(find_spec(name) is None for name in EXTRA):
        log.log(logging.WARNING if serve.is_configured else logging.INFO, MISSING)
        return None
    from ..web.serving import listen

    try:
        return listen(serve)
    except ConfigError as e:
        if serve.is_configured:
            raise
        log.warning("no web face: %s", e)  # nobody asked for it, and another program has its port
        return None


@asynccontextmanager
async def web_face(shop: Shop, config: Callable[[], Config], at: socket.socket | None) -> AsyncIterator[Shop]:
    """Show the web face for as long as the context lasts; yields the parts with which the run leaves signs of life.

    Args:
        shop: of the run.
        config: gives what is configured now; where to listen is heeded at the start only.
        at: where to listen; None: there is no web face.
    """
    if at is None:
        yield shop
        return
    from ..web.app import make_app
    from ..web.desk import Desk, Parts, Pulse
    from ..web.serving import address, serving

    pulse, address_of_state = Pulse(shop.clock.now()), config().state
    parts = Parts(
        shop=shop,
        config=config,
        report=report,
        open_state=lambda: open_reader(address_of_state),
        pulse=pulse,
        search=searcher(config()),
        secret=secrets.token_hex(32),
    )
    warn_of_openness(config().serve)
    with Desk(parts) as desk:
        async with serving(make_app(desk), at):
            log.info("the web face is at %s", address(at))
            yield beating(shop, pulse)


def searcher(config: Config) -> Search | None:
    """Return who searches the archive for the pages; None where there is no index."""
    if config.search is None:
        return None
    from ..search import Index, search

    return partial(search, Index(config.search, config.place))


def warn_of_openness(serve: Serve) -> None:
    """Say that everybody can read, where that may not be meant."""
    if not serve.is_local and not serve.token:
        log.warning(
            "serve: whoever reaches %s port %d can read the archive: no token is set; set serve.token",
            *(serve.host, serve.port),
        )


def beating(shop: Shop, pulse: Pulse) -> Shop:
    """Return the parts with which the run also leaves its signs of life at the pulse."""

    async def beat() -> None:
        pulse.beaten = shop.clock.now()
        await shop.beat()

    def saw(tally: Tally) -> None:
        pulse.tally = tally
        shop.saw(tally)

    return replace(shop, beat=beat, saw=saw)


def report(config: Config, state: State, now: datetime, is_whole: bool) -> Report:
    """Return what the pages show, passwords in addresses masked; whether files can be written is looked at, too."""
    found = make_report(config, state, now, is_whole=is_whole)
    why = cannot_write(config)
    crawler = replace(found.crawler, health="failing", reason=why, is_writable=False) if why else found.crawler
    return veiled(replace(found, crawler=crawler))
