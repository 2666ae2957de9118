"""RSSHub routes: `rsshub://zaobao/realtime/china` and the instances that serve it.

Pure. Decides the order in which instances are asked; who asks, and how they fared, is told from outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit, urlunsplit

from ..urls import host

SCHEME = "rsshub://"


def is_route(url: str) -> bool:
    """Tell whether a source's address names an RSSHub route and no server."""
    return url[: len(SCHEME)].lower() == SCHEME


def addresses(route_url: str, instances: Sequence[str], fails: Mapping[str, int]) -> tuple[str, ...]:
    """Return the addresses that serve a route, the healthiest instance first, each once.

    Args:
        route_url: rsshub://route, with a query string if need be.
        instances: base addresses, with a path or a query (`?key=…`) of their own if need be.
        fails: failed exchanges in a row by host (`urls.host`); absent means none.
    """
    healthiest = sorted(instances, key=lambda instance: fails.get(host(instance), 0))
    return tuple(dict.fromkeys(_at(instance, route_url[len(SCHEME) :]) for instance in healthiest))


def _at(instance: str, route: str) -> str:
    base, wanted = urlsplit(instance.strip()), route.partition("#")[0].partition("?")
    path = f"{base.path.rstrip('/')}/{wanted[0].lstrip('/')}"
    query = "&".join(part for part in (wanted[2], base.query) if part)
    return urlunsplit((base.scheme, base.netloc, path, query, ""))
