"""Links of a page: their boxes, and those that are a list of articles."""

from __future__ import annotations

import pytest
from lxml import html

from crawler.markup import from_text
from crawler.sources.links import base_of, boxes, find_list, label_of, links_of, text_of
from crawler.sources.spotting import open_sheet
from tests.lists import CARDS, HEADLINES, HOT, LIST, SOUP, TABLE, WHOLE_CARDS, each, sheet, zaobao_2021, zaobao_2026

HERE = "https://e.org/news/"


def found(body: str) -> list[str]:
    """Return the addresses of the list on a page."""
    there = open_sheet(sheet(body))
    return [link.url for link in find_list(links_of(there.root, there.base), there.base)]


@pytest.mark.parametrize(
    ("body", "address"),
    [
        (TABLE, "https://e.org/a/{}.html"),
        (CARDS, "https://e.org/story2021{}"),
        (WHOLE_CARDS, "https://e.org/s/{}"),
        (LIST, "https://e.org/news/{}.html"),
        (SOUP, "https://e.org/2021/11/{}/a-b-c"),
        (HOT + LIST, "https://e.org/news/{}.html"),
        (LIST + HOT, "https://e.org/news/{}.html"),
    ],
    ids=["table", "cards", "whole cards", "list", "soup", "hot list before", "hot list behind"],
)
def test_the_list_of_a_page_is_found(body: str, address: str) -> None:
    assert found(body) == [address.format(1000 + i) for i in range(len(HEADLINES))]


@pytest.mark.parametrize("body", [zaobao_2021(), zaobao_2026()], ids=["2021", "2026"])
def test_the_list_of_zaobao_is_found(body: str) -> None:
    assert [url[-7:] for url in found(body)] == ["1215302", "1215298", "1215290"]


@pytest.mark.parametrize(
    "body",
    [
        "<p>Nothing here</p>",
        "<p>We are a harbour. <a href='/x'>Write to us about anything</a> or <a href='/y'>read what others wrote</a></p>",
        "<p>A sentence that has links to <a href='/a-b-c'>things that were said before</a></p>" * 5,
        "".join(
            f"<p>A sentence that has a link to <a href='/a-b-{i}'>things that were said {i}</a></p>" for i in range(9)
        ),
        "".join(f"<p><a href='/a-b-{i}'>Read the whole story</a></p>" for i in range(9)),
        each("<p><a href='/a-b-{n}'>{t}</a></p>", HEADLINES[:2]),
    ],
    ids=["no links", "two links", "one address", "links in sentences", "one text", "two entries"],
)
def test_a_page_without_a_list_has_none(body: str) -> None:
    assert found(body) == []


def test_rows_of_one_list_stay_together_whatever_their_places_are_called() -> None:
    item = "<div class=col><a href='/a-b-{n}'>{t}</a></div>"
    rows = [each(item, HEADLINES[:3]), each(item.replace("{n}", "1{n}"), HEADLINES[3:])]
    body = f"<div><div class='row first'>{rows[0]}</div><div class='row'>{rows[1]}</div><div class='row'></div></div>"
    assert len(found(body)) == 6


def test_lists_that_are_called_otherwise_are_two_and_the_better_one_counts() -> None:
    """Both have the same tags all the way up."""
    item = "<li><a href='/a-b-{n}'>{t}</a></li>"
    short = [headline[:18] for headline in HEADLINES]
    body = f"<ul id=brief>{each(item.replace('a-b', 'x-y'), short)}</ul><ul id=news>{each(item)}</ul>"
    assert {url[-8:-4] for url in found(body)} == {"a-b-"}
    many = "".join(
        f"<ul id=l{chr(97 + i)}>{each(item.replace('a-b', f'a-{i}').replace('{t}', f'{i} {{t}}'), short)}</ul>"
        for i in range(51)
    )
    assert len(found(many)) == 6 * 51  # too many to be told apart
    few = f"<ul id=news>{each(item)}</ul>" + "".join(
        f"<ul><li><a href='/z-z-{i}'>A lone story {i}</a></li></ul>" for i in range(60)
    )
    assert len(found(f"{few}<ul id=brief>{each(item.replace('a-b', 'x-y'), short)}</ul>")) == 6


def test_links_too_deep_in_the_tree_are_left_out() -> None:
    assert found("<div>" * 220 + LIST + "</div>" * 220) == []


def test_links_are_absolute_without_fragment_and_lead_elsewhere() -> None:
    root = from_text(
        "<base href='/deep/'><a href='1#top'>One</a><a href='#top'>Up</a><a>none</a><a href='javascript:x()'>x</a>"
        "<a href='mailto:a@e.org'>x</a><a href='https://f.org/'>Other</a>"
    )
    base = base_of(root, "https://e.org/x")
    assert [(link.url, link.text) for link in links_of(root, base)] == [
        ("https://e.org/deep/1", "One"),
        ("https://f.org/", "Other"),
    ]
    assert base_of(from_text("<base href='mailto:x'><p>x"), HERE) == HERE
    assert base_of(from_text("<p>x"), HERE) == HERE


def test_the_number_of_links_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.sources.links.MAX_LINKS", 3)
    assert len(links_of(from_text(LIST), HERE)) == 3


def test_text_is_on_one_line_words_apart_and_bounded() -> None:
    card = html.fragment_fromstring("<a>\n<b>Sta</b>te <div>of</div><div>play<i>!</i></div> <time>12:20</time> now</a>")
    assert text_of(card) == "State of play! 12:20 now"
    assert text_of(card, card.find(".//time")) == "State of play! now"
    assert text_of(html.fragment_fromstring(f"<p>{'x' * 200}<b>{'y' * 200}</b>more</p>")) == "x" * 200 + "y" * 100


def test_a_link_without_text_is_named_by_its_attributes_or_its_picture() -> None:
    root = from_text(
        "<a href=1>Text<img alt=p></a><a href=2 title=T aria-label=L><img alt=p></a><a href=3 aria-label='L  M'></a>"
        "<a href=4><img><img alt=p></a><a href=5></a>"
    )
    assert [label_of(link) for link in links_of(root, HERE)] == ["Text", "T", "L M", "p", ""]


def test_a_box_is_all_that_belongs_to_one_address() -> None:
    root = from_text(
        "<div><ul><li id=a><a href=1></a><b><a href=1>One</a></b></li><li id=b><p><a href=2>Two</a></p>x</li></ul>"
        "<p id=c><a href=1>O</a></p></div>"
    )
    assert [(box.element.get("id"), box.link.text) for box in boxes(links_of(root, HERE))] == [
        ("a", "One"),
        ("b", "Two"),
    ]
    alone = boxes(links_of(from_text("<div id=a><a href=1>One</a></div>"), HERE))
    assert [box.element.get("id") for box in alone] == ["a"]
