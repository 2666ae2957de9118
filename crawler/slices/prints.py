"""What the last articles of sources are made of, as far as this process knows: `extractor.repeats` learns from it.

Rule: read from the state now and then, not for each article; of those that were made here none is missed, though they
are only about to be saved. What other workers made of a source is known some seconds later.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import urls
from ..memory import KEEP_REFUSED, KEEP_TAKEN, lately
from ..model import Fingerprint, Source

if TYPE_CHECKING:
    from .shop import Shop

#: Seconds after which the state is asked again; and sources that are remembered, the last ones.
OLD_S, SOURCES = 5.0, 256
#: Seconds after which what was made here is saved, or never will be: the state knows better then what came last.
SAVED_S = 60.0


@dataclass(slots=True)
class Known:
    """Of one source."""

    read: float
    saved: Mapping[bytes, Fingerprint]  #: by key of the article, the newest first
    made: dict[bytes, tuple[float, Fingerprint]] = field(default_factory=dict)  #: here and when, the newest last


class Prints:
    """The fingerprints that a process knows."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Known] = OrderedDict()

    async def of(self, shop: Shop, source: Source, but: bytes) -> tuple[Fingerprint, ...]:
        """Return what a source's last articles are made of, the newest first, but for one article's."""
        known, now = self._known.get(source.url), shop.clock.monotonic()
        if known is None or not 0 <= now - known.read < OLD_S:
            saved = await shop.threads.database(shop.state.fingerprints, urls.key(source.url))
            made = self._known[source.url].made if source.url in self._known else {}
            young = {key: one for key, one in made.items() if 0 <= now - one[0] < SAVED_S}
            known = self._known[source.url] = Known(now, saved, young)
        self._known.move_to_end(source.url)
        if len(self._known) > SOURCES:
            self._known.popitem(last=False)
        made_here = {key: one for key, (_, one) in reversed(known.made.items())}
        all_of_them = made_here | {key: one for key, one in known.saved.items() if key not in made_here}
        return lately(one for key, one in all_of_them.items() if key != but)

    def drop(self, source: Source, article: bytes) -> None:
        """Forget what an article is made of: it is archived under another address."""
        if source.url in self._known:
            self._known[source.url].made.pop(article, None)

    def add(self, shop: Shop, source: Source, article: bytes, made: Fingerprint) -> None:
        """Note what an article is made of that is about to be saved; not one that is archived under another address."""
        if made.blocks and source.url in self._known:
            mine = self._known[source.url].made
            mine.pop(article, None)
            mine[article] = (shop.clock.monotonic(), made)
            if len(mine) > KEEP_TAKEN + KEEP_REFUSED:
                del mine[next(iter(mine))]
