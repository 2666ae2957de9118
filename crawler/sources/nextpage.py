"""Where a list goes on: the link to its next older page, as the user says, as the page states, or by its number.

Pure. Only what the user names may lead to another site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml.html import HtmlElement

from ..model import Source
from ..selectors import select_all
from ..urls import join, same_site
from .jsonlist import link_at
from .links import links_of
from .spotting import Sheet

#: What the link to the next page is called where it has no number; signs and arrows around it do not count.
NEXT = frozenset(
    (
        *(
            "next",
            "next page",
            "older",
            "older posts",
            "older entries",
            "下一页",
            "下一頁",
            "下页",
            "下頁",
            "后页",
            "後頁",
        ),
        *("次へ", "次のページ", "다음", "suivant", "page suivante", "siguiente", "weiter", "nächste", "nächste seite"),
        *("successiva", "próxima", "volgende", "nästa", "далее", "дальше"),
    )
)
SIGNS = re.compile(r"^[\W_]+|[\W_]+$")
ARROWS = ("›", "»", "→", ">", ">>")


def next_page(sheet: Sheet, source: Source, number: int) -> tuple[str, bool]:
    """Return the address of a list's next page, and whether it is sure to be that; ("", False) for none.

    Args:
        sheet: the page at hand.
        source: its `next_page` says where the link is.
        number: of the page looked for; the first one is 1.
    """
    if source.next_page:
        return next(_selected(sheet, source.next_page), ""), True
    stated = next(_stated(sheet), "")
    return (stated, True) if stated else (next(_guessed(sheet, number), ""), False)


def next_of_json(document: Any, source: Source, base: str) -> str:
    """Return the address of the next page of a list in JSON, "" for none."""
    return link_at(document, source.next_page, base) if source.next_page else ""


def _selected(sheet: Sheet, selector: str) -> Iterator[str]:
    for found in select_all(sheet.root, selector):
        if isinstance(found, HtmlElement):
            yield from _others(sheet, (found.get("href"), *(a.get("href") for a in found.iter("a"))))
        else:
            yield from _others(sheet, (found,))


def _stated(sheet: Sheet) -> Iterator[str]:
    """Yield what is marked rel=next, in the head or the body."""
    marked = (e for e in sheet.root.iter("link", "a") if "next" in (e.get("rel") or "").lower().split())
    yield from (url for url in _others(sheet, (e.get("href") for e in marked)) if same_site(url, sheet.base))


def _guessed(sheet: Sheet, number: int) -> Iterator[str]:
    """Yield the links whose text is the next number, then those that are called so."""
    links = [link for link in links_of(sheet.root, sheet.base) if same_site(link.url, sheet.base)]
    yield from (link.url for link in links if link.text == str(number))
    yield from (link.url for link in links if link.text in ARROWS or SIGNS.sub("", link.text).lower() in NEXT)


def _others(sheet: Sheet, hrefs: Any) -> Iterator[str]:
    """Yield the addresses of some links that lead to another page."""
    for href in hrefs:
        url = join(sheet.base, href).partition("#")[0] if href and href.strip() else ""
        if url and url != sheet.page.final_url.partition("#")[0]:
            yield url
