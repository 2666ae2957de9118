"""`crawler notify`: try whether messages arrive."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from .. import telling
from ..errors import ConfigError
from ..notify import channel
from .common import EXIT_CODES, EXIT_OK, EXIT_UNHEALTHY, SystemClock, common_options, complain, read_config, say
from .watch import send


@click.group(name="notify", epilog=EXIT_CODES)
def notify_group() -> None:
    """Look after the messages."""


@notify_group.command(epilog=EXIT_CODES)
@common_options
def test(config_path: Path) -> int:
    """Send a message by the way that `notify` names."""
    config = read_config(config_path)
    way = channel(config.notify)
    if not way:
        raise ConfigError("notify: names no way: give one of command, webhook, apprise")
    error = asyncio.run(send(config, telling.trial(), SystemClock().now()))
    if error:
        complain(f"{way}: {error}")
        return EXIT_UNHEALTHY
    say(f"{way}: sent; see whether it arrived")
    return EXIT_OK
