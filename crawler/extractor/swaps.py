"""What a site's rule changes in a page's source, before it is parsed.

Rule: a change never makes a page much larger than it came. Knows nothing of rules, as `tree` stands below them. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

#: How many times its length a page may have when its texts are swapped, and characters that are never too many.
MAX_GROWTH = 2
FREE_GROWTH = 1_000_000


def swapped(text: str, swaps: Sequence[tuple[str, str]]) -> str:
    """Put texts in the place of others, one pair after the other; a pair that would bloat the page is left out."""
    most = MAX_GROWTH * len(text) + FREE_GROWTH
    for find, put in swaps:
        if len(text) + text.count(find) * (len(put) - len(find)) <= most:
            text = text.replace(find, put)
    return text
