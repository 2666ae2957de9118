"""A learned judge of blocks: a few hundred small decision trees, kept as a table of plain numbers.

Each tree asks the same few questions of every block, so that all trees and blocks are answered at once.
Rule: no training here (bench/train.py does that), no knowledge of what the columns mean. The table comes with the
package and is read once a process: a constant, like the tables of words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Blocks judged at once: the answers to so few stay in the processor's cache, and in memory that the process keeps.
BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees of one depth, 8 at most; a leaf's number is made of the answers, the first question's in the lowest bit."""

    columns: tuple[str, ...]  #: names of the measures, in the order of the matrix
    questions: NDArray[np.int64]  #: tree × depth: which column is looked at
    borders: NDArray[np.float64]  #: tree × depth: the answer is yes above it
    leaves: NDArray[np.float64]  #: tree × 2^depth: what a tree says, in log-odds
    bias: float
    asked: NDArray[np.int64] = field(init=False)  #: column of each different question: many trees ask the same
    limits: NDArray[np.float64] = field(init=False)  #: its border
    numbers: NDArray[np.int64] = field(init=False)  #: depth × tree: which of those is asked

    def __post_init__(self) -> None:
        """Number the different questions."""
        pairs = np.stack([self.questions.T.ravel().astype(float), self.borders.T.ravel()], axis=1)
        different, numbers = np.unique(pairs, axis=0, return_inverse=True)
        object.__setattr__(self, "asked", different[:, 0].astype(np.int64))
        object.__setattr__(self, "limits", different[:, 1])
        object.__setattr__(self, "numbers", numbers.reshape(self.questions.T.shape))

    def chances(self, measures: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return for each row the chance, 0 to 1, that the block is part of the article."""
        batches = (measures[at : at + BATCH] for at in range(0, len(measures), BATCH))
        odds = np.concatenate([self._odds(batch) for batch in batches])
        chances: NDArray[np.float64] = 1 / (1 + np.exp(-odds))
        return chances

    def _odds(self, measures: NDArray[np.float64]) -> NDArray[np.float64]:
        asked = np.take(np.ascontiguousarray(measures.T), self.asked, axis=0)  # row by row, as memory likes it
        answers = np.take((asked > self.limits[:, None]).view(np.uint8), self.numbers, axis=0)
        trees, depth = self.questions.shape
        leaf = (answers * (1 << np.arange(depth, dtype=np.uint8))[:, None, None]).sum(axis=0, dtype=np.uint8)
        first = np.arange(trees)[:, None] << depth  # of each tree's leaves
        said: NDArray[np.float64] = np.take(self.leaves.ravel(), first + leaf).sum(axis=0) + self.bias
        return said


def parse_forest(table: dict[str, Any]) -> Forest:
    """Make a forest of a table as bench/train.py writes it."""
    return Forest(
        tuple(table["columns"]),
        np.array(table["questions"]),
        np.array(table["borders"]),
        np.array(table["leaves"]),
        float(table["bias"]),
    )


@cache
def shipped() -> Forest:
    """Return the forest that comes with the package."""
    return parse_forest(json.loads(files(__package__).joinpath("forest.json").read_text("utf-8")))
