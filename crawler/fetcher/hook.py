"""Call a hook of the user's: one POST of JSON, or one GET, to an address that the configuration names.

Rule: addresses are checked as for pages, no redirect is followed, nothing of the answer is used but its status. The
deadline is the caller's, who cancels. The address may hold a secret and stands in no error.
"""

from __future__ import annotations

from contextlib import aclosing
from http import HTTPStatus

from ..errors import FetchError
from ..model import Limits
from .addresses import Lookup, Pins, checked_pins, system_lookup
from .exchange import exchange
from .faults import FOREIGN, translate
from .web import NO_PINS, first_hop, open_transport, refuse_written

#: Bytes of the answer that are read, so that the connection ends in good manners.
MAX_ANSWER_BYTES = 64 * 1024


async def call_hook(
    url: str,
    content: bytes | None,
    limits: Limits,
    user_agent: str,
    *,
    lookup: Lookup = system_lookup,
    connect_to: Pins = NO_PINS,
) -> None:
    """Call a hook.

    Args:
        url: http(s); user:password@ becomes an Authorization header.
        content: JSON to post; None to GET.
        limits: for `allow_private_networks`.
        user_agent: the whole User-Agent header.
        lookup: resolves names.
        connect_to: as for `WebFetcher`.

    Raises:
        FetchError: there was no answer, or its status is not one of success (2xx).
    """
    hop = first_hop(url)
    refuse_written(hop.url, limits.allow_private_networks)
    headers = [(b"user-agent", user_agent.encode()), (b"accept", b"*/*"), (b"accept-encoding", b"gzip")]
    headers += [(b"content-type", b"application/json")] if content is not None else []
    headers += [(b"authorization", hop.authorization)] if hop.authorization else []
    try:
        opened = open_transport(lookup, limits.allow_private_networks, checked_pins(connect_to))
        async with aclosing(opened) as transport:
            answer = await exchange(transport, hop.url, tuple(headers), MAX_ANSWER_BYTES, True, content=content)
    except FOREIGN as e:
        raise translate(e) from e
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        redirected = ", and redirects are not followed" if answer.header(b"location") else ""
        raise FetchError(f"HTTP {answer.status}{redirected}", status=answer.status)
