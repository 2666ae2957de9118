"""What an entry is known by on another page of its list or feed: a hash, since cursors are kept for every page.

Pure.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode

from .. import urls

#: Characters of a mark, six bytes of a hash: among 3,000 two are equal once in 60 million times.
LENGTH = 8


def mark(text: str) -> str:
    """Return the mark of an address, or of whatever names an entry."""
    return urlsafe_b64encode(urls.key(text)[: LENGTH * 3 // 4]).decode()
