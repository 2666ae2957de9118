"""The file of a post, to the byte (SPEC §4): front matter, comment, link line, body in its envelope.

Pure. Text of the article never becomes structure: no key of the front matter, no tag, no Liquid. What the cleaned
body may contain is the extractor's business; that it is one balanced piece of HTML is taken for granted here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ..model import Article, Source
from ..moments import EPOCH
from .escape import address, escape, purge
from .extras import extras
from .markdown import to_markdown

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
SURROGATE = re.compile("[\ud800-\udfff]")
#: Line ends of any kind with the controls about them; blanks of a title stay as they are.
LINE_END = re.compile("[\x00-\x20\x7f-\x9f]*[\x00-\x1f\x7f-\x9f\u2028\u2029][\x00-\x20\x7f-\x9f]*")
LIQUID = re.compile(r"\{(?=[{%])")
PRE = re.compile(r"(<pre\b[^>]*>.*?</pre\s*>)", re.S | re.I)


def render(article: Article, source: Source) -> bytes:
    """Return the bytes of a post, in the source's format: UTF-8, LF, no BOM."""
    return SURROGATE.sub("\ufffd", FORMATS[source.format](article, source)).encode("utf-8")


def jekyll(article: Article, source: Source) -> str:
    """Lay out a post for Jekyll, in the predecessor's form."""
    stated_ms = (article.stated - EPOCH) // timedelta(milliseconds=1)
    lines = [
        "---",
        "layout: post",
        f"title: {quoted(article.title)}",
        f"date: {timestamp(article.published)}",
        f"author: {scalar(article.author)}",
        f"from: {scalar(article.url)}",
        f"tags: {sequence(source.tags or (source.name,))}",
        f"categories: {sequence((source.name,))}",
        *(f"{name}: {extra(value)}" for name, value in extras(article, source).items()),
        "---",
        f"<!--{stated_ms}-->",
        link_line(article.title, article.url),
        "------",
        "",
        *(html_body(article.html) if source.body == "html" else markdown_body(article.html)),
        "",
    ]
    return "\n".join(lines)


def timestamp(moment: datetime) -> str:
    """Write a time as ISO 8601, UTC, milliseconds: 24 characters."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def extra(value: str | int | datetime) -> str:
    """Write the value of an optional key."""
    return timestamp(value) if isinstance(value, datetime) else scalar(value) if isinstance(value, str) else str(value)


def scalar(text: str) -> str:
    """Write a string as YAML: bare where every loader reads the same string back, else quoted."""
    bare = text == text.strip() != "" and text[0] not in INDICATORS
    bare = bare and not (ESCAPED.search(text.replace("\\", "").replace('"', "")) or NOT_PLAIN.search(text))
    return text if bare and not RESOLVED.fullmatch(text) else quoted(text)


def quoted(text: str) -> str:
    """Write a string as YAML between double quotes; a lone surrogate, which is no text, is replaced."""
    return '"' + ESCAPED.sub(_escape_sequence, SURROGATE.sub("\ufffd", text)) + '"'


def _escape_sequence(found: re.Match[str]) -> str:
    char = found.group()
    code = ord(char)
    return SHORT_ESCAPES.get(char) or (f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}")


def sequence(names: tuple[str, ...]) -> str:
    """Write strings as a flow sequence, one blank inside each bracket."""
    return f"[ {', '.join(quoted(n) if NOT_PLAIN_IN_FLOW.search(n) else scalar(n) for n in names)} ]"


def link_line(title: str, url: str) -> str:
    """Write `[TITLE](URL)`, on one line, the title as it reads.

    A pipe stays as it is: neither the comment line above (kramdown) nor the line of dashes below (one column, GFM)
    lets it become a table, and the predecessor wrote it so; only after a backslash it would count as none (GFM).
    Dashes and dots stay as well: that kramdown sets `--` as a dash falsifies no title.
    A bracket with a colon would define a link (kramdown's link.rb does not see that the bracket is escaped).
    """
    text = escape(LINE_END.sub(" ", title).strip(), keep="|-.").replace("]:", "]\\:").replace("\\|", "\\&#124;")
    return f"[{text or escape(url, keep='|-.')}]({address(url)})"


def html_body(html: str) -> list[str]:
    """Put cleaned HTML on one line; a line end becomes a blank, or `&#10;` where it means one."""
    parts = PRE.split(purge(SURROGATE.sub("\ufffd", html)))
    parts[::2] = (re.sub(r"[ \t]*[\r\n\f\u2028\u2029][ \t\r\n\f\u2028\u2029]*", " ", part) for part in parts[::2])
    parts[1::2] = (re.sub(r"\r\n?|\n", "&#10;", part) for part in parts[1::2])
    return ["<div>", LIQUID.sub("&#123;", "".join(parts).strip(" ")), "</div>"]


def markdown_body(html: str) -> list[str]:
    """Put Markdown into an envelope that kramdown, GitHub and CommonMark all read."""
    return ['<div markdown="1">', "", to_markdown(html), "", "</div>"]


#: Layouts by the name that `format:` gives in the configuration.
FORMATS: dict[str, Callable[[Article, Source], str]] = {"jekyll": jekyll}
