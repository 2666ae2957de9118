"""What exchanges told of hosts, kept in the state: wishes for silence, and whether an instance is well.

Rule: saved at once, so that what the state knows no later run asks again; `politeness` heeds it, within this one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ..memory import HostState
from .shop import Shop


async def note_host(shop: Shop, name: str, *, not_before: datetime | None = None, well: bool | None = None) -> None:
    """Save what an exchange told us of a host: a wish for silence, or whether it is well."""

    def note() -> None:
        host = shop.state.hosts.get(name) or HostState(name)
        fails = host.fails if well is None else 0 if well else host.fails + 1
        shop.state.hosts.remember(replace(host, not_before=not_before or host.not_before, fails=fails))

    await shop.threads.database(note)


async def note_silenced(shop: Shop) -> None:
    """Save at once which hosts asked for silence, at whatever hop: what the state knows, no later run asks."""
    for name, until in shop.politeness.take_silenced().items():
        await note_host(shop, name, not_before=until)
