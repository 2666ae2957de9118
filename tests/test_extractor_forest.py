"""The learned judge as a table of numbers: how it is read, and what it answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extractor.forest import BATCH, Forest, parse_forest, shipped
from crawler.extractor.traits import COLUMNS

#: Two trees of two questions: is a above 1, is b above 2; is b above 0, is b above 5.
TABLE = {
    "columns": ["a", "b"],
    "questions": [[0, 1], [1, 1]],
    "borders": [[1.0, 2.0], [0.0, 5.0]],
    "leaves": [[0.0, 1.0, 2.0, 3.0], [0.0, 10.0, 20.0, 30.0]],
    "bias": -0.5,
}


def odds(forest: Forest, *rows: tuple[float, ...]) -> list[float]:
    chances = forest.chances(np.array(rows, float))
    return [round(float(x), 6) for x in np.log(chances / (1 - chances))]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((0.0, 0.0), 0 + 0),
        ((2.0, 0.0), 1 + 0),
        ((0.0, 3.0), 2 + 10),
        ((2.0, 3.0), 3 + 10),
        ((1.0, 2.0), 0 + 10),  # on the border is not above it
        ((0.0, 6.0), 2 + 30),
    ],
)
def test_the_first_question_is_the_lowest_bit_of_the_leafs_number(row: tuple[float, float], said: float) -> None:
    assert odds(parse_forest(TABLE), row) == pytest.approx([said - 0.5], abs=1e-2)


def test_a_table_is_read_as_it_is_written() -> None:
    forest = parse_forest(TABLE)
    assert forest.columns == ("a", "b")
    assert forest.questions.tolist() == TABLE["questions"]
    assert forest.borders.tolist() == TABLE["borders"]
    assert forest.leaves.tolist() == TABLE["leaves"]
    assert forest.bias == -0.5


@pytest.mark.parametrize("count", [1, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH + 7])
def test_each_block_is_judged_alone_however_many_there_are(count: int) -> None:
    forest = parse_forest(TABLE)
    rows = np.stack([np.arange(count) % 3, np.arange(count) % 7], axis=1).astype(float)
    got = forest.chances(rows)
    assert got.shape == (count,)
    kinds = {tuple(row): forest.chances(row[None])[0] for row in rows[:21]}
    assert got.tolist() == [kinds[tuple(row)] for row in rows]


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=len(COLUMNS), max_size=len(COLUMNS)), min_size=1, max_size=3))
def test_the_shipped_forest_answers_whatever_it_is_asked(rows: list[list[float]]) -> None:
    chances = shipped().chances(np.array(rows))
    assert ((chances >= 0) & (chances <= 1)).all()
    alone = [shipped().chances(np.array([row]))[0] for row in rows]
    assert chances.tolist() == pytest.approx(alone)


def test_the_shipped_forest_asks_of_the_columns_that_are_measured() -> None:
    forest = shipped()
    assert forest.columns == COLUMNS
    trees, depth = forest.questions.shape
    assert forest.borders.shape == (trees, depth)
    assert forest.leaves.shape == (trees, 2**depth)
    assert forest.questions.min() >= 0
    assert forest.questions.max() < len(COLUMNS)
    assert np.isfinite(forest.borders).all()


def test_no_answer_of_the_shipped_forest_is_too_large_for_a_number() -> None:
    forest = shipped()
    assert np.abs(forest.leaves).max(axis=1).sum() + abs(forest.bias) < np.log(np.finfo(float).max)


def test_the_shipped_forest_is_read_once() -> None:
    assert shipped() is shipped()
