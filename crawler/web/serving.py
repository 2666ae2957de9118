"""Listens for the web face, in the loop of the run, and stops with it.

Signals are the run's business: uvicorn is told when to stop. What is under way then gets a moment, no more.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from ..errors import ConfigError
from ..model import Serve

log = logging.getLogger(__name__)

#: Seconds that answers under way get to end after a stop, of the 10 in which all must be over.
GRACE_S = 2
#: Connections at once; more are answered 503, so that the run keeps descriptors and memory for itself.
MOST_CONNECTIONS = 100
#: Connections that the system may hold back while we are busy.
BACKLOG = 64


class Server(uvicorn.Server):
    """Leaves signals alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def listen(serve: Serve) -> socket.socket:
    """Return a socket that listens where the configuration says.

    Raises:
        ConfigError: it cannot be had.
    """
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(serve.host, serve.port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(place)
            found.listen(BACKLOG)
        except BaseException:
            found.close()
            raise
    except OSError as e:
        raise ConfigError(f"serve: cannot listen at {serve.host} port {serve.port}: {e.strerror or e}") from e
    return found


@asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """Answer requests for as long as the context lasts."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        ws="none",
        http="h11",
        loop="none",
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = Server(config)
    task = asyncio.create_task(server.serve([listener]), name="web")
    try:
        yield
    finally:
        server.should_exit = True
        done, _ = await asyncio.wait((task,), timeout=2 * GRACE_S)
        if not done:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        listener.close()
        if done and task.exception() is not None:
            log.error("the web face ended by itself", exc_info=task.exception())


def address(listener: socket.socket) -> str:
    """Return where a socket listens, as people type it into a browser."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
