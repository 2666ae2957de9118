"""Bytes → one tree, and how much a text says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import markup
from crawler.errors import ParseError
from crawler.extractor.clean import clean_html
from crawler.extractor.tree import visible_text
from crawler.model import Page
from crawler.writer import escape

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def page(body: bytes, content_type: str = "text/html") -> Page:
    return Page("https://e.org/", "https://e.org/", 200, (("content-type", content_type),), body, NOW)


def document(text: str) -> str:
    return f"<!DOCTYPE html><html><head><title>t</title></head><body><p>{text}</p></body></html>"


def said(body: bytes, content_type: str = "text/html") -> str:
    return visible_text(markup.parse(page(body, content_type)).find("body"))


# --- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"%PDF-1.7", "application/pdf", "not a page: application/pdf"),
        (b"%PDF-1.7", "text/html", "not a page: PDF data"),
        (b"\x89PNG\r\n", "text/html", "not a page: a picture"),
        (b"PK\x03\x04....", "", "not a page: a zip archive"),
        (b'{"a": 1}', "application/json", "not a page: application/json"),
        (b"body {}", "text/css", "not a page: text/css"),
        (b"<html>\x00\x01", "text/html", "not a page: binary data"),
        (b"<html>" + b"a" * 600 + b"\x01\x02" * 20, "text/html", "not a page: binary data"),
        (b"<!-- nothing -->", "text/html", "not a page: Document is empty"),
    ],
)
def test_what_is_no_page_is_refused_for_good(body: bytes, content_type: str, reason: str) -> None:
    with pytest.raises(ParseError) as e:
        markup.parse(page(body, content_type))
    assert e.value.reason == reason
    assert not e.value.passing


@pytest.mark.parametrize("body", [b"", b" \r\n\t"])
def test_nothing_is_a_passing_failure(body: bytes) -> None:
    with pytest.raises(ParseError, match="empty page") as e:
        markup.parse(page(body))
    assert e.value.passing


@pytest.mark.parametrize("content_type", ["", "application/octet-stream", "application/xhtml+xml", "TEXT/HTML;x"])
def test_what_looks_like_html_is_a_page(content_type: str) -> None:
    assert said(b"\n<!-- made by hand --><!doctype HTML><p>Hello", content_type) == "Hello"


def test_plain_text_keeps_its_paragraphs() -> None:
    assert said(b"One < two\nlines\n\nThree", "text/plain") == "One < two\nlines\nThree"
    assert said(b"<html><p>One", "text/plain") == "One"


def test_a_form_feed_is_a_blank() -> None:
    """It is one in HTML, and a character that lxml refuses to be given back."""
    assert said(document("one\ftwo").encode()) == "one two"
    assert clean_html("<p>one\ftwo</p>", "https://e.org/") == "<p>one two</p>"


def test_stray_controls_are_dropped() -> None:
    assert said(b"<p>a" + b"b" * 300 + b"\x01\x1b</p>") == "a" + "b" * 300


NUMBERS = [
    "&#1;",
    "&#0;",
    "&#x1F;",
    "&#xfffe;",
    "&#xD800;",
    "&#127;",
    "&#x110000;",
    "\ufffe",
    "\uffff",
    "\ud800",
    "&#11",
]


@pytest.mark.parametrize("written", NUMBERS)
def test_characters_that_no_tree_can_hold_are_dropped(written: str) -> None:
    root = markup.from_text(f"<p title='a{written}b'>a{written}b</p>")
    for said in (root.find(".//p").text, root.find(".//p").get("title")):
        assert said.replace("?", "") == "ab"
        root.set("again", said)


def test_references_are_read_as_browsers_do() -> None:
    assert markup.from_text("<p>&#150;&#x92;&#26725;&#128169;&#10;</p>").find(".//p").text == "–’桥💩\n"


def test_han_characters_weigh_three() -> None:
    assert markup.weigh("桥梁ab，") == 2 * 3 + 3
    assert markup.weigh("") == 0


@given(st.text(st.sampled_from("aé \u303f\u3040ー桥\uac00\ufa00\uffff\U00020000😀"), max_size=30))
def test_weights_are_the_same_however_they_are_told(text: str) -> None:
    assert markup.weigh(text) == len(text) + 2 * len(markup.CJK.findall(text))


BLANKS_AND_LETTERS = "ab  \t\n\r\f\x1c\x85\xa0\u2028\u3000\u200b桥"


@given(st.text(st.sampled_from(BLANKS_AND_LETTERS), max_size=30))
def test_white_space_is_folded_the_same_however_it_is_told_to_be_folded_already(text: str) -> None:
    assert markup.squeeze(text) == " ".join(text.split())
    assert escape.fold(text) == escape.FOLDED.sub(" ", text)


@pytest.mark.parametrize(
    "inside", ["", "a &amp; b", "a <b>c</b>\n<!-- no --> d", "<script>x</script>y<br>z", "桥&#8203;"]
)
def test_the_text_of_an_element_is_what_lxml_says(inside: str) -> None:
    element = markup.from_text(f"<div><p>{inside}</p>tail</div>").find(".//p")
    assert markup.text_of(element) == element.text_content()
