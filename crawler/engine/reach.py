"""The database as the engine reaches it: connections, the engine's own tables, the time.

Rule: knows nothing of jobs.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from .lease import RESCUE_S

#: Connections of the engine in a process: who listens for jobs, who beats, and the slices' ends.
CONNECTIONS = 6


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[App]:
    """Connect to the database, and make the engine's tables where they are missing."""
    options: dict[str, Any] = {"connect_timeout": 5, "tcp_user_timeout": int(RESCUE_S * 1000), "keepalives_idle": 5}
    options |= {"keepalives_interval": 2, "keepalives_count": 3, "application_name": "crawler"}
    pool: dict[str, Any] = {"min_size": 1, "max_size": CONNECTIONS, "timeout": 5, "configure": _each_alone}
    app = App(connector=PsycopgConnector(conninfo=address, kwargs=options, pool_factory=_pool, **pool))
    async with app.open_async():
        there = "SELECT to_regclass('procrastinate_jobs') IS NOT NULL AS there"
        if not (await app.connector.execute_query_one_async(there))["there"]:
            try:
                await app.schema_manager.apply_schema_async()
            except ConnectorException:  # another worker made them
                if not (await app.connector.execute_query_one_async(there))["there"]:
                    raise
        yield app


def _pool(**arguments: Any) -> AsyncConnectionPool[AsyncConnection[Any]]:
    """Return the engine's connections; no question is sent before each of its questions, to see whether one lives."""
    return AsyncConnectionPool(**arguments | {"check": _lives})


async def _lives(connection: AsyncConnection[Any]) -> None:
    """Ask a connection whether it lives where it has something to say unasked, as one has that the server ended.

    Raises:
        OperationalError: it does not.
    """
    line = select.poll()
    line.register(connection.fileno(), select.POLLIN)
    if line.poll(0):
        await AsyncConnectionPool.check_connection(connection)


async def _each_alone(connection: AsyncConnection[Any]) -> None:
    """Let each statement be a transaction of its own, and no commit wait for the disk.

    All that the engine asks is one statement, which a frame would make three of; and any job may be lost.
    """
    await connection.set_autocommit(True)
    await connection.execute("SET synchronous_commit TO off")


async def now(app: App) -> datetime:
    """Return the database's time."""
    row = await app.connector.execute_query_one_async("SELECT extract(epoch FROM clock_timestamp()) AS now")
    return datetime.fromtimestamp(float(row["now"]), UTC)


def first_line(e: Exception) -> str:
    """Return why the database could not do something; one line, and what the engine says of it left out."""
    cause = e.__cause__ if isinstance(e, ConnectorException) else None
    return str(cause or e).strip().partition("\n")[0]


def unheard(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say nothing of jobs whose end could not be noted while the database was away: they are worked anew."""
    if not isinstance(context.get("exception"), ConnectorException):
        loop.default_exception_handler(context)
