"""Lines of a body that say who wrote it and when, and nothing else: no part of the article, but facts about it.

Rule: only the first and the last paragraphs are looked at, only short ones, and one counts only when all of it is such
facts; the body's only text is never taken. What the page says to machines is believed before what stands here.
Pure; takes out in place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Literal, NamedTuple

from lxml.html import HtmlElement

from ..moments import Stamp, date_end
from .dates import page_stamp
from .metadata import Facts, clean_names
from .tree import drop, squeeze, visible_text

#: Characters; three authors, an editor, a source and two times fit.
MAX_LINE = 150
#: Paragraphs taken from one end: author, time, source and editor may each have their own.
MAX_LINES = 4

#: Elements before and behind a headline where its date is; longest such text, label and zone included.
NEAR = 25
MAX_DATE = 60
#: Names of elements that print a date.
DATED = re.compile(
    r"(?i)(?:^|[\s_-])(?:\w*date|(?:pub|post|publish|create|article|news)?[_-]?time|publish\w*|posted\w*)(?:$|[\s_-])"
)

SEPARATOR = re.compile(r"[\s|｜•·/，,;；()（）\[\]【】–—-]+")
#: What stands before a date.
DATE_LABEL = re.compile(
    r"(?i)(?P<label>(?:发布|發布|發佈|发表|發表|刊登|(?P<changed>更新|修改|(?:last )?(?:updated|modified)))"
    r"(?:时间|時間|日期|于|於| on| at)?|时间|時間|日期|(?:first )?(?:published|posted)(?: on| at)?|date)?"
    r"\s?[:：/]?\s?(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?\s)?"
)
#: Names behind Chinese labels; a blank stands for the colon only before what must be a name.
LABELLED = re.compile(
    r"(?:(?P<writer>作者|撰文|文|(?:本[报報])?[记記]者)|[来來]源|出[处處]|(?:[责責]任)?[编編][辑輯]|[责責][编編]|校[对對]|[摄攝]影)"
    r"(?:\s?[:：/／|]\s?(?P<name>[^\s:：|｜/，,。！？；、()（）\[\]【】]{1,20})|\s(?=[\u4e00-\u9fff·]{2,4}(?:[\s、|｜/]|$))(?P<bare>\S{2,4}?))"
    r"(?P<more>(?:\s?[、&]\s?[^\s:：|｜/，,。！？；、()（）\[\]【】]{1,20}|\s(?!\S*[:：])(?:[\u4e00-\u9fff·]{2,4}|[A-Z][\w.'’-]*)(?=\s|$))*)"
    r"(?=[\s|｜•·/，,;；()（）\]】]|$)"
)
WORD = r"(?!Edited\b|Photos?\b)[^\W\d_a-z][\w.'’-]*"
NAME = rf"{WORD}(?:\s(?:{WORD}|van|von|de|da|der|del|la|bin|al))*\s{WORD}"
#: "By Ann Lee and Bob van Dyk"; one word alone may be anything ("By Monday").
SIGNED = re.compile(
    rf"(?:(?:[Ww]ritten|[Rr]eported|[Ss]tory|(?P<credit>[Ee]dited|[Pp]hotos?))\s)?[Bb][Yy]\s?:?\s(?P<name>{NAME}(?:(?:,|\s(?:and|&))\s{NAME}){{0,3}})(?!\w)"
)
BETWEEN_NAMES = re.compile(r"\s?[、&]\s?|,\s|\sand\s|(?<=[\u4e00-\u9fff])\s(?=[\u4e00-\u9fff])")


@dataclass(frozen=True, slots=True)
class Byline:
    """What such lines say."""

    authors: tuple[str, ...] = ()
    published: Stamp | None = None
    is_signature: bool = False  #: a bare day, as it stands under an official notice: at the end, part of the text

    def complete(self, facts: Facts) -> Facts:
        """Return a page's facts with those added that it does not state elsewhere."""
        return replace(facts, signed=self.authors, published=facts.published or self.published)


NO_BYLINE = Byline()


def take(root: HtmlElement, zone: tzinfo | None = None) -> Byline:
    """Take such lines out of a cleaned body, in place.

    Args:
        root: its children are the body's blocks.
        zone: of times stated without one; None: the stamp says that it was assumed.

    Returns:
        What they say, the first line's word before the later ones'.
    """
    authors: tuple[str, ...] = ()
    published: Stamp | None = None
    for is_end in (False, True):
        for _ in range(MAX_LINES):
            block = _outermost(root, is_end=is_end)
            said = None if block is None else read_line(visible_text(block), zone)
            if block is None or said is None or (is_end and said.is_signature):
                break
            drop(block)
            authors, published = authors or said.authors, published or said.published
    return Byline(authors, published)


def _outermost(root: HtmlElement, *, is_end: bool) -> HtmlElement | None:
    """Return the first paragraph behind the headings, or the last one; None when the text there is another thing."""
    blocks = [block for block in root if squeeze(block.text_content())]
    body = [block for block in blocks if block.tag not in ("h1", "h2")]
    block = blocks[-1] if is_end and blocks else next(iter(body), None)
    is_line = block is not None and block.tag == "p" and block.find(".//img") is None
    return block if is_line and len(body) > 1 else None


def read_line(text: str, zone: tzinfo | None = None) -> Byline | None:
    """Read a line of nothing but dates and names; None for any other. Credits alone (source, editor) are text."""
    line = squeeze(text)
    facts: list[_Fact] = []
    at = 0
    while at < len(line) <= MAX_LINE:
        gap = SEPARATOR.match(line, at)
        if gap:
            at = gap.end()
            continue
        fact = _date_at(line, at, zone) or _name_at(line, at)
        if fact is None:
            return None
        facts.append(fact)
        at = fact.end
    kinds = {fact.kind for fact in facts}
    if kinds <= {"credit"}:
        return None
    authors = tuple(name for fact in facts for name in fact.authors)
    return Byline(
        authors,
        next((f.published for f in facts if f.published), None),
        is_signature="day" in kinds <= {"day", "credit"},
    )


class _Fact(NamedTuple):
    end: int  #: where it ends in the line
    kind: Literal["date", "day", "author", "credit"]  #: a day is a date without label and time
    authors: tuple[str, ...] = ()
    published: Stamp | None = None


def _date_at(line: str, at: int, zone: tzinfo | None) -> _Fact | None:
    label = DATE_LABEL.match(line, at)
    end = date_end(line, label.end()) if label else at
    stamp = page_stamp(line[label.end() : end], zone) if label else None
    if label is None or stamp is None:
        return None
    kind: Literal["date", "day"] = "date" if label["label"] or stamp.timed else "day"
    return _Fact(end, kind, published=None if label["changed"] else stamp)


def shown_near(root: HtmlElement, zone: tzinfo | None = None) -> Stamp | None:
    """Return the date that a page prints near its headline, in an element named for it that says nothing else."""
    for heading in root.iter("h1"):
        around = [*heading.xpath("following::*")[:NEAR], *reversed(heading.xpath("preceding::*")[-NEAR:])]
        for element in around:
            line = squeeze(element.text_content())
            if not DATED.search(f"{element.get('id', '')} {element.get('class', '')}") or len(line) > MAX_DATE:
                continue
            found = _date_at(line, 0, zone)
            if found and found.published and found.end == len(line):
                return found.published
    return None


def _name_at(line: str, at: int) -> _Fact | None:
    if labelled := LABELLED.match(line, at):
        said, end = f"{labelled['name'] or labelled['bare']}{labelled['more']}", labelled.end()
        is_author = bool(labelled["writer"])
    elif signed := SIGNED.match(line, at):
        said, end, is_author = signed["name"], signed.end(), not signed["credit"]
    else:
        return None
    names = clean_names(BETWEEN_NAMES.split(said))
    return _Fact(end, "author", names) if is_author else _Fact(end, "credit")
