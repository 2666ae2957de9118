"""A page that says of itself what a test wants it to say, and what is read of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from lxml import html

from crawler.extractor.facts import Facts
from crawler.extractor.metadata import read
from crawler.extractor.rules import SiteRule

URL = "https://e.org/a/bridge"
NOON = datetime(2021, 11, 20, 4, 20, tzinfo=UTC)
STATED = "2021-11-20T12:20:00+08:00"


def facts(head: str = "", body: str = "", rule: SiteRule | None = None) -> Facts:
    return read(html.document_fromstring(f"<html><head>{head}</head><body>{body}<p>x</p></body></html>"), URL, rule)


def ld(*nodes: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)


ARTICLE = {
    "@type": "NewsArticle",
    "headline": "From JSON-LD",
    "datePublished": STATED,
    "author": {"@type": "Person", "name": "Ann Lee"},
}
