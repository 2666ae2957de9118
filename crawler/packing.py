"""A feed's entry as bytes, kept while its article is pending.

Rule: what is packed is read back equal; what a later version packed with fields we do not know is still read, and
what nobody can read is nothing.
"""

from __future__ import annotations

import json
import logging
import zlib
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from .model import Entry

log = logging.getLogger(__name__)

#: Bytes below which deflating saves next to nothing: an address and a date, of which a sitemap has 50,000.
WORTH_DEFLATING = 512
#: Entries with full text shrink to a third; the highest level takes four times as long for 2 % more.
LEVEL = 6
NAMES = tuple(f.name for f in fields(Entry))
VALUES = attrgetter(*NAMES)
FIELDS = frozenset(NAMES)
MOMENTS = ("published", "updated")


def pack(entry: Entry) -> bytes:
    """Return the entry as JSON, empty fields left out; deflated where that saves something."""
    facts = {n: v if type(v) is str else _plain(v) for n, v in zip(NAMES, VALUES(entry), strict=True) if v}
    plainly = json.dumps(facts).encode("ascii")
    return plainly if len(plainly) < WORTH_DEFLATING else zlib.compress(plainly, LEVEL)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def unpack(packed: bytes) -> Entry:
    """Return the entry that was packed; an empty one for bytes that a fault on the disk changed.

    The article is then made from its page alone: better than a state that can never be worked off.
    """
    try:
        plainly = packed if packed.startswith(b"{") else zlib.decompress(packed)  # whose streams begin with "x"
        facts: dict[str, Any] = {k: v for k, v in json.loads(plainly).items() if k in FIELDS}
        moments = {name: datetime.fromisoformat(facts[name]) for name in MOMENTS if name in facts}
    except (zlib.error, ValueError) as e:
        log.warning("an entry in the frontier cannot be read: %s", e)
        return Entry()
    return Entry(**facts | moments | {"categories": tuple(facts.get("categories", ()))})
