"""A page, block by block: what each says, where it stands, what the elements about it are called. One walk.

Rule: measures only; no opinion. A block is the text between two breaks; every question about an element is answered
from sums over its blocks, without a second walk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from lxml.html import HtmlElement

from ..markup import squeeze, weigh
from .names import called
from .tree import BLOCKS, BREAKS

#: Ends and joints of sentences, full-width ones included; one class at the front, which `re` finds quickly.
PUNCTUATION = re.compile(r"[.!?,;:。！？；，、：…”」।؟۔،؛።](?<![.!?,…]”)(?:(?<![.!?,;:])|(?=[\s\"'”’)\]]|$))")
#: Weight from which a block can be a sentence, and share of links above which it is a menu line.
SENTENCE = 30
LINKED = 0.5
#: Bits by which the groups of a parent stand above those of the element itself; see `names`.
PARENT = 16
OWN = (1 << PARENT) - 1
NOTHING: Mapping[HtmlElement, Mapping[str, str]] = {}


@dataclass(slots=True)
class Block:
    """The text between two breaks."""

    text: str  #: on one line, white space folded
    weight: int  #: see `markup.weigh`
    linked: int  #: weight of what stands in links
    links: int  #: how many links begin in it
    images: int
    owner: HtmlElement  #: the nearest block element about it
    near: int  #: groups of names of the owner and of what stands inside it; its parent's from bit PARENT on
    above: int  #: groups of names of all that stands about it
    roles: int  #: bits of roles of all that stands about it
    pieces: list[tuple[HtmlElement, bool]]  #: where its text is kept: (element, whether in its tail)
    joints: int  #: marks of punctuation

    @property
    def is_prose(self) -> bool:
        """Tell whether it reads like a sentence, and not like a line of a menu."""
        return self.weight >= SENTENCE and self.joints > 0 and self.linked <= LINKED * self.weight


class Outline:
    """The blocks of a pruned tree, with running sums over them; its elements' roles, and those called like an article.

    Args:
        root: the tree.
        known: attributes of its elements, as far as they are known; see `tree.prune`.
    """

    def __init__(self, root: HtmlElement, known: Mapping[HtmlElement, Mapping[str, str]] = NOTHING) -> None:
        body = root.find("body")
        self.top: HtmlElement = root if body is None else body
        walk = _Walk(self.top, known)
        self._known = known
        self.blocks = walk.blocks
        self.spans = walk.spans
        self.roles = walk.roles
        self.named = walk.named
        self._weight = _sums([b.weight for b in self.blocks])
        self._linked = _sums([b.linked for b in self.blocks])
        self._good = _sums([b.weight if b.is_prose else 0 for b in self.blocks])

    def attributes(self, element: HtmlElement) -> Mapping[str, str]:
        """Return an element's attributes."""
        attributes = self._known.get(element)
        return dict(element.items()) if attributes is None else attributes

    def span(self, element: HtmlElement) -> tuple[int, int]:
        """Return the numbers of an element's first block and of the one behind its last."""
        return self.spans.get(element, (0, 0))

    def weight(self, element: HtmlElement) -> int:
        """Return how much an element says."""
        return self._sum(self._weight, element)

    def good(self, element: HtmlElement) -> int:
        """Return the weight of its prose."""
        return self._sum(self._good, element)

    def link_share(self, element: HtmlElement) -> float:
        """Return the share of its text that stands in links, 0 to 1."""
        start, end = self.span(element)  # asked of every container: the sums are not asked for it twice
        return (self._linked[end] - self._linked[start]) / max(self._weight[end] - self._weight[start], 1)

    def text(self) -> str:
        """Return all that the page says, one line a block."""
        return "\n".join(block.text for block in self.blocks)

    def _sum(self, sums: list[int], element: HtmlElement) -> int:
        start, end = self.span(element)
        return sums[end] - sums[start]


#: What is known of an element from what stands about it: the owner, and what `Block` calls near, above and roles.
_About = tuple[HtmlElement, int, int, int]


class _Walk:
    """Collects the text between two breaks as one block."""

    def __init__(self, top: HtmlElement, known: Mapping[HtmlElement, Mapping[str, str]]) -> None:
        self.blocks: list[Block] = []
        self.spans: dict[HtmlElement, tuple[int, int]] = {}
        self.roles: dict[HtmlElement, int] = {}
        self.named: list[HtmlElement] = []  # in the page's order
        self._known = known
        self._about: list[_About] = [(top, 0, 0, 0)]
        self._parts: list[str] = []
        self._pieces: list[tuple[HtmlElement, bool]] = []
        self._began = self._about[0]
        self._linked = self._links = self._images = self._depth_of_links = 0
        open_: list[tuple[HtmlElement, str, int]] = []
        for node in top.iter("*"):  # three times as quick as a walk that tells of ends, too: the parent tells of them
            parent = node.getparent()
            while open_ and open_[-1][0] is not parent:
                self._leave(*open_.pop())
            tag = node.tag
            if tag in BREAKS:
                self._close()
            self._enter(node, tag)
            open_.append((node, tag, len(self.blocks)))
            if (text := node.text) and (self._parts or not text.isspace()):
                self._say(text, node, is_tail=False)
        while len(open_) > 1:
            self._leave(*open_.pop())
        self._close()
        self.spans[top] = (0, len(self.blocks))

    def _leave(self, node: HtmlElement, tag: str, start: int) -> None:
        if tag in BREAKS:
            self._close()
        elif tag == "a":
            self._depth_of_links -= 1
        self._about.pop()
        self.spans[node] = (start, len(self.blocks))
        if (text := node.tail) and (self._parts or not text.isspace()):
            self._say(text, node, is_tail=True)

    def _enter(self, node: HtmlElement, tag: str) -> None:
        owner, near, above, roles = about = self._about[-1]
        attributes = self._known.get(node)
        if attributes is None:
            attributes = dict(node.items())
        named, role, is_named = called(tag, attributes)
        if tag in BLOCKS:
            about = (node, named | (near & OWN) << PARENT, above | named, roles | role)
        elif named or role:
            about = (owner, near | named, above | named, roles | role)
        if role:
            self.roles[node] = role
        if is_named:
            self.named.append(node)
        self._about.append(about)
        if tag == "a":
            self._depth_of_links += 1
            self._links += 1
        elif tag == "img":
            self._images += 1

    def _say(self, text: str, node: HtmlElement, *, is_tail: bool) -> None:
        if not self._parts:
            self._began = self._about[-1]
        if self._depth_of_links:
            self._linked += weigh(squeeze(text))
        self._parts.append(text)
        self._pieces.append((node, is_tail))

    def _close(self) -> None:
        if self._parts:
            text = squeeze("".join(self._parts))
            weight = weigh(text)
            counts = (weight, min(self._linked, weight), self._links, self._images)
            joints = len(PUNCTUATION.findall(text))
            self.blocks.append(Block(text, *counts, *self._began, self._pieces, joints))
            self._parts, self._pieces, self._linked = [], [], 0
        self._links = self._images = 0


def _sums(values: list[int]) -> list[int]:
    return list(accumulate(values, initial=0))
