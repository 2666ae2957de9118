"""Lines of a body that say who wrote it and when, and nothing else: no part of the article, but facts about it.

Rule: only the first and the last paragraphs are looked at, only short ones, and one counts only when all of it is such
facts; the body's only text is never taken. What the page says to machines is believed before what stands here.
Pure; takes out in place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal, NamedTuple

from lxml.html import HtmlElement

from ..markup import squeeze, text_of
from ..moments import NOWHERE, Place, Stamp, date_end
from .dates import page_stamp
from .facts import Facts
from .people import clean_names, is_name
from .tree import drop, visible_text

#: Characters; three authors, an editor, a source and two times fit.
MAX_LINE = 150
#: Paragraphs taken from one end: author, time, source and editor may each have their own.
MAX_LINES = 4
#: Paragraphs among which a name alone is the author's: subtitles may stand before it.
MAX_BEFORE_SIGNATURE = 3
SLASH = re.compile(r"\s?/\s?")

SEPARATOR = re.compile(r"[\s|｜•·/，,;；()（）\[\]【】–—-]+")
#: What stands before a date: what it is the date of, in a word or two, and the day of the week.
CHANGED = (
    r"更新|修改|(?:last |zuletzt )?(?:updated|modified|aktualisiert)|stand|mis à jour|(?:última )?actualiza\w+|"
    r"aggiorna\w+|atualizad\w+|bijgewerkt|aktualizacja|güncelle\w+|обновлено|수정"
)
PUBLISHED = (
    r"(?:first )?(?:published|posted)|veröffentlicht|erstellt|publié|publicado|pubblicato|gepubliceerd|opublikowano|"
    r"yayınlan\w+|опубликовано|입력|등록|date|datum|data|fecha|tarih|дата|时间|時間|日期|日付|公開日?"
)
WEEKDAYS = (
    r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend|"
    r"(?:lun|mar|mercre|jeu|vendre|same)di|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo|"
    r"(?:lune|marte|mercole|giove|vener)dì|sabato|domenica|(?:segunda|terça|quarta|quinta|sexta)-feira|thứ \w+|"
    r"(?:maan|dins|woens|donder|vrij|zater|zon)dag"
)
DATE_LABEL = re.compile(
    rf"(?i)(?P<label>(?:(?:发布|發布|發佈|发表|發表|刊登|(?P<changed>{CHANGED}))(?:时间|時間|日期|于|於)?|{PUBLISHED})"
    rf"(?: on| at| am| le| el| il| em| op)?)?\s?[:：/]?\s?(?:(?:{WEEKDAYS})\.?,?\s)?"
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
#: What pages of authorities say of themselves in such a line: how often they were read, how large they may be set.
COUNTED = re.compile(
    r"(?:(?:浏览|瀏覽|阅读|閱讀|点击|點擊|访问)(?:次数|次數|量|数|數)?\s?[:：]?\s?\d+\s?次?"
    r"|字体(?:大小)?\s?[:：]?\s?[\[【（(]?\s?大\s?中\s?小\s?[\]】）)]?)"
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
        return replace(facts, signed=facts.signed or self.authors, published=facts.published or self.published)


NO_BYLINE = Byline()


def take(root: HtmlElement, place: Place = NOWHERE) -> Byline:
    """Take such lines out of a cleaned body, in place.

    Args:
        root: its children are the body's blocks.
        place: what is known of the page's times.

    Returns:
        What they say, the first line's word before the later ones'.
    """
    authors: tuple[str, ...] = ()
    published: Stamp | None = None
    signed = _signature(root)
    for is_end in (False, True):
        for _ in range(MAX_LINES):
            block = _outermost(root, is_end=is_end)
            said = None if block is None else read_line(visible_text(block), place)
            if block is None or said is None or (is_end and said.is_signature):
                break
            drop(block)
            authors, published = authors or said.authors, published or said.published
    return Byline(authors or signed, published)


def _signature(root: HtmlElement) -> tuple[str, ...]:
    """Return the people named in the last or one of the first paragraphs, alone there and set apart by its type."""
    first = islice(filter(_says, root.iterchildren("p")), MAX_BEFORE_SIGNATURE)
    last = islice(filter(_says, root.iterchildren("p", reversed=True)), 1)
    for block in (*last, *first):
        line = squeeze(text_of(block))
        names = clean_names(SLASH.split(line)) if len(line) <= MAX_LINE and _is_set_apart(block, line) else ()
        if names and all(is_name(name) for name in names):
            return names
    return ()


def _says(block: HtmlElement) -> bool:
    return bool(text_of(block).strip())


def _is_set_apart(block: HtmlElement, line: str) -> bool:
    return any(squeeze(text_of(e)) == line for e in block.iter("strong", "b", "em", "i"))


def _outermost(root: HtmlElement, *, is_end: bool) -> HtmlElement | None:
    """Return the first paragraph behind the headings, or the last one; None when the text there is another thing."""
    body = list(islice((block for block in filter(_says, root) if block.tag not in ("h1", "h2")), 2))
    block = next(filter(_says, root.iterchildren(reversed=True)), None) if is_end else next(iter(body), None)
    is_line = block is not None and block.tag == "p" and block.find(".//img") is None
    return block if is_line and len(body) > 1 else None


def read_line(text: str, place: Place = NOWHERE) -> Byline | None:
    """Read a line of nothing but dates and names; None for any other. Credits alone (source, editor) are text."""
    line = squeeze(text)
    facts: list[_Fact] = []
    at = 0
    while at < len(line) <= MAX_LINE:
        gap = SEPARATOR.match(line, at)
        if gap:
            at = gap.end()
            continue
        fact = _date_at(line, at, place) or _name_at(line, at)
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


def _date_at(line: str, at: int, place: Place) -> _Fact | None:
    label = DATE_LABEL.match(line, at)
    end = date_end(line, label.end(), place) if label else at
    stamp = page_stamp(line[label.end() : end], place=place) if label else None
    if label is None or stamp is None:
        return None
    kind: Literal["date", "day"] = "date" if label["label"] or stamp.timed else "day"
    return _Fact(end, kind, published=None if label["changed"] else stamp)


def _name_at(line: str, at: int) -> _Fact | None:
    if labelled := LABELLED.match(line, at):
        said, end = f"{labelled['name'] or labelled['bare']}{labelled['more']}", labelled.end()
        is_author = bool(labelled["writer"])
    elif signed := SIGNED.match(line, at):
        said, end, is_author = signed["name"], signed.end(), not signed["credit"]
    elif counted := COUNTED.match(line, at):
        return _Fact(counted.end(), "credit")
    else:
        return None
    names = clean_names(BETWEEN_NAMES.split(said))
    return _Fact(end, "author", names) if is_author else _Fact(end, "credit")
