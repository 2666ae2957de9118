"""The room that touches the network: one bounded GET at a time, polite and safe; and the hooks that the user names.

Only this room imports httpx and aiohttp; it hands out `Page` and raises `FetchError`, nothing else.
It writes no file and knows no feed: what a page means is the business of others.
"""

from __future__ import annotations

from . import aio  # noqa: F401 - first: see there
from .addresses import Lookup, system_lookup
from .contract import Fetcher, Limits, Permit, Request
from .hook import call_hook
from .politeness import Clock, Politeness
from .robots import Robots
from .web import WebFetcher

__all__ = [
    "Clock",
    "Fetcher",
    "Limits",
    "Lookup",
    "Permit",
    "Politeness",
    "Request",
    "Robots",
    "WebFetcher",
    "call_hook",
    "system_lookup",
]
