"""A post's bytes → what a reader sees of its text.

Pure. Takes our posts, the predecessor's and those that a person wrote; what is neither HTML nor Markdown comes through
as it is. Each expression looks once at each character, whatever stands there: hence what gives nothing back (`++`).
A group that gives nothing back is written `(?>(?:…)*)`: with `(?:…)*+` Python up to 3.11.4 (Debian 12 has 3.11.2) takes
too much (gh-100061, gh-106052).
"""

from __future__ import annotations

import html
import re

from ..writer.adopted import is_html, read_adopted

#: Characters of a text that can be found, some five thousand pages; what is longer is no article.
LONGEST_TEXT = 4_000_000
#: Elements inside a line; whatever else there is parts words.
INLINE = re.compile(
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|label|mark|q|rp|rt|ruby|s|samp|small|span"
    "|strike|strong|sub|sup|time|tt|u|var|wbr",
    re.I,
)
UNSEEN = re.compile(r"<(script|style)\b(?>(?:(?!<\1\b|</\1\b).)*)</\1\s*+>|<!--(?>(?:(?!<!--|-->).)*)-->", re.S | re.I)
#: A value may hold anything, tags among it, as far as its quotation mark; where there is none, a tag ends at its `>`.
TAG = re.compile(
    r"""(?x) </?([a-z][a-z0-9-]*+)(?>(?:=[ ]?"[^"]*+"|=[ ]?'[^']*+'|=(?![ ]?["'])|[^<>=]++)*)>
    | </?([a-z][a-z0-9-]*+)[^<>]*+>""",
    re.I,
)
#: Of Markdown. Pictures and where links lead go; text of links stays.
PICTURE = re.compile(r"(?<!\\)!\[(?>(?:[^\[\]\\]|\\.)*)\]\((?>(?:<[^<>\n]*+>)?)[^()\n]*+\)")
LINK = re.compile(r"(?<!\\)\[((?>(?:[^\[\]\\]|\\.)*))\]\((?>(?:<[^<>\n]*+>)?)[^()\n]*+\)")
AUTOLINK = re.compile(r"<(https?://[^<>\s]*+)>")
#: The line below the head of a table, rules, fences.
RULE = re.compile(r"^(?:[ \t|:]*+-[-:| \t]*+|[ \t]*+[*_][*_ \t]*+|[ \t]*+(?:`{3,}+|~{3,}+)[^`\n]*+)$", re.M)
#: Marks at the start of a line: headings, quotations, lists.
LEADS = re.compile(r"^(?>(?:[ \t]*+(?:#{1,6}+|>|[-+*])(?=[ \t]|$))+)[ \t]*+", re.M)
CELL = re.compile(r"(?<!\\)\|")
#: An escaped sign, which stays; emphasis and code, which go. Each looks back at what its first class took, by which
#: `re` finds the few places quickly.
SIGN = re.compile(
    r"""(?x) [\\`*_]
    (?: (?<=\\) ([!-/:-@\[-`{-~])
    | (?<=[`*]) [`*]*+
    | (?<=_) (?: (?<![\w\\]_) _*+ | (?<![_\\]_) _*+ (?!\w) ) )""",
)


def text_of(data: bytes) -> str:
    """Return the text of a post, a line for each paragraph; all of a file that has no front matter."""
    post = read_adopted(data)
    if post is None:
        return readable(data.decode("utf-8", "replace"), is_html=False)
    return readable(post.body, is_html=is_html(data, post))


def readable(body: str, *, is_html: bool) -> str:
    """Return what a reader sees of a body."""
    body = UNSEEN.sub(" ", body[:LONGEST_TEXT])
    if not is_html:
        body = AUTOLINK.sub(r"\1", RULE.sub("", body))
        body = LINK.sub(r"\1", PICTURE.sub("", body)) if "](" in body else body
    body = TAG.sub(_gap, body)
    if not is_html:
        body = LEADS.sub("", body)
        body = SIGN.sub(r"\1", CELL.sub(" ", body) if "|" in body else body)
    lines = (" ".join(line.split()) for line in html.unescape(body).split("\n"))
    return "\n".join(filter(None, lines))


def _gap(tag: re.Match[str]) -> str:
    return "" if INLINE.fullmatch(tag[1] or tag[2]) else "\n"
