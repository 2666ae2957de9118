"""JSON-LD: what a page says of itself to machines, read with tolerance.

Rule: broken blocks are repaired or skipped, never fatal; unknown shapes are skipped. Pure.
Source: schema.org Article and its subtypes; the shapes are those met on real pages (lists, @graph, nested, strings).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from lxml.html import HtmlElement

from ..plaintext import drop_halves
from ..urls import join

#: schema.org types of which a page has one as its own text; all end so, but for these two.
ARTICLE_TYPE = re.compile(
    r"(?:https?://schema\.org/)?(?:\w*Article|\w*BlogPosting|SocialMediaPosting|Report|DiscussionForumPosting|ClaimReview)$"
)
PAGE_TYPE = re.compile(r"(?:https?://schema\.org/)?(?:\w*WebPage|VideoObject|NewsVideo|PodcastEpisode)$")
#: Nodes looked at in one page; more is a product catalogue.
MAX_NODES = 2000
#: Characters of one block; bigger ones are data dumps.
MAX_BLOCK = 2_000_000
#: Facts worth saving from a block that no repair makes whole.
SALVAGE = re.compile(r'"(headline|datePublished|dateModified)"\s*:\s*"((?:[^"\\\n]|\\.){1,500})"')

#: What a node may say by naming another one.
REFERRING = ("author", "creator", "publisher", "image")

Node = dict[str, Any]


def article_node(root: HtmlElement, url: str) -> Node:
    """Return the node that describes the page's article, or {}: an article's before a page's, this address's first."""
    nodes = list(_nodes(root))
    for wanted in (ARTICLE_TYPE, PAGE_TYPE):
        found = [n for n in nodes if any(wanted.match(t) for t in texts(n.get("@type")))]
        same = [n for n in found if _address(n, url).partition("#")[0].rstrip("/") == url.partition("#")[0].rstrip("/")]
        if found:
            return _whole((same or found)[0], nodes)
    return next((n for n in nodes if "headline" in n and "datePublished" in n), {})


def _whole(node: Node, nodes: list[Node]) -> Node:
    """Return a node with its references ({"@id": …}) resolved among the page's nodes."""
    by_id = {n["@id"]: n for n in nodes if isinstance(n.get("@id"), str) and len(n) > 1}
    return {**node, **{key: _resolved(node[key], by_id) for key in REFERRING if key in node}}


def _resolved(value: Any, by_id: dict[str, Node]) -> Any:
    if isinstance(value, list):
        return [_resolved(item, by_id) if isinstance(item, dict) else item for item in value]
    if isinstance(value, dict) and "name" not in value and isinstance(value.get("@id"), str):
        return by_id.get(value["@id"], value)
    return value


def _address(node: Node, base: str) -> str:
    for key in ("url", "mainEntityOfPage", "@id"):
        for text in texts(node.get(key), "@id", "url"):
            return join(base, text)
    return ""


def _nodes(root: HtmlElement) -> Iterator[Node]:
    """Yield every node of every block, outer ones first, in the page's order."""
    count = 0
    for script in root.iter("script"):
        if "ld+json" not in script.get("type", "").lower():
            continue
        waiting = [load(script.text or "")]
        while waiting and count < MAX_NODES:
            item = waiting.pop(0)
            count += 1
            if isinstance(item, dict):
                yield item
                waiting += [v for k, v in item.items() if k in ("@graph", "mainEntity", "mainEntityOfPage", "hasPart")]
            elif isinstance(item, list):
                waiting += item


def load(text: str) -> Any:
    """Read one block; what cannot be repaired yields the facts that can be salvaged from it, or {}."""
    text = re.sub(
        r"^\s*(?:<!\[CDATA\[|<!--|//\s*<!\[CDATA\[)|(?:\]\]>|-->|//\s*\]\]>)\s*$", "", text[:MAX_BLOCK]
    ).strip()
    for attempt in _attempts(text):
        try:
            # strict=False: newlines inside strings, the commonest fault.
            return json.JSONDecoder(strict=False).raw_decode(attempt)[0]
        except (ValueError, RecursionError):
            continue
    return {"@type": "Article", **facts} if (facts := dict(SALVAGE.findall(text))) else {}


def _attempts(text: str) -> Iterator[str]:
    """Yield a block as it is, then repaired: few need it, and it takes longer than to read them."""
    yield text
    yield text.rstrip("; \n")
    yield re.sub(r",\s*([\]}])", r"\1", text)
    yield unescape(text)


def texts(value: Any, *keys: str) -> tuple[str, ...]:
    """Return the texts of a value: a string, a node's first of `keys` (else name, url, @id), or a list of them."""
    if isinstance(value, str):
        return (said,) if (said := " ".join(unescape(drop_halves(value)).split())) else ()
    if isinstance(value, list):
        flat = [inner for item in value for inner in (item if isinstance(item, list) else [item])]
        return tuple(text for item in flat if not isinstance(item, list) for text in texts(item, *keys))
    if isinstance(value, dict):
        return next((found for key in keys or ("name", "url", "@id") if (found := _flat(value.get(key)))), ())
    return ()


def houses(value: Any) -> tuple[str, ...]:
    """Return the names of those nodes of a value that say they are organisations."""
    items = value if isinstance(value, list) else [value]
    found = [i for i in items if isinstance(i, dict) and any("Organization" in t for t in texts(i.get("@type")))]
    return texts(found)


def _flat(value: Any) -> tuple[str, ...]:
    return texts(value) if isinstance(value, str | list) else ()


def text(value: Any, *keys: str) -> str:
    """Return the first of `texts`, or ""."""
    return next(iter(texts(value, *keys)), "")
