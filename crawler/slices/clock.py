"""A clock that ran ahead, seen from the time after it was set right.

All that was put off by it would wait until the wrong time has come, and nobody would be told. So each slice looks for
waits that nobody handed out; what is found is due at once.
"""

from __future__ import annotations

import logging

from .. import scheduler
from .shop import Shop

log = logging.getLogger(__name__)


async def set_right(shop: Shop) -> None:
    """End the waits that only a wrong clock can have set."""
    now = shop.clock.now()
    sleeping = await shop.threads.database(shop.state.sleeping, now, now + scheduler.MAX_SERVER_WAIT)
    ours = ((shop.sources[url], memory) for url, memory in sleeping.items() if url in shop.sources)
    polls = [source.url for source, memory in ours if scheduler.is_adrift(source, memory, now)]
    articles, hosts = await shop.threads.database(
        shop.state.set_right,
        now,
        polls=polls,
        retries=scheduler.latest_retries(now),
        silence=now + scheduler.MAX_RETRY_AFTER,
    )
    if polls or articles or hosts:
        log.warning(
            "the clock was ahead before: %d sources, %d articles and %d hosts waited for it and are due now",
            len(polls),
            articles,
            hosts,
        )
