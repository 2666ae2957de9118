"""What of a listing is news to the state: asks what is known, lets `changes` and `identity` decide.

Rule: reads only; a poll saves what comes out, `source test` shows it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import changes, identity, urls
from ..identity import Recognised
from ..model import Admission, Known, Listing, Source
from .shop import Shop


@dataclass(frozen=True, slots=True)
class News:
    """A listing beside what we remember."""

    filed: tuple[Admission, ...]  #: every entry that can be archived, known or not
    problems: tuple[str, ...]
    known: dict[bytes, Known]
    recognised: Recognised

    def state_of(self, admission: Admission) -> str:
        """Return what is known of an entry's article: "new", or the state of its job."""
        names = {renaming.admission.key: renaming.article for renaming in self.recognised.sightings.renamed}
        known = self.known.get(names.get(admission.key, admission.key))
        return known.state if known else "new"


async def find_news(shop: Shop, source: Source, listing: Listing) -> News:
    """Tell the entries that the state does not know from those it does, under whatever address."""
    filed, problems = changes.keyed(listing, source)
    said = [identity.mention_of(one) for one in filed]
    memory = await shop.threads.database(
        shop.state.mentions,
        urls.key(source.url),
        keys=[one.article for one in said],
        guids=[one.guid for one in said],
        places=[one.place for one in said],
    )
    filed = identity.told_apart(filed, memory)
    keys = dict.fromkeys([*(one.key for one in filed), *(mention.article for mention in memory)])
    known = dict(await shop.threads.database(shop.state.known, tuple(keys)))
    return News(filed, problems, known, identity.recognise(filed, known, memory))
