"""How the archive's posts are read back.

Rule: reads only. What cannot be read, or is no post, is told with its reason, and ends nothing.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from ..errors import ArchiveError
from ..heads import BOM, HEAD, HEAD_LIMIT, PostFacts, facts
from .contract import BUNDLED, Archive

#: A post's path, what it says of itself, and why nothing.
Surveyed = tuple[str, PostFacts | None, str]
#: Files of an archive that is far that are asked for at once.
AT_A_TIME = 16
DATED = re.compile(r"\d{4}-\d{2}-\d{2}-")
#: Why a file is no post: nothing or half of one is left of it, or it is a page of the user's own.
EMPTY, HEADLESS, OWN = "it is empty", "it has no front matter", "its front matter names no `from`"


def survey(archive: Archive) -> Iterator[Surveyed]:
    """Yield every post's path with its facts, or with None and why there are none.

    The reason is "" where the file does not pretend to be an article: no `from`, and no date in its name
    (a README, an index page).
    """
    paths, look = archive.list(), partial(_look, archive)
    return _ahead(look, paths) if archive.is_far else map(look, paths)


def _ahead(look: Callable[[str], Surveyed], paths: Iterator[str]) -> Iterator[Surveyed]:
    """Look at files some at a time, and yield what came of it in their order."""
    with ThreadPoolExecutor(AT_A_TIME, "survey") as pool:
        begun: deque[Future[Surveyed]] = deque()
        for path in paths:
            begun.append(pool.submit(look, path))
            if len(begun) > 2 * AT_A_TIME:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def _look(archive: Archive, path: str) -> Surveyed:
    try:
        data = archive.read(path) or b""
    except ArchiveError as e:
        return path, None, str(e).removeprefix(f"{path}: ")
    known = facts(data)
    dated = DATED.match(path.removesuffix(BUNDLED).rpartition("/")[2])
    return path, known, "" if known or not dated else _fault(data)


def _fault(data: bytes) -> str:
    if not data:
        return EMPTY
    return OWN if HEAD.match(data[:HEAD_LIMIT].removeprefix(BOM)) else HEADLESS
