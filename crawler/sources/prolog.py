"""What stands before a document's first element: told apart, and taken off.

Pure. SPEC §7 wants no entity expanded and no external one loaded: here every DOCTYPE goes, declarations and all, before
any parser sees the text. What it declared (billion laughs, local files) is then an unknown name and stays as it is
written; the named characters of HTML (`&nbsp;`) are known to feedparser's loose parser by itself.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import ParseError

#: Characters before a feed's root in which programs leave their warnings (PHP's are below one kilobyte).
JUNK_CHARACTERS = 65_536
FEED_ROOTS = ("rss", "feed", "rdf", "channel")

MISCELLANY = re.compile(r"[^<]+|<\?[^<>]*>|<!--.*?-->|</[^>]*>|<!(?!DOCTYPE|--)[^>]*>", re.S | re.I)
#: XML 1.0 [28]; atomic groups, so that a hostile one costs linear time.
DOCTYPE = re.compile(
    r"""<!DOCTYPE (?>(?:[^\[\]<>"']|"[^"]*"|'[^']*')*)
    (?:\[ (?>(?:[^\]"'<]|"[^"]*"|'[^']*'|<!--.*?-->|<(?!!--))*) \]\s*)? >""",
    re.S | re.I | re.X,
)
ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
START_OF_FEED = re.compile(r"<\?xml|<(?:rss|feed|rdf:RDF)[\s>]", re.I)


class Body(NamedTuple):
    """A document without its prolog."""

    root: str  #: local name of the first element, lower case; "" for none
    text: str  #: from the first element on


def without_prolog(text: str) -> Body:
    """Take off all that stands before the first element, and what a program printed before a feed.

    Raises:
        ParseError: a DOCTYPE that never ends, or one that hides behind something else.
    """
    body = _skip(text)
    if body.root not in (*FEED_ROOTS, "html") and (start := START_OF_FEED.search(text, 1, JUNK_CHARACTERS)):
        late = _skip(text[start.start() :])
        return late if late.root in FEED_ROOTS else body
    return body


def _skip(text: str) -> Body:
    at = 0
    while found := MISCELLANY.match(text, at) or DOCTYPE.match(text, at):
        at = found.end()
    root = ROOT.match(text, at)
    if root is None and "<!DOCTYPE" in text[at:].upper():
        raise ParseError("not a feed: a DOCTYPE that cannot be read", passing=False)
    return Body(root[1].lower() if root else "", text[at:] if root else "")
