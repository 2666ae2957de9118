"""Plain text as HTML."""

from __future__ import annotations

import pytest

from crawler.plaintext import drop_halves, paragraphs

PARAGRAPHS = [
    ("", ""),
    (" \n \n", ""),
    ('a & b < c "d"', '<p>a &amp; b &lt; c "d"</p>'),
    ("a\nb\r\n\r\nc\r \rd", "<p>a<br>b</p><p>c</p><p>d</p>"),
    ("  a\n\u3000\u3000b \n\n\n c \n", "<p>a<br>b</p><p>c</p>"),
]


@pytest.mark.parametrize(("text", "markup"), PARAGRAPHS)
def test_paragraphs(text: str, markup: str) -> None:
    assert paragraphs(text) == markup


def test_entities_are_not_escaped_twice() -> None:
    assert paragraphs("a &amp; b\n\n&lt;c", escape=False) == "<p>a &amp; b</p><p>&lt;c</p>"


@pytest.mark.parametrize(("text", "whole"), [("", ""), ("a\ud83db", "ab"), ("\udc4d\ud83d", ""), ("👍", "👍")])
def test_halves_of_characters_are_dropped(text: str, whole: str) -> None:
    assert drop_halves(text) == whole
