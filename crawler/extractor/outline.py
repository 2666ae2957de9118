"""A page, block by block: how much each says, how much of it is links, whether it is prose. One walk, then sums.

Rule: measures only; no opinion. Every question about an element costs no second walk.
"""

from __future__ import annotations

import re
from itertools import accumulate

from lxml import etree
from lxml.html import HtmlElement

from .tree import BLANKS, BREAKS, weigh

#: Ends and joints of sentences, full-width ones included.
PUNCTUATION = re.compile(r"[.!?,;:](?=[\s\"'”’)\]]|$)|[。！？；，、：…”」]|[।؟።]")
#: Weight from which a block can be a sentence, and share of links above which it is a menu line.
SENTENCE = 30
LINKED = 0.5


class Outline:
    """The blocks of a pruned tree, with running sums over them."""

    def __init__(self, root: HtmlElement) -> None:
        self._spans: dict[HtmlElement, tuple[int, int]] = {}
        blocks = _Blocks()
        for event, node in etree.iterwalk(root, events=("start", "end")):
            if event == "start":
                blocks.enter(node)
                self._spans[node] = (len(blocks.texts), -1)
                blocks.say(node.text)
            else:
                blocks.leave(node)
                self._spans[node] = (self._spans[node][0], len(blocks.texts))
                blocks.say(node.tail)
        blocks.close()
        weights = [weigh(text) for text in blocks.texts]
        kinds = [_kind(text, w, linked) for text, w, linked in zip(blocks.texts, weights, blocks.linked, strict=True)]
        self._weight = _sums(weights)
        self._linked = _sums(blocks.linked)
        self._good = _sums([w if kind == "prose" else 0 for w, kind in zip(weights, kinds, strict=True)])
        self._noise = _sums([w if kind == "menu" else 0 for w, kind in zip(weights, kinds, strict=True)])
        self._runs = _sums([int(kind == "prose") for kind in kinds])

    def _sum(self, sums: list[int], element: HtmlElement) -> int:
        start, end = self._spans.get(element, (0, 0))
        return sums[end] - sums[start]

    def weight(self, element: HtmlElement) -> int:
        """Return how much an element says."""
        return self._sum(self._weight, element)

    def good(self, element: HtmlElement) -> int:
        """Return the weight of its prose."""
        return self._sum(self._good, element)

    def noise(self, element: HtmlElement) -> int:
        """Return the weight of its menu lines."""
        return self._sum(self._noise, element)

    def runs(self, element: HtmlElement) -> int:
        """Return the number of its blocks of prose."""
        return self._sum(self._runs, element)

    def link_share(self, element: HtmlElement) -> float:
        """Return the share of its text that stands in links, 0 to 1."""
        return self._sum(self._linked, element) / max(self.weight(element), 1)


class _Blocks:
    """Collects the text between two breaks as one block, and the weight of its linked part."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.linked: list[int] = []
        self._parts: list[str] = []
        self._links = 0
        self._in_link = 0

    def enter(self, node: HtmlElement) -> None:
        if node.tag in BREAKS:
            self.close()
        self._in_link += node.tag == "a"

    def leave(self, node: HtmlElement) -> None:
        if node.tag in BREAKS:
            self.close()
        self._in_link -= node.tag == "a"

    def say(self, text: str | None) -> None:
        if text and not text.isspace():
            self._parts.append(text)
            self._links += weigh(BLANKS.sub(" ", text.strip())) if self._in_link else 0

    def close(self) -> None:
        if self._parts:
            self.texts.append(BLANKS.sub(" ", "".join(self._parts)).strip())
            self.linked.append(min(self._links, weigh(self.texts[-1])))
            self._parts, self._links = [], 0


def _kind(text: str, weight: int, linked: int) -> str:
    if linked > LINKED * weight:
        return "menu"
    return "prose" if weight >= SENTENCE and PUNCTUATION.search(text) else "line"


def _sums(values: list[int]) -> list[int]:
    return list(accumulate(values, initial=0))
