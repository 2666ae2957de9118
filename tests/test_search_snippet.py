"""The piece of a text that is shown."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from crawler.search.hits import Part, plain
from crawler.search.query import read_query
from crawler.search.snippet import WIDTH, marked, one_line, snippet
from crawler.wording import width as width_of


def shown(parts: tuple[Part, ...]) -> str:
    return "".join(f"[{part.text}]" if part.is_hit else part.text for part in parts)


ZH = "港口的渡轮在黎明前离开，" * 20


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("Short, and Élan.", "elan", "Short, and [Élan]."),
        ("two\nlines  here", "lines", "two [lines] here"),
        ("nothing here", "elsewhere", "nothing here"),
        ("", "x", ""),
        ("straße ﬁsch strasse", "strasse", "[straße] ﬁsch [strasse]"),
        ("e\u0301te\u0301 a\u00adb", "ab été", "[été] [a\u00adb]"),
        ("abc 香港人 A股", '香港 港人 A股 "b"', "abc [香港人] [A股]"),
        ("的的的", "的", "[的][的][的]"),
    ],
)
def test_a_short_text_is_shown_whole_with_its_hits(text: str, query: str, found: str) -> None:
    assert shown(snippet(text, read_query(query))) == found
    assert shown(marked(text, read_query(query))) == found


def test_a_long_text_is_cut_on_both_sides_of_the_hit() -> None:
    found = shown(snippet(ZH + "香港" + ZH, read_query("香港"), 60))
    assert found == "…轮在黎明前离开，[香港]港口的渡轮在黎明前离开，港口的渡轮在黎明…"


def test_words_with_blanks_are_not_cut() -> None:
    words = " ".join(f"word{n}" for n in range(100))
    assert shown(snippet(words, read_query("word50"), 80)) == (
        "…word48 word49 [word50] word51 word52 word53 word54 word55 word56 word57 word58…"
    )
    assert shown(snippet(words, read_query("none"), 20)) == "word0 word1 word2…"


def test_what_is_one_character_to_people_is_not_cut() -> None:
    family = "👨‍👩‍👧"
    found = plain(snippet(family * 100 + "香港" + family * 100, read_query("香港"), 40))
    assert regex.findall(r"\X", found.strip("…"))[0] == family
    assert found.strip("…").replace(family, "") == "香港"


def test_a_word_longer_than_the_room_is_cut_all_the_same() -> None:
    assert plain(snippet("x" * 500, read_query("y"), 20)) == "x" * 20 + "…"
    assert plain(snippet("x" * 500 + " hit", read_query("hit"), 60)) == "…hit"
    assert plain(snippet("x" * 500 + "香港", read_query("香港"), 40)) == "…xxxxxxxxxx香港"


def test_the_piece_with_the_most_hits_is_taken() -> None:
    text = "香港" + "，无" * 300 + "香港与北京，香港" + "，有" * 300
    assert "香港]与[北京]，[香港" in shown(snippet(text, read_query("香港 北京")))


def test_of_a_text_full_of_hits_the_first_thousand_are_marked() -> None:
    parts = marked("的，" * 1500, read_query("的"))
    assert sum(part.is_hit for part in parts) == 1000


@given(st.text(), st.text(min_size=1), st.sampled_from([20, 60, WIDTH]))
def test_a_snippet_is_a_piece_of_the_line_and_no_wider(before: str, after: str, width: int) -> None:
    text = f"{before}香港{after}"
    parts = snippet(text, read_query("香港"), width)
    piece = plain(parts)
    cut = piece.removeprefix("…") if piece.startswith("…") and not one_line(text).startswith(piece[:2]) else piece
    assert cut.removesuffix("…") in one_line(text)
    assert sum(width_of(char[0]) for char in regex.findall(r"\X", cut.removesuffix("…"))) <= width
    assert all(part.text for part in parts)


@given(st.text(), st.text())
def test_hits_are_what_was_looked_for(before: str, after: str) -> None:
    parts = marked(f"{before} kong {after}", read_query("Kong"))
    assert any(part.is_hit for part in parts)
    assert plain(parts) == one_line(f"{before} kong {after}")
