"""Whatever leaves by the terminal, the log or as JSON passes here: it moves no terminal and tells no password."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

#: The user's name and password in an address (RFC 3986 §3.2.1). The second form is none, yet people write passwords
#: with blanks and slashes in them; it is bounded, or long texts without an `@` would be read again and again.
USERINFO = re.compile(r"(?<=://)(?:[^\s/?#]*@|[^\s/?#:@\[]+:(?!\d+\b)[^\n]{0,200}?@)")
#: Unicode's marks that turn the direction of the text after them (UAX 9 §2.1, 2.2, 2.4).
BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
#: Halves of characters, as in file names that are not UTF-8; no stream can encode them.
SURROGATES = range(0xD800, 0xE000)
CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
PLAIN = dict.fromkeys(CONTROLS, " ") | dict.fromkeys(BIDI, "") | dict.fromkeys(SURROGATES, "\ufffd") | {ord("\n"): "\n"}
#: JSON escapes the C0 controls by itself, and what is no text of ours has none of the others outside its strings.
ESCAPED = {code: f"\\u{code:04x}" for code in (*CONTROLS, *BIDI, *SURROGATES) if code >= 0x20}


def masked(text: str) -> str:
    """Put an ellipsis in place of the user's name and password in addresses: `http://…@host/`."""
    return USERINFO.sub("…@", text)


def plain(text: object) -> str:
    """Make text from outside safe for a terminal.

    Control characters, escapes among them, become blanks, line ends stay; marks of direction go; lone surrogates
    become U+FFFD; passwords in addresses are masked.
    """
    return masked(str(text).translate(PLAIN))


def to_json(value: object, default: Callable[[Any], Any] | None = None, indent: int | None = None) -> str:
    """Write data as JSON, its strings masked, and nothing in it that could move a terminal.

    Args:
        value: of dicts, lists, tuples and scalars.
        default: what to make of other values, as for `json.dumps`.
        indent: blanks a level; None for all on one line.
    """
    return json.dumps(_masked(value), ensure_ascii=False, indent=indent, default=default).translate(ESCAPED)


def _masked(value: object) -> object:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {key: _masked(part) for key, part in value.items()}
    return [_masked(part) for part in value] if isinstance(value, (list, tuple)) else value
