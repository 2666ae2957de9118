"""What is remembered of hosts: their wish for silence, their health, their robots.txt.

As with `store`: each method is one transaction, every commit names the epoch, errors become StateError.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select, update

from ..memory import HostState
from .kind import Connect, whole
from .schema import host
from .writes import meet_hosts


class Hosts:
    """The hosts of a state.

    Args:
        reading: opens a transaction that reads.
        writing: opens one that writes, as the shard's owner.
    """

    def __init__(self, reading: Connect, writing: Connect) -> None:
        self._reading = reading
        self._writing = writing

    def get(self, name: str) -> HostState | None:
        """Return what we remember of a host."""
        with self._reading() as conn:
            r = conn.execute(select(host).where(host.c.name == name)).first()
        return None if r is None else HostState(r.name, r.not_before, r.fails, r.robots, r.robots_until)

    def silenced(self, now: datetime) -> Mapping[str, datetime]:
        """Return the hosts that asked to be left alone beyond now, and until when."""
        with self._reading() as conn:
            rows = conn.execute(select(host.c.name, host.c.not_before).where(host.c.not_before > now))
            return {row.name: row.not_before for row in rows}

    @whole
    def remember(self, state: HostState) -> None:
        """Save what we know of a host, at once."""
        change = update(host).where(host.c.name == state.name).values(asdict(state))
        with self._writing() as conn:
            if not conn.execute(change).rowcount:
                meet_hosts(conn, {state.name})
                conn.execute(change)
