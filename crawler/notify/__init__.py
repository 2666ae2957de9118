"""Carry a message to the people who look after the archive: by a command, a webhook, or the library apprise.

Rule: a hook never harms a run. It gets `DEADLINE_S` in all, its processes are killed then, and whatever goes wrong
comes back as a line. Addresses and arguments may hold secrets: no line holds them.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import PurePath
from urllib.parse import urlsplit

from ..errors import FetchError
from ..fetcher import call_hook
from ..model import Limits, Notify
from ..telling import Message
from .process import run_process

#: Seconds for one message, connection and all.
DEADLINE_S = 10.0
#: Characters of the text that go into the environment; Linux takes 128 KiB in one variable, other systems less in all.
MAX_VARIABLE = 8000
APPRISE = (sys.executable, "-m", "crawler.notify.by_apprise")


def channel(notify: Notify) -> str:
    """Return how messages go out, for the log: a kind and a host or program; "" when they do not."""
    if notify.command:
        return f"command {PurePath(notify.command[0]).name}"
    if notify.webhook:
        return f"webhook at {urlsplit(notify.webhook).hostname}"
    return f"apprise {notify.apprise.partition(':')[0]}" if notify.apprise else ""


async def deliver(notify: Notify, message: Message, data: bytes, limits: Limits, user_agent: str) -> str:
    """Send a message.

    Args:
        notify: the way.
        message: for the environment of a command, and for apprise.
        data: the message as JSON, masked.
        limits: for the addresses that may be called.
        user_agent: the whole User-Agent header.

    Returns:
        Why it did not arrive, or "".
    """
    try:
        async with asyncio.timeout(DEADLINE_S):
            if notify.webhook:
                await call_hook(notify.webhook, data, limits, user_agent)
                return ""
            if notify.apprise:
                said = {"url": notify.apprise, "title": message.subject, "body": message.text}
                return await run_process(APPRISE, json.dumps(said).encode(), {})
            return await run_process(notify.command, data, variables(message))
    except TimeoutError:
        return f"no end within {DEADLINE_S:g} s"
    except FetchError as e:
        return e.reason


async def ping(notify: Notify, limits: Limits, user_agent: str) -> str:
    """Tell the watcher that a run did its work; returns why it could not be told, or ""."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            await call_hook(notify.ping, None, limits, user_agent)
    except TimeoutError:
        return f"no answer within {DEADLINE_S:g} s"
    except FetchError as e:
        return e.reason
    return ""


def variables(message: Message) -> Mapping[str, str]:
    """Return what a command finds in its environment."""
    named = {"EVENT": message.event, "SUBJECT": message.subject, "TEXT": message.text}
    return {f"CRAWLER_NOTIFY_{name}": value[:MAX_VARIABLE].replace("\0", " ") for name, value in named.items()}
