"""Where the body might be: readability's choice, the page's own containers, the machine-readable text.

Rule: candidates are found on the one pruned tree and are elements of it; nothing is parsed again, moved or cleaned.
Which of them is right is `judge`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement
from readability.readability import Document

from .outline import Outline
from .tree import fragment, framed, weigh

#: Characters from which a paragraph counts for its parents; readability's 25 are for alphabets.
MIN_PARAGRAPH = 15
#: What containers of articles are called, by page builders and by hand.
CONTAINERS = (
    "//*[contains(concat(' ', normalize-space(@itemprop), ' '), ' articleBody ')]",
    "//article",
    "//*[@role='main'] | //main",
)
NAMED = re.compile(
    r"(?i)(?:^|[\s_-])(?:article|post|entry|story|news|content|detail|text|main)s?[_-]?(?:body|content|text|detail|main|inner|con|article)s?(?:$|[\s_-])"
    r"|^(?:content|article|artibody|zoom|js_content|ozoom)$"
)
#: Containers looked at of each kind; a page with more of them is a list.
MAX_CONTAINERS = 12
#: Share of the best score from which a sibling belongs to the same text (readability's figure).
SIBLING_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Candidate:
    """One idea of where the body is."""

    name: str  #: who proposed it, for people: "readability div.story"
    elements: tuple[HtmlElement, ...]  #: in the page's order, none inside another

    @property
    def kind(self) -> str:
        """Return who proposed it, without the place: readability, container, whole."""
        return self.name.partition(" ")[0]

    def joined(self) -> HtmlElement:
        """Return a copy of the body in a div of its own; the page stays whole for the next candidate."""
        return framed(self.elements)


class _Scorer(Document):  # type: ignore[misc] # readability-lxml has no types
    """readability-lxml's scoring on our tree, told the link densities that we know already."""

    def __init__(self, root: HtmlElement, outline: Outline) -> None:
        super().__init__(root, min_text_length=MIN_PARAGRAPH)
        self.html = root
        self.outline = outline

    def _html(self, force: bool = False) -> HtmlElement:
        return self.html

    def get_link_density(self, elem: HtmlElement) -> float:
        return self.outline.link_share(elem)


def find(root: HtmlElement, outline: Outline) -> list[Candidate]:
    """Return the candidates of a pruned page, readability's first; the whole page last."""
    found = [*_readability(root, outline), *_containers(root, outline)]
    body = root.find("body")
    found.append(Candidate("whole page", (root if body is None else body,)))
    return found


def _readability(root: HtmlElement, outline: Outline) -> Iterator[Candidate]:
    scorer = _Scorer(root, outline)
    scored: dict[HtmlElement, dict[str, Any]] = scorer.score_paragraphs()
    best = scorer.select_best_candidate(scored)
    if not best:
        return
    best = scorer.get_semantic_main_candidate(scored, scorer.get_semantic_article_candidate(scored, best))
    element = best["elem"]
    with_siblings = tuple(_siblings(element, scored, outline))
    yield Candidate(f"readability {describe(element)}", with_siblings)
    if len(with_siblings) > 1:
        yield Candidate(f"readability alone {describe(element)}", (element,))
    parent = element.getparent()
    if parent is not None and parent.tag not in ("html", "body"):
        yield Candidate(f"readability parent {describe(parent)}", (parent,))


def _siblings(best: HtmlElement, scored: dict[HtmlElement, dict[str, Any]], outline: Outline) -> Iterator[HtmlElement]:
    """Yield the best element and the siblings that belong to its text (readability's rule, with our measures)."""
    parent = best.getparent()
    threshold = max(10.0, scored[best]["content_score"] * SIBLING_SHARE)
    for sibling in [best] if parent is None or best.tag == "body" else list(parent):
        score = scored[sibling]["content_score"] if sibling in scored else 0.0
        is_sentence = sibling.tag == "p" and outline.good(sibling) > 0
        if sibling is best or score >= threshold or is_sentence:
            yield sibling


def _containers(root: HtmlElement, outline: Outline) -> Iterator[Candidate]:
    for path in CONTAINERS:
        chosen = sorted(root.xpath(path), key=outline.good, reverse=True)[:MAX_CONTAINERS]
        for element in chosen[:2]:
            yield Candidate(f"container {describe(element)}", (element,))
    named = [
        e for e in root.iter("div", "section", "td") if any(map(NAMED.search, (e.get("class", ""), e.get("id", ""))))
    ]
    for element in sorted(named, key=outline.good, reverse=True)[:MAX_CONTAINERS]:
        yield Candidate(f"container {describe(element)}", (element,))


def from_json(text: str) -> Candidate | None:
    """Make a candidate of a page's JSON-LD articleBody, or None when it has none."""
    return Candidate("json-ld articleBody", (fragment(text),)) if weigh(text.strip()) else None


def describe(element: HtmlElement) -> str:
    """Name an element for people: div#main.story."""
    names = [f"#{element.get('id')}"] if element.get("id") else []
    names += [f".{name}" for name in element.get("class", "").split()[:2]]
    return f"{element.tag}{''.join(names)}"[:80]
