"""A text → the piece of it that shows why it was found, its hits marked.

Pure. Cuts between characters as people see them (a letter with its accents, an emoji of several), and between words
where these are parted by blanks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, islice

import regex

from .. import wording
from .hits import Part
from .query import Query
from .tokens import FOLDS, RUN, fold

#: How much of a text is shown: columns of a terminal, of which a Chinese character takes two.
WIDTH = 160
#: Share of it before the first hit: one part of so many; hits of a text that are looked at.
LEAD, MOST_HITS = 4, 1000
#: How far a cut may move for the sake of a word, in characters.
WORD = 20
CLUSTER = regex.compile(r"\X")
MORE = "…"

Span = tuple[int, int]


def one_line(text: str) -> str:
    """Return a text in composed form, its blanks and line ends made one blank each."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def marked(text: str, query: Query) -> tuple[Part, ...]:
    """Return a whole text, made one line, in parts."""
    line = one_line(text)
    return tuple(_parts(line, (0, len(line)), _hits(line, query)))


def snippet(text: str, query: Query, width: int = WIDTH) -> tuple[Part, ...]:
    """Return a piece of a text; its beginning where nothing of the query is in it."""
    line = one_line(text)
    hits = _hits(line, query)
    start, end = _window(line, hits, width)
    parts = [Part(MORE)] if start else []
    parts += _parts(line, (start, end), hits)
    return tuple(_joined([*parts, Part(MORE)] if end < len(line) else parts))


def _hits(line: str, query: Query) -> list[Span]:
    """Return where the phrases stand, in order, without overlaps."""
    folded, places = _aligned(line)
    hits = chain.from_iterable(islice(phrase.pattern.finditer(folded), MOST_HITS) for phrase in query.phrases)
    spans = sorted(hit.span() for hit in hits)
    return _merged(spans if places is None else [(places[start], places[end - 1] + 1) for start, end in spans])


def _aligned(line: str) -> tuple[str, list[int] | None]:
    """Return the folded text, and for each of its characters the place of the one it comes from; None: the same."""
    folded = fold(line)
    if FOLDS.uneven.isdisjoint(line):
        return folded, None
    return folded, [at for at, char in enumerate(line) for _ in FOLDS[ord(char)]]


def _merged(spans: Sequence[Span]) -> list[Span]:
    found: list[Span] = []
    for start, end in spans:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _window(line: str, hits: Sequence[Span], width: int) -> Span:
    """Return the piece with the most hits in it, the earliest of these; it begins a little before the first."""
    first = _best(hits, width - width // LEAD)
    start = _back(line, first, width // LEAD)
    start = _word_start(line, start, first)
    end, room = start, width
    for cluster in _clusters(line, start):
        room -= wording.width(cluster[0])  # marks of its own take no room
        if room < 0:
            return start, _word_end(line, start, end)
        end += len(cluster)
    return start, end


def _best(hits: Sequence[Span], reach: int) -> int:
    """Return the start of the hit after which most others follow closely; 0 where there is none."""
    best, most, last = 0, 0, 0
    for number, (start, _) in enumerate(hits):
        while last < len(hits) and hits[last][1] <= start + reach:
            last += 1
        if last - number > most or not number:
            best, most = start, last - number
    return best


def _back(line: str, at: int, width: int) -> int:
    """Return the place so many columns before another, or the beginning."""
    while at > 0 and width > 0:
        at -= 1
        width -= wording.width(line[at])
    return at


def _word_start(line: str, start: int, latest: int) -> int:
    """Return the beginning of a word, or of a character as people see it, near a place and not after another."""
    if start == 0:
        return 0
    near = line.find(" ", start - 1, min(start + WORD, latest))
    if near >= 0 and not RUN.search(fold(line[start:near])):
        return near + 1
    origin = max(0, start - WORD)
    ends = accumulate(map(len, _clusters(line[origin : latest + 1], 0)), initial=origin)
    return min(latest, next(at for at in ends if at >= start))


def _word_end(line: str, start: int, end: int) -> int:
    """Return the end of the last whole word before a cut, where the cut would go through one."""
    if line[end : end + 1] == " " or RUN.search(fold(line[max(start, end - 1) : end + 1])):
        return end
    near = line.rfind(" ", max(start, end - WORD), end)
    return near if near > start else end


def _clusters(line: str, start: int) -> Iterator[str]:
    """Yield characters as people see them."""
    return (found[0] for found in CLUSTER.finditer(line, start))


def _parts(line: str, window: Span, hits: Sequence[Span]) -> Iterator[Part]:
    at, stop = window
    for start, end in hits:
        if end <= at or start >= stop:
            continue
        if start > at:
            yield Part(line[at:start])
        yield Part(line[max(at, start) : min(end, stop)], is_hit=True)
        at = min(end, stop)
    if at < stop:
        yield Part(line[at:stop])


def _joined(parts: Sequence[Part]) -> list[Part]:
    """Return parts, those that meet without being hits made one."""
    found: list[Part] = []
    for part in parts:
        if found and not part.is_hit and not found[-1].is_hit:
            found[-1] = Part(found[-1].text + part.text)
        else:
            found.append(part)
    return found
