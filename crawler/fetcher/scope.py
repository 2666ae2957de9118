"""Scope: what a host's wish for silence holds for.

Knows the public suffixes from the list that comes with `publicsuffixlist`: that package ships it, and unlike its kin
never asks the network. Loaded only where somebody wants it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import cache

from publicsuffixlist import PublicSuffixList

from ..model import Scope


def whose(scope: Scope) -> Callable[[str], str]:
    """Return what makes of a host (as `urls.host` names it) the name under which its silence is kept."""
    return site if scope == "site" else alone


def alone(host: str) -> str:
    """Return the host itself."""
    return host


def site(host: str) -> str:
    """Return a host's registrable domain, its port aside; the host itself where it has none (an IP address, `com`)."""
    name = host.rpartition(":")[0] if host.count(":") == 1 else host
    return host if _is_address(name) else _suffixes().privatesuffix(name) or host


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return ":" in name  # IPv6 with a port
    return True


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
