"""The fetcher's door: what may be asked, within which limits, and who answers.

Data and one Protocol. No network here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from ..model import Limits, Page, Validators

__all__ = ["Fetcher", "Limits", "Permit", "Request"]

#: Asked before an address is fetched; raises FetchError when it must not be (robots.txt).
Permit = Callable[[str], Awaitable[None]]

#: Bytes of robots.txt that are read; RFC 9309 §2.5 asks for at least this.
MAX_ROBOTS_BYTES = 500 * 1024
UNCONDITIONAL = Validators()


@dataclass(frozen=True, slots=True)
class Request:
    """One GET."""

    url: str  #: absolute http(s) address; user:password@ becomes an Authorization header for that origin
    validators: Validators = UNCONDITIONAL  #: as last received; an empty one is not sent
    kind: Literal["feed", "article", "robots", "image"] = "article"  #: chooses Accept and cap; robots may be cut off
    scope: Literal["host", "address"] = "host"  #: what a bare 503 speaks for; see also `Limits.retry_after_scope`
    min_cap_bytes: int = 0  #: bytes of body to be taken at least, whatever the user's bound for pages is
    patience: timedelta = timedelta()  #: to be had at least, whatever the user's timeout is
    permit: Permit | None = None  #: asked at every hop, the first included, so that redirects obey robots.txt too
    ready: Callable[[], Awaitable[None]] | None = None  #: awaited when its turn has come, before it is sent
    is_packed: bool = False  #: whether the body may stay as it was sent, for a worker to open: see `Page.coding`
    is_copy: bool = False  #: of a web archive, which replays what other servers said: see `web.is_replayed`
    referer: str = ""  #: page that shows it, of pictures only: sites give them to nobody else; else none is told


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
