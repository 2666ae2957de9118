"""What every command shares: options, exit codes, logging, the clock.

Rule: this is the only place where the clock is wound.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from ..config import FIRST, Config, load
from ..errors import ArchiveError, ConfigError, CrawlerError, Locked, QueryError, SearchError, StateError
from ..wording import iso
from .safe import plain, to_json

P = ParamSpec("P")
T = TypeVar("T")

EXIT_OK, EXIT_BUG, EXIT_USAGE, EXIT_UNHEALTHY, EXIT_UNREACHED, EXIT_LOCKED, EXIT_FAULTS = range(7)
EXIT_INT, EXIT_PIPE, EXIT_TERM = 130, 141, 143  # 128 and the signal's number, as shells have it

EXIT_CODES = """\b
Exit codes:
  0  all well, or nothing due
  1  internal error (a bug; with traceback)
  2  bad usage or configuration
  3  at least one source is failing, stale or switched off (410); status: or the crawler does not run
  4  no due source could be reached at all
  5  another run holds the lock
  6  archive faults, or the archive or state cannot be written
  130, 143  stopped by a signal, cleanly"""


class SystemClock:
    """The machine's clock; satisfies `fetcher.Clock`."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place that winds the clock

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        await asyncio.sleep(seconds)


class DatabaseClock(SystemClock):
    """The database's clock, as far as it was heard: what is due must not depend on which machine asks."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return super().now() + self._ahead

    def set_by(self, now: datetime) -> None:
        """Set it."""
        self._ahead = now - super().now()


def common_options(command: Callable[..., T]) -> Callable[..., T]:
    """Add the options that every command has, and set up logging from them."""

    @click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        default=Path("config.yaml"),
        envvar="CRAWLER_CONFIG",
        show_default="config.yaml",
        help="The configuration; also $CRAWLER_CONFIG.",
    )
    @click.option("-v", "--verbose", count=True, help="Say more on stderr; -vv even more.")
    @click.option("-q", "--quiet", is_flag=True, help="Say nothing when all is well; only faults.")
    @click.option("--log-format", type=click.Choice(["text", "json"]), default="text", help="Form of the log lines.")
    @wraps(command)
    def with_options(*args: Any, verbose: int, quiet: bool, log_format: str, **kwargs: Any) -> T:
        set_up_logging(verbose, quiet, log_format)
        context = click.get_current_context()
        context.meta["quiet"] = quiet
        return command(*args, **kwargs)

    return with_options


def is_quiet() -> bool:
    """Tell whether -q was given to the command that runs."""
    return bool(click.get_current_context().meta.get("quiet"))


def read_config(path: Path) -> Config:
    """Read the configuration with this process's environment."""
    return load(path, os.environ)


def config_to_extend(path: Path) -> tuple[Config, bool]:
    """Read the configuration that sources are to be added to; tell also whether it is yet to be made."""
    return load(path, os.environ, FIRST), not path.exists()


def introduce(config: Config) -> None:
    """Say what is to be done with a configuration that was just made."""
    if not is_quiet():
        complain(f"made {config.path}; say in it who you are (user_agent_contact), then: crawler run")


def say(text: object) -> None:
    """Print a result."""
    click.echo(plain(text))


def complain(text: object) -> None:
    """Print on stderr what is not the result."""
    click.echo(plain(text), err=True)


def say_json(value: object) -> None:
    """Print a result for programs."""
    click.echo(to_json(value, _in_json, indent=2))


def _in_json(value: object) -> str:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"not for JSON: {value!r}")


class TextFormat(logging.Formatter):
    """`level: message`, safe for terminals."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        text = record.getMessage() + (f"\n{self.formatException(record.exc_info)}" if record.exc_info else "")
        return plain(f"{record.levelname.lower()}: {text}")


class JSONFormat(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        fields = {
            "time": iso(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return to_json(fields)


def set_up_logging(verbose: int, quiet: bool, form: str) -> None:
    """Send the log to stderr: warnings at least, also with -q, which spares the results and not the faults."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JSONFormat() if form == "json" else TextFormat())
    level = logging.WARNING if quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    root = logging.getLogger("crawler")
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False


def exit_code(error: CrawlerError) -> int:
    """Return the exit code that the contract gives an error."""
    if isinstance(error, (ConfigError, QueryError)):
        return EXIT_USAGE
    if isinstance(error, Locked):
        return EXIT_LOCKED
    return EXIT_FAULTS if isinstance(error, (StateError, ArchiveError, SearchError)) else EXIT_BUG
