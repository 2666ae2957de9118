"""What a query means.

Pure. Words, parted by blanks, must all be there; what stands in quotation marks must stand there in that order, with
nothing between but blanks and signs. A word that is several to the index (iPhone手机, don't) is a phrase, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from operator import add

from ..errors import QueryError
from .tokens import LONGEST_WORD, PIECE, RUN, UNSPACED, fold, tokens

#: Characters of a query, and phrases in it; what is more is no question that a person asks.
LONGEST_QUERY, MOST_PHRASES = 1000, 32
#: A phrase in quotation marks of any kind that people type, or a word; a mark without its partner goes on to the end.
PART = re.compile(r'["“”„«»「」『』]([^"“”„«»「」『』]*)["“”„«»「」『』]?|([^\s"“”„«»「」『』]+)')
#: Of folded text: a character of a word whose script has blanks.
OF_WORDS = rf"[^\s{UNSPACED}]"


@dataclass(frozen=True)
class Phrase:
    """Tokens that must follow one another."""

    pieces: tuple[str, ...]  #: folded; runs of unspaced characters, and words; never empty

    @property
    def is_single(self) -> bool:
        """Tell whether it is one character of an unspaced script, whatever stands beside it."""
        return len(self.pieces) == 1 and len(self.pieces[0]) == 1 and RUN.match(self.pieces[0]) is not None

    @property
    def match(self) -> str:
        """Return the phrase in FTS5's language (https://www.sqlite.org/fts5.html#full_text_query_syntax).

        A run at its beginning may go on before it in a text, one at its end after it: so the tokens that say where a
        run begins and ends are left out there.
        """
        found = tokens(" ".join(self.pieces))
        if RUN.match(self.pieces[0]):
            del found[0]
        if RUN.match(self.pieces[-1]):
            del found[-1]
        return f'"{" ".join(found)}"'

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return what finds the phrase in a folded text, just where the index does; blanks at its ends are its own."""
        last = len(self.pieces) - 1
        literals = [_literal(piece, is_first=at == 0, is_last=at == last) for at, piece in enumerate(self.pieces)]
        gaps = [_gap(before, after) for before, after in pairwise(self.pieces)]
        return re.compile("".join(map(add, literals, [*gaps, ""])))


def _gap(before: str, after: str) -> str:
    """Return an expression for what may stand between two pieces; a run and a word need nothing."""
    return r"\s*" if (RUN.match(before) is None) != (RUN.match(after) is None) else r"\s+"


def _literal(piece: str, *, is_first: bool, is_last: bool) -> str:
    """Return an expression for a run anywhere, or for a whole word: its letters first, which `re` finds quickly.

    That a word ends is asked at the ends of a phrase alone, since what stands between its pieces ends them; each such
    question takes a millisecond to compile.
    """
    if RUN.match(piece):
        return re.escape(piece)
    letters = re.escape(piece[:LONGEST_WORD])
    before = f"(?<!{OF_WORDS}{letters})" if is_first else ""
    rest = f"{OF_WORDS}*" if len(piece) > LONGEST_WORD else ""
    return letters + before + rest + (f"(?!{OF_WORDS})" if is_last else "")


@dataclass(frozen=True, slots=True)
class Query:
    """Phrases that must all be there, in the title or in the text."""

    phrases: tuple[Phrase, ...]  #: distinct; never empty

    @property
    def match(self) -> str:
        """Return the query in FTS5's language, single characters left out; "" where nothing else is asked for."""
        return " AND ".join(self.matches)

    @property
    def matches(self) -> tuple[str, ...]:
        """Return each phrase of it in FTS5's language."""
        return tuple(phrase.match for phrase in self.phrases if not phrase.is_single)

    @property
    def singles(self) -> tuple[str, ...]:
        """Return the single characters that are asked for."""
        return tuple(phrase.pieces[0] for phrase in self.phrases if phrase.is_single)


def read_query(text: str) -> Query:
    """Read what a person typed.

    Raises:
        QueryError: there is nothing in it that could be found, or far too much.
    """
    if len(text) > LONGEST_QUERY:
        raise QueryError(f"the query is too long: {len(text)} characters, {LONGEST_QUERY} at most")
    parts = (quoted or word for quoted, word in PART.findall(text))
    pieces = (tuple(PIECE.findall(fold(part))) for part in parts)
    phrases = tuple(dict.fromkeys(Phrase(found) for found in pieces if found))
    if not phrases:
        raise QueryError("there is no word in the query")
    if len(phrases) > MOST_PHRASES:
        raise QueryError(f"the query has too many words: {len(phrases)}, {MOST_PHRASES} at most")
    return Query(phrases)
