"""What the page of search asks of whoever can search the archive. There may be nobody: then there is no such page.

Shapes only, so that neither room knows the other: `functools.partial(crawler.search.search, index)` is such a one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class Part(Protocol):
    """A piece of a text."""

    @property
    def text(self) -> str:
        """As it is shown."""
        ...

    @property
    def is_hit(self) -> bool:
        """Whether it is what was looked for."""
        ...


class Hit(Protocol):
    """A post that was found."""

    @property
    def path(self) -> str:
        """In the archive."""
        ...

    @property
    def title(self) -> Sequence[Part]:
        """All of it; may be empty."""
        ...

    @property
    def source(self) -> str:
        """Its name; may be empty."""
        ...

    @property
    def published(self) -> datetime | None:
        """When."""
        ...

    @property
    def snippet(self) -> Sequence[Part]:
        """Some of its text; may be empty."""
        ...


class Hits(Protocol):
    """What a search found."""

    @property
    def hits(self) -> Sequence[Hit]:
        """One page of it, the best first."""
        ...

    @property
    def total(self) -> int:
        """How many there are in all."""
        ...

    @property
    def is_whole(self) -> bool:
        """Whether every post was looked at; False while an index is being made."""
        ...


class Search(Protocol):
    """Searches the archive; called in any thread, several at once."""

    def __call__(
        self, query: str, source: str, since: datetime | None, until: datetime | None, limit: int, offset: int
    ) -> Hits:
        """Return some of what was found, the best first.

        Args:
            query: as a person typed it.
            source: name of the only source wanted; "" for all.
            since: published then or later.
            until: published before.
            limit: at most so many.
            offset: so many are passed over.

        Raises:
            CrawlerError: the index cannot be read, or the query says nothing; its text is shown.
        """
        ...
