"""The names of posts' files: their length, their variants, what a template for them may hold.

Rule: what the shell needs for each post, light to load; how a name is made of a title is in `slugs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, count

#: What a template may hold between braces; `config` refuses others.
PLACEHOLDERS: frozenset[str] = frozenset({"date", "year", "month", "day", "title", "source"})
#: Bytes of UTF-8. File systems allow 255 (ext4, APFS, NTFS in code units), eCryptfs 143 of plain name;
#: the rest leaves room for temporary names and for copies on other systems.
MAX_NAME_BYTES = 200
#: Hidden files, options, Jekyll's ignored names (its EntryFilter: `.`, `_`, `#`, `~`); Windows drops dots and blanks.
EDGES = " .…-_~"


#: The one name in a folder that is a page by itself, and is called as the folder is (Hugo's page bundles).
BUNDLED = "/index.md"


def numbered(path: str, n: int) -> str:
    """Return the path's n-th variant, `…-2.md` or `…-2/index.md`, still within the limit."""
    if path.endswith(BUNDLED):
        folder, slash, name = path.removesuffix(BUNDLED).rpartition("/")
        return f"{folder}{slash}{cut(name, MAX_NAME_BYTES - len(f'-{n}'))}-{n}{BUNDLED}"
    folder, slash, name = path.rpartition("/")
    stem, extension = split(name)
    tail = f"-{n}{extension}"
    return f"{folder}{slash}{cut(stem, MAX_NAME_BYTES - len(tail.encode()))}{tail}"


def choices(path: str) -> Iterator[str]:
    """Yield the names that a post may get, best first, without end."""
    yield path
    yield from (numbered(path, n) for n in count(2))


def cut(text: str, limit_bytes: int) -> str:
    """Cut between grapheme clusters (UAX #29), leaving no trailing blank, dot or dash."""
    if len(text.encode()) > limit_bytes:
        from regex import findall  # heavy, and most names are short

        clusters = findall(r"\X", text)
        used = accumulate(len(cluster.encode()) for cluster in clusters)
        text = "".join(cluster for cluster, total in zip(clusters, used, strict=True) if total <= limit_bytes)
    return text.rstrip(EDGES)


def split(name: str) -> tuple[str, str]:
    """Split a file name before its extension."""
    stem, dot, extension = name.rpartition(".")
    return (stem, dot + extension) if stem else (name, "")
