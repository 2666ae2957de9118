"""A post that was there before us read back, and given its text: what stands above the text stays, byte for byte.

Pure. Reads the predecessor's forms, which are looser than ours: `<!--NaN-->` for a time it did not know, further keys,
no comment, no link line, no envelope, a body on one line or none at all, the line ends of Windows.
"""

from __future__ import annotations

import re

from ..moments import EPOCH
from .earlier import Earlier
from .scalars import moment, unquoted

FRONT = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?\n)---[ \t]*(?:\r?\n|\Z)", re.S)
#: The comment and the link line with the dashes below it; either may be missing.
COMMENT = re.compile(rb"\s*<!--[^\n]*-->[ \t]*(?:\r?\n|\Z)")
LINK = re.compile(rb"\s*\[[^\n]*\r?\n-{3,}[ \t]*(?:\r?\n|\Z)")
ENVELOPE = re.compile(rb"\s*<div[^<>]*>(.*)</div>\s*", re.S)
#: Said once in front of the text: `<div markdown="1">`, or nothing at all, is Markdown; any other envelope is HTML.
HTML_ENVELOPE = re.compile(rb"\s*<div(?![^<>]*\bmarkdown=)[^<>]*>")
LINE = re.compile(r"^(title|author|date|lang|image):[ \t]*(.*?)[ \t]*\r?$", re.M)
#: In a post that we laid out: the end of its front matter, and of its link line. Both stand there once before the body.
OUR_FRONT, OUR_LINK = b"\n---\n", b"\n------\n\n"


def read_adopted(data: bytes) -> Earlier | None:
    """Read a post whoever wrote it; None where it has no front matter."""
    front = FRONT.match(data)
    if front is None:
        return None
    comment = COMMENT.match(data, front.end())
    above = comment or front
    above = LINK.match(data, above.end()) or above
    body = data[above.end() :]
    inner = ENVELOPE.fullmatch(body)
    lines = {name: unquoted(value) for name, value in LINE.findall(front[1].decode("utf-8", "replace"))}
    published = moment(lines.get("date", "")) or EPOCH
    return Earlier(
        lines.get("title", ""),
        lines.get("author", ""),
        published,
        published,
        language=lines.get("lang", ""),
        image=lines.get("image", ""),
        body=(inner[1] if inner else body).decode("utf-8", "replace").strip(),
        head=data[: above.end()],
    )


def is_html(data: bytes, post: Earlier) -> bool:
    """Tell whether the body of a post, read by `read_adopted`, is HTML, and no Markdown: the envelope says so."""
    return HTML_ENVELOPE.match(data, len(post.head)) is not None


def refilled(data: bytes, head: bytes) -> bytes:
    """Return an earlier post's head with the rest of a new one that we laid out.

    Args:
        data: the new post; its own comment and link line are taken where the head has none.
        head: of `Earlier`.
    """
    front = FRONT.match(head)
    assert front is not None  # noqa: S101 - so it was read
    comment, whole = COMMENT.match(head, front.end()), head if head.endswith(b"\n") else head + b"\n"
    rest = data.partition(OUR_FRONT)[2]
    if front.end() == len(head):
        return whole + rest
    if comment is not None and comment.end() == len(head):
        return whole + (rest.partition(b"\n")[2] if rest.startswith(b"<!--") else rest)
    above, found, below = rest.partition(OUR_LINK)
    return whole + b"\n" + (below if found else above.lstrip(b"\n"))  # other layouts have no link line
