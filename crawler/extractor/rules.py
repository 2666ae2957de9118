"""What we know of sites: rows of selectors, and how a selector is read.

Rule: a site is a row of `sites.yaml`, never a class. Rows come as plain data (the YAML is read outside the core);
a row that cannot work is a ConfigError naming its key. Selectors are XPath when they begin with `/`, `./` or `(`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from cssselect import SelectorError
from lxml import etree, html
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from ..errors import ConfigError, ExtractError
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


#: XPath functions are looked up when they are called, so that a selector must find something to be called wrong.
PROBE = html.document_fromstring(
    "<article id=a class=a><h1>a</h1><div id=a class=a><p class=a>a <a href=a>a</a><span>a</span><img src=a></p></div>"
    "<section><ul><li>a</li></ul><table><tr><td>a</td></tr></table><time datetime=a>a</time></section>"
    "<header id=a class=a><h2>a</h2></header><aside id=a class=a>a</aside><figure class=a><figcaption>a</figcaption>"
    "</figure><footer id=a class=a><em>a</em><strong>a</strong></footer></article>"
)


def check_selector(text: str) -> str:
    """Return why a CSS or XPath selector cannot be used, or ""; an empty one selects nothing and is no fault."""
    try:
        if text.strip():
            _compiled(text.strip())(PROBE)
    except (SelectorError, etree.XPathError) as e:
        return f"bad selector {text!r}: {e}"
    return ""


@lru_cache(maxsize=4096)
def _compiled(text: str) -> Any:
    return etree.XPath(text) if text.startswith(("/", "./", "(")) else CSSSelector(text, translator="html")


def select_all(root: HtmlElement, text: str) -> list[HtmlElement | str]:
    """Return what a selector finds, in the page's order: elements, and strings where the XPath asks for them.

    Raises:
        ExtractError: the selector fails on this page, though it passed `check_selector`.
    """
    if not text.strip():
        return []
    try:
        found = _compiled(text.strip())(root)
    except (SelectorError, etree.XPathError) as e:
        raise ExtractError(f"bad selector {text!r}: {e}", passing=False) from e
    return [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, str | HtmlElement)]


def select(root: HtmlElement, text: str) -> list[HtmlElement]:
    """Return the elements that a selector finds, outermost ones only, in the page's order."""
    found = [item for item in select_all(root, text) if isinstance(item, HtmlElement)]
    chosen = set(found)
    return [e for e in found if not any(above in chosen for above in e.iterancestors())]


def first_text(root: HtmlElement, selectors: Sequence[str]) -> str:
    """Return the first text that is not blank among all that the selectors find, or ""."""
    return next(iter(first_texts(root, selectors)), "")


def first_texts(root: HtmlElement, selectors: Sequence[str]) -> list[str]:
    """Return the texts that are not blank of the first selector that finds any."""
    for text in selectors:
        items = (item if isinstance(item, str) else _said(item) for item in select_all(root, text))
        if said := [" ".join(item.split()) for item in items if item.strip()]:
            return said
    return []


def _said(element: HtmlElement) -> str:
    return element.get("datetime") or element.get("content") or str(element.text_content())
