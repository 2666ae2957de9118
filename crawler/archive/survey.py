"""How the archive's posts are read back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import ArchiveError
from ..heads import BOM, HEAD, HEAD_LIMIT, PostFacts, facts
from .contract import BUNDLED, Archive

DATED = re.compile(r"\d{4}-\d{2}-\d{2}-")
#: Why a file is no post: nothing or half of one is left of it, or it is a page of the user's own.
EMPTY, HEADLESS, OWN = "it is empty", "it has no front matter", "its front matter names no `from`"


def survey(archive: Archive) -> Iterator[tuple[str, PostFacts | None, str]]:
    """Yield every post's path with its facts, or with None and why there are none.

    The reason is "" where the file does not pretend to be an article: no `from`, and no date in its name
    (a README, an index page).
    """
    for path in archive.list():
        try:
            data = archive.read(path) or b""
        except ArchiveError as e:
            yield path, None, str(e).removeprefix(f"{path}: ")
            continue
        known = facts(data)
        dated = DATED.match(path.removesuffix(BUNDLED).rpartition("/")[2])
        yield path, known, "" if known or not dated else _fault(data)


def _fault(data: bytes) -> str:
    if not data:
        return EMPTY
    return OWN if HEAD.match(data[:HEAD_LIMIT].removeprefix(BOM)) else HEADLESS
