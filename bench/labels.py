"""Which blocks of a page are in its reference text: what the judge of blocks is taught.

A block counts as far as its runs of four words (single characters in Chinese, Japanese, Korean) occur in the
reference, each as often as it does there: where a text stands twice on a page, the place nearest to the rest counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f"
TOKEN = re.compile(f"[{CJK}]|[^\\W{CJK}]+")
RUN = 4
#: A block of more tokens than this many of the longest line of the reference is a copy for machines.
COPY = 2
Tokens = tuple[str, ...]
Labels = NDArray[np.float64]


def tokens(text: str) -> Tokens:
    """Return the words of a text, and its Chinese, Japanese and Korean characters one by one."""
    return tuple(TOKEN.findall(text.casefold()))


def runs(said: Tokens) -> list[Tokens]:
    """Return all runs of four tokens."""
    return [said[i : i + RUN] for i in range(len(said) - RUN + 1)]


def by_reference(texts: Sequence[str], references: Sequence[str]) -> Labels:
    """Return for each block how much of it, 0 to 1, is in the reference that the page covers best."""
    blocks = [tokens(text) for text in texts]
    sizes = np.array([len(block) for block in blocks], float)
    return max((_labels(blocks, reference) for reference in references), key=lambda found: float((found * sizes).sum()))


def _labels(blocks: Sequence[Tokens], reference: str) -> Labels:
    said = tokens(reference)
    lines = [tokens(line) for line in reference.split("\n")]
    known, whole = set(runs(said)), set(lines)
    found = np.array([_share(blocks, i, known, whole) for i in range(len(blocks))])
    longest = COPY * max(map(len, lines)) + 50
    sizes = np.array([len(block) for block in blocks])
    weights = sizes * (found > 0.5) * (sizes <= longest)
    if not weights.any():
        return found
    centre = int(np.searchsorted(np.cumsum(weights), weights.sum() / 2))
    order = sorted(range(len(blocks)), key=lambda i: (sizes[i] > longest, abs(i - centre)))
    return _spent(blocks, found, said, order)


def _share(blocks: Sequence[Tokens], at: int, known: set[Tokens], whole: set[Tokens]) -> float:
    """Return the share of a block's runs that are known; a short one counts with the words beside it, or as a line."""
    block = blocks[at]
    if len(block) >= RUN:
        return sum(run in known for run in runs(block)) / len(block[: -RUN + 1])
    if not block:
        return 0.0
    rest = RUN - len(block)
    before = tuple(token for other in blocks[max(0, at - RUN) : at] for token in other)[-rest:]
    behind = tuple(token for other in blocks[at + 1 : at + 1 + RUN] for token in other)[:rest]
    return float(block in whole or before + block in known or block + behind in known)


def _spent(blocks: Sequence[Tokens], found: Labels, said: Tokens, order: Sequence[int]) -> Labels:
    """Give each run and each short block out as often as the reference has it, in the order given."""
    left = Counter(runs(said))
    often = Counter(said[i : i + size] for size in range(1, RUN) for i in range(len(said) - size + 1))
    short = {block: max(1, often[block]) for block in blocks if 0 < len(block) < RUN}
    spent = np.zeros(len(blocks))
    for i in order:
        block = blocks[i]
        if found[i] <= 0:
            continue
        if len(block) < RUN:
            spent[i] = float(short[block] > 0)
            short[block] -= 1
            continue
        has = 0
        for run in runs(block):
            has += left[run] > 0
            left[run] -= 1
        spent[i] = has / len(block[: -RUN + 1])
    return spent


def by_segments(texts: Sequence[str], wanted: Sequence[str], unwanted: Sequence[str]) -> Labels:
    """Return 1 for blocks that hold a wanted segment, 0 for an unwanted one, -1 where nothing is known."""
    found = np.full(len(texts), -1.0)
    for value, segments in ((0.0, unwanted), (1.0, wanted)):
        for segment in segments:
            said = " ".join(segment.split())
            held = [said in text or (len(text) > 20 and text in said) for text in texts]
            found[np.array(held, bool)] = value
    return found
