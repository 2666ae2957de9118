"""What of a listing is news to the state: asks what is known, lets `changes` and `identity` decide.

Rule: reads only; a poll saves what comes out, `source test` shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .. import changes, identity, rereads, urls
from ..identity import Recognised
from ..memory import Admission, Known, Sightings, Watch
from ..model import Listing, Source
from .shop import Shop

NOTHING = Recognised((), Sightings())


@dataclass(frozen=True, slots=True)
class News:
    """A listing beside what we remember."""

    filed: tuple[Admission, ...] = ()  #: every entry that can be archived, known or not
    problems: tuple[str, ...] = ()
    known: dict[bytes, Known] = field(default_factory=dict)
    recognised: Recognised = NOTHING
    noticed: tuple[tuple[bytes, Watch], ...] = ()  #: filed articles that changed, by key

    def article_of(self, admission: Admission) -> bytes:
        """Return the key under which an entry's article is known, or will be."""
        known = self.known.get(admission.key)
        if known is not None and known.article:
            return known.article
        renamed = self.recognised.sightings.renamed
        return next((one.article for one in renamed if one.admission.key == admission.key), admission.key)

    def state_of(self, admission: Admission) -> str:
        """Return what is known of an entry's article: "new", or the state of its job."""
        known = self.known.get(self.article_of(admission))
        return known.state if known else "new"


NO_NEWS = News()


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


async def find_changes(shop: Shop, source: bytes, news: News) -> News:
    """Add which of the filed articles changed, as far as this source has them.

    Args:
        shop: the parts.
        source: key of the source.
        news: of its listing.
    """
    articles, now = {news.article_of(one): one for one in news.filed}, shop.clock.now()
    watches = await shop.threads.database(shop.state.watched, tuple(articles), source=source)
    seen = ((key, rereads.noticed(watch, articles[key].entry, now)) for key, watch in watches.items())
    return replace(news, noticed=tuple((key, watch) for key, watch in seen if watch is not None))
