"""Plain text on its way into HTML: the small shapes of text that feeds and pages share.

Pure. Knows nothing of feeds or pages; refuses nothing.
"""

from __future__ import annotations

import html
import re

#: Blank lines.
PARTING = re.compile(r"\n[^\S\n]*\n\s*")


def paragraphs(text: str, *, escape: bool = True) -> str:
    """Return plain text as HTML: blank lines part paragraphs, single breaks become `<br>`; "" for blank text.

    Args:
        text: plain text, with line ends of any kind.
        escape: False when `&`, `<` and `>` are already written as entities.
    """
    blocks = PARTING.split(text.replace("\r\n", "\n").replace("\r", "\n").strip())
    return "".join(f"<p>{_lines(block, escape=escape)}</p>" for block in blocks if block)


def _lines(block: str, *, escape: bool) -> str:
    lines = (line.strip() for line in block.split("\n"))
    return "<br>".join(html.escape(line, quote=False) if escape else line for line in lines)


def drop_halves(text: str) -> str:
    """Drop halves of surrogate pairs: JSON can state one (RFC 8259 §8.2), no file and no terminal takes it."""
    return text.encode("utf-8", "ignore").decode()
