"""What a source's kind makes of its other keys: selectors, dotted paths, or nothing at all.

Rule: a key that would say nothing is an error, not silence. Faults are noted at the key, as everywhere in `config`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..sources import rsshub, templates
from . import parse
from .read import Fields, Reading

#: Keys that say where in an entry things stand, and that of the entries themselves.
INSIDE = ("link", "title", "date")
PLACES = ("item", *INSIDE)
FIELD = re.compile(r"\{([^{}]*)\}")
#: What people write who know other languages for the same: $.a[0], a/b.
FOREIGN_PATH = re.compile(r"[\[\]$/{}\s]")


def check_kind(reading: Reading, path: str, values: Mapping[str, Any], fields: Fields) -> None:
    """Note what is wrong with a source's keys in the light of its kind.

    Args:
        reading: takes the faults.
        path: of the source: `sources[2]`.
        values: of the source by field, defaults included; what could not be read is missing.
        fields: what stands in the file.
    """
    kind = values.get("kind", "")
    for name in (*PLACES, "pages", "next"):
        said = str(values.get("next_page" if name == "next" else name) or "")
        if said and (wrong := _wrong(name, said, kind, values)):
            reading.fault(f"{path}.{name}", wrong, fields.get(name))
    if kind == "json" and not values.get("link"):
        reading.fault(f"{path}.link", "must be given: where in an entry of the JSON its address stands")
    if kind in ("list", "json", "sitemap"):
        if rsshub.is_route(str(values.get("url", ""))):
            reading.fault(f"{path}.kind", f"{kind} is not what rsshub:// brings: leave it out", fields.get("kind"))
        if values.get("content") == "feed":
            where = fields.get("content", fields.get("kind"))
            reading.fault(f"{path}.content", f"feed is not to be had: kind {kind} has no texts; write page", where)


def check_keys(values: Mapping[str, Any]) -> None:
    """Refuse a source that is about to be added, as `load` would refuse it then.

    Args:
        values: of the source by key, as far as they are given.

    Raises:
        ConfigError: with all faults, one a line.
    """
    reading = Reading({})
    check_kind(reading, "", values if "kind" in values else {**values, "kind": "feed"}, {})
    reading.faults = [fault.removeprefix(".") for fault in reading.faults]
    reading.done()


def _wrong(name: str, said: str, kind: str, values: Mapping[str, Any]) -> str:
    """Return what is wrong with one key, or ""."""
    if kind == "sitemap":
        return "says nothing for kind sitemap: it has its entries in one form"
    if kind == "feed" and name == "next":
        return "says nothing for kind feed: its older pages are found without it, or named by `pages`"
    if kind == "feed" and name in PLACES and not values.get("pages"):
        return "says nothing for kind feed without `pages`: write `kind: list` if the address is a page"
    if name == "pages":
        return _wrong_pages(said, values)
    if kind == "json":
        return _wrong_path(name, said)
    return _wrong_selector(name, said)


def _wrong_pages(said: str, values: Mapping[str, Any]) -> str:
    if values.get("next_page"):
        return "stands beside `next`: give one of the two"
    if wrong := templates.fault(said):
        return wrong
    try:
        parse.web_address(templates.MARK.sub("1", said))
    except ValueError as e:
        return str(e)
    return ""


def _wrong_selector(name: str, said: str) -> str:
    if name in INSIDE and said.startswith("/"):
        return f"{said!r} begins at the whole page: write .{said}"
    try:
        parse.selector(said)
    except ValueError as e:
        return str(e)
    return ""


def _wrong_path(name: str, said: str) -> str:
    """Return what is wrong with a dotted path, or with a link that is a template of them."""
    is_template = "{" in said and name in ("link", "next")
    for path in FIELD.findall(said) if is_template else [said]:
        if FOREIGN_PATH.search(path) or "" in path.split("."):
            return f"{path!r} is no dotted path: write it like data.list, items.0.docs or items.*.docs"
    if is_template and re.search(r"[{}]", FIELD.sub("", said)):
        return f"{said!r} has a brace without its partner"
    return ""
