"""What a parser makes of a document, made once a process where all is equal.

Parsers are pure, so nobody can tell; each call is answered with what the first one was.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any, TypeVar

from crawler import extractor
from crawler.model import Failure
from crawler.workers import at_the_door

T = TypeVar("T")
_MADE: dict[object, Any] = {}


def once(work: Callable[..., T], *args: object) -> T | Failure:
    """Do the work of a document, as a parser's process does, or remember what came of it."""
    key = extractor.extract, pickle.dumps((work, args))  # a test may put another one in its place
    if key not in _MADE:
        _MADE[key] = at_the_door(work, *args)
    made: T | Failure = _MADE[key]
    return made
