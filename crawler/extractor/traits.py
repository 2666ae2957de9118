"""The measures by which a block is judged: one row a block, one column a measure.

Four kinds: what the block says, what it and the parts about it are called, how much prose stands about it, and which
of the candidates hold it (their agreement). None needs a word of any language.
Rule: measures only; what they are worth is in `forest.json`, learned by bench/train.py from the very same columns.
"""

from __future__ import annotations

import re
import string
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from ..markup import CJK_WEIGHT, weigh
from .names import BITS, HIDDEN, ROLE_BITS
from .outline import PARENT, Outline

Column: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]

#: Ends of a sentence, and of a text that goes on elsewhere, whatever arrow stands behind it.
ENDS, CUT, ARROWS = tuple('.!?。！？…"”’»」】)）'), ("…", "...", "⋯"), "]»> "
DIGIT = re.compile(r"\d")
#: The same for ASCII, where counting what is gone is quicker than finding.
DIGITS, CAPITALS = string.digits.encode(), string.ascii_uppercase.encode()
TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
#: The same for ASCII, three times as quickly: all else becomes a blank. And what English has besides, often enough.
PARTED = bytes(code if chr(code).isalnum() and code < 128 else 32 for code in range(256))
TYPOGRAPHY = "’‘“”–—…\xa0"
#: Characters of a block that are looked at where a longer look would say no more.
COMPARED = 400
#: Numbers of the tags of a block's own element; others have OTHER_TAG.
TAGS = {
    **dict.fromkeys(("div", "section", "article"), 0), "p": 1, "h1": 2, "h2": 3, "h3": 4, "h4": 5, "h5": 5, "h6": 5,
    "li": 6, "td": 7, "th": 7, "figcaption": 8, "caption": 8, "blockquote": 9, "pre": 10, "dt": 11, "dd": 11,
}  # fmt: skip
OTHER_TAG = 12
HEADINGS = ("h1", "h2", "h3", "h4")
#: Likeness of a heading to the page's title from which it is the headline.
SAME = 0.6
#: Weights of a block of prose that counts when distances are taken.
STRONG, STRONGER = 60, 100
#: Steps from the best container up to one that holds a block; and distance where there is no such block.
MAX_STEPS, FAR = 20, 200


@dataclass(frozen=True, slots=True)
class Said:
    """What page and feed say of the article elsewhere."""

    title: str = ""
    description: str = ""
    feed: str = ""  #: the feed's own text, as a reader sees it; no measure, but evidence: see `judge`
    url: str = ""  #: the page's address


class Measures:
    """The page as arrays; each method makes some columns.

    Args:
        outline: the page's blocks; at least one.
        said: what blocks are compared with.
    """

    def __init__(self, outline: Outline, said: Said) -> None:
        self.outline, self.blocks = outline, outline.blocks
        self.count = len(self.blocks)
        self.at = np.arange(self.count)
        counts = [(b.weight, b.linked, b.weight if b.is_prose else 0, b.joints, b.links, b.images) for b in self.blocks]
        self.weight, self.linked, self.prose, self.joints, self.begun, self.images = np.array(counts, float).T.copy()
        self.link = self.linked / np.maximum(self.weight, 1)
        self.weights, self.links, self.proses = _sums(self.weight), _sums(self.linked), _sums(self.prose)
        self.runs = _sums((self.prose > 0).astype(float))
        self.total = max(self.proses[-1], 1.0)
        self.parents = [_parent(b.owner) for b in self.blocks]
        self.grandparents = [_parent(e) for e in self.parents]
        self.said = said
        self.likeness, self.overlap = self._compared()

    def matrix(self, votes: dict[str, tuple[int, int]], named: Sequence[int]) -> Column:
        """Return all measures.

        Args:
            votes: by candidate the blocks it holds, from and to; see `candidates.vote`.
            named: for each block, how many elements about it are called like an article's text.

        Returns:
            One row a block, in the page's order; the columns are those of `COLUMNS`.
        """
        columns = self.own() | self.names() | self.place() | self.about() | self.crowd() | self.near_prose()
        columns |= self.candidates(votes, np.array(named, float)) | self.neighbours(columns)
        return np.array([columns[name] for name in COLUMNS]).T

    def _compared(self) -> tuple[Column, Column]:
        """Return how much each block is like the title, and how much it shares with the description."""
        title, description = _tokens(self.said.title), _tokens(self.said.description)
        known, is_telling = title | description, len(description) > 3
        likeness, overlap = np.zeros(self.count), np.zeros(self.count)
        for i, block in enumerate(self.blocks if known else ()):
            said = tokens(block.text[:COMPARED].lower())
            if known.isdisjoint(said):
                continue
            found = frozenset(said)
            likeness[i] = _share(len(found & title), len(found), len(title))
            if is_telling and len(found) > 3:
                overlap[i] = len(found & description) / min(len(found), len(description))
        return likeness, overlap

    def own(self) -> dict[str, Column]:
        """What the block says."""
        texts = [b.text for b in self.blocks]
        starts = [text[:COMPARED] for text in texts]
        often, opening = Counter(texts), "".join(starts[:FAR])
        foreign = (weigh(opening) - len(opening)) / (CJK_WEIGHT - 1)
        rows = [
            (
                len(start),
                text.endswith(ENDS),
                text.rstrip(ARROWS).endswith(CUT),
                _digits(start),
                _count(start.encode(), CAPITALS),
                often[text],
                TAGS.get(block.owner.tag, OTHER_TAG),
            )
            for text, start, block in zip(texts, starts, self.blocks, strict=True)
        ]
        size, ends, cut, digits, capitals, dup, tag = np.array(rows, float).T.copy()
        length = np.maximum(size, 1)
        return {
            "w": np.log1p(self.weight),
            "link": self.link,
            "pun": self.joints / np.maximum(self.weight, 1) * 100,
            "npun": np.minimum(self.joints, 20),
            "ends": ends,
            "cut": cut,
            "dig": digits / length,
            "cap": capitals / length,
            "nlink": np.minimum(self.begun, 10),
            "img": np.minimum(self.images, 2),
            "dup": np.minimum(dup, 4),
            "title": self.likeness,
            "desc": self.overlap,
            "tag": tag,
            "cjk": np.full(self.count, float(foreign > 0.2 * len(opening))),
        }

    def names(self) -> dict[str, Column]:
        """What the block and the parts about it are called, and what they are."""
        near, above, roles = np.array([(b.near, b.above, b.roles) for b in self.blocks]).T
        groups, known = _bits(BITS.values()), _bits((*ROLE_BITS.values(), HIDDEN))
        is_own, is_parent = (near & groups) > 0, (near & (groups << PARENT)) > 0
        own = np.where(is_own, 2.0, is_parent.astype(float))
        about, what = ((above & groups) > 0).astype(float), ((roles & known) > 0).astype(float)
        columns = dict(zip((f"n_{group}" for group in BITS), own, strict=True))
        columns |= zip((f"a_{group}" for group in BITS), about, strict=True)
        columns |= zip((f"r_{role}" for role in (*ROLE_BITS, "hidden")), what, strict=True)
        return columns

    def place(self) -> dict[str, Column]:
        """Where it stands: on the page, behind the headline, behind a heading."""
        at, owners = self.at, [b.owner.tag for b in self.blocks]
        headline = self.headline()
        gap = at - headline
        is_heading = np.array([tag in HEADINGS for tag in owners])
        last = np.maximum.accumulate(np.where(is_heading, at, -1))
        there, known = np.maximum(last, 0), last >= 0
        return {
            "pos": at / self.count,
            "before": self.proses[:-1] / self.total,
            "dtitle": np.sign(gap) * np.log1p(np.abs(gap)) if headline >= 0 else np.full(self.count, -9.0),
            "aft": (gap > 0).astype(float),
            "hd": np.where(known, np.log1p(at - last), 6.0),
            "hl": np.where(known, self.link[there], 0.0),
            "ht": np.where(known, self.likeness[there], 0.0),
            "n": np.full(self.count, np.log1p(self.count)),
            "tot": np.full(self.count, np.log1p(self.total)),
            "gshare": np.full(self.count, self.total / max(self.weights[-1], 1)),
        }

    def headline(self) -> int:
        """Return the number of the block that is the headline: one like the title, or the first h1; else -1."""
        owners = [b.owner.tag for b in self.blocks]
        like = np.flatnonzero(self.likeness > SAME).tolist()
        titled = [i for i in like if owners[i] in ("h1", "h2", "h3")]
        return next(iter(titled or [i for i, tag in enumerate(owners) if tag == "h1"] or like), -1)

    def about(self) -> dict[str, Column]:
        """How much prose and how many links stand in its element, in the parent, in the one above that."""
        columns: dict[str, Column] = {}
        owners = [b.owner for b in self.blocks]
        for name, elements in (("o", owners), ("p", self.parents), ("g", self.grandparents)):
            start, end = self._spans(elements)
            weight = self.weights[end] - self.weights[start]
            prose = self.proses[end] - self.proses[start]
            columns |= {
                f"{name}_w": np.log1p(weight),
                f"{name}_link": (self.links[end] - self.links[start]) / np.maximum(weight, 1),
                f"{name}_good": prose / np.maximum(weight, 1),
                f"{name}_runs": np.minimum(self.runs[end] - self.runs[start], 30),
                f"{name}_share": prose / self.total,
                f"{name}_rel": (self.at - start) / np.maximum(end - start, 1),
                f"{name}_nb": np.log1p(end - start),
            }
        return columns

    def _spans(self, elements: Sequence[HtmlElement]) -> tuple[Whole, Whole]:
        spans = np.array([self.outline.spans.get(e, (0, self.count)) for e in elements])
        return spans[:, 0], spans[:, 1]

    def crowd(self) -> dict[str, Column]:
        """How much prose its siblings bring together, and those that look the same: an article's paragraphs do."""
        named = self.outline.attributes
        kinds = [
            (b.owner.tag, named(b.owner).get("class"), parent.tag, named(parent).get("class"))
            for b, parent in zip(self.blocks, self.parents, strict=True)
        ]
        often = Counter(kinds)
        return {
            "dp": _shares(self.parents, self.prose),
            "dg": _shares(self.grandparents, self.prose),
            "sig": _shares(kinds, self.prose),
            "sign": np.log1p(_column(often[kind] for kind in kinds)),
        }

    def near_prose(self) -> dict[str, Column]:
        """How dense prose and links are around it, and how far the next longer texts."""
        columns: dict[str, Column] = {}
        for reach in (2, 5, 12):
            low, high = np.maximum(self.at - reach, 0), np.minimum(self.at + reach + 1, self.count)
            weight = np.maximum(self.weights[high] - self.weights[low], 1)
            columns[f"den{reach}"] = (self.proses[high] - self.proses[low]) / weight
            columns[f"lk{reach}"] = (self.links[high] - self.links[low]) / weight
        strong = (self.prose >= STRONGER) & (self.link < 0.3)
        before = np.maximum.accumulate(np.where(strong, self.at, -FAR * 10))
        behind = np.minimum.accumulate(np.where(strong, self.at, FAR * 10)[::-1])[::-1]
        before, behind = _moved(before, 1, -FAR * 10), _moved(behind, -1, self.count + FAR * 10)
        columns["dprev"] = np.log1p(np.clip(self.at - before, 0, FAR))
        columns["dnext"] = np.log1p(np.clip(behind - self.at, 0, FAR))
        return columns

    def candidates(self, votes: dict[str, tuple[int, int]], named: Column) -> dict[str, Column]:
        """Which candidates hold it, where in them it stands, how many agree."""
        best, steps = self._best_container()
        spans = {"ins": best} | votes
        inside = {name: (self.at >= s) & (self.at < e) for name, (s, e) in spans.items()}
        agreed = np.sum([held.astype(float) for held in inside.values()], axis=0)
        columns = {"votes": agreed, "steps": steps, "nnamed": np.minimum(named, 6)}
        for name, (start, end) in spans.items():
            held = inside[name]
            columns[name] = held.astype(float)
            columns[f"{name}_rel"] = np.where(
                held, (self.at - start) / max(end - start, 1), np.where(self.at < start, -1.0, 2.0)
            )
            columns[f"{name}_sh"] = np.full(self.count, (self.proses[end] - self.proses[start]) / self.total)
        own = np.flatnonzero((self.prose >= STRONG) & inside["ins"])
        for name, other in (("first", own[:1]), ("last", own[-1:])):
            gap = self.at - other[0] if len(other) else np.zeros(self.count)
            columns[f"to{name}"] = np.sign(gap) * np.log1p(np.abs(gap))
        return columns

    def _best_container(self) -> tuple[tuple[int, int], Column]:
        """Return the blocks of the element whose own paragraphs say most, and the steps from there to each block."""
        scores: defaultdict[HtmlElement, float] = defaultdict(float)  # a Counter has its zeros made in Python
        for parent, grandparent, prose in zip(self.parents, self.grandparents, self.prose.tolist(), strict=True):
            scores[parent] += prose
            if grandparent is not parent:
                scores[grandparent] += prose / 2
        best = max(scores, key=lambda e: scores[e] * (1 - self.outline.link_share(e)))
        steps = np.full(self.count, float(MAX_STEPS))
        element: HtmlElement | None = best
        for step in range(MAX_STEPS):
            if element is None:
                break
            start, end = self.outline.spans.get(element, (0, self.count))
            reached = (self.at >= start) & (self.at < end) & (steps == MAX_STEPS)
            steps[reached] = step
            element = element.getparent()
        return self.outline.spans.get(best, (0, self.count)), steps

    def neighbours(self, columns: dict[str, Column]) -> dict[str, Column]:
        """What the blocks before and behind it are."""
        moved = {}
        for name, by in (("pv1", 1), ("nx1", -1), ("pv2", 2), ("nx2", -2)):
            for column in ("w", "link", "tag", "pun"):
                moved[f"{name}_{column}"] = _moved(columns[column], by, -1.0)
        return moved


def _bits(bits: Iterable[int]) -> Whole:
    """Return bits one below the other, to be asked of all blocks at once."""
    return np.array(tuple(bits))[:, None]


def _column(values: object) -> Column:
    return np.fromiter(values, dtype=float)  # type: ignore[call-overload,no-any-return]


def _sums(values: Column) -> Column:
    return np.concatenate([[0.0], np.cumsum(values)])


def _moved(values: Column, by: int, fill: float) -> Column:
    """Return values moved so many places on, or back; what comes in is `fill`."""
    moved = np.full(len(values), fill)
    if 0 < by < len(values):
        moved[by:] = values[:-by]
    elif 0 < -by < len(values):
        moved[:by] = values[-by:]
    return moved


def _shares(keys: Sequence[object], prose: Column) -> Column:
    """Return for each block the prose of all with its key, as a share of the most that any key has."""
    sums: defaultdict[object, float] = defaultdict(float)
    for key, said in zip(keys, prose.tolist(), strict=True):
        sums[key] += said
    most = max(sums.values()) or 1.0
    return _column(sums[key] / most for key in keys)


def _parent(element: HtmlElement) -> HtmlElement:
    parent = element.getparent()
    return element if parent is None else parent


def _tokens(text: str) -> frozenset[str]:
    return frozenset(tokens(text[:COMPARED].lower()))


def tokens(text: str) -> list[str]:
    """Return the words of a text; in scripts without blanks, its signs."""
    plain = text
    for sign in "" if text.isascii() else TYPOGRAPHY:
        plain = plain.replace(sign, " ")
    return plain.encode().translate(PARTED).decode().split() if plain.isascii() else TOKEN.findall(text)


def _share(common: int, one: int, other: int) -> float:
    """Return the share of what two sets have in common, by their sizes."""
    return common / max(one + other - common, 1)


def _digits(text: str) -> int:
    return _count(text.encode(), DIGITS) if text.isascii() else len(DIGIT.findall(text))


def _count(text: bytes, signs: bytes) -> int:
    return len(text) - len(text.translate(None, signs))


#: Candidates that vote; see `candidates.vote`.
VOTERS = ("named", "framed", "titled", "readability")
COLUMNS = (
    "w", "link", "pun", "npun", "ends", "cut", "dig", "cap", "nlink", "img", "dup", "title", "desc", "tag", "cjk",
    *(f"{k}_{g}" for g in BITS for k in "na"), *(f"r_{r}" for r in (*ROLE_BITS, "hidden")),
    "pos", "before", "dtitle", "aft", "hd", "hl", "ht", "n", "tot", "gshare",
    *(f"{e}_{m}" for e in "opg" for m in ("w", "link", "good", "runs", "share", "rel", "nb")),
    "dp", "dg", "sig", "sign", "den2", "lk2", "den5", "lk5", "den12", "lk12", "dprev", "dnext",
    "votes", "steps", "nnamed", "tofirst", "tolast",
    *(f"{v}{m}" for v in ("ins", *VOTERS) for m in ("", "_rel", "_sh")),
    *(f"{p}_{m}" for p in ("pv1", "nx1", "pv2", "nx2") for m in ("w", "link", "tag", "pun")),
)  # fmt: skip
