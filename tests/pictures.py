"""Pictures of our own, as small as they come, and pages that show them: for tests."""

from __future__ import annotations

from html import escape

from crawler.assets import path_of
from tests.fakes import article

#: Two points by two.
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x02\x08\x02"
GIF = b"GIF89a\x02\0\x02\0\x80\0\0"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0"
WEBP = b"RIFF\x20\0\0\0WEBPVP8 "
AVIF = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def asset(data: bytes, folder: str = "assets") -> str:
    return path_of(data, folder)


def shows(*addresses: str, n: int = 1) -> str:
    """Return the page of story n with pictures in it, each with its number for a text."""
    tags = "".join(
        f'<p><img src="{escape(address)}" alt="Picture {number}" width="900" height="600"></p>'
        for number, address in enumerate(addresses, 1)
    )
    return article(n).replace("</h1>", f"</h1>{tags}")
