"""bench/labels.py: which blocks are in a reference."""

from __future__ import annotations

import pytest

from bench.labels import by_reference, by_segments, tokens


def test_words_and_single_characters() -> None:
    assert tokens("Two words, 渡轮 and 3 ha'penny") == ("two", "words", "渡", "轮", "and", "3", "ha", "penny")


LABELS = {
    "in and out": (["menu of this site here", "one two three four five"], "one two three four five", [0, 1]),
    "a part of a block": (["one two three four five six"], "one two three four", [1 / 3]),
    "case and marks": (["One, TWO; three: four!"], "one two three four", [1]),
    "Chinese": (["渡轮今日恢复", "其他新闻列表"], "渡轮今日恢复", [1, 0]),
    "empty": ([""], "one two three four", [0]),
    "marks only": (["—", "one two three four"], "one two three four", [0, 1]),
    "a short line of its own": (["Facts", "one two three four"], "Facts\none two three four", [1, 1]),
    "a short piece of a line": (["one two", "three four"], "one two three four", [1, 1]),
    "a short block elsewhere": (["Home", "one two three four"], "one two three four", [0, 1]),
    "a short one as often as it is said": (["No", "No", "No"], "No\nNo", [1, 1, 0]),
    "nothing fits": (["one two three four"], "five six seven eight", [0]),
}


@pytest.mark.parametrize(("texts", "reference", "want"), LABELS.values(), ids=LABELS)
def test_blocks_in_a_reference(texts: list[str], reference: str, want: list[float]) -> None:
    assert by_reference(texts, [reference]).tolist() == pytest.approx(want)


def test_of_two_copies_the_one_nearest_to_the_rest_counts() -> None:
    lead, rest = "one two three four five", ["six seven eight nine ten", "a b c d e f g h i j"]
    reference = "\n".join([lead, *rest])
    assert (
        by_reference([lead, "menu of the whole site", *["x"] * 5, lead, *rest], [reference]).tolist()
        == [0] * 7 + [1] * 3
    )


def test_a_copy_of_the_whole_text_for_machines_is_not_the_article() -> None:
    lines = [" ".join(f"w{line}x{i}" for i in range(60)) for line in range(5)]
    found = by_reference([" ".join(lines), *lines], ["\n".join(lines)])
    assert (found > 0.5).tolist() == [False, *[True] * 5]  # of the copy, the runs across two lines are left


def test_of_several_references_the_one_counts_that_the_page_covers_best() -> None:
    texts = ["one two three four", "a b c d e f g h"]
    assert by_reference(texts, ["one two three four", "a b c d e f g h"]).tolist() == [0, 1]


def test_segments() -> None:
    texts = ["the wanted words stand here", "a menu", "a block that is a piece", "unknown", "both wanted and menu"]
    wanted = ["wanted\n words", "there is a block that is a piece of the segment", "both"]
    assert by_segments(texts, wanted, ["menu"]).tolist() == [1, 0, 1, -1, 1]
    assert by_segments([], wanted, []).tolist() == []
