"""Pictures of articles as files of the archive: what their bytes are, what they are called, where they go.

Pure. Rule 1: what a picture is, its bytes say (WHATWG MIME Sniffing §6.1), never its address or a header. Rule 2: one
that may hold a script (SVG), or is no picture, is refused: opened by itself it would run on the publisher's site.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Literal

from . import urls
from .model import Source

#: Extension that a file gets → media type. BMP is left out: two bytes, "BM", are no proof.
TYPES: Mapping[str, str] = {
    "avif": "image/avif",
    "gif": "image/gif",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
}
#: What a file begins with; `.` is any byte.
SIGNS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("jpg", re.compile(rb"\xff\xd8\xff")),
    ("png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("gif", re.compile(rb"GIF8[79]a")),
    ("webp", re.compile(rb"RIFF.{4}WEBPVP", re.S)),
)
#: Brands of AVIF files: one picture, several (AVIF §8).
BRANDS = frozenset({b"avif", b"avis"})
#: Bytes of a file's first box, which lists its brands; real ones have some forty.
LONGEST_BOX = 256
#: Where the width stands, followed by the height, of how many bytes each is, and in which order these are.
SIZES: Mapping[str, tuple[int, int, Literal["little", "big"]]] = {"gif": (6, 2, "little"), "png": (16, 4, "big")}
#: Hex digits of the SHA-256 by which a file is called; 128 bits are enough for all pictures there are.
DIGITS = 32
FOLDER, STATIC = "assets", "static/"
ASSET = re.compile(rf"(?:{STATIC})?{FOLDER}/([0-9a-f]{{2}})/(\1[0-9a-f]{{{DIGITS - 2}}})\.(?:{'|'.join(TYPES)})")


def kind_of(data: bytes) -> str:
    """Return the extension that a picture's file gets, by its bytes; "" for what is none of `TYPES`."""
    return next((kind for kind, sign in SIGNS if sign.match(data)), "avif" if _is_avif(data) else "")


def _is_avif(data: bytes) -> bool:
    """Tell whether the first box is of AVIF: by its brand, or by those it is compatible with."""
    size = int.from_bytes(data[:4], "big")
    if data[4:8] != b"ftyp" or size % 4 or not 16 <= size <= LONGEST_BOX:
        return False
    box = data[:size]
    return any(box[at : at + 4] in BRANDS for at in (8, *range(16, size, 4)))


def refusal(data: bytes) -> str:
    """Return why bytes are not kept as a picture, for people; "" where they are.

    Points of one by one count readers; nobody sees that they are gone.
    """
    kind = kind_of(data)
    if not kind:
        return "no picture of a kind that is kept: " + ", ".join(TYPES)
    return "a picture of one point, which counts readers" if kind in SIZES and _is_point(kind, data) else ""


def _is_point(kind: str, data: bytes) -> bool:
    start, size, order = SIZES[kind]
    spans = (data[start : start + size], data[start + size : start + 2 * size])
    return all(int.from_bytes(span, order) <= 1 for span in spans)


def path_of(data: bytes, folder: str) -> str:
    """Return where a picture's bytes are kept, below a folder that `folder_of` gave."""
    digest = hashlib.sha256(data).hexdigest()[:DIGITS]
    return f"{folder}/{digest[:2]}/{digest}.{kind_of(data)}"


def is_asset(path: str) -> bool:
    """Tell whether a path is one that we give to pictures."""
    return ASSET.fullmatch(path) is not None


def is_whole(path: str, data: bytes) -> bool:
    """Tell whether the bytes at such a path are those that it is called after."""
    return path_of(data, path.rsplit("/", 2)[0]) == path


def folder_of(source: Source) -> str:
    """Return the folder for the pictures of a source: Hugo gives out as files what lies in `static`."""
    return STATIC + FOLDER if source.format == "hugo" else FOLDER


def key(address: str, folder: str) -> bytes:
    """Return the 16 bytes by which the state knows a picture: its address, to the letter, and where it goes."""
    return urls.key(f"{folder} {address}")
