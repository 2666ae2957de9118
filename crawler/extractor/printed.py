"""What a page prints about its article near the headline: the date and the authors, in no machine's words.

Rule: asked only where the page says nothing to machines; an element counts only when all of it is a date, or all of it
is names. Reads an unpruned tree, changes nothing. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from ..markup import squeeze, text_of
from ..moments import Place, Stamp
from .byline import read_line
from .people import BYLINE, MAX_NAME, Houses, clean_names, is_agency, is_name, letters, people_of

#: Elements before and behind a headline where its date is; longest such text, label and zone included.
NEAR = 25
MAX_DATE = 80
#: Elements before and behind a headline where its authors are marked as such.
MARKED_BEFORE = 50
MARKED_BEHIND = 150
#: Elements in a line; what has more is no line, however little its text.
MAX_INSIDE = 30
#: Headings looked at: the headline itself, or the first ones when none of them is the title.
MAX_HEADINGS = 3
#: Names of elements that print a date.
DATED = re.compile(
    r"(?i)(?:^|[\s_-])(?:\w*date|\w*datum|tarih|fecha|data|(?:pub|post|publish|create|article|news)?[_-]?time|"
    r"publish\w*|posted\w*)(?:$|[\s_-])"
)
#: Names of what surrounds it, where it has none of its own.
HEADED = re.compile(r"(?i)meta|info|head|byline|detail|author")
#: What stands before the date of publication wherever it is printed.
DATE_WORD = re.compile(
    r"(?i)\s*(?:datum|date|published(?: on)?|veröffentlicht(?: am)?|fecha|发布时间|發布時間|发布日期|日期)\s*[:：]?\s*"
)

#: Names of elements that hold an author's name.
SIGNED = re.compile(
    r"(?i)(?:author|byline|(?<![a-z])(?:autor(?:en|es|e)?|auteur|writer|reporter|journalist|penulis|yazar))s?"
    r"(?:$|[\s_-]|\d|name)"
)
#: Links to what an author wrote.
PROFILE = re.compile(r"/(?:author|autor|auteur)")
#: Parts of a page that name the authors of other texts, or of readers' comments.
ELSEWHERE = re.compile(
    r"(?i)comment|related|teaser|recommend|sidebar|footer|popular|most[_-]?read|carousel|\bnav|menu|newsletter|"
    r"more[_-]|similar|promo|caption|figure|credit"
)
#: Words before the author wherever he is named.
AUTHOR_WORD = re.compile(
    r"(?i)\s*(?:autor(?:in)?(?:/autor(?:in)?)?|authors?|auteur|autore|автор|yazar|作者|撰文)\s*[:：]?\s*"
)
#: "Ann Lee | 20 November 2021": a name before the date on one line; cities of two words are none.
BEFORE_DATE = re.compile(
    r"(?!(?:New|San|Santa|Los|Las|Hong|Kuala|Abu|Tel|Cape|Buenos|Rio|St\.?)\s)"
    r"(?P<name>[^|·•]{3,60}?)\s*[|·•]\s*(?P<rest>.*\d{4}.*)"
)
#: Elements that set a label apart from what it labels: <li><strong>Author</strong> Ann Lee</li>.
LABELS = ("strong", "b", "em", "span", "label")
#: What parts a name from what else stands on its line: "Ann Lee | Berlin".
PARTS = re.compile(r"\s*[|·•\n]\s*")
#: Ancestors that tell where an element stands.
FAR_UP = 12


def headings(root: HtmlElement, title: str) -> list[HtmlElement]:
    """Return the headings that are the title; for want of any, the first ones."""
    found, wanted = list(root.iter("h1")), letters(title)
    same = [h for h in found if letters(text_of(h)) == wanted]
    return (same or found)[:MAX_HEADINGS]


def date(root: HtmlElement, title: str, place: Place) -> Stamp | None:
    """Return the date that a page prints near its headline, else one behind a word that says what it is."""
    near = (element for heading in headings(root, title) for element in _near(heading))
    found = (said for element in near if (said := _date_of(element, place)))
    return next(found, None) or _labelled_date(root, place)


def _near(heading: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements around a headline that may print a date, by their names; nameless ones only behind."""
    behind = islice(following(heading), NEAR)
    yield from (e for e in behind if not _names(e).strip() or DATED.search(_names(e)) or HEADED.search(_names(e)))
    yield from (element for element in islice(preceding(heading), NEAR) if DATED.search(_names(element)))


def following(element: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements that begin behind an element's end, in the page's order."""
    for above in (element, *element.iterancestors()):
        for beside in above.itersiblings("*"):
            yield from beside.iter("*")


def preceding(element: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements that end before an element's beginning, the nearest first."""
    for above in (element, *element.iterancestors()):
        for beside in above.itersiblings("*", preceding=True):
            yield from reversed(list(beside.iter("*")))


def _line(element: HtmlElement, most: int) -> str:
    """Return an element's text on one line; "" for more characters than that, or a whole part of the page."""
    if next(islice(element.iter("*"), MAX_INSIDE, None), None) is not None:
        return ""
    parts: list[str] = []
    size = 0
    for part in element.itertext("*"):
        parts.append(part)
        size += len(part.strip())
        if size > most:
            return ""
    return squeeze("".join(parts))


def _date_of(element: HtmlElement, place: Place) -> Stamp | None:
    line = _line(element, MAX_DATE)
    said = read_line(line, place) if any(map(str.isdigit, line)) or "年" in line else None
    return said.published if said else None


def _labelled_date(root: HtmlElement, place: Place) -> Stamp | None:
    for element in root.iter(*LABELS, "li", "p"):
        if element.text and DATE_WORD.fullmatch(element.text):
            found = _date_of(element, place) or _date_of(element.getparent(), place)
            if found:
                return found
    return None


def authors(root: HtmlElement, title: str, houses: Houses) -> tuple[str, ...]:
    """Return the people whom a page names as its authors, the house's names left out; may be empty."""
    for heading in headings(root, title):
        around = (*islice(following(heading), MARKED_BEHIND), *islice(preceding(heading), MARKED_BEFORE))
        found = _first_group([e for e in around if _is_signed(e)], houses) or _byline(heading, houses)
        if found:
            return found
    return _labelled_authors(root, houses)


def _is_signed(element: HtmlElement) -> bool:
    is_profile = element.tag == "a" and PROFILE.search(element.get("href", "")) is not None
    return is_profile or _is_marked(element) or _signs(_names(element))


@lru_cache(maxsize=1 << 12)  # the same names stand in every line
def _signs(names: str) -> bool:
    return SIGNED.search(names) is not None


def _is_marked(element: HtmlElement) -> bool:
    rel, prop = element.get("rel"), element.get("itemprop")
    return bool(rel or prop) and "author" in f"{rel or ''} {prop or ''}".split()


def _is_elsewhere(element: HtmlElement) -> bool:
    around = [element, *element.iterancestors()][:FAR_UP]
    return any(e.tag in ("aside", "footer", "nav", "figure") or ELSEWHERE.search(_names(e)) for e in around)


def _names(element: HtmlElement) -> str:
    return f"{element.get('id', '')} {element.get('class', '')}"


def _first_group(elements: list[HtmlElement], houses: Houses) -> tuple[str, ...]:
    """Return the names of the first element that has any, and of those beside it that are marked alike."""
    for element in elements:
        names = () if _is_elsewhere(element) else _people(element, houses)
        if names:
            alike = [e for e in elements if _kind(e) == _kind(element) and _is_beside(e, element)]
            return clean_names([name for e in alike for name in _people(e, houses)])
    return ()


def _kind(element: HtmlElement) -> tuple[str, str]:
    return element.tag, element.get("class", "")


def _is_beside(element: HtmlElement, other: HtmlElement) -> bool:
    above, around = element.getparent(), other.getparent()
    return above is around or above.getparent() is around.getparent()


def _people(element: HtmlElement, houses: Houses) -> tuple[str, ...]:
    """Return the people that an element names, when it names nothing but people."""
    inner = [_line(e, MAX_NAME) for e in islice(element.iter("*"), MAX_INSIDE) if e.get("itemprop") == "name"]
    lines = inner or PARTS.split(_line(element, 2 * MAX_NAME))[:1]
    names = people_of(clean_names(lines, houses), houses)
    people = tuple(name for name in names if is_name(name) or is_agency(name) or _is_marked(element))
    return people if any(not is_agency(name) for name in people) else ()


def _byline(heading: HtmlElement, houses: Houses) -> tuple[str, ...]:
    """Return the names of the first line near a headline that is a byline, or names before a date."""
    for element in islice(following(heading), NEAR):
        line = _line(element, MAX_NAME)
        label, dated = BYLINE.match(line), BEFORE_DATE.fullmatch(line)
        said = line[label.end() :] if label else dated["name"] if dated and read_line(dated["rest"]) else ""
        people = _all_people(said, houses) if said else ()
        if people:
            return people
    return ()


def _labelled_authors(root: HtmlElement, houses: Houses) -> tuple[str, ...]:
    for element in root.iter(*LABELS):
        if element.text and AUTHOR_WORD.fullmatch(element.text):
            line = _line(element.getparent(), MAX_NAME)
            label = AUTHOR_WORD.match(line)
            people = _all_people(line[label.end() :], houses) if label else ()
            if people:
                return people
    return ()


def _all_people(text: str, houses: Houses) -> tuple[str, ...]:
    """Return the people that a text names, when it is nothing but their names."""
    names = people_of(clean_names([text], houses), houses)
    return names if all(is_name(name) or is_agency(name) for name in names) else ()
