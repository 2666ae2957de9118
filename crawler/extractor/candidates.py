"""Where the body might be: readability's choice, containers named or marked as the article's, the headline's own.

Rule: candidates are elements of the one pruned tree; nothing is parsed again, moved or cleaned. None of them wins as
it stands: they vote, block by block, and `judge` weighs their votes with all else that is known of a block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from lxml.html import HtmlElement
from readability.readability import Document, clean

from ..markup import squeeze, text_of, weigh
from .names import ROLE_BITS
from .outline import Outline
from .tree import fragment, framed

#: Characters from which a paragraph counts for its parents; readability's 25 are for alphabets.
MIN_PARAGRAPH = 15
#: Characters from which a paragraph counts no more.
LONG = 300
#: Roles, ARIA's too, that HTML has for articles.
FRAMES = ROLE_BITS["article"] | ROLE_BITS["main"]
#: Elements by which readability scores those about them, in its order.
PARAGRAPHS = ("p", "pre", "td", "blockquote")
#: Of several such containers the smallest counts that has this share of the prose of the largest.
NEARLY_ALL = 0.85
#: Share of the page's prose by which the headline's surroundings are the article's.
MUCH = 0.25


@dataclass(frozen=True, slots=True)
class Candidate:
    """One idea of where the body is."""

    name: str  #: who proposed it, for people: "rule div.story"
    elements: tuple[HtmlElement, ...]  #: in the page's order, none inside another

    def joined(self) -> HtmlElement:
        """Return a copy of the body in a div of its own; the page stays whole for the next candidate."""
        return framed(self.elements)


class _Scorer(Document):  # type: ignore[misc] # readability-lxml has no types
    """readability-lxml's scoring on our tree, told the link densities that we know already."""

    def __init__(self, root: HtmlElement, outline: Outline) -> None:
        super().__init__(root, min_text_length=MIN_PARAGRAPH)
        self.html = root
        self.outline = outline

    def score_paragraphs(self) -> dict[HtmlElement, dict[str, Any]]:
        """Score as readability does, without its log, for which it describes every element with its parent."""
        scored: dict[HtmlElement, dict[str, Any]] = {}
        for paragraph in (element for tag in PARAGRAPHS for element in self.html.iter(tag)):
            said = text_of(paragraph)
            size = _size(said)
            points = 2 + said.count(",") + min(size / 100, 3)
            parents = paragraph.iterancestors() if size >= MIN_PARAGRAPH else ()
            for above, share in zip(parents, (1, 2), strict=False):
                known = scored.get(above) or scored.setdefault(above, self.score_node(above))
                known["content_score"] += points / share
        for element, known in scored.items():
            known["content_score"] *= 1 - self.get_link_density(element)
        return scored

    def select_best_candidate(self, candidates: dict[HtmlElement, dict[str, Any]]) -> dict[str, Any] | None:
        """Let readability choose among those that it may choose: it describes the first five of them for its log."""
        best = max(candidates.values(), key=_points, default=None)
        may_win = {
            element: known
            for element, known in candidates.items()
            if known is best or element.tag == "article" or "articleBody" in element.get("itemprop", "")
        }
        if len(may_win) < 2:
            return best  # nothing is to be chosen, nor to be described
        chosen: dict[str, Any] | None = super().select_best_candidate(may_win)
        return chosen

    def get_link_density(self, elem: HtmlElement) -> float:
        return self.outline.link_share(elem)


def vote(root: HtmlElement, outline: Outline, headline: int) -> tuple[dict[str, tuple[int, int]], list[int]]:
    """Ask the candidates of a pruned page.

    Args:
        root: the page.
        outline: its blocks.
        headline: the number of the block that is the headline, or -1.

    Returns:
        By candidate (traits.VOTERS) the blocks it holds, from and to, (0, 0) for none; and for each block the number
        of elements about it that are called like an article's text.
    """
    framed = (element for element, role in outline.roles.items() if role & FRAMES)
    votes = {
        "named": _smallest(outline.named, outline),
        "framed": _smallest(framed, outline),
        "titled": _titled(outline, headline),
        "readability": _readability(root, outline),
    }
    return votes, _depths(outline.named, outline)


def beneath(outline: Outline, headline: int) -> tuple[int, int]:
    """Return the blocks of the first element behind the headline that is called like an article's text, else (0, 0)."""
    spans = map(outline.span, outline.named)
    return next(((start, end) for start, end in spans if end > start > headline >= 0), (0, 0))


def _smallest(elements: Iterable[HtmlElement], outline: Outline) -> tuple[int, int]:
    """Return the blocks of the smallest of elements that has nearly all the prose of the one with the most."""
    known = [(outline.good(element), outline.weight(element), outline.span(element)) for element in elements]
    most = max((good for good, _, _ in known), default=0)
    large = [(weight, span) for good, weight, span in known if good >= NEARLY_ALL * most and good]
    return min(large, default=(0, (0, 0)))[1]


def _titled(outline: Outline, headline: int) -> tuple[int, int]:
    """Return the blocks of the smallest element about the headline that has much of the page's prose."""
    if headline < 0:
        return (0, 0)
    much = MUCH * outline.good(outline.top)
    owner = outline.blocks[headline].owner
    holders = (e for e in (owner, *owner.iterancestors()) if outline.good(e) >= much)
    return outline.span(next(holders, outline.top))


def _readability(root: HtmlElement, outline: Outline) -> tuple[int, int]:
    scorer = _Scorer(root, outline)
    best = scorer.select_best_candidate(scorer.score_paragraphs())
    return outline.span(best["elem"]) if best else (0, 0)


def _points(known: Mapping[str, Any]) -> float:
    score: float = known["content_score"]
    return score


def _size(text: str) -> int:
    """Return how long a paragraph is as readability counts it, up to where it counts no further; most are clean."""
    if "\n" in text or "\t" in text or "  " in text:
        least = len(squeeze(text))  # which is quicker, and leaves no more than it does
        return least if least >= LONG else len(clean(text))
    return len(text.strip())


def _depths(elements: Iterable[HtmlElement], outline: Outline) -> list[int]:
    """Return for each block how many of the elements hold it."""
    steps = [0] * (len(outline.blocks) + 1)
    for start, end in map(outline.span, elements):
        steps[start] += 1
        steps[end] -= 1
    return list(accumulate(steps))[:-1]


def from_json(text: str) -> Candidate | None:
    """Make a candidate of a page's JSON-LD articleBody, or None when it has none."""
    return Candidate("json-ld articleBody", (fragment(text),)) if weigh(text.strip()) else None


def describe(element: HtmlElement) -> str:
    """Name an element for people: div#main.story."""
    names = [f"#{element.get('id')}"] if element.get("id") else []
    names += [f".{name}" for name in element.get("class", "").split()[:2]]
    return f"{element.tag}{''.join(names)}"[:80]
