"""Which blocks of a page are the article, and how sure that is.

Every block has a chance of being part of the article (`traits` measures, `forest` weighs). Chosen is the set of blocks
whose expected agreement with the article (F1: what of the article is in it, what in it is of the article) is highest;
that expectation is how sure the choice is.
Rule: no element is named here, no word of any language. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from . import candidates, others, traits
from .forest import Forest
from .noise import is_noise
from .outline import Block, Outline
from .traits import Said, tokens

#: Words of a run that is looked for elsewhere, and words from which a block can be a copy.
RUN, MIN_COPY = 5, 8
#: Share of its runs that stand elsewhere in the choice, for a block to be a copy.
COPIED = 0.9
#: Chance of a block that stands in the feed's text: it may be a teaser of it all the same.
TOLD = 0.95
#: Lines of a menu, the weight of the longest, and the chance that they have at most.
MENU, MAX_LINK, IN_MENU = 5, 60, 0.2
#: Agreement expected at which a choice is a guess; of 747 pages, each judged by one that never saw its site, it was
#: less with seven.
LOST = 0.6
#: Chance at most of a block that belongs to another article.
FOREIGN = 0.02
#: Blocks before and behind a copy by which it is told which one stands in the text.
NEAR = 5
#: Share of the choice that copies may be; where more is, repeating is what the text does (refrains, drills).
MAX_COPIES = 0.35


@dataclass(frozen=True, slots=True)
class Choice:
    """The blocks taken for the article."""

    kept: tuple[bool, ...]  #: for each block of the outline
    confidence: float  #: the agreement expected, 0 to 1
    reason: str  #: for people: "12 of 140 blocks"
    headline: int = -1  #: number of the block that is the page's headline, -1 for none
    weight: int = 0  #: of what was taken

    def within(self, spans: Sequence[tuple[int, int]]) -> tuple[bool, ...]:
        """Return what stays of it within some parts of the page, each from a block to the one behind its last."""
        return tuple(kept and any(start <= i < end for start, end in spans) for i, kept in enumerate(self.kept))


def measures(root: HtmlElement, outline: Outline, said: Said) -> tuple[NDArray[np.float64], int]:
    """Return the measures of a pruned page's blocks, of which there is one at least, and the headline's number."""
    page = traits.Measures(outline, said)
    headline = page.headline()
    return page.matrix(*candidates.vote(root, outline, headline)), headline


def choose(root: HtmlElement, outline: Outline, said: Said, forest: Forest) -> Choice:
    """Choose the blocks of the article.

    Args:
        root: the pruned page.
        outline: its blocks.
        said: what the page says of its article elsewhere.
        forest: the learned judge.
    """
    if not outline.blocks:
        return Choice((), 0.0, "no text")
    found, headline = measures(root, outline, said)
    chances = without_menus(forest.chances(found), outline.blocks)
    chances = np.where(others.find(outline, said.url, headline, chances), np.minimum(chances, FOREIGN), chances)
    chances = with_feed(chances, outline.blocks, said.feed)
    weights = np.array([block.weight for block in outline.blocks], float)
    kept, expected = best_set(chances, weights)
    is_lost = expected <= LOST or all(is_noise(outline.blocks[i].text) for i in np.flatnonzero(kept))
    kept = without_copies(outline.blocks, _beneath(outline, headline, kept) if is_lost else kept)
    reason = f"{int(kept.sum())} of {len(kept)} blocks"
    return Choice(tuple(map(bool, kept)), round(expected, 2), reason, headline, int(weights[kept].sum()))


def _beneath(outline: Outline, headline: int, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return what is called the article's text: where nothing reads like one, a dialog may read best."""
    start, end = candidates.beneath(outline, headline)
    at = np.arange(len(kept))
    return (at >= start) & (at < end) if start < end else kept


def without_menus(chances: NDArray[np.float64], blocks: Sequence[Block]) -> NDArray[np.float64]:
    """Lower the chances of short lines that are links and nothing else, where many follow each other: a menu.

    Pages of the old layout, one cell and its breaks, are too few for the forest to have learned it.
    """
    lowered = chances.copy()
    for is_menu, run in groupby(range(len(blocks)), key=lambda i: _is_link(blocks[i])):
        numbers = list(run)
        if is_menu and len(numbers) >= MENU:
            lowered[numbers] = np.minimum(lowered[numbers], IN_MENU)
    return lowered


def _is_link(block: Block) -> bool:
    return block.weight <= MAX_LINK and block.linked == block.weight


def with_feed(chances: NDArray[np.float64], blocks: Sequence[Block], feed: str) -> NDArray[np.float64]:
    """Raise the chances of blocks whose words are the feed's own: nobody else knows so well what the article is."""
    known = _runs(feed)
    if not known:
        return chances
    is_told = [_is_told(block.text, known) for block in blocks]
    return np.where(is_told, np.maximum(chances, TOLD), chances)


def _is_told(text: str, known: frozenset[tuple[str, ...]]) -> bool:
    """Tell whether nearly all of a text's runs are known; of most texts the first few tell that they are not."""
    said = tokens(text.casefold())
    if len(said) < MIN_COPY:
        return False
    count = len(said) - RUN + 1
    missing = set[tuple[str, ...]]()
    for run in _in_row(said):
        if run not in known:
            missing.add(run)
            if len(missing) > count - COPIED * count:
                return False
    different = len(set(_in_row(said)))
    return different - len(missing) >= COPIED * different


def best_set(chances: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[NDArray[np.bool_], float]:
    """Return the blocks that expected F1 is highest with, and that F1.

    It is reached by all blocks above some chance (Lipton, Elkan, Narayanaswamy 2014), so each is tried.
    """
    order = np.argsort(-chances, kind="stable")
    right, size = np.cumsum((chances * weights)[order]), np.cumsum(weights[order])
    expected = 2 * right / np.maximum(size + right[-1], 1e-9)
    best = int(np.argmax(expected))
    return chances >= chances[order[best]], float(expected[best])


def without_copies(blocks: Sequence[Block], kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Leave out what the choice says already elsewhere: a copy for machines, a caption under each picture.

    A paragraph right behind its equal was written twice, and stays with it.
    """
    taken = [*map(int, np.flatnonzero(kept))]
    again = dict.fromkeys(i for i in taken if i and _is_said_again(blocks[i - 1], blocks[i]))  # in the page's order
    runs = {i: _runs(blocks[i].text) for i in taken if i not in again}
    twice = _twice(runs.values())
    if not twice:
        return kept  # most articles say nothing twice
    said = {i: found & twice for i, found in runs.items()}  # all other runs stand in one block alone
    often = Counter(chain.from_iterable(said.values()))
    weights = np.array([block.weight for block in blocks])
    about, slim = _about(weights * kept), kept.copy()
    for i in sorted(runs, key=lambda i: (-len(runs[i]), about[i], -i)):
        if said[i] and sum(often[run] > 1 for run in said[i]) >= COPIED * len(runs[i]):
            slim[i] = False
            often.subtract(said[i])
    for i in again:
        slim[i] = slim[i - 1]
    said_again = weights[kept & ~slim].sum() + weights[[i for i in again if slim[i]]].sum()
    return slim if said_again <= MAX_COPIES * weights[kept].sum() else kept


def _is_said_again(before: Block, block: Block) -> bool:
    """Tell whether a block says the same as the one before it, in the same place."""
    is_same = block.text == before.text and block.owner.tag == before.owner.tag
    return is_same and block.owner.getparent() is before.owner.getparent()


def _twice(runs: Iterable[frozenset[tuple[str, ...]]]) -> set[tuple[str, ...]]:
    """Return the runs that stand in more than one block."""
    known, twice = set[tuple[str, ...]](), set[tuple[str, ...]]()
    for found in runs:
        twice |= known & found
        known |= found
    return twice


def _about(weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what the blocks near each block weigh together."""
    sums = np.concatenate([[0], np.cumsum(weights)])
    at = np.arange(len(weights))
    around: NDArray[np.int64] = sums[np.minimum(at + NEAR + 1, len(weights))] - sums[np.maximum(at - NEAR, 0)]
    return around - weights


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    """Return the runs of words of a block; none for a short one."""
    said = tokens(text.casefold())
    return frozenset(_in_row(said)) if len(said) >= MIN_COPY else frozenset()


def _in_row(said: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield each RUN words that follow each other."""
    return zip(*(said[i:] for i in range(RUN)), strict=False)
