r"""Text that stays text, addresses that stay addresses, and the marks between converter and finished lines.

Pure strings. Written for three readers at once: CommonMark 0.31, GitHub's dialect, kramdown (GFM parser, as Jekyll
sets it). kramdown undoes a backslash before ``\.*_+`<>()[]{}#!:|"'$=-~`` only; all else is written as an entity.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

#: Marks for what can be written only once its neighbours are known: noncharacters, which no text holds (`purge`).
BREAK, LINK = "\ufdd0", "\ufdd1"
STRONG, STRONG_END, EM, EM_END = "\ufdd2", "\ufdd3", "\ufdd4", "\ufdd5"
CODE = "\ufdd6"
LINK_END = "\ufdd7"
#: No text: controls but tab and line ends, lone surrogates, noncharacters (Unicode §23.7).
NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")
#: What is written as one blank, if it is not that already.
FOLDED = re.compile(r" [ \t\r\n\u2028\u2029]+|[\t\r\n\u2028\u2029][ \t\r\n\u2028\u2029]*")
#: Characters that are markup wherever they stand.
#: `_` after a letter and inside an ASCII word is none (CommonMark §6.2 rule 2; kramdown's emphasis.rb).
#: `$$` is kramdown's math; at the ends another text may follow. `^` begins a footnote's name.
#: `--` and `...` kramdown sets as a dash and an ellipsis (typographic_symbol.rb), which falsifies `--help`, `./...`;
#: dots that follow a word and end it are prose, where an ellipsis is what is meant (so are curly quotes, everywhere).
#: Each looks back at what its first class took, by which `re` finds the few places quickly.
SPECIAL = re.compile(
    r"""(?x) [\\`*\[\]|~<>.$_{^&-]
    (?: (?<=[\\`*\[\]|~<>])
    | (?<=-) (?: - | \Z)
    | (?<=\.) (?: (?<![\w.]\.)\.{2,} | (?<!\.\.)\.{2,}(?=[0-9A-Za-z/]) )
    | (?<=_) (?: (?<![A-Za-z]_) | (?![0-9A-Za-z]) )
    | (?<=\$) (?: (?<![^$]\$) | (?![^$]) )
    | (?<=\{) (?=[{%:]|\Z)
    | (?<=\A\^)
    | (?<=&) (?=\#?\w*(?:;|\Z)) )""",
)
ENTITIES = {"<": "&lt;", ">": "&gt;", "{": "&#123;", "^": "&#94;", "&": "&amp;"}
#: The head of an address that GitHub would link as it is written, with the backslashes, entities and marks in it, up
#: to a blank or `<` (GFM §6.9). 500: characters in which one is looked for; a longer address is none.
BARE_ADDRESS = re.compile(r"(?i)(https?(?=://)|ftp(?=://)|www(?=\.))(?=[^ \t\r\n<]{0,500}?(?:\\|&#?\w+;|\ufdd6))")
#: What is markup in `<code>`, whose text CommonMark reads and kramdown does not: only entities mean the same to both.
SPECIAL_IN_CODE = re.compile(r"[\\`*_\[\]<>&|~{$@^]|:(?=//)|(?<=www)\.")
#: What begins a block at the start of a line: heading, list, rule, underline of a heading, definition (kramdown).
#: A dash or plus before a word or number is none.
LINE_START = re.compile(r"(?=[#:])|(?=[-=](?:[-\s=:|]|$))|(?=\+(?:[-\s]|$))|\d+(?=[.)](?:\s|$))")
#: A link at the start of a line, whose text kramdown may take for a definition: `[a]: b`, `*[a]: b` (it does not see
#: that the inner bracket is escaped: link.rb, abbreviation.rb).
DEFINITION = re.compile(rf"{EM}?{LINK}?\[")
#: What ends an address or a link, in one of the readers; a vertical bar makes a table in kramdown.
UNSAFE_IN_ADDRESS = re.compile(r"[\s\"<>\\^`{|}()\[\]\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069]")
IPV6_HOST = re.compile(r"https?://\[[0-9A-Fa-f:.]+\]")
SCHEME = re.compile(r"([^/?#:]*):")
LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel", "ftp"})
IMAGE_SCHEMES = frozenset({"http", "https"})
#: What stays outside of inline markup: every blank of Unicode, and the break.
BLANKS = "".join(c for c in map(chr, range(0x3001)) if c.isspace()) + BREAK
MARKS = re.compile(f"[{STRONG}{STRONG_END}{EM}{EM_END}]")
STARS = {STRONG: "**", STRONG_END: "**", EM: "*", EM_END: "*"}
TAGS = {STRONG: "<strong>", STRONG_END: "</strong>", EM: "<em>", EM_END: "</em>"}
#: For readers that drop tags.
NO_TAGS = dict.fromkeys(TAGS, "")


def purge(text: str) -> str:
    """Drop what is no text; words stay apart."""
    return NO_TEXT.sub(lambda m: " " if m.group() in "\x0b\x0c\x85" else "", text)


def fold(text: str) -> str:
    """Write blanks that run on, and line ends, as one blank; those that are meant (U+00A0, U+3000) stay."""
    # What can be printed has no line ends and tabs, which is told much quicker.
    return text if "  " not in text and text.isprintable() else FOLDED.sub(" ", text)


def escape(text: str, keep: str = "") -> str:
    """Write text so that inside a line it reads as itself.

    Args:
        text: any text; line ends are the caller's business.
        keep: characters to leave as they are.
    """
    return SPECIAL.sub(lambda m: m.group() if m.group()[0] in keep else _escaped(m.group()), text)


def _escaped(found: str) -> str:
    """Write a special piece: its last character escaped, of dots every third."""
    if found[0] == ".":
        return found.replace("...", "..\\.")
    return ENTITIES.get(found, f"{found[:-1]}\\{found[-1]}")


def unlinked(text: str, *, glued: bool) -> str:
    """Keep GitHub from linking an address in escaped text, if it would read markup as a part of it.

    Args:
        text: escaped text without line ends.
        glued: whether markup follows without a blank.
    """
    return BARE_ADDRESS.sub(r"\1\\", text + CODE * glued).removesuffix(CODE)


def code_entities(code: str) -> str:
    """Write code for `<code>` inside a line, legible where it can be."""
    return SPECIAL_IN_CODE.sub(lambda m: f"&#{ord(m.group())};", code)


def address(url: str, schemes: frozenset[str] = LINK_SCHEMES) -> str:
    """Write an address so that it ends where it should; "" for one of another scheme.

    Relative addresses pass. What is not safe is percent-encoded; an entity in it stays letters.
    """
    text = re.sub(r"[\x00-\x1f]", "", purge(url).strip())
    scheme = SCHEME.match(text)
    if scheme and scheme.group(1).lower() not in schemes:
        return ""
    host = IPV6_HOST.match(text)
    start = host.end() if host else 0
    text = text[:start] + UNSAFE_IN_ADDRESS.sub(_percent_encoded, text[start:])
    return re.sub(r"&(?=#?\w+;)", "&amp;", text)


def _percent_encoded(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found.group().encode())


def wrap(text: str, before: str, after: str) -> str:
    """Put inline markup about text: not about blanks at its ends, and about each paragraph by itself."""
    inner = text.strip(BLANKS)
    if not inner:
        return text
    start = text.index(inner)
    wrapped = (BREAK * 2).join(f"{before}{BREAK.join(lines).strip()}{after}" for lines in _split(inner))
    return text[:start] + wrapped + text[start + len(inner) :]


def paragraphs(text: str, tags: Mapping[str, str] = TAGS) -> list[str]:
    """Finish inline Markdown: its paragraphs, each of one or more lines that begin no block; for `tags` see there."""
    return [_finish(list(lines), "  \n", tags, guarded=True) for lines in _paragraph_lines(text)]


def one_line(text: str, line_break: str, tags: Mapping[str, str] = TAGS) -> str:
    """Finish inline Markdown for a place that has one line only: a heading, a cell."""
    lines = [line for lines in _paragraph_lines(text) for line in lines]
    return _finish(lines, line_break, tags, guarded=False)


def _paragraph_lines(text: str) -> list[list[str]]:
    return [[fold(line).strip() for line in lines] for lines in _split(text)]


def _split(text: str) -> list[list[str]]:
    """Split at breaks into lines, and at two or more of them, which mean a paragraph, into groups."""
    groups: list[list[str]] = [[]]
    for line in text.split(BREAK):
        if line.strip():
            groups[-1].append(line)
        elif groups[-1]:
            groups.append([])
    return [lines for lines in groups if lines]


def _finish(lines: list[str], line_break: str, tags: Mapping[str, str], *, guarded: bool) -> str:
    joined = line_break.join(guard(line) if guarded else line for line in lines)
    joined = emphasise(joined, tags) if MARKS.search(joined) else joined
    joined = joined.replace(CODE + CODE, "").replace(CODE, "`")  # neighbours join, or their ticks would
    return joined.replace(f"!{LINK}", "\\!").replace(f"{LINK}[^", "[&#94;").replace(LINK, "")


def guard(line: str) -> str:
    """Keep the start of a line from beginning a block."""
    if line.rstrip() == "^":  # kramdown's end-of-block marker (eob.rb)
        return "&#94;"
    if DEFINITION.match(line):
        return line.replace("]:", "]\\:")
    if line.endswith("\\\\"):  # kramdown's other line break (line_break.rb)
        line = f"{line[:-2]}&#92;"
    found = LINE_START.match(line)
    return f"{found.group()}\\{line[found.end() :]}" if found else line


def emphasise(text: str, tags: Mapping[str, str] = TAGS) -> str:
    """Write the marks of emphasis as stars, or as `tags` where stars would not be read as such.

    CommonMark §6.2 asks which characters stand on both sides: `**“你好”**他` is no emphasis. kramdown has rules of
    its own for nested ones, which therefore are tags too.
    """
    text = text.replace(STRONG_END + STRONG, "").replace(EM_END + EM, "")
    written: list[str] = []
    opened: list[tuple[int, int]] = []
    at = 0
    for found in MARKS.finditer(text):
        written += [text[at : found.start()], found.group()]
        at = found.end()
        if found.group() in {STRONG, EM}:
            opened.append((len(written) - 1, found.start()))
        else:
            place, start = opened.pop()
            forms = tags if opened or not _stars_hold(text, start, found.start()) else STARS
            written[place], written[-1] = forms[written[place]], forms[found.group()]
    return "".join([*written, text[at:]])


def _stars_hold(text: str, start: int, end: int) -> bool:
    """Tell whether stars for the marks at start and end would open and close, whichever Unicode they know."""
    before, first = text[start - 1 : start], text[start + 1 : start + 2]
    last, after = text[end - 1 : end], text[end + 1 : end + 2]
    return _flanks(before, first) and _flanks(after, last)


def _flanks(outer: str, inner: str) -> bool:
    if MARKS.match(outer) or MARKS.match(inner) or outer == "*":
        return False
    return inner.isalnum() or outer in {"", LINK} or outer.isspace() or unicodedata.category(outer)[0] == "P"
