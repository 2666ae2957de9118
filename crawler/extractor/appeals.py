"""The publisher's lines inside a body: appeals to readers, lines that lead away, staff and statements, shortcodes.

Rule: whole blocks only, and few: when more than a small share of a body looks like that, nothing goes. What a rule
takes for an appeal is in `pleas`, for a line that leads away in `signposts`, for a house's last lines in `endings`.
Pure; takes out in place.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import chain, takewhile

from lxml.html import HtmlElement

from ..markup import squeeze, text_of, weigh
from .endings import is_imprint, is_statement
from .lines import weigh_all
from .pleas import asks, is_plea, sentences
from .signposts import label_of
from .tree import BLOCKS, HEADINGS, drop, visible_text, words

#: Blocks that hold lines, and what no publisher's line stands in.
LINES = ("p", "li", "dd", "dt", *HEADINGS)
QUOTES = ("blockquote", "pre", "table", "figure")
#: What frames a box of appeals, and what such a box does not hold.
BOXES = ("div", "section", "aside", "header", "footer", "details", "ul", "ol", "dl")
PICTURES = ("img", "figure", "table", "blockquote", "pre")
#: Shares of a body's weight: all that may go, a box, a statement at the end.
MAX_SHARE = 0.2
BOX_SHARE = 0.15
STATEMENT_SHARE = 0.15
#: Share of a box that must be appeals; with one only, the rest of it must be no prose.
MIN_APPEALS = 0.3
#: Lines at the end among which a statement begins.
MAX_ENDING = 8
#: Weight from which a line before a signpost is the article's.
PROSE = 60
#: Lines of different labels that make a directory, in a row, and share of all lines.
MAX_ROW = 2
MAX_SIGNPOSTS = 0.25
#: What an appeal is about; an article that speaks of it in so many other lines may mean what it says.
SUBJECT = re.compile(
    r"newsletter|inbox|e-?mail|nieuwsbrief|bolet[ií]n|рассылк|bülten|podcast|whats-?app|telegram|twitter|facebook"
    r"|instagram|youtube|tik-?tok"
    r"|linkedin|google news|\bapps?\b|patreon|journalis|spende|donat|donación|doação|公众号|公眾號|微信|客户端|客戶端"
)
SPOKEN_OF = 2
#: What boxes are called that ask for support; those of letters to the editor, too.
ASKING = words(
    "donate donation donations appeal appeals contribute contribution contributions support letter membership spende"
    " spenden soutien donacion doacao"
)
#: The publisher speaking for itself and all its people ("US" is a country).
PLURAL = re.compile(
    r"\b(?:[Ww]e|us|[Oo]urs?|[Ww]ir|[Uu]ns\w*|[Nn]ous|[Nn]otre|[Nn]osotros|[Nn]uestr\w+|[Nn]ós|[Nn]oss\w+|[Nn]oi|[Nn]ostr\w"
    r"|[Ww]ij|[Oo]ns|[Oo]nze|[Мм]ы|[Нн]ас|[Нн]аш\w*|[Bb]iz(?:i|e|im\w*|den)|[Kk]ami)\b|我们|我們|本[站报報刊]"
)
#: The same in a line that asks, in lower case, where other words mean it, too.
OWN = re.compile(
    rf"{PLURAL.pattern}|\b(?:me|my|nos|ci|nas|nasz\w*|\w+[ıiuü]m[ıiuü]z\w*|chúng tôi)\b|-nos\b|[@＠]\w|公式"
)
#: Share of a box's sentences in which the publisher speaks.
SPEAKING = 0.5
#: Weight of a sentence, for names of people are none; and how many ask: one stands under many another text.
MIN_SENTENCE, MIN_ASKING = 20, 2
#: Share of a body's weight that all such boxes may be, whatever else goes: some are as long as a brief; and how many
#: boxes of such names are looked at, those inside each other too: where there are more, it is what the page is made of.
ASKING_SHARE = 0.35
MAX_ASKING = 20
#: Shortcodes of WordPress whose content is the article's, and those that are none of it.
SHORTCODE = re.compile(r"\s*\[(?P<name>[a-z][\w-]*)(?P<given>(?:\s[^\]]*)?)\](?:(?P<inner>.*)\[/(?P=name)\])?\s*", re.S)
WRAPPING = words("caption wp_caption embed youtube vimeo vc_row vc_column vc_column_text et_pb_text")
TAKEN_OUT = re.compile(
    r"(?:\w+[-_])?button|gallery|playlist|contact-form(?:-7)?|mc4wp_form|newsletter\w*|ads?|adrotate"
    r"|toc|spacer|divider"
)
TOKEN = re.compile(rf"\[/?(?:{'|'.join(sorted(WRAPPING))})(?:\s[^\]]*)?\]")


@dataclass(frozen=True, slots=True)
class Line:
    """A block without blocks."""

    element: HtmlElement
    text: str  #: white space folded

    @property
    def weight(self) -> int:
        """Return the weight of the text."""
        return weigh(self.text)


def drop_appeals(root: HtmlElement, base_url: str) -> None:
    """Drop the publisher's lines from a body whose every text has its block, in place.

    Args:
        root: never dropped itself.
        base_url: the page's; links are absolute.
    """
    for box in _asking_boxes(root):
        drop(box)
    lines = list(_lines(root))
    _drop_shortcodes(lines)
    pleas = _pleas(lines)
    gone = {*_boxes(root, pleas), *(line.element for line in pleas if not _is_item(line.element))}
    gone.update(line.element for line in _signposts(lines, base_url))
    gone.update(line.element for line in _endings(lines, gone))
    if gone and _weight(gone) <= MAX_SHARE * weigh_all(root):
        for element in gone:
            drop(element)


def _asking_boxes(root: HtmlElement) -> list[HtmlElement]:
    """Return the boxes that are called by what they ask, and in which the publisher speaks and does ask."""
    called = [box for box in root.iter(*BOXES) if box is not root and _is_called_asking(box)]
    if not called or len(called) > MAX_ASKING:
        return []
    most = ASKING_SHARE * weigh_all(root)
    found = [box for box in called if _asks(box, most)]
    return found if _weight({*found}) <= most else []


def _asks(box: HtmlElement, most: float) -> bool:
    if weigh_all(box) > most:
        return False
    parts = chain.from_iterable(map(sentences, visible_text(box).split("\n")))
    said = [part for part in parts if weigh(part) >= MIN_SENTENCE]
    speaking = sum(PLURAL.search(sentence) is not None for sentence in said)
    return speaking >= SPEAKING * len(said) and sum(map(asks, said)) >= MIN_ASKING


def _is_called_asking(element: HtmlElement) -> bool:
    return not ASKING.isdisjoint(re.findall("[a-z]+", f"{element.get('id', '')} {element.get('class', '')}".lower()))


def _lines(root: HtmlElement) -> Iterator[Line]:
    for element in root.iter(*LINES):
        if len(element) and any(inner.tag in BLOCKS for inner in element.iterdescendants()):
            continue
        text = squeeze(text_of(element))
        if text and next(element.iterancestors(*QUOTES), None) is None:
            yield Line(element, text)


def _weight(elements: Set[HtmlElement]) -> int:
    """Return the weight of elements, each text counted once."""
    outer = [e for e in elements if not any(above in elements for above in e.iterancestors())]
    return sum(map(weigh_all, outer))


def _is_item(element: HtmlElement) -> bool:
    """Tell whether a line is one item of a list, which is no whole block."""
    return next(element.iterancestors("ul", "ol", "dl"), None) is not None


def _pleas(lines: Sequence[Line]) -> list[Line]:
    """Return the appeals, but those whose subject is the article's own."""
    found = {line: _subject(line.text.lower()) for line in lines if is_plea(line.text)}
    others = [line.text.lower() for line in lines if line not in found] if found else []
    own = {subject for subject in {*found.values()} if sum(subject in other for other in others) >= SPOKEN_OF}
    return [line for line, subject in found.items() if not subject or subject not in own]


def _subject(text: str) -> str:
    """Return what an appeal is about, "" where it is about its publisher."""
    subject = SUBJECT.search(text)
    return "" if subject is None or OWN.search(text) else subject[0]


def _boxes(root: HtmlElement, pleas: Sequence[Line]) -> Iterator[HtmlElement]:
    """Yield the boxes that appeals make up."""
    held: defaultdict[HtmlElement, list[Line]] = defaultdict(list)
    for line in pleas:
        for box in line.element.iterancestors(*BOXES):
            if box is not root:
                held[box].append(line)
    most = BOX_SHARE * weigh_all(root) if held else 0
    return (box for box, asking in held.items() if _is_box(box, asking, most))


def _is_box(box: HtmlElement, asking: Sequence[Line], most: float) -> bool:
    weight = weigh_all(box)
    if weight > most or sum(line.weight for line in asking) < MIN_APPEALS * weight:
        return False
    told = {p for p in box.iter("p") if weigh_all(p) >= PROSE} - {line.element for line in asking}
    return next(box.iter(*PICTURES), None) is None and (len(asking) > 1 or not told)


def _signposts(lines: Sequence[Line], base_url: str) -> list[Line]:
    """Return the lines that lead away from between or after paragraphs, unless they are a directory."""
    first = next((n for n, line in enumerate(lines) if line.weight >= PROSE), len(lines))
    blocks = [(n, lines[n].element) for n in range(first + 1, len(lines)) if lines[n].element.tag == "p"]
    found = {n: label for n, p in blocks if (label := label_of(p, base_url)) and not _is_item(p)}
    is_directory = len({*found.values()}) > MAX_ROW and len(found) > MAX_SIGNPOSTS * len(lines)
    rows = [] if is_directory else _rows([*found])
    return [lines[n] for row in rows if len({found[n] for n in row}) <= MAX_ROW for n in row]


def _rows(numbers: Sequence[int]) -> list[list[int]]:
    """Part rising numbers where one is left out."""
    rows: list[list[int]] = []
    for n in numbers:
        if not rows or n != rows[-1][-1] + 1:
            rows.append([])
        rows[-1].append(n)
    return rows


def _endings(lines: Sequence[Line], gone: Set[HtmlElement]) -> list[Line]:
    """Return the last lines that name staff and rights, and a statement with what follows it."""
    left = [line for line in lines if line.element not in gone]
    tail = left[-MAX_ENDING:]
    start = next((n for n, line in enumerate(tail) if is_statement(line.text)), len(tail))
    stated = tail[start:]
    if stated and sum(line.weight for line in stated) > STATEMENT_SHARE * sum(line.weight for line in left):
        return []
    return [*takewhile(lambda line: is_imprint(line.text), reversed(tail[:start])), *stated]


def _drop_shortcodes(lines: Sequence[Line]) -> None:
    """Drop lines that are a shortcode, and take off what wraps a caption; an article about them keeps its own."""
    coded = [line for line in lines if line.text.startswith("[") and SHORTCODE.fullmatch(line.text)]
    if not coded or any("shortcode" in line.text.lower() for line in lines):
        return
    for line in coded:
        found = SHORTCODE.fullmatch(line.text)
        if found and TAKEN_OUT.fullmatch(found["name"]) and (found["inner"] is not None or "=" in found["given"]):
            drop(line.element)
        elif found and found["name"] in WRAPPING:
            _unwrap(line.element)


def _unwrap(element: HtmlElement) -> None:
    for part in element.iter():
        part.text = TOKEN.sub("", part.text or "")
        if part is not element:
            part.tail = TOKEN.sub("", part.tail or "")
