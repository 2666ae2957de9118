"""The optional keys of a post's front matter, after `categories` (SPEC §4): each only when known and switched on.

Pure. Values are plain here; how a string is written so that every YAML loader reads it back is `post`'s business.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime

import regex

from ..model import Article, Source

#: Characters of a description; some pages repeat their whole text there, and a head that is too long is no head.
MAX_DESCRIPTION = 1000
#: Characters of an address; a longer one is a picture written out (`data:`).
MAX_ADDRESS = 2000
#: A user name and password, which feeds may need and posts must not tell.
USER = re.compile(r"(?<=://)[^/?#]*@")
TAG = re.compile(r"<[^>]*>")
#: A word as word processors count: a Han character or kana, else letters and digits with what joins them.
WORD = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}]|[\p{L}\p{N}--\p{Han}--\p{Hiragana}--\p{Katakana}][\p{M}]*"
    r"(?:['’.,-]?[\p{L}\p{N}\p{M}--\p{Han}--\p{Hiragana}--\p{Katakana}])*",
    regex.V1,
)

Value = str | int | datetime | None

#: By key, in the order in which they stand in a post; a value that says nothing is left out.
EXTRAS: dict[str, Callable[[Article, Source], Value]] = {
    "updated": lambda article, _: article.updated,
    "lang": lambda article, _: article.language,
    "image": lambda article, _: article.image if len(article.image) <= MAX_ADDRESS else "",
    "description": lambda article, _: cut(article.description),
    "feed": lambda _, source: USER.sub("", source.url),
    "words": lambda article, _: count_words(article.html),
    "archived": lambda article, _: article.archived,
}


def extras(article: Article, source: Source) -> dict[str, str | int | datetime]:
    """Return the keys that are switched on and known, in their order."""
    found = {name: value(article, source) for name, value in EXTRAS.items() if name in source.extras}
    return {name: value for name, value in found.items() if value}


def cut(text: str) -> str:
    """Return a description of at most `MAX_DESCRIPTION` characters, cut between words where there are any."""
    if len(text) <= MAX_DESCRIPTION:
        return text
    kept = text[: MAX_DESCRIPTION - 1]
    return (kept.rpartition(" ")[0] or kept) + "…"


def count_words(markup: str) -> int:
    """Return how many words a piece of cleaned HTML has for a reader."""
    return len(WORD.findall(html.unescape(TAG.sub(" ", markup))))
