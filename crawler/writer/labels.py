"""The tags and categories of a post: the source's name, what the user wrote, what the feed said and the user lets in.

Pure. The name is always the first category: by it `rebuild` knows whose post a file is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..model import Article, FromFeed, Source

#: Words of a feed that one post takes, and characters of each; some feeds list every name in the text.
MAX_WORDS, MAX_CHARACTERS = 20, 60
#: Categories become folders at Jekyll and Hugo.
EDGES = " ./\\"
BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def tags(article: Article, source: Source) -> tuple[str, ...]:
    """Return the tags of a post."""
    return _joined(source.tags or (source.name,), article.categories, source.tags_of_feed)


def categories(article: Article, source: Source) -> tuple[str, ...]:
    """Return the categories of a post, the source's name first."""
    return _joined((source.name, *source.categories), article.categories, source.categories_of_feed)


def folded(word: str) -> str:
    """Return a feed's word as it is looked up: feeds are careless with case and blanks."""
    return BLANKS.sub(" ", word).strip().casefold()


def _joined(own: tuple[str, ...], words: Iterable[str], how: FromFeed) -> tuple[str, ...]:
    """Return the user's labels as they are, then what becomes of a feed's words, each once."""
    ours, found = dict(how.words), dict.fromkeys(map(folded, own), "")
    for word in words:
        named = ours.get(folded(word), BLANKS.sub(" ", word).strip(EDGES) if how.takes_all else "")
        if named and len(named) <= MAX_CHARACTERS:
            found.setdefault(folded(named), named)
    return (*own, *[word for word in found.values() if word][:MAX_WORDS])
