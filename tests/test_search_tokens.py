"""Text → tokens: a character and its neighbour, folded words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.search.tokens import FOLDS, LONGEST_WORD, fold, singles, tokens


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("香港人", "0香 香港 港人 人"),
        ("香", "0香 香"),
        ("中国，香港", "0中 中国 国 0香 香港 港"),
        ("中国香港", "0中 中国 国香 香港 港"),
        ("iPhone手机", "iphone 0手 手机 机"),
        ("2020年0月", "2020 0年 年 0 0月 月"),
        ("Don’t stop", "don t stop"),
        ("3.14 und 1,000", "3 14 und 1 000"),
        ("snake_case", "snake case"),
        ("Ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("Éléphant Łódź Straße Ærø İstanbul", "elephant lodz strasse aero istanbul"),
        ("E\u0301te\u0301", "ete"),
        ("soft\u00adhyphen zero\u200bwidth 香\u2060港", "softhyphen zero width 0香 香港 港"),
        ("がぎ", "0が がぎ ぎ"),  # its marks are no accents
        ("한국", "0한 한국 국"),
        ("ภาษา", "0ภ ภา าษ ษา า"),
        ("हिन्दी", "हिन्दी"),  # vowel signs are part of a word
        ("№ ①② ½", "no 12 1 2"),
        ("𠮷野家", "0𠮷 𠮷野 野家 家"),
        ("々人〇", "0々 々人 人〇 〇"),
        ("中·国・日", "0中 中 0国 国 0日 日"),
        ("😀 — …", ""),
        ("\ud800", ""),
        ("", ""),
    ],
)
def test_tokens(text: str, found: str) -> None:
    assert tokens(text) == found.split()


def test_what_is_longer_than_a_word_is_cut() -> None:
    assert tokens("a" * 5000) == ["a" * LONGEST_WORD]


def test_singles_are_each_character_of_unspaced_scripts_once() -> None:
    assert singles(tokens("香港香 abc 人")) == {"香", "港", "人"}


@given(st.text())
def test_tokens_have_nothing_at_which_sqlite_would_part_them(text: str) -> None:
    """FTS5's `ascii` parts at ASCII characters that are no letters and digits."""
    for token in tokens(text):
        assert token
        assert all(char.isalnum() for char in token if char.isascii())


@given(st.text())
def test_characters_that_become_none_or_several_are_known_once_they_were_met(text: str) -> None:
    fold(text)
    assert {char for char in text if len(FOLDS[ord(char)]) != 1} == FOLDS.uneven & set(text)


@given(st.text())
def test_folding_is_by_character_and_folded_text_stays(text: str) -> None:
    assert fold(text) == "".join(FOLDS[ord(char)] for char in text)
    assert fold(fold(text)) == fold(text)
