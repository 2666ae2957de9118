"""A learned judge of blocks: a few hundred small decision trees, kept as a table of plain numbers.

Each tree asks the same few questions of every block, so that all trees and blocks are answered at once.
Rule: no training here (bench/train.py does that), no knowledge of what the columns mean. The table comes with the
package and is read once a process: a constant, like the tables of words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Blocks judged at once: a page has a hundred; a book of ten thousand would need 100 MB for its answers.
BATCH = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees of one depth; a leaf's number is made of the answers, the first question's in the lowest bit."""

    columns: tuple[str, ...]  #: names of the measures, in the order of the matrix
    questions: NDArray[np.int64]  #: tree × depth: which column is looked at
    borders: NDArray[np.float64]  #: tree × depth: the answer is yes above it
    leaves: NDArray[np.float64]  #: tree × 2^depth: what a tree says, in log-odds
    bias: float

    def chances(self, measures: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return for each row the chance, 0 to 1, that the block is part of the article."""
        batches = (measures[at : at + BATCH] for at in range(0, len(measures), BATCH))
        odds: NDArray[np.float64] = np.concatenate([self._odds(batch) for batch in batches])
        return np.asarray(1 / (1 + np.exp(-odds)))

    def _odds(self, measures: NDArray[np.float64]) -> NDArray[np.float64]:
        depth = self.questions.shape[1]
        answers = measures[:, self.questions] > self.borders
        leaf = answers @ (1 << np.arange(depth))
        said: NDArray[np.float64] = self.leaves[np.arange(len(self.leaves)), leaf].sum(axis=1) + self.bias
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
