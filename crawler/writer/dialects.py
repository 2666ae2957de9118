"""Markdown for readers with ways of their own: Hugo, which drops HTML, and Obsidian, which sees tags everywhere.

Pure. Both read CommonMark with GitHub's tables; what stands here is where they differ from what `markdown` writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from .escape import NO_TAGS, one_line, wrap
from .markdown import LANGUAGE, Converter, converted
from .nodes import Element, Text, text_of

#: Written by `escape` for Liquid; Hugo minds only what would begin a shortcode of its own.
FOR_LIQUID = re.compile(r"&#123;(?=\{(?![%<])|%)")
#: A shortcode: Hugo looks for one everywhere, in code too, and ends the build over one it does not know
#: (parser/pageparser/pagelexer_shortcode.go). In its comment form it is shown, without the stars; what begins one and
#: does not end it, or has stars already, must not stand there at all.
SHORTCODE = re.compile(
    r"""(?xs) \{\{ (?: <(?!/\*) (?P<plain> (?:(?!\*/|\{\{).){0,1000}? ) >
                    | %(?!/\*) (?P<marked> (?:(?!\*/|\{\{).){0,1000}? ) % ) \}\}
    | \{(?=\{[<%])"""
)
#: The digits and signs that Unicode has raised and lowered.
RAISED = dict(zip("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ", strict=True))
LOWERED = dict(zip("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", strict=True))
#: What Obsidian reads as a tag, mathematics, a comment, a highlight, a block's name; an escaped pair and an
#: entity are passed over.
OBSIDIANS = re.compile(r"\\.|&#\d+;|[#$^]|(?<=%)%|(?<==)=")


def to_hugo(html: str) -> str:
    """Convert a cleaned body for Hugo as it is by default: without any HTML, and without shortcodes."""
    return converted(html, HUGO)


def to_obsidian(html: str) -> str:
    """Convert a cleaned body for Obsidian: no word of it becomes a tag, a wikilink, mathematics or a comment."""
    return converted(html, OBSIDIAN)


class GitHubs(Converter):
    """GitHub's dialect where kramdown has no say: code stays code, with as many ticks as it takes."""

    has_html_tables: ClassVar[bool] = False

    def process_tag(self, node: Element, parent_tags: set[str] | None = None) -> str:
        if node.name == "pre":
            return _fenced(self.code("".join(map(text_of, node.contents)).strip("\n")), node.attrs["class"])
        return super().process_tag(node, parent_tags)

    def code(self, code: str) -> str:
        """Return code as it may stand in a file."""
        return code

    def convert_code(self, el: Element, text: str, parent_tags: set[str]) -> str:
        code = self.code(re.sub(r"\s+", " ", text_of(el)))
        if not code.strip():
            return code
        ticks = "`" * (_longest_run(code) + 1)
        pad = " " if "`" in (code.strip()[0], code.strip()[-1]) else ""
        return wrap(code.replace("|", "\\|") if parent_tags & {"td", "th"} else code, ticks + pad, pad + ticks)

    def convert_td(self, el: Element, text: str, parent_tags: set[str]) -> str:
        return one_line(text, self.line_break, self.tags)

    def convert_del(self, el: Element, text: str, parent_tags: set[str]) -> str:
        return wrap(text, "~~", "~~")

    convert_th = convert_td
    convert_s = convert_strike = convert_del
    convert_kbd = convert_samp = convert_tt = convert_code


class Hugo(GitHubs):
    """No HTML: what Markdown cannot say is left out; words never are."""

    tags: ClassVar[Mapping[str, str]] = NO_TAGS
    line_break: ClassVar[str] = " "

    def code(self, code: str) -> str:
        return harmless(code)

    def process_text(self, el: Text, parent_tags: set[str] | None = None) -> str:
        return FOR_LIQUID.sub("{", super().process_text(el, parent_tags))

    def convert_hN(self, n: int, el: Element, text: str, parent_tags: set[str]) -> str:  # noqa: N802  markdownify's name
        line = super().convert_hN(n, el, text, parent_tags).rstrip("\n")
        return (f"{line[:-1]}\\}}" if line.endswith("}") else line) + "\n\n"  # `## A {#id}` has attributes there

    def convert_sub(self, el: Element, text: str, parent_tags: set[str]) -> str:
        return _shifted(text, LOWERED)

    def convert_sup(self, el: Element, text: str, parent_tags: set[str]) -> str:
        return _shifted(text, RAISED)


class Obsidian(GitHubs):
    """Obsidian's own marks are escaped."""

    def process_text(self, el: Text, parent_tags: set[str] | None = None) -> str:
        return OBSIDIANS.sub(_escaped, super().process_text(el, parent_tags).replace("&#123;", "{"))


def harmless(code: str) -> str:
    """Return code in which Hugo finds no shortcode: in its comment form, or where it does not end, with a blank."""
    return SHORTCODE.sub(_commented, code)


def _commented(found: re.Match[str]) -> str:
    if found["plain"] is not None:
        return f"{{{{</*{found['plain']}*/>}}}}"
    return "{ " if found["marked"] is None else f"{{{{%/*{found['marked']}*/%}}}}"


def _escaped(found: re.Match[str]) -> str:
    text = found.group()
    return text if len(text) > 1 else f"\\{text}"


def _fenced(code: str, classes: str) -> str:
    found = LANGUAGE.search(classes)
    fence = "`" * max(3, _longest_run(code) + 1)
    return f"\n\n{fence}{found.group(1) if found else ''}\n{code}\n{fence}\n\n"


def _longest_run(code: str) -> int:
    return max(map(len, re.findall("`+", code)), default=0)


def _shifted(text: str, forms: Mapping[str, str]) -> str:
    """Raise or lower a text that Unicode has the characters for; another stays where it is."""
    return "".join(forms[c] for c in text) if text and set(text) <= forms.keys() else text


#: They hold their options and nothing of what they convert.
HUGO, OBSIDIAN = Hugo(), Obsidian()
