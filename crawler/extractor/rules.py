"""What we know of sites: rows of selectors.

Rule: a site is a row of `sites.yaml`, never a class. Rows come as plain data (the YAML is read outside the core);
a row that cannot work is a ConfigError naming its key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ..errors import ConfigError
from ..selectors import check_selector
from ..urls import host
from .dates import zone_named
from .doubt import MIN_SURE
from .forest import Forest
from .repeats import NOTHING, Learned


@dataclass(frozen=True, slots=True)
class SiteRule:
    """One row: how the pages of some hosts are read. Every list is tried in order, the first that finds wins."""

    hosts: tuple[str, ...]  #: the row is for these and their subdomains
    body: tuple[str, ...] = ()  #: all that one selector matches is joined, in the page's order
    remove: tuple[str, ...] = ()  #: taken out of the body, wherever it was found
    title: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    timezone: str = ""  #: IANA name, for times printed without a zone
    text_remove: tuple[str, ...] = ()  #: regular expressions; a block whose whole text matches is taken out
    next_page: tuple[str, ...] = ()  #: links to the article's next page, or their addresses
    single_page: tuple[str, ...] = ()  #: the same, to a page that has the whole article
    name: str = ""  #: of the file it stands in; "" for the packaged rows
    is_exact: bool = False  #: for the hosts alone, not for their subdomains
    swaps: tuple[tuple[str, str], ...] = ()  #: text of the page's source, and what is put in its place
    wraps: tuple[tuple[str, str], ...] = ()  #: selector, and what to make of its elements; see `alter.reshape`
    keeps_all: bool = False  #: no boilerplate is looked for inside the body it finds
    must_find: bool = False  #: a page without any of its bodies has no article
    stays: bool = False  #: the page's own rel=next is not followed
    skips_json_ld: bool = False  #: what the page says in JSON-LD is not to be believed


#: What a row of YAML may have; the other fields are of rules in FTR's form.
KEYS = (
    *("hosts", "body", "remove", "title", "date", "author", "timezone", "text_remove"),
    *("next_page", "single_page", "test_url"),
)


@dataclass(frozen=True, slots=True)
class Rules:
    """The tables of sites: the packaged one, and the user's own, which is stronger; and what the source repeats."""

    rows: tuple[SiteRule, ...] = ()
    own: tuple[SiteRule, ...] = ()
    learned: Learned = NOTHING  #: of the source at hand
    forest: Forest | None = None  #: the judge of blocks; None: the one that comes with the package
    sure: float = MIN_SURE  #: how sure the judge must be, 0 to 1, for an article to be filed

    def all_for(self, url: str) -> tuple[SiteRule, ...]:
        """Return the rows of the address's host, the most exact one of each table, the user's first."""
        return tuple(row for table in (self.own, self.rows) if (row := _most_exact(table, host_of(url))))

    def rule_for(self, url: str) -> SiteRule | None:
        """Return all that is known of the address's host as one row, or None."""
        found = self.all_for(url)
        return joined(found) if len(found) > 1 else next(iter(found), None)


def host_of(url: str) -> str:
    """Return the host that rules go by: without a port."""
    return host(url).partition(":")[0]


def matches(row: SiteRule, name: str) -> bool:
    """Tell whether a row is for a host."""
    return any(name == h or (name.endswith("." + h) and not row.is_exact) for h in row.hosts)


def _most_exact(table: Sequence[SiteRule], name: str) -> SiteRule | None:
    found = [(len(h), row) for row in table if matches(row, name) for h in row.hosts if name.endswith(h)]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def joined(rows: Sequence[SiteRule]) -> SiteRule:
    """Make one row of several: lists one behind the other, of what can be said only once the first word."""
    return SiteRule(**{f.name: _merged([getattr(row, f.name) for row in rows]) for f in fields(SiteRule)})


def _merged(values: Sequence[Any]) -> Any:
    if isinstance(values[0], tuple):
        return tuple(item for value in values for item in value)
    return next(filter(None, values), values[0])


def parse_rules(rows: Sequence[Mapping[str, object]], where: str = "sites.yaml", name: str = "") -> Rules:
    """Read the rows of `sites.yaml`, or of a file of the user's in that form.

    Args:
        rows: as YAML has them.
        where: what faults are told of.
        name: see `SiteRule.name`.

    Raises:
        ConfigError: an unknown key, a value of the wrong shape, a selector, expression or zone that cannot work.
    """
    return Rules(tuple(_row(row, f"{where}[{i}]", name) for i, row in enumerate(rows)))


def _row(row: Mapping[str, object], where: str, name: str) -> SiteRule:
    for key, value in row.items():
        if key not in KEYS:
            raise ConfigError(f"{where}.{key}: unknown key; known are {', '.join(sorted(KEYS))}")
        for text in _texts(value, f"{where}.{key}"):
            problem = _check(key, text)
            if problem:
                raise ConfigError(f"{where}.{key}: {problem}")
    if not row.get("hosts"):
        raise ConfigError(f"{where}.hosts: a row needs its hosts")
    lists: dict[str, Any] = {key: _texts(value, where) for key, value in row.items() if key != "timezone"}
    tests = lists.pop("test_url", ())
    rule = SiteRule(**lists, timezone=str(row.get("timezone", "")), name=name)
    for url in tests:
        if not matches(rule, host_of(url)):
            raise ConfigError(f"{where}.test_url: {url} is on none of the row's hosts")
    return rule


def _texts(value: object, where: str) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(t, str) and t for t in texts):
        raise ConfigError(f"{where}: should be a text or a list of texts")
    return tuple(texts)


def _check(key: str, text: str) -> str:
    if key == "hosts":
        return "" if re.fullmatch(r"[a-z0-9.-]+", text) else f"not a host in lower case: {text}"
    try:
        if key == "timezone":
            zone_named(text)
        elif key == "text_remove":
            re.compile(text)
        elif key != "test_url":
            return check_selector(text)
    except (KeyError, ValueError, re.error) as e:
        return f"{text!r}: {e}"
    return ""
