"""`tags` and `categories`: a list, or a mapping that lets words of the feed in.

Rule: as in `read`: what is wrong is noted beside the other faults of the file, and not raised.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from ..model import FromFeed
from ..writer.labels import folded
from .keys import LABELS, Key
from .read import Fields, Reading

NAMES = ("tags", "categories")


def read_values(reading: Reading, fields: Fields, keys: Iterable[Key], path: str) -> dict[str, Any]:
    """Return the values of `defaults` or of a source, by field name; what is wrong is noted and left out.

    Labels are replaced as a whole: a source's list is not mixed with a mapping under `defaults`.
    """
    mappings = {name: fields[name] for name in NAMES if isinstance(fields.get(name), yaml.MappingNode)}
    found = reading.values({name: node for name, node in fields.items() if name not in mappings}, keys, path)
    found |= {f"{name}_of_feed": FromFeed() for name in NAMES if name in found}
    for name, node in mappings.items():
        found |= _mapped(reading, name, node, f"{path}.{name}")
    return found


def _mapped(reading: Reading, name: str, node: yaml.Node, path: str) -> dict[str, Any]:
    fields = reading.mapping(node, path, [key.name for key in LABELS])
    plain = {field: part for field, part in fields.items() if field != "map"}
    values = reading.values(plain, LABELS, path)
    words = _words(reading, fields["map"], f"{path}.map") if "map" in fields else {}
    taken = FromFeed(values.get("from_feed", False), tuple(words.items()))
    return {name: values.get("names", ()), f"{name}_of_feed": taken}


def _words(reading: Reading, node: yaml.Node, path: str) -> dict[str, str]:
    """Return the words of a feed, folded, with ours; nothing, `""`, leaves one out."""
    words: dict[str, str] = {}
    for said, ours in reading.pairs(node, path):
        (key,) = (key for key in LABELS if key.name == "map")
        value = reading.scalar(key, ours, f"{path}.{said}") if ours is not None else ""
        if not folded(said):
            reading.fault(path, "has an empty word: leave it out", node)
        elif isinstance(value, str):
            words[folded(said)] = value
    return words
