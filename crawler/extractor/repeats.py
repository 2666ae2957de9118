"""Learned boilerplate: blocks that a source repeats in article after article, and bodies that say nothing else.

A body is known by the fingerprints of its blocks. What stands in many of the source's last articles goes; a body that
has nothing of its own is an alarm: the server gave one page for many (a wall, an error, a notice), or the source
repeats itself. Rule: only what is the same to the letter counts, and only in *other* articles; in doubt a block stays.
The figures were chosen on 24 channels of the predecessor (`bench/boilerplate.py`). Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import blake2b

from lxml.html import HtmlElement

from ..errors import Repeated
from ..markup import squeeze, text_of, weigh
from ..model import Fingerprint
from .tree import BLOCKS, drop

#: Other articles that must hold a block, before it counts at all: a text may be posted twice and quoted once more.
#: So the first three articles of a source that has a banner, or of a wall, are past before anything is known.
MIN_ARTICLES = 3
#: A block goes from an article that has more to say only if more than this share of the source's last ones held it.
#: Editors' names stand under a quarter of them: at 0.4 one spell in ten would cost them, at 0.5 one in two hundred.
MIN_SHARE = 0.5
#: The same for a picture: half the posts of one real blog show the same photograph, and mean it.
MIN_PICTURE_SHARE = 0.75
#: Weight (letters; a Han character counts three) below which a text stays: "Conclusion" and "发稿 韩笑" repeat too.
#: Rows of dashes or stars go only with a longer block beside them.
MIN_WEIGHT = 30
#: Weight that may go from one body: a long banner's. Beyond it nothing does, as what repeats is text then: a source of
#: little but a live blog's instalments, each with the ones before it.
MAX_WEIGHT = 1500
#: Share of a body that must stand in other articles, when the rest is too little, for the body to be a repetition.
REPEATED_SHARE = 0.5
#: Blocks of a body that are remembered, half from each end, where banners stand; all but lists of names have fewer.
MAX_BLOCKS = 400
#: Bytes of a fingerprint; among 25 articles of 400 blocks the same one by chance: once in 10^12 articles.
SIZE = 8
#: Elements that are one block whatever they hold: a picture and its caption, a row of a table.
WHOLE = ("figure", "tr")


@dataclass(frozen=True, slots=True)
class Block:
    """One of the smallest pieces of a body that may go by itself."""

    element: HtmlElement
    text: str  #: as a reader sees it, on one line; "" for a lone picture
    pictures: tuple[str, ...]  #: their addresses
    print: bytes

    @property
    def weight(self) -> int:
        """Return the weight of the text."""
        return weigh(self.text)

    @property
    def is_long(self) -> bool:
        """Tell whether the text says enough to be told from what many articles say by chance."""
        return self.weight >= MIN_WEIGHT

    @property
    def is_line(self) -> bool:
        """Tell whether the block is a row of dashes or stars."""
        return not self.pictures and not any(map(str.isalnum, self.text))

    @property
    def shown(self) -> str:
        """Return what tells people which block it is."""
        return self.text or self.pictures[0]


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known of the blocks of a source's last articles."""

    articles: int = 0  #: that became posts
    held: Counter[bytes] = field(default_factory=Counter)  #: in how many of those a block stands
    met: Counter[bytes] = field(default_factory=Counter)  #: in how many of all, refused ones too

    def is_boilerplate(self, block: Block) -> bool:
        """Tell whether so many articles hold a block that none owns it."""
        share = MIN_PICTURE_SHARE if block.pictures and not block.is_long else MIN_SHARE
        return self.held[block.print] >= MIN_ARTICLES and self.held[block.print] > share * self.articles

    def is_repeated(self, block: Block) -> bool:
        """Tell whether a block is no article's own."""
        return self.met[block.print] >= MIN_ARTICLES


NOTHING = Learned()


def learn(lately: Sequence[Fingerprint]) -> Learned:
    """Count the blocks of a source's last articles, which must not include the one that is being made."""
    held: Counter[bytes] = Counter()
    refused: Counter[bytes] = Counter()
    for one in lately:
        (refused if one.refused else held).update(set(_cut(one.blocks)))
    return Learned(sum(not one.refused for one in lately), held, held + refused)


def _cut(prints: bytes) -> list[bytes]:
    return [prints[i : i + SIZE] for i in range(0, len(prints), SIZE)]


@dataclass(frozen=True, slots=True)
class Sifted:
    """What was found of a body's blocks."""

    prints: bytes = b""  #: fingerprints of the blocks as they were found
    dropped: tuple[str, ...] = ()  #: what was taken out, as a reader sees it
    repeats: int = 0  #: in how many other articles the text stands, of a body that has nothing of its own

    def demand_own(self, text: str) -> None:
        """Raise Repeated for a body that says only what others say; `text` is what it says.

        Not passing, like any other wall: the feed's own text may stand in at once, and the page is asked again.
        """
        if self.repeats:
            said = squeeze(text)[:60] or "pictures"
            raise Repeated(f"the same text as {self.repeats} other articles of this source: {said}", blocks=self.prints)


NOT_SIFTED = Sifted()


def sift(root: HtmlElement, learned: Learned, least: int = 0) -> Sifted:
    """Drop the source's boilerplate from a cleaned body, in place; a body that is nothing else is left as it is.

    Args:
        root: a div that holds the body's blocks.
        learned: of the source's other articles.
        least: weight that the body's own text must have; 0: any text or picture is enough.
    """
    blocks = list(_blocks(root))
    prints = _remembered([block.print for block in blocks])
    common = [block for block in blocks if learned.is_repeated(block)]
    if not common:
        return Sifted(prints)
    own = [block for block in blocks if not learned.is_repeated(block)]
    loose = _letters(text_of(root)) - _letters("".join(block.text for block in blocks))
    left, total = _weight(own) + loose, _weight(blocks) + loose
    has_own = left >= least if least else left > 0 or any(block.pictures for block in own)
    if total >= least and not has_own and _weight(common) >= REPEATED_SHARE * total:
        return Sifted(prints, repeats=learned.met[max(common, key=lambda block: block.weight).print])
    going = _going(blocks, learned)
    if _weight(going) > MAX_WEIGHT:
        return Sifted(prints)
    for block in going:
        _take_out(block.element, root)
    return Sifted(prints, tuple(block.shown for block in going))


def is_all_known(root: HtmlElement, learned: Learned) -> bool:
    """Tell whether a cleaned body has nothing at all of its own, as a wall; it is not touched."""
    return sift(deepcopy(root), learned).repeats > 0


def joined(*parts: Sifted) -> Sifted:
    """Return what was found of a body that was joined of several; the last part is what was found of the whole."""
    prints = _remembered([one for part in parts for one in _cut(part.prints)])
    dropped = dict.fromkeys(block for part in parts for block in part.dropped)
    return Sifted(prints, tuple(dropped), parts[-1].repeats)


def _weight(blocks: Iterable[Block]) -> int:
    return sum(block.weight for block in blocks)


def _letters(text: str) -> int:
    """Return the weight without white space, which adds up the same however a text is cut."""
    return weigh("".join(text.split()))


def _blocks(root: HtmlElement) -> Iterator[Block]:
    """Yield the smallest blocks that hold text, and the pictures, in the body's order.

    A picture in a paragraph is a block for itself: topic icons stand in the first one of every article.
    """
    is_framed = next(root.iter(*WHOLE), None) is not None  # else nothing stands in one of them
    for element in root.iter(*BLOCKS, "img"):
        if element is root or not _is_smallest(element):
            continue
        if is_framed and next(element.iterancestors(*WHOLE), None) is not None:
            continue
        text = squeeze(text_of(element))
        pictures = tuple(image.get("src", "") for image in element.iter("img"))
        if text or (pictures and element.tag in ("img", *WHOLE)):
            yield Block(element, text, pictures, _print(text, *pictures, *_links(element)))


def _is_smallest(element: HtmlElement) -> bool:
    is_bare = len(element) == 0  # as most are
    return is_bare or element.tag in WHOLE or not any(inner.tag in BLOCKS for inner in element.iterdescendants())


def _links(element: HtmlElement) -> Iterator[str]:
    """Yield where a block leads, without what differs from page to page: "read the original" is no banner."""
    for link in element.iter("a"):
        yield link.get("href", "").partition("#")[0].partition("?")[0]


def _print(*parts: str) -> bytes:
    return blake2b("\n".join(parts).encode("utf-8", "replace"), digest_size=SIZE).digest()


def _remembered(prints: Sequence[bytes]) -> bytes:
    """Put together what is remembered, each print once; of very many those nearest to either end."""
    once = list(dict.fromkeys(prints))
    if len(once) > MAX_BLOCKS:
        half = MAX_BLOCKS // 2
        ends = list(dict.fromkeys(reversed(prints)))[:half]  # a banner that ended every page ends the last one
        once = list(dict.fromkeys((*once[:half], *reversed(ends))))
    return b"".join(once)


def _going(blocks: Sequence[Block], learned: Learned) -> list[Block]:
    """Return the boilerplate: long blocks, pictures, and lines that part them from the article."""
    known = [learned.is_boilerplate(block) for block in blocks]
    goes = [k and (b.is_long or bool(b.pictures)) for k, b in zip(known, blocks, strict=True)]
    padded = [False, *goes, False]
    beside = [before or behind for before, behind in zip(padded, padded[2:], strict=False)]
    lines = [k and b.is_line and near for k, b, near in zip(known, blocks, beside, strict=True)]
    return [block for block, *is_going in zip(blocks, goes, lines, strict=True) if any(is_going)]


def _take_out(element: HtmlElement, root: HtmlElement) -> None:
    """Drop a block that is still there, and what framed nothing else."""
    if root not in element.iterancestors():
        return
    above = element.getparent()
    drop(element)
    while above is not root and above.find(".//img") is None and not squeeze(text_of(above)):
        element, above = above, above.getparent()
        drop(element)
