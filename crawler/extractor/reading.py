"""One page, parsed once: its facts first, then its body, the surest proposal that has text.

Rule: this is the order of the work on a page; what each step knows is in its own file. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from lxml.html import HtmlElement

from ..errors import ExtractError
from ..model import Page, Source
from ..urls import join
from . import byline, candidates, doubt, forest, judge, metadata, repeats
from .byline import NO_BYLINE, Byline
from .candidates import Candidate
from .carve import carve
from .clean import clean_element
from .outline import Outline
from .repeats import NOT_SIFTED, Sifted
from .places import place_of
from .rules import Rules, SiteRule, select
from .traits import Said
from .tree import drop, framed, parse, prune, visible_text, weigh

#: The machine-readable text goes first when the page shows less than its third: the rest is made by scripts.
SCRIPTED_SHARE = 3
#: How the names of candidates begin that a rule of the user's or the site's found.
RULE = "rule "
#: How sure a text is that was written for machines: it may be a teaser.
STATED_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class Body:
    """A cleaned body, one step before the allow-list."""

    root: HtmlElement
    text: str  #: as a reader sees it, one line a block
    won: str  #: which rule or candidate found it
    confidence: float
    byline: Byline = NO_BYLINE
    origin: Literal["page", "feed"] = "page"
    sifted: Sifted = NOT_SIFTED

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to read or see."""
        return not self.text and self.root.find(".//img") is None

    @property
    def is_ruled(self) -> bool:
        """Tell whether a rule named the place."""
        return self.won.startswith(RULE)


class Reading:
    """One page on its way to an article.

    Raises:
        ParseError: the page is none, or empty.
    """

    def __init__(self, page: Page, source: Source, rules: Rules) -> None:
        self._root = parse(page)
        self._source = source
        self._rule = rules.rule_for(page.final_url) or SiteRule(())
        self._learned, self._forest = rules.learned, rules.forest
        self._seen: str | None = None
        stated = next((b.get("href") for b in self._root.iter("base") if b.get("href")), "")
        self._base = join(page.final_url, stated) or page.final_url
        self._is_scripted = next(self._root.iter("script"), None) is not None
        facts = metadata.read(self._root, page.final_url, self._rule)
        self.facts = replace(
            facts,
            canonical=facts.canonical or metadata.redirected(page.url, page.final_url),
        )
        self._place = place_of(page.final_url, facts.language, self._rule.timezone)
        for selector in (*source.remove, *self._rule.remove):
            for element in select(self._root, selector):
                drop(element)

    def seen(self) -> str:
        """Return the title and the visible text of the page, without menus and margins."""
        if self._seen is None:
            prune(self._root)
            self._seen = visible_text(self._root)
        return self._seen

    def body(self) -> Body:
        """Find and clean the body.

        Raises:
            ExtractError: there is none; passing when the page is blank.
        """
        found = Body(framed(()), "", "nothing", 0.0)
        for candidate, confidence in self._proposals():
            root = self._cleaned(candidate)
            said = byline.take(root, self._place)
            least = doubt.MIN_RULED_TEXT if candidate.name.startswith(RULE) else doubt.MIN_TEXT
            sifted = repeats.sift(root, self._learned, least)
            body = Body(root, visible_text(root), candidate.name, confidence, said, sifted=sifted)
            if weigh(body.text) > weigh(found.text):
                found = body
            if weigh(body.text) >= least:
                break
        self._demand(found)
        return found

    def _proposals(self) -> Iterator[tuple[Candidate, float]]:
        """Yield bodies, the surest first: the user's place, the site's, what the judge chooses."""
        for selector in (self._source.body_selector, *self._rule.body):
            elements = tuple(select(self._root, selector))
            if elements:
                yield Candidate(f"{RULE}{selector}", elements), 1.0
        prune(self._root)
        outline = Outline(self._root)
        self._seen = outline.text()
        said = Said(self.facts.title, self.facts.description)
        choice = judge.choose(self._root, outline, said, self._forest or forest.shipped())
        stated = candidates.from_json(self.facts.body)
        if stated and weigh(self.facts.body) > SCRIPTED_SHARE * choice.weight:
            yield stated, STATED_CONFIDENCE
        body = carve(outline, choice.kept, choice.headline)
        if body is not None:
            yield Candidate(f"judge {candidates.describe(body)}: {choice.reason}", (body,)), choice.confidence

    def _cleaned(self, candidate: Candidate) -> HtmlElement:
        return clean_element(
            candidate.joined(),
            self._base,
            text_remove=self._rule.text_remove,
            title=self.facts.title,
        )

    def _demand(self, body: Body) -> None:
        seen = self.seen() if weigh(body.text) < doubt.SHORT_TEXT else ""
        if not body.text and not seen and not self._root.findall(".//img"):
            if self._is_scripted:
                raise ExtractError("the page needs JavaScript", passing=False)
            raise ExtractError("empty page", passing=True)
        doubt.demand_article(body.text, f"{self.facts.title}\n{seen}", is_ruled=body.is_ruled)
        body.sifted.demand_own(body.text)
