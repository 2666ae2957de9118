"""The fetcher's door: what may be asked, within which limits, and who answers.

Data and one Protocol. No network here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from ..model import Page, Validators

#: Asked before an address is fetched; raises FetchError when it must not be (robots.txt).
Permit = Callable[[str], Awaitable[None]]

#: Bytes of robots.txt that are read; RFC 9309 §2.5 asks for at least this.
MAX_ROBOTS_BYTES = 500 * 1024
UNCONDITIONAL = Validators()


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one exchange may go; from the section `fetch` of config.yaml."""

    timeout: timedelta  #: total for one GET with its redirects; waiting for politeness is not counted
    max_page_bytes: int  #: of the body, decoded
    host_delay: timedelta  #: between two requests to a host; see `politeness`
    host_connections: int = 1  #: requests at once to a host
    concurrency: int = 64  #: requests at once to all hosts
    robots: bool = True  #: for whoever builds the parts: whether article pages are asked for in robots.txt
    allow_private_networks: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One GET."""

    url: str  #: absolute http(s) address; user:password@ becomes an Authorization header for that origin
    validators: Validators = UNCONDITIONAL  #: as last received; an empty one is not sent
    kind: Literal["feed", "article", "robots"] = "article"  #: chooses the Accept header; robots may be cut off
    permit: Permit | None = None  #: asked at every hop, the first included, so that redirects obey robots.txt too


class Fetcher(Protocol):
    """Whoever can get a page."""

    async def get(self, request: Request) -> Page:
        """Get one document, whole, with redirects followed.

        Returns:
            A page with status 200, or 304 and an empty body, which only a request with validators brings.

        Raises:
            FetchError: there is no whole answer; `passing` says whether a later try may help, `status` is that of
                the last answer, 0 when none came.
        """
        ...
