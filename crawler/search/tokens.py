"""Text → the tokens that the index holds, and that a query asks for.

Pure. Scripts that put no blanks between words (Chinese, Japanese, Korean, Thai and their kin) give a token for each
character: it with the one after it, or alone at the end of a run. 香港人 is 香港, 港人, 人: so a word of two characters
is found exactly where they stand side by side, and a longer one as a phrase. Before them stands the first character
with a mark, 0香, so that a phrase which ends with it (A股) asks for one token, not for all that begin so. Other words
are tokens as they are.
All is folded character by character: case, accents, width (NFKC), marks that nobody sees.
Whatever changes a token must raise `database.FORMAT`, for what is indexed stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from operator import add

#: Characters of scripts without blanks: radicals, ideographs with their marks, kana, bopomofo, hangul; Thai and Lao,
#: Burmese, Khmer. Ranges of Unicode blocks, without the punctuation among them.
UNSPACED = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u312f"
    "\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\u1100-\u11ff"
    "\U0001b000-\U0001b16f\U00020000-\U0003fffd\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u1049\u1050-\u109f\u1780-\u17d3"
)
#: Of folded text: a run of such characters, or another word.
PIECE = re.compile(rf"[{UNSPACED}]+|[^\s{UNSPACED}]+")
RUN = re.compile(rf"[{UNSPACED}]")
#: Characters; what is longer is no word but data, and would fill the index. Cut in texts and queries alike.
LONGEST_WORD = 64
#: Marks the first character of a run. No other token has it before such a character, for there words end.
OPENING = "0"
#: Accents, which Unicode has as marks of their own, and letters with strokes, which it takes for other letters.
ACCENTS = range(0x300, 0x370)
STROKES = {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"}
#: First letters of Unicode's categories of what stands in words: letters, numbers, marks.
IN_WORDS = frozenset("LNM")
#: Breaks a word and is not seen (ZERO WIDTH SPACE), while others of its category only hint at a break or a form.
BREAK = "\u200b"


class Folds(dict[int, str]):
    """What each character becomes, by its code, as `str.translate` asks: found out once.

    Grows with the characters that were met, of which Unicode has some 150,000.
    """

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()  #: those that become none, or several

    def __missing__(self, code: int) -> str:
        found = _folded(chr(code))
        if len(found) != 1:
            self.uneven.add(chr(code))  # before others can fold with it
        self[code] = found
        return found


def _folded(char: str) -> str:
    """Return what a character is to the index; a blank for what stands in no word, "" for what nobody sees."""
    if unicodedata.category(char) == "Cf" and char != BREAK:
        return ""
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", char).casefold())
    bare = unicodedata.normalize("NFC", "".join(c for c in decomposed if ord(c) not in ACCENTS))
    return "".join(STROKES.get(c, c) if unicodedata.category(c)[0] in IN_WORDS else " " for c in bare)


FOLDS = Folds()


def fold(text: str) -> str:
    """Return a text as the index sees it: characters of words, and blanks between them."""
    return text.translate(FOLDS)


def tokens(text: str) -> list[str]:
    """Return the tokens of a text, in its order; each is free of blanks and of ASCII punctuation."""
    found: list[str] = []
    for piece in PIECE.findall(fold(text)):
        if RUN.match(piece):
            found.append(OPENING + piece[0])
            found += map(add, piece, piece[1:])
            found.append(piece[-1])
        else:
            found.append(piece[:LONGEST_WORD])
    return found


def singles(found: Iterable[str]) -> set[str]:
    """Return the characters of unspaced scripts that tokens have: each one begins a token."""
    return {char for char in {token[0] for token in found} if RUN.match(char)}
