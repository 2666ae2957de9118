"""Two texts of an article → what changed between them, for people. Pure.

Paragraphs are compared, and within one that was changed its words, Chinese ones character by character. The work is
bounded: what is longer than a person would read is compared as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from ..writer.earlier import readable

Kind = Literal["same", "gone", "new"]

#: Paragraphs of a text that are compared, and words of one paragraph; SequenceMatcher takes the square of either.
MOST_PARAGRAPHS, MOST_WORDS = 1000, 800
#: Characters of a text that are looked at.
MOST_CHARACTERS = 400_000
#: Two paragraphs with less in common are two, not one that was changed.
ALIKE = 0.4
#: Unchanged paragraphs that are shown before and after a change.
CONTEXT = 1
BLOCK_END = re.compile(r"</(?:p|h[1-6]|li|blockquote|tr|div|figure|pre|dd|dt)>|<br\b[^<>]*>", re.I)
WORD = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]|\w+|\s+|.", re.S)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a paragraph."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph as a comparison shows it."""

    kind: Literal["same", "gone", "new", "changed", "skipped"]
    pieces: tuple[Piece, ...] = ()
    skipped: int = 0  #: paragraphs left out here, since they are the same


def paragraphs(body: str, *, is_html: bool) -> tuple[str, ...]:
    """Return the paragraphs of a body as a reader sees them."""
    text = body[:MOST_CHARACTERS]
    if is_html:
        text = readable(BLOCK_END.sub("\n", text))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return tuple(line for line in lines if line)[:MOST_PARAGRAPHS]


def compare(before: Sequence[str], after: Sequence[str]) -> tuple[Line, ...]:
    """Return what changed from one text, in paragraphs, to the next; empty where nothing did."""
    lines: list[Line] = []
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            lines += [_whole("same", text) for text in after[c:d]]
        else:
            lines += _changed(before[a:b], after[c:d])
    return tuple(_gathered(lines)) if any(line.kind != "same" for line in lines) else ()


def _whole(kind: Kind, text: str) -> Line:
    return Line(kind, (Piece(kind, text),))


def _changed(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    """Yield paragraphs in place of others: side by side those that are alike, then what is left over."""
    for old, new in zip(before, after, strict=False):
        pieces = _words(old, new)
        if pieces:
            yield Line("changed", pieces)
        else:
            yield _whole("gone", old)
            yield _whole("new", new)
    shared = min(len(before), len(after))
    yield from (_whole("gone", text) for text in before[shared:])
    yield from (_whole("new", text) for text in after[shared:])


def _words(old: str, new: str) -> tuple[Piece, ...]:
    """Return what changed within a paragraph; nothing where the two are too long or have too little in common."""
    before, after = WORD.findall(old), WORD.findall(new)
    if max(len(before), len(after)) > MOST_WORDS:
        return ()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < ALIKE:
        return ()
    pieces: list[Piece] = []
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            pieces.append(Piece("same", "".join(after[c:d])))
        else:
            pieces += [Piece("gone", "".join(before[a:b]))] if b > a else []
            pieces += [Piece("new", "".join(after[c:d]))] if d > c else []
    return tuple(pieces)


def _gathered(lines: Sequence[Line]) -> Iterator[Line]:
    """Leave out what is the same and stands far from any change."""
    changed = [at for at, line in enumerate(lines) if line.kind != "same"]
    near = {at + n for at in changed for n in range(-CONTEXT, CONTEXT + 1)}
    skipped = 0
    for at, line in enumerate(lines):
        if at in near:
            if skipped:
                yield Line("skipped", skipped=skipped)
            skipped = 0
            yield line
        else:
            skipped += 1
    if skipped:
        yield Line("skipped", skipped=skipped)
