"""CSS and XPath selectors: whether one can be used, and what it finds.

Pure. Selectors are XPath when they begin with `/`, `./` or `(`, else CSS.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from cssselect import SelectorError
from lxml import etree, html
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from .errors import ExtractError

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
