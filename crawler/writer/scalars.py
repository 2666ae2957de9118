"""Values as YAML that every loader reads back the same: what stands in the front matter of a post.

Pure. A string is written bare where that is safe, else between double quotes; nothing of it becomes structure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

#: Strings that a YAML loader would turn into something else: the types of YAML 1.1 (yaml.org/type) and 1.2 (§10.3),
#: and Ruby's (Psych, SafeYAML: `1,000` is a number there).
RESOLVED = re.compile(
    r"""(?ix) ~ | null | true | false | yes | no | on | off | y | n | = | <<
    | [-+]? (?: \d[\d_,]* (?:\.[\d_]*)? | \.[\d_]+ ) (?: e[-+]?\d+ )?   # 1, 1_000, 1,000, 1.5e3
    | [-+]? 0 (?: x[\da-f_,]+ | o[0-7_]+ | b[01_]+ )                     # 0x1f, 0o17, 0b11
    | [-+]? \d[\d_]* (?: :[0-5]?\d )+ (?: \.[\d_]* )?                    # 12:30:45
    | [-+]? \.(?: inf | nan )
    | \d{4}-\d{1,2}-\d{1,2} (?: [t\s].* )?                               # 2021-11-20
    """,
)
#: A plain scalar must not begin so (YAML 1.2 §5.3), nor hold a comment, a key, or what a flow sequence ends.
INDICATORS = "-?:,[]{}#&*!|>'\"%@`"
NOT_PLAIN = re.compile(r":(?:\s|$)|\s#|\{[{%]")
#: PyYAML ends a plain scalar at a question mark as well, as YAML 1.0 did.
NOT_PLAIN_IN_FLOW = re.compile(r"[,\[\]{}#:?]")
#: Must be escaped between double quotes: controls, the line ends of YAML 1.1, marks that turn the direction of the text
#: after them (who reads the file would see other keys than a loader), the BOM, noncharacters; and the brace that
#: would begin Liquid, which a layout never sees but a template that includes the raw file would.
ESCAPED = re.compile('[\\\\"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|\\{(?=[{%])')
SHORT_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
ESCAPE = re.compile(r"\\(?:x([0-9A-F]{2})|u([0-9A-F]{4})|(.))")
LONG_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
#: Jekyll writes a blank before the zone; Python reads none.
ZONE = re.compile(r" ([+-]\d\d:?\d\d)$")
#: How a string that cannot stand bare is written.
Quote = Callable[[str], str]
SURROGATE = re.compile("[\ud800-\udfff]")


def timestamp(moment: datetime) -> str:
    """Write a time as ISO 8601, UTC, milliseconds: 24 characters."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unquoted(text: str) -> str:
    """Undo `scalar`, and single quotes, which a person may have put into a template."""
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return ESCAPE.sub(_meant, text[1:-1]) if text.startswith('"') else text


def _meant(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else LONG_ESCAPES.get(found[3], found[3])


def moment(text: str) -> datetime | None:
    """Read a time of a front matter, in UTC; None where it is none.

    Without a zone it is UTC, as it is to Jekyll and in our notes for Obsidian.
    """
    try:
        found = datetime.fromisoformat(ZONE.sub(r"\1", text.strip("\"'")))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def extra(value: str | int | datetime, quote: Quote | None = None) -> str:
    """Write the value of an optional key."""
    if isinstance(value, datetime):
        return timestamp(value)
    return scalar(value, quote) if isinstance(value, str) else str(value)


def scalar(text: str, quote: Quote | None = None) -> str:
    """Write a string as YAML: bare where every loader reads the same string back, else quoted, by `quoted`."""
    bare = text == text.strip() != "" and text[0] not in INDICATORS
    bare = bare and not (ESCAPED.search(text.replace("\\", "").replace('"', "")) or NOT_PLAIN.search(text))
    return text if bare and not RESOLVED.fullmatch(text) else (quote or quoted)(text)


def quoted(text: str) -> str:
    """Write a string as YAML between double quotes; a lone surrogate, which is no text, is replaced."""
    return '"' + ESCAPED.sub(_escape_sequence, _whole(text)) + '"'


def plainly(text: str) -> str:
    """Write a string as `quoted` does, for readers who know no Liquid: its braces stay as they are."""
    return '"' + ESCAPED.sub(lambda m: "{" if m.group() == "{" else _escape_sequence(m), _whole(text)) + '"'


def _whole(text: str) -> str:
    return SURROGATE.sub("\ufffd", text)


def _escape_sequence(found: re.Match[str]) -> str:
    char = found.group()
    code = ord(char)
    return SHORT_ESCAPES.get(char) or (f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}")


def sequence(names: tuple[str, ...], quote: Quote | None = None) -> str:
    """Write strings as a flow sequence, one blank inside each bracket."""
    write = quote or quoted
    return f"[ {', '.join(write(n) if NOT_PLAIN_IN_FLOW.search(n) else scalar(n, write) for n in names)} ]"
