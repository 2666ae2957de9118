"""A list is found on a page, with a selector that finds it again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.errors import ParseError
from crawler.model import Source
from crawler.sources import parse_listing
from crawler.sources.proposing import propose
from tests.lists import CARDS, HEADLINES, HOT, LIST, SOUP, TABLE, WHOLE_CARDS, each, sheet, zaobao_2021, zaobao_2026

#: The category's link stands before the title's.
LABELLED = each("<div class=box><a href='/asia'>Asia</a><p class=headline><a href='/a-b-{n}'>{t}</a></p></div>")
LABELLED_BY_NAME = each("<div class=box><a href='/asia'>Asia</a><a class='title x' href='/a-b-{n}'>{t}</a></div>")
PLAIN = "<section>" + each("<a href='/a-b-{n}'>{t}</a>") + "</section>"


@pytest.mark.parametrize(
    ("body", "item", "link"),
    [
        (TABLE, "tr", ""),
        (CARDS, ".card", ""),
        (WHOLE_CARDS, ".teaser", ""),
        (LIST, ".list li", ""),
        (SOUP, "h2", ""),
        (LIST + HOT, ".list li", ""),
        (zaobao_2021(), ".row", ""),
        (zaobao_2026(), ".card-listing", ""),
        (LABELLED, ".box", ".headline a"),
        (LABELLED_BY_NAME, ".box", "a.title"),
        (PLAIN, "section a", ""),
        (
            "<div class=one><p class=one><a href=/a-b-9>A story that is not long</a></p></div>"
            + "<div>" + each("<p class=one><a href=/a-b-{n}>{t}</a></p>") + "</div>",
            ".one",
            "",
        ),
        (f"<div id=top>{each('<div><a href=/a-b-{n}>{t}</a></div>')}</div>", "#top div", ""),
        (
            "<ul id=x-1><li class=first><a href=/a-b-9>" + "A story that is not long</a>"
            + each("<li class=odd><a href=/a-b-{n}>{t}</a>") + "</ul>",
            "#x-1 li",
            "",
        ),
    ],
)  # fmt: skip
def test_a_list_is_proposed_by_the_shortest_selector_that_finds_it(body: str, item: str, link: str) -> None:
    found = propose(sheet(body))
    assert found is not None
    assert (found.item, found.link) == (item, link)
    listed = parse_listing(Source("", "https://e.org/", kind="list", item=item, link=link), sheet(body))
    assert found.count == len(listed.entries)
    assert found.titles == tuple(entry.title for entry in listed.entries[:5])
    assert found.title == "News - Example"


def test_where_no_selector_does_it_none_is_proposed() -> None:
    """Each entry stands in another kind of box, among others like it that hold no entry."""
    tags = ("i", "b", "u", "s", "em", "q")
    rows = "".join(
        f"<div><div><{tag}>x</{tag}></div><div><a href='/a-b-{i}'>{headline}</a></div></div>"
        for i, (tag, headline) in enumerate(zip(tags, HEADLINES, strict=True))
    )
    noise = "<div><div><a href='/zz'>Z</a></div></div>" * 9
    found = propose(sheet(f"<div>{rows}</div>{noise}"))
    assert found is not None
    assert (found.item, found.count) == ("", 6)


def test_a_page_without_a_list_gets_no_proposal() -> None:
    assert propose(sheet("<p>Hello</p>")) is None
    with pytest.raises(ParseError, match="not a page"):
        propose(replace(sheet(""), body=b"%PDF-1.7"))
