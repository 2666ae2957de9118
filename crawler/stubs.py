"""Whether a post is a stub: a headline, a summary, the first lines, where an article should be.

Pure. Made for the predecessor's posts, which hold what the feed gave, and some feeds give no more than a summary. To
take a whole post for a stub costs a request, and the post stays, as its page says the same.
"""

from __future__ import annotations

import re

from .extractor.doubt import CUT, LONGEST_TEASER, SHORT_TEXT
from .markup import squeeze, weigh
from .writer.adopted import read_adopted
from .writer.earlier import SIGNS, Earlier, readable

#: Weight of a body below which it is a stub (see `weigh`; a Han character counts three). Of 428 posts of the
#: predecessor's 24 channels the longest summary that stands for an article has 283, the shortest whole report 353.
LEAST = SHORT_TEXT
#: Characters of a body, markup included, from which on it is no stub whatever it says: not even looked at.
LONGEST = 100_000
#: How texts end that go on elsewhere, beside those that feeds use.
GOES_ON = re.compile(r"(?:继续|繼續)(?:阅读|閱讀).{0,20}$")


def fault_of(data: bytes, address: str) -> str:
    """Return why a post is a stub, for people; "" for a whole one, or a file that is no post.

    Args:
        data: of the file.
        address: of its article.
    """
    post = read_adopted(data)
    return "" if post is None or len(post.body) > LONGEST else _fault(post, address)


def _fault(post: Earlier, address: str) -> str:
    text = squeeze(readable(post.body))
    said, weight = SIGNS.sub("", text), weigh(text)
    if not said:
        return "it has no text"
    if not said.replace(SIGNS.sub("", post.title), "").replace(SIGNS.sub("", address), ""):
        return "its text is its title or its address"
    if weight < LEAST:
        return f"its text has {len(text)} characters"
    if weight < LONGEST_TEASER and (CUT.search(text) or GOES_ON.search(text)):
        return "its text breaks off"
    return ""
