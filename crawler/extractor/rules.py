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


@dataclass(frozen=True, slots=True)
class Rules:
    """The table of sites, and what was learned of the source at hand."""

    rows: tuple[SiteRule, ...] = ()
    learned: Learned = NOTHING
    forest: Forest | None = None  #: the judge of blocks; None: the one that comes with the package

    def rule_for(self, url: str) -> SiteRule | None:
        """Return the row of the address's host, the most exact one, or None."""
        name = host(url).partition(":")[0]
        found = [(len(h), row) for row in self.rows for h in row.hosts if name == h or name.endswith("." + h)]
        return max(found, key=lambda pair: pair[0])[1] if found else None


def parse_rules(rows: Sequence[Mapping[str, object]]) -> Rules:
    """Read the rows of `sites.yaml`.

    Raises:
        ConfigError: an unknown key, a value of the wrong shape, a selector, expression or zone that cannot work.
    """
    return Rules(tuple(_row(row, f"sites.yaml[{i}]") for i, row in enumerate(rows)))


def _row(row: Mapping[str, object], where: str) -> SiteRule:
    known = {f.name for f in fields(SiteRule)}
    for key, value in row.items():
        if key not in known:
            raise ConfigError(f"{where}.{key}: unknown key; known are {', '.join(sorted(known))}")
        for text in _texts(value, f"{where}.{key}"):
            problem = _check(key, text)
            if problem:
                raise ConfigError(f"{where}.{key}: {problem}")
    if not row.get("hosts"):
        raise ConfigError(f"{where}.hosts: a row needs its hosts")
    lists: dict[str, Any] = {key: _texts(value, where) for key, value in row.items() if key != "timezone"}
    return SiteRule(**lists, timezone=str(row.get("timezone", "")))


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
        else:
            return check_selector(text)
    except (KeyError, ValueError, re.error) as e:
        return f"{text!r}: {e}"
    return ""


#: XPath functions are looked up when they are called, so that a selector must find something to be called wrong.
PROBE = html.document_fromstring(
    "<article id=a class=a><h1>a</h1><div id=a class=a><p class=a>a <a href=a>a</a><span>a</span><img src=a></p></div>"
    "<section><ul><li>a</li></ul><table><tr><td>a</td></tr></table><time datetime=a>a</time></section></article>"
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
    for text in selectors:
        for item in select_all(root, text):
            said = " ".join((item if isinstance(item, str) else _said(item)).split())
            if said:
                return said
    return ""


def _said(element: HtmlElement) -> str:
    return element.get("datetime") or element.get("content") or str(element.text_content())
