"""The path of a post: readable, and legal on Linux, macOS and Windows.

Fills the template of the source; never leaves the archive; keeps no state, so that a name that is taken is
the caller's business (`names.choices`). Case-insensitive file systems are the state's.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import regex

from ..model import Article, Source
from .names import EDGES, MAX_NAME_BYTES, cut, split

#: Bytes a source's name may take in a path, so that the title keeps the larger part.
MAX_SOURCE_BYTES = 60
#: The name of what has none.
UNTITLED = "untitled"
#: Refused by Windows (learn.microsoft.com, "Naming Files, Paths, and Namespaces"), or read as something else in
#: links (`#`, `%`).
UNSAFE = regex.compile(r'[<>:"/\\|?*#%]+')
#: What ends a link of Obsidian's, or leads to a part of a note; brackets become round ones.
ROUND = str.maketrans("[]", "()")
#: Controls, format characters (bidi, zero width), surrogates, private use, unassigned.
INVISIBLE = regex.compile(r"\p{C}+")
#: The joiner of an emoji sequence (UTS #51 ED-16) is a format character that stays.
EMOJI_JOINER = regex.compile(
    r"(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})"
)
#: Stands for the joiner while format characters are dropped; a noncharacter.
JOINER_MARK = "\ufdd0"
#: Device names of Windows, with any extension.
RESERVED = regex.compile(r"(?i)(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])\s*(?=\.|$)")
#: Jekyll makes a folder of two dots in an address (url.rb, `sanitize_url`).
DOTS = regex.compile(r"\.{2,}")


def post_path(article: Article, source: Source) -> str:
    """Return the first choice of path for a post, relative to the archive, with forward slashes.

    Raises:
        ZoneInfoNotFoundError: the source's timezone is unknown; `config` checks it.
    """
    day, title, name = _local_day(article.published, source.timezone), article.title, source.name
    if source.format == "obsidian":
        title, name = (text.translate(ROUND).replace("^", "-") for text in (title, name))
    values = {
        "date": day.isoformat(),
        "year": f"{day.year:04}",
        "month": f"{day.month:02}",
        "day": f"{day.day:02}",
        "source": slug(name, MAX_SOURCE_BYTES),
    }
    parts = [part for part in source.path.split("/") if part not in {"", ".", ".."}]
    return "/".join(_filled(part, values, title) for part in parts)


def slug(title: str, limit_bytes: int) -> str:
    """Make a file name's part of a title: the same words, unsafe characters replaced, never empty.

    Args:
        title: any text.
        limit_bytes: length of the result in UTF-8; cut between grapheme clusters.
    """
    text = unicodedata.normalize("NFC", INVISIBLE.sub(_blank_or_nothing, EMOJI_JOINER.sub(JOINER_MARK, title)))
    text = DOTS.sub("…", UNSAFE.sub("-", text.replace(JOINER_MARK, "\u200d")))
    text = regex.sub(r"\s+", " ", text)
    return cut(text.lstrip(EDGES), limit_bytes) or UNTITLED[:limit_bytes]


def _blank_or_nothing(found: regex.Match[str]) -> str:
    """Keep words apart where a control character did, and the marks of joiners."""
    text: str = found.group()
    if JOINER_MARK in text:
        return JOINER_MARK
    return " " if any(c.isspace() for c in text) else ""


def _filled(part: str, values: dict[str, str], title: str) -> str:
    """Fill one part of the template; the title gets the room that the rest leaves. No device's name comes out."""
    known = regex.sub(r"\{(\w+)\}", lambda m: values.get(m.group(1), m.group()), part)
    titles = known.count("{title}")
    if titles:
        room = MAX_NAME_BYTES - len(known.replace("{title}", "").encode())
        known = known.replace("{title}", slug(title, max(room // titles, 0)))
    stem, extension = split(known)
    room = MAX_NAME_BYTES - len(extension.encode())
    stem = cut(stem, room)
    if RESERVED.match(stem + extension):  # last, because a cut takes the dash away again
        stem = RESERVED.sub(r"\1-", cut(stem, room - 1), count=1)
    return stem + extension


def _local_day(moment: datetime, timezone: str) -> date:
    """Return the day in a timezone; at the ends of the calendar, where that overflows, the day in UTC."""
    try:
        return moment.astimezone(ZoneInfo(timezone)).date()
    except OverflowError:
        return moment.astimezone(UTC).date()
