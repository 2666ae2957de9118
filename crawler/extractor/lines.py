"""What a body's elements say: their weights, their links, and whether they are a line or a sentence. Pure."""

from __future__ import annotations

from lxml.html import HtmlElement

from ..markup import squeeze, text_of, weigh
from .outline import PUNCTUATION
from .outline import SENTENCE as PROSE
from .tree import BLOCKS, words

#: Characters; what is longer is no line of noise.
MAX_LINE = 80
#: Elements that can be one.
LINES = words("p div span section li h2 h3 h4 h5 h6 center strong")
#: Elements that can be the heading of a list.
HEADED = words("h2 h3 h4 h5 h6 p strong b div")


def weigh_all(element: HtmlElement) -> int:
    """Return the weight of all text in an element."""
    return weigh(squeeze(text_of(element)))


def is_inside(element: HtmlElement, root: HtmlElement) -> bool:
    """Tell whether an element still hangs below the root."""
    return any(above is root for above in element.iterancestors())


def link_weight(element: HtmlElement) -> int:
    """Return the weight of the text inside an element's links."""
    return weigh_all(element) if element.tag == "a" else sum(map(weigh_all, element.iter("a")))


def is_prose(element: HtmlElement) -> bool:
    """Tell whether an element holds a sentence, and no link."""
    return has_sentence(element) and element.find(".//a") is None


def has_sentence(element: HtmlElement) -> bool:
    """Tell whether an element's text can be a sentence."""
    said = squeeze(text_of(element))
    return weigh(said) >= PROSE and PUNCTUATION.search(said) is not None


def is_line(element: HtmlElement) -> bool:
    """Tell whether an element has a line of its own: what stands in a sentence is a word of it."""
    before, after = element.getprevious(), element.getnext()
    ahead = element.getparent().text if before is None else before.tail
    is_alone = not (ahead or "").strip() and not (element.tail or "").strip()
    return element.tag in BLOCKS or (
        is_alone and all(e is None or e.tag in BLOCKS or e.tag == "br" for e in (before, after))
    )


class ShortTexts:
    """The short texts of a body's elements; read anew only when something was dropped, as most bodies stay whole."""

    def __init__(self, root: HtmlElement) -> None:
        self._root = root
        self._read_from = ""
        self._found: list[tuple[HtmlElement, str]] = []

    def of(self, names: frozenset[str]) -> list[tuple[HtmlElement, str]]:
        """Return the elements of these names, in the body's order, and what they say in lower case."""
        text = text_of(self._root)
        if text != self._read_from:
            elements = self._root.iter(*(HEADED | LINES))
            self._found = [(element, said.lower()) for element in elements if (said := _line(element))]
            self._read_from = text
        return [(element, said) for element, said in self._found if element.tag in names]


def _line(element: HtmlElement) -> str:
    """Return an element's text on one line, "" for a longer one; most are told by how they begin."""
    if _is_long(element.text or ""):
        return ""
    text = text_of(element)
    said = "" if _is_long(text) else squeeze(text)
    return said if len(said) <= MAX_LINE else ""


def _is_long(text: str) -> bool:
    return len(text) > MAX_LINE and len(squeeze(text[: 2 * MAX_LINE])) > MAX_LINE
